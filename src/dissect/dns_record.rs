//! A record of DNS (RFC 1035, section 4.1.3), and how its data is read, part by part.

use super::DnsKind;
use super::dns_data::{self, Part};
use super::dns_name::{self, Name, Text};
use super::dns_option;
use super::field::{Emit, Field, Kind, Value};
use crate::frame::Time;

const NAME: Field = Field::new("dns.resp.name", "Name of the record", 0..0).text();
const SRV_SERVICE: Field = Field::new("dns.srv.service", "Service", 0..0).text();
const SRV_PROTO: Field = Field::new("dns.srv.proto", "Protocol of the service", 0..0).text();
const SRV_NAME: Field = Field::new("dns.srv.name", "Where the service is sought", 0..0).text();
const TYPE: Field = Field::new("dns.resp.type", "Type of the record", 0..2);
const CLASS: Field = Field::new("dns.resp.class", "Class", 2..4).hex();
const CLASS_MDNS: Field = Field::bits("dns.resp.class", "Class", 2..4, 0x7fff).hex();
const CACHE_FLUSH: Field = Field::flag("dns.resp.cache_flush", "Replaces what was known", 2..4, 0x8000);
const TTL: Field = Field::new("dns.resp.ttl", "May be kept for (s)", 4..8);
const UDP_SIZE: Field = Field::new("dns.rr.udp_payload_size", "Takes datagrams of", 2..4);
const UDP_SIZE_MDNS: Field = Field::bits("dns.rr.udp_payload_size", "Takes datagrams of", 2..4, 0x7fff);
const EXTENDED_RCODE: Field = Field::new("dns.resp.ext_rcode", "How it went: upper bits", 4..5).hex();
const EDNS_VERSION: Field = Field::new("dns.resp.edns0_version", "Version of EDNS", 5..6);
const Z: Field = Field::new("dns.resp.z", "Flags of EDNS", 6..8).hex();
const DO: Field = Field::flag("dns.resp.z.do", "Signatures are welcome", 6..8, 0x8000);
const Z_RESERVED: Field = Field::bits("dns.resp.z.reserved", "Reserved", 6..8, 0x7fff).hex();
const LEN: Field = Field::new("dns.resp.len", "Length of the data", 8..10);
/// Does not fit its own format. Wireshark has it as a protocol.
pub(super) const MALFORMED: Field = Field::new("_ws.malformed", "Does not fit its own format", 0..0).mark();
/// What every record begins with.
pub(super) const FIELDS: &[Field] = &[
    NAME,
    SRV_SERVICE,
    SRV_PROTO,
    SRV_NAME,
    TYPE,
    CLASS,
    CLASS_MDNS,
    CACHE_FLUSH,
    TTL,
    UDP_SIZE,
    UDP_SIZE_MDNS,
    EXTENDED_RCODE,
    EDNS_VERSION,
    Z,
    DO,
    Z_RESERVED,
    LEN,
    MALFORMED,
];

/// What stands between a record's name and its data, in bytes.
const FIXED_BYTES: usize = 10;
const SRV: u16 = 33;
const OPT: u16 = 41;

/// A record, borrowed from its message.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    message: &'a [u8],
    at: usize,
    name: Value<'a>,
    /// Where its name ends.
    fixed: usize,
}

impl<'a> Record<'a> {
    /// The record that begins at a place of a message; `None` where not even its name can be read.
    pub(super) fn read(message: &'a [u8], at: usize) -> Option<Record<'a>> {
        let (name, fixed) = dns_name::read(message, at)?;
        Some(Record { message, at, name, fixed })
    }

    /// Where the next record begins; `None` where the message ends before.
    pub(super) fn next(self) -> Option<usize> {
        let next = self.fixed + FIXED_BYTES + usize::from(self.data_len()?);
        (next <= self.message.len()).then_some(next)
    }

    /// Whose record it is: a name, or a text that says why it is none.
    pub fn name(self) -> Value<'a> {
        self.name
    }

    /// Its type: 1 is an IPv4 address (IANA Resource Record (RR) TYPEs); `None` where the capture ends before it.
    pub fn kind(self) -> Option<u16> {
        self.number(&TYPE).map(|kind| kind as u16)
    }

