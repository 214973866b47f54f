//! The IPv4 header (RFC 791).

use std::net::Ipv4Addr;

use super::checksum;
use super::field::{Checksum, Emit, Field, Value};

const VERSION: Field = Field::bits("ip.version", "Version", 0..1, 0xf0);
const HDR_LEN: Field = Field::bits("ip.hdr_len", "Header length", 0..1, 0x0f).times(4);
const DSCP: Field = Field::bits("ip.dsfield.dscp", "Class of service", 1..2, 0xfc);
const ECN: Field = Field::bits("ip.dsfield.ecn", "Congestion notice", 1..2, 0x03);
const LEN: Field = Field::new("ip.len", "Length of the packet", 2..4);
const ID: Field = Field::new("ip.id", "Identification", 4..6).hex();
const FLAGS: Field = Field::bits("ip.flags", "Flags", 6..7, 0xe0).hex();
const RESERVED: Field = Field::flag("ip.flags.rb", "Reserved bit", 6..7, 0x80);
const DF: Field = Field::flag("ip.flags.df", "Don't fragment", 6..7, 0x40);
const MF: Field = Field::flag("ip.flags.mf", "More fragments follow", 6..7, 0x20);
const FRAG_OFFSET: Field = Field::bits("ip.frag_offset", "Fragment's place, in 8 bytes", 6..8, 0x1fff);
const TTL: Field = Field::new("ip.ttl", "Time to live, in hops", 8..9);
const PROTO: Field = Field::new("ip.proto", "Protocol: what comes next", 9..10);
const CHECKSUM: Field = Field::new("ip.checksum", "Header checksum", 10..12).hex();
const STATUS: Field = Field::new("ip.checksum.status", "Header checksum is", 0..0);
const SRC: Field = Field::new("ip.src", "Source IP address", 12..16).ipv4();
const DST: Field = Field::new("ip.dst", "Destination IP address", 16..20).ipv4();
/// The fixed header, in wire order.
pub(super) const FIELDS: &[Field] = &[
    VERSION,
    HDR_LEN,
    DSCP,
    ECN,
    LEN,
    ID,
    FLAGS,
    RESERVED,
    DF,
    MF,
    FRAG_OFFSET,
    TTL,
    PROTO,
    CHECKSUM,
    STATUS,
    SRC,
    DST,
];

const OPT_TYPE: Field = Field::new("ip.opt.type", "Option", 0..1);
const OPT_LEN: Field = Field::new("ip.opt.len", "Option's length", 1..2);
/// Of a packet that was put together: some of its bytes came in two fragments.
pub(super) const OVERLAP: Field = Field::flag("ip.fragment.overlap", "Fragments overlap", 0..0, 0x01);
/// What stands in no header.
pub(super) const MORE: &[Field] = &[OVERLAP];
/// What an option is made of.
pub(super) const OPTION_FIELDS: &[Field] = &[OPT_TYPE, OPT_LEN];

/// The options that give routers to pass, and whether others may lie between.
const LOOSE: u8 = 131;
const STRICT: u8 = 137;

/// The shortest header, in bytes.
pub(super) const MIN_LEN_BYTES: usize = 20;

/// An IPv4 packet borrowed from its frame: header, options, payload, without a link's padding.
#[derive(Clone, Copy, Debug)]
pub struct Ipv4Slice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
    /// How long it was on the wire, by all that stands around it.
    pub(super) reported: usize,
}

impl<'a> Ipv4Slice<'a> {
    /// The header's length in bytes by its own field; `None` where the capture ends before it.
    pub fn header_len(self) -> Option<usize> {
        HDR_LEN.get(self.bytes).map(|length| length as usize)
    }

    /// The packet's length in bytes by its own field; `None` where the capture ends before it.
    pub fn total_len(self) -> Option<u16> {
        LEN.get(self.bytes).map(|length| length as u16)
    }

    /// The number that fragments of one packet share.
    pub fn identification(self) -> Option<u16> {
        ID.get(self.bytes).map(|id| id as u16)
    }

    /// Whether routers may not cut it into fragments.
    pub fn dont_fragment(self) -> Option<bool> {
        DF.get(self.bytes).map(|bit| bit != 0)
    }

    /// Whether further fragments follow.
    pub fn more_fragments(self) -> Option<bool> {
        MF.get(self.bytes).map(|bit| bit != 0)
    }

