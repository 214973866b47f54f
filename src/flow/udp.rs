//! UDP: datagrams between the same two ends, either way. There is no handshake and no end.

use std::net::SocketAddr;

use super::{Digest, Moment, Tally};
use crate::event::Host;

/// The datagrams between two addresses and ports.
#[derive(Debug)]
pub struct Exchange {
    /// Wireshark's `udp.stream`.
    pub stream: u32,
    /// The frame that it was first heard of in.
    pub first_frame: u64,
    /// Who spoke first: in the table the client.
    pub first: SocketAddr,
    /// The other one.
    pub second: SocketAddr,
    /// Frames, bytes and times.
    pub tally: Tally,
}

impl Exchange {
    pub(super) fn new(stream: u32, first: SocketAddr, second: SocketAddr, first_frame: u64) -> Exchange {
        Exchange { stream, first_frame, first, second, tally: Tally::default() }
    }

    pub(super) fn count(&mut self, src: SocketAddr, digest: &Digest) {
        if self.tally.packets() == 0 && src == self.second {
            // It was known from an ICMP error's quotation only.
            std::mem::swap(&mut self.first, &mut self.second);
        }
        let from = if src == self.first { Host::Client } else { Host::Server };
        self.tally.add(from, digest.len, Moment::from(digest.time), digest.carries);
    }
}