    /// What it says, where that is one address or one name.
    pub fn answer(self) -> Option<Value<'a>> {
        let data = self.message.get(self.fixed + FIXED_BYTES..self.next()?)?;
        match self.kind()? {
            1 => Some(Value::Ipv4(data.first_chunk::<4>().copied()?.into())),
            28 => Some(Value::Ipv6(data.first_chunk::<16>().copied()?.into())),
            2 | 5 | 12 | 39 => {
                Name::read(self.message, self.fixed + FIXED_BYTES).map(|(name, _)| Value::Name(name))
            }
            _ => None,
        }
    }

    fn data_len(self) -> Option<u16> {
        self.number(&LEN).map(|length| length as u16)
    }

    fn number(self, field: &Field) -> Option<u64> {
        field.get(self.message.get(self.fixed..)?)
    }

    pub(super) fn each_field(self, protocol: DnsKind, emit: &mut Emit<'_, 'a>) {
        let mdns = protocol == DnsKind::Mdns;
        self.name_fields(emit);
        let rows: &[&'static Field] = match (self.kind(), mdns) {
            (Some(OPT), false) => {
                &[&TYPE, &UDP_SIZE, &EXTENDED_RCODE, &EDNS_VERSION, &Z, &DO, &Z_RESERVED, &LEN]
            }
            (Some(OPT), true) => &[
                &TYPE,
                &UDP_SIZE_MDNS,
                &CACHE_FLUSH,
                &EXTENDED_RCODE,
                &EDNS_VERSION,
                &Z,
                &DO,
                &Z_RESERVED,
                &LEN,
            ],
            (_, false) => &[&TYPE, &CLASS, &TTL, &LEN],
            (_, true) => &[&TYPE, &CLASS_MDNS, &CACHE_FLUSH, &TTL, &LEN],
        };
        for field in rows {
            emit.field_at(field, self.message, self.fixed);
        }
        let (Some(kind), Some(length)) = (self.kind(), self.data_len()) else { return };
        let start = self.fixed + FIXED_BYTES;
        let end = start + usize::from(length);
        let mut data = Data::new(self.message.get(..end).unwrap_or(self.message), start);
        // A record of an update may have no data at all (RFC 2136, section 2.4).
        let whole = length == 0 || dns_data::parts(kind).iter().all(|part| data.part(part, emit).is_some());
        if !whole && end <= self.message.len() {
            emit.put(&MALFORMED, Value::Present, start..end);
        }
    }

    /// Its name; that of a service in pieces, as Wireshark has it.
    fn name_fields(self, emit: &mut Emit<'_, 'a>) {
        let place = self.at..self.fixed;
        let (Value::Name(name), Some(SRV)) = (self.name, self.kind()) else {
            return emit.put(&NAME, self.name, place);
        };
        let mut labels = name.labels();
        let service = labels.next().map_or(self.name, |label| Value::Text(Text::label(label)));
        emit.put(&SRV_SERVICE, service, place.clone());
        if let Some(protocol) = labels.next() {
            emit.put(&SRV_PROTO, Value::Text(Text::label(protocol)), place.clone());
        }
        if labels.next().is_some() {
            emit.put(&SRV_NAME, Value::Name(name.without(2)), place);
        }
    }
}

/// A record's data, read from its start.
pub(super) struct Data<'a> {
    /// The message up to the data's end: names may point back into it.
    pub(super) message: &'a [u8],
    start: usize,
    pub(super) at: usize,
}

impl<'a> Data<'a> {
    /// What stands in a message from a place to its end.
    pub(super) fn new(message: &'a [u8], start: usize) -> Data<'a> {
        Data { message, start, at: start }
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.message.get(self.at..).unwrap_or_default()
    }

    /// So many bytes; `None` if there are not so many.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let bytes = self.message.get(self.at..self.at + count)?;
        self.at += count;
        Some(bytes)
    }

    /// How much is left.
    pub(super) fn left(&self) -> usize {
        self.rest().len()
    }

    /// Fields at fixed places, which take so many bytes together; those that are there.
    pub(super) fn fixed(
        &mut self,
        fields: &'static [Field],
        count: usize,
        emit: &mut Emit<'_, 'a>,
    ) -> Option<()> {
        for field in fields {
            let bytes = self.message.get(self.at..)?;
            let value = match field.kind() {
                Kind::Time => {
                    field.get(bytes).map(|seconds| Value::Time(Time(i128::from(seconds) * 1_000_000_000)))
                }
                _ => field.value(bytes),
            };
            if let Some(value) = value {
                emit.put(field, value, self.at + field.range().start..self.at + field.range().end);
            }
        }
        self.take(count).map(|_| ())
    }

