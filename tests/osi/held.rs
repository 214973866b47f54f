//! The way up ends where the receiver holds or drops what came.

use etherparse::PacketBuilder;
use netlab::frame::{Frame, LinkType, Time};
use netlab::osi::{Finder, Held, Layer, Place, Walk, Wanted};

/// A frame between 10.0.0.1 and 10.0.0.2: from the first, at this number, with that `ack`.
fn segment(client: bool, (seq, ack): (u32, Option<u32>), syn: bool, data: &[u8]) -> Vec<u8> {
    let ((from, port), (to, dest)) = if client { ((1, 40_000), (2, 80)) } else { ((2, 80), (1, 40_000)) };
    let mut tcp = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4([10, 0, 0, from], [10, 0, 0, to], 64)
        .tcp(port, dest, seq, 64_000);
    if syn {
        tcp = tcp.syn();
    }
    if let Some(ack) = ack {
        tcp = tcp.ack(ack);
    }
    let mut bytes = Vec::new();
    tcp.write(&mut bytes, data).unwrap();
    bytes
}

/// Handshake, 4 bytes, the same again, 4 that come after a gap of 4, an ACK of the first 4, those once more, and what was missing.
fn talk() -> Vec<Vec<u8>> {
    vec![
        segment(true, (0, None), true, b""),
        segment(false, (900, Some(1)), true, b""),
        segment(true, (1, Some(901)), false, b""),
        segment(true, (1, Some(901)), false, b"abcd"),
        segment(true, (1, Some(901)), false, b"abcd"),
        segment(true, (9, Some(901)), false, b"ijkl"),
        segment(false, (901, Some(5)), false, b""),
        segment(true, (1, Some(901)), false, b"abcd"),
        segment(true, (5, Some(901)), false, b"efgh"),
    ]
}

fn walk(frames: &[Vec<u8>], wanted: u64) -> Walk {
    let mut finder = Finder::new(Wanted::Frame(wanted));
    for (number, bytes) in (1..).zip(frames) {
        let time = Some(Time(i128::from(number) * 1_000_000_000));
        let original_len = bytes.len() as u32;
        finder.push(Frame { number, time, link: LinkType::Ethernet, interface: None, bytes, original_len });
    }
    finder.finish().unwrap()
}

/// The words of the way up, from layer 7 down.
fn up(walk: &Walk) -> Vec<&'static str> {
    walk.floors.iter().flat_map(|floor| floor.up.iter().copied()).collect()
}

#[test]
fn bytes_go_up_only_where_nothing_holds_them() {
    let held: Vec<Option<Held>> = (4..=9).map(|frame| walk(&talk(), frame).held).collect();
    let expected = [None, Some(Held::Again), Some(Held::Waits), None, Some(Held::Old), None];
    assert_eq!(held, expected);
    assert_eq!(up(&walk(&talk(), 4)), ["osi.up.7.data", "osi.up.4.tcp", "osi.up.3", "osi.up.2", "osi.up.1"]);
    for (frame, words) in [(5, "osi.up.4.again"), (6, "osi.up.4.waits"), (8, "osi.up.4.old")] {
        assert_eq!(up(&walk(&talk(), frame)), [words, "osi.up.3", "osi.up.2", "osi.up.1"]);
    }
}

#[test]
fn what_is_damaged_goes_no_further() {
    for frame in [3, 4] {
        let mut frames = talk();
        let sum = 14 + 20 + 16;
        frames[frame - 1][sum] ^= 0x55;
        let damaged = walk(&frames, frame as u64);
        assert_eq!(damaged.held, Some(Held::BadSum));
        assert_eq!(up(&damaged), ["osi.up.4.bad", "osi.up.3", "osi.up.2", "osi.up.1"]);
        frames[frame - 1][14 + 10] ^= 0x55;
        let damaged = walk(&frames, frame as u64);
        assert_eq!(damaged.held, Some(Held::BadHeader));
        assert_eq!(up(&damaged), ["osi.up.3.bad", "osi.up.2", "osi.up.1"]);
        let network = damaged.floors.iter().find(|floor| floor.place == Place::At(Layer::Network)).unwrap();
        assert_eq!(network.down, ["osi.3.ip"]);
    }
}

#[test]
fn what_is_damaged_in_the_capture_alone_goes_up() {
    let sum = 14 + 20 + 16;
    let mut frames = talk();
    // Without the copies, the ACK in frame 7 (now 5) can only mean this one.
    frames.drain(4..6);
    frames[3][sum] ^= 0x55;
    let walked = walk(&frames, 4);
    assert_eq!((walked.held, walked.later), (None, Some((4, 5))));
    assert_eq!(up(&walked), ["osi.up.7.data", "osi.up.4.tcp", "osi.up.3", "osi.up.2", "osi.up.1"]);
    for mark in ["if_later", "if_bad"] {
        assert!(walked.values.iter().any(|(name, _)| *name == mark), "{mark}: {:?}", walked.values);
    }
    // It is so with all that the client says, before and after.
    for frame in [3, 7] {
        frames[frame - 1][sum] ^= 0x55;
        let walked = walk(&frames, frame as u64);
        assert_eq!((walked.held, walked.later), (None, Some((4, 5))), "{frame}");
    }
}
