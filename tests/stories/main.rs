//! Handshakes that are not textbook are told truly: made from single segments, as a capture would hold them.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod again;
mod beside;
mod bytes;
mod clock;
mod copies;
mod crossed;
mod early;
mod gaps;
mod handlers;
mod page;
mod resets;
mod said;
#[path = "../util/segment.rs"]
mod segment;
mod segments;
mod short;
mod sums;
mod unfinished;

use netlab::event::TcpState::*;
use netlab::story::Outcome;
use segments::*;

#[test]
fn a_textbook_handshake() {
    let (steps, summary) = tell(&handshake());
    assert_eq!(words(&steps), ["tcp.syn", "tcp.syn_ack", "tcp.ack_handshake"]);
    assert_eq!(states(&steps[0]), [Some(Closed), Some(SynSent), Some(Listen), Some(SynReceived)]);
    assert_eq!(states(&steps[1]), [Some(SynSent), Some(Established), Some(SynReceived), Some(SynReceived)]);
    assert_eq!(
        states(&steps[2]),
        [Some(Established), Some(Established), Some(SynReceived), Some(Established)]
    );
    assert_eq!(steps[1].sums[0].sum, "ack 1 = 0 + 1");
    assert_eq!(summary.outcome, Outcome::Open);
    assert_eq!(summary.handshake_frames, 3);
}

#[test]
fn the_talk_changes_sides_where_another_one_speaks() {
    let mut segments: Vec<Segment> = handshake().into();
    assert_eq!(tell(&segments[..1]).1.turns, 0);
    let say = |data| client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(data);
    segments.extend([say(b"one"), say(b"two"), server(SERVER_ISN + 1).ack(CLIENT_ISN + 7)]);
    // To the SYN-ACK, to the ACK with both texts behind it, and back: nobody waited at the texts.
    assert_eq!(tell(&segments).1.turns, 3);
}

#[test]
fn of_nothing_nothing_is_told() {
    let (steps, summary) = tell(&[]);
    assert_eq!((steps.len(), summary.outcome, summary.turns), (0, Outcome::Empty, 0));
}

#[test]
fn a_syn_without_answer_leaves_the_server_unknown() {
    let (steps, summary) = tell(&[client(CLIENT_ISN).syn(), client(CLIENT_ISN).syn()]);
    assert_eq!(words(&steps), ["tcp.syn", "tcp.syn_retransmission", "story.no_answer"]);
    assert_eq!(states(&steps[0]), [Some(Closed), Some(SynSent), None, None]);
    assert_eq!(summary.outcome, Outcome::NoAnswer);
}

#[test]
fn a_refusal_shows_that_nobody_listened() {
    let (steps, summary) = tell(&[client(CLIENT_ISN).syn(), server(0).rst().ack(CLIENT_ISN + 1)]);
    assert_eq!(words(&steps), ["tcp.syn", "tcp.rst_refused"]);
    assert_eq!(states(&steps[0]), [Some(Closed), Some(SynSent), Some(Closed), Some(Closed)]);
    assert_eq!(states(&steps[1]), [Some(SynSent), Some(Closed), Some(Closed), Some(Closed)]);
    assert_eq!(summary.outcome, Outcome::Refused);
}

#[test]
fn a_recording_that_knows_what_arrived_learns_of_a_refusal_from_the_answer() {
    let (steps, _) = tell(&[client(CLIENT_ISN).syn().passed(), server(0).rst().ack(CLIENT_ISN + 1).passed()]);
    assert_eq!(states(&steps[0]), [Some(Closed), Some(SynSent), Some(Closed), Some(Closed)]);
    // Nothing came back, and yet it arrived.
    let (steps, _) = tell(&[client(CLIENT_ISN).syn().passed()]);
    assert_eq!(states(&steps[0])[3], Some(SynReceived));
}

