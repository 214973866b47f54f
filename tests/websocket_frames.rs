//! Every WebSocket frame of the truth captures is what tshark and an independent decoder say: where it ends, its header, its
//! payload without the mask, its close code and reason, and what its message inflates to. And no rule is broken in what real
//! peers sent.
//!
//! As with `tests/truth.rs`, the captures lie outside the repository, and a loud line says so where they are missing.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use netlab::dissect::Packet;
use netlab::flow::http::{self, Http};
use netlab::flow::stream::{Arrival, Chunk, Given, Reassembler};
use netlab::flow::websocket::{Conversation, Event, Frame, Negotiated, Role, Severity, Shared};
use netlab::flow::{Fragments, Tracker};
use netlab::source::Reader;

/// A row of the truth, in its columns: by packet, stream and number in the packet.
type Rows = BTreeMap<(u64, u32, u64), BTreeMap<String, String>>;

fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "-".to_owned();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn expected(file: &Path) -> Rows {
    let mut text = String::new();
    let packed = std::fs::File::open(file).unwrap();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let row = |cells: Vec<&str>| {
        let named = names.iter().zip(&cells).filter(|(_, cell)| !cell.is_empty());
        let mut row: BTreeMap<String, String> =
            named.map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned())).collect();
        if let Some(reason) = row.get_mut("websocket.payload.close.reason") {
            *reason = serde_json::from_str(&format!("\"{reason}\"")).unwrap();
        }
        let mut number = |name: &str| row.remove(name).unwrap().parse::<u64>().unwrap();
        let key = (number("frame.number"), number("tcp.stream") as u32, number("ordinal"));
        (key, row)
    };
    lines.map(row).collect()
}

fn row(frame: &Frame<'_>) -> BTreeMap<String, String> {
    let head = &frame.head;
    let mut row = BTreeMap::new();
    let mut set = |name: &str, value: String| row.insert(name.to_owned(), value);
    set("websocket.fin", u8::from(head.fin).to_string());
    set("websocket.rsv", head.rsv.to_string());
    set("websocket.opcode", head.opcode.number().to_string());
    set("websocket.mask", u8::from(head.key.is_some()).to_string());
    if let Some(key) = head.key {
        set("websocket.masking_key", hex(&key));
    }
    set("netlab.websocket.length", head.length.to_string());
    assert!(frame.is_whole(), "all of a payload of {} bytes is kept", head.length);
    set("websocket.payload", hex(frame.payload));
    if let Role::Close(Some(body)) = frame.role {
        if let Some(code) = body.code {
            set("websocket.payload.close.status_code", code.to_string());
        }
        if !body.reason.is_empty() {
            set("websocket.payload.close.reason", String::from_utf8_lossy(body.reason).into_owned());
        }
    }
    row
}

#[derive(Default)]
struct Found {
    rows: Rows,
    /// Rules broken, by name.
    violations: BTreeSet<&'static str>,
}

/// Follows a capture, each piece of the stream cut into pieces of `piece` bytes once more.
fn found(file: &Path, piece: usize) -> Found {
    let mut found = Found::default();
    let Ok(mut reader) = Reader::open(file) else { return found };
    let (mut fragments, mut tracker, mut streams) = (Fragments::new(), Tracker::new(), Reassembler::new());
    let (mut http, mut shared) = (Http::new(), Shared::new());
    let mut connections: BTreeMap<u32, Conversation> = BTreeMap::new();
    let mut ordinals: BTreeMap<u64, u64> = BTreeMap::new();
    let mut last: Option<(u64, u32, u64)> = None;
    let mut rows = Rows::new();
    let mut violations = BTreeSet::new();
    let mut tell = |stream: u32, event: Event<'_>| match event {
        Event::Frame(frame) => {
            let ordinal = ordinals.entry(frame.carried.last).or_default();
            *ordinal += 1;
            let key = (frame.carried.last, stream, *ordinal);
            last = Some(key);
            rows.insert(key, row(&frame));
        }
        Event::Message(message) if message.compressed && message.is_whole() => {
            let row = rows.get_mut(&last.unwrap()).unwrap();
            row.insert("netlab.websocket.inflated".to_owned(), hex(message.content));
        }
        Event::Verdict(verdict) if verdict.rule.severity() == Severity::Violation => {
            violations.insert(verdict.rule.name());
        }
        _ => {}
    };
    let mut on = |event: http::Event<'_>| {
        let (stream, given) = match event {
            http::Event::Upgrade(upgrade) if upgrade.code == 101 => {
                let negotiated = Negotiated::from(&*upgrade);
                connections.insert(upgrade.answer.side.stream, Conversation::new(&negotiated));
                return;
            }
            http::Event::Raw(chunk) => (chunk.side.stream, Given::Bytes(chunk)),
            http::Event::RawHole(hole) => (hole.side.stream, Given::Hole(hole)),
            http::Event::RawEnd(ending) => (ending.side.stream, Given::End(ending)),
            _ => return,
        };
        if let Some(connection) = connections.get_mut(&stream) {
            connection.push(&given, &mut shared, &mut |event| tell(stream, event));
        }
    };
    let mut take = |given: &Given<'_>| match given {
        Given::Bytes(chunk) => {
            for (number, bytes) in chunk.bytes.chunks(piece).enumerate() {
                let skip = if number == 0 { 0 } else { number * piece };
                let (offset, at) = (chunk.offset + skip as u64, chunk.at + skip);
                http.push(&Given::Bytes(Chunk { offset, at, bytes, ..*chunk }), &mut on);
            }
        }
        other => http.push(other, &mut on),
    };
    while let Ok(Some(frame)) = reader.next() {
        let packet = fragments.complete(Packet::new(frame));
        let Some(segment) = tracker.push(&packet) else { continue };
        let Some(arrival) = Arrival::new(&segment, &packet) else { continue };
        streams.push(&arrival, &mut |given| take(&given));
    }
    streams.finish(&mut |given| take(&given));
    http.finish(&mut on);
    for (stream, connection) in &mut connections {
        connection.finish(&mut shared, &mut |event| tell(*stream, event));
    }
    assert_eq!(shared.held(), 0, "all is given back");
    (found.rows, found.violations) = (rows, violations);
    found
}

