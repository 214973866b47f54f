//! tshark referees: the same conversations, the same packets and bytes each way, the same start, the same duration.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use netlab::source::Bundled;
use serde_json::Value;

use crate::tshark::tshark_is_here;
use crate::util::netlab;

const COLUMNS: [&str; 15] = [
    "frame.time_epoch",
    "frame.len",
    "ip.src",
    "ipv6.src",
    "tcp.stream",
    "tcp.srcport",
    "tcp.flags",
    "udp.stream",
    "udp.srcport",
    "icmp.type",
    "icmpv6.type",
    "tcp.analysis.initial_rtt",
    "tcp.analysis.retransmission",
    "tcp.analysis.out_of_order",
    "tcp.analysis.lost_segment",
];

/// A capture, and what is known of it.
struct Capture {
    file: PathBuf,
    /// Whether tshark's own table can be held against ours.
    table: bool,
}

/// The captures with TCP or UDP in them that other projects test themselves with; none where they are not at hand. Of hostile ones
/// the contract asks for no more than frames and times.
fn truth() -> Vec<Capture> {
    let named = std::env::var_os("NETLAB_TRUTH").filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/truth"));
    let Ok(manifest) = std::fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        eprintln!("NOT REFEREED: no captures in {}", folder.display());
        return Vec::new();
    };
    let capture = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let tags: Vec<&str> = columns[9].split(',').collect();
        let has = |tag| tags.contains(&tag);
        let wanted = (has("tcp") || has("udp")) && !has("hostile");
        let file = folder.join("captures").join(columns[0]);
        // tshark's table leaves out segments that could not be read to their end: cut ones, malformed ones, some of those that came
        // in fragments. The frames added up are compared there too.
        let table = !["malformed", "fragments", "snaplen"].into_iter().any(has);
        wanted.then_some(Capture { file, table })
    };
    manifest.lines().skip(1).filter_map(capture).collect()
}

/// What is said of one conversation: by tshark, frame by frame, and by netlab in one line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    /// By end: frames and bytes that it sent.
    sent: BTreeMap<SocketAddr, (u64, u64)>,
    /// Nanoseconds since 1970.
    first: Option<i128>,
    last: Option<i128>,
    /// Of a handshake that was answered: Wireshark also gives one where an RST was the answer.
    handshake_rtt: Option<String>,
    /// Whether a SYN-ACK was seen (tshark only).
    answered: bool,
    retransmissions: u64,
    out_of_order: u64,
    lost_segments: u64,
}

