//! However a stream is cut into segments, shuffled, repeated and overlapped, its bytes come out once and in their order; where
//! copies differ or bytes are missing, what comes out is what a simple model says.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

use std::collections::HashMap;

use etherparse::PacketBuilder;
use netlab::dissect::{Buffer, Packet};
use netlab::event::Host;
use netlab::flow::Tracker;
use netlab::flow::stream::{
    Arrival, Doubt, Given, HoleKind, Kept, Limits, Reassembler, Side, WhyGivenUp, WhyIgnored, check_script,
};
use netlab::frame::{Frame, LinkType, Time};
use proptest::collection::vec;
use proptest::prelude::*;

const CLIENT: Side = Side { stream: 0, from: Host::Client };
const SERVER: Side = Side { stream: 0, from: Host::Server };

/// What came out, in words: `bytes`, or a hole by its length.
#[derive(Clone, Debug, Default, PartialEq)]
struct Out {
    bytes: HashMap<Side, Vec<u8>>,
    /// Every byte, or `None` in a hole.
    whole: HashMap<Side, Vec<Option<u8>>>,
    told: Vec<String>,
}

impl Out {
    fn take(&mut self, given: Given<'_>) {
        match given {
            Given::Bytes(chunk) => {
                // In the middle of a conversation the first may have another offset than 0.
                let whole = self.whole.entry(chunk.side).or_insert_with(|| vec![None; chunk.offset as usize]);
                assert_eq!(whole.len() as u64, chunk.offset);
                whole.extend(chunk.bytes.iter().copied().map(Some));
                self.bytes.entry(chunk.side).or_default().extend(chunk.bytes);
            }
            Given::Hole(hole) => {
                let whole = self.whole.entry(hole.side).or_default();
                assert_eq!(whole.len() as u64, hole.offset);
                whole.extend(vec![None; hole.len as usize]);
                let kind = match hole.kind {
                    HoleKind::NotCaptured => "missing",
                    HoleKind::Cut => "cut",
                    HoleKind::GivenUp => "given up",
                };
                let between = (hole.after.unwrap_or(0), hole.before.unwrap_or(0));
                self.told.push(format!("{} {kind} between {} and {}", hole.len, between.0, between.1));
            }
            Given::Overlap(overlap) => {
                let kept = if overlap.kept == Kept::Earlier { "first" } else { "second" };
                let settled = if overlap.settled { "" } else { " while waiting" };
                match overlap.difference() {
                    None => {}
                    Some(range) => self.told.push(format!(
                        "frames {} and {} differ in {}..{}: {} kept{settled}",
                        overlap.earlier.frame,
                        overlap.later.frame,
                        overlap.offset + range.start as u64,
                        overlap.offset + range.end as u64,
                        kept
                    )),
                }
            }
            Given::Uncompared(again) => self.told.push(format!("{} not compared", again.len)),
            Given::GivenUp(piece) => {
                let why = match piece.why {
                    WhyGivenUp::Conversation => "conversation",
                    WhyGivenUp::Total => "total",
                    WhyGivenUp::Forgotten => "forgotten",
                };
                self.told.push(format!("{} of frame {} given up: {why}", piece.len, piece.frame));
            }
            Given::Ignored(ignored) => {
                let why = match ignored.why {
                    WhyIgnored::BeforeStart => "before the start",
                    WhyIgnored::AfterEnd => "after the end",
                    WhyIgnored::TooLate => "too late",
                };
                self.told.push(format!("{} {why}", ignored.len));
            }
            Given::End(end) => {
                let how = if end.reset { "reset" } else { "end" };
                self.told.push(format!("{how} at {}", end.offset));
            }
            Given::Anew(_) => self.told.push("anew".to_owned()),
            Given::Forgotten(stream) => self.told.push(format!("conversation {stream} forgotten")),
        }
    }

    fn said(&self, side: Side) -> &[u8] {
        self.bytes.get(&side).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A segment by hand; `seq` counts from the first byte, as offsets do.
fn segment(frame: u64, from: Host, offset: u32, bytes: &[u8]) -> Arrival<'_> {
    Arrival {
        stream: 0,
        frame,
        from,
        seq: offset.wrapping_add(1),
        zero: 0,
        ack: None,
        syn: false,
        fin: false,
        rst: false,
        len: bytes.len() as u32,
        bytes,
        buffer: Buffer::Frame,
        at: 54,
        keep_alive: false,
        doubt: Doubt::None,
    }
}

fn syn(frame: u64, from: Host) -> Arrival<'static> {
    Arrival { seq: 0, syn: true, ..segment(frame, from, 0, b"") }
}

