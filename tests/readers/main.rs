//! What can be read, whatever it is wrapped in, and what a reader tells about the file beside its frames.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod pcapng;

use std::io::Write;

use netlab::frame::{LinkType, Time};
use netlab::render::about;
use netlab::source::{Cause, Reader, Secrets};
use pcapng::{Written, told};

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

#[test]
fn pcapng_tells_of_its_sections_interfaces_losses_and_keys() {
    for written in [Written::Little, Written::Big] {
        let mut reader = Reader::from_bytes("told", told(written)).unwrap();
        let mut seen = Vec::new();
        while let Some(frame) = reader.next().unwrap() {
            let (time, interface, link, length) =
                (frame.time.unwrap(), frame.interface, frame.link, frame.bytes.len());
            assert_eq!(reader.current().map(|again| again.bytes.len()), Some(length));
            seen.push((time.0, interface.unwrap(), link, length, reader.comment().map(str::to_owned)));
        }
        let second = 1_700_000_000_000_000_000;
        assert_eq!(
            seen,
            [
                (second + 1000, 0, LinkType::Ethernet, 61, None),
                (second + 2, 1, LinkType::RawIp, 40, Some("held".to_owned())),
                (second + 3, 1, LinkType::RawIp, 41, None),
                (5000, 0, LinkType::Ethernet, 60, None),
            ]
        );
        let [first, last] = reader.sections() else { panic!("{:?}", reader.sections()) };
        assert_eq!((first.hardware.as_deref(), first.os.as_deref()), (Some("a laptop"), Some("Linux 6.1")));
        assert_eq!(first.application.as_deref(), Some("dumpcap"));
        assert_eq!(first.comments, ["recorded in class", "\x1b[2Jsecond"]);
        let [eth, tun] = &first.interfaces[..] else { panic!("{:?}", first.interfaces) };
        assert_eq!((eth.name.as_deref(), eth.description.as_deref()), (Some("eth0"), Some("the wired one")));
        assert_eq!(
            (eth.filter.as_deref(), eth.link, eth.snap_len),
            (Some("tcp port 80"), LinkType::Ethernet, Some(262_144))
        );
        let counted = eth.statistics.unwrap();
        assert_eq!((counted.received, counted.dropped, counted.accepted), (Some(1000), Some(3), Some(900)));
        assert_eq!((counted.dropped_by_os, counted.delivered), (Some(12), Some(885)));
        assert_eq!(counted.time, Time(second + 9_000_000_000));
        assert_eq!((counted.start, counted.end), (Some(Time(second)), Some(Time(second + 8_000_000_000))));
        let counted = tun.statistics.unwrap();
        assert_eq!((counted.time, counted.received, counted.dropped), (Time(second + 4), Some(7), None));
        assert_eq!((last.comments.len(), last.interfaces.len()), (0, 1));
        assert_eq!(last.interfaces[0].statistics.unwrap().dropped, Some(1));
        let keys: Vec<_> = reader.secrets().iter().map(|keys| (keys.kind, &keys.bytes[..])).collect();
        assert_eq!(
            keys,
            [(Secrets::TLS_KEY_LOG, &b"CLIENT_RANDOM 00 11\n"[..]), (Secrets::TLS_KEY_LOG, b"second")]
        );
    }
}

#[test]
fn remarks_and_losses_are_told_in_words_and_without_control_characters() {
    let mut reader = Reader::from_bytes("told", told(Written::Little)).unwrap();
    while reader.next().unwrap().is_some() {}
    let text: Vec<String> = about::lines(reader.sections(), 60).iter().map(|line| line.text()).collect();
    assert_eq!(
        text,
        [
            "comment on section 1: recorded in class",
            "comment on section 1: \\x1b[2Jsecond",
            "section 1, interface 0 (eth0): 12 frames dropped by the",
            "  kernel, 3 dropped by the interface; 1000 came in",
            "section 2, interface 0: 1 frame dropped by the interface",
        ]
    );
    assert!(about::lines(Reader::from_bytes("plain", pcap(1)).unwrap().sections(), 60).is_empty());
}

