//! Bytes that came in two versions, and bytes that never came, are told: on their frame, in their step, at the end.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "util/segment.rs"]
mod segment;
mod util;

use segment::Segment;
use serde_json::{Value, json};
use snapbox::{Data, assert_data_eq};
use util::{netlab, netlab_with_input};

/// A capture in the oldest format, raw IP, a millisecond between frames.
fn capture(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, 101] {
        file.extend(word.to_le_bytes());
    }
    for (index, frame) in frames.iter().enumerate() {
        for word in [1_700_000_000, index as u32 * 1000, frame.len() as u32, frame.len() as u32] {
            file.extend(word.to_le_bytes());
        }
        file.extend(frame);
    }
    file
}

fn client(seq: u32, ack: Option<u32>, bytes: &[u8]) -> Vec<u8> {
    segment(([10, 7, 0, 1], 40000), ([10, 7, 0, 2], 8080), seq, ack, bytes)
}

fn server(seq: u32, ack: Option<u32>, bytes: &[u8]) -> Vec<u8> {
    segment(([10, 7, 0, 2], 8080), ([10, 7, 0, 1], 40000), seq, ack, bytes)
}

/// Numbers 1000 and 5000 begin a conversation.
fn segment(from: ([u8; 4], u16), to: ([u8; 4], u16), seq: u32, ack: Option<u32>, bytes: &[u8]) -> Vec<u8> {
    let segment = Segment::new(from, to, seq).data(bytes);
    let segment = if seq == 1000 || seq == 5000 { segment.syn() } else { segment };
    ack.map_or(segment, |ack| segment.ack(ack)).packet()
}

/// Frame 6 says frame 4's bytes otherwise; frame 8 lies behind a gap that frame 9 shows to be the capture's.
fn two_versions() -> Vec<u8> {
    capture(&[
        client(1000, None, b""),
        server(5000, Some(1001), b""),
        client(1001, Some(5001), b""),
        client(1001, Some(5001), b"GET /public HTTP/1.1\r\n"),
        server(5001, Some(1023), b""),
        client(1001, Some(5001), b"GET /secret HTTP/1.1\r\n"),
        server(5001, Some(1023), b""),
        client(1123, Some(5001), b"Host: a\r\n"),
        server(5001, Some(1132), b""),
    ])
}

#[test]
fn a_packet_says_that_its_bytes_came_before_and_differ() {
    let run = netlab_with_input(&["dissect", "-", "--format=json"], &two_versions());
    let packets = run.json();
    let told: Vec<(usize, &str, &Value)> = packets
        .iter()
        .enumerate()
        .flat_map(|(index, packet)| {
            packet.as_object().unwrap().iter().map(move |(key, value)| (index + 1, key, value))
        })
        .filter(|(_, key, _)| key.starts_with("tcp.segment.") || key.starts_with("netlab."))
        .map(|(frame, key, value)| (frame, key.as_str(), value))
        .collect();
    assert_eq!(
        told,
        [
            (6, "tcp.segment.overlap", &json!(true)),
            (6, "tcp.segment.overlap.conflict", &json!(true)),
            (6, "netlab.tcp.conflict.frame", &json!(4)),
            (6, "netlab.tcp.conflict.seq", &json!(6)),
            (6, "netlab.tcp.conflict.len", &json!(6)),
            (6, "netlab.tcp.conflict.kept", &json!(4)),
            (9, "netlab.tcp.missing", &json!(100)),
        ]
    );
}

#[test]
fn a_filter_finds_them() {
    let frames = |filter: &str| -> Vec<u64> {
        let run = netlab_with_input(&["dissect", "-", "--format=json", "--filter", filter], &two_versions());
        run.json().iter().map(|packet| packet["frame.number"].as_u64().unwrap()).collect()
    };
    assert_eq!(frames("tcp.segment.overlap.conflict"), [6]);
    assert_eq!(frames("netlab.tcp.missing > 99"), [9]);
    let run = netlab_with_input(
        &["flows", "-", "--format=json", "--filter", "tcp.segment.overlap"],
        &two_versions(),
    );
    assert_eq!(run.json().len(), 1, "{}", run.stdout);
    let run = netlab_with_input(
        &["flows", "-", "--format=json", "--filter", "netlab.tcp.given_up"],
        &two_versions(),
    );
    assert_eq!(run.json().len(), 0, "{}", run.stdout);
}

#[test]
fn the_text_shows_both_versions_and_says_which_one_the_receiver_keeps() {
    let run = netlab_with_input(&["dissect", "-", "--width=80", "--color=never"], &two_versions());
    let frame = run.stdout.split("\n\n").nth(5).unwrap();
    let notes: Vec<&str> = frame.lines().skip(1).take_while(|line| *line != "  Frame").collect();
    assert_eq!(
        notes,
        [
            "  note     Bytes 6 to 11 were said before, in frame 4, as “public”; now they",
            "           are “secret”.",
            "           The server keeps what came first: it had taken that already.",
        ]
    );
    assert_eq!(run.stdout.matches("  note  ").count(), 1);
}

#[test]
fn the_story_tells_the_second_version_and_at_the_end_what_is_missing() {
    let run = netlab_with_input(&["replay", "-", "--width=80", "--color=never"], &two_versions());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/screens/two-versions.80.txt");
    let expected = Data::read_from(std::path::Path::new(path), None).raw();
    assert_data_eq!(Data::text(run.stdout).raw(), expected);
}

#[test]
fn the_storys_json_counts_both_sides_bytes() {
    let run = netlab_with_input(&["replay", "-", "--format=json"], &two_versions());
    let all = run.json();
    let summary = all.last().unwrap();
    let none = json!({"bytes":0,"missing":0,"cut":0,"given_up":0,"again":0,"conflicts":0,"ignored":0});
    assert_eq!(summary["streams"]["server"], none);
    let client = json!({"bytes":31,"missing":100,"cut":0,"given_up":0,"again":22,"conflicts":1,"ignored":0});
    assert_eq!(summary["streams"]["client"], client);
    let step = all.iter().find(|step| step["words"] == "step tcp.conflict").unwrap();
    assert_eq!((&step["frames"][0], &step["what"]), (&json!(6), &json!("tcp.retransmission")));
    assert_eq!(step["notes"].as_array().unwrap().len(), 2);
}

/// More than a mebibyte waits behind a byte that never comes.
#[test]
fn what_had_to_be_given_up_is_told() {
    let data = [b'x'; 1400];
    let mut frames =
        vec![client(1000, None, b""), server(5000, Some(1001), b""), client(1001, Some(5001), b"")];
    frames.extend((0..800u32).map(|index| client(1002 + 1400 * index, Some(5001), &data)));
    // Through a file: nobody would read the output while so much is written into a pipe.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("waits.pcap");
    std::fs::write(&file, capture(&frames)).unwrap();
    let file = file.to_str().unwrap();
    let run = netlab(&["dissect", file, "--format=json"]);
    let given_up: u64 = run.json().iter().filter_map(|packet| packet["netlab.tcp.given_up"].as_u64()).sum();
    assert!(given_up > 100_000, "{given_up}");
    assert!(run.stderr.contains(&format!("{given_up} bytes")), "{}", run.stderr);
    let run = netlab(&["replay", file, "--format=json"]);
    assert_eq!(run.json().last().unwrap()["streams"]["client"]["given_up"], given_up);
    let run = netlab(&["replay", file, "--width=120"]);
    assert!(run.stdout.contains("given up because too much waited"), "{}", run.stdout.len());
}
