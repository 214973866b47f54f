//! ICMP and ICMPv6 errors about the conversation (RFC 792, RFC 4443).

use std::net::SocketAddr;

use crate::dissect::{Header, Packet};

use super::step::{FieldValue, Shown};
use super::values::pick;

/// What an error says.
pub(super) struct IcmpError {
    /// Sender and receiver of the segment that it quotes.
    pub(super) quoted: (SocketAddr, SocketAddr),
    pub(super) label: String,
    pub(super) fields: Vec<Shown>,
    pub(super) filter: String,
    pub(super) values: Vec<(&'static str, String)>,
}

const FIELDS: &[&str] =
    &["ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code"];

/// `packet` as an error that quotes a segment of TCP; `None` if it is none.
pub(super) fn read(packet: &Packet<'_>) -> Option<IcmpError> {
    let quoted = quoted(packet)?;
    let fields = pick(packet, FIELDS);
    let number = |name: &str| {
        fields.iter().find_map(|field| match field.value {
            FieldValue::Number(number) if field.name == name => Some(number),
            _ => None,
        })
    };
    let (protocol, title, kind, code) = match number("icmp.type") {
        Some(kind) => ("icmp", "ICMP", kind, number("icmp.code")?),
        None => ("icmpv6", "ICMPv6", number("icmpv6.type")?, number("icmpv6.code")?),
    };
    let mut values = Vec::new();
    if let Some((source, destination)) = packet.addresses() {
        values.push(("ip_from", source.to_string()));
        values.push(("ip_to", destination.to_string()));
    }
    let label = format!("{title} error, type {kind}, code {code}");
    let filter = format!("{protocol}.type == {kind} and {protocol}.code == {code}");
    Some(IcmpError { quoted, label, fields, filter, values })
}

/// Both ends of the segment that an ICMP error quotes.
fn quoted(packet: &Packet<'_>) -> Option<(SocketAddr, SocketAddr)> {
    match packet.quoted_transport()? {
        (Header::Tcp(tcp), (source, destination)) => {
            Some(((source, tcp.src_port()?).into(), (destination, tcp.dst_port()?).into()))
        }
        _ => None,
    }
}
