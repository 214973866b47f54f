//! Addresses with their ports, as cells of a table.

use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::ops::Range;

use crate::render::slot::{Few, SPACES, Slot};

/// An IPv4 address with its port, made from left to right without a look at its digits one by one; spaces behind it.
pub(super) struct Ipv4Text {
    text: [u8; Ipv4Text::ROOM],
    len: usize,
}

/// No address of IPv4 is longer, with its port.
pub(super) const SHORT: usize = "255.255.255.255:65535".len();

/// Each octet with a point behind it, and how long that is.
const OCTETS: [([u8; 4], u8); 256] = {
    let mut octets = [([b'.'; 4], 0); 256];
    let mut octet = 0;
    while octet < 256 {
        let digits = [b'0' + (octet / 100) as u8, b'0' + (octet / 10 % 10) as u8, b'0' + (octet % 10) as u8];
        octets[octet] = match octet {
            0..10 => ([digits[2], b'.', b'.', b'.'], 2),
            10..100 => ([digits[1], digits[2], b'.', b'.'], 3),
            _ => ([digits[0], digits[1], digits[2], b'.'], 4),
        };
        octet += 1;
    }
    octets
};

/// How long an octet is, with a point behind it.
#[inline]
fn octet_len(octet: u8) -> usize {
    OCTETS.get(usize::from(octet)).map_or(0, |(_, len)| usize::from(*len))
}

impl Ipv4Text {
    /// The port is put there eight bytes at once.
    const ROOM: usize = "255.255.255.255:".len() + 8;

    #[inline]
    pub(super) fn of(address: SocketAddrV4) -> Ipv4Text {
        let mut made = Ipv4Text { text: [b' '; Ipv4Text::ROOM], len: 0 };
        for octet in address.ip().octets() {
            let (text, len) = OCTETS.get(usize::from(octet)).unwrap_or(&([0; 4], 0));
            made.put(made.len, text);
            made.len += usize::from(*len);
        }
        // The port stands behind a colon where the last point was.
        let port = Port::of(address.port());
        made.put(made.len, &port.text);
        made.put(made.len - 1, b":");
        made.len += port.len;
        made
    }

    #[inline(always)]
    fn put<const N: usize>(&mut self, at: usize, bytes: &[u8; N]) {
        if let Some(place) = self.text.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *place = *bytes;
        }
    }

    /// Its bytes with spaces behind them, and how many are its own.
    #[inline]
    pub(super) fn spaced(&self) -> (&[u8; Ipv4Text::ROOM], usize) {
        (&self.text, self.len)
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }
}

/// A port's digits, spaces behind them.
struct Port {
    text: [u8; 8],
    len: usize,
}

impl Port {
    #[inline(always)]
    fn of(port: u16) -> Port {
        let len = port_digits(port);
        // All five from the last one on: the first is the lowest byte, and zeros in front are taken away.
        let port = u64::from(port);
        let digit = |power: u64| port / power % 10;
        let five = [10_000, 1_000, 100, 10, 1].map(digit).into_iter().rev();
        let digits = five.fold(0, |word, digit| word << 8 | (u64::from(b'0') + digit));
        let text = digits >> (8 * (5 - len)) | SPACES << (8 * len);
        Port { text: text.to_le_bytes(), len }
    }
}

/// How many digits a port has.
#[inline]
fn port_digits(port: u16) -> usize {
    1 + [9, 99, 999, 9999].map(|most| usize::from(port > most)).iter().sum::<usize>()
}

/// Adds an address with its port, as it displays itself.
pub(super) fn write(address: SocketAddr, out: &mut String) {
    Slot::write(|slot| fill(address, slot), out);
}

/// Puts it into a slot.
#[inline]
pub(super) fn fill(address: SocketAddr, slot: &mut Slot<'_>) {
    match address {
        SocketAddr::V4(v4) => slot.ascii(Ipv4Text::of(v4).bytes()),
        SocketAddr::V6(v6) if is_rare(v6) => slot.text(&address.to_string()),
        SocketAddr::V6(v6) => {
            slot.number(v6.port().into());
            slot.few(const { Few::of(b"]:") });
            fill_ipv6(v6.ip().segments(), slot);
            slot.byte(b'[');
        }
    }
}

