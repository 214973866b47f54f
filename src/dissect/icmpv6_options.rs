//! The options of neighbour discovery (RFC 4861, section 4.6), and what of ICMPv6 nobody reads.

use super::field::{Emit, Field, Value};

const TYPE: Field = Field::new("icmpv6.opt.type", "Option", 0..1);
const LENGTH: Field = Field::new("icmpv6.opt.length", "Option's length, in 8 bytes", 1..2);
const SRC: Field = Field::new("icmpv6.opt.src_linkaddr", "Sender's MAC address", 2..8).mac();
const TARGET: Field = Field::new("icmpv6.opt.target_linkaddr", "Target's MAC address", 2..8).mac();
const PREFIX_LENGTH: Field = Field::new("icmpv6.opt.prefix.length", "Length of the prefix, in bits", 2..3);
const PREFIX_ON_LINK: Field =
    Field::flag("icmpv6.opt.prefix.flag.l", "All of it is on this link", 3..4, 0x80);
const PREFIX_AUTONOMOUS: Field = Field::flag("icmpv6.opt.prefix.flag.a", "Make an address of it", 3..4, 0x40);
const PREFIX_VALID: Field = Field::new("icmpv6.opt.prefix.valid_lifetime", "Valid for, in seconds", 4..8);
const PREFIX_PREFERRED: Field =
    Field::new("icmpv6.opt.prefix.preferred_lifetime", "Preferred for, in seconds", 8..12);
const PREFIX: Field = Field::new("icmpv6.opt.prefix", "Prefix", 16..32).ipv6();
const MTU: Field = Field::new("icmpv6.opt.mtu", "Largest packet of this link", 4..8);
const NONCE: Field = Field::new("icmpv6.opt.nonce", "Number used once", 2..8).raw();
const DNS_LIFETIME: Field = Field::new("icmpv6.opt.rdnss.lifetime", "DNS servers are good for, in s", 4..8);
const DNS_SERVER: Field = Field::new("icmpv6.opt.rdnss", "DNS server", 0..16).ipv6();
const UNREAD: Field = Field::new("netlab.icmpv6.unread", "Data that is not read", 0..0).raw();
/// What an option is made of, and what is not read.
pub(super) const FIELDS: &[Field] = &[
    TYPE,
    LENGTH,
    SRC,
    TARGET,
    PREFIX_LENGTH,
    PREFIX_ON_LINK,
    PREFIX_AUTONOMOUS,
    PREFIX_VALID,
    PREFIX_PREFERRED,
    PREFIX,
    MTU,
    NONCE,
    DNS_LIFETIME,
    DNS_SERVER,
    UNREAD,
];

/// Options one after the other, each with its place in the message; ends before one that is cut or has no length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Iterator for Options<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<(usize, &'a [u8])> {
        let rest = self.bytes.get(self.at..)?;
        let length = usize::from(*rest.get(1)?) * 8;
        let option = rest.get(..length).filter(|option| !option.is_empty())?;
        let found = (self.at, option);
        self.at += length;
        Some(found)
    }
}

/// The fields of all options; gives the place behind the last, or `end` where there is none.
pub(super) fn each_field<'a>(options: Options<'a>, mut end: usize, emit: &mut Emit<'_, 'a>) -> usize {
    for (at, option) in options {
        end = at + option.len();
        emit.field_at(&TYPE, options.bytes, at);
        emit.field_at(&LENGTH, options.bytes, at);
        let (own, read): (&[&'static Field], usize) = match option {
            [1, ..] => (&[&SRC], 8),
            [2, ..] => (&[&TARGET], 8),
            [3, 4, ..] => {
                let own = &[
                    &PREFIX_LENGTH,
                    &PREFIX_ON_LINK,
                    &PREFIX_AUTONOMOUS,
                    &PREFIX_VALID,
                    &PREFIX_PREFERRED,
                    &PREFIX,
                ];
                (own, 32)
            }
            [5, 1, ..] => (&[&MTU], 8),
            [14, 1, ..] => (&[&NONCE], 8),
            [25, ..] if option.len() > 8 => (&[&DNS_LIFETIME], 8),
            _ => (&[], 2),
        };
        for field in own {
            emit.field_at(field, options.bytes, at);
        }
        let mut from = at + read;
        while option.first() == Some(&25) && from > at + 2 && from + 16 <= end {
            emit.field_at(&DNS_SERVER, options.bytes, from);
            from += 16;
        }
        unread(options.bytes.get(..end).unwrap_or_default(), from, emit);
    }
    end
}

/// What stands from a place on, if anything does.
pub(super) fn unread<'a>(bytes: &'a [u8], from: usize, emit: &mut Emit<'_, 'a>) {
    if let Some(rest) = bytes.get(from..).filter(|rest| !rest.is_empty()) {
        emit.put(&UNREAD, Value::Bytes(rest), from..bytes.len());
    }
}
