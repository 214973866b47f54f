//! The HTTP messages of every truth capture are those that tshark sees, frame by frame.
//!
//! As with `tests/truth.rs`, the captures lie outside the repository, and a loud line says so where they are missing.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "util/referee.rs"]
mod referee;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use netlab::dissect::Packet;
use netlab::flow::http::{Event, Head, Http, Message, Outcome, StartLine};
use netlab::flow::stream::{Arrival, Reassembler};
use netlab::flow::{Fragments, Tracker};
use netlab::source::Reader;
use referee::tshark_is_here;

/// What one frame completes: the messages' start lines, how many field lines they have, the lengths that they say.
#[derive(Clone, Debug, Default, PartialEq)]
struct Completed {
    starts: Vec<String>,
    lines: usize,
    lengths: Vec<String>,
}

type Frames = BTreeMap<u64, Completed>;

/// As tshark prints it: what is no text becomes U+FFFD or an escape, so only the text is compared.
fn plain(bytes: &[u8]) -> String {
    bytes.iter().filter(|byte| byte.is_ascii_graphic()).map(|byte| char::from(*byte)).collect()
}

fn start(head: &Head) -> String {
    let version = format!("HTTP/1.{}", head.minor_version());
    match head.start() {
        StartLine::Request { method, target } => {
            format!("{} {} {version}", plain(method.bytes), plain(target.bytes))
        }
        StartLine::Status { code, reason } => format!("{version} {code} {}", plain(reason.bytes)),
    }
}

fn ours(file: &Path) -> Frames {
    let Ok(mut reader) = Reader::open(file) else { return Frames::new() };
    let (mut fragments, mut tracker) = (Fragments::new(), Tracker::new());
    let (mut reassembler, mut http) = (Reassembler::new(), Http::new());
    let mut heads: HashMap<Message, Head> = HashMap::new();
    let mut frames = Frames::new();
    let mut now = 0;
    let mut take = |event: Event<'_>, now: u64| match event {
        Event::Request(request) => drop(heads.insert(request.message, request.head)),
        Event::Answer(answer) => drop(heads.insert(answer.message, answer.head)),
        // tshark shows a message once it is whole, or broken off in the capture.
        Event::Finished(finished) if finished.outcome == Outcome::Unseen => {}
        Event::Finished(finished) => {
            let head = heads.remove(&finished.message).unwrap();
            let completed = frames.entry(now).or_default();
            completed.starts.push(start(&head));
            completed.lines += head.fields().len();
            let lengths = head.fields().named("content-length");
            completed.lengths.extend(lengths.map(|(_, line)| plain(line.value.bytes)));
        }
        _ => {}
    };
    while let Ok(Some(frame)) = reader.next() {
        now = frame.number;
        let packet = fragments.complete(Packet::new(frame));
        let Some(segment) = tracker.push(&packet) else { continue };
        let Some(arrival) = Arrival::new(&segment, &packet) else { continue };
        reassembler.push(&arrival, &mut |given| http.push(&given, &mut |event| take(event, now)));
    }
    reassembler.finish(&mut |given| http.push(&given, &mut |event| take(event, now)));
    http.finish(&mut |event| take(event, now));
    frames
}

const FIELDS: [&str; 9] = [
    "http.request.method",
    "http.request.uri",
    "http.request.version",
    "http.response.version",
    "http.response.code",
    "http.response.phrase",
    "http.request.line",
    "http.response.line",
    "http.content_length_header",
];

