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
/// What only some messages have.
pub(super) const MORE: &[Field] = &[IDENT, SEQ, GATEWAY, MTU];

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
        match (self.kind(), self.code()) {
            (Some(0 | 8 | 13 | 14), _) => {
                emit.field(&IDENT, self.bytes);
                emit.field(&SEQ, self.bytes);
            }
            (Some(5), _) => emit.field(&GATEWAY, self.bytes),
            (Some(3), Some(4)) => emit.field(&MTU, self.bytes),
            _ => {}
        }
    }
}
