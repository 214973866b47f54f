//! Ethernet II and 802.3 headers, and VLAN tags (IEEE 802.3, 802.1Q).

use super::field::{Emit, Field};

const DST: Field = Field::new("eth.dst", "Destination MAC address", 0..6).mac();
const SRC: Field = Field::new("eth.src", "Source MAC address", 6..12).mac();
const TYPE: Field = Field::new("eth.type", "EtherType: what comes next", 12..14).hex();
const LEN: Field = Field::new("eth.len", "Length (802.3)", 12..14);
/// The header, in wire order; the last two share their bytes: up to 1500 it is a length.
pub(super) const FIELDS: &[Field] = &[DST, SRC, TYPE, LEN];

const PRIORITY: Field = Field::bits("vlan.priority", "Priority", 0..2, 0xe000);
const DEI: Field = Field::flag("vlan.dei", "May be dropped first", 0..2, 0x1000);
const ID: Field = Field::bits("vlan.id", "VLAN number", 0..2, 0x0fff);
const ETYPE: Field = Field::new("vlan.etype", "EtherType: what comes next", 2..4).hex();
const VLAN_LEN: Field = Field::new("vlan.len", "Length (802.3)", 2..4);
/// The tag's four bytes after the EtherType that announces it.
pub(super) const VLAN_FIELDS: &[Field] = &[PRIORITY, DEI, ID, ETYPE, VLAN_LEN];

/// The header's length in bytes.
pub(super) const LEN_BYTES: usize = 14;
/// A tag's length in bytes.
pub(super) const VLAN_LEN_BYTES: usize = 4;
/// An EtherType below this is a length.
const FIRST_TYPE: u16 = 1536;

/// An Ethernet frame borrowed from a capture.
#[derive(Clone, Copy, Debug)]
pub struct EthernetSlice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
}

impl<'a> EthernetSlice<'a> {
    /// Who is to take it; `None` where the capture ends before it.
    pub fn destination(self) -> Option<[u8; 6]> {
        self.bytes.first_chunk().copied()
    }

    /// Who sent it; `None` where the capture ends before it.
    pub fn source(self) -> Option<[u8; 6]> {
        self.bytes.get(6..)?.first_chunk().copied()
    }

    /// What follows the header; `None` where the capture ends before it or it is a length.
    pub fn ether_type(self) -> Option<u16> {
        let value = TYPE.get(self.bytes)? as u16;
        (value >= FIRST_TYPE).then_some(value)
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        emit.field(&DST, self.bytes);
        emit.field(&SRC, self.bytes);
        emit.field(if self.ether_type().is_some() { &TYPE } else { &LEN }, self.bytes);
    }
}

/// A VLAN tag borrowed from a capture.
#[derive(Clone, Copy, Debug)]
pub struct VlanSlice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
}

impl<'a> VlanSlice<'a> {
    /// The network's number, 12 bits; `None` where the capture ends before it.
    pub fn id(self) -> Option<u16> {
        ID.get(self.bytes).map(|id| id as u16)
    }

    /// What follows the tag; `None` where the capture ends before it or it is a length.
    pub fn ether_type(self) -> Option<u16> {
        let value = ETYPE.get(self.bytes)? as u16;
        (value >= FIRST_TYPE).then_some(value)
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        emit.field(&PRIORITY, self.bytes);
        emit.field(&DEI, self.bytes);
        emit.field(&ID, self.bytes);
        emit.field(if self.ether_type().is_some() { &ETYPE } else { &VLAN_LEN }, self.bytes);
    }
}
