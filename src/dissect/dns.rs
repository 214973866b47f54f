//! DNS (RFC 1035), and its relatives for a network without a server: mDNS (RFC 6762) and LLMNR (RFC 4795).
//!
//! [`Packet::new`](super::Packet::new) only notes that a message begins; names and records are read when fields are asked for.

use super::dns_name::Name;
use super::dns_record::{self, Record};
use super::field::{Emit, Field, Value};
use super::{UdpSlice, dns_data, dns_name, dns_option};

const ID: Field = Field::new("dns.id", "Number of the question", 0..2).hex();
const FLAGS: Field = Field::new("dns.flags", "Flags", 2..4).hex();
const RESPONSE: Field = Field::flag("dns.flags.response", "Answer", 2..4, 0x8000);
const OPCODE: Field = Field::bits("dns.flags.opcode", "Kind of question", 2..4, 0x7800);
const AUTHORITATIVE: Field =
    Field::flag("dns.flags.authoritative", "From the name's own server", 2..4, 0x0400);
const TRUNCATED: Field = Field::flag("dns.flags.truncated", "Cut: did not fit", 2..4, 0x0200);
const RECURSION_DESIRED: Field =
    Field::flag("dns.flags.recdesired", "Please ask others for me", 2..4, 0x0100);
const RECURSION_AVAILABLE: Field = Field::flag("dns.flags.recavail", "I do ask others", 2..4, 0x0080);
const Z: Field = Field::flag("dns.flags.z", "Reserved", 2..4, 0x0040);
const AUTHENTICATED: Field = Field::flag("dns.flags.authenticated", "Signatures were checked", 2..4, 0x0020);
const CHECKING_DISABLED: Field =
    Field::flag("dns.flags.checkdisable", "Unchecked answers are welcome", 2..4, 0x0010);
const RCODE: Field = Field::bits("dns.flags.rcode", "How it went", 2..4, 0x000f);
const QUERIES: Field = Field::new("dns.count.queries", "Questions", 4..6);
const ANSWERS: Field = Field::new("dns.count.answers", "Answers", 6..8);
const AUTHORITIES: Field = Field::new("dns.count.auth_rr", "Records on who decides", 8..10);
const ADDITIONAL: Field = Field::new("dns.count.add_rr", "Further records", 10..12);
/// The header, in wire order.
const FIELDS: &[Field] = &[
    ID,
    FLAGS,
    RESPONSE,
    OPCODE,
    AUTHORITATIVE,
    TRUNCATED,
    RECURSION_DESIRED,
    RECURSION_AVAILABLE,
    Z,
    AUTHENTICATED,
    CHECKING_DISABLED,
    RCODE,
    QUERIES,
    ANSWERS,
    AUTHORITIES,
    ADDITIONAL,
];

const CONFLICT: Field = Field::flag("dns.flags.conflict", "Several hosts claim this name", 2..4, 0x0400);
const TENTATIVE: Field = Field::flag("dns.flags.tentative", "The name is not yet certain", 2..4, 0x0100);
const ZONES: Field = Field::new("dns.count.zones", "Zones", 4..6);
const PREREQUISITES: Field = Field::new("dns.count.prerequisites", "Conditions", 6..8);
const UPDATES: Field = Field::new("dns.count.updates", "Changes", 8..10);
/// What LLMNR and updates of a zone (RFC 2136) have in place of some of these.
const OTHER_FIELDS: &[Field] = &[CONFLICT, TENTATIVE, ZONES, PREREQUISITES, UPDATES];
/// The opcode of an update.
const UPDATE: u64 = 5;

const QRY_NAME: Field = Field::new("dns.qry.name", "Name that is asked for", 0..0).text();
const QRY_NAME_LEN: Field = Field::new("dns.qry.name.len", "Length of that name", 0..0);
const LABELS: Field = Field::new("dns.count.labels", "Parts of that name", 0..0);
const QRY_TYPE: Field = Field::new("dns.qry.type", "Type that is asked for", 0..2);
const QRY_CLASS: Field = Field::new("dns.qry.class", "Class", 2..4).hex();
const QRY_CLASS_MDNS: Field = Field::bits("dns.qry.class", "Class", 2..4, 0x7fff).hex();
const QRY_QU: Field = Field::flag("dns.qry.qu", "Answer to me alone, please", 2..4, 0x8000);
/// A question.
const QUESTION_FIELDS: &[Field] =
    &[QRY_NAME, QRY_NAME_LEN, LABELS, QRY_TYPE, QRY_CLASS, QRY_CLASS_MDNS, QRY_QU];

