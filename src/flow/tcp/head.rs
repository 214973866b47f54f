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

/// How sure it is which end is the client. So small a number, and in this order, that one look tells whether a segment has to be
/// looked at for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Roles(u8);

impl Roles {
    /// No segment of its own was seen: it is only known from what an ICMP error quotes.
    const UNBEGUN: Roles = Roles(0);
    /// No SYN was seen, and nothing that only one side says: the lower port is taken for the server's.
    const GUESSED: Roles = Roles(Carries::TELLS as u8);
    const KNOWN: Roles = Roles(u8::MAX);
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
    roles: Roles,
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
        let began = match (seen.syn(), seen.has_ack()) {
            (true, false) => Began::SynSeen,
            (true, true) => Began::SynAckSeen,
            _ => Began::MidStream,
        };
        let from_client = match said_by(seen, member) {
            Some(from) => from == Host::Client,
            None => from_higher_port(member),
        };
        Head {
            key: member.key,
            client_lower: member.from_lower == from_client,
            began,
            roles: Roles::UNBEGUN,
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
        if self.has_begun() {
            return false;
        }
        let Head { opening, carries, last, first, first_heard, .. } = *self;
        let new = Head::new(seen, member, false);
        let roles = if said_by(seen, member).is_some() { Roles::KNOWN } else { Roles::GUESSED };
        *self = Head { opening, carries, last, first, first_heard, roles, ..new };
        true
    }

    /// Whether a segment of its own was seen.
    #[inline]
    pub(super) fn has_begun(&self) -> bool {
        self.roles != Roles::UNBEGUN
    }

    /// Whether a segment shows nothing of who the client is that is not known, and is not the first.
    #[inline(always)]
    pub(super) fn has_roles_for(&self, member: &Member) -> bool {
        (member.carries as u8) < self.roles.0
    }

    /// Whether nothing has shown so far which end is the client.
    pub(in crate::flow) fn are_roles_guessed(&self) -> bool {
        self.began == Began::MidStream && self.roles != Roles::KNOWN
    }

    /// Takes what a segment shows of who the client is; says whether it is the other end, so that what was kept of the two must
    /// change places.
    #[inline]
    pub(super) fn learn_roles(&mut self, seen: &Seen, member: &Member) -> bool {
        if self.roles == Roles::KNOWN {
            return false;
        }
        let Some(from) = said_by(seen, member) else { return false };
        let swapped = from != self.sender(member);
        self.roles = Roles::KNOWN;
        self.client_lower ^= swapped;
        swapped
    }

    /// Takes from somebody who knows it which end is the client of a conversation that has just begun in the middle; says whether
    /// that is the other end than would have been guessed.
    pub(super) fn take_roles(&mut self, client: SocketAddr) -> bool {
        let (low, high) = self.key.ends();
        let turns = self.are_roles_guessed() && client == if self.client_lower { high } else { low };
        self.client_lower ^= turns;
        turns
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
        self.opening.take(seen, !self.has_begun());
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

/// Who sends such a segment; `None` where either end may.
fn said_by(seen: &Seen, member: &Member) -> Option<Host> {
    match (seen.syn(), seen.has_ack()) {
        (true, false) => Some(Host::Client),
        (true, true) => Some(Host::Server),
        _ => member.carries.said_by(),
    }
}

/// Whether a segment comes from the higher port, where both have the same: whether it was seen first. Systems draw a client's port
/// from the upper ones (RFC 6335, section 6), so that mostly it is the client's.
fn from_higher_port(member: &Member) -> bool {
    let [low, high] = member.key.ports();
    let (own, other) = if member.from_lower { (low, high) } else { (high, low) };
    own >= other
}

/// Whether this segment, from `sender`, is a SYN of another incarnation: the same addresses and ports, used again.
#[inline]
pub(super) fn begins_another(seen: &Seen, sender: &Side) -> bool {
    seen.syn() && !seen.has_ack() && sender.base().is_some_and(|base| base != seen.seq)
}
