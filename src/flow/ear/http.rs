//! What is known of HTTP before WebSocket begins, where each head is whole in one segment.

use super::cutter::Frames;
use super::heads::{self, Answer, Request};
use super::line::Speech;
use crate::dissect::Buffer;
use crate::event::Host;
use crate::flow::stream::{Chunk, Ending, Given, Passed, Side};
use crate::flow::tls::may_begin;

/// Whole exchanges of HTTP.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Http {
    /// How many bytes of the last answer's body are still to come.
    body: u64,
    asked: Asked,
    /// There was an answer.
    answered: bool,
}

/// What waits for an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    #[default]
    Nothing,
    Page,
    Upgrade,
    /// It is no HTTP: the client has begun as TLS does.
    Tls,
}

impl Http {
    /// Whether nothing is asked or half told.
    pub(super) fn is_idle(&self) -> bool {
        self.body == 0 && self.asked == Asked::Nothing
    }

    /// What is known after some bytes; `None` where it takes a closer look.
    #[inline]
    pub(super) fn after(self, from: Host, bytes: &[u8]) -> Option<Speech> {
        if bytes.is_empty() {
            return Some(Speech::Http(self));
        }
        match (from, self.asked) {
            (Host::Client, Asked::Nothing) => {
                let asked = match heads::request(bytes) {
                    Some(Request::Page) => Asked::Page,
                    Some(Request::Upgrade) => Asked::Upgrade,
                    None if !self.answered && may_begin(bytes) => Asked::Tls,
                    None => return None,
                };
                Some(Speech::Http(Http { asked, ..self }))
            }
            (Host::Client, Asked::Tls) => Some(Speech::Http(self)),
            (Host::Client, _) => None,
            (Host::Server, Asked::Tls) => may_begin(bytes).then_some(Speech::Other),
            (Host::Server, _) if self.body > 0 => {
                let body = self.body.checked_sub(bytes.len() as u64)?;
                Some(Speech::Http(Http { body, ..self }))
            }
            (Host::Server, Asked::Nothing) => None,
            (Host::Server, asked) => {
                let (answer, head) = heads::answer(bytes)?;
                let rest = bytes.get(head..)?;
                match answer {
                    Answer::Page(length) => {
                        let body = length.checked_sub(rest.len() as u64)?;
                        Some(Speech::Http(Http { body, asked: Asked::Nothing, answered: true }))
                    }
                    Answer::Switch if asked == Asked::Upgrade => {
                        let mut frames = Frames::default();
                        frames.of(from).bytes(rest);
                        Some(Speech::Frames(frames))
                    }
                    Answer::Switch => None,
                }
            }
        }
    }

    /// What, handed to who has heard nothing yet, brings it to where this stands.
    pub(super) fn said(
        &self,
        stream: u32,
        (client, server): (Passed, Passed),
        sink: &mut dyn FnMut(Given<'_>),
    ) {
        if self.answered {
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", self.body);
            say(stream, Host::Client, PAGE, sink);
            say(stream, Host::Server, answer.as_bytes(), sink);
        }
        match self.asked {
            Asked::Nothing => {}
            Asked::Page => say(stream, Host::Client, PAGE, sink),
            Asked::Upgrade => say(stream, Host::Client, UPGRADE, sink),
            Asked::Tls => say(stream, Host::Client, HELLO, sink),
        }
        for (from, passed) in [(Host::Client, client), (Host::Server, server)] {
            if passed.ended {
                let side = Side { stream, from };
                sink(Given::End(Ending { side, offset: passed.next, frame: 0, reset: false }));
            }
        }
    }
}

const PAGE: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
const UPGRADE: &[u8] = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
const SWITCH: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
/// How a record of TLS begins.
const HELLO: &[u8] = b"\x16\x03\x01\x00\x01";

/// What brings it to where a conversation is WebSocket on both sides.
pub(super) fn opening(stream: u32, sink: &mut dyn FnMut(Given<'_>)) {
    say(stream, Host::Client, UPGRADE, sink);
    say(stream, Host::Server, SWITCH, sink);
}

fn say(stream: u32, from: Host, bytes: &[u8], sink: &mut dyn FnMut(Given<'_>)) {
    let side = Side { stream, from };
    sink(Given::Bytes(Chunk { side, offset: 0, bytes, frame: 0, buffer: Buffer::Frame, at: 0 }));
}
