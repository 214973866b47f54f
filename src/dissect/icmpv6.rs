//! ICMPv6 (RFC 4443) and neighbour discovery, IPv6's way to ask for a MAC address (RFC 4861).

use std::net::Ipv6Addr;

use super::checksum::{self, Around};
use super::field::{Checksum, Emit, Field, Value};
use super::icmpv6_options::{self as options, Options};

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
const RA_HOPS: Field = Field::new("icmpv6.nd.ra.cur_hop_limit", "Hop limit to begin with", 4..5);
const RA_MANAGED: Field = Field::flag("icmpv6.nd.ra.flag.m", "Addresses come by DHCPv6", 5..6, 0x80);
const RA_OTHER: Field = Field::flag("icmpv6.nd.ra.flag.o", "Other things come by DHCPv6", 5..6, 0x40);
const RA_PREFERENCE: Field = Field::bits("icmpv6.nd.ra.flag.prf", "Preference", 5..6, 0x18);
const RA_LIFETIME: Field = Field::new("icmpv6.nd.ra.router_lifetime", "Router for, in seconds", 6..8);
const RA_REACHABLE: Field = Field::new("icmpv6.nd.ra.reachable_time", "Neighbour is known for, in ms", 8..12);
const RA_RETRANS: Field = Field::new("icmpv6.nd.ra.retrans_timer", "Asked again after, in ms", 12..16);
const REDIRECT_TARGET: Field = Field::new("icmpv6.nd.rd.target_address", "Better next stop", 8..24).ipv6();
const REDIRECT_FOR: Field = Field::new("icmpv6.rd.na.destination_address", "On the way to", 24..40).ipv6();
const MLD_DELAY: Field = Field::new("icmpv6.mld.maximum_response_delay", "Answer within, in ms", 4..6);
const MLD_CODE: Field = Field::new("icmpv6.mld.maximum_response_code", "Answer within (code)", 4..6);
const MLD_GROUP: Field = Field::new("icmpv6.mld.multicast_address", "Group", 8..24).ipv6();
const MLD_QUIET: Field = Field::flag("icmpv6.mld.flag.s", "Routers need not start anew", 24..25, 0x08);
const MLD_ROBUST: Field = Field::bits("icmpv6.mld.flag.qrv", "How often to say it", 24..25, 0x07);
const MLD_INTERVAL: Field = Field::new("icmpv6.mld.qqi", "Time between questions (code)", 25..26);
const MLD_SOURCES: Field = Field::new("icmpv6.mld.nb_sources", "Senders that are named", 26..28);
const MLD_SOURCE: Field = Field::new("icmpv6.mld.source_address", "A sender", 0..16).ipv6();
const MLDR_RECORDS: Field = Field::new("icmpv6.mldr.nb_mcast_records", "Groups that are told", 6..8);
const MAR_TYPE: Field = Field::new("icmpv6.mldr.mar.record_type", "What is told of the group", 0..1);
const MAR_AUX: Field = Field::new("icmpv6.mldr.mar.aux_data_len", "More data, in 4 bytes", 1..2);
const MAR_SOURCES: Field = Field::new("icmpv6.mldr.mar.nb_sources", "Senders that are named", 2..4);
const MAR_GROUP: Field = Field::new("icmpv6.mldr.mar.multicast_address", "Group", 4..20).ipv6();
const MAR_SOURCE: Field = Field::new("icmpv6.mldr.mar.source_address", "A sender", 0..16).ipv6();
/// What only some messages have.
const MORE: &[Field] = &[
    IDENT,
    SEQ,
    MTU,
    NS_TARGET,
    NA_ROUTER,
    NA_SOLICITED,
    NA_OVERRIDE,
    NA_TARGET,
    RA_HOPS,
    RA_MANAGED,
    RA_OTHER,
    RA_PREFERENCE,
    RA_LIFETIME,
    RA_REACHABLE,
    RA_RETRANS,
    REDIRECT_TARGET,
    REDIRECT_FOR,
    MLD_DELAY,
    MLD_CODE,
    MLD_GROUP,
    MLD_QUIET,
    MLD_ROBUST,
    MLD_INTERVAL,
    MLD_SOURCES,
    MLD_SOURCE,
    MLDR_RECORDS,
    MAR_TYPE,
    MAR_AUX,
    MAR_SOURCES,
    MAR_GROUP,
    MAR_SOURCE,
];
/// All fields that a message can have.
pub(super) const TABLES: &[&[Field]] = &[FIELDS, MORE, options::FIELDS];

/// The length in bytes of what stands before an error's quoted packet.
pub(super) const LEN_BYTES: usize = 8;
const PROTOCOL: u8 = 58;
/// Type of the question "who has this address?".
pub const NEIGHBOR_SOLICITATION: u8 = 135;
/// Type of the answer to it.
pub const NEIGHBOR_ADVERTISEMENT: u8 = 136;

