//! The states that are inferred from segments alone, and the numbers counted from the start (RFC 9293, section 3.3.2).

#[path = "util/segment.rs"]
mod segment;

use netlab::dissect::Packet;
use netlab::event::TcpState;
use netlab::flow::{Began, Segment, Tracker};
use netlab::frame::{Frame, LinkType, Time};

const CLIENT: u32 = 4_294_967_290; // its numbers go past the largest
const SERVER: u32 = 1000;

/// A segment in a line: `c SA 0 1 5` is from the client, SYN and ACK set, seq 0, ack 1 (from the start), 5 bytes.
fn bytes(line: &str) -> Vec<u8> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let from_client = words[0] == "c";
    let number = |at: usize| words.get(at).map_or(0, |word| word.parse::<i64>().expect("a number"));
    let (own, other) = if from_client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
    let (client, server) = (([10, 7, 0, 1], 40312), ([10, 7, 0, 2], 8080));
    let (from, to) = if from_client { (client, server) } else { (server, client) };
    let data = vec![b'x'; number(4) as usize];
    segment::Segment::new(from, to, own.wrapping_add(number(2) as u32))
        .flags(words[1], other.wrapping_add(number(3) as u32))
        .data(&data)
        .packet()
}

fn track(lines: &[&str]) -> (Tracker, Vec<Segment>) {
    let mut tracker = Tracker::new();
    let mut segments = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let bytes = bytes(line);
        let number = index as u64 + 1;
        let time = Some(Time(i128::from(number) * 100_000_000));
        let original_len = bytes.len() as u32;
        let frame =
            Frame { number, time, link: LinkType::RawIp, interface: None, bytes: &bytes, original_len };
        segments.push(tracker.push(&Packet::new(frame)).expect("a segment"));
    }
    (tracker, segments)
}

fn name(state: Option<TcpState>) -> &'static str {
    state.map_or("?", TcpState::name)
}

/// Each line, then what it must come to: client before and after, server before and after.
fn check(story: &[(&str, &str)]) -> Vec<Segment> {
    let lines: Vec<&str> = story.iter().map(|(line, _)| *line).collect();
    let (_, segments) = track(&lines);
    for (segment, (line, wanted)) in segments.iter().zip(story) {
        let states = segment.states;
        let found = format!(
            "{} {} | {} {}",
            name(states.client.before),
            name(states.client.after),
            name(states.server.before),
            name(states.server.after)
        );
        assert_eq!(&found, wanted, "frame {}: {line}", segment.frame);
    }
    segments
}

#[test]
fn a_whole_connection() {
    let segments = check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s SA 0 1", "SYN-SENT ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c A 1 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED ESTABLISHED"),
        ("c A 1 1 5", "ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED"),
        ("s A 1 6", "ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED"),
        ("c FA 6 1", "ESTABLISHED FIN-WAIT-1 | ESTABLISHED CLOSE-WAIT"),
        ("s A 1 7", "FIN-WAIT-1 FIN-WAIT-2 | CLOSE-WAIT CLOSE-WAIT"),
        ("s FA 1 7", "FIN-WAIT-2 TIME-WAIT | CLOSE-WAIT LAST-ACK"),
        ("c A 7 2", "TIME-WAIT TIME-WAIT | LAST-ACK CLOSED"),
    ]);
    let numbers: Vec<_> = segments.iter().map(|s| (s.seq, s.ack, s.next_seq, s.acks_frame)).collect();
    assert_eq!(numbers[0], (0, None, 1, None));
    assert_eq!(numbers[1], (0, Some(1), 1, Some(1)));
    assert_eq!(numbers[2], (1, Some(1), 1, Some(2)));
    assert_eq!(numbers[3], (1, Some(1), 6, None));
    assert_eq!(numbers[4], (1, Some(6), 1, Some(4)));
    assert_eq!(numbers[8], (7, Some(2), 7, Some(8)));
    assert_eq!(segments[5].next_seq, 7);
}

