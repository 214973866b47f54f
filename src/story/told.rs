//! What a [`Teller`](super::Teller) is asked and told, and what it gives.

use std::net::SocketAddr;
use std::time::Duration;

use crate::event::{Host, Sockets, Verdict};

use super::step::Step;

/// Which story is wanted.
#[derive(Clone, Debug, Default)]
pub struct Tell {
    /// Wireshark's `tcp.stream`.
    pub stream: u32,
    /// Both ends, where they are known beforehand: the neighbour frames that led to the conversation are then told too.
    pub ends: Option<(SocketAddr, SocketAddr)>,
    /// Whether it is known which of them is the client, though the first frame of the conversation may not show it.
    pub roles_known: bool,
    /// Whether the capture holds other conversations, so that a filter must name this one.
    pub several: bool,
    /// How many conversations between the same two ends come before it, where that is known beforehand, as `ends` then is:
    /// the segments of all others are passed over, for they can't change this one's story. A big capture is told the sooner.
    pub before: Option<u32>,
    /// Whether all that one segment completes of what the programs say is told one by one; else only the first few are.
    pub all: bool,
    /// What is known of the messages that the server refuses.
    pub refuses: Refuses,
}

/// What is known of the messages that the server of a WebSocket refuses for a reason that is on no wire: their length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refuses {
    /// Nothing: somebody else's server, live.
    #[default]
    Unknown,
    /// What follows in the recording shows it: steps wait for that, as far as there is room, and at most until
    /// [`finish`](super::Teller::finish).
    Recorded,
    /// Messages of more bytes than this; `None`: none for their length.
    Longer(Option<u64>),
}

/// What a live source knows of a frame beside its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Who sent it.
    pub from: Option<Host>,
    /// What both kernels said while it stood on the wire.
    pub sockets: Option<Sockets>,
    /// What the wire did with it.
    pub verdict: Option<Verdict>,
}

impl Seen {
    /// What is known of a frame of a capture: what the wire did with it, as netlab's own recording says in the frame's comment.
    pub fn of_comment(comment: Option<&str>) -> Seen {
        Seen { verdict: comment.and_then(verdict_of), ..Seen::default() }
    }
}

fn verdict_of(comment: &str) -> Option<Verdict> {
    match comment.split_whitespace().next() {
        Some("absorbed") if comment == "absorbed" => Some(Verdict::Absorbed),
        Some("background") if comment == "background" => Some(Verdict::Background),
        Some("dropped") if comment.starts_with("dropped by the wire · step ") => Some(Verdict::Dropped),
        Some("step") if comment.starts_with("step ") && comment.contains(" · ") => Some(Verdict::Passed),
        _ => None,
    }
}

/// A copy that was kept back while a frame was held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absorbed {
    /// Its number.
    pub frame: u64,
    /// Who sent it.
    pub from: Host,
    /// Since the first frame of the story.
    pub time: Option<Duration>,
    /// Since the newest step's frame.
    pub since: Option<Duration>,
}

/// What comes of a frame.
#[derive(Clone, Debug)]
pub enum Told {
    /// A step.
    Step(Box<Step>),
    /// A copy that makes no step.
    Absorbed(Absorbed),
}
