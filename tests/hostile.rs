//! Bad input: one clear line that says where, what was read before it, and never a panic.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

use std::net::IpAddr;

use netlab::dissect::Packet;
use netlab::flow::talk::Talks;
use netlab::flow::{Fragments, Tracker};
use netlab::frame::{Frame, LinkType, Time};
use netlab::render::{Ndjson, fields};
use netlab::source::{Cause, PcapngWriter, ReadError, Reader};
use proptest::prelude::*;

/// A SYN over Ethernet and IPv4, with options.
const SYN: &[u8] = &[
    0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, 0x08, 0x00, // Ethernet
    0x45, 0, 0, 48, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 7, 0, 1, 10, 7, 0, 2, // IPv4
    0x9c, 0x40, 0x1f, 0x90, 0, 0, 0, 9, 0, 0, 0, 0, 0x70, 0x02, 0xfa, 0xf0, 0, 0, 0, 0, // TCP
    2, 4, 5, 0xb4, 1, 3, 3, 7, // MSS, window scale
];

fn pcapng() -> Vec<u8> {
    let names = [(IpAddr::from([10, 7, 0, 1]), "client".to_owned())];
    let mut writer = PcapngWriter::new(Vec::new(), LinkType::Ethernet, &names).unwrap();
    for number in 0..3 {
        let comment = (number == 1).then_some("held");
        writer.frame(Time(1_700_000_000_000_000_000 + number), SYN, SYN.len() as u32, comment).unwrap();
    }
    writer.into_inner()
}

fn pcap() -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, 1] {
        bytes.extend(word.to_le_bytes());
    }
    for number in 0..3u32 {
        for word in [1_700_000_000, number, SYN.len() as u32, SYN.len() as u32] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(SYN);
    }
    bytes
}

/// Everything that can be done with a capture; how many frames it gave, and how it ended.
fn read(bytes: Vec<u8>) -> (u64, Option<ReadError>) {
    let mut reader = match Reader::from_bytes("x.pcap", bytes) {
        Ok(reader) => reader,
        Err(error) => return (0, Some(error)),
    };
    let (mut follow, mut ndjson, mut count) = (Follow::default(), Ndjson::new(), 0);
    loop {
        match reader.next() {
            Ok(Some(_)) => count += 1,
            Ok(None) => return (count, None),
            Err(error) => return (count, Some(error)),
        }
        let (frame, comment) = (reader.current().unwrap(), reader.comment());
        handle(frame, comment, &mut follow, &mut ndjson);
    }
}

/// All that is kept from frame to frame.
#[derive(Default)]
struct Follow {
    tracker: Tracker,
    talks: Talks,
}

fn handle(frame: Frame<'_>, comment: Option<&str>, follow: &mut Follow, ndjson: &mut Ndjson) {
    let Follow { tracker, talks } = follow;
    let mut fragments = Fragments::new();
    let packet = fragments.complete(Packet::new(frame));
    let segment = tracker.push(&packet);
    let found = talks.push(&packet, segment.as_ref());
    let mut json = Vec::new();
    ndjson.packet(&packet, tracker, segment.as_ref(), &found, comment, &mut json).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&json).expect("one JSON object");
    assert_eq!(value["frame.number"], frame.number);
    for line in fields::packet(&packet, tracker, segment.as_ref(), &found, comment, frame.time, 80) {
        assert!(line.width() <= 80, "{}", line.text());
        assert!(!line.text().chars().any(char::is_control), "{:?}", line.text());
    }
}

#[test]
fn sound_files_are_read_to_their_end() {
    assert!(matches!(read(pcapng()), (3, None)));
    assert!(matches!(read(pcap()), (3, None)));
}

#[test]
fn a_cut_file_gives_what_came_before_and_says_where() {
    for (bytes, last) in [(pcap(), 24 + 2 * (16 + SYN.len())), (pcapng(), 0)] {
        let whole = bytes.len();
        let (count, error) = read(bytes[..whole - 3].to_vec());
        let error = error.expect("an error");
        assert_eq!((count, error.packet), (2, 3));
        assert!(last == 0 || error.offset == last as u64);
        assert!(matches!(error.cause, Cause::CutShort { .. }), "{error}: {}", error.cause);
    }
}

