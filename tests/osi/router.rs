//! The same packet on both sides of a router.

#[cfg(all(feature = "live", target_os = "linux"))]
use serde_json::Value;

use netlab::frame::Frame;
use netlab::osi::hops::{Hop, hop, is_same};
use netlab::osi::{Walk, Wanted};
use netlab::render::hop_json;
use netlab::render::picture::{Form, WalkPicture};
use netlab::source::{Bundled, Reader};
use netlab::words::{Book, Level};

use crate::util::netlab;
use crate::walk;

/// The message of a bundled capture on both sides of the router.
fn recorded(name: &str) -> (Walk, Hop) {
    let before = walk(&format!("{name}-client"), Wanted::Message);
    let name = format!("{name}-server");
    let mut reader = Reader::from_bytes(&name, Bundled::find(&name).unwrap().bytes().unwrap()).unwrap();
    while reader.next().unwrap().is_some() {
        let frame: Frame<'_> = reader.current().unwrap();
        if is_same(&before, &frame) {
            let after = walk(&name, Wanted::Frame(frame.number));
            let hop = hop(&before, &after);
            return (before, hop);
        }
    }
    panic!("the packet is not behind the router")
}

#[test]
fn what_is_compared_is_called_as_the_level_calls_it() {
    let (_, hop) = recorded("osi-router");
    let titles = |level| {
        let json = hop_json(&hop, level);
        let rows = json["rows"].as_array().unwrap().clone();
        let text = |row: &serde_json::Value| row["title"].as_str().unwrap().to_owned();
        (rows.iter().map(text).collect::<Vec<_>>(), rows[2]["field"].clone())
    };
    let (student, field) = titles(Level::Student);
    assert_eq!(student[..4], ["MAC, to", "MAC, from", "TTL", "IP checksum"]);
    assert_eq!((titles(Level::Engineer).0, field), (student, "ip.ttl".into()));
    let (friend, field) = titles(Level::Friend);
    assert_eq!(friend[..4], ["to next house", "from house", "may go on for", "sum over slip 3"]);
    assert_eq!(field, "ip.ttl");
    for title in friend {
        for word in ["MAC", "TTL", "IP", "TCP", "port", "checksum", "payload"] {
            assert!(!title.contains(word), "{title}");
        }
    }
}