#[test]
fn a_capture_that_starts_in_the_middle_invents_no_handshake() {
    let (steps, summary) = tell(&[client(7000).ack(9000).data(b"hello"), server(9000).ack(7005)]);
    assert_eq!(words(&steps), ["tcp.mid_stream", "tcp.ack"]);
    assert_eq!(states(&steps[0]), [None; 4]);
    assert_eq!(summary.outcome, Outcome::MidStream);
    assert_eq!(summary.handshake, None);
}

#[test]
fn a_simultaneous_open_is_one_connection() {
    let (steps, _) = tell(&[
        client(CLIENT_ISN).syn(),
        server(SERVER_ISN).syn(),
        client(CLIENT_ISN).syn().ack(SERVER_ISN + 1),
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 1),
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"hello"),
    ]);
    assert_eq!(
        words(&steps)[1..4],
        ["tcp.syn_simultaneous", "tcp.syn_ack_simultaneous", "tcp.syn_ack_simultaneous"]
    );
    assert_eq!(words(&steps)[4..], ["tcp.data"]);
    assert_eq!(states(&steps[0])[1], Some(SynSent));
    assert_eq!(states(&steps[1]), [Some(SynSent), Some(SynReceived), Some(Closed), Some(SynReceived)]);
    assert_eq!(states(&steps[2])[2..], [Some(SynReceived), Some(Established)]);
    assert_eq!(states(&steps[3])[..2], [Some(SynReceived), Some(Established)]);
}

#[test]
fn a_retransmitted_syn_changes_no_state_of_its_sender() {
    let (steps, summary) = tell(&[
        client(CLIENT_ISN).syn(),
        client(CLIENT_ISN).syn(),
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 1),
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1),
    ]);
    assert_eq!(words(&steps), ["tcp.syn", "tcp.syn_retransmission", "tcp.syn_ack", "tcp.ack_handshake"]);
    assert_eq!(states(&steps[1])[..2], [Some(SynSent), Some(SynSent)]);
    assert!(steps[1].values.contains(&("wait", "1.0 s".to_owned())), "{:?}", steps[1].values);
    assert_eq!(summary.handshake_frames, 4);
}

#[test]
fn data_in_the_syn_is_told_as_such() {
    let (steps, _) = tell(&[client(CLIENT_ISN).syn().data(b"early")]);
    assert_eq!(steps[0].words, "step tcp.syn_data");
    assert_eq!(steps[0].sums[0].sum, "next 6 = 0 + 6");
}

#[test]
fn a_port_used_again_is_a_stream_of_its_own() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.push(server(SERVER_ISN + 1).rst());
    segments.push(client(77_000).syn());
    let (steps, _) = tell_stream(&segments, 1);
    assert_eq!(words(&steps), ["tcp.reused", "story.no_answer"]);
    assert_eq!(steps[0].frames, [5]);
}

#[test]
fn a_syn_ack_that_nobody_heard_leaves_the_client_calling() {
    let (steps, _) = tell(&[
        client(CLIENT_ISN).syn(),
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 1),
        client(CLIENT_ISN).syn(),
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 1),
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1),
    ]);
    assert_eq!(
        words(&steps),
        ["tcp.syn", "tcp.syn_ack", "tcp.syn_retransmission", "tcp.syn_ack_repeat", "tcp.ack_handshake"]
    );
    assert_eq!(states(&steps[1])[..2], [Some(SynSent), Some(SynSent)]);
    assert_eq!(steps[1].notes.len(), 1);
}

#[test]
fn a_syn_ack_at_the_end_may_have_arrived_or_not() {
    let (steps, summary) = tell(&[client(CLIENT_ISN).syn(), server(SERVER_ISN).syn().ack(CLIENT_ISN + 1)]);
    assert_eq!(states(&steps[1])[..2], [Some(SynSent), None]);
    assert_eq!(summary.outcome, Outcome::Unfinished);
}

#[test]
fn a_lost_ack_opens_nothing_until_it_is_said_again() {
    let [syn, syn_ack, ack] = handshake();
    let (steps, summary) = tell(&[
        syn,
        syn_ack,
        ack.lost(),
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 1),
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1),
    ]);
    assert_eq!(states(&steps[2])[2..], [Some(SynReceived), Some(SynReceived)]);
    assert_eq!(states(&steps[4])[2..], [Some(SynReceived), Some(Established)]);
    assert_eq!(summary.handshake_frames, 5);
    assert_eq!(summary.dropped, 1);
}

