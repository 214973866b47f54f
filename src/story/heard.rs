//! What comes of one segment: what the programs say in it, as far as it is complete.

use crate::event::Host;
use crate::flow::http::Upgrade;
use crate::flow::talk::{HttpMessage, Verdict, WebSocketFrame};
use crate::flow::websocket::{Answer, MessageKind, OnClose};

use super::sealed::TlsSaid;

/// A message of HTTP.
#[derive(Debug)]
pub(super) struct HttpSaid {
    pub(super) message: HttpMessage,
    /// It asks for WebSocket.
    pub(super) asks: bool,
    /// It asks a proxy for a tunnel, or says that there is one.
    pub(super) tunnel: bool,
    /// What came of the handshake that it answers.
    pub(super) upgrade: Option<Box<Upgrade>>,
    pub(super) carried: Carried,
    /// Why its body is no whole one, in a sentence.
    pub(super) cut: Option<String>,
    pub(super) verdicts: Vec<Verdict>,
    /// It came out of TLS.
    pub(super) inside: bool,
}

/// Which frames of the capture carried something.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    /// Those with bytes of it: the last one first.
    pub(super) frames: Vec<u64>,
    /// In how many segments it came; `None` where there were too many to know each.
    pub(super) segments: Option<u64>,
    /// The frame that shows that it is complete, where that has no byte of it: a FIN, what filled a hole before it.
    pub(super) shown_by: Option<u64>,
    /// The other side's frame that shows that all of it was taken, where that was in doubt: its checksum was wrong.
    pub(super) taken_by: Option<u64>,
}

impl Carried {
    /// All of them: the one first that completes it.
    pub(super) fn all(&self) -> Vec<u64> {
        self.shown_by.into_iter().chain(self.frames.iter().copied()).collect()
    }
}

/// What a WebSocket frame does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Which part of its message it is, from 0; `None` for one that belongs to none.
    Part(Option<u64>),
    Ping,
    Pong(Answer),
    /// The other side had said goodbye before.
    Close {
        answers: bool,
    },
    Unknown,
    /// Its length is none, so it never ends.
    NoLength,
}

/// The message that a frame completes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole {
    pub(super) kind: MessageKind,
    pub(super) compressed: bool,
    /// The frame of the capture with its first byte.
    pub(super) first: u64,
    pub(super) wire_len: u64,
    pub(super) len: Option<u64>,
}

/// A frame of WebSocket.
#[derive(Debug)]
pub(super) struct FrameSaid {
    pub(super) frame: WebSocketFrame,
    pub(super) does: Does,
    /// Its sender had said goodbye before, so it is not answered.
    pub(super) late: bool,
    /// The client said it before it was answered: only the 101 behind it shows what it is.
    pub(super) early: bool,
    pub(super) whole: Option<Whole>,
    pub(super) carried: Carried,
    pub(super) verdicts: Vec<Verdict>,
    /// What the referee said of it before it was complete: that stands with the segments that prove it.
    pub(super) proved: Vec<Verdict>,
    /// It came out of TLS.
    pub(super) inside: bool,
}

impl FrameSaid {
    /// All that the referee says of it.
    pub(super) fn judged(&self) -> impl Iterator<Item = &Verdict> {
        self.proved.iter().chain(&self.verdicts)
    }
}

/// One thing that a segment completes.
#[derive(Debug)]
pub(super) enum Completed {
    Tls(Box<TlsSaid>),
    Http(Box<HttpSaid>),
    Frame(Box<FrameSaid>),
    /// What should answer a request is no HTTP, and begins so.
    NotHttp {
        from: Host,
        start: Vec<u8>,
        /// The request was one for WebSocket.
        asked: bool,
    },
    /// So many more, and a verdict for each rule that they break.
    More {
        from: Host,
        count: u64,
        verdicts: Vec<Verdict>,
    },
}

/// All that comes of one segment.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) completed: Vec<Completed>,
    /// The referee's words about what is not complete, or is no frame.
    pub(super) verdicts: Vec<Verdict>,
    /// From here on nobody can know where anything begins that this side says.
    pub(super) lost: Option<Host>,
    /// What the client's program is told at the end.
    pub(super) onclose: Option<OnClose>,
    /// It is told something that can't be read.
    pub(super) unread: bool,
    /// It is told of an error first: the client had to fail the connection.
    pub(super) onerror: bool,
    /// What the server's program is told where the page was left, so that nobody is there to be told.
    pub(super) page_left: Option<OnClose>,
}
