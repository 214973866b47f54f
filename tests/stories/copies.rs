//! Packets that a capture holds twice, and captures of one side only.

use netlab::event::Host;
use netlab::story::{Outcome, Refuses, What};

use super::segments::*;

const MICROS_20: i128 = 20_000;

/// Each of them, with these identifications and TTLs of IP, 20 microseconds apart.
fn told(segments: &[(Segment, u16, u8)]) -> Vec<netlab::story::Step> {
    let segments: Vec<Segment> = segments.iter().map(|(segment, id, ttl)| segment.ip(*id, *ttl)).collect();
    tell_apart(0, &segments, Refuses::Longer(None), MICROS_20).0
}

fn conversation() -> [Segment; 4] {
    let [syn, answer, ack] = handshake();
    [syn, answer, ack, client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"hello")]
}

#[test]
fn a_packet_that_was_captured_twice_was_sent_once() {
    for ttl in [64, 63] {
        let twice = |(id, segment)| [(segment, id, 64), (segment, id, ttl)];
        let all: Vec<_> = (1..).zip(conversation()).flat_map(twice).collect();
        let steps = told(&all);
        let copies = steps.iter().skip(1).step_by(2);
        assert!(copies.clone().all(|step| step.words == "step tcp.captured_twice"), "{:?}", words(&steps));
        assert!(copies.clone().all(|step| step.what == What::TcpCopy && step.states.is_none()));
        let routed = if ttl == 63 { "if_routed" } else { "if_same_place" };
        assert!(steps[7].values.iter().any(|(name, _)| *name == routed));
        assert!(steps[7].values.contains(&("of", "7".to_owned())));
        let first: Vec<_> = words(&steps).into_iter().step_by(2).collect();
        assert_eq!(first, ["tcp.syn", "tcp.syn_ack", "tcp.ack_handshake", "tcp.data"]);
    }
}

#[test]
fn what_is_sent_again_has_a_number_of_its_own() {
    let mut all: Vec<_> = (1..).zip(conversation()).map(|(id, segment)| (segment, id, 64)).collect();
    let again = |id, ttl| [&all[..], &[(all[3].0, id, ttl)]].concat();
    for (id, ttl) in [(5, 64), (4, 60), (4, 65)] {
        assert_ne!(words(&told(&again(id, ttl)))[4], "tcp.captured_twice", "{id} {ttl}");
    }
    // 0 is no number: Linux has it in a SYN-ACK, also where it says it again.
    all.iter_mut().for_each(|(_, id, _)| *id = 0);
    assert_ne!(words(&told(&[&all[..], &all[3..]].concat()))[4], "tcp.captured_twice");
}

#[test]
fn what_comes_much_later_was_sent_again() {
    let segments: Vec<Segment> = (1..).zip(conversation()).map(|(id, segment)| segment.ip(id, 64)).collect();
    let (steps, _) = tell(&[&segments[..], &segments[3..]].concat());
    assert_eq!(words(&steps)[4], "tcp.retransmission");
}

#[test]
fn of_one_side_alone_it_is_told_that_the_other_is_not_here() {
    let [syn, _, ack, data] = conversation();
    let (_, summary) = tell(&[syn, ack, data, client(CLIENT_ISN + 6).ack(SERVER_ISN + 30)]);
    assert_eq!((summary.outcome, summary.only), (Outcome::Open, Some(Host::Client)));
    let (_, summary) = tell(&[syn, syn]);
    assert_eq!((summary.outcome, summary.only), (Outcome::NoAnswer, None));
    let (_, summary) = tell(&conversation());
    assert_eq!(summary.only, None);
}

#[test]
fn the_first_window_behind_a_syn_is_rounded_and_not_less() {
    let [syn, answer, ack, data] = conversation();
    let scaled = |segment: Segment| segment.scale(7);
    let first = server(SERVER_ISN + 1).ack(CLIENT_ISN + 1).window(502);
    let later = server(SERVER_ISN + 1).ack(CLIENT_ISN + 1).window(400);
    let told = [scaled(syn), scaled(answer.window(65160)), ack, first, later, data];
    let (steps, _) = tell(&told);
    assert_eq!(words(&steps)[3..5], ["tcp.ack", "tcp.window_less"]);
}
