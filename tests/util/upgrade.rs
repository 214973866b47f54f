//! Finds where an HTTP/1.1 connection turns into a WebSocket: as little of HTTP as the captures of the tests need.

#![allow(dead_code, reason = "each test file uses its part of this")]

use netlab::flow::stream::{Chunk, Given};
use netlab::flow::websocket::{Conversation, Deflate, Event, Negotiated, Shared};

/// One TCP connection, which may become a WebSocket.
#[derive(Default)]
pub(crate) struct Connection {
    /// What each side has said before the 101, and what came of both in its order.
    heads: [Vec<u8>; 2],
    waiting: Vec<Held>,
    websocket: Option<Conversation>,
}

enum Held {
    Bytes { chunk: Chunk<'static>, bytes: Vec<u8> },
    Other(Given<'static>),
}

/// The end of the first head in `bytes`, its empty line included.
fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn asks(head: &str) -> bool {
    header(head, "upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// Where the bytes begin that follow the head which `wanted` accepts.
fn behind(bytes: &[u8], wanted: impl Fn(&str) -> bool) -> Option<(usize, String)> {
    let mut at = 0;
    loop {
        let end = at + head_end(&bytes[at..])?;
        let head = String::from_utf8_lossy(&bytes[at..end]).into_owned();
        if wanted(&head) {
            return Some((end, head));
        }
        at = end + header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        if at > bytes.len() {
            return None;
        }
    }
}

fn deflate(head: &str) -> Option<Deflate> {
    let value = header(head, "sec-websocket-extensions")?;
    let mut parts = value.split(';').map(str::trim);
    if parts.next() != Some("permessage-deflate") {
        return None;
    }
    let mut deflate = Deflate::default();
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let bits = value.trim_matches('"').parse().ok();
        match name {
            "server_no_context_takeover" => deflate.server_no_context_takeover = true,
            "client_no_context_takeover" => deflate.client_no_context_takeover = true,
            "server_max_window_bits" => deflate.server_max_window_bits = bits,
            "client_max_window_bits" => deflate.client_max_window_bits = bits,
            other => panic!("an unknown parameter: {other}"),
        }
    }
    Some(deflate)
}

fn still(given: &Given<'_>) -> Option<Given<'static>> {
    match given {
        Given::Hole(hole) => Some(Given::Hole(*hole)),
        Given::End(ending) => Some(Given::End(*ending)),
        _ => None,
    }
}

impl Connection {
    /// Whether the 101 was seen.
    pub(crate) fn upgraded(&self) -> bool {
        self.websocket.is_some()
    }

    pub(crate) fn push(&mut self, given: &Given<'_>, shared: &mut Shared, sink: &mut dyn FnMut(Event<'_>)) {
        if let Some(websocket) = &mut self.websocket {
            return websocket.push(given, shared, sink);
        }
        match given {
            Given::Bytes(chunk) => {
                self.heads[chunk.side.from as usize].extend_from_slice(chunk.bytes);
                let still = Chunk { bytes: &[], ..*chunk };
                self.waiting.push(Held::Bytes { chunk: still, bytes: chunk.bytes.to_vec() });
            }
            other => self.waiting.extend(still(other).map(Held::Other)),
        }
        self.try_upgrade(shared, sink);
    }

    fn try_upgrade(&mut self, shared: &mut Shared, sink: &mut dyn FnMut(Event<'_>)) {
        let [client, server] = &self.heads;
        let Some((answered, head)) = behind(server, |head| head.starts_with("HTTP/1.1 101")) else { return };
        let Some((asked, _)) = behind(client, asks) else { return };
        let negotiated = Negotiated {
            deflate: deflate(&head),
            subprotocol: header(&head, "sec-websocket-protocol").map(str::to_owned),
        };
        let mut websocket = Conversation::new(&negotiated);
        let mut passed = [asked, answered];
        for held in self.waiting.drain(..) {
            match held {
                Held::Other(given) => websocket.push(&given, shared, sink),
                Held::Bytes { chunk, bytes } => {
                    let left = &mut passed[chunk.side.from as usize];
                    let skip = bytes.len().min(*left);
                    *left -= skip;
                    let (offset, at) = (chunk.offset + skip as u64, chunk.at + skip);
                    if skip < bytes.len() {
                        let chunk = Chunk { offset, at, bytes: &bytes[skip..], ..chunk };
                        websocket.bytes(&chunk, shared, sink);
                    }
                }
            }
        }
        self.websocket = Some(websocket);
    }

    pub(crate) fn finish(&mut self, shared: &mut Shared, sink: &mut dyn FnMut(Event<'_>)) {
        if let Some(websocket) = &mut self.websocket {
            websocket.finish(shared, sink);
        }
    }
}