#[test]
fn fin_and_ack_in_one() {
    check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s SA 0 1", "SYN-SENT ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c A 1 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED ESTABLISHED"),
        ("s FA 1 1", "ESTABLISHED CLOSE-WAIT | ESTABLISHED FIN-WAIT-1"),
        ("c FA 1 2", "CLOSE-WAIT LAST-ACK | FIN-WAIT-1 TIME-WAIT"),
        ("s A 2 2", "LAST-ACK CLOSED | TIME-WAIT TIME-WAIT"),
    ]);
}

#[test]
fn both_say_goodbye_at_once() {
    check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s SA 0 1", "SYN-SENT ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c A 1 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED ESTABLISHED"),
        ("c FA 1 1", "ESTABLISHED FIN-WAIT-1 | ESTABLISHED CLOSE-WAIT"),
        ("s FA 1 1", "FIN-WAIT-1 CLOSING | ESTABLISHED CLOSING"),
        ("c A 2 2", "CLOSING CLOSING | CLOSING TIME-WAIT"),
        ("s A 2 2", "CLOSING TIME-WAIT | TIME-WAIT TIME-WAIT"),
    ]);
}

#[test]
fn both_call_at_once() {
    check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s S 0", "SYN-SENT SYN-RECEIVED | CLOSED SYN-RECEIVED"),
        ("c SA 0 1", "SYN-RECEIVED SYN-RECEIVED | SYN-RECEIVED ESTABLISHED"),
        ("s SA 0 1", "SYN-RECEIVED ESTABLISHED | SYN-RECEIVED ESTABLISHED"),
    ]);
}

#[test]
fn a_refusal() {
    let segments = check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s RA 0 1", "SYN-SENT CLOSED | CLOSED CLOSED"),
    ]);
    assert_eq!(segments[1].acks_frame, Some(1));
}

#[test]
fn a_syn_sent_again_changes_nothing() {
    let segments = check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("c S 0", "SYN-SENT SYN-SENT | SYN-RECEIVED SYN-RECEIVED"),
        ("s SA 0 1", "SYN-SENT ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("s SA 0 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c A 1 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED ESTABLISHED"),
    ]);
    assert!(segments[1].analysis.retransmission && segments[3].analysis.retransmission);
    assert_eq!((segments[1].retransmission_of, segments[3].retransmission_of), (Some(1), Some(3)));
}

#[test]
fn a_lost_ack_shows_when_the_server_answers_again() {
    check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s SA 0 1", "SYN-SENT ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c A 1 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED ESTABLISHED"),
        ("s SA 0 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c A 1 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED ESTABLISHED"),
    ]);
}

#[test]
fn a_lost_syn_ack_shows_when_the_client_calls_again() {
    check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s SA 0 1", "SYN-SENT ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c S 0", "SYN-SENT SYN-SENT | SYN-RECEIVED SYN-RECEIVED"),
        ("s SA 0 1", "SYN-SENT ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
    ]);
}

#[test]
fn a_lost_last_ack_shows_when_the_fin_comes_again() {
    check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s SA 0 1", "SYN-SENT ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c A 1 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED ESTABLISHED"),
        ("c FA 1 1", "ESTABLISHED FIN-WAIT-1 | ESTABLISHED CLOSE-WAIT"),
        ("s A 1 2", "FIN-WAIT-1 FIN-WAIT-2 | CLOSE-WAIT CLOSE-WAIT"),
        ("c FA 1 1", "FIN-WAIT-1 FIN-WAIT-1 | CLOSE-WAIT CLOSE-WAIT"),
        ("s FA 1 2", "FIN-WAIT-1 TIME-WAIT | CLOSE-WAIT LAST-ACK"),
        ("c A 2 2", "TIME-WAIT TIME-WAIT | LAST-ACK CLOSED"),
        ("s FA 1 2", "TIME-WAIT TIME-WAIT | LAST-ACK LAST-ACK"),
        ("c A 2 2", "TIME-WAIT TIME-WAIT | LAST-ACK CLOSED"),
    ]);
}