const EXTRANEOUS: Field = Field::new("dns.extraneous.data", "Follows after the last record", 0..0).raw();
const EXTRANEOUS_LEN: Field = Field::new("dns.extraneous.length", "Length of what follows", 0..0);
const END_FIELDS: &[Field] = &[EXTRANEOUS, EXTRANEOUS_LEN];

/// All fields that a message can have.
pub(super) const TABLES: &[&[Field]] = &[
    FIELDS,
    OTHER_FIELDS,
    QUESTION_FIELDS,
    dns_record::FIELDS,
    dns_data::FIELDS,
    dns_option::OPTION_FIELDS,
    dns_option::PARAM_FIELDS,
    END_FIELDS,
];

/// The length of the header in bytes.
const LEN_BYTES: usize = 12;
/// What follows a question's name, in bytes.
const QUESTION_BYTES: usize = 4;

/// Which of the protocols that share this format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsKind {
    /// Questions to a name server.
    Dns,
    /// Questions to all on the link (RFC 6762).
    Mdns,
    /// The same as Windows does it (RFC 4795).
    Llmnr,
}

impl DnsKind {
    /// The protocol that a port belongs to.
    fn of_port(port: u16) -> Option<DnsKind> {
        match port {
            53 => Some(DnsKind::Dns),
            5353 => Some(DnsKind::Mdns),
            5355 => Some(DnsKind::Llmnr),
            _ => None,
        }
    }

    /// Wireshark's name for it, to be used in a display filter; the fields are `dns.` for all three.
    pub fn name(self) -> &'static str {
        match self {
            DnsKind::Dns => "dns",
            DnsKind::Mdns => "mdns",
            DnsKind::Llmnr => "llmnr",
        }
    }

    /// What it is called on the screen.
    pub fn title(self) -> &'static str {
        match self {
            DnsKind::Dns => "DNS",
            DnsKind::Mdns => "mDNS",
            DnsKind::Llmnr => "LLMNR",
        }
    }
}

/// A message borrowed from its datagram.
#[derive(Clone, Copy, Debug)]
pub struct DnsSlice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
    kind: DnsKind,
    /// Not all of it was kept.
    cut: bool,
}