/// A bare ACK of `host`: it has all of the other side's bytes before `offset`.
fn ack(frame: u64, host: Host, offset: u32) -> Arrival<'static> {
    Arrival { ack: Some(offset.wrapping_add(1)), ..segment(frame, host, 0, b"") }
}

fn run(arrivals: &[Arrival<'_>]) -> Out {
    run_within(Limits::default(), arrivals)
}

fn run_within(limits: Limits, arrivals: &[Arrival<'_>]) -> Out {
    let (mut reassembler, mut out) = (Reassembler::with_limits(limits), Out::default());
    for arrival in arrivals {
        reassembler.push(arrival, &mut |given| out.take(given));
    }
    reassembler.finish(&mut |given| out.take(given));
    out
}

use Host::{Client, Server};

#[test]
fn bytes_in_order_are_borrowed_from_their_frame_with_their_place() {
    let bytes = *b"hello";
    let mut reassembler = Reassembler::new();
    let mut seen = 0;
    reassembler.push(&segment(7, Client, 0, &bytes), &mut |given| {
        let Given::Bytes(chunk) = given else { panic!("{given:?}") };
        assert_eq!((chunk.side, chunk.offset, chunk.frame, chunk.bytes), (CLIENT, 0, 7, &bytes[..]));
        assert_eq!(chunk.bytes.as_ptr(), bytes.as_ptr(), "copied");
        assert_eq!(chunk.span().bytes, 54..59);
        seen += 1;
    });
    assert_eq!(seen, 1);
}

#[test]
fn what_came_early_waits_and_keeps_its_place() {
    let mut places = Vec::new();
    let mut reassembler = Reassembler::new();
    for arrival in [syn(1, Client), segment(2, Client, 5, b"world"), segment(3, Client, 0, b"hello")] {
        reassembler.push(&arrival, &mut |given| {
            if let Given::Bytes(chunk) = given {
                places.push((chunk.offset, chunk.frame, chunk.bytes.to_vec()));
            }
        });
    }
    assert_eq!(places, [(0, 3, b"hello".to_vec()), (5, 2, b"world".to_vec())]);
    assert_eq!(reassembler.waiting(), 0);
}

#[test]
fn what_the_receiver_has_taken_stays() {
    let out = run(&[syn(1, Client), segment(2, Client, 0, b"abcdef"), segment(3, Client, 2, b"cXXfgh")]);
    assert_eq!(out.said(CLIENT), b"abcdefgh");
    assert_eq!(out.told, ["frames 2 and 3 differ in 3..5: first kept"]);
}

#[test]
fn of_waiting_copies_the_one_that_begins_earlier_is_kept_then_the_longer_then_the_first() {
    let begin = [syn(1, Client), segment(2, Client, 2, b"cd")];
    let mut arrivals = begin.to_vec();
    arrivals.extend([segment(3, Client, 1, b"BCD"), segment(4, Client, 0, b"a")]);
    let out = run(&arrivals);
    assert_eq!(out.said(CLIENT), b"aBCD");
    assert_eq!(out.told, ["frames 2 and 3 differ in 2..4: second kept while waiting"]);

    let mut arrivals = begin.to_vec();
    arrivals.extend([
        segment(3, Client, 2, b"CDE"),
        segment(4, Client, 2, b"xy"),
        segment(5, Client, 0, b"ab"),
    ]);
    let out = run(&arrivals);
    assert_eq!(out.said(CLIENT), b"abCDE");
    let told = [
        "frames 2 and 3 differ in 2..4: second kept while waiting",
        "frames 3 and 4 differ in 2..4: first kept while waiting",
    ];
    assert_eq!(out.told, told);
}

#[test]
fn a_segment_in_order_is_read_before_what_waits() {
    let out = run(&[syn(1, Client), segment(2, Client, 1, b"xxx"), segment(3, Client, 0, b"abc")]);
    assert_eq!(out.said(CLIENT), b"abcx");
    assert_eq!(out.told, ["frames 2 and 3 differ in 1..3: second kept while waiting"]);
}

#[test]
fn a_hole_is_passed_once_the_other_side_has_confirmed_it() {
    let mut out = Out::default();
    let mut reassembler = Reassembler::new();
    let arrivals =
        [syn(1, Client), segment(2, Client, 0, b"abc"), segment(3, Client, 6, b"ghi"), ack(4, Server, 5)];
    for arrival in &arrivals {
        reassembler.push(arrival, &mut |given| out.take(given));
    }
    assert_eq!(out.said(CLIENT), b"abc", "byte 5 was not confirmed yet");
    reassembler.push(&ack(5, Server, 9), &mut |given| out.take(given));
    assert_eq!(out.said(CLIENT), b"abcghi");
    assert_eq!(out.told, ["3 missing between 2 and 3"]);
    let said = reassembler.said(CLIENT).unwrap();
    assert_eq!((said.bytes, said.missing, said.holes()), (6, 3, 3));
    reassembler.push(&segment(6, Client, 2, b"cdefg"), &mut |given| out.take(given));
    assert_eq!(out.told[1..], ["3 too late"]);
}

#[test]
fn an_ack_of_what_nobody_can_have_said_is_not_believed_alone() {
    let begin = [syn(1, Client), segment(2, Client, 0, b"abc"), ack(3, Server, 1_700_000_000)];
    assert!(run(&begin).told.is_empty());
    let mut arrivals = begin.to_vec();
    arrivals.push(ack(4, Server, 1_700_000_010));
    assert_eq!(run(&arrivals).told, ["1700000007 missing between 2 and 0"]);
}

#[test]
fn an_answer_captured_before_what_it_confirms_loses_nothing() {
    let out = run(&[syn(1, Client), ack(2, Server, 5), segment(3, Client, 0, b"hello"), ack(4, Server, 5)]);
    assert_eq!((out.said(CLIENT), out.told.len()), (&b"hello"[..], 0));
}

#[test]
fn at_the_end_of_the_capture_every_hole_is_passed() {
    let out = run(&[
        syn(1, Client),
        segment(2, Client, 3, b"def"),
        segment(3, Client, 8, b"ij"),
        ack(4, Server, 20),
    ]);
    assert_eq!(out.said(CLIENT), b"defij");
    let told = ["3 missing between 0 and 2", "2 missing between 2 and 3", "10 missing between 3 and 0"];
    assert_eq!(out.told, told);
}

#[test]
fn of_one_direction_that_was_not_captured_its_length_is_known() {
    let out = run(&[ack(1, Client, 0), ack(2, Client, 700), ack(3, Client, 1400)]);
    assert_eq!(out.told, ["1400 missing between 0 and 0"]);
}

#[test]
fn a_capture_that_starts_in_the_middle_has_no_hole_before_it() {
    // A keep-alive first: its number is one before the next byte's, and the answer says so.
    let out = run(&[
        segment(1, Client, 0, b""),
        ack(2, Server, 1),
        segment(3, Client, 1, b"hi"),
        ack(4, Server, 3),
    ]
    .map(|arrival| Arrival { zero: 9, ..arrival }));
    assert!(out.told.is_empty(), "{out:?}");
}

#[test]
fn what_lies_before_the_first_byte_belongs_nowhere() {
    let mut out = Vec::new();
    let mut reassembler = Reassembler::new();
    for arrival in [segment(1, Client, 0, b"later"), segment(2, Client, 0u32.wrapping_sub(3), b"old")] {
        reassembler.push(&arrival, &mut |given| match given {
            Given::Bytes(chunk) => out.push((chunk.bytes.len() as u64, None)),
            Given::Ignored(ignored) => out.push((ignored.len, Some(ignored.why))),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(out, [(5, None), (3, Some(WhyIgnored::BeforeStart))]);
}

#[test]
fn a_keep_alive_says_nothing_twice() {
    let keep_alive = Arrival { keep_alive: true, ..segment(3, Client, 4, b"\0") };
    let out =
        run(&[syn(1, Client), segment(2, Client, 0, b"hello"), keep_alive, segment(4, Client, 5, b"!")]);
    assert_eq!((out.said(CLIENT), out.told.len()), (&b"hello!"[..], 0));
}

#[test]
fn a_probe_counts_once_and_only_where_it_was_taken() {
    let probe = |frame| Arrival { doubt: Doubt::Unasked, ..segment(frame, Client, 2, b"c") };
    let begin = [syn(1, Client), segment(2, Client, 0, b"ab"), probe(3), probe(4)];
    // Not taken: what is sent later in its place counts.
    let mut arrivals = begin.to_vec();
    arrivals.extend([ack(5, Server, 2), segment(6, Client, 2, b"Cde")]);
    let out = run(&arrivals);
    assert_eq!(out.said(CLIENT), b"abCde");
    assert_eq!(out.told, ["frames 3 and 6 differ in 2..3: second kept while waiting"]);
    // Taken: the sender goes on behind it.
    let mut arrivals = begin.to_vec();
    arrivals.extend([ack(5, Server, 3), segment(6, Client, 3, b"de")]);
    let out = run(&arrivals);
    assert_eq!((out.said(CLIENT), out.told.len()), (&b"abcde"[..], 0));
}

#[test]
fn a_damaged_copy_gives_way_to_a_sound_one() {
    let damaged = Arrival { doubt: Doubt::Damaged, ..segment(3, Client, 0, b"hexlo") };
    let out = run(&[syn(1, Client), ack(2, Server, 0), damaged, segment(4, Client, 0, b"hello")]);
    assert_eq!(out.said(CLIENT), b"hello");
    // In a capture where no sum was finished, what was answered was taken.
    let out = run(&[syn(1, Client), ack(2, Server, 0), damaged, ack(4, Server, 5)]);
    assert_eq!(out.said(CLIENT), b"hexlo");
    let out = run(&[syn(1, Client), damaged]);
    assert_eq!(out.said(CLIENT), b"hexlo");
}

#[test]
fn data_in_a_syn_counts_where_it_was_taken() {
    let fast = Arrival { seq: 0, syn: true, doubt: Doubt::Unasked, ..segment(1, Client, 0, b"GET") };
    let taken = Arrival { syn: true, seq: 0, ..ack(2, Server, 3) };
    assert_eq!(run(&[fast, taken]).said(CLIENT), b"GET");
    let refused = Arrival { syn: true, seq: 0, ..ack(2, Server, 0) };
    assert_eq!(run(&[fast, refused, segment(3, Client, 0, b"GET /")]).said(CLIENT), b"GET /");
}

#[test]
fn a_stream_ends_with_its_fin_and_what_follows_is_ignored() {
    let fin = Arrival { fin: true, ..segment(3, Client, 3, b"def") };
    let out = run(&[
        syn(1, Client),
        segment(2, Client, 8, b"xyz"),
        fin,
        segment(4, Client, 0, b"abc"),
        segment(5, Client, 6, b"zz"),
        ack(6, Server, 7),
    ]);
    assert_eq!(out.said(CLIENT), b"abcdef");
    assert_eq!(out.told, ["end at 6", "3 after the end", "2 after the end"]);
}

#[test]
fn a_reset_ends_both_directions_once() {
    let rst = Arrival { rst: true, ..segment(3, Server, 0, b"") };
    let out = run(&[syn(1, Client), segment(2, Client, 0, b"abc"), rst, rst, segment(5, Client, 3, b"d")]);
    assert_eq!(out.said(CLIENT), b"abcd");
    assert_eq!(out.told, ["reset at 3", "reset at 0"]);
}

#[test]
fn what_a_snap_length_cut_is_a_hole_of_known_length() {
    let cut = |frame, offset, bytes| Arrival { len: 10, ..segment(frame, Client, offset, bytes) };
    let out =
        run(&[syn(1, Client), cut(2, 0, b"abcd"), segment(3, Client, 10, b"next"), cut(4, 20, b"wait")]);
    assert_eq!(out.said(CLIENT), b"abcdnextwait");
    let told = ["6 cut between 2 and 2", "6 missing between 3 and 4", "6 cut between 4 and 4"];
    assert_eq!(out.told, told);
    // A copy that has the bytes fills it while it waits.
    let out = run(&[
        syn(1, Client),
        cut(2, 2, b"cd"),
        segment(3, Client, 2, b"cdefghijkl"),
        segment(4, Client, 0, b"ab"),
    ]);
    assert_eq!((out.said(CLIENT), out.told.len()), (&b"abcdefghijkl"[..], 0));
}

#[test]
fn a_numbering_that_begins_anew_begins_a_new_stream() {
    let again = |arrival: Arrival<'static>| Arrival { zero: 77, ..arrival };
    let mut bytes = Vec::new();
    let mut reassembler = Reassembler::new();
    let arrivals = [
        syn(1, Server),
        segment(2, Server, 0, b"one"),
        again(syn(3, Server)),
        again(segment(4, Server, 0, b"two")),
    ];
    for arrival in arrivals {
        reassembler.push(&arrival, &mut |given| match given {
            Given::Bytes(chunk) => bytes.push((chunk.offset, chunk.bytes.to_vec())),
            Given::Anew(side) => bytes.push((99, format!("{side:?}").into_bytes())),
            other => panic!("{other:?}"),
        });
    }
    let anew = format!("{SERVER:?}").into_bytes();
    assert_eq!(bytes, [(0, b"one".to_vec()), (99, anew), (0, b"two".to_vec())]);
}

#[test]
fn offsets_go_on_beyond_the_largest_sequence_number() {
    let mut reassembler = Reassembler::new();
    let mut places = Vec::new();
    reassembler.push(&syn(1, Client), &mut |_| {});
    let mut number = 1;
    for step in 1..=8u64 {
        let offset = step << 30;
        number += 2;
        let arrivals =
            [segment(number, Client, offset as u32, b"x"), ack(number + 1, Server, (offset + 1) as u32)];
        for arrival in arrivals {
            reassembler.push(&arrival, &mut |given| {
                if let Given::Bytes(chunk) = given {
                    places.push(chunk.offset);
                }
            });
        }
    }
    assert_eq!(places, (1..=8u64).map(|step| step << 30).collect::<Vec<_>>());
}

#[test]
fn the_oldest_that_waits_is_given_up_and_told() {
    let limits = Limits { waiting_per_conversation: 2400, ..Limits::default() };
    let data = [b'x'; 300];
    let mut arrivals = vec![syn(1, Client)];
    arrivals.extend((0..5u32).map(|index| segment(2 + u64::from(index), Client, 1000 * (index + 1), &data)));
    let out = run_within(limits, &arrivals);
    let told = [
        "300 of frame 2 given up: conversation",
        "1000 missing between 0 and 3",
        "300 given up between 0 and 3",
        "700 missing between 0 and 3",
    ];
    assert_eq!(out.told[..4], told);
    assert_eq!(out.said(CLIENT).len(), 1200);
}

#[test]
fn the_total_limit_takes_the_oldest_of_all_conversations() {
    let limits = Limits { waiting: 2000, ..Limits::default() };
    let data = [b'x'; 300];
    let (mut reassembler, mut told) = (Reassembler::with_limits(limits), Vec::new());
    for stream in 0..6u32 {
        for arrival in [syn(1, Client), segment(u64::from(stream), Client, 1000, &data)] {
            reassembler.push(&Arrival { stream, ..arrival }, &mut |given| {
                let Given::GivenUp(piece) = given else { panic!("{given:?}") };
                assert_eq!(piece.why, WhyGivenUp::Total);
                told.push(piece.side.stream);
            });
        }
    }
    assert_eq!(told, [0, 1], "an eighth is free again");
    assert_eq!(reassembler.totals().given_up, 600);
}

#[test]
fn conversations_that_are_silent_longest_are_forgotten_and_begin_again_in_their_middle() {
    let limits = Limits { conversations: 8, ..Limits::default() };
    let (mut reassembler, mut told) = (Reassembler::with_limits(limits), Vec::new());
    let mut push = |reassembler: &mut Reassembler, stream, frame, arrival: Arrival<'static>| {
        reassembler.push(&Arrival { stream, frame, ..arrival }, &mut |given| match given {
            Given::Forgotten(stream) => told.push(format!("{stream} forgotten")),
            Given::Bytes(chunk) => told.push(format!("{} at {}", chunk.side.stream, chunk.offset)),
            Given::Hole(hole) => told.push(format!("hole {}", hole.len)),
            _ => {}
        });
        assert!(reassembler.conversations() <= 8);
    };
    for stream in 0..9u32 {
        push(&mut reassembler, stream, stream.into(), syn(0, Client));
    }
    push(&mut reassembler, 0, 20, segment(0, Client, 3_000_000_000, b"hi"));
    assert_eq!(told, ["0 forgotten", "1 forgotten", "0 at 3000000000"]);
    assert_eq!(reassembler.totals().forgotten, 2);
}

#[test]
fn history_has_a_limit_and_what_is_older_is_said_not_to_be_compared() {
    let limits = Limits { history_per_direction: 64, ..Limits::default() };
    let data = [b'x'; 50];
    let mut arrivals = vec![syn(1, Client)];
    arrivals.extend((0..20u32).map(|index| segment(2 + u64::from(index), Client, 50 * index, &data)));
    arrivals.push(segment(30, Client, 0, &data));
    assert_eq!(run_within(limits, &arrivals).told, ["50 not compared"]);
}

/// A frame with a TCP segment over IPv4, its checksums right.
fn frame(from: Host, seq: u32, ack: Option<u32>, flags: (bool, bool), bytes: &[u8]) -> Vec<u8> {
    let (client, server) = (([10, 7, 0, 1], 40000), ([10, 7, 0, 2], 8080));
    let ((source, from_port), (target, to_port)) =
        if from == Client { (client, server) } else { (server, client) };
    let mut builder = PacketBuilder::ipv4(source, target, 64).tcp(from_port, to_port, seq, 64000);
    if flags.0 {
        builder = builder.syn();
    }
    if flags.1 {
        builder = builder.fin();
    }
    if let Some(ack) = ack {
        builder = builder.ack(ack);
    }
    let mut out = Vec::new();
    builder.write(&mut out, bytes).unwrap();
    out
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

/// Per byte: of all segments that came before the byte was taken, the one that begins first, of these the longest, of these the
/// oldest; a hole is passed when all up to the next byte that is there was confirmed.
#[derive(Default)]
struct Model {
    segments: Vec<(usize, usize, Vec<u8>)>,
    out: Vec<Option<u8>>,
    acked: usize,
}

impl Model {
    fn drain(&mut self, all: bool) {
        loop {
            let next = self.out.len();
            let holding = self.segments.iter().filter(|(start, end, _)| (*start..*end).contains(&next));
            // `min_by_key` gives the first of equals.
            if let Some((start, _, bytes)) = holding.min_by_key(|(start, end, _)| (*start, usize::MAX - end))
            {
                self.out.push(Some(bytes[next - start]));
                continue;
            }
            let behind = self.segments.iter().map(|(start, ..)| *start).filter(|start| *start > next).min();
            match behind {
                Some(start) if all || self.acked >= start => self.out.resize(start, None),
                _ => break,
            }
        }
    }

    fn finish(&mut self) {
        self.drain(true);
        if self.acked > self.out.len() + 1 {
            self.out.resize(self.acked, None);
        }
    }
}

#[derive(Clone, Debug)]
enum Event {
    Segment(usize, Vec<u8>),
    Ack(usize),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let segment = (0..60usize, vec(0..3u8, 1..16)).prop_map(|(at, bytes)| Event::Segment(at, bytes));
    let ack = (0..70usize).prop_map(Event::Ack);
    vec(prop_oneof![4 => segment, 1 => ack], 0..24)
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

    #[test]
    fn copies_that_differ_and_holes_come_out_as_in_the_model(events in events()) {
        let (mut model, mut reassembler, mut out) = (Model::default(), Reassembler::new(), Out::default());
        reassembler.push(&syn(1, Client), &mut |given| out.take(given));
        for (index, event) in events.iter().enumerate() {
            let number = index as u64 + 2;
            match event {
                Event::Segment(at, bytes) => {
                    model.segments.push((*at, at + bytes.len(), bytes.clone()));
                    let arrival = segment(number, Client, *at as u32, bytes);
                    reassembler.push(&arrival, &mut |given| out.take(given));
                }
                Event::Ack(to) => {
                    model.acked = model.acked.max(*to);
                    reassembler.push(&ack(number, Server, *to as u32), &mut |given| out.take(given));
                }
            }
            model.drain(false);
            let whole = out.whole.get(&CLIENT).map(Vec::as_slice).unwrap_or_default();
            prop_assert_eq!(whole, &model.out[..], "after {:?}", &events[..=index]);
        }
        model.finish();
        reassembler.finish(&mut |given| out.take(given));
        let whole = out.whole.get(&CLIENT).map(Vec::as_slice).unwrap_or_default();
        prop_assert_eq!(whole, &model.out[..]);
        prop_assert_eq!(reassembler.waiting(), 0);
    }

    #[test]
    fn limits_hold_whatever_the_bytes(
        bytes in vec(any::<u8>(), 0..6000),
        per_conversation in 0..3000usize,
        total in 0..6000usize,
        history in 0..20_000usize,
        conversations in 0..12usize,
    ) {
        let limits = Limits {
            waiting_per_conversation: per_conversation,
            waiting: total,
            history_per_direction: 100,
            history,
            conversations,
        };
        let checked = check_script(&bytes, limits);
        prop_assert!(checked.is_ok(), "{:?}", checked);
    }
}
