//! What is kept of a conversation as a whole, whoever follows it.

use std::mem::offset_of;
use std::net::SocketAddr;

use super::analysis::Analysis;
use super::moment::Moment;
use super::opening::Opening;
use super::seen::Seen;
use super::side::Side;
use crate::event::Host;
use crate::flow::Carries;
use crate::flow::digest::Member;
use crate::flow::key::Key;
use crate::flow::tally::span;

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

/// Who with whom, since when, and what went wrong: two lines of a processor's cache. What each segment is looked up or noted in is in
/// the first.
#[derive(Debug)]
#[repr(C, align(64))]
pub(in crate::flow) struct Head {
    pub(in crate::flow) key: Key,
    /// The client is the key's lower end.
    client_lower: bool,
    /// How much of the beginning was seen.
    pub(in crate::flow) began: Began,
    /// A segment of its own was seen: it is not only known from what an ICMP error quotes.
    pub(super) begun: bool,
    /// What its first bytes look like.
    pub(in crate::flow) carries: Carries,
    pub(super) opening: Opening,
    /// When its last frame was seen, and when its first.
    pub(in crate::flow) last: Moment,
    pub(in crate::flow) first: Moment,
    /// The frame that it was first heard of in: an ICMP error may have quoted it before.
    pub(in crate::flow) first_heard: u64,
    /// How many segments carried what had been sent before.
    pub(in crate::flow) retransmissions: u32,
    /// How many segments came after later ones.
    pub(in crate::flow) out_of_order: u32,
    /// How often something before a segment was missing.
    pub(in crate::flow) lost: u32,
}

const _: () = assert!(size_of::<Head>() == 128 && offset_of!(Head, first) == 64);

impl Head {
    /// `again`: its addresses and ports were used before.
    pub(super) fn new(seen: &Seen, member: &Member, again: bool) -> Head {
        let (began, from_client) = match (seen.syn(), seen.has_ack()) {
            (true, false) => (Began::SynSeen, true),
            (true, true) => (Began::SynAckSeen, false),
            _ => (Began::MidStream, true),
        };
        Head {
            key: member.key,
            client_lower: member.from_lower == from_client,
            began,
            begun: false,
            carries: Carries::default(),
            opening: if again { Opening::again() } else { Opening::default() },
            last: Moment::UNKNOWN,
            first: Moment::UNKNOWN,
            first_heard: seen.frame,
            retransmissions: 0,
            out_of_order: 0,
            lost: 0,
        }
    }

    /// Takes the first segment of its own; says whether this is it. It may have been made for one that an ICMP error quoted.
    #[inline]
    pub(super) fn begin(&mut self, seen: &Seen, member: &Member) -> bool {
        if self.begun {
            return false;
        }
        let Head { opening, carries, last, first, first_heard, .. } = *self;
        let new = Head::new(seen, member, false);
        *self = Head { opening, carries, last, first, first_heard, begun: true, ..new };
        true
    }

    /// The client's address, and the server's.
    #[inline]
    pub(in crate::flow) fn ends(&self) -> (SocketAddr, SocketAddr) {
        let (low, high) = self.key.ends();
        if self.client_lower { (low, high) } else { (high, low) }
    }

    /// One of the two ends' address.
    pub(in crate::flow) fn address(&self, host: Host) -> SocketAddr {
        let (low, high) = self.key.ends();
        if (host == Host::Client) == self.client_lower { low } else { high }
    }

    #[inline]
    pub(super) fn sender(&self, member: &Member) -> Host {
        if member.from_lower == self.client_lower { Host::Client } else { Host::Server }
    }

    /// Takes a segment that can't be followed further, as its header claims more than there is. That it was there counts.
    pub(super) fn glimpse(&mut self, seen: &Seen) {
        self.opening.take(seen, !self.begun);
    }

    /// Notes the frame that carries a segment; its sender counts it.
    #[inline]
    pub(super) fn note_frame(&mut self, member: &Member) {
        span(&mut self.first, &mut self.last, member.seen.time);
        self.carries = self.carries.with(member.carries);
    }

    #[inline]
    pub(super) fn count(&mut self, analysis: &Analysis) {
        let again = analysis.retransmission | analysis.fast_retransmission | analysis.spurious_retransmission;
        if again | analysis.out_of_order | analysis.lost_segment {
            self.retransmissions += u32::from(again);
            self.out_of_order += u32::from(analysis.out_of_order);
            self.lost += u32::from(analysis.lost_segment);
        }
    }
}

/// Whether this segment, from `sender`, is a SYN of another incarnation: the same addresses and ports, used again.
#[inline]
pub(super) fn begins_another(seen: &Seen, sender: &Side) -> bool {
    seen.syn() && !seen.has_ack() && sender.base().is_some_and(|base| base != seen.seq)
}
