//! tshark referees what is said of DNS: every field that it knows, in messages made by hand and in real ones.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a test that panics has failed: that is what is meant"
)]

#[path = "util/dns.rs"]
mod made;
#[path = "util/referee.rs"]
mod referee;
mod util;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use made::{capture, messages, packet};
use netlab::dissect::all_fields;
use referee::tshark_is_here;
use util::netlab;

/// Fields of Wireshark that join several packets, or are names of branches in its tree.
const NOT_OF_ONE_PACKET: &[&str] = &[
    "dns.response_in",
    "dns.response_to",
    "dns.time",
    "dns.retransmission",
    "dns.retransmit_request",
    "dns.retransmit_response",
    "dns.retransmit_request_in",
    "dns.retransmit_response_in",
    "dns.unsolicited",
    "dns.opt",
    "dns.svcb.svcparam",
    "dns.extraneous",
    "dns.undecoded.type",
    "dns.ttl.high_bit_set",
    "dns.tsig.mac",
    "dns.tsig.noalg",
];

/// Every field of DNS that this tshark knows.
fn fields_of_tshark() -> Vec<String> {
    let list = Command::new("tshark").args(["-G", "fields"]).output().unwrap().stdout;
    let list = String::from_utf8_lossy(&list);
    let rows = list.lines().filter(|line| line.starts_with("F\t"));
    let mut names: Vec<String> = rows.filter_map(|line| line.split('\t').nth(2)).map(str::to_owned).collect();
    names.retain(|name| name.starts_with("dns.") && !NOT_OF_ONE_PACKET.contains(&name.as_str()));
    names.sort();
    names.dedup();
    assert!(names.len() > 200, "{names:?}");
    names
}

type Row = BTreeMap<String, Vec<String>>;

/// tshark's values, frame by frame.
fn rows_of_tshark(file: &Path, names: &[String]) -> Vec<Row> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-r"]).arg(file).args([
        "-T",
        "fields",
        "-E",
        "separator=\u{1e}",
        "-E",
        "aggregator=\u{1f}",
    ]);
    for name in names {
        command.args(["-e", name]);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let row = |line: &str| {
        let values = line.split('\u{1e}').map(|value| match value {
            "" => Vec::new(),
            value => value.split('\u{1f}').map(printed_by_tshark).collect(),
        });
        names.iter().cloned().zip(values).filter(|(_, values)| !values.is_empty()).collect()
    };
    text.lines().map(row).collect()
}

/// Hex numbers as we print them, and nothing where tshark says that a value has no bytes.
fn printed_by_tshark(value: &str) -> String {
    let hex = value.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    match hex {
        Some(number) => number.to_string(),
        None => value.to_owned(),
    }
}

fn printed(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::Array(values) => values.iter().flat_map(printed).collect(),
        serde_json::Value::Bool(set) => vec![u8::from(*set).to_string()],
        // As tshark writes them in its columns.
        serde_json::Value::String(text) => vec![text.replace('\n', "\\n")],
        other => vec![other.to_string()],
    }
}

/// What we say on purpose in another way, or cannot compare as text.
fn is_let_off(name: &str, theirs: &[String], ours: &[String]) -> bool {
    match name {
        // tshark counts 0 for a name of one character, and 6 for the root, which it writes as <Root>.
        "dns.qry.name.len" | "dns.count.labels" => {
            theirs.iter().zip(ours).all(|(theirs, ours)| theirs == ours || ours == "0" || ours == "1")
        }
        // A date in words there, seconds here.
        "dns.rrsig.signature_expiration" | "dns.rrsig.signature_inception" | "dns.tsig.time_signed" => {
            theirs.len() == ours.len()
        }
        // Texts are ASCII to it, each byte beyond that a U+FFFD; mDNS has UTF-8 in them (RFC 6763, section 6.5).
        "dns.txt" => {
            let ascii = |values: &[String]| values.concat().replace(|c: char| !c.is_ascii(), "");
            theirs.len() == ours.len() && ascii(theirs) == ascii(ours)
        }
        // A field without bytes.
        _ => ours.is_empty() && theirs.iter().all(|value| value == "<MISSING>"),
    }
}

fn agrees(file: &Path, names: &[String]) -> usize {
    let theirs = rows_of_tshark(file, names);
    let ours = netlab(&["dissect", file.to_str().unwrap(), "--format=json"]).json();
    assert_eq!(ours.len(), theirs.len(), "{}", file.display());
    let mut compared = 0;
    for (number, (ours, theirs)) in (1..).zip(ours.iter().zip(&theirs)) {
        // DNS over TCP is a stream's.
        if ours.get("tcp.srcport").is_some() {
            continue;
        }
        for name in names {
            let ours = ours.get(name).map(printed).unwrap_or_default();
            let theirs = theirs.get(name).cloned().unwrap_or_default();
            compared += theirs.len();
            let right = ours == theirs || is_let_off(name, &theirs, &ours);
            assert!(right, "{}: frame {number}: {name}: tshark {theirs:?}, we {ours:?}", file.display());
        }
    }
    compared
}

#[test]
fn every_field_of_made_messages_is_what_tshark_says() {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("made.pcap");
    let packets: Vec<_> = messages().iter().map(|(from, to, message)| packet(*from, *to, message)).collect();
    std::fs::write(&file, capture(&packets, usize::MAX)).unwrap();
    let compared = agrees(&file, &fields_of_tshark());
    assert!(compared > 1500, "{compared}");
}

#[test]
fn every_field_of_real_messages_is_what_tshark_says() {
    let named = std::env::var_os("NETLAB_TRUTH").filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/truth"));
    let Ok(manifest) = std::fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        // Past the test harness, which would swallow what a passing test prints.
        let line = b"\n*** NOT RUN: no truth captures. Set NETLAB_TRUTH to their folder. ***\n\n";
        std::io::stderr().write_all(line).unwrap();
        return;
    };
    if !tshark_is_here() {
        return;
    }
    let names = fields_of_tshark();
    let mut compared = 0;
    for row in manifest.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let tags: Vec<&str> = columns[9].split(',').collect();
        // Read as far as the damage, which tshark and we tell in different ways; a port that is not DNS's, where tshark
        // guesses.
        let left_out = tags.contains(&"hostile") || columns[0] == "tcpdump-dns_udp_8053.pcap";
        if tags.contains(&"dns") && !left_out {
            compared += agrees(&folder.join("captures").join(columns[0]), &names);
        }
    }
    assert!(compared > 5000, "{compared}");
}

#[test]
fn every_field_that_we_name_is_one_of_wiresharks() {
    if !tshark_is_here() {
        return;
    }
    let theirs = fields_of_tshark();
    let ours = all_fields().into_iter().filter(|name| name.starts_with("dns."));
    let unknown: Vec<_> = ours.filter(|name| !theirs.iter().any(|known| known == name)).collect();
    assert_eq!(unknown, [""; 0]);
}