type Conversations = BTreeMap<(&'static str, u64), Told>;

/// Decimal text of seconds as nanoseconds.
fn nanos(text: &str) -> i128 {
    let (seconds, rest) = text.split_once('.').unwrap();
    let sign = if seconds.starts_with('-') { -1 } else { 1 };
    seconds.parse::<i128>().unwrap() * 1_000_000_000 + sign * rest.parse::<i128>().unwrap()
}

/// tshark's conversations, added up from its frames.
fn theirs(lines: &[&str]) -> Conversations {
    let mut all = Conversations::new();
    for line in lines {
        let row: BTreeMap<&str, &str> = COLUMNS.into_iter().zip(line.split('\t')).collect();
        // An ICMP error quotes a conversation; it is no part of it.
        if !row["icmp.type"].is_empty() || !row["icmpv6.type"].is_empty() {
            continue;
        }
        for (protocol, stream, port) in
            [("tcp", row["tcp.stream"], row["tcp.srcport"]), ("udp", row["udp.stream"], row["udp.srcport"])]
        {
            if stream.is_empty() {
                continue;
            }
            let address = if row["ipv6.src"].is_empty() { row["ip.src"] } else { row["ipv6.src"] };
            let end = SocketAddr::new(address.parse::<IpAddr>().unwrap(), port.parse().unwrap());
            let told = all.entry((protocol, stream.parse().unwrap())).or_default();
            let sent = told.sent.entry(end).or_default();
            sent.0 += 1;
            sent.1 += row["frame.len"].parse::<u64>().unwrap();
            if !row["frame.time_epoch"].is_empty() {
                let time = nanos(row["frame.time_epoch"]);
                told.first = Some(told.first.map_or(time, |first| first.min(time)));
                told.last = Some(told.last.map_or(time, |last| last.max(time)));
            }
            let flags = row["tcp.flags"].strip_prefix("0x").map(|hex| u16::from_str_radix(hex, 16).unwrap());
            told.answered |= flags.is_some_and(|flags| flags & 0x12 == 0x12);
            let rtt = row["tcp.analysis.initial_rtt"];
            if !rtt.is_empty() && told.handshake_rtt.is_none() {
                told.handshake_rtt = Some(rtt.to_owned());
            }
            let flag = |column: &str| u64::from(!row[column].is_empty());
            told.retransmissions += flag("tcp.analysis.retransmission");
            told.out_of_order += flag("tcp.analysis.out_of_order");
            told.lost_segments += flag("tcp.analysis.lost_segment");
        }
    }
    for told in all.values_mut() {
        told.handshake_rtt = told.handshake_rtt.take().filter(|_| std::mem::take(&mut told.answered));
        told.answered = false;
    }
    all
}

fn ours(objects: &[Value]) -> Conversations {
    let mut all = Conversations::new();
    for object in objects {
        let protocol = if object["protocol"] == "tcp" { "tcp" } else { "udp" };
        let first = object["start"].as_str().map(nanos);
        let mut told = Told {
            first,
            last: first.zip(object["duration"].as_str().map(nanos)).map(|(first, passed)| first + passed),
            handshake_rtt: object["handshake_rtt"].as_str().map(str::to_owned),
            retransmissions: object["retransmissions"].as_u64().unwrap_or_default(),
            out_of_order: object["out_of_order"].as_u64().unwrap_or_default(),
            lost_segments: object["lost_segments"].as_u64().unwrap_or_default(),
            ..Told::default()
        };
        for side in ["client", "server"] {
            let count = |what: &str| object[what][side].as_u64().unwrap();
            if count("packets") > 0 {
                // One that talks to itself has the same end twice.
                let sent = told.sent.entry(object[side].as_str().unwrap().parse().unwrap()).or_default();
                *sent = (sent.0 + count("packets"), sent.1 + count("bytes"));
            }
        }
        let before = all.insert((protocol, object["stream"].as_u64().unwrap()), told);
        assert_eq!(before, None, "told twice");
    }
    all
}

/// tshark's own table of conversations: ends, frames from the second and from the first, start and duration as printed.
type Table = Vec<(SocketAddr, SocketAddr, u64, u64, String, String)>;

fn end(text: &str) -> SocketAddr {
    let (address, port) = text.rsplit_once(':').unwrap();
    SocketAddr::new(address.parse().unwrap(), port.parse().unwrap())
}

fn their_table(lines: &[&str]) -> Table {
    let row = |line: &&str| {
        let (first, rest) = line.split_once("<->")?;
        let mut words = rest.split_whitespace().collect::<Vec<_>>();
        // The unit of the bytes is a word of its own.
        words.retain(|word| !matches!(*word, "bytes" | "kB" | "MB"));
        let [second, back, _, to, _, _, _, start, lasts] = words[..] else { return None };
        let (one, other) = (end(first.trim()), end(second));
        let (back, to) = (back.parse().unwrap(), to.parse().unwrap());
        // Its nine digits are those of a floating-point number: not all of them count.
        let start = format!("{:.6}", start.parse::<f64>().unwrap());
        // Which of the two comes first is tshark's affair.
        Some(if one <= other {
            (one, other, back, to, start, lasts.to_owned())
        } else {
            (other, one, to, back, start, lasts.to_owned())
        })
    };
    let mut table: Table = lines.iter().filter_map(row).collect();
    table.sort();
    table
}

/// The same of ours; `None` where a conversation has no time.
fn our_table(objects: &[Value], first: i128) -> Option<Table> {
    let row = |object: &Value| {
        let ends = ["client", "server"].map(|side| end_of(object, side));
        let sent = ["client", "server"].map(|side| object["packets"][side].as_u64().unwrap());
        let passed = nanos(object["start"].as_str()?) - first;
        let start = format!("{:.6}", passed as f64 / 1e9);
        let lasts: f64 = object["duration"].as_str().unwrap().parse().unwrap();
        let lasts = format!("{lasts:.4}");
        Some(if ends[0] <= ends[1] {
            (ends[0], ends[1], sent[1], sent[0], start, lasts)
        } else {
            (ends[1], ends[0], sent[0], sent[1], start, lasts)
        })
    };
    let mut table = objects.iter().map(row).collect::<Option<Table>>()?;
    table.sort();
    Some(table)
}

fn end_of(object: &Value, side: &str) -> SocketAddr {
    object[side].as_str().unwrap().parse().unwrap()
}

/// Compares what tshark says of a file with what netlab says: how many conversations there are, and where the two differ.
fn compare(Capture { file, table }: &Capture) -> (usize, Vec<String>) {
    let name = file.display();
    let mut command = Command::new("tshark");
    command.args(["-n", "-r"]).arg(file).args(["-T", "fields", "-E", "occurrence=l"]);
    command.args(COLUMNS.iter().flat_map(|column| ["-e", column]));
    let output = command.args(["-z", "conv,tcp", "-z", "conv,udp"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = text.lines().collect();
    let (frames, tables) =
        lines.split_at(lines.iter().position(|line| line.starts_with("===")).unwrap_or(lines.len()));
    let told = netlab(&["flows", file.to_str().unwrap(), "--format=json"]);
    assert!(matches!(told.code, Some(0 | 1)), "{name}: {:?}", told.code);
    let objects = told.json();
    let (theirs, ours) = (theirs(frames), ours(&objects));
    let mut differences = Vec::new();
    for conversation in ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
        let (ours, theirs) = (ours.get(conversation), theirs.get(conversation));
        if ours != theirs {
            differences.push(format!("{name}: {conversation:?}\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    let first = frames.iter().filter_map(|line| line.split('\t').next()).find(|time| !time.is_empty());
    // Where a frame has no time, tshark's table counts from 1970 or leaves it out.
    let timed = frames.iter().all(|line| !line.starts_with('\t'));
    if let Some(ours) = first.filter(|_| *table && timed).and_then(|first| our_table(&objects, nanos(first)))
    {
        let theirs = their_table(tables);
        let only = |these: &Table, those: &Table| {
            these.iter().filter(|row| !those.contains(row)).map(|row| format!("{row:?}")).collect::<Vec<_>>()
        };
        if ours != theirs {
            let (ours, theirs) = (only(&ours, &theirs), only(&theirs, &ours));
            differences.push(format!("{name}: the tables\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    (ours.len(), differences)
}

#[test]
fn every_conversation_of_the_truth_captures_agrees_with_tshark() {
    if !tshark_is_here() {
        return;
    }
    let files = Mutex::new(truth().into_iter());
    let results = Mutex::new((0, Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(file) = files.lock().unwrap().next() else { break };
                    let (count, differences) = compare(&file);
                    let mut results = results.lock().unwrap();
                    results.0 += count;
                    results.1.extend(differences);
                }
            });
        }
    });
    let (count, differences) = results.into_inner().unwrap();
    eprintln!("{count} conversations compared with tshark");
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    assert!(count > 0 || truth().is_empty(), "no conversation in any capture");
}

#[test]
fn every_conversation_of_the_bundled_captures_agrees_with_tshark() {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for bundled in Bundled::all() {
        let file = folder.path().join(bundled.file_name());
        std::fs::write(&file, bundled.bytes().unwrap()).unwrap();
        assert_eq!(compare(&Capture { file, table: true }), (1, Vec::new()), "{}", bundled.name);
    }
}
