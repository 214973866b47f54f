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

/// The same with the pseudo-header that TCP, UDP and ICMPv6 put before themselves (RFC 9293 3.1, RFC 8200 8.1). `told` is
/// what the checksum's field says: a kernel that leaves the work to the network card puts the pseudo-header's sum there.
pub(super) fn adds_up_with_addresses(addresses: &[u8], protocol: u8, bytes: &[u8], told: u64) -> Checksum {
    let length = (bytes.len() as u32).to_be_bytes();
    let pseudo = Sum16BitWords::new().add_slice(addresses).add_2bytes([0, protocol]).add_4bytes(length);
    let verdict = verdict(pseudo.clone().add_slice(bytes).ones_complement());
    // etherparse sums in the computer's own byte order.
    let unfinished = !pseudo.ones_complement().to_be();
    if verdict == Checksum::Bad && told == u64::from(unfinished) { Checksum::Unfinished } else { verdict }
}

fn verdict(left_over: u16) -> Checksum {
    if left_over == 0 { Checksum::Good } else { Checksum::Bad }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ports, length, checksum, two bytes of data.
    fn datagram(checksum: u16) -> Vec<u8> {
        let mut bytes = vec![0x9c, 0x40, 0x00, 0x35, 0, 10, 0, 0, b'h', b'i'];
        bytes.splice(6..8, checksum.to_be_bytes());
        bytes
    }

    #[test]
    fn a_checksum_that_was_left_to_the_network_card_is_told_from_a_bad_one() {
        let addresses = [10, 0, 0, 1, 10, 0, 0, 2];
        // 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 17 + 10: the pseudo-header's sum, by hand.
        let pseudo = 0x141e;
        let check = |told: u16| adds_up_with_addresses(&addresses, 17, &datagram(told), told.into());
        assert_eq!(check(pseudo), Checksum::Unfinished);
        assert_eq!(check(pseudo + 1), Checksum::Bad);
        let whole = !(u32::from(pseudo) + 0x9c40 + 0x0035 + 10 + 0x6869);
        let right = (whole as u16).wrapping_sub(1);
        assert_eq!(check(right), Checksum::Good);
    }
}
