//! What is said again, confirmed in part, or asked for while there is no room.

use netlab::story::{Step, Summary, What};

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
