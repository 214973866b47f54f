//! What a segment means in its conversation.

use super::analysis::Analysis;
use super::seen::SackRanges;
use crate::event::{Host, TcpState};

/// An end's state before and after a frame; `None`: it can't be known from what was captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transition {
    /// The sender's before it sent, the receiver's before it received.
    pub before: Option<TcpState>,
    /// Once both have handled the frame.
    pub after: Option<TcpState>,
}

/// Both ends' states before and after a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transitions {
    /// The client's.
    pub client: Transition,
    /// The server's.
    pub server: Transition,
}

impl Transitions {
    pub(super) fn new(from: Host, sender: Transition, receiver: Transition) -> Transitions {
        match from {
            Host::Client => Transitions { client: sender, server: receiver },
            Host::Server => Transitions { client: receiver, server: sender },
        }
    }

    /// The one of `host`.
    pub fn of(&self, host: Host) -> Transition {
        match host {
            Host::Client => self.client,
            Host::Server => self.server,
        }
    }
}

/// A segment's place in its conversation. "Relative" numbers count from the sender's first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The frame that carries it.
    pub frame: u64,
    /// Wireshark's `tcp.stream`.
    pub stream: u32,
    /// Who sent it.
    pub from: Host,
    /// Relative sequence number.
    pub seq: u32,
    /// Sequence number on the wire.
    pub seq_raw: u32,
    /// Relative acknowledgement number; `None` where the ACK flag is not set.
    pub ack: Option<u32>,
    /// The acknowledgement number's field, whatever the flag says.
    pub ack_raw: u32,
    /// The relative number after this segment; SYN and FIN take one each.
    pub next_seq: u32,
    /// Data bytes.
    pub len: u32,
    /// The window in bytes, scaled where both SYNs were seen and said so.
    pub window: u32,
    /// Whether it is known how the window is to be scaled.
    pub scale_known: bool,
    /// Both ends' states, inferred.
    pub states: Transitions,
    /// What TCP was doing.
    pub analysis: Analysis,
    /// Which parts of a conversation were seen before this segment, one bit each (Wireshark's `tcp.completeness`): SYN 1,
    /// SYN-ACK 2, ACK 4, data 8, FIN 16, RST 32.
    pub completeness: u8,
    /// The handshake's round trip in nanoseconds, from the SYN to the ACK that ends it; from that ACK on, in segments
    /// of which there is anything else to say.
    pub initial_rtt: Option<i64>,
    /// The first frame that carried the same bytes, if this one sends them again.
    pub retransmission_of: Option<u64>,
    /// The newest frame whose bytes this one confirms for the first time.
    pub acks_frame: Option<u64>,
    /// The frame from the other end that it crossed on the way: its sender had not heard that one yet when it sent this.
    pub crossed: Option<u64>,
    /// An RST that its receiver does not take, as its number lies outside of the window or it does not answer the SYN (RFC 9293,
    /// section 3.5.3), or is not the one awaited. What is not known speaks for it.
    pub ignored: bool,
    /// An RST that is ignored, and answered by an ACK: its number lies in the window, and is not the one awaited (RFC 9293, section
    /// 3.10.7.4). Where the capture has lost what lies before it, it was taken.
    pub challenged: bool,
    /// It shows that the client is the end that was taken for the server so far: `from` and `states` are right from here on.
    pub swapped: bool,
    /// What was said so far would have been taken for the other side's by who has not read ahead: the streams go on from here as if what
    /// was before had been forgotten.
    pub(in crate::flow) anew: bool,
    /// What has arrived beyond a gap, in the other direction's relative numbers.
    pub sack: SackRanges,
    /// From where the other direction's numbers count.
    pub(in crate::flow) other_base: u32,
}
