//! What hides in records that are none: the options of EDNS (RFC 6891) and the parameters of a service (RFC 9460).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::dns_name::Text;
use super::dns_record::Data;
use super::field::{Emit, Field, Value};

const CODE: Field = Field::new("dns.opt.code", "Option", 0..2);
const LEN: Field = Field::new("dns.opt.len", "Option's length", 2..4);
const DATA: Field = Field::new("dns.opt.data", "Option's data", 0..0).raw();
const FAMILY: Field = Field::new("dns.opt.client.family", "Kind of address", 0..2);
const NETMASK: Field = Field::new("dns.opt.client.netmask", "Bits that are told", 2..3);
const SCOPE: Field = Field::new("dns.opt.client.scope", "Bits that mattered", 3..4);
const ADDRESS: Field = Field::new("dns.opt.client.addr", "Client's network", 0..0).raw();
const ADDRESS4: Field = Field::new("dns.opt.client.addr4", "Client's network", 0..4).ipv4();
const ADDRESS6: Field = Field::new("dns.opt.client.addr6", "Client's network", 0..16).ipv6();
const COOKIE_CLIENT: Field = Field::new("dns.opt.cookie.client", "Client's cookie", 0..0).raw();
const COOKIE_SERVER: Field = Field::new("dns.opt.cookie.server", "Server's cookie", 0..0).raw();
const KEEP_ALIVE: Field =
    Field::new("dns.opt.edns_tcp_keepalive.timeout", "Idle TCP ends after (0.1 s)", 0..2);
const PADDING: Field = Field::new("dns.opt.padding", "Filler", 0..0).raw();
const CHAIN: Field = Field::new("dns.opt.chain.fqdn", "Trusted from here", 0..0).text();
const ERROR: Field = Field::new("dns.opt.ext_error.info_code", "What went wrong", 0..2);
const ERROR_TEXT: Field = Field::new("dns.opt.ext_error.extra_text", "In words", 0..0).text();
const DAU: Field = Field::new("dns.opt.dau", "Knows this signature algorithm", 0..1);
const DHU: Field = Field::new("dns.opt.dhu", "Knows this way to hash keys", 0..1);
const N3U: Field = Field::new("dns.opt.n3u", "Knows this way to hash names", 0..1);
/// The options of EDNS.
pub(super) const OPTION_FIELDS: &[Field] = &[
    CODE,
    LEN,
    DATA,
    FAMILY,
    NETMASK,
    SCOPE,
    ADDRESS,
    ADDRESS4,
    ADDRESS6,
    COOKIE_CLIENT,
    COOKIE_SERVER,
    KEEP_ALIVE,
    PADDING,
    CHAIN,
    ERROR,
    ERROR_TEXT,
    DAU,
    DHU,
    N3U,
];

const PRIORITY: Field = Field::new("dns.svcb.svcpriority", "Order to ask; 0: another name", 0..2);
const TARGET: Field = Field::new("dns.svcb.targetname", "Host; <Root>: the same name", 0..0).text();
const KEY: Field = Field::new("dns.svcb.svcparam.key", "Parameter", 0..2);
const VALUE_LEN: Field = Field::new("dns.svcb.svcparam.value.length", "Parameter's length", 2..4);
const VALUE: Field = Field::new("dns.svcb.svcparam.value", "Parameter's value", 0..0).raw();
const MANDATORY: Field = Field::new("dns.svcb.svcparam.mandatory.key", "Must be understood", 0..2);
const ALPN_LEN: Field = Field::new("dns.svcb.svcparam.alpn.length", "Length of the name", 0..1);
const ALPN: Field = Field::new("dns.svcb.svcparam.alpn", "Speaks this protocol", 0..0).text();
const PORT: Field = Field::new("dns.svcb.svcparam.port", "Port", 0..2);
const HINT4: Field = Field::new("dns.svcb.svcparam.ipv4hint.ip", "Probably at this address", 0..4).ipv4();
const HINT6: Field = Field::new("dns.svcb.svcparam.ipv6hint.ip", "Probably at this address", 0..16).ipv6();
const ECH: Field = Field::new("dns.svcb.svcparam.echconfig", "Keys that hide the name in TLS", 0..0).raw();
/// The parameters of a service.
pub(super) const PARAM_FIELDS: &[Field] =
    &[PRIORITY, TARGET, KEY, VALUE_LEN, VALUE, MANDATORY, ALPN_LEN, ALPN, PORT, HINT4, HINT6, ECH];

