//! Who the client is of a conversation that begins before the capture does: what only one side says tells it; else it is a guess,
//! and every view says so.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "util/mod.rs"]
mod util;

#[path = "util/conversation.rs"]
mod conversation;

use std::path::PathBuf;

use conversation::segment::{End, Segment};
use conversation::{ANSWER, REQUEST, masked};
use serde_json::Value;
use tempfile::TempDir;
use util::{netlab, netlab_with_input};

/// What somebody says, and whether it is the client.
type Talk<'a> = Vec<(bool, &'a [u8])>;

/// An Ethernet pcap in which both say this, each in a segment of its own, from the middle of a conversation on.
fn said(ports: (u16, u16), talk: &[(bool, &[u8])]) -> Vec<u8> {
    let (client, server): (End, End) = (([10, 0, 0, 1], ports.0), ([10, 0, 0, 2], ports.1));
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65535, 1] {
        file.extend(word.to_le_bytes());
    }
    let mut next = [70_000_u32, 5_000_000];
    for (number, (by_client, data)) in talk.iter().enumerate() {
        let (from, to, own, other) = match by_client {
            true => (client, server, 0, 1),
            false => (server, client, 1, 0),
        };
        let frame = Segment::new(from, to, next[own]).ack(next[other]).data(data).frame();
        next[own] += data.len() as u32;
        for word in [1_700_000_000, number as u32 * 1000, frame.len() as u32, frame.len() as u32] {
            file.extend(word.to_le_bytes());
        }
        file.extend(frame);
    }
    file
}

/// A file, in a folder that lasts as long.
fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("made.pcap");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// From the 101 on: a text each way, and both close frames.
fn from_the_answer() -> (Vec<u8>, Vec<u8>) {
    (masked(0x81, b"My name is John"), masked(0x88, b"\x03\xe8bye"))
}

fn chat<'a>((text, close): &'a (Vec<u8>, Vec<u8>)) -> Talk<'a> {
    vec![
        (false, ANSWER),
        (true, text),
        (false, b"\x81\x0bHello, John"),
        (true, close),
        (false, b"\x88\x05\x03\xe8bye"),
    ]
}

