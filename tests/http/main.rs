//! HTTP/1.1 on the streams: what is told of conversations written by hand, and that cutting them into other segments changes nothing.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod cuts;
mod odd;
mod switch;
mod waiting;

use netlab::event::Host;
use netlab::flow::http::{
    Answer, Cut, Event, Framing, HeadFault, Http, LengthFault, LengthOddity, Limits, Oddity, Outcome,
    Outline, Request, Run, To, Why, play,
};
use netlab::flow::stream::Side;
use proptest::collection::vec;
use proptest::prelude::*;

const C: Side = Side { stream: 0, from: Host::Client };
const S: Side = Side { stream: 0, from: Host::Server };

fn say(side: Side, text: &str) -> Run<'_> {
    Run::Bytes(side, text.as_bytes())
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

fn who(side: Side) -> &'static str {
    if side.from == Host::Client { "client" } else { "server" }
}

/// What is told, in a few words a piece.
fn told_within(limits: Limits, runs: &[Run<'_>]) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    let mut http = Http::with_limits(limits);
    let mut sink = |event: Event<'_>| {
        let line = match event {
            Event::Request(Request { message, head, wants, .. }) => {
                let start = (head.method().unwrap(), head.target().unwrap());
                let depth = "in tunnel: ".repeat(message.tunnel.into());
                format!(
                    "{depth}request {}: {} {}, wants {wants:?}",
                    message.number,
                    text(start.0),
                    text(start.1)
                )
            }
            Event::Answer(Answer { message, head, to, sure, early, .. }) => {
                let to = to.map_or("nothing".to_owned(), |to| to.to_string());
                let doubt = if sure { "" } else { ", not sure" };
                let early = if early { ", early" } else { "" };
                let depth = "in tunnel: ".repeat(message.tunnel.into());
                format!("{depth}answer to {to}: {}{doubt}{early}", head.code().unwrap())
            }
            Event::Content(_) => return,
            Event::ContentHole(_, hole) => format!("hole of {}", hole.len),
            Event::Finished(body) => {
                if (body.outcome, body.len) == (Outcome::Complete, 0) {
                    return;
                }
                let outcome = match body.outcome {
                    Outcome::Complete => String::new(),
                    other => format!(" {other:?}"),
                };
                format!("{} said {}: {}{outcome}", who(body.message.side), body.len, text(&body.start))
            }
            Event::Upgrade(upgrade) => format!("handshake {:?}", upgrade.verdict),
            Event::Switched(switched) => {
                let to = match &switched.to {
                    To::Protocol(name) => text(name),
                    To::Tunnel => "tunnel".to_owned(),
                };
                let asked = if switched.asked { "" } else { ", unasked" };
                format!("to {to} from {:?} and {}{asked}", switched.client, switched.server)
            }
            Event::Raw(chunk) => {
                format!("{} raw at {}: {}", who(chunk.side), chunk.offset, text(chunk.bytes))
            }
            Event::RawHole(hole) => format!("{} raw hole of {}", who(hole.side), hole.len),
            Event::RawEnd(end) => format!("{} raw end", who(end.side)),
            Event::NotHttp { side, .. } => format!("{} is not HTTP", who(side)),
            Event::Lost(lost) => format!("{} lost at {}: {:?}", who(lost.side), lost.offset, lost.why),
            Event::Resumed(found) => format!("{} resumed at {}", who(found.side), found.offset),
            Event::HeldBack(held) => {
                format!("{} held back at {}: {}, {}", who(held.side), held.offset, held.len, held.given_up)
            }
        };
        told.push(line);
    };
    play(runs.iter().copied(), Cut::Whole, &mut http, &mut sink, |_| {});
    http.finish(&mut sink);
    told
}

