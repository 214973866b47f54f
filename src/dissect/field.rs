//! A field as one row of data, and what comes out of it: a typed value with its place.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::dns_name::{Name, Text};
use crate::frame::Time;

/// One field of a header: its names, where its bytes are, and how they are to be read. Accessors, lists,
/// highlighting and the check of the words all use this row.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Wireshark's name for it, to be used in a display filter.
    pub name: &'static str,
    /// A short English name.
    pub label: &'static str,
    kind: Kind,
    start: usize,
    end: usize,
    /// The bits that belong to it; 0: all.
    mask: u64,
    /// What the number is to be multiplied by (a header length counts words of four bytes).
    scale: u64,
}

/// What kind of value a field has: how its bytes are read and shown, and what it can be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number, shown in decimal.
    Number,
    /// A number, shown in hex.
    Hex,
    /// One bit, or whether one of several is set.
    Flag,
    /// A link-layer address.
    Mac,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// Bytes as they are.
    Bytes,
    /// Text that its own protocol's code decodes.
    Text,
    /// A moment, or how long something took: seconds with nine digits after the point.
    Time,
    /// It is there, and that is all it says.
    Mark,
}

impl Field {
    /// A number in network byte order, shown in decimal.
    pub(super) const fn new(name: &'static str, label: &'static str, bytes: Range<usize>) -> Field {
        Field { name, label, kind: Kind::Number, start: bytes.start, end: bytes.end, mask: 0, scale: 1 }
    }

    /// A number of which only some bits belong to the field.
    pub(super) const fn bits(
        name: &'static str,
        label: &'static str,
        bytes: Range<usize>,
        mask: u64,
    ) -> Field {
        Field { name, label, kind: Kind::Number, start: bytes.start, end: bytes.end, mask, scale: 1 }
    }

    /// One bit, or whether one of several is set.
    pub(super) const fn flag(
        name: &'static str,
        label: &'static str,
        bytes: Range<usize>,
        mask: u64,
    ) -> Field {
        Field { name, label, kind: Kind::Flag, start: bytes.start, end: bytes.end, mask, scale: 1 }
    }

    /// Shown in hex.
    pub(super) const fn hex(mut self) -> Field {
        self.kind = Kind::Hex;
        self
    }

    /// A number that counts units of so many bytes.
    pub(super) const fn times(mut self, scale: u64) -> Field {
        self.scale = scale;
        self
    }

    /// A link-layer address.
    pub(super) const fn mac(mut self) -> Field {
        self.kind = Kind::Mac;
        self
    }

    /// An IPv4 address.
    pub(super) const fn ipv4(mut self) -> Field {
        self.kind = Kind::Ipv4;
        self
    }

    /// An IPv6 address.
    pub(super) const fn ipv6(mut self) -> Field {
        self.kind = Kind::Ipv6;
        self
    }

    /// Bytes as they are.
    pub(super) const fn raw(mut self) -> Field {
        self.kind = Kind::Bytes;
        self
    }

    /// Text.
    pub(super) const fn text(mut self) -> Field {
        self.kind = Kind::Text;
        self
    }

    /// A moment; it stands in no header.
    pub(super) const fn time(mut self) -> Field {
        self.kind = Kind::Time;
        self
    }

    /// Without a value of its own: it is there or not.
    pub(super) const fn mark(mut self) -> Field {
        self.kind = Kind::Mark;
        self
    }

    /// What kind of value it has.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The largest number that fits into it; `None` for what stands in no byte of a header, and for what is no number.
    pub fn max(&self) -> Option<u64> {
        let size = self.end - self.start;
        match (self.kind, self.mask) {
            (Kind::Flag, _) => Some(1),
            (Kind::Number | Kind::Hex, mask) if mask != 0 => {
                Some((mask >> mask.trailing_zeros()) * self.scale)
            }
            (Kind::Number | Kind::Hex, _) if (1..8).contains(&size) => {
                Some(((1 << (size * 8)) - 1) * self.scale)
            }
            _ => None,
        }
    }

    /// Where it is, counted from the header's first byte.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The bits that belong to it; `None` when all of its bytes' bits do.
    pub fn mask(&self) -> Option<u64> {
        (self.mask != 0).then_some(self.mask)
    }

    /// Its number in this header; `None` where the capture ends before it (or for what is no number).
    pub fn get(&self, header: &[u8]) -> Option<u64> {
        let raw = match *header.get(self.start..self.end)? {
            // The widths that most fields have: one load instead of a loop.
            [a] => u64::from(a),
            [a, b] => u64::from(u16::from_be_bytes([a, b])),
            [a, b, c, d] => u64::from(u32::from_be_bytes([a, b, c, d])),
            ref bytes if bytes.len() <= 8 => bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
            _ => return None,
        };
        Some(match self.mask {
            0 => raw * self.scale,
            mask if self.kind == Kind::Flag => u64::from(raw & mask != 0),
            mask => ((raw & mask) >> mask.trailing_zeros()) * self.scale,
        })
    }

    /// Its value in this header; `None` where the capture ends before it.
    pub fn value<'a>(&self, header: &'a [u8]) -> Option<Value<'a>> {
        let bytes = header.get(self.start..self.end)?;
        Some(match self.kind {
            Kind::Number => Value::Number(self.get(header)?),
            Kind::Hex => Value::Hex(self.get(header)?, self.digits()),
            Kind::Flag => Value::Flag(self.get(header)? != 0),
            Kind::Mac => Value::Mac(bytes.try_into().ok()?),
            Kind::Ipv4 => Value::Ipv4(<[u8; 4]>::try_from(bytes).ok()?.into()),
            Kind::Ipv6 => Value::Ipv6(<[u8; 16]>::try_from(bytes).ok()?.into()),
            Kind::Bytes => Value::Bytes(bytes),
            Kind::Mark => Value::Present,
            // The code beside its table reckons it.
            Kind::Time | Kind::Text => return None,
        })
    }

    /// How many hex digits its largest value has.
    fn digits(&self) -> u8 {
        let bits = match self.mask {
            0 => (self.end - self.start) as u32 * 8,
            mask => mask.count_ones(),
        };
        bits.div_ceil(4).min(16) as u8
    }
}

