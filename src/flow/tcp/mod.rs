//! TCP: one conversation, from its first segment to its last.

mod analysis;
mod end;
mod ending;
mod flight;
mod moment;
mod opening;
mod scale;
mod seen;
mod segment;
mod seq;
mod state;

use std::net::SocketAddr;
use std::num::NonZeroU64;

use super::Tally;
use super::digest::Member;
use super::key::Key;
use crate::event::Host;
use opening::Opening;

pub use analysis::Analysis;
pub use end::End;
pub use ending::{Ended, Outcome};
pub(super) use flight::Flights;
pub(super) use moment::Moment;
pub(super) use seen::Seen;
pub use seen::{SackRanges, SynOptions};
pub use segment::{Segment, Transition, Transitions};

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

/// A TCP conversation: both directions between two addresses and ports, one incarnation. What every segment needs stands
/// together, in as few lines of a processor's cache as possible.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Conversation {
    pub(super) key: Key,
    /// The client is the key's lower end.
    client_lower: bool,
    /// How much of the beginning was seen.
    pub began: Began,
    /// Wireshark's `tcp.stream`.
    pub stream: u32,
    opening: Opening,
    /// Frames, bytes and times.
    pub tally: Tally,
    /// Segments pushed so far.
    pub(super) segments: u32,
    client_end: End,
    server_end: End,
    /// The frame in which it begins.
    pub first_frame: u64,
    /// The frame that it was first heard of in: an ICMP error may have quoted it before.
    pub(super) first_heard: u64,
    /// How many segments carried what had been sent before.
    pub retransmissions: u32,
    /// How many segments came after later ones.
    pub out_of_order: u32,
    /// How often something before a segment was missing.
    pub lost: u32,
}

/// What a segment needs to know beside itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context {
    /// It begins another conversation on ports that were used before.
    pub(super) reused_ports: bool,
    /// Whether it reached the other host, where that is known.
    pub(super) arrival: Option<bool>,
}

impl Conversation {
    /// The same for one that begins on addresses and ports that were used before.
    pub(super) fn again(stream: u32, seen: &Seen, member: &Member) -> Conversation {
        Conversation { opening: Opening::again(), ..Conversation::new(stream, seen, member) }
    }

    /// Which parts of it were seen so far (Wireshark's `tcp.completeness`).
    pub(super) fn parts(&self) -> u8 {
        self.opening.parts()
    }

    pub(super) fn new(stream: u32, seen: &Seen, member: &Member) -> Conversation {
        let (began, from_client) = match (seen.syn, seen.ack.is_some()) {
            (true, false) => (Began::SynSeen, true),
            (true, true) => (Began::SynAckSeen, false),
            _ => (Began::MidStream, true),
        };
        Conversation {
            stream,
            key: member.key,
            client_lower: member.from_lower == from_client,
            began,
            first_frame: seen.frame,
            first_heard: seen.frame,
            client_end: End::default(),
            server_end: End::default(),
            segments: 0,
            opening: Opening::default(),
            tally: Tally::default(),
            retransmissions: 0,
            out_of_order: 0,
            lost: 0,
        }
    }

    /// Whether this segment is a SYN of another incarnation: the same addresses and ports, used again.
    pub(super) fn is_over_with(&self, seen: &Seen, member: &Member) -> bool {
        if !seen.syn || seen.ack.is_some() {
            return false;
        }
        let sender = self.end(self.sender(member));
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
        let (low, high) = self.key.ends();
        if (host == Host::Client) == self.client_lower { low } else { high }
    }

    /// Who connected; where no SYN was seen, who spoke first.
    pub fn client(&self) -> SocketAddr {
        self.address(Host::Client)
    }

