//! A piece of an IP packet that was cut up: what it shows of the layers above IP before the other pieces come.

use super::parts::wrong;
use crate::dissect::{Header, Packet};

/// The shortest headers (RFC 768; RFC 9293, section 3.1).
const UDP: usize = 8;
const TCP: usize = 20;
/// The longest header of TCP: behind so many bytes only data can stand.
const TCP_MOST: usize = 60;

/// What the whole packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carries {
    Tcp,
    Udp,
    /// IP's own messages: they have no layer 4.
    Icmp,
    /// Another IP packet.
    Packet,
    /// An extension header, or what netlab does not read.
    Other,
}

/// One piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut<'a> {
    pub(super) carries: Carries,
    /// Where it belongs in what the whole packet carries, in bytes.
    offset: usize,
    bytes: &'a [u8],
}

impl<'a> Cut<'a> {
    /// The piece that a frame brings; `None` where it brings a whole packet, or one whose header is damaged or not all there. (One that
    /// ICMP quotes is none of its own.)
    pub(super) fn of(packet: &Packet<'a>) -> Option<Cut<'a>> {
        let mut own = packet.layers().iter().filter(|layer| !layer.quoted);
        let layer = own.find(|layer| match layer.header {
            Header::Ipv4(view) => view.is_fragment(),
            Header::Extension(view) => view.is_fragment(),
            _ => false,
        })?;
        let bytes = layer.bytes().get(layer.header.len()?..)?;
        let (protocol, units) = match layer.header {
            Header::Ipv4(view) if wrong(view.total_len()) => return None,
            Header::Ipv4(view) => (view.protocol()?, view.fragment_offset()?.into()),
            Header::Extension(view) => (view.next_header()?, view.fragment_offset()?),
            _ => return None,
        };
        let carries = match protocol {
            6 => Carries::Tcp,
            17 => Carries::Udp,
            1 | 58 => Carries::Icmp,
            4 | 41 => Carries::Packet,
            _ => Carries::Other,
        };
        Some(Cut { carries, offset: usize::try_from(units).ok()? * 8, bytes })
    }

    /// What the transport is called, where the whole packet carries one that is read.
    pub(super) fn transport(self) -> Option<&'static str> {
        match self.carries {
            Carries::Tcp => Some("TCP"),
            Carries::Udp => Some("UDP"),
            Carries::Icmp | Carries::Packet | Carries::Other => None,
        }
    }

    /// What all pieces together are.
    pub(super) fn whole(self) -> &'static str {
        match self.carries {
            Carries::Tcp => "TCP segment",
            Carries::Udp => "UDP datagram",
            Carries::Icmp => "ICMP message",
            Carries::Packet => "IP packet",
            Carries::Other => "packet",
        }
    }

    /// How many bytes of the transport's header it has, and whether that is all of it; `None` where it is not the first piece, or has
    /// no transport that is read.
    pub(super) fn header(self) -> Option<(usize, bool)> {
        if self.offset > 0 {
            return None;
        }
        let len = match self.carries {
            Carries::Udp => UDP,
            Carries::Tcp => self.bytes.get(12).map_or(TCP, |byte| usize::from(byte >> 4) * 4).max(TCP),
            Carries::Icmp | Carries::Packet | Carries::Other => return None,
        };
        Some((len.min(self.bytes.len()), len <= self.bytes.len()))
    }

    /// The ports, from and to, where the piece begins with them.
    pub(super) fn ports(self) -> Option<[u16; 2]> {
        self.header()?;
        let &[one, two, three, four] = self.bytes.first_chunk()?;
        Some([u16::from_be_bytes([one, two]), u16::from_be_bytes([three, four])])
    }

    /// How long the whole is by UDP's header.
    pub(super) fn whole_len(self) -> Option<u16> {
        let of_udp = self.header().filter(|_| self.carries == Carries::Udp);
        let field = self.bytes.get(4..6).filter(|_| of_udp.is_some())?;
        Some(u16::from_be_bytes(field.try_into().ok()?))
    }

    /// From which of its bytes on all is what a program says; `None` where that can't be known: what the bytes are, the first
    /// piece says.
    pub(super) fn said_from(self) -> Option<usize> {
        match (self.carries, self.header()) {
            (_, Some((len, _))) => Some(len),
            (Carries::Udp, None) => Some(0),
            (Carries::Tcp, None) => (self.offset >= TCP_MOST).then_some(0),
            _ => None,
        }
    }

    /// How many bytes of a program it has, as far as that is known.
    pub(super) fn said(self) -> Option<usize> {
        self.said_from().map(|from| self.bytes.len().saturating_sub(from))
    }
}
