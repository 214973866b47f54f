//! The names that a filter can use, and what to say of those that it can't.

use std::ops::Range;

use super::error::{FilterError, quoted};
use crate::dissect::{self, Kind};
use crate::flow;

/// What a field's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// A number; the largest that fits into the field, where that is known.
    Number(Option<u64>),
    Flag,
    Mac,
    Ipv4,
    Ipv6,
    Bytes,
    /// A header and what it carries.
    Protocol,
    Text,
    Time,
    /// It is there, and that is all it says.
    Mark,
}

impl Type {
    /// In a message.
    pub(super) fn words(self) -> &'static str {
        match self {
            Type::Number(_) => "a number",
            Type::Flag => "a flag (1 or 0)",
            Type::Mac => "a MAC address",
            Type::Ipv4 => "an IPv4 address",
            Type::Ipv6 => "an IPv6 address",
            Type::Bytes => "bytes",
            Type::Protocol => "a protocol",
            Type::Text => "text",
            Type::Time => "a time",
            Type::Mark => "a mark without a value",
        }
    }
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A header.
    Protocol(&'static str),
    /// A field, or several under one name.
    Fields(Vec<&'static str>, Type),
    /// The same, as text.
    Written(Vec<&'static str>, Type),
}

/// Wireshark's names for several fields at once.
const TOGETHER: &[(&str, &[&str])] = &[
    ("eth.addr", &["eth.dst", "eth.src"]),
    ("ip.addr", &["ip.src", "ip.dst"]),
    ("ipv6.addr", &["ipv6.src", "ipv6.dst"]),
    ("tcp.port", &["tcp.srcport", "tcp.dstport"]),
    ("udp.port", &["udp.srcport", "udp.dstport"]),
    ("icmpv6.opt.linkaddr", &["icmpv6.opt.src_linkaddr", "icmpv6.opt.target_linkaddr"]),
];

/// Addresses as text: netlab asks nobody for names, so that they are the addresses as written.
const WRITTEN: &[(&str, &[&str])] = &[
    ("ip.host", &["ip.src", "ip.dst"]),
    ("ip.src_host", &["ip.src"]),
    ("ip.dst_host", &["ip.dst"]),
    ("ipv6.host", &["ipv6.src", "ipv6.dst"]),
    ("ipv6.src_host", &["ipv6.src"]),
    ("ipv6.dst_host", &["ipv6.dst"]),
];

/// The mark that stands wherever any other one of TCP's analysis does.
const ANALYSIS: &str = "tcp.analysis.flags";
/// The comment that a frame has in its file.
pub(super) const COMMENT: &str = "frame.comment";

/// Names of protocols that Wireshark reads and netlab does not.
const UNREAD: &[&str] = &[
    "bgp", "bootp", "btle", "can", "cdp", "coap", "data", "dhcp", "dhcpv6", "esp", "ftp", "gre", "http2",
    "http3", "igmp", "imap", "isakmp", "json", "kerberos", "ldap", "lldp", "modbus", "mpls", "mqtt", "mysql",
    "nbns", "ntp", "ospf", "pgsql", "pop", "ppp", "pppoe", "quic", "radiotap", "radius", "rip", "rtcp",
    "rtp", "sctp", "sip", "smb", "smb2", "smtp", "snmp", "socketio", "ssdp", "ssh", "ssl", "stp", "syslog",
    "telnet", "tftp", "usb", "vrrp", "vxlan", "wg", "wlan", "xml",
];

/// Fields that people look for, which Wireshark makes and netlab does not.
const UNREAD_FIELDS: &[&str] = &[
    "eth.ig",
    "eth.lg",
    "eth.padding",
    "eth.trailer",
    "frame.coloring_rule.name",
    "frame.interface_name",
    "frame.marked",
    "frame.protocols",
    "frame.time",
    "frame.time_delta",
    "frame.time_delta_displayed",
    "frame.time_relative",
    "http.chat",
    "http.content_length",
    "http.cookie",
    "http.file_data",
    "http.next_request_in",
    "http.request.full_uri",
    "http.request_in",
    "http.response_for.uri",
    "http.time",
    "icmp.resp_in",
    "icmp.resptime",
    "ip.dsfield",
    "ip.fragment",
    "ip.fragments",
    "ip.geoip.country",
    "ip.reassembled_in",
    "ip.tos",
    "ipv6.tclass",
    "tcp.analysis",
    "tcp.analysis.acks_frame",
    "tcp.analysis.duplicate_ack_frame",
    "tcp.analysis.push_bytes_sent",
    "tcp.analysis.rto",
    "tcp.flags.str",
    "tcp.options",
    "tcp.pdu.size",
    "tcp.reassembled_in",
    "tcp.segment",
    "tcp.segment_data",
    "tcp.segments",
    "tcp.time_delta",
    "tcp.time_relative",
    "tcp.window_size_scalefactor",
    "udp.time_delta",
    "udp.time_relative",
    "websocket.masked_payload",
    "websocket.payload.close",
    "websocket.payload.continue",
    "websocket.payload.ping",
    "websocket.payload.pong",
    "websocket.payload.unknown",
];

/// What tcpdump's language begins with, and how the same is said here.
const CAPTURE_FILTER: &[(&str, &str)] = &[
    ("host", "ip.addr == 192.0.2.1"),
    ("src", "ip.src == 192.0.2.1"),
    ("dst", "ip.dst == 192.0.2.1"),
    ("net", "ip.addr == 192.0.2.0/24"),
    ("port", "tcp.port == 80"),
    ("portrange", "tcp.port in {8000..8010}"),
    ("ether", "eth.addr == 02:00:00:00:00:01"),
    ("ip6", "ipv6"),
    ("icmp6", "icmpv6"),
    ("less", "frame.len <= 60"),
    ("greater", "frame.len >= 60"),
];

/// What the name stands for; `None` where netlab has nothing of that name.
pub(super) fn find(word: &str) -> Option<Name> {
    let of_all = |names: &[&'static str]| type_of(names.first()?).map(|what| (names.to_vec(), what));
    if let Some((_, names)) = TOGETHER.iter().find(|(name, _)| *name == word) {
        return of_all(names).map(|(names, what)| Name::Fields(names, what));
    }
    if let Some((_, names)) = WRITTEN.iter().find(|(name, _)| *name == word) {
        return of_all(names).map(|(names, what)| Name::Written(names, what));
    }
    if word == ANALYSIS {
        return Some(Name::Fields(analysis(), Type::Mark));
    }
    if word == COMMENT {
        return Some(Name::Fields(vec![COMMENT], Type::Text));
    }
    if let Some(name) = dissect::all_protocols().into_iter().find(|name| *name == word) {
        return Some(Name::Protocol(name));
    }
    let name = fields().find(|name| *name == word)?;
    Some(Name::Fields(vec![name], type_of(name)?))
}

fn fields() -> impl Iterator<Item = &'static str> {
    dissect::all_fields().into_iter().chain(flow::all_fields())
}

/// All marks of the analysis.
fn analysis() -> Vec<&'static str> {
    let is_mark = |name: &&str| name.starts_with("tcp.analysis.") && flow::kind_of(name) == Some(Kind::Mark);
    flow::all_fields().into_iter().filter(is_mark).collect()
}

/// Of what type a field's values are.
fn type_of(name: &str) -> Option<Type> {
    let row = dissect::find_field(name);
    let kind = flow::kind_of(name).or(row.map(dissect::Field::kind))?;
    Some(match kind {
        Kind::Number | Kind::Hex => Type::Number(row.and_then(dissect::Field::max)),
        Kind::Flag => Type::Flag,
        Kind::Mac => Type::Mac,
        Kind::Ipv4 => Type::Ipv4,
        Kind::Ipv6 => Type::Ipv6,
        Kind::Bytes => Type::Bytes,
        Kind::Text => Type::Text,
        Kind::Time => Type::Time,
        Kind::Mark => Type::Mark,
    })
}

/// Every name that a filter can use.
fn all() -> Vec<&'static str> {
    let together = TOGETHER.iter().chain(WRITTEN).map(|(name, _)| *name);
    let mut names: Vec<&str> = fields().chain(together).chain(dissect::all_protocols()).collect();
    names.extend([ANALYSIS, COMMENT]);
    names.sort_unstable();
    names.dedup();
    names
}

