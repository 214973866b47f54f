//! DNS (RFC 1035), and its relatives for a network without a server: mDNS (RFC 6762) and LLMNR (RFC 4795).
//!
//! [`Packet::new`](super::Packet::new) only notes that a message begins; names and records are read when fields are asked for.

use super::UdpSlice;
use super::dns_name::Name;
use super::field::{Emit, Field, Value};

const ID: Field = Field::new("dns.id", "Number of the question", 0..2).hex();
const FLAGS: Field = Field::new("dns.flags", "Flags", 2..4).hex();
const RESPONSE: Field = Field::flag("dns.flags.response", "Answer", 2..4, 0x8000);
const OPCODE: Field = Field::bits("dns.flags.opcode", "Kind of question", 2..4, 0x7800);
const AUTHORITATIVE: Field = Field::flag("dns.flags.authoritative", "From who decides", 2..4, 0x0400);
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
pub(super) const FIELDS: &[Field] = &[
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
pub(super) const OTHER_FIELDS: &[Field] = &[CONFLICT, TENTATIVE, ZONES, PREREQUISITES, UPDATES];
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
pub(super) const QUESTION_FIELDS: &[Field] =
    &[QRY_NAME, QRY_NAME_LEN, LABELS, QRY_TYPE, QRY_CLASS, QRY_CLASS_MDNS, QRY_QU];

/// The length of the header in bytes.
const LEN_BYTES: usize = 12;

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
        (!bytes.is_empty()).then_some(DnsSlice { bytes, offset, kind })
    }

    /// Which of the protocols that share this format.
    pub fn kind(self) -> DnsKind {
        self.kind
    }

    /// Whether it answers; `None` where the capture ends before it.
    pub fn is_response(self) -> Option<bool> {
        RESPONSE.get(self.bytes).map(|bit| bit != 0)
    }

    /// How it went: 0 is well, 3 that there is no such name (RFC 1035, section 4.1.1).
    pub fn response_code(self) -> Option<u8> {
        RCODE.get(self.bytes).map(|code| code as u8)
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        for field in FIELDS.iter().chain(OTHER_FIELDS).filter(|field| self.has(field)) {
            emit.field(field, self.bytes);
        }
        let mut at = LEN_BYTES;
        for _ in 0..QUERIES.get(self.bytes).unwrap_or(0) {
            match self.question(at, emit) {
                Some(next) => at = next,
                None => return,
            }
        }
    }

    /// The fields of the question that begins at a place, and the place after it; `None` where it can't be read.
    fn question(self, at: usize, emit: &mut Emit<'_, 'a>) -> Option<usize> {
        let (name, next) = Name::read(self.bytes, at)?;
        emit.put(&QRY_NAME, Value::Name(name), at..next);
        emit.put(&QRY_NAME_LEN, Value::Number(name.len_bytes() as u64), at..next);
        emit.put(&LABELS, Value::Number(name.labels().count() as u64), at..next);
        emit.field_at(&QRY_TYPE, self.bytes, next);
        if self.kind == DnsKind::Mdns {
            emit.field_at(&QRY_CLASS_MDNS, self.bytes, next);
            emit.field_at(&QRY_QU, self.bytes, next);
        } else {
            emit.field_at(&QRY_CLASS, self.bytes, next);
        }
        (next + 4 <= self.bytes.len()).then_some(next + 4)
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
