//! Gaps that are filled in an odd order, and gaps that stay: what the story says of them is so.

use netlab::story::{Step, What};

use super::segments::*;

const BEYOND: &str = "It confirms bytes that are not in the capture.";

/// A handshake, then these; the steps after the handshake, without the pauses.
fn after_handshake(segments: impl IntoIterator<Item = Segment>) -> Vec<Step> {
    let all: Vec<Segment> = handshake().into_iter().chain(segments).collect();
    let mut steps = tell(&all).0.split_off(3);
    steps.retain(|step| !step.label.ends_with("1 byte"));
    steps
}

/// So long that what is told now was not only overtaken on the way: more than the handshake's round trip.
fn pause() -> impl Iterator<Item = Segment> {
    (1..4).map(|seq| server(SERVER_ISN + seq).ack(CLIENT_ISN + 1).data(b"."))
}

fn said(seq: u32, data: &'static [u8]) -> Segment {
    client(CLIENT_ISN + seq).ack(SERVER_ISN + 1).data(data)
}

fn confirmed(ack: u32) -> Segment {
    server(SERVER_ISN + 1).ack(CLIENT_ISN + ack)
}

/// Whether it says that what is confirmed is not all there.
fn says_beyond(step: &Step) -> bool {
    step.notes.iter().any(|note| note.starts_with("It confirms"))
}

/// Sent in this order, with a pause before the last `late` ones.
fn with_pause(mut segments: Vec<Segment>, late: usize) -> Vec<Step> {
    let rest = segments.split_off(segments.len() - late);
    after_handshake(segments.into_iter().chain(pause()).chain(rest))
}

#[test]
fn an_ack_of_what_came_overlapping_confirms_nothing_unseen() {
    // Wireshark marks these ACKs (`tcp.analysis.ack_lost_segment`): no segment begins where the one before it ends.
    let steps = with_pause(vec![said(1, b"abcd"), said(3, b"cdef"), confirmed(7)], 2);
    assert_eq!(words(&steps)[2..], ["tcp.ack"]);
    assert!(steps[2].notes.is_empty(), "{:?}", steps[2].notes);
    let parts = [said(1, b"abcd"), said(3, b"cdef"), said(9, b"ijkl"), said(6, b"fgh"), confirmed(13)];
    let steps = with_pause(parts.into(), 2);
    assert!(steps[4].notes.is_empty(), "{:?}", steps[4].notes);
}

#[test]
fn an_ack_of_what_waits_to_be_read_confirms_nothing_unseen() {
    let parts = [said(1, b"abcd"), said(9, b"ijkl"), said(7, b"gh"), said(5, b"ef"), confirmed(13)];
    let steps = with_pause(parts.into(), 3);
    assert_eq!(words(&steps)[2..], ["tcp.not_seen_before", "tcp.not_seen_before", "tcp.ack"]);
    assert!(steps[4].notes.is_empty(), "{:?}", steps[4].notes);
}

#[test]
fn what_is_confirmed_and_in_no_frame_is_said() {
    let steps = after_handshake([said(1, b"abcd"), said(9, b"ijkl"), confirmed(13)]);
    assert_eq!(steps[2].notes, [BEYOND]);
    // Nothing waits behind the gap.
    let steps = after_handshake([said(1, b"abcd"), confirmed(13)]);
    assert_eq!(steps[1].notes, [BEYOND]);
    // Said by the ACK that does so, and by no later one.
    let steps = after_handshake([said(1, b"abcd"), confirmed(9), said(9, b"ijkl"), confirmed(13)]);
    assert_eq!(steps.iter().map(says_beyond).collect::<Vec<_>>(), [false, true, false, false]);
}

#[test]
fn one_number_more_may_be_a_fin() {
    let steps = after_handshake([said(1, b"abcd"), confirmed(6)]);
    assert_eq!(steps[1].notes, ["It confirms a number that is not in the capture: a byte's, or a FIN's."]);
}