fn told(runs: &[Run<'_>]) -> Vec<String> {
    told_within(Limits::default(), runs)
}

fn requests(runs: &[Run<'_>]) -> Vec<Request> {
    let (mut http, mut found) = (Http::new(), Vec::new());
    let mut sink = |event: Event<'_>| {
        if let Event::Request(request) = event {
            found.push(request);
        }
    };
    play(runs.iter().copied(), Cut::Whole, &mut http, &mut sink, |_| {});
    found
}

fn answers(runs: &[Run<'_>]) -> Vec<Answer> {
    let (mut http, mut found) = (Http::new(), Vec::new());
    let mut sink = |event: Event<'_>| {
        if let Event::Answer(answer) = event {
            found.push(answer);
        }
    };
    play(runs.iter().copied(), Cut::Whole, &mut http, &mut sink, |_| {});
    found
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
const UPGRADE: &str = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

#[test]
fn a_head_has_its_lines_with_their_places_in_the_stream_and_in_the_frames() {
    let head = "GET /a?b HTTP/1.1\r\nHost: \t example.org \r\nX-Empty:\r\nx-bytes: \u{e4}\r\n\r\n";
    let found = requests(&[say(C, "\r\n\r\n"), say(C, &head[..25]), say(C, &head[25..])]);
    let [request] = &found[..] else { panic!("{found:?}") };
    let head_of = &request.head;
    assert_eq!(head_of.range(), 4..4 + head.len() as u64);
    assert_eq!(head_of.start_line(), 4..23);
    assert_eq!((head_of.method(), head_of.target()), (Some(&b"GET"[..]), Some(&b"/a?b"[..])));
    assert_eq!((head_of.minor_version(), head_of.code()), (1, None));
    let lines: Vec<_> = head_of.fields().iter().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((lines[0].name.bytes, lines[0].value.bytes), (&b"Host"[..], &b"example.org"[..]));
    assert_eq!((lines[0].line.clone(), lines[0].value.at.clone()), (23..45, 31..42));
    assert_eq!((lines[1].value.bytes, lines[1].value.at.clone()), (&b""[..], 53..53));
    assert_eq!(lines[2].value.bytes, "\u{e4}".as_bytes());
    let places = head_of.places();
    assert_eq!((places.first_frame(), places.last_frame()), (2, 3));
    let spans: Vec<_> =
        places.spans(lines[0].name.at.clone()).map(|(frame, span)| (frame, span.bytes)).collect();
    assert_eq!(spans, [(2, 19..23)]);
    let spans: Vec<_> =
        places.spans(lines[0].line.clone()).map(|(frame, span)| (frame, span.bytes)).collect();
    assert_eq!(spans, [(2, 19..25), (3, 0..16)]);
}

#[test]
fn answers_belong_to_requests_in_their_order() {
    let head = "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n";
    let pipelined = [GET, head, GET].concat();
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n";
    let continued = "HTTP/1.1 100 Continue\r\n\r\n";
    let none = "HTTP/1.1 204 No Content\r\n\r\n";
    let answers = [OK, long, continued, none].concat();
    let lines = told(&[
        say(C, &pipelined),
        say(S, &answers),
        say(C, GET),
        say(S, "HTTP/1.1 304 X\r\nContent-Length: 7\r\n\r\n"),
    ]);
    let expected = [
        "request 0: GET /, wants Answer",
        "request 1: HEAD /x, wants Answer",
        "request 2: GET /, wants Answer",
        "answer to 0: 200",
        "server said 2: hi",
        "answer to 1: 200",
        "answer to 2: 100",
        "answer to 2: 204",
        "request 3: GET /, wants Answer",
        "answer to 3: 304",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn chunks_have_extensions_and_trailers() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Expires\r\n\r\n\
        5\r\nhello\r\n6;name=\"x;y\"\r\n world\r\n0\r\nExpires: never\r\nX: y\r\n\r\n";
    let (mut http, mut bodies, mut content) = (Http::new(), Vec::new(), Vec::new());
    let mut sink = |event: Event<'_>| match event {
        Event::Finished(body) if body.message.side == S => bodies.push(body),
        Event::Content(piece) if piece.message.number == 0 => {
            assert_eq!(piece.at, content.len() as u64);
            content.extend_from_slice(piece.chunk.bytes);
        }
        _ => {}
    };
    play([say(C, GET), say(S, chunked), say(S, OK)], Cut::Whole, &mut http, &mut sink, |_| {});
    assert_eq!(content, b"hello world");
    let body = &bodies[0];
    assert_eq!((body.framing, body.outcome, body.len), (Framing::Chunked, Outcome::Complete, 11));
    assert_eq!((body.chunks, body.extensions, body.bad_trailers), (2, 1, false));
    assert_eq!(body.trailers.value("EXPIRES"), Some(&b"never"[..]));
    assert_eq!((body.trailers.len(), body.start.as_slice()), (2, &b"hello world"[..]));
    let head = chunked.find("\r\n\r\n").unwrap() as u64 + 4;
    assert_eq!((body.offset, body.wire_len), (head, chunked.len() as u64 - head));
    let line = body.trailers.get(1).unwrap().line;
    assert_eq!(&chunked.as_bytes()[line.start as usize..line.end as usize], b"X: y\r\n");
    assert_eq!((body.frames.list(), body.frames.last()), (&[2][..], Some(2)));
    assert_eq!(bodies.len(), 2);
}

#[test]
fn an_answer_without_a_length_ends_with_the_connection() {
    let answer = "HTTP/1.0 200 OK\r\n\r\nall of it";
    let lines = told(&[say(C, GET), say(S, answer), say(S, "!"), Run::End(S, false)]);
    assert_eq!(lines[1..], ["answer to 0: 200", "server said 10: all of it!"]);
    let lines = told(&[say(C, GET), say(S, answer), Run::End(S, true)]);
    assert_eq!(lines[1..], ["answer to 0: 200", "server said 9: all of it Reset"]);
    let lines = told(&[say(C, GET), say(S, answer)]);
    assert_eq!(lines[1..], ["answer to 0: 200", "server said 9: all of it Unseen"]);
    let lines =
        told(&[say(C, GET), say(S, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), Run::End(S, false)]);
    assert_eq!(lines[1..], ["answer to 0: 200", "server said 4: half Closed"]);
}