fn flows(path: &str, more: &[&str]) -> Value {
    let run = netlab(&[&["flows", path, "--format=json"], more].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.json().into_iter().next().unwrap()
}

/// Every view of a capture of the [`chat`] says who is who, and nobody is accused.
fn all_agree(bytes: &[u8], (client, server): (&str, &str), texts: usize) {
    let (_folder, path) = file(bytes);
    let path = path.to_str().unwrap();
    for more in [&["--messages"][..], &["--messages", "--filter", "tcp"]] {
        let row = flows(path, more);
        assert_eq!((&row["client"], &row["server"]), (&client.into(), &server.into()));
        assert_eq!(row["roles_guessed"], false);
        assert_eq!(row["carries"], "WebSocket");
        assert_eq!(row["messages"], serde_json::json!({"client": texts, "server": texts}), "{more:?}");
    }
    let run = netlab(&["check", path, "--format=json"]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    let accused = |value: &Value| value["severity"] == "violation";
    assert!(!run.json().iter().any(accused), "{}", run.stdout);
    let story = netlab(&["replay", path, "--format=json"]).json();
    assert_eq!(story[0]["hosts"], serde_json::json!({"client": client, "server": server}));
    assert_eq!(story[0]["roles_guessed"], false);
    let texts: Vec<_> = story
        .iter()
        .filter(|step| step["words"] == "step ws.text")
        .map(|step| (step["from"].as_str().unwrap().to_owned(), step["frames"][0].as_u64().unwrap()))
        .collect();
    assert_eq!(texts[0].0, "client");
    assert_eq!(texts[1].0, "server");
    assert!(story.iter().all(|step| step["verdicts"].as_array().is_none_or(Vec::is_empty)));
    let walk = netlab(&["osi", "--capture", path, "--frame", &texts[0].1.to_string(), "--format=json"]);
    assert_eq!(walk.json()[0]["from"], "client", "{}", walk.stderr);
}

#[test]
fn who_sends_a_status_line_is_the_server() {
    let said_by_both = from_the_answer();
    for ports in [(50000, 80), (80, 50000)] {
        let bytes = said(ports, &chat(&said_by_both));
        let [client, server] = [format!("10.0.0.1:{}", ports.0), format!("10.0.0.2:{}", ports.1)];
        all_agree(&bytes, (&client, &server), 1);
    }
}

#[test]
fn what_is_said_later_tells_it_too() {
    let said_by_both = from_the_answer();
    // The ports speak for the wrong one, and what comes first tells nothing.
    let mut talk: Talk<'_> = vec![(false, b""), (true, b"rest of a body"), (false, b"the same")];
    talk.extend(chat(&said_by_both));
    all_agree(&said((80, 50000), &talk), ("10.0.0.1:80", "10.0.0.2:50000"), 1);
    let mut asked: Talk<'_> = vec![(false, b""), (true, b"\0\0"), (false, b"\0"), (true, REQUEST)];
    asked.extend(chat(&said_by_both));
    all_agree(&said((80, 50000), &asked), ("10.0.0.1:80", "10.0.0.2:50000"), 1);
}

#[test]
fn who_reads_only_once_changes_the_names_where_it_shows() {
    let said_by_both = from_the_answer();
    let mut talk: Talk<'_> = vec![(true, b"rest of a body")];
    talk.extend(chat(&said_by_both));
    let bytes = said((80, 50000), &talk);
    let story = util::Run::json(&netlab_with_input(&["replay", "-", "--format=json"], &bytes));
    assert_eq!((&story[1]["from"], &story[0]["roles_guessed"]), (&"server".into(), &true.into()));
    let notes =
        |step: &Value| step["notes"].as_array().unwrap().iter().map(Value::to_string).collect::<String>();
    assert!(notes(&story[1]).contains("10.0.0.2:50000 is taken for the client: its port is the higher one."));
    assert_eq!(story[2]["from"], "server");
    assert!(notes(&story[2]).contains("This shows that the client is 10.0.0.1:80: "), "{}", story[2]);
    let text = story.iter().find(|step| step["words"] == "step ws.text").unwrap();
    assert_eq!(text["from"], "client");
    let run = netlab_with_input(&["check", "-", "--format=json"], &bytes);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
}

#[test]
fn a_guess_is_shown_as_one() {
    let bytes = said((50000, 80), &[(false, b""), (false, b"\0\x01"), (true, b"\x02\x03")]);
    let (_folder, path) = file(&bytes);
    let path = path.to_str().unwrap();
    let row = flows(path, &[]);
    assert_eq!((&row["client"], &row["roles_guessed"]), (&"10.0.0.1:50000".into(), &true.into()));
    let table = netlab(&["flows", path, "--width=140"]).stdout;
    assert!(table.contains("10.0.0.1:50000 ? 10.0.0.2:80"), "{table}");
    assert!(table.contains("\n?           Who called whom is a guess."), "{table}");
    for (width, shown) in [("80", "10.0.0.1:50000 ? 10.0.0.2:80"), ("40", "\n  ? 10.0.0.2:80")] {
        let table = netlab(&["flows", path, "--width", width]).stdout;
        assert!(table.contains(shown), "{table}");
    }
    let story = netlab(&["replay", path, "--width=100"]).stdout;
    assert!(story.contains("client 10.0.0.1:50000 ?"), "{story}");
    assert!(story.contains("Who called whom is not in the capture."), "{story}");
    let csv = netlab(&["flows", path, "--format=csv"]).stdout;
    assert!(csv.lines().nth(1).unwrap().contains(",true,"), "{csv}");
}

#[test]
fn equal_ports_tell_nothing_and_who_is_seen_first_is_the_client() {
    let bytes = said((7000, 7000), &[(true, b"\0\x01"), (false, b"\x02\x03")]);
    let (_folder, path) = file(&bytes);
    let row = flows(path.to_str().unwrap(), &[]);
    assert_eq!((&row["client"], &row["roles_guessed"]), (&"10.0.0.1:7000".into(), &true.into()));
}

#[test]
fn nobody_is_accused_on_a_guess() {
    let said_by_both = from_the_answer();
    // A status line in pieces tells nothing, and the ports speak for the wrong one.
    let mut talk: Talk<'_> = ANSWER.chunks(3).map(|part| (false, part)).collect();
    talk.extend(chat(&said_by_both).into_iter().skip(1));
    let (_folder, path) = file(&said((80, 50000), &talk));
    let run = netlab(&["check", path.to_str().unwrap(), "--format=json"]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    assert!(!run.stdout.contains("verdict"), "{}", run.stdout);
    let told = netlab(&["check", path.to_str().unwrap()]).stdout;
    assert!(told.contains("10.0.0.2:50000 ? 10.0.0.1:80"), "{told}");
    assert!(told.contains("it is not judged"), "{told}");
}
