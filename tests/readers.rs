//! What can be read, whatever it is wrapped in, and what a reader tells about the file beside its frames.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

use std::io::Write;

use netlab::source::Reader;

/// A pcap file with so many frames of 100 bytes.
fn pcap(frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, 1] {
        bytes.extend(word.to_le_bytes());
    }
    for number in 0..frames {
        for word in [1_700_000_000, number, 100, 100] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend([number as u8; 100]);
    }
    bytes
}

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn the_position_goes_from_the_beginning_to_the_length_of_the_file() {
    let bytes = pcap(10_000);
    let file = file(&bytes);
    let mut reader = Reader::open(file.path()).unwrap();
    assert_eq!(reader.file_len(), Some(bytes.len() as u64));
    let (mut before, mut given) = (0, 24);
    while let Some(frame) = reader.next().unwrap() {
        given += 16 + frame.bytes.len() as u64;
        let now = reader.position();
        assert!(before <= now && given <= now && now <= bytes.len() as u64, "{before} {given} {now}");
        before = now;
    }
    assert_eq!(reader.position(), bytes.len() as u64);
}

#[test]
fn what_is_no_file_has_no_length_but_a_position() {
    let bytes = pcap(3);
    let length = bytes.len() as u64;
    let mut reader = Reader::from_read("pipe", Box::new(std::io::Cursor::new(bytes))).unwrap();
    assert_eq!(reader.file_len(), None);
    while reader.next().unwrap().is_some() {}
    assert_eq!(reader.position(), length);
}
