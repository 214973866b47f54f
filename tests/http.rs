//! HTTP/1.1 on the streams: what is told of conversations written by hand, and that cutting them into other segments changes nothing.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

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

#[test]
fn behind_a_101_everything_is_handed_on_also_from_the_same_segment() {
    let coalesced = [SWITCH, "\u{1}\u{2}"].concat();
    let lines = told(&[
        say(C, UPGRADE),
        say(S, &coalesced),
        say(C, "abc"),
        say(S, "def"),
        Run::Hole(S, 3),
        Run::End(S, false),
    ]);
    let expected = [
        "request 0: GET /chat, wants Upgrade".to_owned(),
        "answer to 0: 101".to_owned(),
        "handshake Opened".to_owned(),
        format!("to websocket from Some({}) and {}", UPGRADE.len(), SWITCH.len()),
        format!("server raw at {}: \\x01\\x02", SWITCH.len()),
        format!("client raw at {}: abc", UPGRADE.len()),
        format!("server raw at {}: def", SWITCH.len() + 2),
        "server raw hole of 3".to_owned(),
        "server raw end".to_owned(),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_the_client_says_before_the_101_waits_for_it() {
    let eager = [UPGRADE, "early"].concat();
    let runs = [say(C, &eager), say(C, " bird"), Run::Hole(C, 2), Run::End(C, false), say(S, SWITCH)];
    let lines = told(&runs);
    let expected = [
        format!("to websocket from Some({}) and {}", UPGRADE.len(), SWITCH.len()),
        format!("client raw at {}: early", UPGRADE.len()),
        format!("client raw at {}:  bird", UPGRADE.len() + 5),
        "client raw hole of 2".to_owned(),
        "client raw end".to_owned(),
    ];
    assert_eq!(lines[3..], expected);
    // Only so much of it, and that is told.
    let limits = Limits { held: 7, ..Limits::default() };
    let expected = [
        format!("client raw at {}: early", UPGRADE.len()),
        format!("client raw at {}:  b", UPGRADE.len() + 5),
        format!("client held back at {}: 5, true", UPGRADE.len() + 7),
        "client raw hole of 5".to_owned(),
        "client raw end".to_owned(),
    ];
    assert_eq!(told_within(limits, &runs)[4..], expected);
    // No answer.
    let lines = told(&runs[..2]);
    assert_eq!(lines[1..], [format!("client held back at {}: 10, false", UPGRADE.len())]);
}

#[test]
fn after_a_refused_upgrade_http_goes_on() {
    let refused = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    let pipelined = [UPGRADE, UPGRADE, GET].concat();
    let lines = told(&[say(C, &pipelined), say(S, refused), say(S, refused), say(S, OK)]);
    let expected = [
        "request 0: GET /chat, wants Upgrade",
        "answer to 0: 404",
        "handshake Refused(NotFound)",
        "request 1: GET /chat, wants Upgrade",
        "answer to 1: 404",
        "handshake Refused(NotFound)",
        "request 2: GET /, wants Answer",
        "answer to 2: 200",
        "server said 2: hi",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_connect_makes_a_tunnel_in_which_http_and_an_upgrade_begin_again() {
    let connect = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n";
    let made = "HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n";
    let lines =
        told(&[say(C, connect), say(S, made), say(C, UPGRADE), say(S, SWITCH), say(C, "x"), say(S, "y")]);
    let (client, server) = (connect.len() + UPGRADE.len(), made.len() + SWITCH.len());
    let expected = [
        "request 0: CONNECT a:80, wants Tunnel".to_owned(),
        "answer to 0: 200".to_owned(),
        format!("to tunnel from Some({}) and {}", connect.len(), made.len()),
        "in tunnel: request 1: GET /chat, wants Upgrade".to_owned(),
        "in tunnel: answer to 1: 101".to_owned(),
        "handshake Opened".to_owned(),
        format!("to websocket from Some({client}) and {server}"),
        format!("client raw at {client}: x"),
        format!("server raw at {server}: y"),
    ];
    assert_eq!(lines, expected);
    // TLS in it is handed on, with what was needed to know it.
    let lines = told(&[say(C, connect), say(C, "\u{16}\u{3}\u{1}"), say(S, made), say(S, "\u{16}\u{3}")]);
    let expected = [
        "client is not HTTP".to_owned(),
        format!("client raw at {}: \\x16", connect.len()),
        format!("client raw at {}: \\x03\\x01", connect.len() + 1),
        "server is not HTTP".to_owned(),
        format!("server raw at {}: \\x16", made.len()),
        format!("server raw at {}: \\x03", made.len() + 1),
    ];
    assert_eq!(lines[3..], expected);
    // Tunnels in tunnels, up to a limit.
    let deep = |count: usize| {
        let runs: Vec<_> = (0..count).flat_map(|_| [say(C, connect), say(S, made)]).collect();
        told(&runs).iter().filter(|line| line.starts_with("to tunnel")).count()
    };
    assert_eq!((deep(4), deep(5), deep(9)), (4, 5, 5));
    // Refused: HTTP goes on.
    let lines = told(&[
        say(C, connect),
        say(S, "HTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n"),
        say(C, GET),
        say(S, OK),
    ]);
    assert_eq!(lines[1..4], ["answer to 0: 407", "request 1: GET /, wants Answer", "answer to 1: 200"]);
}

#[test]
fn what_is_not_http_is_known_by_its_first_bytes() {
    let lines = told(&[say(S, "220 mail.example.org\r\n"), say(C, "EHLO me\r\n"), say(C, GET), say(S, OK)]);
    assert_eq!(lines, ["server is not HTTP", "client is not HTTP"]);
    let lines = told(&[say(C, "\u{16}\u{3}\u{1}\u{2}"), say(S, "\u{16}\u{3}")]);
    assert_eq!(lines, ["client is not HTTP", "server is not HTTP"]);
    // One that answers TLS in HTTP speaks HTTP.
    let lines = told(&[
        say(C, "\u{16}\u{3}\u{1}\u{2}"),
        say(S, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    ]);
    assert_eq!(lines, ["client is not HTTP", "answer to nothing: 400, not sure"]);
}

#[test]
fn a_capture_that_begins_in_the_middle_is_followed_from_the_next_start_line() {
    let lines = told(&[
        say(S, "rest of a page</html>"),
        say(C, GET),
        say(S, "more"),
        say(S, OK),
        say(C, GET),
        say(S, OK),
    ]);
    let expected = [
        "server is not HTTP",
        "request 0: GET /, wants Answer",
        "server resumed at 25",
        "answer to 0: 200, not sure",
        "server said 2: hi",
        "request 1: GET /, wants Answer",
        "answer to 1: 200, not sure",
        "server said 2: hi",
    ];
    assert_eq!(lines, expected);
    // TCP takes who speaks first for the client.
    let lines = told(&[say(C, SWITCH), say(C, "x"), say(S, "y")]);
    assert_eq!(lines[0], "answer to nothing: 101");
    assert!(lines[3].starts_with("client raw") && lines[4].starts_with("server raw"), "{lines:?}");
    let lines = told(&[say(C, "more</html>"), say(S, GET), say(C, OK)]);
    assert_eq!(
        lines[1..],
        [
            "request 0: GET /, wants Answer",
            "client resumed at 11",
            "answer to 0: 200, not sure",
            "client said 2: hi"
        ]
    );
    // One direction only.
    assert_eq!(told(&[say(S, OK), say(S, OK)])[2..3], ["answer to nothing: 200"]);
    assert_eq!(told(&[Run::Hole(C, 500), say(S, OK)])[0], "answer to nothing: 200, not sure");
}

#[test]
fn a_hole_in_a_body_is_passed_and_one_in_a_head_is_told() {
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nbegin";
    let lines = told(&[say(C, GET), say(S, long), Run::Hole(S, 12), say(S, "end"), say(C, GET), say(S, OK)]);
    let expected = [
        "answer to 0: 200",
        "hole of 12",
        "server said 20: begin",
        "request 1: GET /, wants Answer",
        "answer to 1: 200",
        "server said 2: hi",
    ];
    assert_eq!(lines[1..], expected);
    // Past the body's end: the next head may be in it.
    let lines = told(&[
        say(C, GET),
        say(S, long),
        Run::Hole(S, 30),
        say(S, "-Type: a\r\n\r\n"),
        say(C, GET),
        say(S, OK),
    ]);
    let end = long.len() as u64 + 15;
    let expected = [
        "hole of 15".to_owned(),
        "server said 20: begin".to_owned(),
        format!("server lost at {end}: Hole"),
        "request 1: GET /, wants Answer".to_owned(),
        format!("server resumed at {}", end + 15 + 12),
        "answer to 1: 200, not sure".to_owned(),
        "server said 2: hi".to_owned(),
    ];
    assert_eq!(lines[2..], expected);
    // In a chunk; in the line before one.
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabc";
    let lines = told(&[say(C, GET), say(S, chunked), Run::Hole(S, 3), say(S, "gh\r\n0\r\n\r\n")]);
    assert_eq!(lines[2..], ["hole of 3", "server said 8: abc"]);
    let lines = told(&[say(C, GET), say(S, chunked), Run::Hole(S, 6), say(S, "\r\n0\r\n\r\n")]);
    let lost = format!("server lost at {}: Hole", chunked.len() + 5);
    assert_eq!(lines[2..], ["hole of 5".to_owned(), "server said 8: abc Hole".to_owned(), lost]);
    // In a request's head.
    let lines = told(&[
        say(C, GET),
        say(S, OK),
        say(C, "POST / HTTP/1.1\r\nHo"),
        Run::Hole(C, 5),
        say(C, "x\r\n\r\n"),
        say(C, GET),
        say(S, OK),
    ]);
    let expected = [
        format!("client lost at {}: Hole", GET.len()),
        format!("client resumed at {}", GET.len() + 19 + 5 + 5),
        "request 1: GET /, wants Answer".to_owned(),
        "answer to 1: 200, not sure".to_owned(),
        "server said 2: hi".to_owned(),
    ];
    assert_eq!(lines[3..], expected);
}

#[test]
fn lengths_that_contradict_each_other_are_told() {
    let smuggled = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
    let found = requests(&[say(C, smuggled), say(C, GET)]);
    assert_eq!(
        (found[0].framing, found[0].oddities.as_slice()),
        (Framing::Chunked, &[LengthOddity::LengthAndCoding][..])
    );
    assert_eq!(found.len(), 2);
    let differ = "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd";
    assert_eq!(requests(&[say(C, differ)])[0].framing, Framing::Unknown);
    let lines = told(&[say(C, differ), say(C, GET), say(S, OK)]);
    let end = differ.len() as u64 - 4;
    let expected = [
        "request 0: POST /, wants Answer".to_owned(),
        "client said 0:  Unframed".to_owned(),
        format!("client lost at {end}: {:?}", Why::Length(LengthFault::LengthsDiffer)),
        format!("client resumed at {}", end + 4),
        "request 1: GET /, wants Answer".to_owned(),
        "answer to 0: 200, not sure".to_owned(),
        "server said 2: hi".to_owned(),
    ];
    assert_eq!(lines, expected);
    let answer = answers(&[say(C, GET), say(S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx")]);
    assert_eq!(answer[0].framing, Framing::UntilClose);
}

#[test]
fn what_is_odd_in_a_head_is_read_and_told() {
    let odd = "GET /a b HTTP/1.1\r\n folded first: x\r\nHost : a\r\nX: 1\r\n  2\r\n\t3\r\nno colon\r\nY: a\rb\0c\n\r\n";
    let found = requests(&[say(C, odd)]);
    let head = &found[0].head;
    assert_eq!(head.target(), Some(&b"/a b"[..]));
    let lines: Vec<_> =
        head.fields().iter().map(|line| (text(line.name.bytes), text(line.value.bytes))).collect();
    assert_eq!(lines, [("X".to_owned(), "1    2  \\t3".to_owned()), ("Y".to_owned(), "a b c".to_owned())]);
    let place = |what: &str| {
        let at = odd.find(what).unwrap() as u64;
        at..at + what.len() as u64
    };
    let expected = [
        Oddity::Target(place("/a b")),
        Oddity::Folded(place("X: 1\r\n  2\r\n\t3\r\n")),
        Oddity::Control(place("Y: a\rb\0c\n")),
        Oddity::BareLf(place("Y: a\rb\0c\n")),
        Oddity::NotAField(place(" folded first: x\r\n")),
        Oddity::NotAField(place("Host : a\r\n")),
        Oddity::NotAField(place("no colon\r\n")),
    ];
    assert_eq!(head.oddities(), expected);
    let found = answers(&[say(S, "HTTP/1.7 200\nA : b\n\n")]);
    assert_eq!(found[0].head.fields().value("a"), Some(&b"b"[..]));
    assert_eq!((found[0].head.minor_version(), found[0].to), (7, None));
    assert_eq!(found[0].head.oddities(), [Oddity::BareLf(0..13)]);
    let runs = [Run::Bytes(C, b"GET /\xff\xfe HTTP/1.1\r\nX: \xff\r\n\r\n")];
    assert_eq!(requests(&runs)[0].head.target(), Some(&b"/\xff\xfe"[..]));
}

#[test]
fn a_head_beyond_every_limit_is_told_and_the_next_one_found() {
    let megabyte = ["GET / HTTP/1.1\r\n", &"X: y\r\n".repeat(200_000), "\r\n"].concat();
    let lines = told(&[say(C, &megabyte), say(C, GET)]);
    let expected = [
        "client lost at 0: HeadTooLong { limit: 65536 }".to_owned(),
        format!("client resumed at {}", megabyte.len()),
        "request 0: GET /, wants Answer".to_owned(),
    ];
    assert_eq!(lines, expected);
    let many = ["GET / HTTP/1.1\r\n", &"X: y\r\n".repeat(101), "\r\n"].concat();
    let fault = HeadFault::TooManyFields { count: 101 };
    assert_eq!(told(&[say(C, &many)]), [format!("client lost at 0: {:?}", Why::Head(fault))]);
    let long = ["GET /", &"a".repeat(1 << 20), " HTTP/1.1\r\n\r\n"].concat();
    assert_eq!(told(&[say(C, &long)]), ["client lost at 0: HeadTooLong { limit: 8192 }"]);
    let chunk = ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &"0".repeat(1 << 20)].concat();
    assert_eq!(told(&[say(S, &chunk)])[2], format!("server lost at {}: Chunk", 47 + 4097));
    let trailers =
        ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", &"X: y\r\n".repeat(200_000)].concat();
    assert!(told(&[say(S, &trailers)])[2].ends_with(": TrailersTooLong"));
}

#[test]
fn an_absurd_chunk_is_as_long_as_it_says() {
    let huge = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc";
    assert_eq!(told(&[say(S, huge)])[1..], ["server said 3: abc Unseen"]);
    for wrong in ["10000000000000000\r\n", "-1\r\n", "x\r\n", "\r\n", "2\r\nabc"] {
        let body = ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", wrong].concat();
        let lines = told(&[say(S, &body)]);
        assert!(lines[1].ends_with("BadChunk") && lines[2].ends_with(": Chunk"), "{lines:?}");
    }
}

#[test]
fn an_answer_before_the_end_of_its_request_is_told() {
    let early = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n";
    let post = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd";
    let lines = told(&[say(C, &post[..20]), say(S, early), say(C, &post[20..]), say(C, GET), say(S, OK)]);
    let expected = [
        "answer to 0: 413, early",
        "request 0: POST /, wants Answer",
        "client said 4: abcd",
        "request 1: GET /, wants Answer",
        "answer to 1: 200",
        "server said 2: hi",
    ];
    assert_eq!(lines, expected);
    // In the middle of the body, and a 101 there: what follows the body is handed on.
    let post = UPGRADE.replace("\r\n\r\n", "\r\nContent-Length: 4\r\n\r\nabcd");
    let (first, rest) = post.split_at(post.len() - 2);
    let lines = told(&[say(C, first), say(S, SWITCH), say(C, rest), say(C, "raw")]);
    assert_eq!(lines[3], format!("to websocket from None and {}", SWITCH.len()));
    assert_eq!(lines[4..], ["client said 4: abcd".to_owned(), format!("client raw at {}: raw", post.len())]);
}

#[test]
fn a_101_that_nobody_asked_for_switches_all_the_same() {
    let lines = told(&[say(C, GET), say(S, SWITCH), say(C, "x"), say(S, "y")]);
    assert!(lines[2].starts_with("handshake Opened"), "{lines:?}");
    assert!(lines[3].ends_with(", unasked"), "{lines:?}");
    assert!(lines[4].starts_with("client raw") && lines[5].starts_with("server raw"));
}

#[test]
fn garbage_behind_a_message_is_told_and_the_next_start_line_found() {
    let lines = told(&[say(C, GET), say(S, OK), say(S, "garbage"), say(C, GET), say(S, OK)]);
    let expected = [
        format!("server lost at {}: NotAMessage", OK.len()),
        "request 1: GET /, wants Answer".to_owned(),
        format!("server resumed at {}", OK.len() + 7),
        "answer to 1: 200, not sure".to_owned(),
        "server said 2: hi".to_owned(),
    ];
    assert_eq!(lines[3..], expected);
}

#[test]
fn all_conversations_together_keep_no_more_than_the_limit() {
    let limits = Limits { total: 10_000, conversations: 64, ..Limits::default() };
    let (mut http, mut given_up, mut lost) = (Http::with_limits(limits), 0, 0);
    let head = ["GET / HTTP/1.1\r\nX: ", &"y".repeat(900)].concat();
    let mut sink = |event: Event<'_>| match event {
        Event::Lost(found) if found.why == Why::GivenUp => given_up += 1,
        Event::Lost(found) if found.why == Why::Ended => lost += 1,
        other => panic!("{other:?}"),
    };
    let runs = (0..500).map(|stream| Run::Bytes(Side { stream, from: Host::Client }, head.as_bytes()));
    play(runs, Cut::Whole, &mut http, &mut sink, |http| {
        assert!(http.kept() <= 10_000 && http.conversations() <= 64);
    });
    http.finish(&mut sink);
    assert_eq!((given_up + lost, http.kept()), (500, 0));
    assert!(lost >= 8, "what was said last is kept");
}

#[test]
fn a_conversation_is_forgotten_once_both_sides_have_ended() {
    let mut http = Http::new();
    let runs = [say(C, GET), say(S, OK), Run::End(C, false), Run::End(S, false)];
    play(runs, Cut::Whole, &mut http, &mut |_| {}, |_| {});
    assert_eq!((http.conversations(), http.kept()), (0, 0));
}

/// Texts of which conversations are made; some are no HTTP at all.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let fixed: Vec<&[u8]> = vec![
        GET.as_bytes(),
        OK.as_bytes(),
        UPGRADE.as_bytes(),
        SWITCH.as_bytes(),
        b"HEAD / HTTP/1.0\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"3;x=y\r\nabc\r\n",
        b"0\r\nA: b\r\n\r\n",
        b"0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\n\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n c\r\nno\r\n\r\n",
        b"\r\n",
        b"\x16\x03\x01",
    ];
    prop_oneof![
        8 => proptest::sample::select(fixed.clone()).prop_map(<[u8]>::to_vec),
        1 => (proptest::sample::select(fixed), any::<prop::sample::Index>())
            .prop_map(|(text, at)| text[..at.index(text.len())].to_vec()),
        1 => vec(any::<u8>(), 0..40),
    ]
}

#[derive(Clone, Debug)]
enum Said {
    Bytes(bool, Vec<u8>),
    Hole(bool, u64),
    End(bool, bool),
}

fn conversations() -> impl Strategy<Value = Vec<Said>> {
    let said = prop_oneof![
        20 => (any::<bool>(), texts()).prop_map(|(client, text)| Said::Bytes(client, text)),
        1 => (any::<bool>(), 1..30u64).prop_map(|(client, len)| Said::Hole(client, len)),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(client, reset)| Said::End(client, reset)),
    ];
    // Mostly as it goes: a request, its answer.
    vec(said, 1..14)
}

fn runs(said: &[Said]) -> Vec<Run<'_>> {
    let side = |client: &bool| if *client { C } else { S };
    said.iter()
        .map(|said| match said {
            Said::Bytes(client, bytes) => Run::Bytes(side(client), bytes),
            Said::Hole(client, len) => Run::Hole(side(client), *len),
            Said::End(client, reset) => Run::End(side(client), *reset),
        })
        .collect()
}

fn outline(runs: &[Run<'_>], cut: Cut, frames: bool) -> Vec<String> {
    let (mut http, mut outline) = (Http::new(), Outline::new(frames));
    let mut sink = |event: Event<'_>| outline.take(&event);
    play(runs.iter().copied(), cut, &mut http, &mut sink, |_| {});
    http.finish(&mut sink);
    outline.lines().to_vec()
}

/// Neighbours of one side as one run.
fn joined(said: &[Said]) -> Vec<Said> {
    let mut all: Vec<Said> = Vec::new();
    for one in said {
        match (all.last_mut(), one) {
            (Some(Said::Bytes(before, bytes)), Said::Bytes(client, more)) if before == client => {
                bytes.extend(more)
            }
            _ => all.push(one.clone()),
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn how_the_bytes_are_cut_changes_nothing(said in conversations(), step in 1..9usize) {
        let runs_said = runs(&said);
        let whole = outline(&runs_said, Cut::Whole, true);
        prop_assert_eq!(&whole, &outline(&runs_said, Cut::Pieces(step), true));
        let joined = joined(&said);
        let brief = outline(&runs(&joined), Cut::Whole, false);
        prop_assert_eq!(&brief, &outline(&runs_said, Cut::Frames, false));
        prop_assert_eq!(brief, outline(&runs_said, Cut::Whole, false));
    }
}
