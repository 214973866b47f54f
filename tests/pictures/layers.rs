//! A walk through the layers as a picture.

use std::fs;

use serde_json::json;

use crate::browser::{Browser, texts};
use crate::drawn::{drawn_by, quiet};
use crate::evil;
use crate::util::{command, netlab};

/// Frames of all kinds, and one layer alone.
const WALKS: [&[&str]; 10] = [
    &["osi"],
    &["osi", "4"],
    &["osi", "7", "--level", "friend"],
    &["osi", "--capture", "websocket-wss"],
    &["osi", "--capture", "websocket-coalesced"],
    &["osi", "--capture", "websocket-compressed"],
    &["osi", "--capture", "handshake", "--frame", "1"],
    &["osi", "--capture", "handshake-ipv6", "--level", "engineer"],
    &["osi", "--capture", "websocket-tutorial", "--frame", "6"],
    &["osi", "1", "--capture", "websocket-fragmented"],
];

#[test]
fn mermaid_reads_a_walk() {
    let Some(browser) = Browser::here() else { return };
    let found = browser.look("mermaid", &drawn_by(&browser, &WALKS, "mmd"));
    assert_eq!(found.len(), WALKS.len());
    for (walk, found) in WALKS.iter().zip(&found) {
        assert!(found["error"].is_null(), "{walk:?}: {found}");
        assert_eq!(texts(found, "wide"), [""; 0], "{walk:?}");
    }
    assert_eq!(
        texts(&found[0], "messages"),
        ["on the wire: frame of 87 bytes, and 24 that no capture holds"]
    );
    let notes = texts(&found[0], "notes");
    for note in ["4 transport: TCP +32; segment, 53 bytes", "2 data link: Ethernet +14; frame, 87 bytes"] {
        assert!(notes.contains(&note.to_owned()), "{note}: {notes:?}");
    }
    let order: Vec<usize> = ["7 application:", "1 physical:", "1 physical", "7 application"]
        .map(|start| {
            notes.iter().rposition(|note| note == start || note.starts_with(start) && start.ends_with(':'))
        })
        .into_iter()
        .flatten()
        .collect();
    assert!(order.len() == 4 && order.is_sorted(), "{order:?}");
}

#[test]
fn the_tower_is_sound_and_each_text_stays_in_its_box() {
    let Some(browser) = Browser::here() else { return };
    let found = browser.look("svg", &drawn_by(&browser, &WALKS, "svg"));
    for (walk, found) in WALKS.iter().zip(&found) {
        assert!(found["error"].is_null(), "{walk:?}: {found}");
        assert_eq!(texts(found, "wide"), [""; 0], "{walk:?}");
        assert_eq!((found["scripts"].as_u64(), &found["ran"]), (Some(0), &false.into()), "{walk:?}");
    }
    let said = texts(&found[0], "texts");
    for shown in ["“My name is John”", "+32", "87 + 24", "preamble", "client 10.7.0.1:55985", "53"] {
        assert!(said.contains(&shown.to_owned()), "{shown}: {said:?}");
    }
    let told = found[0]["told"].as_str().unwrap();
    assert!(told.contains("4 transport: TCP adds 32 bytes; 53 bytes now."), "{told}");
    assert!(texts(&found[3], "texts").contains(&"T TLS".to_owned()));
}

#[test]
fn a_walk_is_a_page_to_step_through() {
    let Some(browser) = Browser::here() else { return };
    let found = browser.look("html", &drawn_by(&browser, &WALKS, "html"));
    for (walk, found) in WALKS.iter().zip(&found) {
        assert_eq!(texts(found, "violations"), [""; 0], "{walk:?}");
        quiet(found, &walk.join(" "));
        let steps = found["steps"].as_u64().unwrap();
        assert_eq!(found["readable"], steps, "{walk:?}: without a script");
        assert!(found["friend"].as_u64().unwrap() > 0, "{walk:?}");
        let to = |step: u64| step.min(steps);
        assert_eq!(found["at"], json!([1, to(2), to(3), to(3).max(2) - 1, steps, steps, 1]), "{walk:?}");
    }
    let [whole, four, ..] = found.as_slice() else { panic!("{}", found.len()) };
    assert_eq!((&whole["steps"], &four["steps"]), (&json!(14), &json!(2)));
    let byte = whole["byte"].as_str().unwrap();
    assert_eq!(byte, "byte 26: 0a, IPv4: Source IP address = 10.7.0.1");
    assert_eq!(whole["marked"], 4, "a field marks its bytes");
    assert!(whole["explained"].as_str().unwrap().contains("ip.src"));
}

