//! What is kept has limits; what is given up is told.

use netlab::event::Host::Client;
use netlab::flow::stream::{Arrival, Given, Limits, Reassembler, WhyGivenUp, check_script};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::given::{CLIENT, run_within, segment, syn};

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

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

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
