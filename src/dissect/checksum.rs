//! The Internet checksum (RFC 1071), and when it can be verified.

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
    /// Where it goes in the end, if that is not what the IP header says.
    pub(super) last_stop: Instead,
    /// Who sent it, likewise.
    pub(super) sender: Instead,
}

/// By how much the pseudo-header's sum changes where another address counts than the one in the IP header: that of the last stop of
/// a route that is still to be followed (RFC 8200, section 8.1), or a travelling host's own (RFC 6275, section 6.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Instead(u16);

impl Instead {
    /// `counts` is the address that counts, `stands` the one in the IP header.
    pub(super) fn of(counts: &[u8], stands: &[u8]) -> Instead {
        // Ones' complement: what is inverted is taken away.
        Instead(folded(sum(counts) + u64::from(!folded(sum(stands)))))
    }
}

/// Whether `bytes`, which hold their own checksum, add up.
pub(super) fn adds_up(bytes: &[u8]) -> Checksum {
    verdict(sum(bytes))
}

/// The same with the pseudo-header that TCP, UDP and ICMPv6 put before themselves (RFC 9293 3.1, RFC 8200 8.1). `told` is
/// what the checksum's field says: a kernel that leaves the work to the network card puts the pseudo-header's sum there.
#[inline]
pub(super) fn adds_up_with_addresses(around: Around<'_>, protocol: u8, bytes: &[u8], told: u64) -> Checksum {
    let [a, b, c, d] = (bytes.len() as u32).to_be_bytes();
    let length = halves(u64::from_le_bytes([a, b, c, d, 0, protocol, 0, 0]));
    let instead = u64::from(around.last_stop.0) + u64::from(around.sender.0);
    let pseudo = sum(around.addresses) + instead + length;
    let verdict = verdict(pseudo + sum(bytes));
    let unfinished = folded(pseudo).swap_bytes();
    if verdict == Checksum::Bad && told == u64::from(unfinished) { Checksum::Unfinished } else { verdict }
}

fn verdict(sum: u64) -> Checksum {
    if folded(sum) == u16::MAX { Checksum::Good } else { Checksum::Bad }
}

/// The sum of all pairs of bytes, the last one filled up with nothing. A pair's first byte is its lower half: so it can be read as it lies
/// in the memory of most computers, and the sum only has its two bytes exchanged (RFC 1071, section 2 (B)). Not folded yet: what is
/// added at once is four bytes, of which the carry stands above.
#[inline]
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    // Two sums that do not wait for each other: one with its carry brought down each time takes fewer instructions, and longer.
    let (mut low, mut high) = (0, 0);
    for word in words {
        let word = u64::from_le_bytes(*word);
        low += word & 0xffff_ffff;
        high += word >> 32;
    }
    let last = match bytes.last_chunk::<8>() {
        _ if rest.is_empty() => 0,
        // The last eight bytes, without those that were added already.
        Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * rest.len()),
        None => rest.iter().rfold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    low + high + halves(last)
}

#[inline(always)]
fn halves(word: u64) -> u64 {
    (word & 0xffff_ffff) + (word >> 32)
}

/// A sum with its carries added to it until there are none.
#[inline]
fn folded(sum: u64) -> u16 {
    let mut left = (sum & 0xffff_ffff) + (sum >> 32);
    while left > 0xffff {
        left = (left & 0xffff) + (left >> 16);
    }
    left as u16
}

#[cfg(test)]
mod tests {
    use etherparse::checksum::Sum16BitWords;

    use super::*;

    /// Ports, length, checksum, two bytes of data.
    fn datagram(checksum: u16) -> Vec<u8> {
        let mut bytes = vec![0x9c, 0x40, 0x00, 0x35, 0, 10, 0, 0, b'h', b'i'];
        bytes.splice(6..8, checksum.to_be_bytes());
        bytes
    }

    #[test]
    fn the_sum_is_etherparses() {
        let bytes: Vec<u8> = (0..3000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let all_ones = [0xff; 3000];
        for bytes in [bytes.as_slice(), &all_ones, &[0; 3000]] {
            for (from, len) in
                (0..8).flat_map(|from| [0, 1, 7, 8, 9, 20, 1459, 1460, 2990].map(|len| (from, len)))
            {
                let some = &bytes[from..from + len];
                let theirs = Sum16BitWords::new().add_slice(some).ones_complement().to_be();
                assert_eq!(!folded(sum(some)).swap_bytes(), theirs, "{len} from {from}");
            }
        }
    }

    #[test]
    fn a_checksum_that_was_left_to_the_network_card_is_told_from_a_bad_one() {
        let addresses = [10, 0, 0, 1, 10, 0, 0, 2];
        // 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 17 + 10: the pseudo-header's sum, by hand.
        let pseudo = 0x141e;
        let around = Around { addresses: &addresses, ..Around::default() };
        let check = |told: u16| adds_up_with_addresses(around, 17, &datagram(told), told.into());
        assert_eq!(check(pseudo), Checksum::Unfinished);
        assert_eq!(check(pseudo + 1), Checksum::Bad);
        let whole = !(u32::from(pseudo) + 0x9c40 + 0x0035 + 10 + 0x6869);
        let right = (whole as u16).wrapping_sub(1);
        assert_eq!(check(right), Checksum::Good);
    }

    #[test]
    fn another_address_counts_as_if_it_stood_in_the_header() {
        let (stands, counts) = ([10, 0, 0, 1, 10, 0, 0, 2], [10, 0, 0, 1, 192, 168, 255, 254]);
        for told in [0, 1, 0x1234, 0x99bb, 0xfffe] {
            let header = Around { addresses: &counts, ..Around::default() };
            let last_stop = Instead::of(&counts[4..], &stands[4..]);
            let routed = Around { addresses: &stands, last_stop, ..Around::default() };
            let datagram = datagram(told);
            let check = |around| adds_up_with_addresses(around, 17, &datagram, told.into());
            assert_eq!(check(routed), check(header), "{told}");
        }
    }
}