#[test]
fn the_tower_grows_on_the_way_down_and_shrinks_on_the_way_up() {
    let Some(browser) = Browser::here() else { return };
    let found = &browser.look("tower", &drawn_by(&browser, &WALKS[..1], "html"))[0];
    // At each step: rows that are seen, bytes that are the layer's own, bytes that are there.
    let down =
        json!([[1, 15, 15], [2, 4, 19], [3, 2, 21], [4, 32, 53], [5, 20, 73], [6, 14, 87], [7, 0, 87]]);
    let up: Vec<serde_json::Value> = down.as_array().unwrap().iter().rev().cloned().collect();
    let all = [down.as_array().unwrap().clone(), up].concat();
    assert_eq!(found["seen"], json!(all));
    assert_eq!(found["linked"], json!([4, true]), "a row leads to its step");
    assert_eq!(found["fields"], json!(["websocket.opcode", "websocket.masking_key"]));
}

#[test]
fn a_walk_obeys_nothing_that_a_capture_says() {
    let Some(browser) = Browser::here() else { return };
    let capture = browser.file("evil.pcap");
    fs::write(&capture, evil()).unwrap();
    let path = capture.to_str().unwrap();
    let walks: [&[&str]; 3] = [
        &["osi", "--capture", path],
        &["osi", "--capture", path, "--frame", "4"],
        &["osi", "7", "--capture", path, "--frame", "7"],
    ];
    for found in browser.look("mermaid", &drawn_by(&browser, &walks, "mmd")) {
        assert!(found["error"].is_null(), "{found}");
        assert_eq!(
            (&found["scripts"], &found["images"], &found["ran"]),
            (&json!(0), &json!(0), &json!(false))
        );
    }
    for found in browser.look("svg", &drawn_by(&browser, &walks, "svg")) {
        assert!(found["error"].is_null(), "{found}");
        assert_eq!((&found["scripts"], &found["ran"]), (&json!(0), &json!(false)));
        assert_eq!(texts(&found, "wide"), [""; 0]);
    }
    let pages = drawn_by(&browser, &walks, "html");
    for page in &pages {
        let page = fs::read_to_string(page).unwrap();
        assert_eq!(page.matches("</script>").count(), 2, "the data's end and the script's");
        for c in ['\u{0}', '\u{2028}', '\u{202e}', '\u{1b}'] {
            assert!(!page.contains(c), "{c:?}");
        }
    }
    for found in browser.look("html", &pages) {
        quiet(&found, "evil");
        assert_eq!(texts(&found, "violations"), [""; 0]);
    }
}

#[test]
fn a_walk_over_a_router_and_a_live_one_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let works = cfg!(feature = "live") && netlab(&["doctor", "--format=json"]).json()[0]["works"] == true;
    for (extension, says) in [
        ("svg", "One packet over a router"),
        ("mmd", "participant R as router"),
        ("html", "What changes on the way"),
    ] {
        if !works {
            break;
        }
        let file = folder.path().join(format!("hop.{extension}"));
        let run = netlab(&["osi", "--hops", "1", "-o", file.to_str().unwrap()]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(says) && text.contains("TTL"), "{text}");
    }
    let file = folder.path().join("live.html");
    let message = "<script>window.ran=true</script>";
    let run = netlab(&["osi", "--live", "--message", message, "-o", file.to_str().unwrap()]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    let page = fs::read_to_string(&file).unwrap();
    assert!(page.contains("&lt;script&gt;window.ran=true&lt;/script&gt;"), "{page}");
    assert!(!page.contains(message));
}

#[test]
fn a_walk_goes_where_a_picture_may_go() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.svg");
    fs::write(&file, "mine").unwrap();
    let path = file.to_str().unwrap();
    let run = netlab(&["osi", "-o", path]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("exists already; --force writes over it"), "{}", run.stderr);
    assert_eq!(netlab(&["osi", "-o", path, "--force"]).code, Some(0));
    let drawn = fs::read_to_string(&file).unwrap();
    assert_eq!(netlab(&["osi", "--format", "svg"]).stdout, drawn);
    let lost = netlab(&["osi", "-o", "/nowhere/at/all.svg"]);
    assert_eq!(lost.code, Some(1));
    assert!(lost.stderr.contains("there is no folder /nowhere/at"), "{}", lost.stderr);
    for (args, says) in [
        (&["osi", "--format=mermaid", "--open"][..], "--open with --format html or svg"),
        (&["osi", "--format=json", "-o", "x.json"], "-o and --open are for pictures"),
        (&["osi", "-o", "x.txt"], "--format html, svg or mermaid"),
        (&["osi", "--frame", "999", "--format=svg"], "there is no frame 999"),
    ] {
        let run = netlab(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(says), "{args:?}: {}", run.stderr);
    }
    let empty = folder.path().join("empty.pcap");
    fs::write(&empty, &crate::conversation::chat()[..24]).unwrap();
    let run = netlab(&["osi", "--capture", empty.to_str().unwrap(), "--format=svg"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("nothing to draw"), "{}", run.stderr);
    let output = command(&["osi", "--open", "-o", path, "--force"])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("BROWSER")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("open it yourself: "));
}
