//! ICMP: errors and questions about IPv4 itself (RFC 792).

use super::checksum::{self, Around};
use super::field::{Checksum, Emit, Field, Value};

const TYPE: Field = Field::new("icmp.type", "Type", 0..1);
const CODE: Field = Field::new("icmp.code", "Code", 1..2);
const CHECKSUM: Field = Field::new("icmp.checksum", "Checksum", 2..4).hex();
const STATUS: Field = Field::new("icmp.checksum.status", "Checksum is", 0..0);
/// What every message begins with, in wire order.
pub(super) const FIELDS: &[Field] = &[TYPE, CODE, CHECKSUM, STATUS];

const IDENT: Field = Field::new("icmp.ident", "Whose ping", 4..6);
const SEQ: Field = Field::new("icmp.seq", "Which ping", 6..8);
const GATEWAY: Field = Field::new("icmp.redir_gw", "Better router", 4..8).ipv4();
const MTU: Field = Field::new("icmp.mtu", "Largest packet that fits", 6..8);
const ORIGINATE: Field = Field::new("icmp.originate_timestamp", "Asked at, in ms of the day", 8..12);
const RECEIVE: Field = Field::new("icmp.receive_timestamp", "Heard at, in ms of the day", 12..16);
const TRANSMIT: Field = Field::new("icmp.transmit_timestamp", "Answered at, in ms of the day", 16..20);
const MASK: Field = Field::new("icmp.address_mask", "Mask of this network", 8..12).ipv4();
const ROUTERS: Field = Field::new("icmp.num_addrs", "Routers that are told", 4..5);
const ENTRY: Field = Field::new("icmp.addr_entry_size", "Size of an entry, in 4 bytes", 5..6);
const LIFETIME: Field = Field::new("icmp.lifetime", "True for, in seconds", 6..8);
const ROUTER: Field = Field::new("icmp.router_address", "A router's address", 0..4).ipv4();
const UNREAD: Field = Field::new("netlab.icmp.unread", "Data that is not read", 0..0).raw();
/// What only some messages have.
pub(super) const MORE: &[Field] =
    &[IDENT, SEQ, GATEWAY, MTU, ORIGINATE, RECEIVE, TRANSMIT, MASK, ROUTERS, ENTRY, LIFETIME, ROUTER, UNREAD];

/// The length in bytes of what stands before an error's quoted packet.
pub(super) const LEN_BYTES: usize = 8;

/// An ICMP message borrowed from its packet.
#[derive(Clone, Copy, Debug)]
pub struct IcmpSlice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
    pub(super) around: Around<'a>,
}

impl<'a> IcmpSlice<'a> {
    /// What kind of message: 0 echo reply, 3 unreachable, 8 echo request, 11 time exceeded ... `None` where the capture
    /// ends before it.
    pub fn kind(self) -> Option<u8> {
        TYPE.get(self.bytes).map(|kind| kind as u8)
    }

    /// The kind in detail.
    pub fn code(self) -> Option<u8> {
        CODE.get(self.bytes).map(|code| code as u8)
    }

    /// Whether it quotes the packet that it complains about.
    pub fn is_error(self) -> bool {
        matches!(self.kind(), Some(3 | 4 | 5 | 11 | 12))
    }

    /// Whether it asks for, or is, an echo: ping.
    pub fn is_echo(self) -> bool {
        matches!(self.kind(), Some(0 | 8))
    }

    /// Which ping of its series; `None` for other messages.
    pub fn echo_sequence(self) -> Option<u16> {
        if self.is_echo() { SEQ.get(self.bytes).map(|number| number as u16) } else { None }
    }

    /// Whether the checksum is right; `None` where the capture ends before it.
    pub fn checksum_status(self) -> Option<Checksum> {
        CHECKSUM.get(self.bytes)?;
        if self.around.fragment || self.around.quoted || self.bytes.len() < self.around.reported {
            return Some(Checksum::Unverified);
        }
        Some(checksum::adds_up(self.bytes))
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        emit.table(FIELDS.get(..3).unwrap_or_default(), self.bytes);
        if let Some(status) = self.checksum_status() {
            emit.put(&STATUS, Value::Checksum(status), CHECKSUM.range());
        }
        let (own, end): (&[&'static Field], usize) = match (self.kind(), self.code()) {
            // What follows is the ping's data, or the packet that an error quotes.
            (Some(0 | 8), _) => (&[&IDENT, &SEQ], usize::MAX),
            (Some(5), _) => (&[&GATEWAY], usize::MAX),
            (Some(3), Some(4)) => (&[&MTU], usize::MAX),
            _ if self.is_error() => (&[], usize::MAX),
            (Some(9), _) => (&[&ROUTERS, &ENTRY, &LIFETIME], 8),
            // Four bytes are kept free.
            (Some(10), _) => (&[], 8),
            (Some(13 | 14), _) => (&[&IDENT, &SEQ, &ORIGINATE, &RECEIVE, &TRANSMIT], 20),
            (Some(17 | 18), _) => (&[&IDENT, &SEQ, &MASK], 12),
            _ => (&[], 4),
        };
        for field in own {
            emit.field(field, self.bytes);
        }
        let mut at = end;
        if self.kind() == Some(9) {
            // An address, and how much it is to be preferred (RFC 1256, section 3).
            for _ in 0..ROUTERS.get(self.bytes).unwrap_or(0) {
                let size = ENTRY.get(self.bytes).map_or(0, |words| words as usize * 4);
                let Some(rest) = self.bytes.get(at + 4..at + size.max(4)) else { break };
                emit.field_at(&ROUTER, self.bytes, at);
                if !rest.is_empty() {
                    emit.put(&UNREAD, Value::Bytes(rest), at + 4..at + 4 + rest.len());
                }
                at += size.max(4);
            }
        }
        if let Some(rest) = self.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            emit.put(&UNREAD, Value::Bytes(rest), at..self.bytes.len());
        }
    }
}