/// For each choice of parts that are zero, one bit each from the first part on: where the longest row of them begins and ends. One zero
/// alone is not left out (RFC 5952, section 4.2).
const LEFT_OUT: [(u8, u8); 256] = {
    let mut rows = [(0, 0); 256];
    let mut choice = 0;
    while choice < 256 {
        let (mut from, mut at) = (0, 0);
        while at < 8 {
            at += 1;
            if choice >> (at - 1) & 1 == 0 {
                from = at;
            } else if at - from > 1 && at - from > rows[choice].1 - rows[choice].0 {
                rows[choice] = (from, at);
            }
        }
        choice += 1;
    }
    rows
};

/// Which parts of an IPv6 address are not written: the longest row of zeros.
#[inline]
fn left_out(parts: [u16; 8]) -> Range<usize> {
    let zero = parts.into_iter().rev().fold(0, |choice, part| choice << 1 | usize::from(part == 0));
    let (from, to) = LEFT_OUT.get(zero).copied().unwrap_or_default();
    from.into()..to.into()
}

/// The parts of an IPv6 address.
fn fill_ipv6(parts: [u16; 8], slot: &mut Slot<'_>) {
    let left_out = left_out(parts);
    for (at, part) in parts.into_iter().enumerate().rev() {
        if left_out.contains(&at) {
            if at == left_out.start {
                slot.few(const { Few::of(b"::") });
            }
            continue;
        }
        slot.few(Few::hexadecimal(part));
        if at > 0 && at != left_out.end {
            slot.byte(b':');
        }
    }
}

/// How many columns they take.
fn ipv6_width(parts: [u16; 8]) -> usize {
    let left_out = left_out(parts);
    let digits = |part: &u16| Few::hexadecimal(*part).columns();
    let side = |parts: &[u16]| parts.iter().map(|part| digits(part) + 1).sum::<usize>();
    let (before, after) = (parts.get(..left_out.start), parts.get(left_out.end..));
    let both = [before, after].map(|some| side(some.unwrap_or_default()));
    // Behind each part stands a colon but behind the last; where some are left out there are two instead of a part.
    let none_there = |width| usize::from(!left_out.is_empty() && width == 0);
    both.iter().map(|width| width + none_there(*width)).sum::<usize>() - usize::from(left_out.is_empty())
}

/// How many columns an address with its port takes.
pub(super) fn width(end: SocketAddr) -> usize {
    match end {
        SocketAddr::V4(v4) => {
            let octets = v4.ip().octets().map(octet_len);
            octets.iter().sum::<usize>() + port_digits(v4.port())
        }
        SocketAddr::V6(v6) if is_rare(v6) => Slot::columns(|slot| fill(end, slot)),
        SocketAddr::V6(v6) => "[]:".len() + ipv6_width(v6.ip().segments()) + port_digits(v6.port()),
    }
}

/// An IPv4 address in an IPv6 one, or a zone behind it: rare enough to leave to the standard library.
fn is_rare(address: SocketAddrV6) -> bool {
    address.ip().to_ipv4_mapped().is_some() || address.scope_id() != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_they_display_themselves() {
        let ipv6 =
            ["[2001:db8::1]:80", "[::]:1", "[::1]:2", "[1::]:3", "[1:0:2:3:4:5:6:7]:4", "[::2:0:0:0]:5"];
        let more = [
            "[1:0:0:2::3]:6",
            "[1::2:0:0:3:4]:7",
            "[::ffff:10.0.0.1]:8",
            "[fe80::1%3]:9",
            "[a:b:c:d:e:f:0:ff10]:0",
        ];
        for text in ["10.0.255.1:65535", "0.0.0.0:0"].into_iter().chain(ipv6).chain(more) {
            let mut out = String::new();
            write(text.parse().unwrap(), &mut out);
            assert_eq!(out, text);
            assert_eq!(width(text.parse().unwrap()), text.len());
        }
        for octet in 0..=255 {
            for port in [0, 9, 10, 99, 100, 999, 1000, 9999, 10_000, u16::from(octet) * 256 + 255] {
                let expected = SocketAddr::from(([255 - octet, 0, octet, octet / 2], port));
                let mut out = String::new();
                write(expected, &mut out);
                assert_eq!((width(expected), out), (expected.to_string().len(), expected.to_string()));
            }
        }
        // Zeros in all places.
        for zeros in 0..=255_u16 {
            let parts: [u16; 8] =
                std::array::from_fn(|at| if zeros >> at & 1 == 1 { 0 } else { 0x1f0 << at });
            let expected = SocketAddr::from((parts, 443));
            let mut out = String::new();
            write(expected, &mut out);
            assert_eq!((width(expected), &out), (out.len(), &expected.to_string()));
        }
    }
}