fn tsharks(file: &Path) -> Frames {
    let mut command = Command::new("tshark");
    command.args(["-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-r"]).arg(file);
    command.args(["-Y", "tcp and (http.request or http.response)", "-T", "fields", "-E", "occurrence=a"]);
    command.args(["-E", "aggregator=\u{1}", "-E", "separator=\u{2}", "-e", "frame.number"]);
    for field in FIELDS {
        command.args(["-e", field]);
    }
    let output = command.output().unwrap();
    let mut frames = Frames::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut columns = line.split('\u{2}');
        let number = columns.next().unwrap().parse().unwrap();
        let mut lists = columns.map(|column| {
            column.split('\u{1}').filter(|value| !value.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        });
        let mut next = || lists.next().unwrap_or_default();
        let (methods, targets, versions) = (next(), next(), next());
        let (answer_versions, codes, reasons) = (next(), next(), next());
        let (request_lines, answer_lines, lengths) = (next(), next(), next());
        let at = |list: &[String], index: usize| plain(list.get(index).map_or(b"", |text| text.as_bytes()));
        let requests =
            (0..methods.len()).map(|i| format!("{} {} {}", methods[i], at(&targets, i), at(&versions, i)));
        let answers =
            (0..codes.len()).map(|i| format!("{} {} {}", at(&answer_versions, i), codes[i], at(&reasons, i)));
        let starts = requests.chain(answers).collect();
        let lengths = lengths.iter().map(|length| plain(length.as_bytes())).collect();
        frames.insert(number, Completed { starts, lines: request_lines.len() + answer_lines.len(), lengths });
    }
    frames
}

fn say(line: &str) {
    // Past the test harness, which would swallow what a passing test prints.
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Where tshark sees something else, and why ours stands: capture, frame.
const KNOWN: &[(&str, u64, &str)] = &[
    // Segments of the body are in no frame: tshark shows such a message nowhere. Its length is known, so here it ends where it
    // does, with the hole in it.
    ("suricata-bug-4953-file76.pcap", 149, "a hole in a body of known length"),
    (
        "suricata-tcp-rst-unacked-stream-10-TLPW1-tcp-174.56.47.59-10.3.11.101-tcp-80-49309.pcap",
        75,
        "a hole in a body of known length",
    ),
    // Made by a fuzzer. tshark takes anything behind `HTTP/` for a version.
    ("zeek-redis-oss-fuzz-473580107.pcap", 221, "a version that is none"),
];

#[test]
fn every_message_is_the_one_that_tshark_sees_in_that_frame() {
    let named = std::env::var_os("NETLAB_TRUTH").filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/truth"));
    let Ok(entries) = std::fs::read_dir(folder.join("captures")) else {
        return say(
            "\n*** NOT RUN: no truth captures to compare with. Set NETLAB_TRUTH to their folder. ***\n",
        );
    };
    if !tshark_is_here() {
        return say("\n*** NOT RUN: tshark is not installed (apt install tshark). ***\n");
    }
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    // A damaged file is read as far as it goes, and not by both equally far.
    files.retain(|file| !file.file_name().unwrap().to_str().unwrap().starts_with("hostile"));
    let (one, other) = files.split_at(files.len() / 2);
    let run = |files: &[PathBuf]| {
        files.iter().map(|file| (file.clone(), ours(file), tsharks(file))).collect::<Vec<_>>()
    };
    let found = std::thread::scope(|scope| {
        let other = scope.spawn(|| run(other));
        let mut found = run(one);
        found.extend(other.join().unwrap());
        found
    });
    let (mut same, mut wrong) = (0, Vec::new());
    let mut known: BTreeSet<(&str, u64)> = KNOWN.iter().map(|row| (row.0, row.1)).collect();
    for (file, ours, theirs) in &found {
        let name = file.file_name().unwrap().to_str().unwrap();
        let frames: BTreeSet<u64> = ours.keys().chain(theirs.keys()).copied().collect();
        for frame in frames {
            let (one, other) = (ours.get(&frame), theirs.get(&frame));
            if one == other {
                same += one.unwrap().starts.len();
            } else if !known.remove(&(name, frame)) {
                wrong.push(format!("{name} {frame}:\n   ours {one:?}\n theirs {other:?}"));
            }
        }
    }
    say(&format!("http: {same} messages are as tshark sees them"));
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(known.is_empty(), "known differences that are none: {known:?}");
    assert!(same > 100, "only {same} messages");
}
