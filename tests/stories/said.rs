//! What the programs say in the segments: messages of HTTP, the opening handshake of WebSocket, its frames.

use netlab::event::Host;
use netlab::story::{FieldValue, Step, What};

use super::segments::*;

pub(super) const REQUEST: &[u8] =
    b"GET /chat HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
/// The accept of RFC 6455, section 1.3.
pub(super) const ANSWER: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
/// The frames of RFC 6455, section 5.7.
pub(super) const HELLO: &[u8] = b"\x81\x05Hello";
pub(super) const MASKED_HELLO: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";

/// A conversation: the handshake in frames 1 to 3, then a segment for each thing said.
pub(super) fn said(things: &[(Host, &'static [u8])]) -> Vec<Segment> {
    let mut segments = Vec::from(handshake());
    let (mut own, mut other) = (CLIENT_ISN + 1, SERVER_ISN + 1);
    for (from, data) in things {
        match from {
            Host::Client => {
                segments.push(client(own).ack(other).data(data));
                own += data.len() as u32;
            }
            Host::Server => {
                segments.push(server(other).ack(own).data(data));
                other += data.len() as u32;
            }
        }
    }
    segments
}

pub(super) fn open(things: &[(Host, &'static [u8])]) -> Vec<Segment> {
    said(&[&[(Host::Client, REQUEST), (Host::Server, ANSWER)], things].concat())
}

/// The steps of what was said, without the segments'.
pub(super) fn told(segments: &[Segment]) -> Vec<Step> {
    tell(segments).0.into_iter().filter(|step| step.what.is_said()).collect()
}

pub(super) fn value<'a>(step: &'a Step, name: &str) -> &'a str {
    let found = step.values.iter().find(|(known, _)| *known == name);
    found.map_or("", |(_, value)| value)
}

fn field<'a>(step: &'a Step, name: &str) -> Option<&'a FieldValue> {
    step.fields.iter().find(|field| field.name == name).map(|field| &field.value)
}

