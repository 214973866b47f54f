use etherparse::PacketBuilder;
use proptest::prelude::*;

use super::*;
use crate::lab::scenario::Match;

/// A segment in short: sequence number, acknowledgement number (0: no ACK), flags, data.
fn tcp(from: Host, seq: u32, ack: u32, flags: &str, data: &[u8]) -> Vec<u8> {
    let (source, destination) = match from {
        Host::Client => (1, 2),
        Host::Server => (2, 1),
    };
    let port = |host: u8| if host == 1 { 40000 } else { 8080 };
    let mut builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, source], [2, 0, 0, 0, 0, destination])
        .ipv4([10, 7, 0, source], [10, 7, 0, destination], 64)
        .tcp(port(source), port(destination), seq, 64240);
    if ack > 0 {
        builder = builder.ack(ack);
    }
    for flag in flags.chars() {
        builder = match flag {
            'S' => builder.syn(),
            'F' => builder.fin(),
            'R' => builder.rst(),
            _ => builder,
        };
    }
    let mut bytes = Vec::new();
    builder.write(&mut bytes, data).unwrap();
    bytes
}

fn arp(from: Host, reply: bool) -> Vec<u8> {
    let (source, target) = if from == Host::Client { (1, 2) } else { (2, 1) };
    let mut bytes = vec![0xff; 6];
    bytes.extend([2, 0, 0, 0, 0, source, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, if reply { 2 } else { 1 }]);
    bytes.extend([2, 0, 0, 0, 0, source, 10, 7, 0, source, 0, 0, 0, 0, 0, 0, 10, 7, 0, target]);
    bytes
}

fn at(seconds: u64) -> Time {
    Time(i128::from(seconds) * 1_000_000_000)
}

fn drop_nth(from: Host, kind: Kind, nth: &[u64]) -> Rule {
    Rule { which: Match { from: Some(from), kind: Some(kind), nth: nth.to_vec() }, what: Do::Drop }
}

use Host::{Client, Server};
use Verdict::{Absorbed, Background, Dropped, Passed};

#[test]
fn without_rules_and_steps_every_frame_passes_and_is_numbered() {
    let mut wire = Wire::new(Vec::new(), false);
    let syn = tcp(Client, 100, 0, "S", &[]);
    for number in 1..4 {
        assert_eq!(
            wire.arrive(at(number), Client, &syn),
            Arrival { number, verdict: Passed, delay: Duration::ZERO }
        );
    }
    assert!(wire.is_empty());
}

#[test]
fn the_nth_of_a_kind_is_dropped_and_no_other() {
    let mut wire = Wire::new(vec![drop_nth(Client, Kind::Syn, &[1, 3])], false);
    let syn = tcp(Client, 100, 0, "S", &[]);
    let mut verdict = |from, bytes: &[u8]| wire.arrive(at(0), from, bytes).verdict;
    assert_eq!(verdict(Client, &syn), Dropped);
    assert_eq!(verdict(Server, &tcp(Server, 900, 101, "S", &[])), Passed);
    assert_eq!(verdict(Client, &syn), Passed);
    assert_eq!(verdict(Client, &syn), Dropped);
    assert_eq!(verdict(Client, &syn), Passed);
}

#[test]
fn a_rule_may_delay_but_not_where_a_hand_holds() {
    for (step, verdict, delay) in [(false, Passed, 200), (true, Verdict::Held, 0)] {
        let delayed = Rule { what: Do::DelayMs(200), ..drop_nth(Client, Kind::Syn, &[1]) };
        let mut wire = Wire::new(vec![delayed], step);
        let arrival = wire.arrive(at(0), Client, &tcp(Client, 100, 0, "S", &[]));
        assert_eq!(arrival, Arrival { number: 1, verdict, delay: Duration::from_millis(delay) });
    }
}

#[test]
fn the_first_rule_that_fits_wins() {
    let pass = Rule { what: Do::Pass, ..drop_nth(Client, Kind::Syn, &[2]) };
    let mut wire = Wire::new(vec![pass, drop_nth(Client, Kind::Syn, &[])], false);
    let verdicts =
        [0, 1, 3].map(|second| wire.arrive(at(second), Client, &tcp(Client, 1, 0, "S", &[])).verdict);
    assert_eq!(verdicts, [Dropped, Passed, Dropped]);
}

#[test]
fn held_frames_go_first_come_first_out() {
    let mut wire = Wire::new(Vec::new(), true);
    let frames = [tcp(Client, 100, 0, "S", &[]), tcp(Client, 101, 901, "", b"a")];
    for frame in &frames {
        assert_eq!(wire.arrive(at(10), Client, frame).verdict, Verdict::Held);
    }
    assert_eq!(wire.release(2, at(11)), None, "not before frame 1");
    let first = wire.release(1, at(12)).unwrap();
    assert_eq!((first.from, first.bytes, first.held), (Client, frames[0].clone(), Duration::from_secs(2)));
    assert_eq!(wire.release(1, at(12)), None, "not twice");
    assert!(wire.release(2, at(15)).is_some());
    assert!(wire.is_empty());
}

