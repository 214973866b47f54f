//! The line of JavaScript at the client that makes a step, and the handler that one fires (WHATWG WebSockets Standard).
//!
//! What stands in quotation marks was said by the peers: it is written as JavaScript would write it, and cut.

use crate::event::Host;
use crate::flow::http::{Head, StartLine};
use crate::flow::websocket::{Answer, OnClose};

use super::heard::{Does, FrameSaid};
use super::hears;
use super::undecided::Fate;
use super::values::{LOOKED_AT, start_of};

/// So many subprotocols are.
const PROTOCOLS: usize = 4;

/// `new WebSocket(...)`, as far as the request tells: whether TLS is below it is not in it.
pub(super) fn asks(head: &Head, inside_tls: bool) -> Option<String> {
    let StartLine::Request { target, .. } = head.start() else { return None };
    let host = head.fields().value("host")?;
    let scheme: &[u8] = if inside_tls { b"wss://" } else { b"ws://" };
    let url = string(&[scheme, host, target.bytes].concat());
    let protocols: Vec<String> =
        head.fields().members("sec-websocket-protocol").take(PROTOCOLS).map(string).collect();
    Some(if protocols.is_empty() {
        format!("new WebSocket({url})")
    } else {
        format!("new WebSocket({url}, [{}])", protocols.join(", "))
    })
}

/// The answer was right.
pub(super) fn opens(protocol: Option<&[u8]>) -> String {
    match protocol {
        Some(protocol) => format!("onopen; socket.protocol is {}", string(protocol)),
        None => "onopen fires".to_owned(),
    }
}

/// It was not, or there was none.
pub(super) fn fails() -> String {
    let never = OnClose { code: 1006, reason: String::new(), was_clean: Some(false) };
    ends(&never, true)
}

/// The last handlers: a client that had to fail the connection tells of an error first.
pub(super) fn ends(onclose: &OnClose, onerror: bool) -> String {
    let closes = closes(onclose);
    if onerror { format!("onerror, then {}", closes.replacen(" fires", "", 1)) } else { closes }
}

/// The last handler, where the close frame that it is told may have come and can't be read.
pub(super) fn ends_unread() -> String {
    "onclose fires; what it is told can't be read here".to_owned()
}

/// The server's, where the page is gone.
pub(super) fn ends_at_server(onclose: &OnClose) -> String {
    format!("on(\"close\") with code {}", onclose.code)
}

fn closes(onclose: &OnClose) -> String {
    let OnClose { code, reason, was_clean } = onclose;
    let clean = match was_clean {
        Some(clean) => clean.to_string(),
        None => "not known: whether the client answered can't be read here".to_owned(),
    };
    format!("onclose fires: code {code}, reason {}, wasClean {clean}", string(reason.as_bytes()))
}

/// What a frame has to do with the client's program; `None` where nothing shows there, or no line of it can be told.
pub(super) fn of_frame(said: &FrameSaid) -> Option<String> {
    let frame = &said.frame;
    match (frame.from, said.does) {
        (Host::Client, Does::Part(_)) => {
            said.whole?;
            Some(match frame.text() {
                Some(text) => format!("socket.send({})", string(text)),
                None => "socket.send(bytes)".to_owned(),
            })
        }
        (Host::Server, Does::Part(_)) => {
            let whole = said.whole?;
            match frame.text() {
                Some(text) => Some(format!("onmessage fires: event.data is {}", string(text))),
                None if is_binary(whole.kind) => {
                    let len = whole.len?;
                    Some(format!("onmessage fires: event.data is a Blob of {len} bytes"))
                }
                None => None,
            }
        }
        (Host::Client, Does::Pong(Answer::To { .. } | Answer::Unknown)) => {
            Some("none; a browser answers a ping by itself".to_owned())
        }
        (Host::Client, Does::Close { answers: true }) => {
            Some("none; a browser answers a close frame by itself".to_owned())
        }
        (Host::Client, Does::Close { answers: false }) => match (frame.close_code, frame.close_reason()) {
            (None, _) if frame.payload.is_empty() => Some("socket.close()".to_owned()),
            (Some(code @ (1000 | 3000..=4999)), None) => Some(format!("socket.close({code})")),
            (Some(code @ (1000 | 3000..=4999)), Some(reason)) => {
                Some(format!("socket.close({code}, {})", string(reason)))
            }
            (Some(1001), _) => Some("none; a browser says so when the page is left".to_owned()),
            _ => None,
        },
        (Host::Server, Does::Ping) => Some("no handler fires; a browser keeps pings to itself".to_owned()),
        _ => None,
    }
}

