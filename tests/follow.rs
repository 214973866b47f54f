//! The bytes of every TCP stream of the truth captures are those that tshark follows.
//!
//! As with `tests/truth.rs`, the captures lie outside the repository, and a loud line says so where they are missing.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "util/referee.rs"]
mod referee;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use netlab::dissect::Packet;
use netlab::event::Host;
use netlab::flow::stream::{Arrival, Given, Reassembler, Side};
use netlab::flow::{Fragments, Tracker};
use netlab::source::Reader;
use referee::tshark_is_here;

/// What one side said: bytes, and how many are missing.
#[derive(Clone, Debug, PartialEq)]
enum Run {
    Bytes(Vec<u8>),
    Missing(u64),
}

/// By stream, then by the sender's address.
type Streams = BTreeMap<(u32, String), Vec<Run>>;

fn add(runs: &mut Vec<Run>, run: Run) {
    match (runs.last_mut(), run) {
        (Some(Run::Bytes(bytes)), Run::Bytes(more)) => bytes.extend(more),
        (Some(Run::Missing(count)), Run::Missing(more)) => *count += more,
        (_, run) => runs.push(run),
    }
}

fn ours(file: &Path) -> (Streams, usize) {
    // What can't be read yet has no streams.
    let Ok(mut reader) = Reader::open(file) else { return (Streams::new(), 0) };
    let (mut fragments, mut tracker, mut reassembler) =
        (Fragments::new(), Tracker::new(), Reassembler::new());
    let mut found: BTreeMap<(u32, bool), Vec<Run>> = BTreeMap::new();
    let mut take = |given: Given<'_>| {
        let (Side { stream, from }, run) = match given {
            Given::Bytes(chunk) => (chunk.side, Run::Bytes(chunk.bytes.to_vec())),
            Given::Hole(hole) => (hole.side, Run::Missing(hole.len)),
            _ => return,
        };
        add(found.entry((stream, from == Host::Client)).or_default(), run);
    };
    while let Ok(Some(frame)) = reader.next() {
        let packet = fragments.complete(Packet::new(frame));
        let Some(segment) = tracker.push(&packet) else { continue };
        let Some(arrival) = Arrival::new(&segment, &packet) else { continue };
        reassembler.push(&arrival, &mut take);
    }
    // tshark leaves out what still waits at the end of the capture: so does this.
    let address = |(stream, client): (u32, bool)| {
        let conversation = tracker.conversation(stream).unwrap();
        let address = if client { conversation.client() } else { conversation.server() };
        (stream, address.to_string())
    };
    let count = tracker.conversation_count();
    (found.into_iter().map(|(key, runs)| (address(key), runs)).collect(), count)
}

/// tshark's line for what it has not got: text, and a NUL.
fn missing(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes.strip_suffix(b"\0")?).ok()?;
    let number = text.strip_prefix('[')?.strip_suffix(" missing in capture file]")?;
    number.split(' ').next()?.parse().ok()
}

fn tsharks(file: &Path, count: usize) -> Streams {
    let mut command = Command::new("tshark");
    command.args(["-n", "-q", "-r"]).arg(file);
    for stream in 0..count {
        command.arg("-z").arg(format!("follow,tcp,raw,{stream}"));
    }
    let output = command.output().unwrap();
    let mut found = Streams::new();
    let (mut stream, mut nodes) = (0, [String::new(), String::new()]);
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        if let Some(number) = line.strip_prefix("Filter: tcp.stream eq ") {
            stream = number.parse().unwrap();
        } else if let Some(node) = line.strip_prefix("Node ") {
            let (index, address) = node.split_once(": ").unwrap();
            nodes[index.parse::<usize>().unwrap()] = address.to_owned();
        } else if !line.is_empty() && !line.starts_with(['=', 'F']) {
            let bytes = line.trim();
            let bytes: Vec<u8> = (0..bytes.len() / 2)
                .map(|at| u8::from_str_radix(&bytes[at * 2..at * 2 + 2], 16).unwrap())
                .collect();
            let run = missing(&bytes).map_or(Run::Bytes(bytes), Run::Missing);
            let node = nodes[usize::from(line.starts_with('\t'))].clone();
            add(found.entry((stream, node)).or_default(), run);
        }
    }
    found
}

