//! Frames that cross, answers that do not fit, captures that lack something.

use netlab::event::TcpState::*;
use netlab::story::Outcome;

use super::segments::*;

#[test]
fn what_surely_arrived_is_not_taken_back_when_frames_cross() {
    let [syn, syn_ack, ack] = handshake();
    let again = || server(SERVER_ISN).syn().ack(CLIENT_ISN + 1).passed();
    let (steps, summary) = tell(&[
        syn.passed(),
        syn_ack.lost(),
        again(),
        client(CLIENT_ISN).syn().passed(),
        ack.passed(),
        again(),
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).passed(),
    ]);
    assert_eq!(words(&steps)[2..5], ["tcp.syn_ack_retransmission", "tcp.syn_crossed", "tcp.ack_handshake"]);
    assert_eq!(words(&steps)[5..], ["tcp.syn_ack_repeat", "tcp.ack_repeat"]);
    assert_eq!(states(&steps[3])[..2], [Some(Established), Some(Established)]);
    assert!(steps[3].notes[0].starts_with("It crossed frame 3"));
    assert_eq!(states(&steps[4])[2..], [Some(SynReceived), Some(Established)]);
    for step in &steps[5..] {
        assert_eq!(states(step), [Some(Established); 4], "frame {}", step.frames[0]);
        assert_eq!(step.sums[0].sum, "ack 1 = 0 + 1");
    }
    assert_eq!((summary.outcome, summary.handshake_frames), (Outcome::Open, 5));
}

#[test]
fn each_repeated_syn_ack_is_answered() {
    let [syn, syn_ack, ack] = handshake();
    let again = || server(SERVER_ISN).syn().ack(CLIENT_ISN + 1).passed();
    let (steps, _) = tell(&[
        syn.passed(),
        syn_ack.lost(),
        client(CLIENT_ISN).syn().passed(),
        again(),
        again(),
        ack.passed(),
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).passed(),
    ]);
    assert_eq!(words(&steps)[5..], ["tcp.ack_handshake", "tcp.ack_repeat"]);
}

#[test]
fn both_call_at_once_and_four_segments_open_it() {
    let (steps, summary) = tell(&[
        client(CLIENT_ISN).syn(),
        server(SERVER_ISN).syn(),
        client(CLIENT_ISN).syn().ack(SERVER_ISN + 1),
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 1),
    ]);
    assert_eq!(words(&steps)[1..3], ["tcp.syn_simultaneous", "tcp.syn_ack_simultaneous"]);
    assert_eq!(states(&steps[0]), [Some(Closed), Some(SynSent), None, None]);
    assert_eq!(states(&steps[1])[2..], [Some(Closed), Some(SynReceived)]);
    assert_eq!(
        states(&steps[3]),
        [Some(SynReceived), Some(Established), Some(SynReceived), Some(Established)]
    );
    assert_eq!((summary.outcome, summary.handshake_frames), (Outcome::Open, 4));
}

#[test]
fn a_syn_ack_may_be_answered_although_both_called() {
    let (steps, summary) = tell(&[
        client(CLIENT_ISN).syn(),
        server(SERVER_ISN).syn(),
        client(CLIENT_ISN).syn().ack(SERVER_ISN + 1),
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 1),
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1),
        server(SERVER_ISN + 1).ack(CLIENT_ISN + 1),
    ]);
    assert_eq!(words(&steps)[4..], ["tcp.ack_repeat", "tcp.ack_repeat"]);
    assert_eq!(summary.outcome, Outcome::Open);
}

#[test]
fn data_in_the_syn_is_taken() {
    let (steps, _) = tell(&[
        client(CLIENT_ISN).syn().data(b"GET"),
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 4),
        client(CLIENT_ISN + 4).ack(SERVER_ISN + 1),
    ]);
    assert_eq!(words(&steps), ["tcp.syn_data", "tcp.syn_ack", "tcp.ack_handshake_data"]);
    assert!(steps[2].values.contains(&("early", "3".to_owned())));
}

#[test]
fn data_in_the_syn_is_left_out_and_comes_again() {
    let (steps, summary) = tell(&[
        client(CLIENT_ISN).syn().data(b"GET"),
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 1),
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"GET"),
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"GET"),
    ]);
    assert_eq!(words(&steps)[1..], ["tcp.syn_ack_without_data", "tcp.syn_data_again", "tcp.retransmission"]);
    assert_eq!(summary.outcome, Outcome::Open);
}

