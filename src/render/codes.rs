//! Names for the numbers that headers are full of: a code gets its name.

use crate::dissect::OptionKind;
use crate::flow::tls::{
    AlertDescription, AlertLevel, CipherSuite, ContentType, ExtensionType, Group, MessageType, Version,
    is_grease,
};

/// The name of a field's number, where it has one that most readers would look up.
pub fn code_name(field: &str, number: u64) -> Option<&'static str> {
    match field {
        field if field.starts_with("dns.") => super::dns::code_name(field, number),
        "eth.type" | "vlan.etype" | "ieee8021ah.etype" | "sll.etype" | "llc.type" | "arp.proto.type" => {
            ether_type(number)
        }
        "ip.proto" | "ipv6.nxt" | "ipv6.hopopts.nxt" | "ipv6.routing.nxt" | "ipv6.fraghdr.nxt"
        | "ipv6.dstopts.nxt" | "ah.next_header" => protocol(number),
        "arp.opcode" => pick(number, &[(1, "who has ...?"), (2, "... is at")]),
        "arp.hw.type" => pick(number, &[(1, "Ethernet")]),
        "icmp.type" => icmp(number),
        "icmpv6.type" => icmpv6(number),
        "icmpv6.opt.type" => pick(
            number,
            &[
                (1, "sender's MAC address"),
                (2, "target's MAC address"),
                (3, "prefix"),
                (4, "redirected header"),
                (5, "MTU"),
                (14, "nonce"),
                (24, "route"),
                (25, "DNS servers"),
                (31, "domains to search"),
            ],
        ),
        "icmpv6.nd.ra.flag.prf" => pick(number, &[(0, "medium"), (1, "high"), (3, "low")]),
        "icmpv6.mldr.mar.record_type" => pick(
            number,
            &[
                (1, "hears these only"),
                (2, "hears all but these"),
                (3, "now hears these only"),
                (4, "now hears all but these"),
                (5, "hears these, too"),
                (6, "no longer hears these"),
            ],
        ),
        "null.family" => pick(number, &[(2, "IPv4"), (10, "IPv6"), (24, "IPv6"), (28, "IPv6"), (30, "IPv6")]),
        "frame.encap_type" => pick(
            number,
            &[
                (1, "Ethernet"),
                (7, "IP"),
                (15, "BSD loopback"),
                (25, "Linux cooked"),
                (210, "Linux cooked 2"),
            ],
        ),
        "tcp.option_kind" => u8::try_from(number).ok().and_then(OptionKind::find).map(|kind| kind.name),
        "tcp.options.mptcp.subtype" => pick(
            number,
            &[
                (0, "MP_CAPABLE"),
                (1, "MP_JOIN"),
                (2, "DSS"),
                (3, "ADD_ADDR"),
                (4, "REMOVE_ADDR"),
                (5, "MP_PRIO"),
                (6, "MP_FAIL"),
                (7, "MP_FASTCLOSE"),
                (8, "MP_TCPRST"),
            ],
        ),
        "llc.dsap" | "llc.ssap" => pick(
            number & 0xfe,
            &[
                (0x06, "IP"),
                (0x42, "spanning tree"),
                (0xaa, "SNAP"),
                (0xe0, "IPX"),
                (0xf0, "NetBIOS"),
                (0xfe, "IS-IS"),
            ],
        ),
        "websocket.opcode" => pick(
            number,
            &[(0, "continuation"), (1, "text"), (2, "binary"), (8, "close"), (9, "ping"), (10, "pong")],
        )
        .or(Some("reserved")),
        "websocket.payload.close.status_code" => close_code(number),
        field if field.starts_with("tls.") => tls(field, number),
        "llc.control" => pick(number, &[(0x03, "unnumbered information")]),
        "llc.control.ftype" => pick(number, &[(0, "information"), (1, "supervisory"), (3, "unnumbered")]),
        "llc.oui" => pick(
            number,
            &[(0, "EtherTypes"), (0x00_00f8, "EtherTypes"), (0x00_000c, "Cisco"), (0x00_80c2, "IEEE 802.1")],
        ),
        "llc.cisco_pid" => {
            pick(number, &[(0x2000, "CDP"), (0x2003, "VTP"), (0x2004, "DTP"), (0x010b, "PVSTP+")])
        }
        "sll.ltype" => pick(number, &[(1, "Novell 802.3"), (4, "LLC")]),
        "sll.pkttype" => {
            pick(number, &[(0, "to us"), (1, "to all"), (2, "to a group"), (3, "to another"), (4, "by us")])
        }
        _ => None,
    }
}