/// The options of EDNS, one after the other.
pub(super) fn options<'a>(data: &mut Data<'a>, emit: &mut Emit<'_, 'a>) -> Option<()> {
    while data.left() > 0 {
        let (code, mut option) = entry(data, &[CODE, LEN], emit)?;
        let bytes = option.rest();
        if !bytes.is_empty() {
            emit.put(&DATA, Value::Bytes(bytes), option.at..option.at + bytes.len());
        }
        self::option(code, &mut option, emit)?;
    }
    Some(())
}

/// The parameters of a service, after its priority and its host.
pub(super) fn params<'a>(data: &mut Data<'a>, emit: &mut Emit<'_, 'a>) -> Option<()> {
    data.fixed(&[PRIORITY], 2, emit)?;
    data.name(&TARGET, emit)?;
    while data.left() > 0 {
        let (key, mut value) = entry(data, &[KEY, VALUE_LEN], emit)?;
        param(key, &mut value, emit)?;
    }
    Some(())
}

/// A number of two bytes, a length of two bytes, and so many bytes of data.
fn entry<'a>(
    data: &mut Data<'a>,
    head: &'static [Field],
    emit: &mut Emit<'_, 'a>,
) -> Option<(u16, Data<'a>)> {
    let [code, length] = [0, 2].map(|from| {
        let bytes = data.message.get(data.at + from..)?.first_chunk()?;
        Some(u16::from_be_bytes(*bytes))
    });
    data.fixed(head, 4, emit)?;
    let start = data.at;
    data.take(length?.into())?;
    Some((code?, Data::new(data.message.get(..data.at)?, start)))
}

fn option<'a>(code: u16, data: &mut Data<'a>, emit: &mut Emit<'_, 'a>) -> Option<()> {
    match code {
        5 => each(data, &[DAU], 1, emit)?,
        6 => each(data, &[DHU], 1, emit)?,
        7 => each(data, &[N3U], 1, emit)?,
        8 => {
            let family = FAMILY.get(data.rest())?;
            data.fixed(&[FAMILY, NETMASK, SCOPE], 4, emit)?;
            let left = data.left();
            match family {
                // Only the bytes that are told are sent (RFC 7871, section 6).
                1 if left <= 4 => data
                    .bytes(&ADDRESS4, left, emit, |bytes| Value::Ipv4(Ipv4Addr::from(padded::<4>(bytes))))?,
                2 if left <= 16 => data
                    .bytes(&ADDRESS6, left, emit, |bytes| Value::Ipv6(Ipv6Addr::from(padded::<16>(bytes))))?,
                _ => data.bytes(&ADDRESS, left, emit, Value::Bytes)?,
            };
        }
        10 => {
            data.bytes(&COOKIE_CLIENT, 8, emit, Value::Bytes)?;
            data.bytes(&COOKIE_SERVER, data.left(), emit, Value::Bytes)?;
        }
        11 if data.left() > 0 => data.fixed(&[KEEP_ALIVE], 2, emit)?,
        12 => _ = data.bytes(&PADDING, data.left(), emit, Value::Bytes)?,
        13 => _ = data.name(&CHAIN, emit)?,
        15 => {
            data.fixed(&[ERROR], 2, emit)?;
            data.bytes(&ERROR_TEXT, data.left(), emit, |bytes| Value::Text(Text::new(bytes)))?;
        }
        _ => {}
    }
    Some(())
}

fn param<'a>(key: u16, data: &mut Data<'a>, emit: &mut Emit<'_, 'a>) -> Option<()> {
    match key {
        0 => each(data, &[MANDATORY], 2, emit)?,
        1 => {
            while data.left() > 0 {
                data.counted(&ALPN_LEN, &ALPN, emit, |bytes| Value::Text(Text::new(bytes)))?;
            }
        }
        3 => data.fixed(&[PORT], 2, emit)?,
        4 => each(data, &[HINT4], 4, emit)?,
        5 => _ = data.bytes(&ECH, data.left(), emit, Value::Bytes)?,
        6 => each(data, &[HINT6], 16, emit)?,
        _ => _ = data.bytes(&VALUE, data.left(), emit, Value::Bytes)?,
    }
    Some(())
}

/// The same field again and again, to the end.
fn each<'a>(data: &mut Data<'a>, row: &'static [Field], size: usize, emit: &mut Emit<'_, 'a>) -> Option<()> {
    while data.left() > 0 {
        data.fixed(row, size, emit)?;
    }
    Some(())
}

/// Bytes of an address with zeros in place of those that were left out.
fn padded<const SIZE: usize>(bytes: &[u8]) -> [u8; SIZE] {
    let mut address = [0; SIZE];
    for (to, from) in address.iter_mut().zip(bytes) {
        *to = *from;
    }
    address
}
