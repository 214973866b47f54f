//! However two streams are cut into segments, shuffled, repeated and overlapped, their bytes come out.

use netlab::dissect::Packet;
use netlab::event::Host::{self, Client, Server};
use netlab::flow::Tracker;
use netlab::flow::stream::{Arrival, Reassembler};
use netlab::frame::{Frame, LinkType, Time};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::given::{CLIENT, Out, SERVER};
use crate::segment::Segment;

/// A frame with a TCP segment over IPv4, its checksums right.
fn frame(from: Host, seq: u32, ack: Option<u32>, flags: (bool, bool), bytes: &[u8]) -> Vec<u8> {
    let (client, server) = (([10, 7, 0, 1], 40000), ([10, 7, 0, 2], 8080));
    let ((source, from_port), (target, to_port)) =
        if from == Client { (client, server) } else { (server, client) };
    let segment = Segment::new((source, from_port), (target, to_port), seq).data(bytes);
    let segment = if flags.0 { segment.syn() } else { segment };
    let segment = if flags.1 { segment.fin() } else { segment };
    ack.map_or(segment, |ack| segment.ack(ack)).packet()
}

/// Through the dissector and the tracker, as every command does it.
fn through_the_tracker(frames: &[Vec<u8>]) -> Out {
    let (mut tracker, mut reassembler, mut out) = (Tracker::new(), Reassembler::new(), Out::default());
    for (index, bytes) in frames.iter().enumerate() {
        let frame = Frame {
            number: index as u64 + 1,
            time: Some(Time(index as i128 * 1_000_000)),
            link: LinkType::RawIp,
            interface: None,
            bytes,
            original_len: bytes.len() as u32,
        };
        let packet = Packet::new(frame);
        let Some(segment) = tracker.push(&packet) else { continue };
        let arrival = Arrival::new(&segment, &packet).unwrap();
        reassembler.push(&arrival, &mut |given| out.take(given));
    }
    reassembler.finish(&mut |given| out.take(given));
    out
}

/// Where a stream is cut, which pieces are widened to the left and to the right, in which order they come, and how often.
#[derive(Clone, Debug)]
struct Way {
    pieces: Vec<(usize, usize)>,
}

fn way(len: usize) -> impl Strategy<Value = Way> {
    let cuts = vec((0..=len, 0..20usize, 0..20usize, 1..=2u8), 0..12);
    (cuts, any::<u64>()).prop_map(move |(cuts, seed)| {
        let mut points: Vec<usize> = cuts.iter().map(|cut| cut.0).chain([0, len]).collect();
        points.sort_unstable();
        let mut pieces = Vec::new();
        for (index, pair) in points.windows(2).enumerate() {
            let (left, right, times) = cuts.get(index).map_or((0, 0, 1), |cut| (cut.1, cut.2, cut.3));
            for _ in 0..times {
                pieces.push((pair[0].saturating_sub(left), (pair[1] + right).min(len)));
            }
        }
        // A shuffle that depends on nothing but the seed.
        let mut state = seed | 1;
        for at in (1..pieces.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            pieces.swap(at, (state >> 33) as usize % (at + 1));
        }
        Way { pieces }
    })
}

fn stream() -> impl Strategy<Value = (Vec<u8>, Way)> {
    vec(any::<u8>(), 0..400).prop_flat_map(|bytes| {
        let way = way(bytes.len());
        (Just(bytes), way)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_way_to_send_two_streams_gives_their_bytes(
        (client, client_way) in stream(),
        (server, server_way) in stream(),
        isns in any::<(u32, u32)>(),
        near_the_wrap in any::<bool>(),
        turns in vec(any::<bool>(), 64),
        middle in any::<bool>(),
    ) {
        let isns = if near_the_wrap { (u32::MAX - isns.0 % 300, u32::MAX - isns.1 % 300) } else { isns };
        let (client_isn, server_isn) = isns;
        let after = |isn: u32, at: usize| isn.wrapping_add(1).wrapping_add(at as u32);
        // What confirms nothing: with a hole confirmed that was never captured, bytes would be passed.
        let acks = (after(server_isn, 0), after(client_isn, 0));
        let mut frames = if middle {
            vec![
                frame(Client, after(client_isn, 0), Some(acks.0), (false, false), b""),
                frame(Server, after(server_isn, 0), Some(acks.1), (false, false), b""),
            ]
        } else {
            vec![
                frame(Client, client_isn, None, (true, false), b""),
                frame(Server, server_isn, Some(acks.1), (true, false), b""),
            ]
        };
        let (mut ours, mut theirs) = (client_way.pieces.iter(), server_way.pieces.iter());
        let mut turns = turns.into_iter().cycle();
        loop {
            let first = turns.next().unwrap();
            let (piece, from) = match first {
                true => (ours.next(), Client),
                false => (theirs.next(), Server),
            };
            let (piece, from) = match piece {
                Some(piece) => (piece, from),
                None => match if first { theirs.next() } else { ours.next() } {
                    Some(piece) => (piece, from.other()),
                    None => break,
                },
            };
            let (bytes, isn, ack) = match from {
                Client => (&client, client_isn, acks.0),
                Server => (&server, server_isn, acks.1),
            };
            let fin = piece.1 == bytes.len();
            frames.push(frame(from, after(isn, piece.0), Some(ack), (false, fin), &bytes[piece.0..piece.1]));
        }
        let out = through_the_tracker(&frames);
        prop_assert_eq!(out.said(CLIENT), &client[..]);
        prop_assert_eq!(out.said(SERVER), &server[..]);
        let mut told = out.told;
        told.sort();
        let mut ends = vec![format!("end at {}", client.len()), format!("end at {}", server.len())];
        ends.sort();
        prop_assert_eq!(told, ends);
    }
}
