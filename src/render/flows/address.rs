//! Addresses with their ports, as cells of a table.

use std::net::{SocketAddr, SocketAddrV4};

use crate::render::slot::Slot;

/// An IPv4 address with its port, made from left to right without a look at its digits one by one.
pub(super) struct Ipv4Text {
    text: [u8; SHORT + 1],
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

impl Ipv4Text {
    #[inline]
    pub(super) fn of(address: SocketAddrV4) -> Ipv4Text {
        let mut made = Ipv4Text { text: [0; SHORT + 1], len: 0 };
        for octet in address.ip().octets() {
            let (text, len) = OCTETS.get(usize::from(octet)).unwrap_or(&([0; 4], 0));
            if let Some(place) = made.text.get_mut(made.len..).and_then(<[u8]>::first_chunk_mut) {
                *place = *text;
            }
            made.len += usize::from(*len);
        }
        // The port stands behind a colon where the last point was, its digits made from the last one on.
        let colon = made.len - 1;
        let mut left = address.port();
        made.len += port_digits(left);
        for place in made.text.get_mut(colon + 1..made.len).unwrap_or_default().iter_mut().rev() {
            *place = b'0' + (left % 10) as u8;
            left /= 10;
        }
        if let Some(place) = made.text.get_mut(colon) {
            *place = b':';
        }
        made
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
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
        SocketAddr::V4(v4) => slot.bytes(Ipv4Text::of(v4).bytes()),
        // An IPv4 address in an IPv6 one, or a zone behind it: rare enough to leave to the standard library.
        SocketAddr::V6(v6) if v6.ip().to_ipv4_mapped().is_some() || v6.scope_id() != 0 => {
            slot.text(&address.to_string());
        }
        SocketAddr::V6(v6) => {
            slot.number(v6.port().into());
            slot.text("]:");
            fill_ipv6(v6.ip().segments(), slot);
            slot.byte(b'[');
        }
    }
}

/// The parts of an IPv6 address, the longest row of zeros left out (RFC 5952, section 4).
fn fill_ipv6(parts: [u16; 8], slot: &mut Slot<'_>) {
    let (mut left_out, mut zeros) = (0..0, 0..0);
    for (at, part) in parts.into_iter().enumerate() {
        zeros = if part == 0 { zeros.start..at + 1 } else { at + 1..at + 1 };
        if zeros.len() > left_out.len().max(1) {
            left_out = zeros.clone();
        }
    }
    for (at, part) in parts.into_iter().enumerate().rev() {
        if left_out.contains(&at) {
            if at == left_out.start {
                slot.text("::");
            }
            continue;
        }
        slot.hexadecimal(part);
        if at > 0 && at != left_out.end {
            slot.byte(b':');
        }
    }
}

/// How many columns an address with its port takes.
pub(super) fn width(end: SocketAddr) -> usize {
    match end {
        SocketAddr::V4(v4) => {
            // Four octets, three points and a colon; more for an octet of more than one digit.
            let octets = v4.ip().octets().map(|byte| usize::from(byte > 9) + usize::from(byte > 99));
            8 + octets.iter().sum::<usize>() + port_digits(v4.port())
        }
        SocketAddr::V6(_) => Slot::columns(|slot| fill(end, slot)),
    }
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
            assert_eq!(out, expected.to_string());
        }
    }
}
