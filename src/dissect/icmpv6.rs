//! ICMPv6 (RFC 4443) and neighbour discovery, IPv6's way to ask for a MAC address (RFC 4861).

use std::net::Ipv6Addr;

use super::checksum::{self, Around};
use super::field::{Checksum, Emit, Field, Value};

const TYPE: Field = Field::new("icmpv6.type", "Type", 0..1);
const CODE: Field = Field::new("icmpv6.code", "Code", 1..2);
const CHECKSUM: Field = Field::new("icmpv6.checksum", "Checksum", 2..4).hex();
const STATUS: Field = Field::new("icmpv6.checksum.status", "Checksum is", 0..0);
/// What every message begins with, in wire order.
pub(super) const FIELDS: &[Field] = &[TYPE, CODE, CHECKSUM, STATUS];

const IDENT: Field = Field::new("icmpv6.echo.identifier", "Whose ping", 4..6);
const SEQ: Field = Field::new("icmpv6.echo.sequence_number", "Which ping", 6..8);
const MTU: Field = Field::new("icmpv6.mtu", "Largest packet that fits", 4..8);
const NS_TARGET: Field =
    Field::new("icmpv6.nd.ns.target_address", "Whose MAC address is asked for", 8..24).ipv6();
const NA_ROUTER: Field = Field::flag("icmpv6.nd.na.flag.r", "From a router", 4..5, 0x80);
const NA_SOLICITED: Field = Field::flag("icmpv6.nd.na.flag.s", "Answers a question", 4..5, 0x40);
const NA_OVERRIDE: Field = Field::flag("icmpv6.nd.na.flag.o", "Replaces what was known", 4..5, 0x20);
const NA_TARGET: Field = Field::new("icmpv6.nd.na.target_address", "Whose MAC address is told", 8..24).ipv6();
const OPT_TYPE: Field = Field::new("icmpv6.opt.type", "Option", 0..1);
const OPT_LENGTH: Field = Field::new("icmpv6.opt.length", "Option's length, in 8 bytes", 1..2);
const OPT_SRC: Field = Field::new("icmpv6.opt.src_linkaddr", "Sender's MAC address", 2..8).mac();
const OPT_TARGET: Field = Field::new("icmpv6.opt.target_linkaddr", "Target's MAC address", 2..8).mac();
/// What only some messages have.
pub(super) const MORE: &[Field] = &[
    IDENT,
    SEQ,
    MTU,
    NS_TARGET,
    NA_ROUTER,
    NA_SOLICITED,
    NA_OVERRIDE,
    NA_TARGET,
    OPT_TYPE,
    OPT_LENGTH,
    OPT_SRC,
    OPT_TARGET,
];

/// The length in bytes of what stands before an error's quoted packet.
pub(super) const LEN_BYTES: usize = 8;
const PROTOCOL: u8 = 58;
/// Type of the question "who has this address?".
pub const NEIGHBOR_SOLICITATION: u8 = 135;
/// Type of the answer to it.
pub const NEIGHBOR_ADVERTISEMENT: u8 = 136;

/// An ICMPv6 message borrowed from its packet.
#[derive(Clone, Copy, Debug)]
pub struct Icmpv6Slice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
    pub(super) around: Around<'a>,
}

impl<'a> Icmpv6Slice<'a> {
    /// What kind of message; `None` where the capture ends before it.
    pub fn kind(self) -> Option<u8> {
        TYPE.get(self.bytes).map(|kind| kind as u8)
    }

    /// The kind in detail.
    pub fn code(self) -> Option<u8> {
        CODE.get(self.bytes).map(|code| code as u8)
    }

    /// Whether it quotes the packet that it complains about: all types below 128 (RFC 4443, section 2.1).
    pub fn is_error(self) -> bool {
        matches!(self.kind(), Some(1..=4))
    }

    /// Whether it asks for, or is, an echo: ping.
    pub fn is_echo(self) -> bool {
        matches!(self.kind(), Some(128 | 129))
    }

    /// The address that a neighbour solicitation asks for or an advertisement tells of; `None` in other messages.
    pub fn target(self) -> Option<Ipv6Addr> {
        if !matches!(self.kind()?, NEIGHBOR_SOLICITATION | NEIGHBOR_ADVERTISEMENT) {
            return None;
        }
        self.bytes.get(NS_TARGET.range())?.first_chunk::<16>().map(|address| Ipv6Addr::from(*address))
    }

    /// Whether an advertisement answers a question; `None` in other messages.
    pub fn solicited(self) -> Option<bool> {
        if self.kind()? == NEIGHBOR_ADVERTISEMENT {
            NA_SOLICITED.get(self.bytes).map(|bit| bit != 0)
        } else {
            None
        }
    }

    /// The MAC address in a neighbour message's option: the sender's own in a question, the target's in an answer.
    pub fn link_address(self) -> Option<[u8; 6]> {
        self.options()
            .find(|(_, option)| matches!(option.first(), Some(1 | 2)))?
            .1
            .get(2..)?
            .first_chunk()
            .copied()
    }

    /// Whether the checksum is right; `None` where the capture ends before it.
    pub fn checksum_status(self) -> Option<Checksum> {
        let told = CHECKSUM.get(self.bytes)?;
        let whole = self.bytes.len() >= self.around.reported;
        if self.around.fragment || self.around.quoted || !whole || self.around.addresses.len() != 32 {
            return Some(Checksum::Unverified);
        }
        Some(checksum::adds_up_with_addresses(self.around.addresses, PROTOCOL, self.bytes, told))
    }

    /// The options of a neighbour message, each with its place.
    fn options(self) -> impl Iterator<Item = (usize, &'a [u8])> {
        let mut at = match self.kind() {
            Some(NEIGHBOR_SOLICITATION | NEIGHBOR_ADVERTISEMENT) => 24,
            _ => usize::MAX,
        };
        std::iter::from_fn(move || {
            let rest = self.bytes.get(at..)?;
            let length = usize::from(*rest.get(1)?) * 8;
            let option = rest.get(..length).filter(|option| !option.is_empty())?;
            let found = (at, option);
            at += length;
            Some(found)
        })
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        emit.table(FIELDS.get(..3).unwrap_or_default(), self.bytes);
        if let Some(status) = self.checksum_status() {
            emit.put(&STATUS, Value::Checksum(status), CHECKSUM.range());
        }
        let own: &[&'static Field] = match self.kind() {
            Some(128 | 129) => &[&IDENT, &SEQ],
            Some(2) => &[&MTU],
            Some(NEIGHBOR_SOLICITATION) => &[&NS_TARGET],
            Some(NEIGHBOR_ADVERTISEMENT) => &[&NA_ROUTER, &NA_SOLICITED, &NA_OVERRIDE, &NA_TARGET],
            _ => &[],
        };
        for field in own {
            emit.field(field, self.bytes);
        }
        for (at, option) in self.options() {
            emit.field_at(&OPT_TYPE, self.bytes, at);
            emit.field_at(&OPT_LENGTH, self.bytes, at);
            match option.first() {
                Some(1) => emit.field_at(&OPT_SRC, self.bytes, at),
                Some(2) => emit.field_at(&OPT_TARGET, self.bytes, at),
                _ => {}
            }
        }
    }
}
