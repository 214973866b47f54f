//! What the words' placeholders stand for in one frame.

use std::net::IpAddr;

use super::guess;
use super::layer::Layer;
use super::walk::{MASKED, Physical, Piece, Place, Stop, Unit, UnitKind, Walk};
use crate::dissect::{Checksum, Header, Packet};
use crate::event::Host;
use crate::flow::Segment;
use crate::story::{grouped, mac, text_of};

/// Every placeholder that the words of a walk may use. Those that begin with `if_` stand for nothing: a sentence with one is
/// told only where it is so.
pub const PLACEHOLDERS: &[&str] = &[
    "from",
    "to",
    "frame",
    "title",
    "text",
    "size",
    "unit",
    "header",
    "first",
    "last",
    "from_byte",
    "part_bytes",
    "to_byte",
    "key",
    "head_bytes",
    "masked",
    "plain",
    "inflated",
    "count",
    "if_client",
    "if_server",
    "src_port",
    "dst_port",
    "seq",
    "raw_seq",
    "ack",
    "tcp_header",
    "data",
    "segment",
    "src_ip",
    "dst_ip",
    "ttl",
    "ip_header",
    "routers",
    "if_last_hop",
    "if_neighbour",
    "if_extended",
    "if_simple",
    "packet",
    "protocol",
    "protocol_name",
    "src_mac",
    "dst_mac",
    "ether_type",
    "link_header",
    "frame_len",
    "vlan",
    "vlans",
    "tags",
    "padding",
    "added",
    "wire",
    "tls",
    "record",
    "opened",
    "why",
    "number",
    "what",
    "again",
    "target_ip",
    "sender_ip",
    "sum",
    "if_data",
    "if_syn",
    "if_bare",
    "if_fin",
    "if_wordless",
    "if_known",
    "if_ping",
    "if_close",
    "if_reserved",
    "if_hello",
    "if_good",
    "if_bad",
    "if_unfinished",
    "if_unchecked",
    "if_no_sum",
    "if_illegal",
    "if_answered",
    "if_heard",
    "if_refused",
    "if_pong",
    "if_near",
    "if_many",
    "if_tls",
    "if_socket",
    "if_said",
    "if_nothing",
    "if_more",
    "if_end",
    "if_one",
    "if_all",
    "if_group",
    "if_zero",
    "if_like",
    "if_ask",
    "if_reply",
    "if_quic",
    "if_stream",
    "if_datagram",
    "sender_mac",
    "ether_name",
    "if_other_type",
    "says",
    "guess",
    "guess_port",
];

/// So many bytes are shown in a sentence.
const SHOWN: usize = 4;

