//! What both sides say on their streams, whatever they speak: HTTP, and WebSocket behind its Upgrade.
//!
//! A [`Talk`] is given what the [reassembly](super::stream) hands on of all conversations, and tells what comes of it
//! ([`Said`]). [`Talks`] does both for packets, and gathers what is to be told with each of them ([`Findings`]).
//! As in Wireshark, a connection is a WebSocket from its 101 on, whatever is wrong with the handshake.
//!
//! What begins as TLS does is read by [`tls`](super::tls) first; what its keys open goes on to HTTP and WebSocket like what was
//! said in the open. So does TLS in a tunnel of HTTP (CONNECT).

mod findings;
mod http;
mod messages;
mod secure;
mod sockets;
mod talks;
mod tls;
mod verdict;
mod waiting;
mod websocket;

use crate::flow::http::{Event, Http, Switched, To};
use crate::flow::stream::Given;
use crate::flow::tls::{self as tls_stream, KeyLog, Version};
use crate::flow::websocket as ws;
use secure::Secure;
use sockets::Sockets;

pub use self::http::HttpMessage;
pub use self::websocket::{Content, WebSocketFrame};
#[cfg(test)]
pub(super) use findings::labels;
pub use findings::{Conflict, Findings, is_stream_field};
pub(super) use findings::{kind_of, label_of, names};
pub(super) use messages::Reading;
pub use messages::{MessageCounter, Messages};
pub use secure::{SecureLimits, SecureTotals};
pub use talks::Talks;
pub use tls::{TlsBody, TlsMessage, TlsRecord};
pub use verdict::{Must, Severity, Verdict, rules};
pub(crate) use waiting::Heads;

/// One thing that was said.
#[derive(Debug)]
pub enum Said<'a> {
    /// In TLS. What it hides is told behind it, where the keys open it: [`Event::given`](tls_stream::Event::given).
    Tls {
        /// Wireshark's `tcp.stream`.
        stream: u32,
        /// The version that both sides have agreed upon by then.
        version: Option<Version>,
        /// What.
        event: tls_stream::Event<'a>,
    },
    /// In HTTP; of a direction that is WebSocket or TLS by now its bytes are not told.
    Http(Event<'a>),
    /// In WebSocket.
    WebSocket {
        /// Wireshark's `tcp.stream`.
        stream: u32,
        /// What.
        event: ws::Event<'a>,
    },
}

/// TLS where it is spoken, and HTTP on what is readable.
#[derive(Debug, Default)]
struct Layer {
    secure: Secure,
    http: Http,
}