/// What verifying a checksum came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// It does not match the bytes.
    Bad,
    /// It does not match because its sender left it to the network card, which had not seen the packet yet (checksum
    /// offload). Wireshark counts it as bad.
    Unfinished,
    /// It matches.
    Good,
    /// It can't be checked: a fragment, or not all of the bytes were kept.
    Unverified,
    /// The sender left it out (UDP over IPv4: 0).
    NotPresent,
    /// The sender left it out where that is forbidden (UDP over IPv6: 0).
    Illegal,
}

impl Checksum {
    /// Wireshark's number for it.
    pub fn number(self) -> u8 {
        match self {
            Checksum::Bad | Checksum::Unfinished => 0,
            Checksum::Good => 1,
            Checksum::Unverified => 2,
            Checksum::NotPresent => 3,
            Checksum::Illegal => 4,
        }
    }
}

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A number to be shown in decimal.
    Number(u64),
    /// A number to be shown in hex, with so many digits.
    Hex(u64, u8),
    /// A bit that is set or not.
    Flag(bool),
    /// A link-layer address.
    Mac([u8; 6]),
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// An IPv6 address.
    Ipv6(Ipv6Addr),
    /// Bytes as they are. Untrusted.
    Bytes(&'a [u8]),
    /// A name in a DNS message, decoded when it is written. Untrusted.
    Name(Name<'a>),
    /// Bytes that are meant as text. Untrusted.
    Text(Text<'a>),
    /// A moment.
    Time(Time),
    /// A checksum's verdict.
    Checksum(Checksum),
    /// It is there, and that is all it says (an option without a value).
    Present,
}

impl Value<'_> {
    /// What kind of value it is: that of its field's row, but that a number may be written in hex.
    pub fn kind(self) -> Kind {
        match self {
            Value::Number(_) | Value::Checksum(_) => Kind::Number,
            Value::Hex(..) => Kind::Hex,
            Value::Flag(_) => Kind::Flag,
            Value::Mac(_) => Kind::Mac,
            Value::Ipv4(_) => Kind::Ipv4,
            Value::Ipv6(_) => Kind::Ipv6,
            Value::Bytes(_) => Kind::Bytes,
            Value::Name(_) | Value::Text(_) => Kind::Text,
            Value::Time(_) => Kind::Time,
            Value::Present => Kind::Mark,
        }
    }

    /// The number in it: also a flag's 0 or 1 and a checksum verdict's number; `None` for anything else.
    pub fn number(self) -> Option<u64> {
        match self {
            Value::Number(number) | Value::Hex(number, _) => Some(number),
            Value::Flag(set) => Some(set.into()),
            Value::Checksum(verdict) => Some(verdict.number().into()),
            _ => None,
        }
    }
}

/// The bytes that a span counts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Buffer {
    /// The frame's own.
    #[default]
    Frame,
    /// The payload of an IP packet that this frame's fragment has made whole.
    Reassembled,
    /// What a TLS record held, once it was opened.
    Decrypted,
}

/// Where something stands: in which bytes, which of them, which bits of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// What `bytes` counts in.
    pub buffer: Buffer,
    /// Which bytes; empty where a value is computed and stands nowhere.
    pub bytes: Range<usize>,
    /// Which bits of these bytes, read as one number in network byte order; `None`: all of them.
    pub mask: Option<u64>,
}

/// One field of one packet.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldValue<'a> {
    /// Wireshark's name.
    pub name: &'static str,
    /// A short English name.
    pub label: &'static str,
    /// What it says.
    pub value: Value<'a>,
    /// Where it stands.
    pub span: Span,
    /// In which of the packet's layers, from 0; `None` for what is said of the frame as a whole.
    pub layer: Option<usize>,
}

/// What takes the fields of a layer, one by one, in the order of the header.
pub(super) struct Emit<'e, 'a> {
    pub(super) layer: Option<usize>,
    /// In which bytes the header stands.
    pub(super) buffer: Buffer,
    /// Where the header begins.
    pub(super) offset: usize,
    pub(super) sink: &'e mut dyn FnMut(FieldValue<'a>),
}

impl<'a> Emit<'_, 'a> {
    /// Every field of a table that is there.
    pub(super) fn table(&mut self, fields: &'static [Field], header: &'a [u8]) {
        for field in fields {
            self.field(field, header);
        }
    }

    /// One field, if it is there.
    pub(super) fn field(&mut self, field: &'static Field, header: &'a [u8]) {
        if let Some(value) = field.value(header) {
            self.put(field, value, field.range());
        }
    }

    /// A field of a structure that begins `at` bytes after the header.
    pub(super) fn field_at(&mut self, field: &'static Field, header: &'a [u8], at: usize) {
        if let Some(value) = header.get(at..).and_then(|bytes| field.value(bytes)) {
            self.put(field, value, at + field.start..at + field.end);
        }
    }

    /// A value that was found elsewhere or computed; `range` counts from the header's first byte.
    pub(super) fn put(&mut self, field: &'static Field, value: Value<'a>, range: Range<usize>) {
        let bytes = if range.is_empty() { 0..0 } else { range.start + self.offset..range.end + self.offset };
        let span = Span { buffer: self.buffer, bytes, mask: field.mask() };
        (self.sink)(FieldValue { name: field.name, label: field.label, value, span, layer: self.layer });
    }
}
