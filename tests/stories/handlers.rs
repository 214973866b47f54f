//! A handler is only shown where it fires: who refuses a message, has said goodbye or is gone does not hear it.

use netlab::event::Host::{self, Client, Server};
use netlab::story::{Refuses, Step};

use super::said::{ANSWER, HELLO, MASKED_HELLO, REQUEST, open};
use super::segments::*;

const TAKEN: &str = "on(\"message\")";
const REFUSED: &str = "no on(\"message\"): ws refuses it with 1009";
const PING: &[u8] = b"\x89\x80\0\0\0\0";
const PONG: &[u8] = b"\x8a\x00";
const TOO_BIG: &[u8] = b"\x88\x02\x03\xf1";
const PROTOCOL_ERROR: &[u8] = b"\x88\x02\x03\xea";
const BYE: &[u8] = b"\x88\x02\x03\xe8";
const MASKED_BYE: &[u8] = b"\x88\x82\0\0\0\0\x03\xe8";

/// The next number of each side behind a WebSocket that opened and these.
fn next(things: &[(Host, &'static [u8])]) -> (u32, u32) {
    let len =
        |of| things.iter().filter(|(from, _)| *from == of).map(|(_, data)| data.len() as u32).sum::<u32>();
    (CLIENT_ISN + 1 + REQUEST.len() as u32 + len(Client), SERVER_ISN + 1 + ANSWER.len() as u32 + len(Server))
}

fn steps(segments: &[Segment], refuses: Refuses) -> Vec<Step> {
    tell_knowing(0, segments, refuses).0
}

/// What the server's program is shown to be told of the client's messages.
fn at_server(segments: &[Segment], refuses: Refuses) -> Vec<String> {
    let messages = steps(segments, refuses).into_iter().filter(|step| step.words == "step ws.text");
    messages.filter(|step| step.from == Client).map(|step| step.server_code.concat()).collect()
}

/// The same of a recording.
fn recorded(things: &[(Host, &'static [u8])]) -> Vec<String> {
    at_server(&open(things), Refuses::Recorded)
}

#[test]
fn a_recording_shows_which_message_is_refused() {
    let hello = (Client, MASKED_HELLO);
    assert_eq!(recorded(&[hello, (Server, TOO_BIG)]), [REFUSED]);
    assert_eq!(recorded(&[hello, (Server, HELLO)]), [TAKEN]);
    assert_eq!(recorded(&[hello]), [TAKEN]);
    // The server has said something since it got the first.
    assert_eq!(recorded(&[hello, (Server, PONG), hello, (Server, TOO_BIG)]), [TAKEN, REFUSED]);
    // Either may be the one.
    let unless = "on(\"message\"), unless ws refuses this one or one before, with 1009";
    assert_eq!(recorded(&[hello, hello, (Server, TOO_BIG)]), [unless, unless]);
    // With these a program says goodbye: it was given the message.
    assert_eq!(recorded(&[hello, (Server, b"\x88\x02\x03\xeb")]), [TAKEN]);
    assert_eq!(recorded(&[hello, (Server, BYE)]), [TAKEN]);
    // A ping that breaks a rule comes behind it: that is the reason.
    assert_eq!(recorded(&[hello, (Client, b"\x09\x80\0\0\0\0"), (Server, PROTOCOL_ERROR)]), [TAKEN]);
}

#[test]
fn what_the_server_had_under_way_does_not_show_that_it_took_a_message() {
    let mut segments = open(&[(Client, MASKED_HELLO)]);
    let (before, _) = next(&[]);
    let (own, other) = next(&[(Client, MASKED_HELLO)]);
    segments.push(server(other).ack(before).data(PONG));
    segments.push(server(other + 2).ack(own).data(TOO_BIG));
    assert_eq!(at_server(&segments, Refuses::Recorded), [REFUSED]);
}

#[test]
fn of_a_connection_that_breaks_nobody_knows_whether_the_message_was_read() {
    let (own, other) = next(&[(Client, MASKED_HELLO)]);
    for end in [server(other).ack(own).rst(), server(other).ack(own).fin(), client(own).ack(other).rst()] {
        let mut segments = open(&[(Client, MASKED_HELLO)]);
        segments.push(end);
        let broken = "on(\"message\"), if ws read it before the connection broke";
        assert_eq!(at_server(&segments, Refuses::Recorded), [broken]);
    }
    // Who says no more has still said it.
    let mut segments = open(&[(Client, MASKED_HELLO)]);
    segments.push(client(own).ack(other).fin());
    assert_eq!(at_server(&segments, Refuses::Recorded), [TAKEN]);
}

#[test]
fn live_it_is_said_as_far_as_it_is_known() {
    let segments = open(&[(Client, MASKED_HELLO), (Server, TOO_BIG)]);
    assert_eq!(at_server(&segments, Refuses::Unknown), ["on(\"message\"), if ws takes it"]);
    assert_eq!(at_server(&segments, Refuses::Longer(Some(4))), [REFUSED]);
    assert_eq!(at_server(&segments, Refuses::Longer(Some(5))), [TAKEN]);
    assert_eq!(at_server(&segments, Refuses::Longer(None)), [TAKEN]);
}

#[test]
fn steps_wait_only_as_long_as_there_is_room() {
    let mut things = vec![(Client, MASKED_HELLO); 300];
    things.push((Server, TOO_BIG));
    let fates = recorded(&things);
    assert_eq!(fates.len(), 300);
    assert_eq!(fates[0], "on(\"message\"), if ws takes it");
    assert!(fates[299].contains("unless"), "{}", fates[299]);
}

#[test]
fn a_page_that_has_said_goodbye_hears_no_message() {
    let late = [(Client, MASKED_BYE), (Server, HELLO), (Server, BYE)];
    let all = steps(&open(&late), Refuses::Recorded);
    let text = all.iter().find(|step| step.words == "step ws.text").unwrap();
    assert_eq!(text.code, ["no handler fires, for socket.close() was called before"]);
    assert_eq!(text.server_code, ["ws.send(\"Hello\")"]);
    // Node's `ws` still reads then, and answers no ping any more.
    let goodbye = [(Server, BYE), (Client, MASKED_HELLO), (Client, PING), (Client, MASKED_BYE)];
    assert_eq!(recorded(&goodbye), [TAKEN]);
    let all = steps(&open(&goodbye), Refuses::Recorded);
    let ping = all.iter().find(|step| step.words == "step ws.ping").unwrap();
    assert_eq!(ping.server_code, ["on(\"ping\")"]);
}

#[test]
fn who_fails_the_connection_reads_no_more() {
    assert_eq!(recorded(&[(Server, TOO_BIG), (Client, MASKED_HELLO)]), [""]);
    // The first part is no UTF-8: that the last one is right helps nothing, nor what comes behind.
    let parts: [(Host, &[u8]); 4] = [
        (Client, b"\x01\x81\0\0\0\0\xff"),
        (Client, b"\x80\x81\0\0\0\0x"),
        (Client, MASKED_HELLO),
        (Server, b"\x88\x02\x03\xef"),
    ];
    let all = steps(&open(&parts), Refuses::Recorded);
    let said = all.iter().filter(|step| step.from == Client && step.what.name().starts_with("ws."));
    assert!(said.skip(1).all(|step| step.code.is_empty() && step.server_code.is_empty()));
    // The same the other way round.
    let parts: [(Host, &[u8]); 3] = [(Server, b"\x01\x01\xff"), (Server, b"\x80\x01x"), (Server, HELLO)];
    let all = steps(&open(&parts), Refuses::Recorded);
    let said = all.iter().filter(|step| step.from == Server && step.what.name().starts_with("ws."));
    assert!(said.skip(1).all(|step| step.code.is_empty() && step.server_code.is_empty()));
}

#[test]
fn who_is_gone_hears_nothing() {
    let (own, other) = next(&[]);
    let mut segments = open(&[]);
    segments.push(client(own).ack(other).fin());
    segments.push(server(other).ack(own + 1).data(HELLO));
    let all = steps(&segments, Refuses::Recorded);
    let text = all.iter().find(|step| step.words == "step ws.text").unwrap();
    assert!(text.code.is_empty(), "{:?}", text.code);
    let mut segments = open(&[]);
    segments.push(server(other).ack(own).fin());
    segments.push(client(own).ack(other + 1).data(MASKED_HELLO));
    assert_eq!(at_server(&segments, Refuses::Recorded), [""]);
}

#[test]
fn what_the_last_handler_is_told_is_said_as_far_as_it_can_be_read() {
    let end = |things: &[(Host, &'static [u8])]| {
        let (own, other) = next(things);
        let mut segments = open(things);
        segments.push(server(other).ack(own).fin());
        segments.push(client(own).ack(other + 1).fin());
        let (steps, summary) = tell_knowing(0, &segments, Refuses::Recorded);
        assert_eq!(summary.onclose, None);
        steps.last().unwrap().code.concat()
    };
    // Behind the client's length that cannot be, its answer may be or not.
    let endless = b"\x81\xff\x80\0\0\0\0\0\0\x02\x37\xfa\x21\x3d";
    let told = end(&[(Client, endless), (Server, TOO_BIG), (Client, MASKED_BYE)]);
    let why = "wasClean not known: whether the client answered can't be read here";
    assert_eq!(told, format!("onclose fires: code 1009, reason \"\", {why}"));
    // Where the server's last bytes are in no frame, its close frame may be in them.
    let (own, other) = next(&[]);
    let mut segments = open(&[]);
    segments.push(client(own).ack(other + 4).fin());
    segments.push(server(other + 4).ack(own + 1).fin());
    let (_, summary) = tell_knowing(0, &segments, Refuses::Recorded);
    assert_eq!((summary.onclose, summary.onclose_unread), (None, true));
}