#[test]
fn both_sides_close_one_after_the_other() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.extend([
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).fin(),
        server(SERVER_ISN + 1).ack(CLIENT_ISN + 2),
        server(SERVER_ISN + 1).ack(CLIENT_ISN + 2).fin(),
        client(CLIENT_ISN + 2).ack(SERVER_ISN + 2),
    ]);
    let (steps, summary) = tell(&segments);
    assert_eq!(words(&steps)[3..], ["tcp.fin", "tcp.ack_fin", "tcp.fin_other", "tcp.ack_last"]);
    assert_eq!(states(&steps[3]), [Some(Established), Some(FinWait1), Some(Established), Some(CloseWait)]);
    assert_eq!(states(&steps[4])[..2], [Some(FinWait1), Some(FinWait2)]);
    assert_eq!(states(&steps[5]), [Some(FinWait2), Some(TimeWait), Some(CloseWait), Some(LastAck)]);
    assert_eq!(states(&steps[6])[2..], [Some(LastAck), Some(Closed)]);
    assert_eq!(steps[6].sums[0].sum, "ack 2 = 1 + 1");
    assert_eq!(summary.outcome, Outcome::Closed);
}

#[test]
fn an_rst_in_the_middle_ends_it_for_both() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.push(server(SERVER_ISN + 1).rst());
    let (steps, summary) = tell(&segments);
    assert_eq!(steps[3].words, "step tcp.rst");
    assert_eq!(states(&steps[3]), [Some(Established), Some(Closed), Some(Established), Some(Closed)]);
    assert_eq!(summary.outcome, Outcome::Reset);
}

#[test]
fn a_repeat_with_other_words_is_told_as_such_and_an_equal_one_is_not() {
    let mut segments: Vec<Segment> = handshake().into();
    let say = |data| client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(data);
    segments.extend([say(b"hello"), say(b"hello"), say(b"hullo")]);
    let (steps, summary) = tell(&segments);
    assert_eq!(words(&steps)[3..], ["tcp.data", "tcp.retransmission", "tcp.conflict"]);
    assert!(steps[4].notes.is_empty(), "{:?}", steps[4].notes);
    assert_eq!(steps[5].notes[0], "Byte 2 was said before, in frame 4, as “e”; now it is “u”.");
    assert!(steps[5].values.contains(&("of", "4".to_owned())), "{:?}", steps[5].values);
    assert_eq!((summary.client_stream.bytes, summary.client_stream.conflicts), (5, 1));
}

#[test]
fn what_the_wire_lost_is_no_first_version() {
    let mut segments: Vec<Segment> = handshake().into();
    let say = |data| client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(data);
    segments.extend([say(b"hello").lost(), say(b"hullo").passed()]);
    let (steps, summary) = tell(&segments);
    assert!(!words(&steps).contains(&"tcp.conflict"), "{:?}", words(&steps));
    assert_eq!(summary.client_stream.bytes, 5);
}

#[test]
fn numbers_that_wrap_stay_small() {
    let isn = u32::MAX - 2;
    let (steps, _) = tell(&[
        client(isn).syn(),
        server(SERVER_ISN).syn().ack(isn.wrapping_add(1)),
        client(isn.wrapping_add(1)).ack(SERVER_ISN + 1),
        client(isn.wrapping_add(1)).ack(SERVER_ISN + 1).data(b"hello"),
        server(SERVER_ISN + 1).ack(isn.wrapping_add(6)),
    ]);
    assert_eq!(steps[3].sums[0].sum, "next 6 = 1 + 5");
    assert_eq!(steps[4].sums[0].sum, "ack 6 = 1 + 5");
}

#[test]
fn words_explain_every_kind_of_step_that_can_be_told() {
    for step in tell(&handshake()).0 {
        assert!(netlab::story::WORDS.contains(&step.words), "{}", step.words);
    }
}
