//! Link headers that are no link's own: Linux "cooked" captures, versions 1 and 2
//! (<https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html>), and BSD loopback.

use super::field::{Emit, Field, Value};

const PKTTYPE: Field = Field::new("sll.pkttype", "Sent to whom", 0..2);
const HATYPE: Field = Field::new("sll.hatype", "Kind of interface (ARPHRD)", 2..4);
const HALEN: Field = Field::new("sll.halen", "Address length", 4..6);
const SRC: Field = Field::new("sll.src.eth", "Source MAC address", 6..12).mac();
const SRC_IPV4: Field = Field::new("sll.src.ipv4", "Source IP address", 6..10).ipv4();
const SRC_OTHER: Field = Field::new("sll.src.other", "Source address", 6..14).raw();
const UNUSED: Field = Field::new("sll.unused", "Room that no address fills", 6..14).raw();
const ETYPE: Field = Field::new("sll.etype", "EtherType: what comes next", 14..16).hex();
const LTYPE: Field = Field::new("sll.ltype", "Linux's number: what comes next", 14..16).hex();
/// Version 1, in wire order; address and protocol have one of their forms.
pub(super) const FIELDS: &[Field] = &[PKTTYPE, HATYPE, HALEN, SRC, SRC_IPV4, SRC_OTHER, UNUSED, ETYPE, LTYPE];

const V2_ETYPE: Field = Field::new("sll.etype", "EtherType: what comes next", 0..2).hex();
const V2_LTYPE: Field = Field::new("sll.ltype", "Linux's number: what comes next", 0..2).hex();
const V2_IFINDEX: Field = Field::new("sll.ifindex", "Interface index", 4..8);
const V2_HATYPE: Field = Field::new("sll.hatype", "Kind of interface (ARPHRD)", 8..10);
const V2_PKTTYPE: Field = Field::new("sll.pkttype", "Sent to whom", 10..11);
const V2_HALEN: Field = Field::new("sll.halen", "Address length", 11..12);
const V2_SRC: Field = Field::new("sll.src.eth", "Source MAC address", 12..18).mac();
const V2_SRC_IPV4: Field = Field::new("sll.src.ipv4", "Source IP address", 12..16).ipv4();
const V2_SRC_OTHER: Field = Field::new("sll.src.other", "Source address", 12..20).raw();
const V2_UNUSED: Field = Field::new("sll.unused", "Room that no address fills", 12..20).raw();
/// Version 2, in wire order; address and protocol have one of their forms.
pub(super) const V2_FIELDS: &[Field] = &[
    V2_ETYPE,
    V2_LTYPE,
    V2_IFINDEX,
    V2_HATYPE,
    V2_PKTTYPE,
    V2_HALEN,
    V2_SRC,
    V2_SRC_IPV4,
    V2_SRC_OTHER,
    V2_UNUSED,
];

/// The family of addresses that follow (BSD's AF_ numbers).
const FAMILY: Field = Field::new("null.family", "Address family", 0..4);
/// BSD loopback's only field.
pub(super) const NULL_FIELDS: &[Field] = &[FAMILY];

/// Up to here the protocol is one of Linux's own numbers (`ETH_P_802_3` and on), above an EtherType.
const LAST_OWN: u16 = 1536;
/// Linux's number for a frame that begins with LLC (`ETH_P_802_2`).
pub(super) const LLC: u16 = 4;

/// Version 1's length in bytes.
pub(super) const LEN_BYTES: usize = 16;
/// Version 2's length in bytes.
pub(super) const V2_LEN_BYTES: usize = 20;
/// BSD loopback's length in bytes.
pub(super) const NULL_LEN_BYTES: usize = 4;

/// A Linux cooked header borrowed from a capture.
#[derive(Clone, Copy, Debug)]
pub struct SllSlice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
    /// Version 2.
    pub(super) second: bool,
}

impl<'a> SllSlice<'a> {
    fn row(self, first: &'static Field, second: &'static Field) -> &'static Field {
        if self.second { second } else { first }
    }

    /// The header's length in bytes.
    pub(super) fn header_len(self) -> usize {
        if self.second { V2_LEN_BYTES } else { LEN_BYTES }
    }

    /// What follows the header: an EtherType, or up to 1536 one of Linux's own numbers. `None` where the capture ends
    /// before it.
    pub fn protocol(self) -> Option<u16> {
        self.row(&ETYPE, &V2_ETYPE).get(self.bytes).map(|value| value as u16)
    }

    /// What follows the header; `None` where that is told by a number of Linux's own, or the capture ends before it.
    pub fn ether_type(self) -> Option<u16> {
        self.protocol().filter(|number| *number > LAST_OWN)
    }

    /// The sender's MAC address; `None` where it has none or the capture ends before it.
    pub fn source(self) -> Option<[u8; 6]> {
        if self.row(&HALEN, &V2_HALEN).get(self.bytes)? != 6 {
            return None;
        }
        self.bytes.get(self.row(&SRC, &V2_SRC).range())?.first_chunk().copied()
    }

    /// How many of the eight bytes for it the sender's address takes; `None` where the capture ends before that is told.
    fn address_len(self) -> Option<usize> {
        self.row(&HALEN, &V2_HALEN).get(self.bytes).map(|length| (length as usize).min(UNUSED.range().len()))
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        let length = self.address_len();
        for field in if self.second { V2_FIELDS } else { FIELDS } {
            let wanted = match field.name {
                "sll.src.eth" => length == Some(6),
                "sll.src.ipv4" => length == Some(4),
                "sll.src.other" | "sll.unused" => {
                    self.put_part(field, length.unwrap_or(0), emit);
                    false
                }
                "sll.etype" => self.ether_type().is_some(),
                "sll.ltype" => self.ether_type().is_none(),
                _ => true,
            };
            if wanted {
                emit.field(field, self.bytes);
            }
        }
    }

    /// An address of another kind, or the room behind any, where there is some.
    fn put_part(self, field: &'static Field, length: usize, emit: &mut Emit<'_, 'a>) {
        let room = field.range();
        let middle = room.start + length;
        let part = match (field.name, length) {
            ("sll.src.other", 4 | 6) => return,
            ("sll.src.other", _) => room.start..middle,
            _ => middle..room.end,
        };
        if let Some(bytes) = self.bytes.get(part.clone()).filter(|bytes| !bytes.is_empty()) {
            emit.put(field, Value::Bytes(bytes), part);
        }
    }
}

/// A BSD loopback header borrowed from a capture.
#[derive(Clone, Copy, Debug)]
pub struct NullSlice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
    /// LINKTYPE_LOOP: always in network byte order.
    pub(super) network_order: bool,
}

impl<'a> NullSlice<'a> {
    /// The family of addresses that follow: 2 is IPv4; 24, 28 and 30 are IPv6 (each BSD has its own). `None` where the
    /// capture ends before it.
    pub fn family(self) -> Option<u32> {
        let raw = self.bytes.first_chunk().copied()?;
        let number = u32::from_be_bytes(raw);
        // The capturing computer's own order: a family is small, so the larger reading is the wrong one.
        Some(if self.network_order { number } else { number.min(number.swap_bytes()) })
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        if let Some(family) = self.family() {
            emit.put(&FAMILY, Value::Number(family.into()), FAMILY.range());
        }
    }
}