#[test]
fn a_remark_cannot_pass_for_a_line_of_ours() {
    let written = Written::Little;
    let mut file = written
        .section(&[(1, b"one\nframe 9    0.000000 s  TCP\n\nand words that go on and on to the edge")]);
    file.extend(written.interface(1, &[(2, b"eth\nframe 8"), (1, b"two")]));
    let mut reader = Reader::from_bytes("sly", file).unwrap();
    while reader.next().unwrap().is_some() {}
    let text: Vec<String> = about::lines(reader.sections(), 40).iter().map(|line| line.text()).collect();
    assert_eq!(
        text,
        [
            "comment on the file: one",
            "  frame 9 0.000000 s TCP",
            "  and words that go on and on to the",
            "  edge",
            "comment on interface 0 (eth\\nframe 8):",
            "  two",
        ]
    );
}

/// What is told beside the packets has limits, and what is beyond them is left out; the packets are not.
#[test]
fn remarks_and_keys_without_end_take_no_memory_without_end() {
    let written = Written::Little;
    let remark = [b'x'; 60_000];
    let mut file = Vec::new();
    for _ in 0..60 {
        file.extend(written.section(&[(1, &remark), (1, &remark)]));
        file.extend(written.interface(1, &[]));
        file.extend(written.packet(0, 1, &[0; 60], &[]));
        file.extend(written.statistics(0, 1, &[(5, &written.u64(1))]));
        file.extend(written.secrets(&[7; 1 << 20]));
    }
    let mut reader = Reader::from_bytes("much", file).unwrap();
    let mut frames = 0;
    while reader.next().unwrap().is_some() {
        frames += 1;
    }
    assert_eq!(frames, 60);
    let kept: usize = reader.sections().iter().flat_map(|section| &section.comments).map(String::len).sum();
    assert!((500_000..=1 << 20).contains(&kept), "{kept} bytes");
    assert!(reader.sections().iter().all(|section| section.interfaces.len() == 1));
    let kept: usize = reader.secrets().iter().map(|keys| keys.bytes.len()).sum();
    assert!((8 << 20..=16 << 20).contains(&kept), "{kept} bytes");
}

/// Statistics that are cut, about nobody, or of a length that lies; keys that claim more than there is.
#[test]
fn blocks_that_nothing_depends_on_cannot_end_the_reading() {
    let written = Written::Big;
    let file = [
        written.section(&[]),
        written.interface(1, &[]),
        written.block(5, &[], &[]),
        written.block(5, &written.u32(0), &[]),
        written.statistics(9, 1, &[(5, &written.u64(1))]),
        written.statistics(0, 1, &[(5, b"abc"), (2, b"abc")]),
        written.block(10, &[], &[]),
        written.block(10, &written.words(&[1, u32::MAX]), &[]),
        written.packet(0, 1, &[0; 60], &[]),
    ]
    .concat();
    let mut reader = Reader::from_bytes("lies", file).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().number, 1);
    assert!(reader.next().unwrap().is_none());
    assert_eq!(reader.secrets(), []);
    let statistics = reader.sections()[0].interfaces[0].statistics.unwrap();
    assert_eq!((statistics.dropped, statistics.start, statistics.time), (None, None, Time(1000)));
}

/// Gives at most so many bytes at once, as a pipe may.
struct Drops(std::io::Cursor<Vec<u8>>, usize);

impl std::io::Read for Drops {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let most = room.len().min(self.1);
        std::io::Read::read(&mut self.0, &mut room[..most])
    }
}