    /// Where this fragment belongs, in units of 8 bytes.
    pub fn fragment_offset(self) -> Option<u16> {
        FRAG_OFFSET.get(self.bytes).map(|offset| offset as u16)
    }

    /// Whether it is a part of a larger packet.
    pub fn is_fragment(self) -> bool {
        self.more_fragments() == Some(true) || self.fragment_offset().is_some_and(|offset| offset > 0)
    }

    /// Hops left: each router takes one away, and the one that would leave none drops the packet (RFC 1812, 5.3.1).
    pub fn ttl(self) -> Option<u8> {
        TTL.get(self.bytes).map(|ttl| ttl as u8)
    }

    /// What the payload is (IANA's protocol numbers).
    pub fn protocol(self) -> Option<u8> {
        PROTO.get(self.bytes).map(|protocol| protocol as u8)
    }

    /// Who sent it.
    pub fn source(self) -> Option<Ipv4Addr> {
        self.bytes.get(SRC.range())?.first_chunk::<4>().map(|address| Ipv4Addr::from(*address))
    }

    /// Whom it is for.
    pub fn destination(self) -> Option<Ipv4Addr> {
        self.bytes.get(DST.range())?.first_chunk::<4>().map(|address| Ipv4Addr::from(*address))
    }

    /// The options as they stand; empty where there are none or the capture ends before their end.
    pub fn options(self) -> &'a [u8] {
        self.bytes.get(MIN_LEN_BYTES..self.header_len().unwrap_or(0)).unwrap_or_default()
    }

    /// The last stop of a source route that is still to be followed (RFC 791, section 3.1); `None` where there is none.
    pub(super) fn last_stop(self) -> Option<&'a [u8]> {
        let mut rest = self.options();
        loop {
            let length = match rest {
                [0, ..] | [] => return None,
                [1, ..] => 1,
                [_, length, ..] if *length >= 2 => usize::from(*length),
                _ => return None,
            };
            let (option, after) = rest.split_at_checked(length)?;
            // The pointer counts from 1; beyond the end all stops have been made.
            if let [LOOSE | STRICT, _, pointer, stops @ ..] = option
                && usize::from(*pointer) <= length
            {
                return stops.last_chunk::<4>().map(|last| &last[..]);
            }
            rest = after;
        }
    }

    /// Whether the header's checksum is right; `None` where the capture ends before it.
    pub fn checksum_status(self) -> Option<Checksum> {
        CHECKSUM.get(self.bytes)?;
        let header = self.bytes.get(..self.header_len()?);
        Some(header.map_or(Checksum::Unverified, checksum::adds_up))
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        if VERSION.get(self.bytes) != Some(4) {
            return emit.field(&VERSION, self.bytes);
        }
        if self.header_len() < Some(MIN_LEN_BYTES) {
            return emit.table(FIELDS.get(..2).unwrap_or_default(), self.bytes);
        }
        let total = usize::from(self.total_len().unwrap_or(0));
        if total != 0 && Some(total) < self.header_len() {
            // Shorter than its own header: nothing after the length can be trusted.
            return emit.table(FIELDS.get(..5).unwrap_or_default(), self.bytes);
        }
        for field in FIELDS {
            if field.name == LEN.name && total == 0 && self.total_len().is_some() {
                // Left to the network card: as in Wireshark, what there was.
                emit.put(&LEN, Value::Number(self.reported as u64), LEN.range());
            } else if field.name == STATUS.name {
                if let Some(status) = self.checksum_status() {
                    emit.put(&STATUS, Value::Checksum(status), CHECKSUM.range());
                }
            } else {
                emit.field(field, self.bytes);
            }
        }
        let mut at = MIN_LEN_BYTES;
        let end = self.header_len().unwrap_or(0).min(self.bytes.len());
        while let Some(kind) = self.bytes.get(at).filter(|_| at < end) {
            emit.field_at(&OPT_TYPE, self.bytes, at);
            let length = match kind {
                0 => break,
                1 => 1,
                _ => self.bytes.get(at + 1).map_or(0, |length| usize::from(*length)),
            };
            if length > 1 {
                emit.field_at(&OPT_LEN, self.bytes, at);
            }
            if length == 0 {
                break;
            }
            at += length;
        }
    }
}
