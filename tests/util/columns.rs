//! Frames made by hand: whether netlab and tshark find the same in them.

use std::process::Command;

use serde_json::Value;

use crate::referee::tshark_is_here;
use crate::util::netlab;

/// A pcap file of these frames, on a link of this type.
pub(crate) fn pcap(link: u32, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, link] {
        bytes.extend(word.to_le_bytes());
    }
    for (number, frame) in frames.iter().enumerate() {
        for word in [1_700_000_000, number as u32, frame.len() as u32, frame.len() as u32] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(frame);
    }
    bytes
}

/// A value in the form that both sides are brought to: numbers in decimal, flags as 0 and 1, several with commas.
fn ours(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(set) => u8::from(*set).to_string(),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(ours).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn theirs(cell: &str) -> String {
    let plain = |value: &str| match value.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).expect("tshark writes a number").to_string(),
        None => value.to_owned(),
    };
    cell.split(',').map(plain).collect::<Vec<_>>().join(",")
}

/// Both find the same values of these fields in every frame; checksums are verified.
pub(crate) fn agree(name: &str, link: u32, frames: &[Vec<u8>], columns: &[&str]) {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    std::fs::write(&file, pcap(link, frames)).expect("a file");
    let mut tshark = Command::new("tshark");
    tshark.args(["-n", "-r"]).arg(&file).args(["-T", "fields", "-E", "occurrence=a"]);
    for protocol in ["ip", "tcp", "udp"] {
        tshark.args(["-o", &format!("{protocol}.check_checksum:TRUE")]);
    }
    let output = tshark.args(columns.iter().flat_map(|column| ["-e", column])).output().expect("tshark runs");
    let text = String::from_utf8(output.stdout).expect("tshark writes text");
    let path = file.to_str().expect("a path of letters");
    let objects = netlab(&["dissect", path, "--format=json"]).json();
    assert_eq!((objects.len(), text.lines().count()), (frames.len(), frames.len()), "{name}");
    for (number, (object, line)) in objects.iter().zip(text.lines()).enumerate() {
        for (column, cell) in columns.iter().zip(line.split('\t')) {
            let frame = &frames[number];
            assert_eq!(
                ours(&object[*column]),
                theirs(cell),
                "{name}: {column} of frame {}, {frame:02x?}",
                number + 1
            );
        }
    }
}
