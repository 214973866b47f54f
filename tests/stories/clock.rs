//! A capture whose clock was set back while it ran.

use std::time::Duration;

use super::segments::*;
use netlab::story::Refuses;

const MILLI: i128 = 1_000_000;

#[test]
fn a_clock_that_goes_back_is_told_once_and_time_goes_on() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.push(client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"one"));
    segments.push(server(SERVER_ISN + 1).ack(CLIENT_ISN + 4));
    segments.push(client(CLIENT_ISN + 4).ack(SERVER_ISN + 1).data(b"two"));
    segments.push(server(SERVER_ISN + 1).ack(CLIENT_ISN + 7));
    // Back by 5 s, and once more by 1 s.
    let times = [5000, 5001, 5002, 2, 4, -996, -995].map(|millis| millis * MILLI);
    let (steps, summary) = tell_at(0, &segments, Refuses::Longer(None), &times);
    let since: Vec<_> = steps.iter().map(|step| step.since.map(|since| since.as_millis())).collect();
    assert_eq!(since, [None, Some(1), Some(1), None, Some(2), None, Some(1)]);
    let time: Vec<_> = steps.iter().map(|step| step.time.map(|time| time.as_millis())).collect();
    assert_eq!(time, [Some(0), Some(1), Some(2), None, Some(4), None, Some(5)]);
    let told = |step: &netlab::story::Step| step.notes.iter().filter(|note| note.contains("clock")).count();
    assert_eq!(steps.iter().map(told).collect::<Vec<_>>(), [0, 0, 0, 1, 0, 0, 0]);
    assert!(steps[3].notes[0].contains("goes back by 5.0 s here"), "{:?}", steps[3].notes);
    assert_eq!(summary.duration, Some(Duration::from_millis(5)));
}

#[test]
fn a_frame_that_was_written_late_sets_no_clock_back() {
    let mut segments: Vec<Segment> = handshake().into();
    segments.push(client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"one"));
    segments.push(server(SERVER_ISN + 1).ack(CLIENT_ISN + 4));
    // The third is 5 ms behind the fourth; all others are where they belong.
    let times = [0, 10, 30, 25, 40].map(|millis| millis * MILLI);
    let (steps, summary) = tell_at(0, &segments, Refuses::Longer(None), &times);
    let time: Vec<_> = steps.iter().map(|step| step.time.map(|time| time.as_millis())).collect();
    assert_eq!(time, [0, 10, 30, 25, 40].map(Some));
    assert_eq!(steps[3].since, None);
    assert!(steps.iter().all(|step| step.notes.iter().all(|note| !note.contains("clock"))));
    assert_eq!(summary.duration, Some(Duration::from_millis(40)));
}

#[test]
fn times_that_stand_still_are_no_clock_that_goes_back() {
    let (steps, _) = tell_apart(0, &handshake(), Refuses::Longer(None), 0);
    assert!(steps.iter().all(|step| step.notes.iter().all(|note| !note.contains("clock"))));
    assert_eq!(steps[1].since, Some(Duration::ZERO));
}
