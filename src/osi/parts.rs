//! The headers of a frame as parts, and why the walk stops where they end.

use std::ops::Range;

use super::above::{Kind, above};
use super::layer::Layer;
use super::piece::{Carries, Cut};
use super::walk::{BEHIND_UDP, Part, Place, Stop};
use crate::dissect::{Buffer, Header, Layer as View, Packet, Span};
use crate::frame::LinkType;

/// What was found below the programs.
#[derive(Debug)]
pub(super) struct Lower {
    /// The headers, and what follows them that is no program's.
    pub(super) parts: Vec<Part>,
    /// The bytes that programs say, in the frame.
    pub(super) said: Option<Range<usize>>,
    /// Bytes behind all that the programs say.
    pub(super) behind: Vec<Part>,
    /// What the capture did not keep.
    pub(super) lost: u64,
    pub(super) stop: Option<Stop>,
}

pub(super) fn part(place: Place, title: &'static str, bytes: Range<usize>) -> Part {
    let len = bytes.len() as u64;
    Part { place, title, span: Span { buffer: Buffer::Frame, bytes, mask: None }, len }
}

/// Takes the headers of a frame apart.
pub(super) fn lower(packet: &Packet<'_>) -> Lower {
    let frame = packet.frame();
    let kept = frame.bytes.len();
    let lost = u64::from(frame.original_len).saturating_sub(kept as u64);
    let views: Vec<&View<'_>> =
        packet.layers().iter().filter(|layer| layer.buffer == Buffer::Frame).collect();
    let mut parts = Vec::new();
    for (index, view) in views.iter().enumerate() {
        let start = view.span().bytes.start;
        let next = views.get(index + 1).map_or(kept, |next| next.span().bytes.start);
        let end = (start + own_len(view)).min(next).min(kept);
        if end > start {
            let in_it = views.iter().skip(index + 1).any(|inner| !inner.quoted && is_ip(inner));
            let title = if in_it && is_ip(view) { around(view) } else { title(view) };
            parts.push(part(place(view), title, start..end));
        }
    }
    let own = views.iter().rev().find(|view| !view.quoted);
    let mut end = parts.last().map_or(0, |part| part.span.bytes.end);
    let stop = own.map_or_else(|| without_header(frame.link), |view| stop(packet, view, lost));
    let inside = own.map_or(kept, |view| match view.header {
        Header::Arp(_) => end,
        _ => view.span().bytes.end,
    });
    // What follows UDP's datagram in its packet belongs to no program.
    let surplus = views.iter().rev().find_map(|view| surplus(view)).filter(|bytes| bytes.end > end);
    let inside = surplus.as_ref().map_or(inside, |bytes| inside.min(bytes.start));
    let is_carried =
        own.is_some_and(|view| matches!(view.header, Header::Tcp(_) | Header::Udp(_) | Header::Dns(_)));
    let mut said = None;
    if inside > end {
        if is_carried && !matches!(stop, Some(Stop::NotKept(_) | Stop::Malformed(_))) {
            said = Some(end..inside);
        } else if let (Some(Stop::Fragment), Some(cut)) = (&stop, Cut::of(packet)) {
            piece(cut, own.is_some_and(|view| is_ip(view) || is_extension(view)), end..inside, &mut parts);
        } else {
            let (place, title) = unread(stop.as_ref(), own.is_none());
            parts.push(part(place, title, end..inside));
        }
        end = inside;
    } else if let Some(Header::Dns(_)) = own.map(|view| view.header) {
        // It is read as a header; to the layers it is what a program says.
        said = parts.pop().map(|dns| dns.span.bytes);
    }
    let mut behind = Vec::new();
    if let Some(bytes) = surplus {
        let bytes = bytes.start.max(end)..bytes.end;
        end = bytes.end;
        behind.push(part(Place::At(Layer::Network), BEHIND_UDP, bytes));
    }
    if kept > end {
        let padding = frame.original_len <= 60;
        behind.push(part(Place::At(Layer::Link), if padding { "padding" } else { "trailer" }, end..kept));
    }
    Lower { parts, said, behind, lost, stop }
}

