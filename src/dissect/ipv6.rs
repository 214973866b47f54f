//! The IPv6 header and its extension headers (RFC 8200).

use std::net::Ipv6Addr;

use super::field::{Emit, Field};

const VERSION: Field = Field::bits("ip.version", "Version", 0..1, 0xf0);
const DSCP: Field = Field::bits("ipv6.tclass.dscp", "Class of service", 0..2, 0x0fc0);
const ECN: Field = Field::bits("ipv6.tclass.ecn", "Congestion notice", 0..2, 0x0030);
const FLOW: Field = Field::bits("ipv6.flow", "Flow label", 0..4, 0x000f_ffff).hex();
const PLEN: Field = Field::new("ipv6.plen", "Length after this header", 4..6);
const NXT: Field = Field::new("ipv6.nxt", "Next header", 6..7);
const HLIM: Field = Field::new("ipv6.hlim", "Hop limit", 7..8);
const SRC: Field = Field::new("ipv6.src", "Source IP address", 8..24).ipv6();
const DST: Field = Field::new("ipv6.dst", "Destination IP address", 24..40).ipv6();
/// The fixed header, in wire order.
pub(super) const FIELDS: &[Field] = &[VERSION, DSCP, ECN, FLOW, PLEN, NXT, HLIM, SRC, DST];

/// The header's length in bytes.
pub(super) const LEN_BYTES: usize = 40;

/// An IPv6 packet borrowed from its frame: header, extension headers, payload, without a link's padding.
#[derive(Clone, Copy, Debug)]
pub struct Ipv6Slice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
}

impl<'a> Ipv6Slice<'a> {
    /// The length in bytes of what follows the fixed header; `None` where the capture ends before it.
    pub fn payload_len(self) -> Option<u16> {
        PLEN.get(self.bytes).map(|length| length as u16)
    }

    /// What follows the fixed header: an extension header's or a protocol's number.
    pub fn next_header(self) -> Option<u8> {
        NXT.get(self.bytes).map(|next| next as u8)
    }

    /// Hops left: each router takes one away, and the one that would leave none drops the packet (RFC 8200, section 3).
    pub fn hop_limit(self) -> Option<u8> {
        HLIM.get(self.bytes).map(|limit| limit as u8)
    }

    /// Who sent it.
    pub fn source(self) -> Option<Ipv6Addr> {
        self.bytes.get(SRC.range())?.first_chunk::<16>().map(|address| Ipv6Addr::from(*address))
    }

    /// Whom it is for.
    pub fn destination(self) -> Option<Ipv6Addr> {
        self.bytes.get(DST.range())?.first_chunk::<16>().map(|address| Ipv6Addr::from(*address))
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        let valid = VERSION.get(self.bytes) == Some(6);
        emit.table(if valid { FIELDS } else { FIELDS.get(..1).unwrap_or_default() }, self.bytes);
    }
}

