//! What both sides say on their streams, whatever they speak: HTTP, and WebSocket behind its Upgrade.
//!
//! A [`Talk`] is given what the [reassembly](super::stream) hands on of all conversations, and tells what comes of it
//! ([`Said`]). [`Talks`] does both for packets, and gathers what is to be told with each of them ([`Findings`]).
//! As in Wireshark, a connection is a WebSocket from its 101 on, whatever is wrong with the handshake.

mod findings;
mod http;
mod sockets;
mod talks;
mod verdict;
mod websocket;

use crate::flow::http::{Event, Http, Switched, To};
use crate::flow::stream::Given;
use crate::flow::websocket as ws;
use sockets::Sockets;

pub use self::http::HttpMessage;
pub use self::websocket::{Content, WebSocketFrame};
#[cfg(test)]
pub(super) use findings::labels;
pub use findings::{Conflict, Findings, is_stream_field};
pub(super) use findings::{kind_of, names};
pub use talks::Talks;
pub use verdict::{Must, Severity, Verdict, rules};

/// One thing that was said.
#[derive(Debug)]
pub enum Said<'a> {
    /// In HTTP; of a direction that is WebSocket by now its bytes are not told.
    Http(Event<'a>),
    /// In WebSocket.
    WebSocket {
        /// Wireshark's `tcp.stream`.
        stream: u32,
        /// What.
        event: ws::Event<'a>,
    },
}

/// Follows what is said in every conversation.
#[derive(Debug, Default)]
pub struct Talk {
    http: Http,
    sockets: Sockets,
}

impl Talk {
    /// With the limits that each protocol has.
    pub fn new() -> Talk {
        Talk::default()
    }

    /// Takes what was handed on next; `sink` gets all that comes of it, in order.
    pub fn push(&mut self, given: &Given<'_>, sink: &mut dyn FnMut(Said<'_>)) {
        let Talk { http, sockets } = self;
        http.push(given, &mut |event| told(event, sockets, sink));
        match given {
            Given::Forgotten(stream) => sockets.finish(*stream, sink),
            Given::Anew(side) => sockets.finish(side.stream, sink),
            _ => {}
        }
    }

    /// No more comes: what is not complete is told, and all is forgotten.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Said<'_>)) {
        let Talk { http, sockets } = self;
        http.finish(&mut |event| told(event, sockets, sink));
        sockets.finish_all(sink);
    }
}

/// What HTTP tells goes on; what is behind it goes to WebSocket, where it is that.
fn told(event: Event<'_>, sockets: &mut Sockets, sink: &mut dyn FnMut(Said<'_>)) {
    match &event {
        Event::Upgrade(upgrade) => sockets.agree(upgrade),
        Event::Switched(switched) => {
            let stream = switched.answer.side.stream;
            if is_websocket(switched) || sockets.is_expected(stream) {
                sockets.open(stream);
            }
        }
        Event::Raw(chunk) if sockets.is_open(chunk.side.stream) => return sockets.bytes(chunk, sink),
        Event::RawHole(hole) if sockets.is_open(hole.side.stream) => return sockets.hole(hole, sink),
        Event::RawEnd(ending) if sockets.is_open(ending.side.stream) => return sockets.end(ending, sink),
        _ => {}
    }
    sink(Said::Http(event));
}

fn is_websocket(switched: &Switched) -> bool {
    matches!(&switched.to, To::Protocol(name) if name.eq_ignore_ascii_case(b"websocket"))
}
