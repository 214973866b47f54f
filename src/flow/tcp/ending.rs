//! How a conversation went, in one word for a table.

use super::head::{Began, Head};
use super::side::{Broke, Side};
use crate::event::Host;

impl Began {
    /// The word for it in tables and JSON: what the first segment was.
    pub fn word(self) -> &'static str {
        match self {
            Began::SynSeen => "SYN",
            Began::SynAckSeen => "SYN-ACK",
            Began::MidStream => "mid-stream",
        }
    }
}

/// How a conversation ended, as far as the capture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Both sides said goodbye with a FIN.
    Closed,
    /// The SYN was answered by an RST.
    Refused,
    /// An RST broke it off.
    Reset,
    /// Nothing ever answered the SYN.
    Unanswered,
    /// Only one side's frames are in the capture, and they show that the other side answers.
    OneSided,
    /// It had not ended when the capture did; one FIN alone does not end it.
    Open,
}

impl Ended {
    /// The word for it in tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Ended::Closed => "closed",
            Ended::Refused => "refused",
            Ended::Reset => "reset",
            Ended::Unanswered => "unanswered",
            Ended::OneSided => "one-sided",
            Ended::Open => "open",
        }
    }
}

/// How a conversation began and ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// From the three-way handshake to both FINs: as in the textbook.
    Textbook,
    /// The SYN was answered by an RST.
    Refused,
    /// An RST broke it off.
    Reset,
    /// Nothing ever answered the SYN.
    Unanswered,
    /// Only one side's frames are in the capture.
    OneSided,
    /// The capture starts in the middle of it, and no RST ends it.
    MidStream,
    /// It had not ended when the capture did.
    StillOpen,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Outcome; 7] = [
        Outcome::Textbook,
        Outcome::Refused,
        Outcome::Reset,
        Outcome::Unanswered,
        Outcome::OneSided,
        Outcome::MidStream,
        Outcome::StillOpen,
    ];

    /// The word for it in tables and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Textbook => "textbook",
            Outcome::Refused => "refused",
            Outcome::Reset => "reset",
            Outcome::Unanswered => "unanswered",
            Outcome::OneSided => "one-sided",
            Outcome::MidStream => "mid-stream",
            Outcome::StillOpen => "still open",
        }
    }
}

/// How it ended.
pub(in crate::flow) fn ended(began: Began, client: &Side, server: &Side) -> Ended {
    // Kernels like to follow both FINs with an RST; it ends nothing any more.
    if client.finished && server.finished {
        Ended::Closed
    } else if client.broke_off != Broke::No || server.broke_off != Broke::No {
        let refused = began == Began::SynSeen && !server.answered && server.broke_off != Broke::No;
        if refused && !server.talked && !client.talked { Ended::Refused } else { Ended::Reset }
    } else if is_one_sided(began, client, server) {
        Ended::OneSided
    } else if began == Began::SynSeen && !server.memory.has_spoken() {
        Ended::Unanswered
    } else {
        Ended::Open
    }
}

/// Whether only one side's frames are in the capture of a conversation that begins in it: the client confirms what nobody was seen to
/// say, or the server goes on behind a SYN-ACK that nobody was seen to confirm.
fn is_one_sided(began: Began, client: &Side, server: &Side) -> bool {
    match began {
        Began::SynSeen => !server.memory.has_spoken() && client.memory.last_ack().is_some(),
        Began::SynAckSeen => !client.memory.has_spoken() && (server.talked || server.finished),
        Began::MidStream => false,
    }
}

impl Ended {
    /// How a conversation that ended so began and ended.
    pub(in crate::flow) fn outcome(self, began: Began) -> Outcome {
        match (self, began) {
            (Ended::Reset, _) => Outcome::Reset,
            (Ended::Refused, _) => Outcome::Refused,
            (Ended::Unanswered, _) => Outcome::Unanswered,
            (Ended::OneSided, _) => Outcome::OneSided,
            (_, Began::MidStream) => Outcome::MidStream,
            (Ended::Closed, _) => Outcome::Textbook,
            (Ended::Open, _) => Outcome::StillOpen,
        }
    }

    /// Who broke it off, if anybody did.
    pub(in crate::flow) fn reset_by(self, client: &Side) -> Option<Host> {
        match self {
            Ended::Refused => Some(Host::Server),
            Ended::Reset if client.broke_off != Broke::No => Some(Host::Client),
            Ended::Reset => Some(Host::Server),
            _ => None,
        }
    }
}

/// The handshake's round trip in nanoseconds, from the SYN to the ACK that ends it, as at the place of the capture
/// (Wireshark's `tcp.analysis.initial_rtt`).
pub(in crate::flow) fn handshake_rtt(head: &Head, server: &Side) -> Option<i64> {
    head.opening.first_rtt().filter(|_| server.answered)
}