#[test]
fn what_is_said_again_while_a_frame_is_held_is_absorbed() {
    let mut wire = Wire::new(Vec::new(), true);
    let syn = tcp(Client, 100, 0, "S", &[]);
    wire.arrive(at(0), Client, &syn);
    assert_eq!(wire.arrive(at(1), Client, &syn).verdict, Absorbed, "a copy of the held one");
    wire.release(1, at(2));
    let syn_ack = tcp(Server, 900, 101, "S", &[]);
    assert_eq!(wire.arrive(at(2), Server, &syn_ack).verdict, Verdict::Held);
    assert_eq!(wire.arrive(at(3), Client, &syn).verdict, Absorbed, "a copy of one that was delivered");
    assert_eq!(wire.arrive(at(3), Server, &syn_ack).verdict, Absorbed);
}

#[test]
fn pieces_put_together_anew_are_copies_but_new_bytes_are_not() {
    let mut wire = Wire::new(Vec::new(), true);
    wire.arrive(at(0), Client, &tcp(Client, 101, 901, "", b"hello "));
    wire.arrive(at(0), Client, &tcp(Client, 107, 901, "", b"world"));
    wire.arrive(at(0), Client, &tcp(Client, 112, 901, "F", &[]));
    let mut verdict = |bytes: &[u8]| wire.arrive(at(1), Client, bytes).verdict;
    assert_eq!(verdict(&tcp(Client, 101, 901, "F", b"hello world")), Absorbed);
    assert_eq!(verdict(&tcp(Client, 104, 901, "", b"lo wo")), Absorbed);
    assert_eq!(verdict(&tcp(Client, 113, 902, "", &[])), Verdict::Held, "an ACK that was not given yet");
    assert_eq!(verdict(&tcp(Client, 113, 902, "", &[])), Absorbed);
    assert_eq!(verdict(&tcp(Client, 110, 901, "", b"ld and more")), Verdict::Held);
}

#[test]
fn a_copy_of_a_frame_that_was_lost_is_a_frame_of_the_story() {
    let mut wire = Wire::new(vec![drop_nth(Client, Kind::Syn, &[1])], true);
    let syn = tcp(Client, 100, 0, "S", &[]);
    assert_eq!(wire.arrive(at(0), Client, &syn).verdict, Verdict::Doomed);
    assert_eq!(wire.arrive(at(1), Client, &syn).verdict, Verdict::Held);
    assert_eq!(wire.arrive(at(3), Client, &syn).verdict, Absorbed);
    let released = [1, 2].map(|number| wire.release(number, at(4)).unwrap().lost);
    assert_eq!(released, [true, false]);
}

#[test]
fn a_copy_while_nothing_is_held_is_a_frame_of_the_story() {
    let mut wire = Wire::new(vec![drop_nth(Server, Kind::SynAck, &[1])], true);
    let syn = tcp(Client, 100, 0, "S", &[]);
    wire.arrive(at(0), Client, &syn);
    wire.release(1, at(0));
    assert_eq!(wire.arrive(at(0), Server, &tcp(Server, 900, 101, "S", &[])).verdict, Verdict::Doomed);
    wire.release(2, at(1));
    assert_eq!(wire.arrive(at(1), Client, &syn).verdict, Verdict::Held);
}

#[test]
fn sequence_numbers_may_wrap() {
    let mut wire = Wire::new(Vec::new(), true);
    wire.arrive(at(0), Client, &tcp(Client, u32::MAX - 2, 1, "", b"abcdef"));
    assert_eq!(wire.arrive(at(1), Client, &tcp(Client, u32::MAX, 1, "", b"cde")).verdict, Absorbed);
    assert_eq!(wire.arrive(at(1), Client, &tcp(Client, 1, 1, "", b"efg")).verdict, Verdict::Held);
}

#[test]
fn once_the_neighbour_is_known_arp_never_stops_the_story() {
    let mut wire = Wire::new(Vec::new(), true);
    let request = arp(Client, false);
    assert_eq!(wire.arrive(at(0), Client, &request).verdict, Verdict::Held);
    assert_eq!(wire.arrive(at(1), Client, &request).verdict, Absorbed);
    wire.release(1, at(2));
    assert_eq!(wire.arrive(at(2), Server, &arp(Server, true)).verdict, Verdict::Held);
    wire.release(3, at(3));
    wire.arrive(at(3), Client, &tcp(Client, 100, 0, "S", &[]));
    assert_eq!(wire.arrive(at(9), Server, &arp(Server, false)).verdict, Background);
    assert_eq!(wire.arrive(at(9), Client, &arp(Client, true)).verdict, Background);
}

proptest! {
    #[test]
    fn any_bytes_get_a_verdict(frames in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..80)), 0..20), step: bool) {
        let mut wire = Wire::new(vec![drop_nth(Client, Kind::Syn, &[1])], step);
        for (index, (client, bytes)) in frames.iter().enumerate() {
            let from = if *client { Client } else { Server };
            let number = index as u64 + 1;
            prop_assert_eq!(wire.arrive(at(number), from, bytes).number, number);
            wire.release(number, at(number));
        }
    }
}
