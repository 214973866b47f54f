//! TCP: one conversation, from its first segment to its last.

mod analysis;
mod end;
mod opening;
mod seen;
mod segment;
mod seq;
mod state;

use std::net::SocketAddr;

use crate::event::Host;
use opening::Opening;

pub use analysis::Analysis;
pub use end::{End, SynOptions};
pub(super) use seen::Seen;
pub use segment::{SackRanges, Segment, Transition, Transitions};

/// How much of a conversation's beginning is in the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    /// Its first segment here is the SYN.
    SynSeen,
    /// Its first segment here is the SYN-ACK.
    SynAckSeen,
    /// The capture starts in the middle of it.
    MidStream,
}

/// A TCP conversation: both directions between two addresses and ports, one incarnation.
#[derive(Debug)]
pub struct Conversation {
    /// Wireshark's `tcp.stream`.
    pub stream: u32,
    /// Who connected; where no SYN was seen, who spoke first.
    pub client: SocketAddr,
    /// Who was connected to.
    pub server: SocketAddr,
    /// How much of the beginning was seen.
    pub began: Began,
    /// The frame in which it begins.
    pub first_frame: u64,
    client_end: End,
    server_end: End,
    /// Segments pushed so far.
    pub(super) segments: u64,
    opening: Opening,
}

impl Conversation {
    /// The same for one that begins on addresses and ports that were used before.
    pub(super) fn again(stream: u32, seen: &Seen<'_>) -> Conversation {
        Conversation { opening: Opening::again(), ..Conversation::new(stream, seen) }
    }

    /// Which parts of it were seen so far (Wireshark's `tcp.completeness`).
    pub(super) fn parts(&self) -> u8 {
        self.opening.parts()
    }

    pub(super) fn new(stream: u32, seen: &Seen<'_>) -> Conversation {
        let (began, client, server) = match (seen.syn, seen.ack.is_some()) {
            (true, false) => (Began::SynSeen, seen.src, seen.dst),
            (true, true) => (Began::SynAckSeen, seen.dst, seen.src),
            _ => (Began::MidStream, seen.src, seen.dst),
        };
        Conversation {
            stream,
            client,
            server,
            began,
            first_frame: seen.frame,
            client_end: End::default(),
            server_end: End::default(),
            segments: 0,
            opening: Opening::default(),
        }
    }

    /// Whether this segment is a SYN of another incarnation: the same addresses and ports, used again.
    pub(super) fn is_over_with(&self, seen: &Seen<'_>) -> bool {
        if !seen.syn || seen.ack.is_some() {
            return false;
        }
        let sender = self.end(self.sender(seen));
        sender.base.is_some_and(|base| base != seen.seq)
    }

    /// One of the two ends.
    pub fn end(&self, host: Host) -> &End {
        match host {
            Host::Client => &self.client_end,
            Host::Server => &self.server_end,
        }
    }

    /// One of the two ends' address.
    pub fn address(&self, host: Host) -> SocketAddr {
        match host {
            Host::Client => self.client,
            Host::Server => self.server,
        }
    }

    /// The client's first sequence number, if its SYN was seen.
    pub fn client_isn(&self) -> Option<u32> {
        self.client_end.isn
    }

    /// The server's first sequence number, if its SYN was seen.
    pub fn server_isn(&self) -> Option<u32> {
        self.server_end.isn
    }

    fn ends(&mut self, sender: Host) -> (&mut End, &mut End) {
        match sender {
            Host::Client => (&mut self.client_end, &mut self.server_end),
            Host::Server => (&mut self.server_end, &mut self.client_end),
        }
    }

    fn sender(&self, seen: &Seen<'_>) -> Host {
        if seen.src == self.client { Host::Client } else { Host::Server }
    }

    /// Takes the next segment.
    pub(super) fn push(&mut self, seen: &Seen<'_>, reused_ports: bool, arrival: Option<bool>) -> Segment {
        let stream = self.stream;
        let arrives = arrival != Some(false);
        let first = self.segments == 0;
        if first {
            // It may have been made for a segment that an ICMP error quoted.
            *self = Conversation { opening: self.opening, ..Conversation::new(stream, seen) };
        }
        let from = self.sender(seen);
        let mid_stream = self.began == Began::MidStream;
        self.segments += 1;
        let completeness = self.opening.parts();
        self.opening.take(seen, first);
        let first_rtt = self.opening.first_rtt();
        let (sender, receiver) = self.ends(from);
        let starts_anew = sender.count_from(seen);
        if let Some(ack) = seen.ack {
            receiver.base.get_or_insert(ack.wrapping_sub(1));
        }
        if seen.syn {
            sender.take_syn(seen);
        }
        let (mut analysis, remarkable) = analysis::analyse(seen, sender, receiver, first_rtt);
        analysis.reused_ports = reused_ports || starts_anew;
        let (sent, mut received, crossed) = state::step(seen, sender, receiver, first, mid_stream);
        if !arrives {
            receiver.state = received.before;
            received.after = received.before;
        } else if received.before != received.after {
            receiver.certain = arrival == Some(true);
            receiver.moved_by = Some(seen.frame);
        }
        let (window, scale_known) = scaled(seen, sender, receiver);
        let retransmission_of = if analysis.is_repeat() { sender.recent.carrying(seen.seq) } else { None };
        let acks_frame = seen.ack.and_then(|ack| receiver.recent.confirmed(receiver.acked, ack));
        let base = sender.base.unwrap_or(seen.seq);
        let other_base = receiver.base.unwrap_or(0);
        let segment = Segment {
            frame: seen.frame,
            stream,
            from,
            seq: seen.seq.wrapping_sub(base),
            seq_raw: seen.seq,
            ack: seen.ack.map(|ack| ack.wrapping_sub(other_base)),
            ack_raw: seen.ack_raw,
            next_seq: seen.end().wrapping_sub(base).wrapping_sub((seen.syn && seen.fin).into()),
            len: seen.len,
            window,
            scale_known,
            states: Transitions::new(from, sent, received),
            analysis,
            completeness,
            initial_rtt: first_rtt.filter(|_| remarkable),
            retransmission_of,
            acks_frame,
            crossed,
            sack: SackRanges::new(seen.tcp, other_base),
        };
        if seen.syn {
            match seen.ack {
                None => sender.asks_again = sender.next.is_some() && arrives,
                Some(_) => receiver.asks_again = false,
            }
        }
        sender.sent(seen, window);
        if arrives {
            receiver.heard(seen);
        }
        segment
    }
}

/// The window in bytes: a SYN's own is never scaled, others are when both SYNs had the option (RFC 7323, section 2.2).
fn scaled(seen: &Seen<'_>, sender: &End, receiver: &End) -> (u32, bool) {
    let window = u32::from(seen.window);
    match (&sender.syn_options, &receiver.syn_options) {
        _ if seen.syn => (window, true),
        (Some(own), Some(other)) => match (own.window_scale, other.window_scale) {
            (Some(shift), Some(_)) => (window << shift.min(14), true),
            _ => (window, true),
        },
        _ => (window, false),
    }
}