    /// A name.
    pub(super) fn name(&mut self, field: &'static Field, emit: &mut Emit<'_, 'a>) -> Option<Value<'a>> {
        let (name, next) = dns_name::read(self.message, self.at)?;
        emit.put(field, name, self.at..next);
        self.at = next;
        Some(name)
    }

    /// A value made of the next bytes, if there are any.
    pub(super) fn bytes(
        &mut self,
        field: &'static Field,
        count: usize,
        emit: &mut Emit<'_, 'a>,
        value: impl Fn(&'a [u8]) -> Value<'a>,
    ) -> Option<&'a [u8]> {
        let at = self.at;
        let bytes = self.take(count)?;
        if count > 0 {
            emit.put(field, value(bytes), at..self.at);
        }
        Some(bytes)
    }

    /// A byte that says how many bytes follow it, and a value made of these.
    pub(super) fn counted(
        &mut self,
        length: &'static Field,
        field: &'static Field,
        emit: &mut Emit<'_, 'a>,
        value: impl Fn(&'a [u8]) -> Value<'a>,
    ) -> Option<&'a [u8]> {
        emit.field_at(length, self.message, self.at);
        let count = *self.take(1)?.first()?;
        if let (0, empty @ Value::Text(_)) = (count, value(&[])) {
            // It stands nowhere; its length does.
            emit.put(field, empty, self.at - 1..self.at);
        }
        self.bytes(field, count.into(), emit, value)
    }

    fn part(&mut self, part: &'static Part, emit: &mut Emit<'_, 'a>) -> Option<()> {
        let text = |bytes| Value::Text(Text::new(bytes));
        match part {
            Part::Fixed(fields, count) => self.fixed(fields, *count, emit)?,
            Part::Name(field) => _ = self.name(field, emit)?,
            Part::NameAndLength(length, field) => {
                let at = self.at;
                let count = match self.name(field, emit)? {
                    Value::Name(name) if name.labels().next().is_some() => name.len_bytes(),
                    _ => dns_name::ROOT.len(),
                };
                emit.put(length, Value::Number(count as u64), at..self.at);
            }
            Part::Text(length, field) => _ = self.counted(length, field, emit, text)?,
            Part::Texts(length, field) => {
                while self.left() > 0 {
                    self.counted(length, field, emit, text)?;
                }
            }
            Part::Bytes(length, field) => _ = self.counted(length, field, emit, Value::Bytes)?,
            Part::Base32(length, field) => {
                self.counted(length, field, emit, |bytes| Value::Text(Text::base32(bytes)))?;
            }
            Part::Skip(length) => {
                let count = length.get(self.message.get(self.at..)?)? as usize;
                self.fixed(std::slice::from_ref(length), 2, emit)?;
                self.take(count)?;
            }
            Part::Rest(field) => _ = self.bytes(field, self.left(), emit, Value::Bytes)?,
            Part::Types => self.types(emit)?,
            Part::KeyTag(field) => self.key_tag(field, emit)?,
            Part::Tag(_) => dns_data::tag(self, emit)?,
            Part::Options => dns_option::options(self, emit)?,
            Part::Params => dns_option::params(self, emit)?,
        }
        Some(())
    }

    /// Which types of records there are: blocks of 256 types, a bit each (RFC 4034, section 4.1.2).
    fn types(&mut self, emit: &mut Emit<'_, 'a>) -> Option<()> {
        while self.left() > 0 {
            let [block, length] = *self.take(2)?.first_chunk()?;
            for (index, byte) in self.take(length.into())?.iter().enumerate() {
                let place = self.at - usize::from(length) + index;
                for bit in (0..8).filter(|bit| byte & (0x80 >> bit) != 0) {
                    let kind = u64::from(block) << 8 | (index as u64 & 31) << 3 | bit;
                    emit.put(&TYPE, Value::Number(kind), place..place + 1);
                }
            }
        }
        Some(())
    }

    /// The short number of the key that the whole data is (RFC 4034, appendix B).
    fn key_tag(&mut self, field: &'static Field, emit: &mut Emit<'_, 'a>) -> Option<()> {
        let data = self.message.get(self.start..)?;
        let sum: u32 = data.iter().enumerate().fold(0, |sum, (index, byte)| {
            sum + if index % 2 == 0 { u32::from(*byte) << 8 } else { u32::from(*byte) }
        });
        let tag = (sum + (sum >> 16)) & 0xffff;
        emit.put(field, Value::Number(tag.into()), self.start..self.message.len());
        Some(())
    }
}
