//! TCP options: every kind that can be in a SYN, of right and of wrong lengths, as tshark says it.
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

use std::path::Path;
use std::process::Command;

use made::{capture, frame};
use netlab::dissect::{OPTION_KINDS, OptionKind, Packet, TcpOption, Value};
use referee::tshark_is_here;
use util::netlab;

/// A SYN with these options, filled up with zeros.
fn syn(options: &[u8]) -> Vec<u8> {
    let mut header = etherparse::TcpHeader::new(40000, 80, 1000, 65535);
    header.syn = true;
    let mut padded = options.to_vec();
    padded.resize(options.len().next_multiple_of(4), 0);
    header.set_options_raw(&padded).unwrap();
    let mut bytes = Vec::new();
    etherparse::PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .tcp_header(header)
        .write(&mut bytes, &[])
        .unwrap();
    bytes
}

fn option(kind: u8, data: &[u8]) -> Vec<u8> {
    [&[kind, data.len() as u8 + 2], data].concat()
}

/// Every kind with data of many lengths, and what is more special.
fn lists() -> Vec<Vec<u8>> {
    let data: Vec<u8> = (1..=18).collect();
    let mut all = Vec::new();
    for kind in 2..=255u8 {
        let lengths: &[usize] = if kind <= 36 || kind >= 250 || matches!(kind, 69..=79 | 172..=174) {
            &[0, 1, 2, 3, 4, 5, 6, 8, 9, 14, 16, 18]
        } else {
            &[0, 5]
        };
        all.extend(lengths.iter().map(|length| option(kind, &data[..*length])));
    }
    for experiment in [253, 254] {
        all.push(option(experiment, &[0xf9, 0x89]));
        all.push(option(experiment, &[0xf9, 0x89, 1, 2, 3, 4, 5, 6, 7, 8]));
    }
    all.extend([
        [vec![1, 1], option(3, &[7])].concat(),
        option(3, &[15]),
        option(28, &[0x80, 5]),
        [option(2, &[5, 0xb4]), option(4, &[]), option(8, &[0; 8]), vec![1], option(3, &[7])].concat(),
        [option(2, &[5]), option(3, &[7])].concat(),
        [option(8, &[5]), option(3, &[7])].concat(),
        [vec![0], option(2, &[5, 0xb4])].concat(),
        vec![2, 0, 5, 0xb4],
        vec![2, 1, 5, 0xb4],
        vec![2, 50, 5, 0xb4],
        [option(4, &[]), vec![19, 18, 1, 2, 3, 4]].concat(),
    ]);
    all
}

/// All fields of options that netlab has but the edges of SACK blocks, which belong to a conversation.
fn names() -> Vec<&'static str> {
    let mut names = netlab::dissect::all_fields();
    names.retain(|name| name.starts_with("tcp.option"));
    names
}

fn rows_of_tshark(file: &Path, names: &[&str]) -> Vec<Vec<Vec<String>>> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-r"]).arg(file).args(["-T", "fields", "-E", "separator=\u{1e}"]);
    names.iter().for_each(|name| _ = command.args(["-e", name]));
    let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let values = |text: &str| match text {
        "" => Vec::new(),
        text => text.split(',').map(str::to_owned).collect(),
    };
    text.lines().map(|line| line.split('\u{1e}').map(values).collect()).collect()
}

