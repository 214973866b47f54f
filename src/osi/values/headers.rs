//! What the words' placeholders stand for in the headers of a frame: addresses, numbers, sizes, checksums.

use std::net::IpAddr;

use super::Values;
use crate::dissect::{Checksum, Header, Packet};
use crate::flow::Segment;
use crate::osi::above::above;
use crate::osi::layer::Layer;
use crate::osi::piece::{Carries, Cut};
use crate::osi::walk::{Place, Walk};
use crate::story::{grouped, mac};

/// What the headers say, from the outermost.
pub(super) fn headers(walk: &Walk, packet: &Packet<'_>, segment: Option<&Segment>, values: &mut Values) {
    let own = || packet.layers().iter().filter(|layer| !layer.quoted);
    for layer in own() {
        match layer.header {
            Header::Ethernet(view) => {
                values.some("src_mac", view.source().map(mac));
                values.some("dst_mac", view.destination().map(mac));
                if let Some(to) = view.destination() {
                    let group = to.first().is_some_and(|byte| byte & 1 == 1);
                    values.mark("if_all", to == [0xff; 6]);
                    values.mark("if_near", !group);
                    values.mark("if_many", group);
                    values.mark("if_group", group && to != [0xff; 6]);
                    let zero = to == [0; 6] && view.source() == Some([0; 6]);
                    values.mark("if_zero", zero);
                    values.mark("if_one", !group && !zero);
                }
                ether_type(view.ether_type(), values);
            }
            Header::Vlan(view) => ether_type(view.ether_type(), values),
            Header::Arp(view) => {
                values.mark("if_ask", view.opcode() == Some(1));
                values.mark("if_reply", view.opcode() == Some(2));
                values.some("sender_mac", view.sender_mac().map(mac));
                values.some("sender_ip", view.sender_ip());
                values.some("target_ip", view.target_ip());
            }
            Header::Ipv4(view) => {
                ip(true, values);
                network(view.source().map(IpAddr::V4), view.destination().map(IpAddr::V4), values);
                hops(view.ttl(), values);
                values.some("protocol", view.protocol());
                values.some("protocol_name", view.protocol().and_then(protocol));
            }
            Header::Ipv6(view) => {
                ip(false, values);
                network(view.source().map(IpAddr::V6), view.destination().map(IpAddr::V6), values);
                hops(view.hop_limit(), values);
                values.some("protocol", view.next_header());
                values.some("protocol_name", view.next_header().and_then(protocol));
            }
            Header::Extension(view) => {
                values.0.retain(|(name, _)| !matches!(*name, "protocol" | "protocol_name"));
                values.some("protocol", view.next_header());
                values.some("protocol_name", view.next_header().and_then(protocol));
            }
            Header::Tcp(view) => {
                values.some("src_port", view.src_port());
                values.some("dst_port", view.dst_port());
                values.some("seq", segment.map(|segment| segment.seq));
                values.some("raw_seq", view.seq());
                values.some("ack", segment.and_then(|segment| segment.ack));
                values.bytes("data", view.payload_len().map(|len| len as u64));
                values.some("sum", view.checksum().map(|sum| format!("0x{sum:04x}")));
                let data = view.payload_len().is_some_and(|len| len > 0);
                values.mark("if_data", data);
                values.mark("if_stream", true);
                values.mark("if_syn", view.syn());
                values.mark("if_bare", !data && !view.syn() && !view.rst() && !view.fin());
                values.mark("if_fin", !data && view.fin() && !view.syn() && !view.rst());
                // The reset of a port where nobody listens (RFC 9293, section 3.10.7.1).
                let refused = view.rst() && view.ack() && view.seq() == Some(0);
                values.mark("if_refused", refused);
                values.mark("if_heard", !refused);
                values.mark("if_answered", (data || view.syn() || view.fin()) && !view.rst());
                verdict(view.checksum_status(), values);
                if let (Some(Checksum::Bad), Some((unsound, by))) = (view.checksum_status(), walk.later) {
                    values.mark("if_later", true);
                    values.put("unsound", unsound);
                    values.put("confirmed_by", by);
                }
            }
            Header::Udp(view) => {
                values.some("src_port", view.source_port());
                values.some("dst_port", view.destination_port());
                values.bytes("data", view.whole_len().map(|len| len.saturating_sub(8) as u64));
                values.mark("if_datagram", true);
                values.bytes("datagram", view.whole_len().map(|len| len as u64));
                verdict(view.checksum_status(), values);
            }
            Header::Icmpv6(view) => {
                let is_discovery = view.kind().is_some_and(|kind| DISCOVERY.contains(&kind));
                if is_discovery && values.has("ttl", "255") {
                    values.0.retain(|(name, _)| !matches!(*name, "routers" | "if_last_hop"));
                    values.mark("if_neighbour", true);
                }
                values.some("sought", view.target());
                values.mark("if_sought", view.target().is_some() && view.solicited().is_none());
                values.mark("if_found", view.solicited().is_some());
            }
            _ => {}
        }
    }
    tags(
        own().filter_map(|layer| if let Header::Vlan(view) = layer.header { view.id() } else { None }),
        values,
    );
    let packets = ip_packets(packet);
    let (inner, outer) = packets.split_last().map_or((None, &[][..]), |(inner, outer)| (Some(inner), outer));
    values.bytes("ip_header", inner.map(|ip| ip.len));
    let is_extended = inner.is_some_and(|ip| ip.is_extended);
    values.mark("if_extended", is_extended);
    values.mark("if_simple", !is_extended);
    tunnel(&packets, values);
    if let Some(cut) = Cut::of(packet) {
        piece(cut, values);
    }
    for (name, layer) in [("tcp_header", Layer::Transport), ("link_header", Layer::Link)] {
        values.bytes(name, Some(walk.own_len(Place::At(layer))).filter(|len| *len > 0));
    }
    values.bytes("segment", walk.unit_len(Layer::Transport));
    let around: u64 = outer.iter().map(|ip| ip.len).sum();
    values.bytes("packet", walk.unit_len(Layer::Network).map(|len| len.saturating_sub(around)));
    values.bytes("frame_len", Some(walk.len));
}