/// Routers ask who listens to which group, and hosts tell (RFC 2710; RFC 3810).
const LISTENER_QUERY: u8 = 130;
const LISTENER_REPORT: u8 = 131;
const LISTENER_DONE: u8 = 132;
const LISTENER_REPORT_2: u8 = 143;
/// A query of this length or more is one of the second version (RFC 3810, section 8.1).
const SECOND_QUERY: usize = 28;
const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;
const REDIRECT: u8 = 137;
const ADDRESS: usize = 16;

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
        Some(checksum::adds_up_with_addresses(self.around, PROTOCOL, self.bytes, told))
    }

    /// The options of a message of neighbour discovery, each with its place.
    fn options(self) -> Options<'a> {
        let at = match self.kind() {
            Some(ROUTER_SOLICITATION) => 8,
            Some(ROUTER_ADVERTISEMENT) => 16,
            Some(NEIGHBOR_SOLICITATION | NEIGHBOR_ADVERTISEMENT) => 24,
            Some(REDIRECT) => 40,
            _ => usize::MAX,
        };
        Options { bytes: self.bytes, at }
    }

    /// The fields of its fixed part, and where that ends; `None` where all the rest is read elsewhere: a ping's data, a quoted packet.
    fn fixed(self) -> (&'static [&'static Field], Option<usize>) {
        let second = self.around.reported >= SECOND_QUERY;
        match self.kind() {
            Some(128 | 129) => (&[&IDENT, &SEQ], None),
            Some(2) => (&[&MTU], None),
            _ if self.is_error() => (&[], None),
            Some(LISTENER_QUERY) if second => {
                let own = &[&MLD_CODE, &MLD_GROUP, &MLD_QUIET, &MLD_ROBUST, &MLD_INTERVAL, &MLD_SOURCES];
                (own, Some(SECOND_QUERY))
            }
            Some(LISTENER_QUERY | LISTENER_REPORT | LISTENER_DONE) => (&[&MLD_DELAY, &MLD_GROUP], Some(24)),
            Some(LISTENER_REPORT_2) => (&[&MLDR_RECORDS], Some(8)),
            Some(ROUTER_SOLICITATION) => (&[], Some(8)),
            Some(ROUTER_ADVERTISEMENT) => {
                let own = &[
                    &RA_HOPS,
                    &RA_MANAGED,
                    &RA_OTHER,
                    &RA_PREFERENCE,
                    &RA_LIFETIME,
                    &RA_REACHABLE,
                    &RA_RETRANS,
                ];
                (own, Some(16))
            }
            Some(NEIGHBOR_SOLICITATION) => (&[&NS_TARGET], Some(24)),
            Some(NEIGHBOR_ADVERTISEMENT) => {
                (&[&NA_ROUTER, &NA_SOLICITED, &NA_OVERRIDE, &NA_TARGET], Some(24))
            }
            Some(REDIRECT) => (&[&REDIRECT_TARGET, &REDIRECT_FOR], Some(40)),
            _ => (&[], Some(4)),
        }
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        emit.table(FIELDS.get(..3).unwrap_or_default(), self.bytes);
        if let Some(status) = self.checksum_status() {
            emit.put(&STATUS, Value::Checksum(status), CHECKSUM.range());
        }
        let (own, end) = self.fixed();
        for field in own {
            emit.field(field, self.bytes);
        }
        let Some(end) = end else { return };
        let end = match self.kind() {
            Some(LISTENER_QUERY) if end == SECOND_QUERY => {
                let sources = MLD_SOURCES.get(self.bytes).unwrap_or(0);
                self.addresses(&MLD_SOURCE, sources, end, emit)
            }
            Some(LISTENER_REPORT_2) => self.records(end, emit),
            _ => options::each_field(self.options(), end, emit),
        };
        options::unread(self.bytes, end, emit);
    }

    /// So many addresses from a place on; gives the place behind those that are there.
    fn addresses(self, field: &'static Field, count: u64, mut at: usize, emit: &mut Emit<'_, 'a>) -> usize {
        for _ in 0..count {
            if at + ADDRESS > self.bytes.len() {
                break;
            }
            emit.field_at(field, self.bytes, at);
            at += ADDRESS;
        }
        at
    }

    /// What a report tells of one group after the other (RFC 3810, section 5.2); gives the place behind that.
    fn records(self, mut at: usize, emit: &mut Emit<'_, 'a>) -> usize {
        for _ in 0..MLDR_RECORDS.get(self.bytes).unwrap_or(0) {
            let Some(record) = self.bytes.get(at..).filter(|record| record.len() >= 20) else { break };
            for field in [&MAR_TYPE, &MAR_AUX, &MAR_SOURCES, &MAR_GROUP] {
                emit.field_at(field, self.bytes, at);
            }
            let (sources, more) = (MAR_SOURCES.get(record).unwrap_or(0), MAR_AUX.get(record).unwrap_or(0));
            let end = self.addresses(&MAR_SOURCE, sources, at + 20, emit);
            at = (end + more as usize * 4).min(self.bytes.len());
            options::unread(self.bytes.get(..at).unwrap_or_default(), end, emit);
        }
        at
    }
}
