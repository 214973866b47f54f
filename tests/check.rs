//! `netlab check`: the referee's verdicts as text, as JSON, as exit codes.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "util/segment.rs"]
mod segment;
mod util;

use std::path::PathBuf;

use netlab::flow::talk::{Severity, rules};
use netlab::flow::websocket::Rule;
use netlab::words::{Book, Level};
use segment::Segment;
use util::{Run, netlab, netlab_with_input};

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
/// The key and the answer of RFC 6455, section 1.3.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

fn answer(accept: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into_bytes()
}

/// A pcap file of one conversation: the handshake in frames 1 to 3, then a frame for each thing said (`true`: by the client).
fn capture(said: &[(bool, &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65535, 1] {
        file.extend(word.to_le_bytes());
    }
    let (mut client, mut server) = (1000_u32, 5000_u32);
    let mut second = 0_u32;
    let mut frame = |by_client: bool, flags: (bool, bool), data: &[u8]| {
        let (own, other) = if by_client { (&mut client, &server) } else { (&mut server, &client) };
        let (one, peer) = (([10, 0, 0, 1], 40000), ([10, 0, 0, 2], 80));
        let (from, to) = if by_client { (one, peer) } else { (peer, one) };
        let segment = Segment::new(from, to, *own).macs([2; 6], [4; 6]).data(data);
        let segment = if flags.0 { segment.syn() } else { segment };
        let bytes = if flags.1 { segment.ack(*other) } else { segment }.frame();
        *own += data.len() as u32 + u32::from(flags.0);
        second += 1;
        for word in [second, 0, bytes.len() as u32, bytes.len() as u32] {
            file.extend(word.to_le_bytes());
        }
        file.extend(bytes);
    };
    frame(true, (true, false), b"");
    frame(false, (true, true), b"");
    frame(true, (false, true), b"");
    for (by_client, data) in said {
        frame(*by_client, (false, true), data);
    }
    file
}

/// A frame of the client, masked with 1 2 3 4.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first, 0x80 | payload.len() as u8, 1, 2, 3, 4];
    frame.extend(payload.iter().zip([1, 2, 3, 4].iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

/// A file that goes when the test ends.
fn saved(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn check(name: &str, bytes: &[u8], more: &[&str]) -> Run {
    let path = saved(name, bytes);
    let path = path.to_str().unwrap();
    netlab(&[&["check", path], more].concat())
}

#[test]
fn what_breaks_no_rule_ends_with_0() {
    let good = answer(ACCEPT);
    let said: &[(bool, &[u8])] =
        &[(true, REQUEST), (false, &good), (true, &masked(0x81, b"hi")), (false, b"\x81\x02hi")];
    let run = check("good.pcap", &capture(said), &[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    // It ends in the middle: nobody has said goodbye, which is a note.
    assert!(run.stdout.contains("No rule was broken"), "{}", run.stdout);
    assert!(run.stdout.contains("1 WebSocket connection"), "{}", run.stdout);
}

#[test]
fn a_broken_rule_ends_with_3_and_says_who_and_where() {
    let good = answer(ACCEPT);
    let said: &[(bool, &[u8])] = &[(true, REQUEST), (false, &good), (true, b"\x81\x02hi")];
    let run = check("unmasked.pcap", &capture(said), &[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(3), ""));
    assert!(run.stdout.contains("frame 6: the client broke a rule: ws.client_must_mask"), "{}", run.stdout);
    assert!(run.stdout.contains("conversation 0 · 10.0.0.1:40000 → 10.0.0.2:80"), "{}", run.stdout);
    assert!(run.stdout.contains("1002"), "{}", run.stdout);
    let json = check("unmasked.pcap", &capture(said), &["--format", "json"]);
    let verdicts = json.json();
    let broken: Vec<_> = verdicts.iter().filter(|verdict| verdict["severity"] == "violation").collect();
    assert_eq!(
        broken,
        [&serde_json::json!({
            "kind": "verdict", "rule": "ws.client_must_mask", "severity": "violation", "by": "client",
            "section": "RFC 6455, 5.1", "must": "the server closes the connection", "close_code": 1002,
            "stream": 0, "frames": [6], "found": null,
        })]
    );
    assert_eq!(json.code, Some(3));
}

/// A recording of a whole class has thousands of the same note.
#[test]
fn notes_of_a_kind_are_told_a_few_times() {
    let good = answer(ACCEPT);
    let pongs: Vec<Vec<u8>> = (0..12_u8).map(|byte| masked(0x8a, &[byte])).collect();
    let mut said: Vec<(bool, &[u8])> = vec![(true, REQUEST), (false, &good)];
    said.extend(pongs.iter().map(|pong| (true, pong.as_slice())));
    let run = check("pongs.pcap", &capture(&said), &[]);
    assert_eq!(run.stdout.matches("a note: ws.pong_unasked").count(), 5, "{}", run.stdout);
    assert!(
        run.stdout.contains("ws.pong_unasked: 7 more notes like those; -v shows them."),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("No rule was broken in 1 WebSocket connection; "), "{}", run.stdout);
    let all = check("pongs.pcap", &capture(&said), &["-v"]);
    assert_eq!(all.stdout.matches("a note: ws.pong_unasked").count(), 12, "{}", all.stdout);
    let json = check("pongs.pcap", &capture(&said), &["--format", "json"]).json();
    assert_eq!(json.iter().filter(|verdict| verdict["rule"] == "ws.pong_unasked").count(), 12);
}

#[test]
fn a_wrong_accept_opened_nothing() {
    let wrong = answer("AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let run = check("accept.pcap", &capture(&[(true, REQUEST), (false, &wrong)]), &["--format", "json"]);
    let verdicts = run.json();
    let accept = verdicts.iter().find(|verdict| verdict["rule"] == "ws.accept").unwrap();
    assert_eq!((&accept["by"], &accept["frames"]), (&"server".into(), &serde_json::json!([5])));
    assert!(accept["close_code"].is_null());
    assert_eq!(run.code, Some(3));
}

#[test]
fn a_request_that_is_wrong_is_the_clients() {
    let request = String::from_utf8_lossy(REQUEST).replace("Host: x\r\n", "").replace(": 13", ": 8");
    let said: &[(bool, &[u8])] = &[
        (true, request.as_bytes()),
        (false, b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n"),
    ];
    let run = check("request.pcap", &capture(said), &["--format", "json"]);
    let rules: Vec<_> =
        run.json().iter().map(|verdict| (verdict["rule"].clone(), verdict["frames"].clone())).collect();
    let frames = || serde_json::json!([4]);
    assert_eq!(rules, [("ws.host".into(), frames()), ("ws.version".into(), frames())]);
}

/// What the key makes can't be asked of a server that was given none.
#[test]
fn a_request_without_a_key_is_not_the_servers_fault() {
    let request =
        String::from_utf8_lossy(REQUEST).replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "");
    let good = answer(ACCEPT);
    let run =
        check("nokey.pcap", &capture(&[(true, request.as_bytes()), (false, &good)]), &["--format", "json"]);
    let verdicts = run.json();
    let broken: Vec<_> = verdicts.iter().filter(|verdict| verdict["severity"] == "violation").collect();
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert_eq!((&broken[0]["rule"], &broken[0]["found"]), (&"ws.key".into(), &"it is missing".into()));
}

/// Nobody is told that all is well where not all could be read.
#[test]
fn what_cant_be_read_is_told() {
    let odd = String::from_utf8(answer(ACCEPT)).unwrap().replace("Switching", "Switch\u{1b}ing");
    let said: &[(bool, &[u8])] = &[(true, REQUEST), (false, odd.as_bytes()), (true, b"\x81\x02hi")];
    let run = check("odd.pcap", &capture(said), &[]);
    assert!(run.stdout.contains("frame 5: what the server says here can't be read"), "{}", run.stdout);
    assert!(run.stdout.contains("Not all of 6 frames could be read"), "{}", run.stdout);
    let json = check("odd.pcap", &capture(said), &["--format", "json"]).json();
    assert!(
        json.contains(
            &serde_json::json!({"kind": "unread", "stream": 0, "by": "server", "frames": [5], "why": null})
        ),
        "{json:?}"
    );
}

#[test]
fn a_damaged_file_ends_with_1_and_its_verdicts_are_told() {
    let good = answer(ACCEPT);
    let said: &[(bool, &[u8])] =
        &[(true, REQUEST), (false, &good), (true, b"\x81\x02hi"), (false, b"\x81\x02hi")];
    let whole = capture(said);
    let run = check("damaged.pcap", &whole[..whole.len() - 3], &["--format", "json"]);
    assert_eq!(run.code, Some(1));
    assert!(run.json().iter().any(|verdict| verdict["rule"] == "ws.client_must_mask"));
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
}

#[test]
fn without_websocket_there_is_nothing_to_check() {
    let run = netlab(&["check", "handshake"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.contains("No WebSocket"), "{}", run.stdout);
    let run = netlab_with_input(&["check", "-"], &capture(&[]));
    assert!(run.stdout.contains("No WebSocket in 3 frames"), "{}", run.stdout);
    assert!(run.stdout.contains("in standard input"), "{}", run.stdout);
}

/// The document and the words know every rule, and no other.
#[test]
fn every_rule_is_documented_and_explained() {
    let text = include_str!("../docs/websocket-rules.md");
    let book = Book::built_in().unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| `ws."))
        .map(|line| line.split(" | ").collect())
        .collect();
    assert_eq!(rows.len(), rules().count());
    for (name, severity, section) in rules() {
        let row = rows.iter().find(|row| row[0] == format!("| `{name}`")).unwrap_or_else(|| panic!("{name}"));
        let severity = if severity == Severity::Violation { "violation" } else { "note" };
        assert!(row.contains(&severity) && row.contains(&section), "{row:?}");
        let entry = book.find(&format!("rule {name}")).unwrap_or_else(|| panic!("{name} has no words"));
        for level in Level::ALL {
            assert!(entry.at(level).is_some(), "{name} at {level:?}");
        }
    }
    for rule in Rule::all() {
        let row = rows.iter().find(|row| row[0] == format!("| `{}`", rule.name())).unwrap();
        let code = rule.close_code().map_or("none".to_owned(), |code| code.to_string());
        assert_eq!(row[3], code, "{row:?}");
    }
}

/// The captures that other projects test themselves with: no recording of real peers breaks a rule, and each that was made to
/// break one does.
#[test]
fn real_peers_break_no_rule() {
    let Some(folder) = std::env::var_os("NETLAB_TRUTH").map(PathBuf::from) else {
        println!("NOT TESTED: NETLAB_TRUTH is not set");
        assert!(std::env::var_os("NETLAB_CI").is_none());
        return;
    };
    let made_to_break = |name: &str| {
        let known = ["badaccept", "afterclose", "longform", "maskedserver", "rsv", "unmaskedclient", "utf8"];
        known.iter().any(|known| name.starts_with(&format!("made-edge-{known}-")))
            // A key of 18 bytes; a client without masks; an answer without its digits.
            || name.starts_with("suricata-websocket-control-frag-")
            || name.starts_with("suricata-websocket-ping-")
            || name.starts_with("zeek-websocket-wrong-accept-")
    };
    let mut sockets = 0;
    for entry in std::fs::read_dir(folder.join("captures")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let run = netlab(&["check", path.to_str().unwrap()]);
        sockets += u32::from(run.stdout.contains("WebSocket connection"));
        let broke = run.stdout.contains("broke a rule");
        assert_eq!(broke, made_to_break(&name), "{name}: {}", run.stdout);
    }
    assert!(sockets > 20, "{sockets}");
}