/// The header of one of several packets, each in the one before it.
struct IpHeader {
    name: &'static str,
    ends: Option<(IpAddr, IpAddr)>,
    /// What its payload is, by IANA's number.
    protocol: Option<u8>,
    /// In bytes, with its extension headers.
    len: u64,
    is_extended: bool,
}

/// The IP headers of a frame, from the outermost. (ICMP stands in the same layer, and is none of them.)
fn ip_packets(packet: &Packet<'_>) -> Vec<IpHeader> {
    let mut all: Vec<IpHeader> = Vec::new();
    for layer in packet.layers().iter().filter(|layer| !layer.quoted) {
        let len = layer.own_bytes().len() as u64;
        let new = |ends: Option<(IpAddr, IpAddr)>, protocol| {
            let name = layer.title();
            IpHeader { name, ends, protocol, len, is_extended: false }
        };
        match layer.header {
            Header::Ipv4(view) => {
                let ends = view.source().zip(view.destination());
                all.push(new(ends.map(|(from, to)| (from.into(), to.into())), view.protocol()));
            }
            Header::Ipv6(view) => {
                let ends = view.source().zip(view.destination());
                all.push(new(ends.map(|(from, to)| (from.into(), to.into())), view.next_header()));
            }
            Header::Extension(view) => {
                if let Some(ip) = all.last_mut() {
                    ip.len += len;
                    ip.protocol = view.next_header();
                    ip.is_extended = true;
                }
            }
            _ => {}
        }
    }
    all
}

/// What is said where one packet stands in another.
fn tunnel(packets: &[IpHeader], values: &mut Values) {
    let [outer, between @ .., inner] = packets else { return };
    values.put("ip_headers", packets.len());
    values.put("outer_ip", outer.name);
    if let Some((from, to)) = outer.ends {
        values.put("outer_src", from);
        values.put("outer_dst", to);
    }
    values.some("outer_protocol", outer.protocol);
    values.bytes("outer_header", Some(outer.len));
    values.put("inside_ip", between.first().unwrap_or(inner).name);
    let told = |ip: &IpHeader| {
        let ends = ip.ends.map_or_else(String::new, |(from, to)| format!(" from {from} to {to}"));
        format!("{}{ends} ({} bytes)", ip.name, grouped(ip.len))
    };
    if !between.is_empty() {
        values.put("between", between.iter().map(told).collect::<Vec<_>>().join(", "));
    }
}

