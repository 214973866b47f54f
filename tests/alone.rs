//! A conversation is told the same whether all others are followed beside it or passed over.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "util/recorded.rs"]
mod recorded;
#[path = "util/segment.rs"]
mod segment;

use std::net::SocketAddr;

use etherparse::PacketBuilder;
use netlab::dissect::Packet;
use netlab::flow::{Fragments, Tracker};
use netlab::frame::{Frame, LinkType, Time};
use netlab::story::{Seen, Tell, Teller};
use recorded::{captures, each_frame};
use segment::Segment;

/// An Ethernet frame with one segment; ports and numbers as given.
fn segment(from: (u8, u16), to: (u8, u16), seq: u32, ack: Option<u32>, syn: bool, data: &[u8]) -> Vec<u8> {
    let end = |(host, port): (u8, u16)| ([10, 0, 0, host], port);
    let flags = match (syn, ack) {
        (true, None) => "S",
        (true, Some(_)) => "SA",
        (false, None) => "",
        (false, Some(_)) => "A",
    };
    Segment::new(end(from), end(to), seq).flags(flags, ack.unwrap_or_default()).data(data).frame()
}

/// A handshake and a few bytes.
fn conversation(client: (u8, u16), server: (u8, u16), first: u32) -> Vec<Vec<u8>> {
    let other = first ^ 0x5555_5555;
    vec![
        segment(client, server, first, None, true, b""),
        segment(server, client, other, Some(first + 1), true, b""),
        segment(client, server, first + 1, Some(other + 1), false, b""),
        segment(client, server, first + 1, Some(other + 1), false, b"hello"),
        segment(server, client, other + 1, Some(first + 6), false, b"hi"),
    ]
}

/// A router's "host unreachable" about a frame.
fn unreachable(about: &[u8]) -> Vec<u8> {
    let quoted = &about[14..14 + 28];
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2([6; 6], [2; 6])
        .ipv4([10, 0, 0, 254], [10, 0, 0, 1], 64)
        .icmpv4_raw(3, 1, [0; 4])
        .write(&mut bytes, quoted)
        .unwrap();
    bytes
}

/// Runs a capture through a reader's loop.
fn each(frames: &[Vec<u8>], mut take: impl FnMut(Frame<'_>)) {
    for (bytes, number) in frames.iter().zip(1u64..) {
        let time = Some(Time(i128::from(number) * 1_000_000));
        let original_len = bytes.len() as u32;
        take(Frame { number, time, link: LinkType::Ethernet, interface: None, bytes, original_len });
    }
}

/// Every step of one conversation, and how it came out, for comparison.
fn told(tell: &Tell, each: impl Fn(&mut dyn FnMut(Frame<'_>))) -> Vec<String> {
    let mut teller = Teller::new(tell.clone());
    let mut told = Vec::new();
    each(&mut |frame| {
        told.extend(teller.frame(&frame, &Seen::default()).iter().map(|told| format!("{told:?}")))
    });
    let ends = teller.ends();
    let (last, summary) = teller.finish(None, 0, None);
    told.extend(last.iter().map(|told| format!("{told:?}")));
    told.push(format!("{ends:?} {summary:?}"));
    told
}

/// Tells the first `most` conversations both ways; gives how many steps that were.
fn same_both_ways(what: &str, most: usize, each: impl Fn(&mut dyn FnMut(Frame<'_>))) -> usize {
    let (mut tracker, mut fragments) = (Tracker::new(), Fragments::new());
    each(&mut |frame| {
        tracker.push(&fragments.complete(Packet::new(frame)));
    });
    let all: Vec<(SocketAddr, SocketAddr)> =
        tracker.conversations().map(|found| (found.client(), found.server())).collect();
    let mut steps = 0;
    for (stream, ends) in all.iter().enumerate().take(most) {
        let between = |(client, server): &&(SocketAddr, SocketAddr)| {
            (*client, *server) == *ends || (*server, *client) == *ends
        };
        let before = all[..stream].iter().filter(between).count() as u32;
        let tell =
            Tell { stream: stream as u32, ends: Some(*ends), several: all.len() > 1, ..Tell::default() };
        let alone = Tell { before: Some(before), ..tell.clone() };
        let (beside, alone) = (told(&tell, &each), told(&alone, &each));
        assert_eq!(beside, alone, "{what}, stream {stream}");
        steps += alone.len();
    }
    steps
}

#[test]
fn other_conversations_change_nothing_in_a_story() {
    let (a, b, server) = ((1, 40_000), (2, 40_000), (9, 80));
    let mut frames = Vec::new();
    let lost = segment((3, 50_000), server, 77, None, true, b"");
    frames.push(unreachable(&lost));
    let (one, two, again) =
        (conversation(a, server, 1000), conversation(b, server, 5000), conversation(a, server, 90_000));
    for (left, right) in one.into_iter().zip(two) {
        frames.extend([left, right]);
    }
    frames.extend(again);
    frames.push(unreachable(&segment(a, server, 90_006, None, false, b"")));
    frames.extend(conversation((7, 1234), (8, 4321), 1));
    let steps = same_both_ways("made here", usize::MAX, |take| each(&frames, take));
    assert!(steps > 20, "{steps}");
}

#[test]
fn the_captures_are_told_the_same_too() {
    let mut steps = 0;
    for path in captures() {
        let each = |take: &mut dyn FnMut(Frame<'_>)| each_frame(&path, take);
        steps += same_both_ways(&path.display().to_string(), 4, each);
    }
    // The bundled ones alone have as many.
    assert!(steps > 30, "{steps}");
}
