//! IP packets that were cut up on the way, put together again (RFC 791, section 3.2; RFC 8200, section 4.5).

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use crate::dissect::{Packet, Piece};

/// So many bytes of packets that are not yet whole are kept; the oldest go first.
const MAX_BYTES: usize = 4 << 20;
/// So many packets that are not yet whole are kept.
const MAX_PENDING: usize = 1024;
/// A payload can't be longer than IP's length can say.
const MAX_PAYLOAD: usize = 65_535;

/// What the parts of one packet have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    addresses: (IpAddr, IpAddr),
    identification: u32,
    /// IPv6's parts need not agree on it.
    protocol: Option<u8>,
}

/// The parts of one packet that have arrived.
#[derive(Debug, Default)]
struct Pending {
    /// By their place.
    parts: Vec<(usize, Vec<u8>)>,
    /// The payload's length, once the last part is there.
    length: Option<usize>,
    bytes: usize,
}

/// Keeps fragments until their packet is whole.
#[derive(Debug, Default)]
pub struct Fragments {
    pending: HashMap<Key, Pending>,
    /// The oldest first.
    order: VecDeque<Key>,
    bytes: usize,
    /// The payload that was made whole last.
    whole: Vec<u8>,
}

impl Fragments {
    /// One that has seen nothing yet.
    pub fn new() -> Fragments {
        Fragments::default()
    }

    /// Takes a packet as it was dissected; where it holds the last missing fragment of a larger one, it is given back with
    /// that one's headers, else as it came.
    #[inline]
    pub fn complete<'p>(&'p mut self, packet: Packet<'p>) -> Packet<'p> {
        if packet.fragment().is_none() { packet } else { self.complete_part(packet) }
    }

    fn complete_part<'p>(&'p mut self, packet: Packet<'p>) -> Packet<'p> {
        match packet.fragment() {
            Some(piece) => match self.add(piece) {
                Some(overlap) => packet.reassembled(&self.whole, overlap),
                None => packet,
            },
            None => packet,
        }
    }

    /// Whether any parts overlap, if this was the last missing one; the payload is then in `whole`.
    fn add(&mut self, piece: &Piece<'_>) -> Option<bool> {
        let end = piece.offset + piece.bytes.len();
        if end > MAX_PAYLOAD {
            return None;
        }
        let protocol = piece.addresses.0.is_ipv4().then_some(piece.protocol);
        let key = Key { addresses: piece.addresses, identification: piece.identification, protocol };
        self.make_room(&key, piece.bytes.len());
        let pending = self.pending.entry(key).or_default();
        let place = pending.parts.partition_point(|(offset, _)| *offset <= piece.offset);
        pending.parts.insert(place, (piece.offset, piece.bytes.to_vec()));
        pending.bytes += piece.bytes.len();
        self.bytes += piece.bytes.len();
        if !piece.more {
            pending.length.get_or_insert(end);
        }
        let overlap = pending.join(&mut self.whole)?;
        self.forget(&key);
        self.order.retain(|other| *other != key);
        Some(overlap)
    }

    fn make_room(&mut self, key: &Key, wanted: usize) {
        if !self.pending.contains_key(key) {
            self.order.push_back(*key);
        }
        while self.order.len() > MAX_PENDING || (self.bytes + wanted > MAX_BYTES && self.order.len() > 1) {
            if let Some(oldest) = self.order.pop_front() {
                self.forget(&oldest);
            }
        }
    }

    fn forget(&mut self, key: &Key) {
        if let Some(gone) = self.pending.remove(key) {
            self.bytes -= gone.bytes;
        }
    }
}

