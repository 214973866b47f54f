//! What a page is shown to do and to be told: only where there can be one, and in the order of the standard.

use netlab::event::Host;

use super::said::{ANSWER, HELLO, MASKED_HELLO, REQUEST, open, said, told, value};
use super::segments::*;

/// The textbook's head with something more behind a line of it.
pub(super) fn with(head: &[u8], line: &str, more: &str) -> &'static [u8] {
    let text = String::from_utf8_lossy(head).replace(line, &format!("{line}{more}"));
    text.into_bytes().leak()
}

#[test]
fn where_no_page_can_have_asked_so_none_is_told() {
    let request = with(REQUEST, "Version: 13", "\r\nSec-WebSocket-Protocol: chat, chat");
    let answer = with(ANSWER, "xOo=", "\r\nSec-WebSocket-Protocol: chat");
    let goodbye: [(Host, &[u8]); 2] =
        [(Host::Client, b"\x88\x82\0\0\0\x01\x03\xe9"), (Host::Server, b"\x88\x02\x03\xe8")];
    let things = [(Host::Client, request), (Host::Server, answer), (Host::Client, MASKED_HELLO)];
    let mut segments = said(&[&things[..], &[(Host::Server, HELLO)], &goodbye].concat());
    segments.push(server(SERVER_ISN + 1 + answer.len() as u32 + 11).rst());
    let (steps, summary) = tell(&segments);
    assert!(steps.iter().any(|step| step.words == "step ws.opened"));
    for step in &steps {
        assert!(step.code.is_empty(), "{}: {:?}", step.words, step.code);
    }
    assert_eq!(summary.onclose, None);
    // Node's `ws` refuses such a wish: here runs something else.
    assert!(steps.iter().all(|step| step.server_code.is_empty()));
    let refused = b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n";
    let post: &'static [u8] = [b"POST", &REQUEST[3..]].concat().leak();
    let steps = told(&said(&[(Host::Client, post), (Host::Server, refused)]));
    assert!(steps.iter().all(|step| step.code.is_empty()), "{:?}", steps[1].code);
}

#[test]
fn who_must_fail_the_connection_is_told_of_an_error_first() {
    // The server masks; the client says 1002, and the capture ends before TCP does.
    let things: [(Host, &[u8]); 3] = [
        (Host::Server, MASKED_HELLO),
        (Host::Client, b"\x88\x82\0\0\0\x01\x03\xea"),
        (Host::Server, b"\x88\x02\x03\xea"),
    ];
    let mut segments = open(&things);
    let (_, summary) = tell(&segments);
    assert_eq!((summary.onclose.map(|told| told.code), summary.onerror), (Some(1006), true));
    let other = SERVER_ISN + 1 + ANSWER.len() as u32 + 11 + 4;
    let own = CLIENT_ISN + 1 + REQUEST.len() as u32 + 8;
    segments.extend([server(other).ack(own).fin(), client(own).ack(other + 1).fin()]);
    let (steps, _) = tell(&segments);
    let last = steps.last().unwrap();
    assert_eq!(last.code, [r#"onerror, then onclose: code 1006, reason "", wasClean false"#]);
    // Of a connection that breaks off nobody was at fault.
    let mut segments = open(&[]);
    segments.push(server(SERVER_ISN + 1 + ANSWER.len() as u32).rst());
    assert!(!tell(&segments).1.onerror);
}

#[test]
fn what_compression_gains_or_not_is_said() {
    let request = with(REQUEST, "Version: 13", "\r\nSec-WebSocket-Extensions: permessage-deflate");
    let answer = with(ANSWER, "xOo=", "\r\nSec-WebSocket-Extensions: permessage-deflate");
    // RFC 7692, section 7.2.3.1: 7 bytes for 5. The second is one `a` and a copy of it, 99 times.
    let (hello, many) = (b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", b"\xc1\x06\x4a\x4c\xa4\x3d\x00\x00");
    let things: [(Host, &[u8]); 4] =
        [(Host::Client, request), (Host::Server, answer), (Host::Server, hello), (Host::Server, many)];
    let steps = told(&said(&things));
    let has = |step: usize, name| steps[step].values.iter().any(|(known, _)| *known == name);
    assert_eq!((value(&steps[2], "packed"), value(&steps[2], "size")), ("7", "5"));
    assert_eq!([has(2, "if_vain"), has(2, "if_gains")], [true, false]);
    assert_eq!(value(&steps[3], "packed"), "6");
    assert_eq!([has(3, "if_vain"), has(3, "if_gains")], [false, true], "{:?}", steps[3].values);
}
