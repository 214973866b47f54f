//! Address resolution: which MAC address belongs to this IPv4 address? (RFC 826)

use std::net::Ipv4Addr;

use super::field::{Emit, Field};

const HW_TYPE: Field = Field::new("arp.hw.type", "Kind of link", 0..2);
const PROTO_TYPE: Field = Field::new("arp.proto.type", "Kind of address asked for", 2..4).hex();
const HW_SIZE: Field = Field::new("arp.hw.size", "MAC address length", 4..5);
const PROTO_SIZE: Field = Field::new("arp.proto.size", "IP address length", 5..6);
const OPCODE: Field = Field::new("arp.opcode", "Question (1) or answer (2)", 6..8);
const SRC_MAC: Field = Field::new("arp.src.hw_mac", "Sender's MAC address", 8..14).mac();
const SRC_IP: Field = Field::new("arp.src.proto_ipv4", "Sender's IP address", 14..18).ipv4();
const DST_MAC: Field = Field::new("arp.dst.hw_mac", "Target's MAC address", 18..24).mac();
const DST_IP: Field = Field::new("arp.dst.proto_ipv4", "Target's IP address", 24..28).ipv4();
/// The message for Ethernet and IPv4, in wire order.
pub(super) const FIELDS: &[Field] =
    &[HW_TYPE, PROTO_TYPE, HW_SIZE, PROTO_SIZE, OPCODE, SRC_MAC, SRC_IP, DST_MAC, DST_IP];
/// How many of them have the same place whatever the addresses.
const FIXED: usize = 5;

/// An ARP message borrowed from its frame.
#[derive(Clone, Copy, Debug)]
pub struct ArpSlice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
}

impl<'a> ArpSlice<'a> {
    /// 1 asks, 2 answers; `None` where the capture ends before it.
    pub fn opcode(self) -> Option<u16> {
        OPCODE.get(self.bytes).map(|opcode| opcode as u16)
    }

    /// Whether the addresses are MAC and IPv4 addresses: without that the four below are `None`.
    pub fn is_ethernet_ipv4(self) -> bool {
        HW_SIZE.get(self.bytes) == Some(6)
            && PROTO_SIZE.get(self.bytes) == Some(4)
            && PROTO_TYPE.get(self.bytes) == Some(0x0800)
    }

    /// Who asks or answers.
    pub fn sender_mac(self) -> Option<[u8; 6]> {
        self.address(&SRC_MAC)?.first_chunk().copied()
    }

    /// The address of who asks or answers.
    pub fn sender_ip(self) -> Option<Ipv4Addr> {
        self.address(&SRC_IP)?.first_chunk::<4>().map(|address| Ipv4Addr::from(*address))
    }

    /// Who is to take the answer; zeros in a question.
    pub fn target_mac(self) -> Option<[u8; 6]> {
        self.address(&DST_MAC)?.first_chunk().copied()
    }

    /// The address that is asked for.
    pub fn target_ip(self) -> Option<Ipv4Addr> {
        self.address(&DST_IP)?.first_chunk::<4>().map(|address| Ipv4Addr::from(*address))
    }

    fn address(self, field: &Field) -> Option<&'a [u8]> {
        if self.is_ethernet_ipv4() { self.bytes.get(field.range()) } else { None }
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        let count = if self.is_ethernet_ipv4() { FIELDS.len() } else { FIXED };
        emit.table(FIELDS.get(..count).unwrap_or_default(), self.bytes);
    }
}