#[test]
fn what_was_never_seen_is_not_said_again() {
    let steps = with_pause(vec![said(1, b"abcd"), said(9, b"ijkl"), said(5, b"efgh")], 1);
    let step = &steps[2];
    assert_eq!(step.words, "step tcp.not_seen_before");
    assert_eq!(step.label, "ACK, 4 bytes");
    assert!(step.values.iter().all(|(name, _)| *name != "of"), "{:?}", step.values);
}

#[test]
fn a_copy_at_once_is_told_as_one_and_nothing_was_overtaken() {
    let steps = after_handshake([said(1, b"abcd"), said(5, b"efgh"), said(1, b"abcd"), said(7, b"gh")]);
    assert_eq!(words(&steps)[2..], ["tcp.copy", "tcp.retransmission"], "the mark is there, order was kept");
    let step = &steps[2];
    assert_eq!((step.what, step.label.as_str()), (What::TcpOutOfOrder, "ACK, 4 bytes, again"));
    assert!(step.values.contains(&("of", "4".to_owned())), "{:?}", step.values);
    assert!(step.values.iter().any(|(name, _)| *name == "wait"), "{:?}", step.values);
    // Longer ago than the handshake took, but right after something new: said again, whatever the mark.
    let late = [said(5, b"efgh"), said(1, b"abcd")];
    let steps = after_handshake([said(1, b"abcd")].into_iter().chain(pause()).chain(late));
    assert_eq!((words(&steps)[2], steps[2].what), ("tcp.retransmission", What::TcpOutOfOrder));
    assert!(steps[2].values.contains(&("of", "4".to_owned())), "{:?}", steps[2].values);
    // Cut in another way, it is no copy of a frame.
    let steps = after_handshake([said(1, b"abcd"), said(5, b"efgh"), said(1, b"ab")]);
    assert_eq!(words(&steps)[2..], ["tcp.retransmission"]);
    // One new byte in it: that one was overtaken.
    let steps = after_handshake([said(1, b"abc"), said(5, b"efgh"), said(1, b"abcd")]);
    assert_eq!(words(&steps)[2..], ["tcp.out_of_order"]);
    // Another content under the same numbers is told as such.
    let steps = after_handshake([said(1, b"abcd"), said(5, b"efgh"), said(1, b"abXd")]);
    assert_eq!(words(&steps)[2..], ["tcp.conflict"]);
}

#[test]
fn what_was_seen_is_said_again_however_long_ago() {
    let steps = with_pause(vec![said(1, b"abcd"), said(5, b"efgh"), said(1, b"abcd")], 1);
    assert_eq!((steps[2].words, steps[2].label.as_str()), ("step tcp.retransmission", "ACK, 4 bytes, again"));
    assert!(steps[2].values.contains(&("of", "4".to_owned())), "{:?}", steps[2].values);
    // The tracker has forgotten the frame, and the stream has not forgotten the bytes.
    let mut many: Vec<Segment> = (0..40).map(|index| said(1 + 4 * index, b"abcd")).collect();
    many.push(said(1, b"abcd"));
    let steps = with_pause(many, 1);
    assert_eq!(steps[40].words, "step tcp.retransmission");
    assert!(steps[40].values.iter().all(|(name, _)| *name != "of"), "{:?}", steps[40].values);
}

#[test]
fn a_repeat_of_which_a_part_is_new_is_a_repeat() {
    let steps = with_pause(vec![said(1, b"abcd"), said(9, b"ijkl"), said(7, b"ghij")], 1);
    assert_eq!(steps[2].words, "step tcp.retransmission");
}

#[test]
fn only_a_large_first_number_is_called_hard_to_guess() {
    let number = |isn| {
        let (steps, _) = tell(&[client(isn).syn()]);
        let named = |name| steps[0].values.iter().any(|(known, _)| *known == name);
        (named("if_isn_small"), named("if_isn_large"))
    };
    assert_eq!(number(100), (true, false));
    assert_eq!(number(65_535), (true, false));
    assert_eq!(number(65_536), (false, true));
    assert_eq!(number(u32::MAX), (false, true));
}