#[test]
fn pictures_of_ipv6_say_what_is_so_of_ipv6() {
    let book = Book::built_in().unwrap();
    for (name, is_six) in [("osi-router", false), ("osi-router-ipv6", true)] {
        let (walk, hop) = recorded(name);
        for form in [Form::Mermaid, Form::Svg, Form::Html] {
            let level = Level::Student;
            let picture = WalkPicture {
                walk: &walk,
                book: &book,
                level,
                origin: name,
                layer: None,
                hop: Some(&hop),
                whole: false,
            };
            let mut out = Vec::new();
            picture.draw(form, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap().replace("<br/>", " ");
            assert_eq!(text.contains("lowers the hop limit"), is_six, "{form:?}: {text}");
            assert_eq!(text.contains("lowers the TTL"), !is_six, "{form:?}: {text}");
        }
    }
}

#[cfg(all(feature = "live", target_os = "linux"))]
#[test]
fn a_router_changes_the_frame_the_ttl_and_the_ip_checksum_and_nothing_else() {
    let run = netlab(&["osi", "--hops", "1", "--message", "hello", "--format", "json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let [walk, hop]: [Value; 2] = run.json().try_into().unwrap();
    assert_eq!((&walk["kind"], &hop["kind"]), (&"walk".into(), &"hop".into()));
    let rows = hop["rows"].as_array().unwrap();
    let changed: Vec<&str> =
        rows.iter().filter(|row| row["changed"] == true).map(|row| row["field"].as_str().unwrap()).collect();
    assert_eq!(changed, ["eth.dst", "eth.src", "ip.ttl", "ip.checksum"]);
    let ttl = rows.iter().find(|row| row["field"] == "ip.ttl").unwrap();
    assert_eq!((&ttl["before"], &ttl["after"]), (&"64".into(), &"63".into()));
    assert_eq!(rows.len(), 11);
    // From the segment on the bytes are the same.
    let bytes = |key: &str| hop[key].as_str().unwrap().to_owned();
    let (before, after) = (bytes("bytes_before"), bytes("bytes_after"));
    assert!(before[2 * 34..] == after[2 * 34..] && before[..2 * 14] != after[..2 * 14]);
    // The first link alone is counted: ARP for the router, the handshake, the Upgrade, the message.
    assert_eq!(walk["cost"]["first"]["frames"], 10);
    for width in ["40", "80"] {
        let shown = netlab(&["osi", "--hops", "1", "--width", width, "--color=never"]);
        assert!(shown.stdout.contains("3 TTL"), "{}", shown.stdout);
        assert!(shown.stdout.lines().all(|line| line.chars().count() <= width.parse().unwrap()));
    }
}

#[cfg(all(feature = "live", target_os = "linux"))]
#[test]
fn over_ipv6_a_router_changes_the_frame_and_the_hop_limit_and_makes_no_checksum() {
    let run = netlab(&["osi", "--hops", "1", "-6", "--format", "json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let [walk, hop]: [Value; 2] = run.json().try_into().unwrap();
    let rows = hop["rows"].as_array().unwrap();
    let changed: Vec<&str> =
        rows.iter().filter(|row| row["changed"] == true).map(|row| row["field"].as_str().unwrap()).collect();
    assert_eq!(changed, ["eth.dst", "eth.src", "ipv6.hlim"]);
    assert_eq!(rows.len(), 10);
    // Neighbour discovery for the router, the handshake, the Upgrade, the message.
    assert_eq!(walk["cost"]["first"]["frames"], 10);
    let shown = netlab(&["osi", "--hops=1", "-6", "--width=80", "--color=never"]).stdout;
    assert!(shown.contains("live in the lab") && shown.contains("no checksum"), "{shown}");
    // Both headers, to the last byte of the addresses.
    let hex = |start: &str| {
        let rows = shown.lines().filter_map(|line| line.trim_start().strip_prefix(start));
        rows.flat_map(|row| row.split([' ', '[', ']']).filter(|byte| !byte.is_empty())).count()
    };
    assert_eq!((hex("before "), hex("after ")), (14 + 40, 14 + 40), "{shown}");
}

#[cfg(all(feature = "live", target_os = "linux"))]
#[test]
fn each_side_of_the_router_is_kept_in_a_file_that_reads_as_one_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hop.pcapng");
    let args = ["osi", "--hops=1", "--save", file.to_str().unwrap()];
    let run = netlab(&args);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    for (side, ttl) in [("client", "64"), ("server", "63")] {
        let path = folder.path().join(format!("hop-{side}.pcapng"));
        let path = path.to_str().unwrap();
        assert!(run.stderr.contains(&format!("hop-{side}.pcapng")), "{}", run.stderr);
        let walk = netlab(&["osi", "--capture", path, "--level=student", "--width=400"]).stdout;
        assert!(walk.contains("“My name is John”") && walk.contains(&format!("TTL {ttl}")), "{side}: {walk}");
        // No frame twice: nothing looks as if it were said again.
        let again = netlab(&["dissect", path, "--filter=tcp.analysis.retransmission", "--format=json"]);
        assert_eq!((again.code, again.json().len()), (Some(0), 0), "{}", again.stderr);
    }
    let again = netlab(&args);
    assert_eq!(again.code, Some(1), "{}", again.stdout);
    assert!(again.stderr.contains("--force"), "{}", again.stderr);
    assert_eq!(netlab(&[&args[..], &["--force"]].concat()).code, Some(0));
    let live = folder.path().join("live.pcapng");
    let run = netlab(&["osi", "--save", live.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("live in the lab"), "{}", run.stdout);
    let replayed = netlab(&["replay", live.to_str().unwrap()]).stdout;
    assert!(replayed.contains("closed by both sides"), "{replayed}");
}

#[test]
fn there_is_one_router() {
    let run = netlab(&["osi", "--hops", "2"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("there is one router: --hops 1"), "{}", run.stderr);
}