impl<'a> DnsSlice<'a> {
    /// The message in a datagram, if one of its ports says that there is one.
    #[inline]
    pub(super) fn of(datagram: UdpSlice<'a>) -> Option<DnsSlice<'a>> {
        let (source, destination) = (datagram.source_port()?, datagram.destination_port()?);
        // The lower port is asked first, as in Wireshark.
        let kind = DnsKind::of_port(source.min(destination))
            .or_else(|| DnsKind::of_port(source.max(destination)))?;
        let bytes = datagram.payload();
        let offset = datagram.offset + super::udp::LEN_BYTES;
        let cut = offset - datagram.offset + bytes.len() < usize::from(datagram.length()?);
        (!bytes.is_empty()).then_some(DnsSlice { bytes, offset, kind, cut })
    }

    /// Which of the protocols that share this format.
    pub fn kind(self) -> DnsKind {
        self.kind
    }

    /// Whether it answers; `None` where the capture ends before it.
    pub fn is_response(self) -> Option<bool> {
        RESPONSE.get(self.bytes).map(|bit| bit != 0)
    }

    /// What kind of request it is, or answers: 0 a question, 4 news of a zone (RFC 1996), 5 a change of one (RFC 2136).
    pub fn opcode(self) -> Option<u8> {
        OPCODE.get(self.bytes).map(|code| code as u8)
    }

    /// How it went: 0 is well, 3 that there is no such name (RFC 1035, section 4.1.1).
    pub fn response_code(self) -> Option<u8> {
        RCODE.get(self.bytes).map(|code| code as u8)
    }

    /// The first question: its name, and the type of record that is asked for (1: an IPv4 address). `None` where there is
    /// none, or the capture ends before it.
    pub fn question(self) -> Option<(Name<'a>, u16)> {
        if QUERIES.get(self.bytes)? == 0 {
            return None;
        }
        let (name, next) = Name::read(self.bytes, LEN_BYTES)?;
        Some((name, QRY_TYPE.get(self.bytes.get(next..)?)? as u16))
    }

    /// The records that answer the question, as far as they can be read.
    pub fn answers(self) -> impl Iterator<Item = Record<'a>> {
        let mut at = Some(LEN_BYTES);
        for _ in 0..QUERIES.get(self.bytes).unwrap_or(0) {
            at = at.and_then(|at| Some(dns_name::read(self.bytes, at)?.1 + QUESTION_BYTES));
            if at.is_none() {
                break;
            }
        }
        let mut left = ANSWERS.get(self.bytes).unwrap_or(0);
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let record = Record::read(self.bytes, at?)?;
            at = record.next();
            Some(record)
        })
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        for field in FIELDS.iter().chain(OTHER_FIELDS).filter(|field| self.has(field)) {
            emit.field(field, self.bytes);
        }
        let end = self.bytes.len();
        let at = self.body(emit);
        match at {
            // What was cut off by the capture is nobody's mistake.
            Err(_) if self.cut => {}
            Err(at) => emit.put(&dns_record::MALFORMED, Value::Present, at..end),
            Ok(at) if at < end => {
                let rest = self.bytes.get(at..).unwrap_or_default();
                emit.put(&EXTRANEOUS, Value::Bytes(rest), at..end);
                emit.put(&EXTRANEOUS_LEN, Value::Number(rest.len() as u64), at..end);
            }
            Ok(_) => {}
        }
    }

    /// The fields of questions and records. Gives the place where they end, or as an error the place of the one that can't
    /// be read: nobody knows where the next begins.
    fn body(self, emit: &mut Emit<'_, 'a>) -> Result<usize, usize> {
        let mut at = LEN_BYTES;
        for _ in 0..QUERIES.get(self.bytes).ok_or(at.min(self.bytes.len()))? {
            at = self.question_fields(at, emit).ok_or(at)?;
        }
        for section in [&ANSWERS, &AUTHORITIES, &ADDITIONAL] {
            for _ in 0..section.get(self.bytes).ok_or(at.min(self.bytes.len()))? {
                let record = Record::read(self.bytes, at).ok_or(at)?;
                record.each_field(self.kind, emit);
                at = record.next().ok_or(at)?;
            }
        }
        Ok(at)
    }

    /// The fields of the question that begins at a place, and the place after it; `None` where it can't be read.
    fn question_fields(self, at: usize, emit: &mut Emit<'_, 'a>) -> Option<usize> {
        let (value, next) = dns_name::read(self.bytes, at)?;
        emit.put(&QRY_NAME, value, at..next);
        if let Value::Name(name) = value {
            emit.put(&QRY_NAME_LEN, Value::Number(name.len_bytes() as u64), at..next);
            emit.put(&LABELS, Value::Number(name.labels().count() as u64), at..next);
        }
        emit.field_at(&QRY_TYPE, self.bytes, next);
        if self.kind == DnsKind::Mdns {
            emit.field_at(&QRY_CLASS_MDNS, self.bytes, next);
            emit.field_at(&QRY_QU, self.bytes, next);
        } else {
            emit.field_at(&QRY_CLASS, self.bytes, next);
        }
        (next + QUESTION_BYTES <= self.bytes.len()).then_some(next + QUESTION_BYTES)
    }

    /// Whether a message of this kind has a field. Wireshark shows a question only the flags that concern it.
    fn has(self, field: &Field) -> bool {
        let response = self.is_response() == Some(true);
        let llmnr = self.kind == DnsKind::Llmnr;
        let update = OPCODE.get(self.bytes) == Some(UPDATE);
        match field.name {
            "dns.flags.authoritative" | "dns.flags.recavail" => response && !llmnr,
            "dns.flags.authenticated" => (response || field.get(self.bytes) == Some(1)) && !llmnr,
            "dns.flags.recdesired" | "dns.flags.z" | "dns.flags.checkdisable" => !llmnr,
            "dns.flags.rcode" => response,
            "dns.flags.conflict" | "dns.flags.tentative" => llmnr,
            "dns.count.queries" | "dns.count.answers" | "dns.count.auth_rr" => !update,
            "dns.count.zones" | "dns.count.prerequisites" | "dns.count.updates" => update,
            _ => true,
        }
    }
}