fn truth() -> Option<PathBuf> {
    let named = std::env::var_os("NETLAB_TRUTH").filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/truth"));
    if folder.join("captures").is_dir() {
        return Some(folder);
    }
    say("\n*** NOT RUN: no truth captures. Set NETLAB_TRUTH to their folder. ***\n");
    None
}

fn say(line: &str) {
    // Past the test harness, which would swallow what a passing test prints.
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// The captures with WebSocket frames in them, and what the truth says of these.
fn captures(truth: &Path) -> Vec<(String, PathBuf, Rows)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(truth.join("truth")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if let Some(capture) = name.strip_suffix(".websocket.tsv.gz") {
            all.push((capture.to_owned(), truth.join("captures").join(capture), expected(&path)));
        }
    }
    all.sort();
    all
}

#[test]
fn every_frame_is_what_the_truth_says_however_its_packets_are_cut() {
    let Some(truth) = truth() else { return };
    let (mut frames, mut files) = (0, 0);
    for (name, capture, expected) in captures(&truth) {
        for piece in [usize::MAX, 1000, 1] {
            let found = found(&capture, piece).rows;
            for (key, row) in &expected {
                assert_eq!(found.get(key), Some(row), "{name} {key:?}");
            }
            let more: Vec<_> = found.keys().filter(|key| !expected.contains_key(key)).collect();
            assert!(more.is_empty(), "{name}: frames that are none: {more:?}");
        }
        (frames, files) = (frames + expected.len(), files + 1);
    }
    say(&format!("websocket: {frames} frames of {files} captures are as the truth says"));
    assert!(frames > 600 && files > 35, "{frames} frames of {files} captures");
}

#[test]
fn no_capture_without_the_tag_has_a_frame() {
    let Some(truth) = truth() else { return };
    let known: BTreeSet<_> = captures(&truth).into_iter().map(|(name, ..)| name).collect();
    for entry in std::fs::read_dir(truth.join("captures")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // Of damaged files the truth says nothing.
        if known.contains(&name) || name.starts_with("hostile-") || name.starts_with("truncated-") {
            continue;
        }
        let found = found(&path, usize::MAX);
        // A copy of another capture in another form has the frames of that one.
        if !name.starts_with("gzip-") {
            assert!(found.rows.is_empty(), "{name}: {:?}", found.rows.keys());
        }
    }
}

/// What real programs sent breaks no rule; what was made to break one does.
#[test]
fn violations_fall_where_they_were_made() {
    let Some(truth) = truth() else { return };
    let made: BTreeMap<&str, &[&str]> = BTreeMap::from(MADE);
    let mut wrong = Vec::new();
    for (name, capture, _) in captures(&truth) {
        let found: Vec<_> = found(&capture, usize::MAX).violations.into_iter().collect();
        let expected = made.get(name.as_str()).copied().unwrap_or_default();
        if found != expected {
            wrong.push(format!("{name}: {found:?}, expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The captures in which somebody breaks rules, and which.
const MADE: [(&str, &[&str]); 7] = [
    ("made-edge-afterclose-a.pcapng", &["ws.data_after_close"]),
    ("made-edge-longform-b.pcap", &["ws.length_not_minimal"]),
    ("made-edge-maskedserver-a.pcap", &["ws.server_must_not_mask"]),
    ("made-edge-rsv-b.pcapng", &["ws.reserved_bit", "ws.reserved_opcode"]),
    ("made-edge-unmaskedclient-b.pcap", &["ws.client_must_mask"]),
    ("made-edge-utf8-a.pcap", &["ws.text_not_utf8"]),
    // Made by its project: a ping without a mask, and nothing else.
    ("suricata-websocket-ping-input.pcap", &["ws.client_must_mask"]),
];
