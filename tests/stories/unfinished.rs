//! What comes in several segments, or never comes whole.

use netlab::event::Host;
use netlab::story::{Step, What};
use netlab::words::{Book, Level, fill};

use super::said::{ANSWER, HELLO, MASKED_HELLO, REQUEST, open, said, told, value};
use super::segments::*;
use super::short::{AS_SAID, goodbye, numbers, seen, seen_recorded};

fn rules(step: &Step) -> Vec<&str> {
    step.verdicts.iter().map(|verdict| verdict.rule).collect()
}

#[test]
fn a_verdict_in_the_middle_of_a_message_waits_for_its_end() {
    // The same key as before: the fifth byte of the header shows it.
    let mut things: Vec<(Host, &[u8])> = vec![(Host::Client, MASKED_HELLO)];
    things.extend(MASKED_HELLO.chunks(4).map(|bytes| (Host::Client, bytes)));
    things.push((Host::Server, HELLO));
    let segments = open(&things);
    for steps in [seen(AS_SAID, &segments), seen_recorded(&segments)] {
        assert_eq!(words(&steps)[3..], ["ws.text", "ws.text", "ws.text"]);
        assert_eq!(steps[4].notes, ["It came in 3 segments, frames 7 to 9."]);
        assert_eq!(rules(&steps[4]), ["ws.masking_key_repeated"]);
        assert!(steps[5].verdicts.is_empty());
    }
    // Told in full, it stands with the segment that proves it, and only there.
    let all = tell(&segments).0;
    let with: Vec<_> = all.iter().filter(|step| !rules(step).is_empty()).map(|step| step.what).collect();
    assert_eq!(with, [What::TcpData]);
}

#[test]
fn a_message_that_broke_a_rule_before_it_was_complete_is_no_right_one() {
    let steps = told(&open(&[(Host::Client, &HELLO[..2]), (Host::Client, &HELLO[2..])]));
    assert_eq!(words(&steps)[2..], ["ws.text"]);
    let has = |name: &str| steps[2].values.iter().any(|(known, _)| *known == name);
    assert!(has("if_wrong") && !has("if_right"));
    assert!(steps[2].server_code.is_empty(), "{:?}", steps[2].server_code);
}

#[test]
fn a_verdict_on_what_never_ends_is_told_with_it() {
    let segments = open(&[(Host::Client, &HELLO[..3])]);
    let steps = seen_recorded(&segments);
    assert_eq!(words(&steps)[3..], ["story.unfinished"]);
    assert_eq!(rules(&steps[3]), ["ws.client_must_mask"]);
}

#[test]
fn what_never_ends_stands_where_it_began() {
    let things: &[(Host, &[u8])] = &[
        (Host::Client, b"\x81\xff\0\0\x01\0\0\0\0\0\x01\x02\x03\x04..."),
        (Host::Server, HELLO),
        (Host::Server, b"\x88\x02\x03\xf1"),
    ];
    let (own, other) = numbers(things);
    let segments: Vec<Segment> = open(things).into_iter().chain(goodbye(own, other)).collect();
    let steps = seen_recorded(&segments);
    assert_eq!(words(&steps)[3..], ["story.unfinished", "ws.text", "ws.close", "story.tcp_closes"]);
    assert!(steps.is_sorted_by_key(|step| (step.frames[0], step.time)));
    assert!(steps[3..6].iter().all(|step| step.since.unwrap().as_secs() == 1));
    // Live nothing waits for it, and no time is made up.
    let steps = seen(AS_SAID, &segments);
    assert_eq!(words(&steps)[3..], ["ws.text", "ws.close", "story.unfinished", "story.tcp_closes"]);
    assert_eq!((steps[5].frames.as_slice(), steps[5].since), (&[6][..], None));
}

#[test]
fn one_byte_begins_and_two_begin() {
    let book = Book::built_in().unwrap();
    for (bytes, says) in
        [(1, "1 byte in frame 6 begins something."), (2, "2 bytes in frame 6 begin something.")]
    {
        let steps = seen(AS_SAID, &open(&[(Host::Client, &MASKED_HELLO[..bytes])]));
        let last = steps.last().unwrap();
        let text = book.find(last.words).unwrap().at(Level::Student).unwrap();
        assert_eq!(fill(text, &last.values), format!("{says} Its end did not come so far."));
    }
}