#[test]
fn the_message_is_one_line_with_file_frame_and_byte() {
    let bytes = pcap();
    let (_, error) = read(bytes[..bytes.len() - 3].to_vec());
    let error = error.expect("an error");
    let text = format!("{error}: {}", error.cause);
    assert_eq!(text, "x.pcap: frame 3, byte 180: cut short: 62 bytes should follow, 59 are there");
}

#[test]
fn a_file_name_does_not_reach_the_terminal_raw() {
    let error = Reader::from_bytes("\x1b[2Jx", Vec::new()).err().expect("an error");
    assert!(!error.to_string().contains('\x1b'), "{error}");
}

#[test]
fn what_is_no_capture_is_named() {
    let cause = |bytes: &[u8]| read(bytes.to_vec()).1.expect("an error").cause;
    assert!(matches!(cause(b""), Cause::Empty));
    assert!(matches!(cause(b"hello, world"), Cause::NotACapture { .. }));
    assert!(matches!(cause(&[0xfd, b'7', b'z', b'X', b'Z', 0]), Cause::Compressed { by: "xz", .. }));
    assert!(matches!(cause(b"BZh91AY&SY"), Cause::Compressed { by: "bzip2", .. }));
    assert!(matches!(cause(b"PK\x03\x04"), Cause::Compressed { by: "zip", .. }));
    assert!(matches!(cause(b"snoop\0\0\0"), Cause::OtherFormat { format: "snoop (Solaris)", .. }));
    assert!(matches!(cause(&pcap()[..20]), Cause::CutShort { claimed: 24, left: 20 }));
}

#[test]
fn an_absurd_length_is_refused() {
    let mut bytes = pcap();
    let second = 24 + 16 + SYN.len();
    bytes[second + 8..second + 12].copy_from_slice(&0xffff_fff0u32.to_le_bytes());
    let (count, error) = read(bytes);
    assert_eq!(count, 1);
    assert!(matches!(error.expect("an error").cause, Cause::TooLong { claimed: 0xffff_fff0, .. }));
}

#[test]
fn an_error_is_told_once_and_then_nothing_follows() {
    let mut reader = Reader::from_bytes("x", pcap()[..50].to_vec()).unwrap();
    assert!(reader.next().is_err());
    assert!(matches!(reader.next(), Ok(None)));
}

#[test]
fn a_directory_and_a_missing_file_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Reader::open(folder.path()).err().map(|error| error.cause), Some(Cause::Directory)));
    let missing = Reader::open(&folder.path().join("x.pcap")).err().expect("an error");
    assert!(missing.cause.to_string().contains("no such file"), "{}", missing.cause);
}

proptest! {
    #[test]
    fn any_bytes_as_a_file(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read(bytes);
    }

    #[test]
    fn any_bytes_after_a_sound_beginning(form in any::<bool>(), tail in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut bytes = if form { pcapng() } else { pcap() };
        bytes.extend(tail);
        let (count, _) = read(bytes);
        prop_assert!(count >= 3);
    }

    #[test]
    fn a_file_with_changed_bytes(
        form in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = if form { pcapng() } else { pcap() };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read(bytes);
    }

    #[test]
    fn any_bytes_as_a_frame(
        link in prop::sample::select(vec![0u16, 1, 12, 101, 108, 113, 228, 229, 276, 147]),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        extra in 0u32..2000,
    ) {
        let original_len = bytes.len() as u32 + extra;
        let link = LinkType::from_number(link);
        let frame = Frame { number: 1, time: None, link, interface: None, bytes: &bytes, original_len };
        handle(frame, Some("\x1b[31m\u{202e}"), &mut Follow::default(), &mut Ndjson::new());
    }

    #[test]
    fn a_syn_with_changed_bytes(
        changes in prop::collection::vec((12usize..62, any::<u8>()), 1..6),
        kept in 0usize..=62,
    ) {
        let (mut follow, mut ndjson) = (Follow::default(), Ndjson::new());
        for number in 1..=2 {
            let mut bytes = SYN.to_vec();
            for (at, byte) in &changes {
                bytes[*at] = byte.wrapping_mul(number as u8);
            }
            let frame = Frame {
                number,
                time: Some(Time(number.into())),
                link: LinkType::Ethernet,
                interface: None,
                bytes: &bytes[..kept],
                original_len: bytes.len() as u32,
            };
            handle(frame, None, &mut follow, &mut ndjson);
        }
    }
}
