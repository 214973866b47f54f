//! Link headers that are no link's own: Linux "cooked" captures, versions 1 and 2
//! (<https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html>), and BSD loopback.

use super::field::{Emit, Field};

const PKTTYPE: Field = Field::new("sll.pkttype", "Sent to whom", 0..2);
const HATYPE: Field = Field::new("sll.hatype", "Kind of interface (ARPHRD)", 2..4);
const HALEN: Field = Field::new("sll.halen", "Address length", 4..6);
const SRC: Field = Field::new("sll.src.eth", "Source MAC address", 6..12).mac();
const SRC_OTHER: Field = Field::new("sll.src.other", "Source address", 6..14).raw();
const ETYPE: Field = Field::new("sll.etype", "EtherType: what comes next", 14..16).hex();
const LTYPE: Field = Field::new("sll.ltype", "Linux's number: what comes next", 14..16).hex();
/// Version 1, in wire order; address and protocol have one of two forms each.
pub(super) const FIELDS: &[Field] = &[PKTTYPE, HATYPE, HALEN, SRC, SRC_OTHER, ETYPE, LTYPE];

const V2_ETYPE: Field = Field::new("sll.etype", "EtherType: what comes next", 0..2).hex();
const V2_LTYPE: Field = Field::new("sll.ltype", "Linux's number: what comes next", 0..2).hex();
const V2_IFINDEX: Field = Field::new("sll.ifindex", "Interface index", 4..8);
const V2_HATYPE: Field = Field::new("sll.hatype", "Kind of interface (ARPHRD)", 8..10);
const V2_PKTTYPE: Field = Field::new("sll.pkttype", "Sent to whom", 10..11);
const V2_HALEN: Field = Field::new("sll.halen", "Address length", 11..12);
const V2_SRC: Field = Field::new("sll.src.eth", "Source MAC address", 12..18).mac();
const V2_SRC_OTHER: Field = Field::new("sll.src.other", "Source address", 12..20).raw();
/// Version 2, in wire order; address and protocol have one of two forms each.
pub(super) const V2_FIELDS: &[Field] =
    &[V2_ETYPE, V2_LTYPE, V2_IFINDEX, V2_HATYPE, V2_PKTTYPE, V2_HALEN, V2_SRC, V2_SRC_OTHER];

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

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        let ethernet = self.source().is_some();
        for field in if self.second { V2_FIELDS } else { FIELDS } {
            let wanted = match field.name {
                "sll.src.eth" => ethernet,
                "sll.src.other" => !ethernet,
                "sll.etype" => self.ether_type().is_some(),
                "sll.ltype" => self.ether_type().is_none(),
                _ => true,
            };
            if wanted {
                emit.field(field, self.bytes);
            }
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
            emit.put(&FAMILY, super::field::Value::Number(family.into()), FAMILY.range());
        }
    }
}