#[test]
fn a_capture_that_begins_with_the_syn_ack_still_shows_a_handshake() {
    let [_, syn_ack, ack] = handshake();
    let (steps, summary) = tell(&[syn_ack, ack]);
    assert_eq!(words(&steps), ["tcp.syn_ack", "tcp.ack_handshake"]);
    assert_eq!(steps[0].notes.len(), 1);
    assert_eq!(summary.outcome, Outcome::Open);
}

#[test]
fn an_answer_to_what_was_never_asked_opens_nothing() {
    let (steps, summary) = tell(&[
        client(CLIENT_ISN).syn(),
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 50),
        client(CLIENT_ISN + 50).rst(),
    ]);
    assert_eq!(words(&steps)[1..], ["tcp.syn_ack_wrong", "tcp.rst_wrong_answer"]);
    assert_eq!(states(&steps[2]), [Some(SynSent), Some(SynSent), Some(SynReceived), Some(Listen)]);
    assert!(steps[1].notes.is_empty());
    assert_eq!(summary.outcome, Outcome::Unfinished);
}

#[test]
fn half_an_answer_is_no_silence() {
    let (steps, summary) = tell(&[client(CLIENT_ISN).syn(), server(SERVER_ISN).ack(CLIENT_ISN + 1)]);
    assert_eq!(words(&steps), ["tcp.syn", "tcp.ack_without_syn"]);
    assert_eq!(states(&steps[0])[2..], [None, None]);
    assert_eq!(summary.outcome, Outcome::Unfinished);
}

#[test]
fn both_sides_close_at_once() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.extend([
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).fin(),
        server(SERVER_ISN + 1).ack(CLIENT_ISN + 1).fin(),
        client(CLIENT_ISN + 2).ack(SERVER_ISN + 2),
        server(SERVER_ISN + 2).ack(CLIENT_ISN + 2),
    ]);
    let (steps, summary) = tell(&segments);
    assert_eq!(words(&steps)[3..], ["tcp.fin", "tcp.fin_crossed", "tcp.ack_closing", "tcp.ack_closing"]);
    assert_eq!(states(&steps[3]), [Some(Established), Some(FinWait1), Some(FinWait1), Some(Closing)]);
    assert_eq!(states(&steps[4]), [Some(FinWait1), Some(Closing), Some(Established), Some(Closing)]);
    assert_eq!(summary.outcome, Outcome::Closed);
}

#[test]
fn missing_bytes_are_told() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.extend([
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"hello"),
        client(CLIENT_ISN + 50).ack(SERVER_ISN + 1).data(b"gap"),
    ]);
    let (steps, _) = tell(&segments);
    assert_eq!(steps[4].notes, ["Bytes 6 to 49 are missing before it: lost, late, or not in the capture."]);
}

#[test]
fn two_late_answers_are_both_told_as_answers() {
    let [syn, syn_ack, ack] = handshake();
    let (steps, _) = tell(&[
        syn,
        syn_ack,
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 1),
        ack,
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1),
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1),
    ]);
    // Whether the first SYN-ACK arrived, nobody can see: the server speaks again, not the client.
    assert_eq!(states(&steps[1])[..2], [Some(SynSent), None]);
    assert!(steps[1].notes.is_empty());
    assert_eq!(words(&steps)[2..5], ["tcp.syn_ack_retransmission", "tcp.ack_handshake", "tcp.ack_repeat"]);
    assert_eq!(steps[5].words, "step tcp.ack_repeat");
}

#[test]
fn the_signs_of_congestion_stand_among_the_flags() {
    let [syn, syn_ack, ack] = handshake();
    let answer = server(SERVER_ISN + 1).ack(CLIENT_ISN + 3).congestion(true, false);
    let data = client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"hi").congestion(false, true);
    let talk = [syn.congestion(true, true), syn_ack.congestion(true, false), ack, data, answer];
    let (steps, _) = tell(&talk);
    let labels: Vec<&str> = steps.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(labels, ["SYN-ECE-CWR", "SYN-ACK-ECE", "ACK", "ACK-CWR, 2 bytes", "ACK-ECE"]);
}
