//! The Internet checksum (RFC 1071), and when it can be verified.

use etherparse::checksum::Sum16BitWords;

use super::field::Checksum;

/// What a transport header needs to know of the packet around it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around<'a> {
    /// Source and destination address, one after the other, as they stand in the IP header; empty where there is none.
    pub(super) addresses: &'a [u8],
    /// The transport's length by the headers before it, whatever was kept of it.
    pub(super) reported: usize,
    /// The first fragment of a datagram: its checksum covers more than this.
    pub(super) fragment: bool,
    /// Inside an ICMP error.
    pub(super) quoted: bool,
}

/// Whether `bytes`, which hold their own checksum, add up.
pub(super) fn adds_up(bytes: &[u8]) -> Checksum {
    verdict(Sum16BitWords::new().add_slice(bytes).ones_complement())
}

/// The same with the pseudo-header that TCP, UDP and ICMPv6 put before themselves (RFC 9293 3.1, RFC 8200 8.1).
pub(super) fn adds_up_with_addresses(addresses: &[u8], protocol: u8, bytes: &[u8]) -> Checksum {
    let length = (bytes.len() as u32).to_be_bytes();
    let mut sum = Sum16BitWords::new().add_slice(addresses).add_slice(bytes);
    sum = sum.add_2bytes([0, protocol]);
    verdict(sum.add_4bytes(length).ones_complement())
}

fn verdict(left_over: u16) -> Checksum {
    if left_over == 0 { Checksum::Good } else { Checksum::Bad }
}