/// What comes of a layer.
enum Heard<'a> {
    Tls(u32, Option<Version>, tls_stream::Event<'a>),
    Http(Event<'a>),
}

impl<'a> From<Heard<'a>> for Said<'a> {
    fn from(heard: Heard<'a>) -> Said<'a> {
        match heard {
            Heard::Tls(stream, version, event) => Said::Tls { stream, version, event },
            Heard::Http(event) => Said::Http(event),
        }
    }
}

impl Layer {
    /// `open`: what is not TLS's own is read as HTTP; else it is left alone. Whether it was read.
    fn push(
        &mut self,
        given: &Given<'_>,
        keys: &KeyLog,
        open: bool,
        sink: &mut dyn FnMut(Heard<'_>),
    ) -> bool {
        let Layer { secure, http } = self;
        let hidden = secure.push(given, keys, &mut |stream, version, event| {
            unwrapped(stream, version, event, http, sink);
        });
        if !hidden && open {
            http.push(given, &mut |event| sink(Heard::Http(event)));
        }
        hidden || open
    }

    fn finish(&mut self, keys: &KeyLog, sink: &mut dyn FnMut(Heard<'_>)) {
        let Layer { secure, http } = self;
        secure.finish(keys, &mut |stream, version, event| unwrapped(stream, version, event, http, sink));
        http.finish(&mut |event| sink(Heard::Http(event)));
    }
}

/// Tells what TLS tells, and what it hides to HTTP.
fn unwrapped(
    stream: u32,
    version: Option<Version>,
    event: tls_stream::Event<'_>,
    http: &mut Http,
    sink: &mut dyn FnMut(Heard<'_>),
) {
    sink(Heard::Tls(stream, version, event));
    // A body that only its direction's end ends is whole here. For all else that is the end of TCP: WebSocket's is.
    let closes = event.closes().filter(|ending| http.lasts_until_close(ending.side)).map(Given::End);
    if let Some(given) = event.given().or(closes) {
        http.push(&given, &mut |event| sink(Heard::Http(event)));
    }
}

/// Follows what is said in every conversation.
#[derive(Debug, Default)]
pub struct Talk {
    keys: KeyLog,
    outer: Layer,
    /// What goes through tunnels of HTTP and is TLS.
    tunnelled: Layer,
    sockets: Sockets,
}

impl Talk {
    /// With the limits that each protocol has, and without keys.
    pub fn new() -> Talk {
        Talk::default()
    }

    /// With other limits for TLS.
    pub fn with_limits(limits: SecureLimits) -> Talk {
        let layer = || Layer { secure: Secure::with_limits(limits), http: Http::new() };
        Talk { outer: layer(), tunnelled: layer(), ..Talk::default() }
    }

    /// The keys that open TLS; more may be added at any time.
    pub fn keys_mut(&mut self) -> &mut KeyLog {
        &mut self.keys
    }

    /// What was seen of TLS so far.
    pub fn secure(&self) -> SecureTotals {
        let [mut all, more] = [&self.outer, &self.tunnelled].map(|layer| layer.secure.totals());
        all.conversations += more.conversations;
        all.known += more.known;
        all.older += more.older;
        all.opened += more.opened;
        all.forgotten += more.forgotten;
        all
    }

    /// How many bytes are kept of TLS, beside what every conversation needs, and how many conversations of it are followed.
    pub fn secure_kept(&self) -> (usize, usize) {
        let layers = [&self.outer.secure, &self.tunnelled.secure];
        (layers.map(Secure::kept).iter().sum(), layers.map(Secure::speaking).iter().sum())
    }

    /// Whether neither side of a conversation speaks HTTP: none will become WebSocket.
    pub(super) fn is_other(&self, stream: u32) -> bool {
        self.outer.http.is_other(stream)
    }

    /// Takes what was handed on next; `sink` gets all that comes of it, in order.
    pub fn push(&mut self, given: &Given<'_>, sink: &mut dyn FnMut(Said<'_>)) {
        let Talk { keys, outer, tunnelled, sockets } = self;
        outer.push(given, keys, true, &mut |heard| told(heard, keys, Some(tunnelled), sockets, sink));
        match given {
            Given::Forgotten(stream) => {
                tunnelled.push(given, keys, true, &mut |heard| told(heard, keys, None, sockets, sink));
                sockets.finish(*stream, sink);
            }
            Given::Anew(side) => sockets.finish(side.stream, sink),
            _ => {}
        }
    }

    /// No more comes: what is not complete is told, and all is forgotten.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Said<'_>)) {
        let Talk { keys, outer, tunnelled, sockets } = self;
        outer.finish(keys, &mut |heard| told(heard, keys, Some(tunnelled), sockets, sink));
        tunnelled.finish(keys, &mut |heard| told(heard, keys, None, sockets, sink));
        sockets.finish_all(sink);
    }
}

/// What is behind HTTP goes to WebSocket, where it is that, and to TLS, where that begins in a tunnel; all else is told.
fn told(
    heard: Heard<'_>,
    keys: &KeyLog,
    tunnelled: Option<&mut Layer>,
    sockets: &mut Sockets,
    sink: &mut dyn FnMut(Said<'_>),
) {
    let Heard::Http(event) = &heard else { return sink(heard.into()) };
    // What goes through a tunnel in TLS is no WebSocket, though one is inside of it.
    let hidden = |stream| tunnelled.as_ref().is_some_and(|layer| layer.secure.is_spoken(stream));
    let is_open = |stream| sockets.is_open(stream) && !hidden(stream);
    let raw = match event {
        Event::Upgrade(upgrade) => {
            sockets.agree(upgrade);
            None
        }
        Event::Switched(switched) => {
            let stream = switched.answer.side.stream;
            if is_websocket(switched) || sockets.is_expected(stream) {
                sockets.open(stream, switched.frame);
            }
            None
        }
        Event::Raw(chunk) if is_open(chunk.side.stream) => return sockets.bytes(chunk, sink),
        Event::RawHole(hole) if is_open(hole.side.stream) => return sockets.hole(hole, sink),
        Event::RawEnd(ending) if is_open(ending.side.stream) => return sockets.end(ending, sink),
        Event::Raw(chunk) => Some(Given::Bytes(*chunk)),
        Event::RawHole(hole) => Some(Given::Hole(*hole)),
        Event::RawEnd(ending) => Some(Given::End(*ending)),
        _ => None,
    };
    if let (Some(layer), Some(given)) = (tunnelled, raw)
        && layer.push(&given, keys, false, &mut |heard| told(heard, keys, None, sockets, sink))
    {
        return;
    }
    sink(heard.into());
}

fn is_websocket(switched: &Switched) -> bool {
    matches!(&switched.to, To::Protocol(name) if name.eq_ignore_ascii_case(b"websocket"))
}
