//! Which bytes are drawn, and what is said of those that can't be taken apart.

use netlab::event::Host;
use netlab::story::{Step, What};

use super::said::{ANSWER, MASKED_HELLO, REQUEST, open, said, told, value};
use super::segments::*;
use super::short::{AS_SAID, goodbye, numbers, seen};

/// The lines of a step's drawing that are shown of it.
fn news(step: &Step) -> &[String] {
    &step.drawing[step.news.clone()]
}

#[test]
fn of_each_side_the_first_control_frame_of_a_kind_shows_its_bytes() {
    let steps = told(&open(&[
        (Host::Server, b"\x89\x02hi"),
        (Host::Client, b"\x8a\x82\x01\x02\x03\x04ik"),
        (Host::Server, b"\x89\x02ho"),
        (Host::Server, b"\x89\x00"),
        (Host::Client, b"\x88\x85\x01\x02\x03\x04\x02\xeaazd"),
        (Host::Server, b"\x88\x02\x03\xe8"),
    ]));
    let shown: Vec<String> = steps[2..].iter().map(|step| news(step).join("|")).collect();
    let expected = [
        "  68 69  “hi”",
        "  68 69  unmasked: “hi”",
        "",
        "",
        "  03 e8 62 7e 65  unmasked: 3 × 256 + 232 = 1000, then the reason",
        "  03 e8  3 × 256 + 232 = 1000",
    ];
    assert_eq!(shown, expected);
    // Who says the same again shows nothing new.
    let same =
        told(&open(&[(Host::Client, b"\x88\x82\0\0\0\0\x03\xe8"), (Host::Server, b"\x88\x02\x03\xe8")]));
    assert_eq!([news(&same[2]).len(), news(&same[3]).len()], [1, 0]);
    // The whole drawing goes on with the mask.
    assert_eq!(steps[6].drawing[4..], ["^ 01 02 03 04 01  the key", "= 02 ea 61 7a 64  on the wire"]);
}

#[test]
fn the_byte_that_is_no_utf8_is_drawn_and_counted_from_1() {
    let steps = told(&open(&[(Host::Client, b"\x81\x87\0\0\0\x01ab caf\xe9")]));
    assert_eq!(steps[2].drawing.last().unwrap(), "  … 20 62 61 66 e9  no UTF-8: e9 at byte 7");
    let found = steps[2].verdicts.iter().find(|found| found.rule == "ws.text_not_utf8").unwrap();
    assert_eq!(found.found.as_deref(), Some("at byte 7 of the message"));
    let steps = told(&open(&[(Host::Server, b"\x81\x03\xffab")]));
    assert_eq!(steps[2].drawing.last().unwrap(), "  ff …  no UTF-8: ff at byte 1");
    assert!(!told(&open(&[(Host::Server, b"\x81\x01a")]))[2].drawing.concat().contains("UTF-8"));
}

const ENDLESS: &[u8] = b"\x81\xff\x80\0\0\0\0\0\0\x02\x37\xfa\x21\x3d";

#[test]
fn a_length_that_cannot_be_is_a_step_with_its_header() {
    let things: &[(Host, &[u8])] = &[(Host::Client, ENDLESS), (Host::Client, b"whatever")];
    let steps = told(&open(things));
    assert_eq!(words(&steps)[2..], ["ws.unreadable"]);
    assert_eq!(steps[2].drawing[2], "80 00 00 00 00 00 00 02 the top bit is 1");
    assert_eq!(steps[2].verdicts[0].rule, "ws.length_top_bit");
    // What stands behind it has its place before the goodbye.
    let (own, other) = numbers(things);
    let segments: Vec<Segment> = open(things).into_iter().chain(goodbye(own, other)).collect();
    let steps = seen(AS_SAID, &segments);
    assert_eq!(words(&steps)[3..], ["ws.unreadable", "story.unread", "story.tcp_closes"]);
    assert_eq!((steps[4].label.as_str(), steps[4].frames.as_slice()), ("8 bytes more", &[7][..]));
    assert!(steps.is_sorted_by_key(|step| (step.frames[0], step.time)));
}

#[test]
fn what_only_lacks_its_end_is_no_such_thing() {
    let steps = tell(&open(&[(Host::Client, &MASKED_HELLO[..8])])).0;
    assert!(steps.iter().all(|step| step.what != What::WsUnreadable));
}

#[test]
fn an_answer_that_is_no_http_is_told_as_such() {
    let ssh = b"SSH-2.0-OpenSSH_9.2\r\n";
    let segments = said(&[(Host::Client, REQUEST), (Host::Server, ssh), (Host::Server, b"more")]);
    let steps = told(&segments);
    assert_eq!(words(&steps), ["ws.asked", "http.none"]);
    assert_eq!(steps[1].label, "no HTTP: “SSH-2.0-OpenSSH_9.2”");
    assert_eq!(steps[1].code, [r#"onerror, then onclose: code 1006, reason "", wasClean false"#]);
    assert_eq!(words(&seen(AS_SAID, &segments))[1..], ["ws.asked", "http.none", "story.unread"]);
    // Who asked for no WebSocket has no such handlers; who asked for nothing is owed no HTTP.
    let get = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    let steps = told(&said(&[(Host::Client, get), (Host::Server, ssh)]));
    assert_eq!((words(&steps), steps[1].code.len()), (vec!["http.request", "http.none"], 0));
    assert!(value(&steps[1], "text").contains("SSH"));
    assert!(told(&said(&[(Host::Client, b"SSH-2.0-x\r\n"), (Host::Server, ssh)])).is_empty());
    assert!(told(&said(&[(Host::Server, ANSWER)])).iter().all(|step| step.what != What::HttpNone));
}