/// What stands in a packet behind UDP's datagram, whose length says that it ends before (RFC 9868 calls it the surplus area).
fn surplus(view: &View<'_>) -> Option<Range<usize>> {
    let Header::Udp(udp) = view.header else { return None };
    let all = view.span().bytes;
    let ends = all.start.checked_add(udp.whole_len()?)?;
    (!view.quoted && ends < all.end).then_some(ends..all.end)
}

/// What stands in a piece of a packet; `unread`: none of its headers above IP was read.
fn piece(cut: Cut<'_>, unread: bool, bytes: Range<usize>, parts: &mut Vec<Part>) {
    let Range { mut start, end } = bytes;
    if let (true, Some((len, _)), Some(title)) = (unread, cut.header(), cut.transport()) {
        let header = (start + len).min(end);
        parts.extend((header > start).then(|| part(Place::At(Layer::Transport), title, start..header)));
        start = header;
    }
    let (layer, title) = match cut.carries {
        Carries::Icmp | Carries::Packet => (Layer::Network, PIECE),
        _ if cut.said().is_some() => (Layer::Application, "piece of the program's data"),
        _ => (Layer::Transport, PIECE),
    };
    parts.extend((end > start).then(|| part(Place::At(layer), title, start..end)));
}

/// What the bytes of a piece are called, where no more is known of them.
const PIECE: &str = "piece of a packet";

/// The header of a layer in bytes, as far as it was kept.
fn own_len(view: &View<'_>) -> usize {
    match view.header {
        Header::Arp(arp) if arp.is_ethernet_ipv4() => ARP.min(view.bytes().len()),
        _ => view.own_bytes().len(),
    }
}

/// ARP's message for IPv4 on Ethernet (RFC 826).
const ARP: usize = 28;

fn place(view: &View<'_>) -> Place {
    match view.header {
        _ if view.quoted => Place::At(Layer::Network),
        Header::Ethernet(_) | Header::Vlan(_) | Header::Llc(_) => Place::At(Layer::Link),
        Header::Sll(_) | Header::Null(_) => Place::Capture,
        Header::Arp(_) | Header::Ipv4(_) | Header::Ipv6(_) | Header::Extension(_) => {
            Place::At(Layer::Network)
        }
        Header::Icmp(_) | Header::Icmpv6(_) => Place::At(Layer::Network),
        Header::Tcp(_) | Header::Udp(_) => Place::At(Layer::Transport),
        Header::Dns(_) => Place::At(Layer::Application),
    }
}