impl Pending {
    /// Puts the payload into `whole` if every byte of it is there, and says whether any is there twice. Where parts overlap, the one
    /// that begins first counts.
    fn join(&self, whole: &mut Vec<u8>) -> Option<bool> {
        whole.clear();
        let length = self.length?;
        let mut overlap = false;
        for (offset, part) in &self.parts {
            if *offset > whole.len() {
                return None;
            }
            overlap |= *offset < whole.len() && !part.is_empty();
            whole.extend_from_slice(part.get(whole.len() - offset..).unwrap_or_default());
        }
        let complete = whole.len() >= length;
        whole.truncate(length);
        complete.then_some(overlap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::{Buffer, Checksum};
    use crate::frame::{Frame, LinkType};

    /// An IPv4 packet, or a part of one; the header's checksum is made right.
    fn ipv4(id: u8, more: bool, offset: usize, bytes: &[u8]) -> Vec<u8> {
        let [high, low] = ((offset / 8) as u16).to_be_bytes();
        let mut packet =
            vec![0x45, 0, 0, 20 + bytes.len() as u8, 0, id, high | u8::from(more) << 5, low, 64, 17];
        packet.extend([0, 0, 10, 7, 0, 1, 10, 7, 0, 2]);
        let sum: u32 = packet.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
        let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
        packet.extend(bytes);
        packet
    }

    fn frame(bytes: &[u8]) -> Frame<'_> {
        Frame { number: 1, time: None, link: LinkType::RawIp, interface: None, bytes, original_len: 20 }
    }

    /// A datagram without checksum: 24 bytes.
    const DATAGRAM: &[u8] = b"\x9c\x40\x00\x35\x00\x18\x00\x00hello, fragments";

    #[test]
    fn the_last_part_to_arrive_makes_it_whole() {
        let mut fragments = Fragments::new();
        let parts = [ipv4(1, false, 16, &DATAGRAM[16..]), ipv4(1, true, 0, &DATAGRAM[..8])];
        for part in &parts {
            assert!(fragments.complete(Packet::new(frame(part))).udp().is_none());
        }
        let last = ipv4(1, true, 8, &DATAGRAM[8..16]);
        let whole = fragments.complete(Packet::new(frame(&last)));
        let udp = whole.udp().unwrap();
        assert_eq!((udp.source_port(), udp.payload()), (Some(40000), &b"hello, fragments"[..]));
        assert_eq!(udp.checksum_status(), Some(Checksum::NotPresent));
        assert_eq!(whole.layers().last().map(|layer| layer.span().buffer), Some(Buffer::Reassembled));
        drop(whole);
        assert_eq!((fragments.bytes, fragments.pending.len(), fragments.order.len()), (0, 0, 0));
    }

    #[test]
    fn parts_that_overlap_are_put_together_and_told() {
        for (end, told) in [(8, vec![]), (16, vec!["ip.fragment.overlap"])] {
            let mut fragments = Fragments::new();
            let parts = [ipv4(1, true, 0, &DATAGRAM[..end]), ipv4(1, false, 8, &DATAGRAM[8..])];
            assert!(fragments.complete(Packet::new(frame(&parts[0]))).udp().is_none());
            let whole = fragments.complete(Packet::new(frame(&parts[1])));
            assert!(whole.udp().is_some());
            let names = whole.fields().into_iter().map(|field| field.name);
            assert_eq!(names.filter(|name| name.contains("overlap")).collect::<Vec<_>>(), told);
        }
    }

    #[test]
    fn parts_of_different_packets_do_not_mix() {
        let mut fragments = Fragments::new();
        let (first, last) = (ipv4(1, true, 0, &DATAGRAM[..8]), ipv4(2, false, 8, &DATAGRAM[8..]));
        assert!(fragments.complete(Packet::new(frame(&first))).udp().is_none());
        assert!(fragments.complete(Packet::new(frame(&last))).udp().is_none());
    }

    #[test]
    fn what_never_gets_whole_does_not_fill_the_memory() {
        let mut fragments = Fragments::new();
        let part = ipv4(0, true, 0, &[0; 200]);
        let packet = Packet::new(frame(&part));
        let mut piece = *packet.fragment().unwrap();
        for round in 0..40_000u32 {
            piece.addresses.0 = [10, 0, (round >> 8) as u8, round as u8].into();
            assert_eq!(fragments.add(&piece), None);
        }
        assert!(fragments.bytes <= MAX_BYTES && fragments.pending.len() <= MAX_PENDING);
    }
}
