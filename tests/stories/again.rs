//! What is said again, confirmed in part, or asked for while there is no room.

use netlab::frame::{Frame, LinkType};
use netlab::story::{Refuses, Seen, Step, Summary, Tell, Teller, Told, What};

use super::segments::*;

fn after_handshake(segments: impl IntoIterator<Item = Segment>) -> (Vec<Step>, Summary) {
    let all: Vec<Segment> = handshake().into_iter().chain(segments).collect();
    let (mut steps, summary) = tell(&all);
    (steps.split_off(3), summary)
}

fn said(seq: u32, data: &'static [u8]) -> Segment {
    client(CLIENT_ISN + seq).ack(SERVER_ISN + 1).data(data)
}

fn confirmed(ack: u32) -> Segment {
    server(SERVER_ISN + 1).ack(CLIENT_ISN + ack)
}

fn has(step: &Step, name: &str) -> bool {
    step.values.iter().any(|(known, _)| *known == name)
}

#[test]
fn a_piece_that_was_missing_counts_and_a_copy_of_it_does_not() {
    let waits = || confirmed(5);
    let lost = [said(1, b"abcd"), said(9, b"ijkl"), waits(), waits(), waits()];
    let (steps, summary) =
        after_handshake(lost.into_iter().chain([said(5, b"efgh"), confirmed(13), said(5, b"efgh")]));
    assert_eq!(words(&steps)[5], "tcp.not_seen_before");
    assert_eq!((summary.client_said, summary.server_said), (12, 0));
}

#[test]
fn what_was_confirmed_already_was_not_left_without_an_answer() {
    let (steps, _) = after_handshake([said(1, b"abcd"), confirmed(5), said(1, b"abcd")]);
    assert_eq!(words(&steps), ["tcp.data", "tcp.ack", "tcp.needless"]);
    assert_eq!((steps[2].what, has(&steps[2], "of")), (What::TcpRetransmission, true));
    // No ACK, one of less, and one that is known to be lost on the way.
    for ack in [server(SERVER_ISN + 1).ack(CLIENT_ISN + 1), confirmed(3), confirmed(5).lost()] {
        let (steps, _) = after_handshake([said(1, b"abcd"), ack, said(1, b"abcd")]);
        assert_eq!(words(&steps)[2], "tcp.retransmission");
    }
}

#[test]
fn a_goodbye_that_was_confirmed_already_was_not_left_without_an_answer() {
    let fin = client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).fin();
    let (steps, _) = after_handshake([fin, confirmed(2), fin]);
    assert_eq!(words(&steps), ["tcp.fin", "tcp.ack_fin", "tcp.fin_needless"]);
    let (steps, _) = after_handshake([fin, confirmed(2).lost(), fin]);
    assert_eq!(words(&steps)[2], "tcp.fin_retransmission");
}

#[test]
fn an_ack_of_a_part_is_not_told_as_one_of_all() {
    let (steps, _) = after_handshake([said(1, b"abcd"), said(5, b"efgh"), confirmed(5), confirmed(9)]);
    assert_eq!(words(&steps)[2..], ["tcp.ack", "tcp.ack"]);
    assert!(has(&steps[2], "if_part") && !has(&steps[2], "if_all"));
    assert!(has(&steps[3], "if_all") && !has(&steps[3], "if_part"));
}

#[test]
fn who_has_no_room_is_asked_for_it_and_the_byte_counts_once() {
    let (steps, summary) = after_handshake([
        said(1, b"abcd"),
        confirmed(5).window(0),
        said(5, b"e"),
        confirmed(5).window(0),
        said(5, b"e"),
        confirmed(5).window(0),
        confirmed(5),
        said(5, b"ef"),
    ]);
    let [.., probe, _, again, _, update, data] = &steps[..] else { panic!("{:?}", words(&steps)) };
    for asks in [probe, again] {
        assert_eq!((asks.words, asks.what), ("step tcp.zero_window_probe", What::TcpProbe));
        assert!(has(asks, "if_new"));
    }
    assert_eq!((&*probe.label, &*again.label), ("ACK, 1 byte", "ACK, 1 byte, again"));
    assert_eq!((update.words, data.words), ("step tcp.window_update", "step tcp.data"));
    assert_eq!(summary.client_said, 6);
}

#[test]
fn a_question_for_room_as_linux_asks_it_is_none_for_a_sign_of_life() {
    let old = || client(CLIENT_ISN + 4).ack(SERVER_ISN + 1);
    let (steps, _) = after_handshake([said(1, b"abcd"), confirmed(5).window(0), old()]);
    assert_eq!(words(&steps)[2], "tcp.zero_window_probe");
    assert!(has(&steps[2], "if_bare"));
    let (steps, _) = after_handshake([said(1, b"abcd"), confirmed(5), old()]);
    assert_eq!(words(&steps)[2], "tcp.keep_alive");
}

/// What is asked for in so many further ACKs is said again a millisecond after the last.
fn asked_for(times: usize) -> Vec<Step> {
    let lost = [said(1, b"abcd"), said(5, b"efgh"), said(9, b"ijkl"), said(13, b"mnop"), confirmed(5)];
    let all: Vec<Segment> = handshake()
        .into_iter()
        .chain(lost)
        .chain(std::iter::repeat_n(confirmed(5), times))
        .chain([said(5, b"efgh")])
        .collect();
    tell_apart(0, &all, Refuses::Longer(None), 4_000_000).0.split_off(8)
}