/// Both ways to a packet, the short one for what is at hand and the long one, give the same.
#[test]
fn packets_are_the_same_however_the_bytes_come_in() {
    let frames = |bytes: &[u8], step: usize| {
        let mut reader =
            Reader::from_read("x", Box::new(Drops(std::io::Cursor::new(bytes.to_vec()), step))).unwrap();
        let mut all = Vec::new();
        while let Some(frame) = reader.next().unwrap() {
            let one = format!("{frame:?}");
            let again = reader.current().map(|frame| format!("{frame:?}"));
            assert_eq!(again.as_ref(), Some(&one));
            all.push((one, reader.comment().map(str::to_owned)));
        }
        all
    };
    for file in [pcap(50), told(Written::Little), told(Written::Big)] {
        let whole = frames(&file, usize::MAX);
        assert!(whole.len() >= 4);
        for step in [1, 7, 100] {
            assert_eq!(frames(&file, step), whole);
        }
    }
}

/// The modified form of old Linux systems: eight bytes more in each record's header.
fn modified(written: Written) -> Vec<u8> {
    let mut bytes =
        [written.words(&[0xa1b2_cd34]), written.u16(2).to_vec(), written.u16(4).to_vec()].concat();
    bytes.extend(written.words(&[0, 0, 65535, 1]));
    for number in 0..3u32 {
        bytes.extend(written.words(&[1_700_000_000, number, 60, 60, 2]));
        bytes.extend([&written.u16(0x0800)[..], &[4, 0]].concat());
        bytes.extend([number as u8; 60]);
    }
    bytes
}

#[test]
fn the_modified_pcap_of_old_linux_systems_is_read() {
    for written in [Written::Little, Written::Big] {
        let mut reader = Reader::from_bytes("old", modified(written)).unwrap();
        for number in 0..3 {
            let frame = reader.next().unwrap().unwrap();
            assert_eq!((frame.bytes, frame.link), (&[number; 60][..], LinkType::Ethernet));
            assert_eq!(frame.time, Some(Time(1_700_000_000_000_000_000 + 1000 * i128::from(number))));
        }
        assert!(reader.next().unwrap().is_none());
    }
}

/// The upper bits of pcap's link type say whether frames end with a check sequence, and how long it is.
#[test]
fn the_flags_above_a_link_type_are_no_part_of_it() {
    for flags in [0u32, 0x0400_0000, 0x2400_0000, 0xf000_0000] {
        let mut bytes = pcap(1);
        bytes[20..24].copy_from_slice(&(flags | 113).to_le_bytes());
        let mut reader = Reader::from_bytes("flags", bytes).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().link, LinkType::Sll, "{flags:#x}");
    }
    for field in [0x0001_0001u32, 0x0200_0001] {
        let mut bytes = pcap(1);
        bytes[20..24].copy_from_slice(&field.to_le_bytes());
        let error = Reader::from_bytes("flags", bytes).err().expect("an error");
        assert!(matches!(error.cause, Cause::ReservedBits { .. }), "{}", error.cause);
    }
}

#[test]
fn captures_of_other_programs_are_known_by_name() {
    let formats: [(&[u8], &str); 8] = [
        (b"snoop\0\0\0\0\0\0\x02\0\0\0\x04", "snoop"),
        (b"btsnoop\0\0\0\0\x01\0\0\x03\xea", "btsnoop"),
        (b"GMBU\0\x02\x01\0", "Microsoft Network Monitor"),
        (b"RTSS\0\x01\x01\0", "Microsoft Network Monitor"),
        (b"TRSNIFF data    \x1a", "Sniffer"),
        (b"XCP\x00002.002", "Sniffer"),
        (b"iptrace 2.0", "iptrace"),
        (b"ObserverPktBufferVersion=15.00", "Observer"),
    ];
    for (bytes, name) in formats {
        let error = Reader::from_bytes("x", bytes.to_vec()).err().expect("an error");
        let Cause::OtherFormat { format, convert } = &error.cause else { panic!("{}", error.cause) };
        assert!(format.contains(name) && convert.contains("editcap"), "{}", error.cause);
        // The fuzzer found that a signature which came in pieces was not known.
        for step in [1, 5, 24] {
            let input = Drops(std::io::Cursor::new(bytes.to_vec()), step);
            let in_pieces = Reader::from_read("x", Box::new(input)).err().expect("an error");
            assert_eq!(in_pieces.cause.to_string(), error.cause.to_string(), "in pieces of {step}");
        }
    }
}
