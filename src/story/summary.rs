//! What a story came to.

use std::time::Duration;

use crate::event::{Host, Sockets};
use crate::flow::stream::Said;
use crate::flow::talk::Verdict;
use crate::flow::websocket::OnClose;

/// How the conversation went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Opened by a handshake and closed by both sides.
    Closed,
    /// Opened by a handshake, and still open when the capture ended.
    Open,
    /// The handshake was not finished when the capture ended.
    Unfinished,
    /// The SYN was answered by an RST.
    Refused,
    /// The SYN was not answered.
    NoAnswer,
    /// Cut by an RST after it was open.
    Reset,
    /// It had begun before the capture did.
    MidStream,
    /// An ICMP error said that the way was closed.
    Unreachable,
    /// No segment of it was seen.
    Empty,
}

impl Outcome {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Closed => "closed",
            Outcome::Open => "open",
            Outcome::Unfinished => "unfinished",
            Outcome::Refused => "refused",
            Outcome::NoAnswer => "no_answer",
            Outcome::Reset => "reset",
            Outcome::MidStream => "mid_stream",
            Outcome::Unreachable => "unreachable",
            Outcome::Empty => "empty",
        }
    }
}

/// What it all came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How it ended.
    pub outcome: Outcome,
    /// Whose frames alone are in the capture, where they show that the other side answers.
    pub only: Option<Host>,
    /// Frames in the story: the conversation's, and its neighbours'.
    pub frames: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
    /// Payload bytes that the client sent, each counted once.
    pub client_said: u64,
    /// Payload bytes that the server sent, each counted once.
    pub server_said: u64,
    /// What became of the client's byte stream: what came out, what is missing.
    pub client_stream: Said,
    /// The same of the server's.
    pub server_stream: Said,
    /// How often a segment came from the other side than the one before it.
    pub turns: u32,
    /// From the SYN to the ACK that ends the handshake.
    pub handshake: Option<Duration>,
    /// How much of that its frames were held on the wire.
    pub handshake_held: Duration,
    /// Who broke the connection off, if somebody did.
    pub reset_by: Option<Host>,
    /// Frames that the handshake took.
    pub handshake_frames: u32,
    /// From the first frame to the last.
    pub duration: Option<Duration>,
    /// Copies that were kept back.
    pub absorbed: u64,
    /// Frames that vanished on the wire.
    pub dropped: u64,
    /// Frames that the capture lost because its buffer was full.
    pub lost: u64,
    /// The last look at both kernels.
    pub sockets: Option<Sockets>,
    /// What the client's program is told at the end of a WebSocket that no two FINs ended; else a step says it.
    pub onclose: Option<OnClose>,
    /// It is told of an error before that: the client had to fail the connection.
    pub onerror: bool,
    /// It is told something that can't be read: bytes are missing, or can't be taken apart.
    pub onclose_unread: bool,
    /// What the referee says only at the end.
    pub verdicts: Vec<Verdict>,
}

impl Summary {
    /// What became of the byte stream of `host`.
    pub fn stream(&self, host: Host) -> &Said {
        match host {
            Host::Client => &self.client_stream,
            Host::Server => &self.server_stream,
        }
    }
}
