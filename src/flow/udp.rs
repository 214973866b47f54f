//! UDP: datagrams between the same two ends, either way. There is no handshake and no end.

use std::net::SocketAddr;

use super::digest::Member;
use super::key::Key;
use super::register::Keyed;
use super::tcp::Seen;
use super::{Carries, Tally};
use crate::event::Host;

/// The datagrams between two addresses and ports.
#[derive(Debug)]
pub struct Exchange {
    /// Wireshark's `udp.stream`.
    pub stream: u32,
    /// The frame that it was first heard of in.
    pub first_frame: u64,
    /// Frames, bytes and times.
    pub tally: Tally,
    /// What its first datagram looks like.
    pub carries: Carries,
    pub(super) key: Key,
    /// Who spoke first is the key's lower end.
    lower_first: bool,
}

impl Keyed for Exchange {
    fn key(&self) -> &Key {
        &self.key
    }
}

impl Exchange {
    pub(super) fn new(stream: u32, member: &Member) -> Exchange {
        let Member { key, from_lower, seen: Seen { frame, .. }, .. } = *member;
        Exchange {
            stream,
            first_frame: frame,
            tally: Tally::default(),
            carries: Carries::default(),
            key,
            lower_first: from_lower,
        }
    }

    /// Who spoke first, in the table the client; and the other.
    pub fn ends(&self) -> (SocketAddr, SocketAddr) {
        let (low, high) = self.key.ends();
        if self.lower_first { (low, high) } else { (high, low) }
    }

    pub(super) fn count(&mut self, member: &Member) {
        if self.tally.packets() == 0 {
            // It may have been known from an ICMP error's quotation only.
            self.lower_first = member.from_lower;
        }
        let from = if member.from_lower == self.lower_first { Host::Client } else { Host::Server };
        self.tally.add(from, member.len, member.seen.time);
        self.carries = self.carries.with(member.carries);
    }
}