#[test]
fn behind_missing_bytes_nothing_is_said_to_begin() {
    let (own, other) = numbers(&[(Host::Client, MASKED_HELLO)]);
    let mut segments = open(&[(Host::Client, MASKED_HELLO)]);
    // 20 bytes are missing; the server has them.
    let own = own + 20;
    segments.push(client(own).ack(other).data(MASKED_HELLO));
    let own = own + MASKED_HELLO.len() as u32;
    segments.push(server(other).ack(own));
    segments.push(server(other).ack(own).data(HELLO));
    let other = other + HELLO.len() as u32;
    segments.push(client(own).ack(other).data(b"\x88\x80\x01\x02\x03\x04"));
    segments.push(server(other).ack(own + 6).data(b"\x88\0"));
    for steps in [seen(AS_SAID, &segments), seen_recorded(&segments)] {
        assert_eq!(
            words(&steps)[4..],
            ["tcp.data", "tcp.ack", "ws.text", "story.unread", "ws.close"],
            "{:?}",
            words(&steps)
        );
        assert_eq!((steps[7].label.as_str(), steps[7].frames.as_slice()), ("6 bytes more", &[10][..]));
        assert!(steps.is_sorted_by_key(|step| (step.frames[0], step.time)));
    }
}

const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

/// The answer is told of these steps, with what it says of its body.
fn answered(segments: &[Segment]) -> (Step, Vec<String>) {
    let mut answers = told(segments).into_iter().filter(|step| step.what == What::HttpAnswer);
    let answer = answers.next().unwrap();
    assert!(answers.next().is_none());
    let notes = answer.notes.clone();
    (answer, notes)
}

fn with_answer(answer: &'static [u8]) -> (Vec<Segment>, u32, u32) {
    let segments = said(&[(Host::Client, GET), (Host::Server, answer)]);
    (segments, CLIENT_ISN + 1 + GET.len() as u32, SERVER_ISN + 1 + answer.len() as u32)
}

#[test]
fn an_answer_that_is_cut_off_is_never_told_as_whole() {
    let by_length = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nHello";
    let by_chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n";
    let expected = [
        (&by_length[..], "The body is cut off: 5 of 100 bytes came, 95 are missing."),
        (&by_chunks[..], "The body is cut off: 5 bytes came, and not the chunk that ends it."),
    ];
    for (bytes, note) in expected {
        let (segments, own, other) = with_answer(bytes);
        let fin = server(other).ack(own).fin();
        let rst = server(other).ack(own).rst();
        for end in [vec![fin], vec![rst], vec![]] {
            let segments: Vec<Segment> = segments.iter().cloned().chain(end).collect();
            let (answer, notes) = answered(&segments);
            assert_eq!((answer.frames.as_slice(), notes), (&[5][..], vec![note.to_owned()]));
            assert_eq!(answer.time.unwrap().as_secs(), 4);
            assert_eq!(answer.filter, "frame.number == 5 and tcp.len > 0");
            assert_eq!(value(&answer, "body"), "");
        }
    }
}

#[test]
fn an_answer_that_lasts_to_the_end_came_in_the_segments_that_have_its_bytes() {
    let (mut segments, own, other) = with_answer(b"HTTP/1.1 200 OK\r\n\r\nHello");
    segments.push(server(other).ack(own).fin());
    let (answer, notes) = answered(&segments);
    assert_eq!((answer.frames.as_slice(), notes.len()), (&[6, 5][..], 0));
    assert_eq!(
        (value(&answer, "body"), answer.filter.as_str()),
        ("5", "frame.number == 6 and http.response")
    );
    // Broken off by an RST nobody knows whether that was all.
    let (mut segments, own, other) = with_answer(b"HTTP/1.1 200 OK\r\n\r\nHello");
    segments.push(server(other).ack(own).rst());
    let (_, notes) = answered(&segments);
    assert_eq!(notes, ["Of the body 5 bytes came, and not the FIN that would have ended it."]);
}

#[test]
fn a_pong_with_other_bytes_is_not_said_to_have_the_same() {
    let ping = (Host::Server, &b"\x89\x02aa"[..]);
    let engineer = |pong: &'static [u8]| {
        let step = told(&open(&[ping, (Host::Client, pong)])).pop().unwrap();
        let book = Book::built_in().unwrap();
        fill(book.find(step.words).unwrap().at(Level::Engineer).unwrap(), &step.values)
    };
    assert!(engineer(b"\x8a\x82\0\0\0\x01aa").starts_with("Opcode 10, the same bytes as those of the ping"));
    let other = engineer(b"\x8a\x82\0\0\0\x01bb");
    assert!(other.starts_with("Opcode 10, and no ping that waits has these bytes"), "{other}");
    assert!(!other.contains("the same bytes"), "{other}");
}

#[test]
fn the_same_request_and_answer_are_whole() {
    let steps = told(&said(&[(Host::Client, REQUEST), (Host::Server, ANSWER)]));
    assert!(steps.iter().all(|step| step.notes.is_empty()));
}