/// What to say of a word of tcpdump's language; `None` for any other.
pub(super) fn of_capture_filters(word: &str, at: &Range<usize>) -> Option<FilterError> {
    let (_, instead) = CAPTURE_FILTER.iter().find(|(name, _)| *name == word)?;
    let what = format!("{word} is a word of capture filters (tcpdump); a display filter says {instead}");
    Some(FilterError::new(at, what))
}

/// What to say of a name that nothing here has.
pub(super) fn unknown(word: &str, at: &Range<usize>) -> FilterError {
    if let Some(error) = of_capture_filters(word, at) {
        return error;
    }
    let small = word.to_lowercase();
    let protocol = small.split('.').next().unwrap_or(&small);
    if UNREAD_FIELDS.contains(&small.as_str()) {
        return FilterError::new(at, format!("netlab does not read this field: {small} (Wireshark does)"));
    }
    if UNREAD.contains(&protocol) {
        return FilterError::new(at, format!("netlab does not read this: {protocol} (Wireshark does)"));
    }
    let near = nearest(&small);
    let what = match near.as_slice() {
        [same] if *same == small => "names are written in small letters".to_owned(),
        [] if dissect::all_protocols().contains(&protocol) => {
            format!("netlab reads no field {}", quoted(word))
        }
        _ => format!("netlab knows no field or protocol {}", quoted(word)),
    };
    FilterError { position: at.clone(), what, near }
}