fn title(view: &View<'_>) -> &'static str {
    match view.header {
        Header::Ipv4(_) | Header::Ipv6(_) | Header::Extension(_) if view.quoted => "quoted packet",
        Header::Tcp(_) | Header::Udp(_) | Header::Icmp(_) | Header::Icmpv6(_) | Header::Dns(_)
            if view.quoted =>
        {
            "quoted packet"
        }
        _ => view.title(),
    }
}

fn is_ip(view: &View<'_>) -> bool {
    matches!(view.header, Header::Ipv4(_) | Header::Ipv6(_))
}

fn is_extension(view: &View<'_>) -> bool {
    matches!(view.header, Header::Extension(_))
}

/// The header of a packet that carries another one.
fn around(view: &View<'_>) -> &'static str {
    if let Header::Ipv4(_) = view.header { "outer IPv4" } else { "outer IPv6" }
}

/// Of a frame without one header.
fn without_header(link: LinkType) -> Option<Stop> {
    Some(match link {
        LinkType::Other(number) => Stop::Link(number),
        LinkType::Ethernet => Stop::NotKept("Ethernet"),
        LinkType::Sll | LinkType::Sll2 | LinkType::Null | LinkType::Loop => Stop::NotKept("the capture's"),
        LinkType::RawIp | LinkType::Ipv4 | LinkType::Ipv6 => Stop::Malformed("IP"),
    })
}

/// Where bytes belong that no header speaks for.
fn unread(stop: Option<&Stop>, nothing: bool) -> (Place, &'static str) {
    match stop {
        _ if nothing => (Place::At(Layer::Link), "not read"),
        Some(Stop::Protocol(number)) => {
            let above = above(*number);
            let is_transport = matches!(above.kind, Kind::Transport | Kind::Unknown);
            (Place::At(if is_transport { Layer::Transport } else { Layer::Network }), above.title)
        }
        Some(Stop::Fragment) => (Place::At(Layer::Transport), PIECE),
        Some(Stop::Malformed(_) | Stop::NotKept(_)) => (Place::At(Layer::Link), "not read"),
        _ => (Place::At(Layer::Network), "not read"),
    }
}

/// Why nothing is read behind the last header; `None` where a program speaks.
fn stop(packet: &Packet<'_>, last: &View<'_>, lost: u64) -> Option<Stop> {
    let title = last.title();
    let bytes = last.bytes();
    if Cut::of(packet).is_some() {
        return Some(Stop::Fragment);
    }
    // How long the header is by its own word; `None` where not even that is there.
    let (need, least) = match last.header {
        Header::Arp(_) => (Some(ARP), ARP),
        Header::Icmp(_) | Header::Icmpv6(_) => (Some(8), 8),
        Header::Dns(_) => (Some(12), 12),
        Header::Ipv4(_) | Header::Tcp(_) => (last.header.len(), 20),
        _ => (last.header.len(), 1),
    };
    let cut = need.is_none_or(|need| bytes.len() < need);
    if need.is_some_and(|need| need < least) || cut && lost == 0 {
        return Some(Stop::Malformed(title));
    }
    if cut {
        return Some(Stop::NotKept(title));
    }
    match last.header {
        Header::Arp(_) => Some(Stop::Arp),
        Header::Icmp(_) | Header::Icmpv6(_) => Some(Stop::Icmp),
        Header::Tcp(view) if view.payload_len() == Some(0) => Some(Stop::TcpOnly),
        Header::Tcp(_) if bytes.len() == own_len(last) => Some(Stop::NotKept("data of TCP")),
        Header::Udp(view) if view.whole_len().is_none() => Some(Stop::Malformed(title)),
        Header::Udp(view) if view.whole_len() == Some(8) => Some(Stop::Empty),
        Header::Tcp(_) | Header::Udp(_) | Header::Dns(_) => None,
        Header::Ethernet(view) => Some(of_type(view.ether_type(), packet)),
        Header::Vlan(view) => Some(of_type(view.ether_type(), packet)),
        Header::Sll(view) => Some(of_type(view.ether_type(), packet)),
        Header::Llc(_) => Some(Stop::Length),
        Header::Null(_) => Some(Stop::Malformed("IP")),
        Header::Ipv4(view) if bytes.first().is_none_or(|byte| byte >> 4 != 4) || wrong(view.total_len()) => {
            Some(Stop::Malformed(title))
        }
        Header::Ipv6(_) if bytes.first().is_none_or(|byte| byte >> 4 != 6) => Some(Stop::Malformed(title)),
        Header::Ipv4(view) if view.is_fragment() => Some(Stop::Fragment),
        Header::Ipv4(view) => Some(follows(view.protocol(), bytes.len() > own_len(last), lost)),
        Header::Ipv6(view) => Some(follows(view.next_header(), bytes.len() > own_len(last), lost)),
        Header::Extension(view) if view.is_fragment() => Some(Stop::Fragment),
        Header::Extension(view) => Some(follows(view.next_header(), bytes.len() > own_len(last), lost)),
    }
}

/// A total length that leaves no room for the header; 0 has a meaning of its own.
pub(super) fn wrong(total: Option<u16>) -> bool {
    total.is_some_and(|total| (1..20).contains(&total))
}

fn of_type(ether_type: Option<u16>, packet: &Packet<'_>) -> Stop {
    match ether_type {
        Some(0x0800 | 0x86dd | 0x0806) if u64::from(packet.frame().original_len) > kept(packet) => {
            Stop::NotKept("IP")
        }
        Some(0x0800 | 0x86dd | 0x0806) => Stop::Malformed("IP"),
        Some(number) => Stop::EtherType(number),
        None => Stop::Length,
    }
}

fn kept(packet: &Packet<'_>) -> u64 {
    packet.frame().bytes.len() as u64
}

/// What IP says that it carries, and no header was read for.
fn follows(protocol: Option<u8>, any: bool, lost: u64) -> Stop {
    match protocol {
        Some(1 | 4 | 6 | 17 | 41 | 58) if !any && lost > 0 => Stop::NotKept("next"),
        Some(1 | 4 | 6 | 17 | 41 | 58) if !any => Stop::Malformed("next"),
        Some(number) => Stop::Protocol(number),
        None => Stop::Malformed("IP"),
    }
}