const HOP_NXT: Field = Field::new("ipv6.hopopts.nxt", "Next header", 0..1);
const HOP_LEN: Field = Field::new("ipv6.hopopts.len", "Length beyond 8, in 8 bytes", 1..2);
const ROUTING_NXT: Field = Field::new("ipv6.routing.nxt", "Next header", 0..1);
const ROUTING_LEN: Field = Field::new("ipv6.routing.len", "Length beyond 8, in 8 bytes", 1..2);
const ROUTING_TYPE: Field = Field::new("ipv6.routing.type", "Kind of routing", 2..3);
const ROUTING_LEFT: Field = Field::new("ipv6.routing.segleft", "Stops still to make", 3..4);
const FRAG_NXT: Field = Field::new("ipv6.fraghdr.nxt", "Next header", 0..1);
const FRAG_OFFSET: Field = Field::bits("ipv6.fraghdr.offset", "Fragment's place, in 8 bytes", 2..4, 0xfff8);
const FRAG_MORE: Field = Field::flag("ipv6.fraghdr.more", "More fragments follow", 2..4, 0x0001);
const FRAG_ID: Field = Field::new("ipv6.fraghdr.ident", "Identification", 4..8).hex();
const DST_NXT: Field = Field::new("ipv6.dstopts.nxt", "Next header", 0..1);
const DST_LEN: Field = Field::new("ipv6.dstopts.len", "Length beyond 8, in 8 bytes", 1..2);
const AH_NXT: Field = Field::new("ah.next_header", "Next header", 0..1);
const AH_LEN: Field = Field::new("ah.length", "Length beyond 8, in 4 bytes", 1..2);
const AH_SPI: Field = Field::new("ah.spi", "Security parameters index", 4..8).hex();
const AH_SEQ: Field = Field::new("ah.sequence", "Sequence number", 8..12);
/// Of a packet that was put together: some of its bytes came in two fragments.
pub(super) const OVERLAP: Field = Field::flag("ipv6.fragment.overlap", "Fragments overlap", 0..0, 0x01);
const MORE: &[Field] = &[OVERLAP];
const HOP: &[Field] = &[HOP_NXT, HOP_LEN];
const ROUTING: &[Field] = &[ROUTING_NXT, ROUTING_LEN, ROUTING_TYPE, ROUTING_LEFT];
const FRAGMENT: &[Field] = &[FRAG_NXT, FRAG_OFFSET, FRAG_MORE, FRAG_ID];
const DESTINATION: &[Field] = &[DST_NXT, DST_LEN];
const AUTHENTICATION: &[Field] = &[AH_NXT, AH_LEN, AH_SPI, AH_SEQ];
/// The tables of all extension headers, and what stands in none.
pub(super) const EXTENSION_TABLES: &[&[Field]] = &[HOP, ROUTING, FRAGMENT, DESTINATION, AUTHENTICATION, MORE];

/// Where the stops stand in a routing header.
const ADDRESSES: usize = 8;
/// The option of one byte.
const PAD: u8 = 0;
/// The option of a travelling host's own address.
const HOME_ADDRESS: u8 = 0xc9;

/// Which extension header it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// For every router on the way (0).
    HopByHop,
    /// Stops to make on the way (43).
    Routing,
    /// A part of a larger packet (44).
    Fragment,
    /// For the destination alone (60).
    Destination,
    /// Proof that nobody changed the packet (51, RFC 4302); also after IPv4.
    Authentication,
}

impl Extension {
    /// Each of them.
    pub(super) const ALL: [Extension; 5] = [
        Extension::HopByHop,
        Extension::Routing,
        Extension::Fragment,
        Extension::Destination,
        Extension::Authentication,
    ];

    /// The one that a next-header number announces.
    pub fn from_number(number: u8) -> Option<Extension> {
        Some(match number {
            0 => Extension::HopByHop,
            43 => Extension::Routing,
            44 => Extension::Fragment,
            60 => Extension::Destination,
            51 => Extension::Authentication,
            _ => return None,
        })
    }

    fn fields(self) -> &'static [Field] {
        match self {
            Extension::HopByHop => HOP,
            Extension::Routing => ROUTING,
            Extension::Fragment => FRAGMENT,
            Extension::Destination => DESTINATION,
            Extension::Authentication => AUTHENTICATION,
        }
    }

    /// Wireshark's name for it, to be used in a display filter.
    pub const fn name(self) -> &'static str {
        match self {
            Extension::HopByHop => "ipv6.hopopts",
            Extension::Routing => "ipv6.routing",
            Extension::Fragment => "ipv6.fraghdr",
            Extension::Destination => "ipv6.dstopts",
            Extension::Authentication => "ah",
        }
    }

    /// What it is called on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Extension::HopByHop => "IPv6 hop-by-hop options",
            Extension::Routing => "IPv6 routing header",
            Extension::Fragment => "IPv6 fragment header",
            Extension::Destination => "IPv6 destination options",
            Extension::Authentication => "Authentication header",
        }
    }
}