/// What people type for a field whose name is another, and no letter of it tells.
const MEANT: &[(&str, &str)] = &[
    ("http.method", "http.request.method"),
    ("http.uri", "http.request.uri"),
    ("http.url", "http.request.uri"),
    ("http.path", "http.request.uri"),
    ("http.status", "http.response.code"),
    ("http.status_code", "http.response.code"),
    ("http.code", "http.response.code"),
    ("websocket.text", "websocket.payload.text"),
    ("websocket.code", "websocket.payload.close.status_code"),
    ("websocket.reason", "websocket.payload.close.reason"),
    ("websocket.close", "websocket.payload.close.status_code"),
    ("websocket.close.code", "websocket.payload.close.status_code"),
    ("websocket.close.reason", "websocket.payload.close.reason"),
    ("websocket.type", "websocket.opcode"),
    ("websocket.length", "netlab.websocket.length"),
];

/// At most three names like this one, the nearest first.
fn nearest(word: &str) -> Vec<&'static str> {
    const LONGEST: usize = 100;
    // `ws.opcode` is what many would call it.
    let long = word.strip_prefix("ws.").map(|rest| format!("websocket.{rest}"));
    let word = long.as_deref().unwrap_or(word);
    if let Some((_, name)) = MEANT.iter().find(|(typed, _)| *typed == word) {
        return vec![name];
    }
    let names = all();
    if let Some(same) = names.iter().find(|name| **name == word) {
        return vec![same];
    }
    if word.len() > LONGEST {
        return Vec::new();
    }
    // `port`, `syn`: the end of a name that has it.
    let ends: Vec<&str> =
        names.iter().copied().filter(|name| name.rsplit('.').next() == Some(word)).take(3).collect();
    if !ends.is_empty() {
        return ends;
    }
    let mut scored: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| {
            // Two letters exchanged or one forgotten count more than a long common beginning.
            let edits = strsim::normalized_damerau_levenshtein(word, name);
            ((edits + strsim::jaro_winkler(word, name)) / 2.0, name)
        })
        .filter(|(score, _)| *score > 0.75)
        .collect();
    scored.sort_by(|left, right| right.0.total_cmp(&left.0));
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered() {
        for (typed, meant) in [
            ("tcp.prot", "tcp.port"),
            ("tcp.sport", "tcp.srcport"),
            ("tcp.flag.syn", "tcp.flags.syn"),
            ("ip.adr", "ip.addr"),
            ("ip.source", "ip.src"),
            ("syn", "tcp.flags.syn"),
            ("TCP.Port", "tcp.port"),
            ("arpp", "arp"),
            ("http.status", "http.response.code"),
            ("ws.opcode", "websocket.opcode"),
            ("ws.text", "websocket.payload.text"),
            ("websocket.close.code", "websocket.payload.close.status_code"),
            ("tcp.analysis.retransmissions", "tcp.analysis.retransmission"),
        ] {
            let error = unknown(typed, &(0..typed.len()));
            assert!(error.near.contains(&meant), "{typed}: {error}");
        }
        assert!(unknown("completely_else", &(0..3)).near.is_empty());
    }

    #[test]
    fn every_name_has_a_meaning_and_a_type() {
        for name in all() {
            assert!(find(name).is_some(), "{name}");
        }
        for (name, parts) in TOGETHER.iter().chain(WRITTEN) {
            let types: Vec<_> = parts.iter().map(|part| type_of(part)).collect();
            assert!(types.iter().all(|what| what.is_some() && *what == types[0]), "{name}: {types:?}");
        }
    }

    #[test]
    fn what_wireshark_alone_reads_is_said_so() {
        let read: Vec<_> = UNREAD.iter().chain(UNREAD_FIELDS).filter(|name| find(name).is_some()).collect();
        assert!(read.is_empty(), "netlab reads {read:?}");
        assert_eq!(
            unknown("smb2.cmd", &(0..8)).to_string(),
            "netlab does not read this: smb2 (Wireshark does)"
        );
        assert!(unknown("port", &(0..4)).to_string().contains("tcp.port == 80"));
    }
}