/// IANA's registries for TLS.
fn tls(field: &str, number: u64) -> Option<&'static str> {
    let (byte, word) = (u8::try_from(number).ok(), u16::try_from(number).ok()?);
    match field {
        "tls.record.content_type" | "tls.record.opaque_type" => ContentType(byte?).name(),
        "tls.handshake.type" => MessageType(byte?).name(),
        "tls.alert_message.level" => AlertLevel(byte?).name(),
        "tls.alert_message.desc" => AlertDescription(byte?).name(),
        _ if is_grease(word) => Some("GREASE: it means nothing"),
        "tls.record.version" | "tls.handshake.version" | "tls.handshake.extensions.supported_version" => {
            Version(word).name()
        }
        "tls.handshake.ciphersuite" => CipherSuite(word).name(),
        "tls.handshake.extension.type" => ExtensionType(word).name(),
        "tls.handshake.extensions_supported_group"
        | "tls.handshake.extensions_key_share_group"
        | "tls.handshake.extensions_key_share_selected_group" => Group(word).name(),
        _ => None,
    }
}

/// RFC 6455, section 7.4.1, and IANA's registry of close codes.
fn close_code(number: u64) -> Option<&'static str> {
    Some(match number {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        1005 => "no status received",
        1006 => "abnormal closure",
        1007 => "invalid payload data",
        1008 => "policy violation",
        1009 => "message too big",
        1010 => "extension missing",
        1011 => "internal error",
        1012 => "service restart",
        1013 => "try again later",
        1014 => "bad gateway",
        1015 => "TLS handshake failed",
        3000..=3999 => "registered by a library",
        4000..=4999 => "for the application alone",
        _ => return None,
    })
}

/// The name beside a number.
pub(super) fn pick(number: u64, names: &[(u64, &'static str)]) -> Option<&'static str> {
    names.iter().find(|(code, _)| *code == number).map(|(_, name)| *name)
}

fn ether_type(number: u64) -> Option<&'static str> {
    let names = [
        (0x0800, "IPv4"),
        (0x0806, "ARP"),
        (0x86dd, "IPv6"),
        (0x8100, "VLAN"),
        (0x88a8, "VLAN"),
        (0x9100, "VLAN"),
    ];
    pick(number, &names)
}

fn protocol(number: u64) -> Option<&'static str> {
    let names = [
        (0, "hop-by-hop options"),
        (1, "ICMP"),
        (2, "IGMP"),
        (4, "IPv4"),
        (6, "TCP"),
        (17, "UDP"),
        (41, "IPv6"),
        (43, "routing"),
        (44, "fragment"),
        (50, "ESP"),
        (51, "AH"),
        (58, "ICMPv6"),
        (59, "nothing"),
        (60, "destination options"),
        (132, "SCTP"),
    ];
    pick(number, &names)
}

/// What an ICMP type is called.
pub(super) fn icmp(number: u64) -> Option<&'static str> {
    let names = [
        (0, "echo reply"),
        (3, "unreachable"),
        (4, "source quench"),
        (5, "redirect"),
        (8, "echo request"),
        (9, "router advertisement"),
        (10, "router solicitation"),
        (11, "time exceeded"),
        (12, "parameter problem"),
        (13, "timestamp request"),
        (14, "timestamp reply"),
        (17, "address mask request"),
        (18, "address mask reply"),
        (40, "security failure"),
        (42, "extended echo request"),
        (43, "extended echo reply"),
    ];
    pick(number, &names)
}

/// What an ICMPv6 type is called.
pub(super) fn icmpv6(number: u64) -> Option<&'static str> {
    let names = [
        (1, "unreachable"),
        (2, "packet too big"),
        (3, "time exceeded"),
        (4, "parameter problem"),
        (128, "echo request"),
        (129, "echo reply"),
        (130, "multicast listener query"),
        (131, "multicast listener report"),
        (132, "multicast listener done"),
        (133, "router solicitation"),
        (134, "router advertisement"),
        (135, "neighbour solicitation"),
        (136, "neighbour advertisement"),
        (137, "redirect"),
        (143, "multicast listener report, version 2"),
        (160, "extended echo request"),
        (161, "extended echo reply"),
    ];
    pick(number, &names)
}

/// Names of the bits that are set, in the order of the list.
fn bits(number: u64, names: &[(u64, &'static str)], none: &str) -> String {
    let set: Vec<&str> = names.iter().filter(|(bit, _)| number & bit != 0).map(|(_, name)| *name).collect();
    if set.is_empty() { none.to_owned() } else { set.join(" ") }
}

/// The TCP flags that are set, by name.
pub(super) fn flags(number: u64) -> String {
    let names = [
        (0x002, "SYN"),
        (0x001, "FIN"),
        (0x004, "RST"),
        (0x008, "PSH"),
        (0x010, "ACK"),
        (0x020, "URG"),
        (0x040, "ECE"),
        (0x080, "CWR"),
        (0x100, "AE"),
        (0xe00, "reserved"),
    ];
    bits(number, &names, "none")
}

/// The parts of a conversation that were seen before a segment, by name.
pub(super) fn parts(number: u64) -> String {
    let names = [(1, "SYN"), (2, "SYN-ACK"), (4, "ACK"), (8, "data"), (16, "FIN"), (32, "RST")];
    format!("{number} ({})", bits(number, &names, "nothing"))
}