/// What a frame has to do with the server's program, if that is one of Node's `ws`.
/// `closing`: it has said goodbye, and still reads.
pub(super) fn of_frame_at_server(said: &FrameSaid, closing: bool) -> Option<String> {
    let frame = &said.frame;
    match (frame.from, said.does) {
        (Host::Client, Does::Part(_)) => said.whole.map(|_| message_at_server(Fate::Taken)),
        (Host::Server, Does::Part(_)) => {
            said.whole?;
            Some(match frame.text() {
                Some(text) => format!("ws.send({})", string(text)),
                None => "ws.send(bytes)".to_owned(),
            })
        }
        (Host::Client, Does::Ping) if closing => Some("on(\"ping\")".to_owned()),
        (Host::Client, Does::Ping) => Some("on(\"ping\"); ws answers by itself".to_owned()),
        (Host::Server, Does::Ping) => Some("ws.ping()".to_owned()),
        (Host::Client, Does::Pong(Answer::To { .. })) => Some("on(\"pong\")".to_owned()),
        // So it fails a connection: who broke a rule, or said too much.
        (Host::Server, Does::Close { answers: false }) if hears::fails(frame.close_code) => {
            Some("on(\"error\"); ws closes by itself".to_owned())
        }
        (Host::Server, Does::Close { answers: false }) => match (frame.close_code, frame.close_reason()) {
            (None, _) if frame.payload.is_empty() => Some("ws.close()".to_owned()),
            (Some(code @ (1000..=1001 | 1003 | 1008 | 1010..=1014 | 3000..=4999)), None) => {
                Some(format!("ws.close({code})"))
            }
            (Some(code @ (1000..=1001 | 1003 | 1008 | 1010..=1014 | 3000..=4999)), Some(reason)) => {
                Some(format!("ws.close({code}, {})", string(reason)))
            }
            _ => None,
        },
        _ => None,
    }
}

/// What becomes of a message at a server of Node's `ws`.
pub(super) fn message_at_server(fate: Fate) -> String {
    let fires = "on(\"message\")";
    match fate {
        Fate::Taken => fires.to_owned(),
        Fate::Refused(code) => format!("no {fires}: ws refuses it with {code}"),
        Fate::Unless(code) => format!("{fires}, unless ws refuses this one or one before, with {code}"),
        Fate::Broken => format!("{fires}, if ws read it before the connection broke"),
        Fate::Unknown => format!("{fires}, if ws takes it"),
    }
}

/// A message comes to a page that has called `close()`.
pub(super) fn too_late() -> String {
    "no handler fires, for socket.close() was called before".to_owned()
}

fn is_binary(kind: crate::flow::websocket::MessageKind) -> bool {
    kind == crate::flow::websocket::MessageKind::Binary
}

/// As a string of JavaScript, on one line.
fn string(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(LOOKED_AT)).unwrap_or_default());
    let (start, more) = start_of(&text);
    let mut out = String::from("\"");
    for c in start.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    if more {
        out.push('…');
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_written_as_javascript_has_it() {
        assert_eq!(string(b"My name is John"), r#""My name is John""#);
        assert_eq!(string(b"a\"b\\c\nd\x1b[31m"), r#""a\"b\\c\nd\u001b[31m""#);
    }

    #[test]
    fn a_long_string_is_cut_where_more_than_a_few_letters_are_left_out() {
        for long in [25, 41, 42, 80] {
            assert_eq!(string("ö".repeat(long).as_bytes()), format!("\"{}\"", "ö".repeat(long)));
        }
        for (long, c) in [(81, "x"), (81, "ö"), (81, "🦀"), (1 << 20, "x"), (1 << 20, "🦀")] {
            assert_eq!(string(c.repeat(long).as_bytes()), format!("\"{}…\"", c.repeat(40)), "{long}");
        }
    }

    #[test]
    fn what_the_last_handler_is_told() {
        let onclose = OnClose { code: 1000, reason: "bye".to_owned(), was_clean: Some(true) };
        assert_eq!(closes(&onclose), r#"onclose fires: code 1000, reason "bye", wasClean true"#);
        assert!(fails().contains("code 1006"));
    }
}