#[test]
fn a_request_and_its_answer_stand_behind_their_segments() {
    let (steps, _) = tell(&said(&[
        (Host::Client, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"),
        (Host::Server, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
        (Host::Server, b"hi"),
    ]));
    let names: Vec<_> = steps.iter().map(|step| step.what.name()).collect();
    let expected = ["tcp.data", "http.request", "tcp.data", "tcp.data", "http.answer"];
    assert_eq!(names[3..], expected);
    let (request, answer) = (&steps[4], &steps[7]);
    assert_eq!(
        (request.label.as_str(), request.from, request.frames.as_slice()),
        ("GET /a", Host::Client, &[4][..])
    );
    assert_eq!(value(request, "host"), "x");
    assert!(request.states.is_none() && request.bytes.is_empty());
    assert_eq!(
        (answer.label.as_str(), answer.from, answer.frames.as_slice()),
        ("200 OK", Host::Server, &[6, 5][..])
    );
    assert_eq!((value(answer, "body"), value(answer, "code")), ("2", "200"));
    assert_eq!(answer.notes, ["It came in 2 segments, frames 5 to 6."]);
}

#[test]
fn the_accept_is_worked_out() {
    let steps = told(&open(&[]));
    assert_eq!(words(&steps), ["ws.asked", "ws.opened"]);
    assert_eq!(steps[0].code, [r#"new WebSocket("ws://example.org/chat")"#]);
    assert_eq!(value(&steps[0], "key"), "dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(
        steps[1].drawing[3..],
        [
            "key + GUID dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
            "SHA-1 b37a4f2cc0624f1690f64606cf385945b2bec4ea",
            "Base64 s3pPLMBiTxaQ9kYGzzhZRbK+xOo=: equal to the answer's",
        ]
    );
    assert_eq!(steps[1].code, ["onopen fires"]);
}

#[test]
fn of_a_header_what_is_new_is_shown() {
    let text = |len: usize| -> &'static [u8] {
        let long = [&[0x81, 0x7e][..], &(len as u16).to_be_bytes(), &vec![b'x'; len]].concat();
        if len < 126 { [&[0x81, len as u8][..], &vec![b'x'; len]].concat().leak() } else { long.leak() }
    };
    let parts: [&'static [u8]; 3] = [b"\x01\x01a", b"\x00\x01b", b"\x80\x01c"];
    let all = [text(1), text(2), text(126), text(127)].into_iter().chain(parts);
    let things: Vec<_> = all.map(|bytes| (Host::Server, bytes)).collect();
    let news: Vec<_> =
        told(&open(&things))[2..].iter().map(|step| step.drawing[step.news.clone()].join("|")).collect();
    let first = "81 1 000 0001  FIN, text (1)|01 0 0000001   no MASK, 1 byte|  78  not masked";
    let length = "7e 0 1111110   no MASK, 126: see 2 bytes more|00 7e          126 bytes";
    let (part, more) = ("01 0 000 0001  no FIN, text (1)", "00 0 000 0000  no FIN, continuation (0)");
    assert_eq!(news, [first, "", length, "", part, more, "80 1 000 0000  FIN, continuation (0)"]);
}

#[test]
fn a_wrong_accept_opens_nothing() {
    let wrong = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n";
    let steps = told(&said(&[(Host::Client, REQUEST), (Host::Server, wrong)]));
    assert_eq!(words(&steps), ["ws.asked", "ws.failed"]);
    assert_eq!(steps[1].verdicts[0].rule, "ws.accept");
    let last = steps[1].drawing.last().unwrap();
    assert_eq!(last, "The answer says AAAAAAAAAAAAAAAAAAAAAAAAAAA=: not equal.");
    assert!(steps[1].code[0].contains("code 1006"), "{:?}", steps[1].code);
    // Nothing was opened, so no close frame is missing at the end.
    let mut segments = said(&[(Host::Client, REQUEST), (Host::Server, wrong)]);
    segments
        .push(client(CLIENT_ISN + 1 + REQUEST.len() as u32).ack(SERVER_ISN + 1 + wrong.len() as u32).fin());
    let (steps, summary) = tell(&segments);
    assert!(
        steps
            .iter()
            .chain(&told(&segments))
            .all(|step| step.verdicts.iter().all(|found| found.rule == "ws.accept"))
    );
    assert_eq!(summary.verdicts, []);
    let steps = told(&said(&[(Host::Client, REQUEST), (Host::Server, wrong), (Host::Server, HELLO)]));
    assert_eq!((steps[2].what, steps[2].code.len()), (What::WsText, 0), "no handler fires");
}

#[test]
fn a_refusal_names_code_and_versions() {
    let no = b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13, 8\r\nContent-Length: 0\r\n\r\n";
    let steps = told(&said(&[(Host::Client, REQUEST), (Host::Server, no)]));
    assert_eq!(words(&steps), ["ws.asked", "ws.refused"]);
    assert_eq!((value(&steps[1], "code"), value(&steps[1], "versions")), ("426", "13, 8"));
}

#[test]
fn a_masked_text_is_drawn_bit_by_bit() {
    let steps = told(&open(&[(Host::Client, MASKED_HELLO), (Host::Server, HELLO)]));
    assert_eq!(words(&steps)[2..], ["ws.text", "ws.text"]);
    assert_eq!(
        steps[2].drawing,
        [
            "81 1 000 0001  FIN, text (1)",
            "85 1 0000101   MASK, 5 bytes",
            "37 fa 21 3d    masking key",
            "   H  e  l  l  o  payload",
            "  48 65 6c 6c 6f",
            "^ 37 fa 21 3d 37  the key",
            "= 7f 9f 4d 51 58  on the wire",
        ]
    );
    assert_eq!(value(&steps[2], "masked"), "7f 9f 4d 51");
    assert_eq!(value(&steps[2], "xor"), "48 ^ 37 = 7f, 65 ^ fa = 9f");
    assert_eq!(steps[2].code, [r#"socket.send("Hello")"#]);
    assert_eq!(field(&steps[2], "websocket.payload.text"), Some(&FieldValue::Text("Hello".into())));
    assert_eq!(field(&steps[2], "websocket.masking_key"), Some(&FieldValue::Text("37fa213d".into())));
    assert_eq!(field(&steps[2], "websocket.fin"), Some(&FieldValue::Bit(true)));
    assert_eq!(steps[3].drawing[0..2], ["81 1 000 0001  FIN, text (1)", "05 0 0000101   no MASK, 5 bytes"]);
    assert_eq!(steps[3].code, [r#"onmessage fires: event.data is "Hello""#]);
}

#[test]
fn a_longer_length_is_drawn_with_its_bytes() {
    let long: &'static [u8] = [&b"\x82\x7e\x01\x00"[..], &[7; 256]].concat().leak();
    let steps = told(&open(&[(Host::Server, long)]));
    assert_eq!(steps[2].what, What::WsBinary);
    assert_eq!(
        steps[2].drawing[1..3],
        ["7e 0 1111110   no MASK, 126: see 2 bytes more", "01 00          256 bytes"]
    );
    assert_eq!(steps[2].code, ["onmessage fires: event.data is a Blob of 256 bytes"]);
}

#[test]
fn parts_make_one_message_with_a_ping_between() {
    let steps = told(&open(&[
        (Host::Server, b"\x01\x03Hel"),
        (Host::Server, b"\x89\x02hi"),
        (Host::Client, b"\x8a\x82\0\0\0\0hi"),
        (Host::Server, b"\x80\x02lo"),
    ]));
    assert_eq!(words(&steps)[2..], ["ws.fragment", "ws.ping", "ws.pong", "ws.fragment_last"]);
    assert_eq!((value(&steps[2], "part"), value(&steps[2], "len")), ("1", "3"));
    assert_eq!((value(&steps[4], "of"), value(&steps[4], "wait")), ("7", "1.0 s"));
    let last = &steps[5];
    assert_eq!((value(last, "part"), value(last, "size"), value(last, "of")), ("2", "5", "6"));
    assert_eq!(value(last, "text"), "“Hello”");
    assert!(steps[2].code.is_empty());
    assert_eq!(last.code, [r#"onmessage fires: event.data is "Hello""#]);
}

#[test]
fn a_compressed_text_has_both_sizes() {
    let request: &'static [u8] = String::from_utf8_lossy(REQUEST)
        .replace("Version: 13", "Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate")
        .into_bytes()
        .leak();
    let answer: &'static [u8] = String::from_utf8_lossy(ANSWER)
        .replace("xOo=", "xOo=\r\nSec-WebSocket-Extensions: permessage-deflate")
        .into_bytes()
        .leak();
    // RFC 7692, section 7.2.3.1.
    let hello = b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00";
    let steps = told(&said(&[(Host::Client, request), (Host::Server, answer), (Host::Server, hello)]));
    assert_eq!(words(&steps), ["ws.asked", "ws.opened", "ws.text"]);
    assert_eq!(value(&steps[1], "extensions"), "permessage-deflate");
    let text = &steps[2];
    assert_eq!((value(text, "text"), value(text, "size"), value(text, "packed")), ("“Hello”", "5", "7"));
    assert_eq!(text.drawing[0], "c1 1 100 0001  FIN, RSV1, text (1)");
}

#[test]
fn the_goodbye_of_both_and_what_the_program_is_told() {
    let mut segments =
        open(&[(Host::Client, b"\x88\x85\0\0\0\0\x03\xe8bye"), (Host::Server, b"\x88\x05\x03\xe8bye")]);
    let (own, other) = (CLIENT_ISN + 1 + REQUEST.len() as u32 + 11, SERVER_ISN + 1 + ANSWER.len() as u32 + 7);
    segments.push(server(other).ack(own).fin());
    segments.push(client(own).ack(other + 1).fin());
    let (steps, summary) = tell(&segments);
    let closing: Vec<_> = steps.iter().filter(|step| step.what.is_said()).skip(2).collect();
    assert_eq!((closing[0].what, closing[1].what), (What::WsClose, What::WsCloseAnswer));
    assert_eq!(value(closing[0], "close_code"), "1000 (normal closure)");
    assert_eq!(value(closing[0], "reason"), "“bye”");
    assert_eq!(closing[0].code, [r#"socket.close(1000, "bye")"#]);
    let last = steps.last().unwrap();
    assert_eq!(last.code, [r#"onclose fires: code 1000, reason "bye", wasClean true"#]);
    assert_eq!(summary.onclose, None, "the step said it");
}

#[test]
fn a_connection_that_dies_is_1006() {
    let mut segments = open(&[]);
    segments.push(server(SERVER_ISN + 1 + ANSWER.len() as u32).rst());
    let (_, summary) = tell(&segments);
    let told = summary.onclose.unwrap();
    assert_eq!((told.code, told.was_clean), (1006, Some(false)));
    assert_eq!(summary.verdicts[0].rule, "ws.no_close");
}

#[test]
fn a_broken_rule_stands_with_its_frame() {
    let steps = told(&open(&[(Host::Client, HELLO), (Host::Server, b"\x83\x01x")]));
    assert_eq!(words(&steps)[2..], ["ws.text", "ws.unknown"]);
    let rules = |step: &Step| step.verdicts.iter().map(|verdict| verdict.rule).collect::<Vec<_>>();
    assert_eq!(rules(&steps[2]), ["ws.client_must_mask"]);
    assert!(rules(&steps[3]).contains(&"ws.reserved_opcode"), "{:?}", rules(&steps[3]));
    assert!(steps[2].full && steps[3].full);
}

#[test]
fn many_frames_in_one_segment_are_summed_up() {
    let many: &'static [u8] = [&b"\x81\x00".repeat(20_000)[..], b"\x88\x00"].concat().leak();
    let steps = told(&open(&[(Host::Server, many)]));
    assert_eq!(steps.len(), 2 + 8 + 2);
    assert_eq!(words(&steps)[10..], ["story.more", "ws.close"]);
    assert_eq!(value(&steps[10], "count"), "19,992");
    assert_eq!((value(&steps[2], "text"), value(&steps[2], "len")), ("“”", "0"));
}

#[test]
fn the_first_frame_may_stand_behind_the_101() {
    let both: &'static [u8] = [ANSWER, HELLO].concat().leak();
    let (steps, _) = tell(&said(&[(Host::Client, REQUEST), (Host::Server, both)]));
    let names: Vec<_> = steps.iter().map(|step| step.what.name()).collect();
    assert_eq!(names[5..], ["tcp.data", "ws.opened", "ws.text"]);
}

#[test]
fn what_was_lost_on_the_wire_says_nothing() {
    let mut segments = open(&[]);
    let next = CLIENT_ISN + 1 + REQUEST.len() as u32;
    segments.push(client(next).ack(SERVER_ISN + 1 + ANSWER.len() as u32).data(MASKED_HELLO).lost());
    assert_eq!(words(&told(&segments)), ["ws.asked", "ws.opened"]);
}

#[test]
fn what_is_wrong_with_a_request_stands_there() {
    const OLD: &[u8] =
        b"GET /chat HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n";
    const NO: &[u8] = b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n";
    let steps = told(&said(&[(Host::Client, OLD), (Host::Server, NO)]));
    assert_eq!(steps[0].words, "step ws.asked_wrongly");
    assert_eq!((steps[0].verdicts[0].rule, steps[0].verdicts[0].frames.as_slice()), ("ws.version", &[4][..]));
    assert!(steps[0].code.is_empty(), "a browser asks for 13: {:?}", steps[0].code);
    assert_eq!((steps[1].what, steps[1].verdicts.len()), (What::WsRefused, 0));
}

#[test]
fn nobody_is_told_of_what_comes_after_a_goodbye() {
    const LATE: &[u8] = b"\x88\x82\0\0\0\0\x03\xe8\x89\x80\0\0\0\x01\x81\x81\0\0\0\x02x";
    let steps = told(&open(&[(Host::Client, LATE)]));
    assert_eq!(words(&steps)[2..], ["ws.close", "ws.ping", "ws.text"]);
    for step in &steps[3..] {
        assert_eq!((step.code.len(), step.server_code.len()), (0, 0), "{:?}", step.what);
        assert!(step.values.iter().any(|(name, _)| *name == "if_late"));
    }
    assert!(steps[2].values.iter().all(|(name, _)| *name != "if_late"));
}

#[test]
fn nothing_is_told_in_a_page_that_was_left() {
    let mut segments =
        open(&[(Host::Client, b"\x88\x82\0\0\0\0\x03\xe9"), (Host::Server, b"\x88\x02\x03\xe9")]);
    let (own, other) = (CLIENT_ISN + 1 + REQUEST.len() as u32 + 8, SERVER_ISN + 1 + ANSWER.len() as u32 + 4);
    segments.push(server(other).ack(own).fin());
    segments.push(client(own).ack(other + 1).fin());
    let (steps, summary) = tell(&segments);
    let last = steps.last().unwrap();
    assert_eq!((last.code.as_slice(), summary.onclose), (&[][..], None));
    assert_eq!(last.server_code, [r#"on("close") with code 1001"#]);
}

#[test]
fn a_server_that_names_itself_is_not_taken_for_one_of_node() {
    const NAMED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Server: Python/3.11 websockets/17.4\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    let runs_node = |answer| {
        let steps = told(&said(&[(Host::Client, REQUEST), (Host::Server, answer), (Host::Server, HELLO)]));
        assert_eq!(steps[2].code, [r#"onmessage fires: event.data is "Hello""#]);
        steps.iter().any(|step| !step.server_code.is_empty())
    };
    assert!(runs_node(ANSWER));
    assert!(!runs_node(NAMED));
}

#[test]
fn a_server_that_grants_a_wrong_wish_is_not_taken_for_one_of_node() {
    const NO_HOST: &[u8] = b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    const POSTED: &[u8] =
        b"POST /chat HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    for request in [NO_HOST, POSTED] {
        let steps = told(&said(&[(Host::Client, request), (Host::Server, ANSWER), (Host::Server, HELLO)]));
        assert_eq!(words(&steps)[1..], ["ws.opened", "ws.text"]);
        assert!(steps.iter().all(|step| step.code.is_empty() && step.server_code.is_empty()), "{steps:#?}");
        assert!(steps[1].notes.iter().any(|note| note.contains("can't be told")), "{:?}", steps[1].notes);
    }
}

#[test]
fn a_frame_in_many_segments_counts_all_of_them() {
    // A binary message of 100 bytes, byte by byte behind its header.
    let mut things = vec![(Host::Server, &b"\x82\x64"[..])];
    things.extend([(Host::Server, &b"x"[..]); 100]);
    let steps = told(&open(&things));
    let last = steps.last().expect("a step");
    assert_eq!(last.notes, ["It came in 101 segments, frames 6 to 106."]);
}

#[test]
fn an_answer_to_a_goodbye_says_whether_it_repeats_the_code() {
    let answer = |data: &'static [u8]| {
        let steps = told(&open(&[(Host::Server, b"\x88\x02\x03\xe8"), (Host::Client, data)]));
        let last = steps.last().expect("a step");
        ["if_same", "if_other"].map(|name| last.values.iter().any(|(known, _)| *known == name))
    };
    assert_eq!(answer(b"\x88\x82\0\0\0\0\x03\xe8"), [true, false]);
    assert_eq!(answer(b"\x88\x82\0\0\0\0\x03\xe9"), [false, true]);
}

#[test]
fn a_ping_that_breaks_a_rule_waits_for_no_pong() {
    let due = |data: &'static [u8]| {
        let steps = told(&open(&[(Host::Server, data)]));
        ["if_due", "if_wrong"].map(|name| steps[2].values.iter().any(|(known, _)| *known == name))
    };
    assert_eq!(due(b"\x89\x01x"), [true, false]);
    assert_eq!(due(b"\xc9\x01x"), [false, true]);
}

#[test]
fn a_length_that_cannot_be_is_found_by_its_frame() {
    let steps = told(&open(&[(Host::Server, b"\x82\x7f\x80\0\0\0\0\0\0\x01")]));
    let step = steps.iter().find(|step| step.what == What::WsUnreadable).expect("it is told");
    assert_eq!(step.filter, "frame.number == 6 and tcp.len > 0");
}