fn brief(runs: Option<&Vec<Run>>) -> String {
    let show = |run: &Run| match run {
        Run::Bytes(bytes) => format!("{} bytes", bytes.len()),
        Run::Missing(count) => format!("[{count}]"),
    };
    runs.map(|runs| runs.iter().map(show).collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

/// Where tshark puts together something else, and why ours stands: capture, stream, how many of its directions.
const KNOWN: &[(&str, u32, usize, &str)] = &[
    // A keep-alive comes first, with the number before the next byte (RFC 9293, section 3.8.4). tshark counts that number as a
    // byte that is missing.
    ("ndpi-nest_log_sink.pcap", 0, 1, "a keep-alive's number is no byte"),
    // Bits of both were turned over after they were captured. tshark does not look at checksums when it follows; a receiver
    // drops a segment whose checksum is wrong, so here its bytes wait for an ACK that is sound.
    ("ndpi-reasm_crash_anon.pcapng", 0, 2, "damaged segments wait for an ACK"),
    ("suricata-bug-76-input.pcap", 1, 1, "damaged segments wait for an ACK"),
    // Made by a fuzzer, with a sound checksum. The other side's first ACK lies before the first byte seen; tshark begins at the
    // byte that it sees first.
    ("zeek-modbus-fuzz-1011.pcap", 0, 1, "the ACK before it says where it begins"),
];

/// One capture: how many directions and bytes agree, and what differs.
fn compare(file: &Path) -> (usize, usize, Vec<(u32, String)>) {
    let (ours, count) = ours(file);
    let theirs = if count == 0 { Streams::new() } else { tsharks(file, count) };
    let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    let (mut same, mut bytes, mut differences) = (0, 0, Vec::new());
    for key in keys {
        let (ours, theirs) = (ours.get(key), theirs.get(key));
        if ours == theirs {
            let len = |run: &Run| if let Run::Bytes(bytes) = run { bytes.len() } else { 0 };
            same += 1;
            bytes += ours.unwrap().iter().map(len).sum::<usize>();
        } else {
            let text = format!("{key:?}:\n   ours {}\n theirs {}", brief(ours), brief(theirs));
            differences.push((key.0, text));
        }
    }
    (same, bytes, differences)
}

fn say(line: &str) {
    // Past the test harness, which would swallow what a passing test prints.
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

#[test]
fn every_stream_is_the_one_that_tshark_follows() {
    let named = std::env::var_os("NETLAB_TRUTH").filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/truth"));
    let Ok(entries) = std::fs::read_dir(folder.join("captures")) else {
        return say("\n*** NOT RUN: no truth captures to follow. Set NETLAB_TRUTH to their folder. ***\n");
    };
    if !tshark_is_here() {
        return say("\n*** NOT RUN: tshark is not installed (apt install tshark). ***\n");
    }
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    // A damaged file is read as far as it goes, and not by both equally far.
    files.retain(|file| !file.file_name().unwrap().to_str().unwrap().starts_with("hostile"));
    let (one, other) = files.split_at(files.len() / 2);
    let run = |files: &[PathBuf]| files.iter().map(|file| (file.clone(), compare(file))).collect::<Vec<_>>();
    let found = std::thread::scope(|scope| {
        let other = scope.spawn(|| run(other));
        let mut found = run(one);
        found.extend(other.join().unwrap());
        found
    });
    let (mut same, mut bytes, mut wrong) = (0, 0, Vec::new());
    let mut known: BTreeMap<(&str, u32), usize> = KNOWN.iter().map(|row| ((row.0, row.1), row.2)).collect();
    for (file, (agree, count, differences)) in &found {
        let name = file.file_name().unwrap().to_str().unwrap();
        (same, bytes) = (same + agree, bytes + count);
        for (stream, text) in differences {
            match known.get_mut(&(name, *stream)) {
                Some(left) if *left > 0 => *left -= 1,
                _ => wrong.push(format!("{name} {text}")),
            }
        }
    }
    say(&format!("follow: {same} directions of {bytes} bytes are as tshark follows them"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let stale: Vec<_> = known.iter().filter(|(_, left)| **left > 0).collect();
    assert!(stale.is_empty(), "known differences that are none: {stale:?}");
    assert!(same > 100, "only {same} directions");
}