#[test]
fn data_in_the_syn() {
    let segments = check(&[
        ("c S 0 0 4", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s SA 0 5", "SYN-SENT ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c A 5 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED ESTABLISHED"),
    ]);
    assert_eq!((segments[0].len, segments[0].next_seq, segments[2].seq), (4, 5, 5));
}

#[test]
fn a_syn_ack_for_another_number_is_not_taken() {
    check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s SA 0 0", "SYN-SENT SYN-SENT | SYN-RECEIVED SYN-RECEIVED"),
    ]);
    check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s SA 0 50", "SYN-SENT SYN-SENT | SYN-RECEIVED SYN-RECEIVED"),
        ("c R 50", "SYN-SENT SYN-SENT | SYN-RECEIVED LISTEN"),
    ]);
}

#[test]
fn who_confirms_without_a_syn_is_nobody_knows_where() {
    check(&[("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"), ("s A 1 1", "SYN-SENT SYN-SENT | ? ?")]);
    // The SYN-ACK is not in the capture.
    check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("c A 1 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c A 1 1 5", "ESTABLISHED ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("s A 1 6", "ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED"),
    ]);
}

#[test]
fn a_reset_in_the_middle() {
    check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s SA 0 1", "SYN-SENT ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c A 1 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED ESTABLISHED"),
        ("c A 1 1 5", "ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED"),
        ("s R 1", "ESTABLISHED CLOSED | ESTABLISHED CLOSED"),
    ]);
}

#[test]
fn a_stray_reset_is_ignored() {
    check(&[
        ("c S 0", "CLOSED SYN-SENT | LISTEN SYN-RECEIVED"),
        ("s SA 0 1", "SYN-SENT ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c A 1 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED ESTABLISHED"),
        // Nor did the server send it: it has not come to that number.
        ("s R 900000", "ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED"),
        ("s A 1 1 9", "ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED"),
        ("c A 1 10", "ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED"),
        // A number that it has come to: it is gone, and the client has not heard of it.
        ("s R 1", "ESTABLISHED ESTABLISHED | ESTABLISHED CLOSED"),
    ]);
}

#[test]
fn what_began_before_the_capture_is_not_known() {
    check(&[
        ("c A 100 100", "? ? | ? ?"),
        ("c A 100 100 5", "? ? | ? ?"),
        ("s A 100 105 7", "ESTABLISHED ESTABLISHED | ESTABLISHED ESTABLISHED"),
        ("c FA 105 107", "ESTABLISHED FIN-WAIT-1 | ESTABLISHED CLOSE-WAIT"),
    ]);
    check(&[("c A 100 100", "? ? | ? ?"), ("s RA 100 100", "? CLOSED | ? CLOSED")]);
    let (tracker, segments) = track(&["c A 100 100 5", "s A 100 105"]);
    assert_eq!(
        (segments[0].seq, segments[0].ack, segments[1].seq, segments[1].ack),
        (1, Some(1), 1, Some(6))
    );
    assert_eq!(tracker.conversation(0).map(|c| c.began()), Some(Began::MidStream));
}

#[test]
fn a_capture_that_starts_with_the_syn_ack() {
    let (tracker, _) = track(&["s SA 0 1", "c A 1 1"]);
    let conversation = tracker.conversation(0).expect("one");
    assert_eq!(conversation.began(), Began::SynAckSeen);
    assert_eq!((conversation.client().port(), conversation.server().port()), (40312, 8080));
    assert_eq!((conversation.client_isn(), conversation.server_isn()), (None, Some(SERVER)));
    check(&[
        ("s SA 0 1", "SYN-SENT ESTABLISHED | SYN-RECEIVED SYN-RECEIVED"),
        ("c A 1 1", "ESTABLISHED ESTABLISHED | SYN-RECEIVED ESTABLISHED"),
    ]);
}

#[test]
fn a_port_used_again_is_another_conversation() {
    let (tracker, segments) =
        track(&["c S 0", "s SA 0 1", "c A 1 1", "c FA 1 1", "c S 5000", "s SA 7000 5001"]);
    let streams: Vec<u32> = segments.iter().map(|segment| segment.stream).collect();
    assert_eq!(streams, [0, 0, 0, 0, 1, 1]);
    assert!(segments[4].analysis.reused_ports && !segments[0].analysis.reused_ports);
    assert_eq!((segments[4].seq, segments[5].seq, segments[5].ack), (0, 0, Some(1)));
    assert_eq!(tracker.conversation_count(), 2);
}