fn printed(value: &serde_json::Value, name: &str) -> Vec<String> {
    match value {
        serde_json::Value::Array(values) => values.iter().flat_map(|value| printed(value, name)).collect(),
        serde_json::Value::Bool(set) => vec![u8::from(*set).to_string()],
        serde_json::Value::Number(number) if name.ends_with("exid") => {
            vec![format!("0x{:04x}", number.as_u64().unwrap())]
        }
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}

/// What we say on purpose in another way.
fn is_let_off(options: &[u8], name: &str, theirs: &[String], ours: &[String]) -> bool {
    let first = options[0];
    match name {
        // Inside these tshark stops before the zeros after them.
        "tcp.option_kind" | "tcp.option_len" if matches!(first, 5 | 20 | 21 | 30 | 76) => {
            ours.starts_with(theirs) && ours[theirs.len()..].iter().all(|kind| kind == "0")
        }
        // We show kind and length also of the option that has no end; nothing after it.
        "tcp.option_kind" | "tcp.option_len" => {
            ours.starts_with(theirs) && ours.len() == theirs.len() + 1 && has_no_end(options)
        }
        // A mark has no value; tshark writes 1, or the option's bytes.
        "tcp.options.sack_perm" | "tcp.options.tfo.request" | "tcp.option.len.invalid" => {
            ours.len() == theirs.len()
        }
        // We show what options hold of which tshark reads more: SCPS, Multipath TCP, Riverbed's.
        "tcp.options.unknown.payload" => theirs.is_empty() && matches!(first, 20..=23 | 30 | 76 | 78),
        _ => false,
    }
}

/// Whether an option of the list is shorter than 2 or goes past the end.
fn has_no_end(options: &[u8]) -> bool {
    let mut at = 0;
    while let Some(kind) = options.get(at).filter(|kind| **kind != 0) {
        match options.get(at + 1) {
            _ if *kind == 1 => at += 1,
            Some(size) if *size >= 2 && at + usize::from(*size) <= options.len().next_multiple_of(4) => {
                at += usize::from(*size);
            }
            _ => return true,
        }
    }
    false
}

#[test]
fn every_option_is_what_tshark_says() {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("options.pcap");
    let (lists, names) = (lists(), names());
    let frames: Vec<_> = lists.iter().map(|options| syn(options)).collect();
    std::fs::write(&file, capture(&frames, usize::MAX)).unwrap();
    let theirs = rows_of_tshark(&file, &names);
    let ours = netlab(&["dissect", file.to_str().unwrap(), "--format=json"]).json();
    assert_eq!((ours.len(), theirs.len()), (lists.len(), lists.len()));
    let mut compared = 0;
    for ((ours, theirs), options) in ours.iter().zip(&theirs).zip(&lists) {
        for (name, theirs) in names.iter().zip(theirs) {
            let ours = printed(&ours[*name], name);
            compared += theirs.len();
            let right = ours == *theirs || is_let_off(options, name, theirs, &ours);
            assert!(right, "{options:02x?}: {name}: tshark {theirs:?}, we {ours:?}");
        }
    }
    assert!(compared > 2000, "{compared}");
}

#[test]
fn every_field_of_an_option_is_seen() {
    let mut seen = Vec::new();
    for options in lists() {
        let bytes = syn(&options);
        Packet::new(frame(&bytes, bytes.len())).each_field(&mut |field| seen.push(field.name));
    }
    let unseen: Vec<_> = names().into_iter().filter(|name| !seen.contains(name)).collect();
    assert_eq!(unseen, [""; 0]);
}

#[test]
fn a_cookie_of_fast_open_is_one_in_either_form() {
    let read = |options: &[u8]| {
        let bytes = syn(options);
        let packet = Packet::new(frame(&bytes, bytes.len()));
        match packet.tcp().unwrap().options().next() {
            Some(TcpOption::FastOpen(cookie)) => cookie.to_vec(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read(&option(34, &[])), [0; 0]);
    assert_eq!(read(&option(34, &[1, 2, 3, 4])), [1, 2, 3, 4]);
    assert_eq!(read(&option(254, &[0xf9, 0x89])), [0; 0]);
    assert_eq!(read(&option(254, &[0xf9, 0x89, 1, 2, 3, 4])), [1, 2, 3, 4]);
}

#[test]
fn every_field_stands_inside_its_option() {
    for options in lists() {
        let bytes = syn(&options);
        for kept in 40..=bytes.len() {
            Packet::new(frame(&bytes[..kept], bytes.len())).each_field(&mut |field| {
                if field.name.starts_with("tcp.option") {
                    let place = field.span.bytes;
                    assert!(
                        place.start >= 40 && place.end <= kept && !place.is_empty(),
                        "{} {place:?}",
                        field.name
                    );
                    if let Value::Bytes(shown) = field.value {
                        assert_eq!(shown, &bytes[place]);
                    }
                }
            });
        }
    }
}

#[test]
fn every_kind_has_a_name_and_says_where_it_is_written_down() {
    assert_eq!(OptionKind::find(34).map(|kind| (kind.name, kind.reference)), Some(("Fast Open", "RFC 7413")));
    assert_eq!(OptionKind::find(35), None);
    for (number, kind) in OPTION_KINDS {
        assert!(!kind.name.is_empty(), "{number}");
        assert!(kind.reference.starts_with("RFC") || kind.reference.starts_with("IANA"), "{number}");
    }
}