/// What is said of a piece of a packet.
fn piece(cut: Cut<'_>, values: &mut Values) {
    values.put("whole", cut.whole());
    values.some("transport", cut.transport());
    values.mark("if_stream", cut.carries == Carries::Tcp);
    values.mark("if_datagram", cut.carries == Carries::Udp);
    values.mark("if_later_piece", cut.transport().is_some() && cut.header().is_none());
    values.mark("if_other_piece", cut.transport().is_none());
    if let Some((len, all)) = cut.header() {
        values.bytes("cut_header", Some(len as u64));
        values.mark("if_half_header", !all);
    }
    if let Some([from, to]) = cut.ports() {
        values.put("src_port", from);
        values.put("dst_port", to);
    }
    values.bytes("whole_len", cut.whole_len().map(u64::from));
    let said = cut.said().map(|len| len as u64);
    values.bytes("data", said.filter(|len| *len > 0));
    values.mark("if_header_only", said == Some(0));
    values.mark("if_unsure", said.is_none());
}

/// The messages of neighbour discovery, by ICMPv6's types (RFC 4861, section 4).
const DISCOVERY: std::ops::RangeInclusive<u8> = 133..=137;

/// How far it goes on: each router takes off 1, and the one that comes to 0 drops the packet.
fn hops(ttl: Option<u8>, values: &mut Values) {
    values.some("ttl", ttl);
    match ttl {
        Some(ttl @ 2..) => {
            values.put("routers", format!("{} router{}", ttl - 1, if ttl == 2 { "" } else { "s" }));
        }
        Some(_) => values.mark("if_last_hop", true),
        None => {}
    }
}

/// What is said of a checksum.
fn verdict(status: Option<Checksum>, values: &mut Values) {
    let name = match status {
        Some(Checksum::Good) => "if_good",
        Some(Checksum::Bad) => "if_bad",
        Some(Checksum::Unfinished) => "if_unfinished",
        Some(Checksum::NotPresent) => "if_no_sum",
        Some(Checksum::Illegal) => "if_illegal",
        Some(Checksum::Unverified) | None => "if_unchecked",
    };
    values.mark(name, true);
}

/// The networks of a frame's VLAN tags, from the outermost.
fn tags(ids: impl Iterator<Item = u16>, values: &mut Values) {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    match ids.as_slice() {
        [] => {}
        [id] => values.put("vlan", id),
        [outer @ .., last] => {
            values.put("tags", ids.len());
            values.put("vlans", format!("{} and {last}", outer.join(", ")));
        }
    }
}

/// What an IP packet in another one says anew.
const NETWORK: [&str; 7] = ["src_ip", "dst_ip", "ttl", "routers", "if_last_hop", "protocol", "protocol_name"];

/// Which IP the innermost header is of.
fn ip(is_four: bool, values: &mut Values) {
    values.0.retain(|(name, _)| !matches!(*name, "if_ip4" | "if_ip6"));
    values.mark(if is_four { "if_ip4" } else { "if_ip6" }, true);
}

fn network(source: Option<IpAddr>, destination: Option<IpAddr>, values: &mut Values) {
    values.0.retain(|(name, _)| !NETWORK.contains(name));
    values.some("src_ip", source);
    values.some("dst_ip", destination);
}

/// What a number above IP stands for, where that is known.
fn protocol(number: u8) -> Option<&'static str> {
    match number {
        1 => Some("ICMP"),
        4 => Some("IPv4"),
        6 => Some("TCP"),
        17 => Some("UDP"),
        41 => Some("IPv6"),
        58 => Some("ICMPv6"),
        _ => above(number).name(),
    }
}

/// The protocol that an EtherType stands for, where a walk goes on with it.
fn ether_name(number: u16) -> Option<&'static str> {
    match number {
        0x0800 => Some("IPv4"),
        0x0806 => Some("ARP"),
        0x86dd => Some("IPv6"),
        _ => None,
    }
}

/// What the frame carries, by its number.
fn ether_type(number: Option<u16>, values: &mut Values) {
    values.0.retain(|(name, _)| !matches!(*name, "ether_type" | "ether_name" | "if_other_type"));
    values.some("ether_type", number.map(|number| format!("0x{number:04x}")));
    let name = number.and_then(ether_name);
    values.some("ether_name", name);
    values.mark("if_other_type", name.is_none());
}