struct Values(Vec<(&'static str, String)>);

impl Values {
    fn put(&mut self, name: &'static str, value: impl ToString) {
        self.0.push((name, value.to_string()));
    }

    /// How many bytes, as everywhere on the screen: with commas.
    fn bytes(&mut self, name: &'static str, value: Option<u64>) {
        self.some(name, value.map(grouped));
    }

    fn some(&mut self, name: &'static str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(known, is)| *known == name && is == value)
    }

    fn mark(&mut self, name: &'static str, is_so: bool) {
        if is_so {
            self.put(name, "");
        }
    }
}

/// All of them that this frame gives.
pub(super) fn values(
    walk: &Walk,
    packet: &Packet<'_>,
    segment: Option<&Segment>,
) -> Vec<(&'static str, String)> {
    let mut values = Values(Vec::new());
    values.put("frame", walk.frame);
    let (from, to) = match walk.from {
        Some(host) => (host.name(), host.other().name()),
        None => ("sender", "receiver"),
    };
    values.put("from", from);
    values.put("to", to);
    values.mark("if_client", walk.from == Some(Host::Client));
    values.mark("if_server", walk.from == Some(Host::Server));
    if let [unit] = walk.units.as_slice() {
        speech(walk, unit, &mut values);
    }
    values.put("count", walk.units.len());
    values.mark("if_tls", walk.parts.iter().any(|part| part.place == Place::Tls));
    let is_socket = |unit: &Unit| matches!(unit.kind, UnitKind::Message | UnitKind::Control);
    values.mark("if_socket", walk.units.iter().any(is_socket));
    values.mark("if_said", walk.cost.this.message > 0);
    values.mark("if_nothing", walk.cost.this.message == 0);
    headers(walk, packet, segment, &mut values);
    values.some("again", walk.instead_of);
    tls(walk, &mut values);
    wire(walk, &mut values);
    if walk.stop == Some(Stop::Program) {
        unread(walk, packet, &mut values);
    }
    let inside = walk.sealed.iter().flat_map(|sealed| &sealed.parts);
    let mut parts = walk.parts.iter().chain(inside);
    if walk.lost {
        // Nobody answers what nobody has heard.
        values.0.retain(|(name, _)| *name != "if_answered");
    }
    values.mark("if_like", parts.any(|part| matches!(part.place, Place::Like(_))));
    if let Some(stop) = &walk.stop {
        why(stop, &mut values);
    }
    values.0
}

fn speech(walk: &Walk, unit: &Unit, values: &mut Values) {
    values.put("title", &unit.title);
    values.some("text", unit.text.as_ref());
    values.mark("if_wordless", unit.text.is_none());
    values.bytes("unit", Some(unit.len));
    values.bytes("size", Some(unit.len - unit.header.min(unit.len)));
    values.bytes("header", Some(unit.header));
    values.mark("if_more", unit.piece == Some(Piece::More));
    values.mark("if_end", unit.piece == Some(Piece::Last));
    values.put("first", unit.frames.0);
    values.put("last", unit.frames.1);
    values.bytes("from_byte", Some(unit.here.start + 1));
    values.bytes("to_byte", Some(unit.here.end));
    let (from, to) = (grouped(unit.here.start + 1), grouped(unit.here.end));
    values
        .put("part_bytes", if from == to { format!("byte {from}") } else { format!("bytes {from} to {to}") });
    kind(unit, values);
    values.bytes("inflated", unit.inflated.flatten());
    values.some("key", unit.key.map(|key| hex(&key)));
    let (all, parts) = match walk.sealed.first() {
        Some(sealed) => (&sealed.bytes, &sealed.parts),
        None => (&walk.bytes, &walk.parts),
    };
    let find = |title: &str| parts.iter().find(|part| part.title == title).map(|part| part.bytes(all));
    values.some("head_bytes", find("WebSocket header").map(hex));
    if let (Some(payload), Some(key)) = (find(MASKED), unit.key) {
        let start = payload.get(..payload.len().min(SHOWN)).unwrap_or_default();
        // Only where the message begins here does the key begin with its first byte.
        if unit.here.start <= unit.header && !start.is_empty() {
            let plain: Vec<u8> = start.iter().zip(key).map(|(byte, key)| byte ^ key).collect();
            values.put("masked", hex(start));
            if unit.inflated.is_none() {
                values.some("plain", text_of(&plain));
            }
        }
    }
}

/// What only control frames of one kind, or messages of TLS of one kind, are told.
fn kind(unit: &Unit, values: &mut Values) {
    match unit.kind {
        UnitKind::Control => {
            values.mark("if_known", !unit.is_reserved());
            values.mark("if_reserved", unit.is_reserved());
            values.mark("if_close", unit.title.starts_with("close"));
            values.mark("if_ping", unit.title == "ping");
            values.mark("if_pong", unit.title == "pong");
        }
        UnitKind::Tls => values.mark("if_hello", unit.title.contains("_hello")),
        _ => {}
    }
}

/// So many letters of what an unknown program says are shown.
const READABLE: usize = 40;

/// What can be said of bytes whose protocol netlab does not read.
fn unread(walk: &Walk, packet: &Packet<'_>, values: &mut Values) {
    let part = walk.parts.iter().find(|part| part.place == Place::At(Layer::Application));
    let bytes = part.map(|part| part.bytes(&walk.bytes)).unwrap_or_default();
    if let Some(text) = text_of(bytes).filter(|text| !text.trim().is_empty()) {
        let text = text.trim_end();
        let start: String = text.chars().take(READABLE).collect();
        let more = if start.len() < text.len() { "…" } else { "" };
        values.put("says", format!("{start}{more}"));
    }
    let udp = packet.udp();
    let quic = udp.is_some() && guess::is_quic(bytes);
    values.mark("if_quic", quic);
    let ports = packet.tcp().map(|tcp| [tcp.src_port(), tcp.dst_port()]);
    let ports = ports.or(udp.map(|udp| [udp.source_port(), udp.destination_port()]));
    if let Some((port, name)) = ports.and_then(guess::by_port).filter(|_| !quic) {
        values.put("guess", name);
        values.put("guess_port", port);
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

/// `68 81 86 1a`.
fn hex(bytes: &[u8]) -> String {
    let all: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    all.join(" ")
}

fn headers(walk: &Walk, packet: &Packet<'_>, segment: Option<&Segment>, values: &mut Values) {
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
                network(view.source().map(IpAddr::V4), view.destination().map(IpAddr::V4), values);
                hops(view.ttl(), values);
                values.some("protocol", view.protocol());
                values.some("protocol_name", view.protocol().and_then(protocol));
            }
            Header::Ipv6(view) => {
                network(view.source().map(IpAddr::V6), view.destination().map(IpAddr::V6), values);
                hops(view.hop_limit(), values);
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
            }
            Header::Udp(view) => {
                values.some("src_port", view.source_port());
                values.some("dst_port", view.destination_port());
                values.bytes("data", view.length().map(|length| length.saturating_sub(8).into()));
                values.mark("if_datagram", true);
                verdict(view.checksum_status(), values);
            }
            Header::Icmpv6(view) => {
                let is_discovery = view.kind().is_some_and(|kind| DISCOVERY.contains(&kind));
                if is_discovery && values.has("ttl", "255") {
                    values.0.retain(|(name, _)| !matches!(*name, "routers" | "if_last_hop"));
                    values.mark("if_neighbour", true);
                }
            }
            _ => {}
        }
    }
    tags(
        own().filter_map(|layer| if let Header::Vlan(view) = layer.header { view.id() } else { None }),
        values,
    );
    // ICMP stands in the same layer, and is none of IP's header.
    let ip = own()
        .filter(|layer| matches!(layer.header, Header::Ipv4(_) | Header::Ipv6(_) | Header::Extension(_)));
    values.bytes(
        "ip_header",
        Some(ip.map(|layer| layer.own_bytes().len() as u64).sum()).filter(|len| *len > 0),
    );
    let is_extended = own().any(|layer| matches!(layer.header, Header::Extension(_)));
    values.mark("if_extended", is_extended);
    values.mark("if_simple", !is_extended);
    for (name, layer) in [("tcp_header", Layer::Transport), ("link_header", Layer::Link)] {
        values.bytes(name, Some(walk.own_len(Place::At(layer))).filter(|len| *len > 0));
    }
    values.bytes("segment", walk.unit_len(Layer::Transport));
    values.bytes("packet", walk.unit_len(Layer::Network));
    values.bytes("frame_len", Some(walk.len));
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

fn network(source: Option<IpAddr>, destination: Option<IpAddr>, values: &mut Values) {
    values.0.retain(|(name, _)| !NETWORK.contains(name));
    values.some("src_ip", source);
    values.some("dst_ip", destination);
}

/// What a number above IP stands for, where a walk goes on with it.
fn protocol(number: u8) -> Option<&'static str> {
    match number {
        1 => Some("ICMP"),
        6 => Some("TCP"),
        17 => Some("UDP"),
        58 => Some("ICMPv6"),
        _ => None,
    }
}

fn tls(walk: &Walk, values: &mut Values) {
    if let [sealed] = walk.sealed.as_slice() {
        let opened = sealed.bytes.len() as u64;
        values.bytes("record", Some(sealed.record));
        values.bytes("opened", Some(opened));
        values.bytes("tls", Some(sealed.record.saturating_sub(opened)));
    }
}

fn wire(walk: &Walk, values: &mut Values) {
    let padding = walk.parts.iter().find(|part| part.title == "padding").map(|part| part.len);
    let missing = walk.physical.map(|physical| physical.padding).filter(|padding| *padding > 0);
    values.bytes("padding", padding.or(missing));
    values.bytes("added", walk.physical.map(Physical::added));
    values.bytes("wire", walk.unit_len(Layer::Physical));
}

fn why(stop: &Stop, values: &mut Values) {
    match stop {
        Stop::Link(number) => values.put("number", number),
        Stop::EtherType(number) => values.put("number", format!("0x{number:04x}")),
        Stop::Protocol(number) => values.put("number", number),
        Stop::Again(frame) => values.put("again", frame),
        Stop::Sealed(why) => values.put("why", why),
        Stop::NotKept(what) | Stop::Malformed(what) => values.put("what", what),
        _ => {}
    }
}
