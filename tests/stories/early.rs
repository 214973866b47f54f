//! What the client says before its request for WebSocket is answered.

use netlab::event::Host;
use netlab::story::{Carrier, What};

use super::said::{ANSWER, HELLO, MASKED_HELLO, REQUEST, said, told, value};
use super::segments::*;
use super::short::{AS_SAID, seen, seen_recorded};

const NOTE: &str = "It was said in frame 5, before the server had answered.";

fn in_a_segment_of_its_own() -> Vec<Segment> {
    said(&[
        (Host::Client, REQUEST),
        (Host::Client, MASKED_HELLO),
        (Host::Server, ANSWER),
        (Host::Server, HELLO),
    ])
}

#[test]
fn what_was_said_too_early_is_told_of_its_own_frame() {
    let steps = told(&in_a_segment_of_its_own());
    assert_eq!(words(&steps), ["ws.asked", "ws.opened", "ws.text", "ws.text"]);
    let early = &steps[2];
    assert_eq!((early.frames.as_slice(), early.time.unwrap().as_secs()), (&[5][..], 4));
    assert_eq!(early.notes, [NOTE]);
    // Wireshark takes it for a continuation of HTTP.
    assert_eq!(early.filter, "frame.number == 5 and tcp.len > 0");
    assert_eq!(value(early, "text"), "“Hello”");
    assert_eq!(early.verdicts[0].rule, "ws.data_before_answer");
    assert_eq!(early.verdicts[0].frames, [5, 6]);
    assert!(early.code.is_empty(), "a page cannot say it: {:?}", early.code);
    assert!(steps[3].notes.is_empty() && steps[3].frames == [7], "{:?}", steps[3]);
}

#[test]
fn in_a_recording_it_stands_before_the_answer() {
    let steps = seen_recorded(&in_a_segment_of_its_own());
    assert_eq!(words(&steps), ["story.tcp_opens", "ws.asked", "ws.text", "ws.opened", "ws.text"]);
    assert!(steps.is_sorted_by_key(|step| (step.frames[0], step.time)));
    assert!(steps[1..].iter().all(|step| step.since.unwrap().as_secs() == 1));
    // Live it was told before: only the answer shows what it is.
    let steps = seen(AS_SAID, &in_a_segment_of_its_own());
    assert_eq!(words(&steps), ["story.tcp_opens", "ws.asked", "ws.opened", "ws.text", "ws.text"]);
    assert_eq!((steps[3].carrier, steps[3].since), (Carrier::Folded, None));
}

#[test]
fn it_may_stand_in_the_segment_of_the_request() {
    let both: &'static [u8] = [REQUEST, MASKED_HELLO].concat().leak();
    let steps = told(&said(&[(Host::Client, both), (Host::Server, ANSWER)]));
    let early = steps.last().unwrap();
    assert_eq!((early.what, early.frames.as_slice()), (What::WsText, &[4][..]));
    assert_eq!(early.notes, ["It was said in frame 4, before the server had answered."]);
}

#[test]
fn what_only_begins_too_early_is_complete_behind_the_answer() {
    let (first, rest) = MASKED_HELLO.split_at(4);
    let steps = told(&said(&[
        (Host::Client, REQUEST),
        (Host::Client, first),
        (Host::Server, ANSWER),
        (Host::Client, rest),
    ]));
    let text = steps.last().unwrap();
    assert_eq!(text.frames, [7, 5]);
    assert_eq!(text.notes, ["It came in 2 segments, frames 5 to 7."]);
    assert_eq!(text.filter, "frame.number == 7 and websocket.opcode == 1");
}