/// An extension header borrowed from its packet.
#[derive(Clone, Copy, Debug)]
pub struct ExtensionSlice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
    pub(super) kind: Extension,
}

impl<'a> ExtensionSlice<'a> {
    /// Which one it is.
    pub fn kind(self) -> Extension {
        self.kind
    }

    /// Its own length in bytes; `None` where the capture ends before it says so.
    pub fn header_len(self) -> Option<usize> {
        let units = usize::from(*self.bytes.get(1)?);
        Some(match self.kind {
            Extension::Fragment => 8,
            Extension::Authentication => (units + 2) * 4,
            _ => (units + 1) * 8,
        })
    }

    /// What follows it.
    pub fn next_header(self) -> Option<u8> {
        self.bytes.first().copied()
    }

    /// Whether it says that the packet is a part of a larger one; a fragment header may also say "all of it".
    pub fn is_fragment(self) -> bool {
        self.kind == Extension::Fragment && (self.fragment_offset() > Some(0) || self.more_fragments())
    }

    /// Where this fragment belongs, in units of 8 bytes; `None` in other headers and where the capture ends before it.
    pub fn fragment_offset(self) -> Option<u64> {
        if self.kind == Extension::Fragment { FRAG_OFFSET.get(self.bytes) } else { None }
    }

    /// Whether a fragment header says that further fragments follow.
    pub fn more_fragments(self) -> bool {
        self.kind == Extension::Fragment && FRAG_MORE.get(self.bytes) == Some(1)
    }

    /// The number that fragments of one packet share; `None` in other headers and where the capture ends before it.
    pub fn identification(self) -> Option<u32> {
        if self.kind == Extension::Fragment { FRAG_ID.get(self.bytes).map(|id| id as u32) } else { None }
    }

    /// The last stop of a route that is still to be followed, in two parts: what it has in common with the destination in the IPv6
    /// header, in bytes of that, and the rest of it. `None` where there is no such stop, or the kind of routing is not known.
    pub(super) fn last_stop(self) -> Option<(usize, &'a [u8])> {
        let header = self.bytes.get(..self.header_len()?)?;
        let left = if self.kind == Extension::Routing { ROUTING_LEFT.get(header)? } else { 0 };
        if left == 0 {
            return None;
        }
        match ROUTING_TYPE.get(header)? {
            // The way in order (RFC 2460, section 4.4; deprecated), and a travelling host's own address (RFC 6275, section 6.4).
            0 | 2 => header.get(ADDRESSES..)?.last_chunk::<16>().map(|last| (0, &last[..])),
            // What all stops begin with is left out, and the end is filled up (RFC 6554, section 3).
            3 => {
                let common = usize::from(header.get(4)? & 0x0f);
                let filled = usize::from(header.get(5)? >> 4);
                let stops = header.get(ADDRESSES..header.len().checked_sub(filled)?)?;
                Some((common, stops.get(stops.len().checked_sub(16 - common)?..)?))
            }
            // The way in reverse (RFC 8754, section 2).
            4 => header.get(ADDRESSES..)?.first_chunk::<16>().map(|last| (0, &last[..])),
            _ => None,
        }
    }

    /// A travelling host's own address, which it is known by to the programs (RFC 6275, section 6.3); `None` where none is told.
    pub(super) fn home_address(self) -> Option<&'a [u8]> {
        let header = self.bytes.get(..self.header_len()?)?;
        let mut rest = if self.kind == Extension::Destination { header.get(2..)? } else { &[] };
        loop {
            rest = match rest {
                [PAD, after @ ..] => after,
                [HOME_ADDRESS, 16, after @ ..] => return after.first_chunk::<16>().map(|home| &home[..]),
                [_, length, after @ ..] => after.get(usize::from(*length)..)?,
                _ => return None,
            };
        }
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        emit.table(self.kind.fields(), self.bytes);
    }
}