    /// Who was connected to.
    pub fn server(&self) -> SocketAddr {
        self.address(Host::Server)
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

    fn sender(&self, member: &Member) -> Host {
        if member.from_lower == self.client_lower { Host::Client } else { Host::Server }
    }

    /// Takes the next segment. `LEAN`: leaves out both ends' states, and which frame carried what.
    #[inline(always)]
    pub(super) fn push<const LEAN: bool>(
        &mut self,
        seen: &Seen,
        member: &Member,
        context: Context,
        flights: &mut Flights,
    ) -> Segment {
        let stream = self.stream;
        let arrives = context.arrival != Some(false);
        let first = self.segments == 0;
        if first {
            // It may have been made for a segment that an ICMP error quoted.
            let Conversation { opening, tally, first_heard, .. } = *self;
            *self = Conversation { opening, tally, first_heard, ..Conversation::new(stream, seen, member) };
            if !LEAN {
                self.client_end.recent = Some(Box::default());
                self.server_end.recent = Some(Box::default());
            }
        }
        let from = self.sender(member);
        let mid_stream = self.began == Began::MidStream;
        self.segments = self.segments.saturating_add(1);
        let completeness = self.opening.parts();
        // What the analysis goes by was measured before this segment.
        let known_rtt = self.opening.first_rtt();
        self.opening.take(seen, first);
        let first_rtt = self.opening.first_rtt();
        let (sender, receiver) = self.ends(from);
        let starts_anew = sender.count_from(seen, flights);
        if let Some(ack) = seen.ack {
            receiver.base.get_or_insert(ack.wrapping_sub(1));
        }
        if seen.syn {
            sender.take_syn(seen);
            sender.scale.offered(seen, &mut receiver.scale);
        }
        let (mut analysis, mut remarkable) =
            analysis::analyse::<LEAN>(seen, sender, receiver, known_rtt, flights);
        analysis.reused_ports = context.reused_ports || starts_anew;
        remarkable |= analysis.reused_ports;
        let (sent, mut received, crossed) =
            if LEAN { Default::default() } else { state::step(seen, sender, receiver, first, mid_stream) };
        if LEAN {
        } else if !arrives {
            receiver.state = received.before;
            received.after = received.before;
        } else if received.before != received.after {
            receiver.certain = context.arrival == Some(true);
            receiver.moved_by = NonZeroU64::new(seen.frame);
        }
        let (window, scale_known) = scaled(seen, sender, receiver);
        let carried = if LEAN { None } else { sender.recent.as_ref().filter(|_| analysis.is_repeat()) };
        let retransmission_of = carried.and_then(|recent| recent.carrying(seen.seq));
        let heard = if LEAN { None } else { seen.ack.zip(receiver.recent.as_ref()) };
        let acks_frame = heard.and_then(|(ack, recent)| recent.confirmed(receiver.acked, ack));
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
            sack: SackRanges::default(),
            other_base,
        };
        if seen.syn && !LEAN {
            match seen.ack {
                None => sender.asks_again = sender.next.is_some() && arrives,
                Some(_) => receiver.asks_again = false,
            }
        }
        sender.sent::<LEAN>(seen, window);
        sender.broke_off |= seen.rst && !receiver.broke_off;
        if arrives && !LEAN {
            receiver.heard(seen);
        }
        self.count(&analysis);
        segment
    }

    /// Reads a little of everything that the next segment will need, so that the processor has it at hand by then.
    #[inline]
    pub(super) fn touch(&self, flights: &Flights) -> u32 {
        self.stream ^ self.segments ^ self.client_end.touch(flights) ^ self.server_end.touch(flights)
    }

    /// Takes a segment that can't be followed further, as its header claims more than there is. That it was there counts.
    pub(super) fn glimpse(&mut self, seen: &Seen) {
        self.opening.take(seen, self.segments == 0);
    }

    /// Counts the frame that carries a segment.
    pub(super) fn count_frame(&mut self, member: &Member) {
        self.tally.add(self.sender(member), member.len, member.seen.time, member.carries);
    }

    fn count(&mut self, analysis: &Analysis) {
        let again = analysis.retransmission | analysis.fast_retransmission | analysis.spurious_retransmission;
        if again | analysis.out_of_order | analysis.lost_segment {
            self.retransmissions += u32::from(again);
            self.out_of_order += u32::from(analysis.out_of_order);
            self.lost += u32::from(analysis.lost_segment);
        }
    }
}

/// The window in bytes, and whether that is sure: a SYN's own is never scaled, others are when both SYNs had the option (RFC
/// 7323, section 2.2). Where only the sender's was captured, that one is believed, as in Wireshark.
fn scaled(seen: &Seen, sender: &End, receiver: &End) -> (u32, bool) {
    if seen.syn {
        return (seen.window.into(), true);
    }
    (sender.scale.of(seen.window), sender.syn_options.is_some() && receiver.syn_options.is_some())
}
