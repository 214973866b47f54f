//! What makes two packets belong to one conversation: the same two ends, whichever of them sends.

use std::hash::BuildHasher;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::OnceLock;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Seeded anew in every run, so that no capture can be made to fill one place of an index.
static SEED: OnceLock<DefaultHashBuilder> = OnceLock::new();

/// Two addresses and ports, the lower end first. Small and quick to compare: there is one in each packet's digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// IPv4: both addresses in the first word, `V4` in the second. IPv6: two words each. Halves of words, so that what stands
    /// behind a key wastes no room.
    hosts: [[u32; 2]; 4],
    ports: [u16; 2],
}

/// No key of IPv6 addresses has this in its second word and 0 in the two behind: the lower end would be the higher.
const V4: u64 = 1;

impl Key {
    /// The key of a packet, and whether the lower end has sent it. `addresses`: source and destination as they stand in the IP
    /// header, one after the other; `None` where these are not the addresses of any IP version.
    #[inline]
    pub(super) fn of_packet(addresses: &[u8], src: u16, dst: u16) -> Option<(Key, bool)> {
        if let Ok(both) = <&[u8; 8]>::try_from(addresses) {
            let both = u64::from_be_bytes(*both);
            let from_lower = (both >> 32, src) <= (both & 0xffff_ffff, dst);
            let (first, ports) =
                if from_lower { (both, [src, dst]) } else { (both.rotate_left(32), [dst, src]) };
            return Some((Key { hosts: [first, V4, 0, 0].map(halves), ports }, from_lower));
        }
        let both = u256(addresses)?;
        let [a, b, c, d] = both;
        let from_lower = (a, b, src) <= (c, d, dst);
        let (hosts, ports) = if from_lower { (both, [src, dst]) } else { ([c, d, a, b], [dst, src]) };
        Some((Key { hosts: hosts.map(halves), ports }, from_lower))
    }

    fn words(&self) -> [u64; 4] {
        self.hosts.map(|[high, low]| u64::from(high) << 32 | u64::from(low))
    }

    /// The lower end, and the other.
    pub(super) fn ends(&self) -> (SocketAddr, SocketAddr) {
        let (low, high): (IpAddr, IpAddr) = match self.words() {
            [a, V4, 0, 0] => {
                (Ipv4Addr::from_bits((a >> 32) as u32).into(), Ipv4Addr::from_bits(a as u32).into())
            }
            [a, b, c, d] => {
                let host =
                    |high: u64, low: u64| Ipv6Addr::from_bits(u128::from(high) << 64 | u128::from(low));
                (host(a, b).into(), host(c, d).into())
            }
        };
        let [low_port, high_port] = self.ports;
        (SocketAddr::new(low, low_port), SocketAddr::new(high, high_port))
    }

    /// Both ports, the lower end's first.
    pub(super) fn ports(&self) -> [u16; 2] {
        self.ports
    }

    /// Where to look for it; the same in all indexes of this run.
    #[inline]
    pub(super) fn hash(&self) -> u32 {
        let seed = SEED.get_or_init(DefaultHashBuilder::default);
        let [low, high] = self.ports.map(u64::from);
        let ports = low << 16 | high;
        let hash = match self.words() {
            [a, V4, 0, 0] => seed.hash_one((a, ports)),
            // Word by word: as one row of bytes they would take three times as long.
            [a, b, c, d] => seed.hash_one((a, b, c, d, ports)),
        };
        (hash >> 32) as u32
    }
}

fn halves(word: u64) -> [u32; 2] {
    [(word >> 32) as u32, word as u32]
}

fn u256(bytes: &[u8]) -> Option<[u64; 4]> {
    let words: &[[u8; 8]; 4] = bytes.as_chunks::<8>().0.try_into().ok().filter(|_| bytes.len() == 32)?;
    Some(words.map(u64::from_be_bytes))
}

/// Finds a conversation's number by its key. The keys themselves stand in the conversations: a second copy would cost more
/// memory than all the rest of the index. Their hashes stand here, so that it grows without a look at the keys.
#[derive(Debug, Default)]
pub(super) struct Index {
    numbers: HashTable<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    hash: u32,
    number: u32,
}

impl Place {
    /// The hash as a table wants it, which looks at the lowest and the highest bits.
    #[inline(always)]
    fn wide(hash: u32) -> u64 {
        u64::from(hash) << 32 | u64::from(hash)
    }
}

impl Index {
    /// The number under a key; `key_of` gives the key of a number.
    #[inline]
    pub(super) fn find<'k>(
        &mut self,
        hash: u32,
        key: &Key,
        key_of: impl Fn(u32) -> Option<&'k Key>,
    ) -> Option<&mut u32> {
        let same = |place: &Place| place.hash == hash && key_of(place.number) == Some(key);
        self.numbers.find_mut(Place::wide(hash), same).map(|place| &mut place.number)
    }

    /// The number that probably is under a key: to have its conversation ready in time.
    #[inline]
    pub(super) fn guess(&self, hash: u32) -> Option<u32> {
        self.numbers.find(Place::wide(hash), |place| place.hash == hash).map(|place| place.number)
    }

    /// Adds a number under a key that is not there yet.
    pub(super) fn insert(&mut self, hash: u32, number: u32) {
        self.numbers
            .insert_unique(Place::wide(hash), Place { hash, number }, |place| Place::wide(place.hash));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(src: &str, dst: &str) -> (Key, bool) {
        let (src, dst): (SocketAddr, SocketAddr) = (src.parse().unwrap(), dst.parse().unwrap());
        let mut bytes = Vec::new();
        for address in [src.ip(), dst.ip()] {
            match address {
                IpAddr::V4(address) => bytes.extend(address.octets()),
                IpAddr::V6(address) => bytes.extend(address.octets()),
            }
        }
        let (key, from_lower) = Key::of_packet(&bytes, src.port(), dst.port()).unwrap();
        let (low, high) = key.ends();
        assert_eq!(if from_lower { (low, high) } else { (high, low) }, (src, dst));
        (key, from_lower)
    }

    #[test]
    fn both_directions_have_one_key() {
        for (one, other) in [
            ("10.0.0.1:80", "10.0.0.2:40000"),
            ("10.0.0.1:80", "10.0.0.1:81"),
            ("255.0.0.1:1", "1.0.0.1:65535"),
            ("[2001:db8::1]:80", "[2001:db8::2]:40000"),
            ("[ff00::1]:9", "[::2]:7"),
            ("[::]:9", "[::1]:7"),
            ("[::]:9", "[::]:7"),
            ("[0:0:0:1::1]:9", "[::]:7"),
            ("0.0.0.0:9", "0.0.0.0:7"),
        ] {
            let ((there, lower), (back, _)) = (key(one, other), key(other, one));
            assert_eq!((there, there.hash()), (back, back.hash()), "{one} {other}");
            assert_ne!(lower, key(other, one).1);
        }
        assert!(key("10.0.0.1:7", "10.0.0.1:7").1);
        assert_ne!(key("10.0.0.1:80", "10.0.0.2:81").0, key("10.0.0.1:81", "10.0.0.2:80").0);
        assert_ne!(key("[::1.2.3.4]:1", "[::1.2.3.4]:1").0, key("1.2.3.4:1", "1.2.3.4:1").0);
    }

    #[test]
    fn what_is_no_address_has_no_key() {
        for length in [0, 4, 7, 9, 16, 31, 33, 40] {
            assert_eq!(Key::of_packet(&vec![1; length], 1, 2), None);
        }
    }
}
