//! Ethernet II and 802.3 headers, and VLAN tags (IEEE 802.3, 802.1Q).

use super::field::{Emit, Field};

const DST: Field = Field::new("eth.dst", "Destination MAC address", 0..6).mac();
const SRC: Field = Field::new("eth.src", "Source MAC address", 6..12).mac();
const TYPE: Field = Field::new("eth.type", "EtherType: what comes next", 12..14).hex();
const LEN: Field = Field::new("eth.len", "Length (802.3)", 12..14);
const INVALID: Field = Field::new("eth.invalid_lentype", "Neither type nor length", 12..14).hex();
/// The header, in wire order; the last three share their bytes: up to 1500 it is a length, from 1536 on a type.
pub(super) const FIELDS: &[Field] = &[DST, SRC, TYPE, LEN, INVALID];

const PRIORITY: Field = Field::bits("vlan.priority", "Priority", 0..2, 0xe000);
const DEI: Field = Field::flag("vlan.dei", "May be dropped first", 0..2, 0x1000);
const ID: Field = Field::bits("vlan.id", "VLAN number", 0..2, 0x0fff);
const ETYPE: Field = Field::new("vlan.etype", "EtherType: what comes next", 2..4).hex();
const VLAN_LEN: Field = Field::new("vlan.len", "Length (802.3)", 2..4);
/// The tag's four bytes after the EtherType that announces it.
pub(super) const VLAN_FIELDS: &[Field] = &[PRIORITY, DEI, ID, ETYPE, VLAN_LEN];

const SERVICE_PRIORITY: Field = Field::bits("ieee8021ad.priority", "Priority", 0..2, 0xe000);
const SERVICE_DEI: Field = Field::flag("ieee8021ad.dei", "May be dropped first", 0..2, 0x1000);
const SERVICE_ID: Field = Field::bits("ieee8021ad.id", "Provider's VLAN number", 0..2, 0x0fff);
const SERVICE_OUTER: Field = Field::bits("ieee8021ad.svid", "Provider's VLAN number", 0..2, 0x0fff);
const SERVICE_INNER: Field = Field::bits("ieee8021ad.cvid", "Customer's VLAN number", 0..2, 0x0fff);
const SERVICE_ETYPE: Field = Field::new("ieee8021ah.etype", "EtherType: what comes next", 2..4).hex();
/// The same bytes in a provider's tag; of the numbers it has one.
pub(super) const SERVICE_FIELDS: &[Field] =
    &[SERVICE_PRIORITY, SERVICE_DEI, SERVICE_ID, SERVICE_OUTER, SERVICE_INNER, SERVICE_ETYPE];

/// The EtherType that announces a provider's tag (IEEE 802.1ad).
pub(super) const SERVICE: u16 = 0x88a8;

/// The header's length in bytes.
pub(super) const LEN_BYTES: usize = 14;
/// A tag's length in bytes.
pub(super) const VLAN_LEN_BYTES: usize = 4;
/// The longest that a length can be.
const LAST_LENGTH: u16 = 1500;
/// The smallest EtherType.
const FIRST_TYPE: u16 = 1536;
/// The two bytes that begin Novell's own form of an 802.3 frame, where LLC would stand: IPX without a checksum.
const NOVELL: [u8; 2] = [0xff, 0xff];

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

    /// What follows the header; `None` where the capture ends before it or it is a length. 0, which is no length that
    /// could be, counts as a type.
    pub fn ether_type(self) -> Option<u16> {
        let value = TYPE.get(self.bytes)? as u16;
        (value >= FIRST_TYPE || value == 0).then_some(value)
    }

    /// How many bytes follow that are no padding (802.3); `None` where the capture ends before it or it is a type.
    pub fn length(self) -> Option<u16> {
        let value = LEN.get(self.bytes)? as u16;
        (1..=LAST_LENGTH).contains(&value).then_some(value)
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        emit.field(&DST, self.bytes);
        emit.field(&SRC, self.bytes);
        let row = match (self.ether_type(), self.length()) {
            (Some(_), _) => &TYPE,
            (None, Some(_)) => &LEN,
            (None, None) => &INVALID,
        };
        emit.field(row, self.bytes);
    }
}

/// What kind of tag it is, by the EtherType that announces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// The ordinary one (0x8100, and 0x9100 before there was a standard for two of them).
    Customer,
    /// A provider's (0x88a8).
    Service,
    /// A provider's right behind another of its kind.
    SecondService,
}

/// A VLAN tag borrowed from a capture.
#[derive(Clone, Copy, Debug)]
pub struct VlanSlice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
    pub(super) tag: Tag,
}

impl<'a> VlanSlice<'a> {
    /// The network's number, 12 bits; `None` where the capture ends before it.
    pub fn id(self) -> Option<u16> {
        ID.get(self.bytes).map(|id| id as u16)
    }

    /// What follows the tag; `None` where the capture ends before it or it is a length.
    pub fn ether_type(self) -> Option<u16> {
        let value = ETYPE.get(self.bytes)? as u16;
        (value > LAST_LENGTH || self.is_service()).then_some(value)
    }

    /// Whether it is a provider's tag (0x88a8).
    pub fn is_service(self) -> bool {
        self.tag != Tag::Customer
    }

    /// How many bytes follow that are no padding (802.3); `None` where the capture ends before it or it is a type.
    pub fn length(self) -> Option<u16> {
        let value = VLAN_LEN.get(self.bytes)? as u16;
        (value <= LAST_LENGTH && !self.is_service()).then_some(value)
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        if self.is_service() {
            return self.each_service_field(emit);
        }
        emit.field(&PRIORITY, self.bytes);
        emit.field(&DEI, self.bytes);
        emit.field(&ID, self.bytes);
        emit.field(if self.ether_type().is_some() { &ETYPE } else { &VLAN_LEN }, self.bytes);
    }

    fn each_service_field(self, emit: &mut Emit<'_, 'a>) {
        let another_follows = self.ether_type() == Some(SERVICE);
        emit.field(&SERVICE_PRIORITY, self.bytes);
        emit.field(&SERVICE_DEI, self.bytes);
        let number = match self.tag {
            Tag::SecondService => &SERVICE_INNER,
            _ if another_follows => &SERVICE_OUTER,
            _ => &SERVICE_ID,
        };
        emit.field(number, self.bytes);
        // Of two the first has no field for what it announces.
        if self.tag == Tag::SecondService || !another_follows {
            emit.field(&SERVICE_ETYPE, self.bytes);
        }
    }
}

/// Whether these bytes, which follow a length, begin with an LLC header; Novell's IPX has none.
pub(super) fn is_llc(bytes: &[u8]) -> bool {
    !bytes.starts_with(&NOVELL)
}
