//! What is not HTTP, not whole, odd or too long; and what is kept of it all.

use super::*;

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

/// Found by chance: what ended before it could be known was left alone until the next segment, and that was lost.
#[test]
fn what_ended_as_no_http_is_followed_from_the_next_start_line_too() {
    let end = |side| Run::End(side, false);
    let lines = told(&[say(S, OK), say(C, "G"), end(C), say(C, GET), say(S, OK)]);
    assert_eq!(
        lines,
        [
            "answer to nothing: 200",
            "server said 2: hi",
            "client is not HTTP",
            "client resumed at 1",
            "request 0: GET /, wants Answer",
            "answer to 0: 200, not sure",
            "server said 2: hi"
        ]
    );
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