#[test]
fn what_was_asked_for_again_and_again_did_not_wait_for_a_timer() {
    for (times, count) in [(2, "2"), (4, "4")] {
        let steps = asked_for(times);
        let again = &steps[times];
        assert_eq!((again.words, again.what), ("step tcp.fast_retransmission", What::TcpRetransmission));
        assert!(again.values.contains(&("count", count.to_owned())), "{:?}", again.values);
        assert!(again.values.contains(&("of", "5".to_owned())), "{:?}", again.values);
    }
    // Once is no reason, nor is a copy that came long after the last of them.
    assert_ne!(asked_for(1)[1].words, "step tcp.fast_retransmission");
    let slow = [said(1, b"abcd"), said(5, b"efgh"), said(9, b"ijkl"), confirmed(5)];
    let asks = std::iter::repeat_n(confirmed(5), 3);
    let (steps, _) = after_handshake(slow.into_iter().chain(asks).chain([said(5, b"efgh")]));
    assert_eq!(steps.last().unwrap().words, "step tcp.retransmission");
}

#[test]
fn a_window_that_shrinks_is_not_told_as_more_room() {
    let window = |size| confirmed(5).window(size);
    let (steps, _) =
        after_handshake([said(1, b"abcd"), window(500), window(200), window(300), window(0), window(100)]);
    let expected = ["tcp.window_less", "tcp.window_update", "tcp.zero_window", "tcp.window_update"];
    assert_eq!(words(&steps)[2..], expected);
}

#[test]
fn a_goodbye_again_names_the_frame_that_said_it_first() {
    let bytes = said(1, b"abcd");
    let with_fin = client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"abcd").fin();
    let fin = client(CLIENT_ISN + 5).ack(SERVER_ISN + 1).fin();
    let (steps, _) = after_handshake([bytes, fin, with_fin]);
    assert_eq!(steps[2].words, "step tcp.fin_retransmission");
    assert!(steps[2].values.contains(&("of", "5".to_owned())), "{:?}", steps[2].values);
    assert!(steps[2].values.contains(&("wait", "1.0 s".to_owned())), "{:?}", steps[2].values);
}

#[test]
fn a_crowded_way_is_told_where_both_have_agreed_on_it() {
    let told = |syn: (bool, bool), syn_ack: (bool, bool)| {
        let all = [
            client(CLIENT_ISN).syn().congestion(syn.0, syn.1),
            server(SERVER_ISN).syn().ack(CLIENT_ISN + 1).congestion(syn_ack.0, syn_ack.1),
            said(1, b"abcd"),
            confirmed(5).congestion(true, false),
            confirmed(5).congestion(true, false),
            said(5, b"efgh").congestion(false, true),
            confirmed(9),
            said(9, b"ijkl").congestion(false, true),
        ];
        tell(&all).0.into_iter().map(|step| step.notes.concat()).collect::<Vec<_>>()
    };
    let notes = told((true, true), (true, false));
    assert!(notes[3].starts_with("ECE: a packet of the client's was marked on the way"), "{notes:?}");
    assert_eq!((notes[0].as_str(), notes[1].as_str(), notes[4].as_str()), ("", "", ""), "said once");
    assert!(notes[5].starts_with("CWR: the client has heard of the mark"), "{notes:?}");
    assert!(notes[7].starts_with("CWR: the client sends more slowly now, after a loss"), "{notes:?}");
    // One of both did not agree: the bits mean nothing, or something else.
    assert_eq!(told((true, true), (false, false)).concat(), "");
    assert_eq!(told((true, true), (true, true)).concat(), "");
    assert_eq!(told((false, false), (true, false)).concat(), "");
}

/// The notes on the server's answer of `confirmed(5)` with these as its TCP options.
fn notes_with(options: &'static [u8]) -> Vec<String> {
    let lost = [said(1, b"abcd"), said(9, b"ijkl"), said(1, b"abcd")];
    let all: Vec<Segment> = handshake().into_iter().chain(lost).chain([confirmed(5).data(options)]).collect();
    let mut teller = Teller::new(Tell::default());
    let mut notes = Vec::new();
    for (index, segment) in all.iter().enumerate() {
        let mut bytes = segment.frame();
        if index + 1 == all.len() {
            // What is built as data becomes a part of the header.
            bytes[14 + 20 + 12] += (options.len() as u8 / 4) << 4;
        }
        let frame = Frame {
            number: index as u64 + 1,
            time: None,
            link: LinkType::Ethernet,
            interface: None,
            bytes: &bytes,
            original_len: bytes.len() as u32,
        };
        let told = teller.frame(&frame, &Seen::default());
        notes = told
            .into_iter()
            .filter_map(|told| if let Told::Step(step) = told { Some(step.notes) } else { None })
            .flatten()
            .collect();
    }
    notes
}

#[test]
fn what_has_arrived_behind_a_gap_or_twice_is_told_of_the_blocks_that_say_so() {
    // Raw numbers: the client's byte 1 is 1001.
    let beyond = &[1, 1, 5, 10, 0, 0, 0x03, 0xf1, 0, 0, 0x03, 0xf5];
    assert_eq!(notes_with(beyond), ["SACK: behind the gap the server has bytes 9 to 12 already."]);
    let both = &[1, 1, 5, 18, 0, 0, 0x03, 0xe9, 0, 0, 0x03, 0xed, 0, 0, 0x03, 0xf1, 0, 0, 0x03, 0xf2];
    assert_eq!(
        notes_with(both),
        [
            "SACK: behind the gap the server has byte 9 already.",
            "SACK: what came twice to the server is bytes 1 to 4."
        ]
    );
    // A block that ends before it begins says nothing.
    assert_eq!(notes_with(&[1, 1, 5, 10, 0, 0, 0x03, 0xf5, 0, 0, 0x03, 0xf1]), [""; 0]);
}
