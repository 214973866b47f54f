//! From header to header: what comes next, where it ends, and when to stop.
//!
//! A length in a header can make what follows shorter, never longer. Of each part two lengths are known: what was kept,
//! and what there was on the wire by all headers so far.

use arrayvec::ArrayVec;

use super::checksum::{Around, Instead};
use super::ethernet::Tag;
use super::field::Checksum;
use super::ipv6::Extension;
use super::llc::Follows;
use super::{
    ArpSlice, DnsSlice, EthernetSlice, ExtensionSlice, Header, IcmpSlice, Icmpv6Slice, Ipv4Slice, Ipv6Slice,
    LlcSlice, NullSlice, Packet, Piece, SllSlice, TcpSlice, UdpSlice, VlanSlice, cooked, ethernet, icmp,
    icmpv6, ipv4, ipv6,
};
use crate::frame::{Frame, LinkType};

/// What the next header is.
#[derive(Clone, Copy, Debug)]
enum Next {
    Link(LinkType),
    EtherType(u16),
    Llc,
    Ip(u8),
    Protocol(u8),
}

impl Next {
    /// What an EtherType announces; IP, which is nearly all there is, without a detour.
    #[inline]
    fn ether_type(number: u16) -> Next {
        match number {
            0x0800 => Next::Ip(4),
            0x86dd => Next::Ip(6),
            _ => Next::EtherType(number),
        }
    }
}

/// The part of the frame that is not yet walked.
#[derive(Clone, Copy)]
struct Rest<'a> {
    bytes: &'a [u8],
    /// Where it begins in the frame.
    offset: usize,
    /// How long it was on the wire.
    reported: usize,
    /// What the transport needs to know.
    around: Around<'a>,
}

impl<'a> Rest<'a> {
    /// Leaves its first bytes behind; `None` when so many were not kept.
    #[inline]
    fn pass(&mut self, count: usize) -> Option<()> {
        self.bytes = self.bytes.get(count..)?;
        self.offset += count;
        self.reported = self.reported.saturating_sub(count);
        Some(())
    }

    /// No longer than a header says.
    #[inline]
    fn limit(&mut self, length: usize) {
        self.bytes = self.bytes.get(..length).unwrap_or(self.bytes);
        self.reported = self.reported.min(length);
    }

    #[inline]
    fn around(&self) -> Around<'a> {
        Around { reported: self.reported, ..self.around }
    }
}

/// Fills in the layers of a packet.
pub(super) fn walk(packet: &mut Packet<'_>) {
    let frame = *packet.frame();
    let rest = Rest {
        bytes: frame.bytes,
        offset: 0,
        reported: (frame.original_len as usize).max(frame.bytes.len()),
        around: Around::default(),
    };
    go_on(packet, Next::Link(frame.link), rest);
}

/// The segment in a frame of the most usual build, whole and with nothing between: Ethernet, IPv4 without options or IPv6 without
/// extension headers, TCP. It is what [`walk`] finds there, without a stop at each layer; `None` says nothing of what there is.
#[inline]
pub(crate) fn plain_tcp<'a>(frame: &Frame<'a>) -> Option<TcpSlice<'a>> {
    if frame.link != LinkType::Ethernet {
        return None;
    }
    let (ethernet, ip) = frame.bytes.split_first_chunk::<{ ethernet::LEN_BYTES }>()?;
    let reported = (frame.original_len as usize).max(frame.bytes.len()) - ethernet::LEN_BYTES;
    let (header, total, addresses) = match *ethernet {
        [.., 0x08, 0x00] => match *ip.first_chunk::<{ ipv4::MIN_LEN_BYTES }>()? {
            // No options, no more fragments and none before; what follows is TCP.
            [0x45, _, l0, l1, _, _, f0, f1, _, 6, ..] if f0 & 0x3f == 0 && f1 == 0 => {
                let total = usize::from(u16::from_be_bytes([l0, l1]));
                (ipv4::MIN_LEN_BYTES, total, ip.get(12..ipv4::MIN_LEN_BYTES)?)
            }
            _ => return None,
        },
        [.., 0x86, 0xdd] => match *ip.first_chunk::<{ ipv6::LEN_BYTES }>()? {
            [0x60..=0x6f, _, _, _, l0, l1, 6, ..] => {
                let payload = usize::from(u16::from_be_bytes([l0, l1]));
                (ipv6::LEN_BYTES, ipv6::LEN_BYTES + payload, ip.get(8..ipv6::LEN_BYTES)?)
            }
            _ => return None,
        },
        _ => return None,
    };
    // A length of nothing has a meaning of its own.
    let bytes = ip.get(header..total.min(ip.len())).filter(|bytes| !bytes.is_empty())?;
    let around = Around { addresses, reported: reported.min(total) - header, ..Around::default() };
    Some(TcpSlice { bytes, offset: ethernet::LEN_BYTES + header, around })
}

/// The ports of such a segment, the sender's first.
#[inline]
pub(crate) fn plain_ports(frame: &Frame<'_>) -> Option<(u16, u16)> {
    let [s0, s1, d0, d1] = *plain_tcp(frame)?.bytes.first_chunk()?;
    Some((u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1])))
}

/// Adds the layers that stand in an IP packet's payload, put together from its fragments.
pub(super) fn walk_whole<'a>(packet: &mut Packet<'a>, whole: &'a [u8], piece: &Piece<'a>) {
    let around = Around { fragment: false, ..piece.around };
    let rest = Rest { bytes: whole, offset: 0, reported: whole.len(), around };
    go_on(packet, Next::Protocol(piece.protocol), rest);
}

fn go_on<'a>(packet: &mut Packet<'a>, mut next: Next, mut rest: Rest<'a>) {
    while !rest.bytes.is_empty() {
        let following = match next {
            Next::Link(link) => walk_link(packet, &mut rest, link),
            Next::EtherType(number) => walk_ether_type(packet, &mut rest, number),
            Next::Llc => walk_llc(packet, &mut rest),
            Next::Ip(version) => walk_ip(packet, &mut rest, version),
            Next::Protocol(number) => walk_protocol(packet, &mut rest, number),
        };
        let Some(following) = following else { return };
        next = following;
    }
}

#[inline]
fn add<'a>(packet: &mut Packet<'a>, rest: &Rest<'a>, header: Header<'a>) -> Option<()> {
    packet.add(header, rest.around.quoted).then_some(())
}

fn walk_link<'a>(packet: &mut Packet<'a>, rest: &mut Rest<'a>, link: LinkType) -> Option<Next> {
    let Rest { bytes, offset, .. } = *rest;
    match link {
        LinkType::Ethernet => {
            let view = EthernetSlice { bytes, offset };
            add(packet, rest, Header::Ethernet(view))?;
            rest.pass(ethernet::LEN_BYTES)?;
            type_or_length(view.ether_type(), view.length(), rest)
        }
        LinkType::Sll | LinkType::Sll2 => {
            let second = link == LinkType::Sll2;
            let view = SllSlice { bytes, offset, second };
            add(packet, rest, Header::Sll(view))?;
            let length = if second { cooked::V2_LEN_BYTES } else { cooked::LEN_BYTES };
            rest.pass(length)?;
            match view.protocol()? {
                cooked::LLC => Some(Next::Llc),
                _ => view.ether_type().map(Next::ether_type),
            }
        }
        LinkType::Null | LinkType::Loop => {
            let view = NullSlice { bytes, offset, network_order: link == LinkType::Loop };
            add(packet, rest, Header::Null(view))?;
            let version = match view.family()? {
                2 => 4,
                10 | 24 | 28 | 30 => 6,
                _ => return None,
            };
            rest.pass(cooked::NULL_LEN_BYTES)?;
            Some(Next::Ip(version))
        }
        // Another version than these two is nothing that could be named.
        LinkType::RawIp => match bytes.first()? >> 4 {
            version @ (4 | 6) => Some(Next::Ip(version)),
            _ => None,
        },
        LinkType::Ipv4 => Some(Next::Ip(4)),
        LinkType::Ipv6 => Some(Next::Ip(6)),
        LinkType::Other(_) => None,
    }
}

/// What follows an Ethernet header or a VLAN tag. After a length comes LLC, and after its bytes padding.
fn type_or_length(ether_type: Option<u16>, length: Option<u16>, rest: &mut Rest<'_>) -> Option<Next> {
    match (ether_type, length) {
        (Some(number), _) => Some(Next::ether_type(number)),
        (None, Some(length)) => {
            rest.limit(length.into());
            ethernet::is_llc(rest.bytes).then_some(Next::Llc)
        }
        (None, None) => None,
    }
}

fn walk_llc<'a>(packet: &mut Packet<'a>, rest: &mut Rest<'a>) -> Option<Next> {
    let view = LlcSlice { bytes: rest.bytes, offset: rest.offset };
    add(packet, rest, Header::Llc(view))?;
    rest.pass(view.header_len()?)?;
    match view.follows()? {
        Follows::EtherType(number) => Some(Next::ether_type(number)),
        Follows::Ip => Some(Next::Ip(rest.bytes.first()? >> 4)),
    }
}

/// What kind of VLAN tag an EtherType announces; a provider's second one right behind its first has names of its own.
fn tag(packet: &Packet<'_>, number: u16) -> Tag {
    match packet.layers().last().map(|layer| &layer.header) {
        _ if number != ethernet::SERVICE => Tag::Customer,
        Some(Header::Vlan(before)) if before.tag == Tag::Service => Tag::SecondService,
        _ => Tag::Service,
    }
}

fn walk_ether_type<'a>(packet: &mut Packet<'a>, rest: &mut Rest<'a>, number: u16) -> Option<Next> {
    let Rest { bytes, offset, .. } = *rest;
    match number {
        0x8100 | 0x88a8 | 0x9100 => {
            let view = VlanSlice { bytes, offset, tag: tag(packet, number) };
            add(packet, rest, Header::Vlan(view))?;
            rest.pass(ethernet::VLAN_LEN_BYTES)?;
            type_or_length(view.ether_type(), view.length(), rest)
        }
        0x8870 => Some(Next::Llc),
        0x0806 => {
            add(packet, rest, Header::Arp(ArpSlice { bytes, offset }))?;
            None
        }
        _ => None,
    }
}

fn walk_ip<'a>(packet: &mut Packet<'a>, rest: &mut Rest<'a>, version: u8) -> Option<Next> {
    match version {
        6 => walk_ipv6(packet, rest),
        _ => walk_ipv4(packet, rest),
    }
}

fn walk_ipv4<'a>(packet: &mut Packet<'a>, rest: &mut Rest<'a>) -> Option<Next> {
    let offset = rest.offset;
    let told = Ipv4Slice { bytes: rest.bytes, offset, reported: rest.reported };
    // 0: the network card was to cut it up and fill the length in; it then reaches to the frame's end.
    let total =
        told.total_len().map_or(usize::MAX, |length| if length == 0 { usize::MAX } else { length.into() });
    let header = told.header_len().unwrap_or(0);
    let (announced, reported) = (rest.bytes, rest.reported);
    rest.limit(total.max(header));
    let view = Ipv4Slice { bytes: rest.bytes, offset, reported: rest.reported };
    add(packet, rest, Header::Ipv4(view))?;
    match rest.bytes.first()? >> 4 {
        4 if header >= ipv4::MIN_LEN_BYTES && total >= header => {}
        // Announced as IPv4, sent as IPv6: the packet's own version decides.
        6 => {
            (rest.bytes, rest.reported) = (announced, reported);
            return Some(Next::Ip(6));
        }
        _ => return None,
    }
    rest.pass(header)?;
    rest.around.addresses = view.bytes.get(12..20)?;
    (rest.around.last_stop, rest.around.sender) = Default::default();
    if header > ipv4::MIN_LEN_BYTES
        && let Some(last) = view.last_stop()
    {
        rest.around.last_stop = Instead::of(last, rest.around.addresses.get(4..)?);
    }
    if view.is_fragment() {
        // Of a fragment that can be put together with its fellows only the whole is of interest.
        let whole = header + rest.bytes.len() >= total
            && view.checksum_status() == Some(Checksum::Good)
            && !packet.is_reassembled();
        if whole {
            packet.set_fragment(Piece {
                addresses: (view.source()?.into(), view.destination()?.into()),
                identification: view.identification()?.into(),
                protocol: view.protocol()?,
                offset: usize::from(view.fragment_offset()?) * 8,
                more: view.more_fragments()?,
                bytes: rest.bytes,
                around: rest.around,
            });
        }
        if view.fragment_offset() != Some(0) || whole {
            return None;
        }
        rest.around.fragment = true;
    }
    view.protocol().map(Next::Protocol)
}

fn walk_ipv6<'a>(packet: &mut Packet<'a>, rest: &mut Rest<'a>) -> Option<Next> {
    let offset = rest.offset;
    let told = Ipv6Slice { bytes: rest.bytes, offset };
    match told.payload_len() {
        // A jumbogram, or left to the network card: it then reaches to the frame's end.
        Some(0) | None => {}
        Some(length) => rest.limit(ipv6::LEN_BYTES + usize::from(length)),
    }
    let view = Ipv6Slice { bytes: rest.bytes, offset };
    add(packet, rest, Header::Ipv6(view))?;
    if rest.bytes.first()? >> 4 != 6 {
        return None;
    }
    rest.pass(ipv6::LEN_BYTES)?;
    rest.around.addresses = view.bytes.get(8..ipv6::LEN_BYTES)?;
    (rest.around.last_stop, rest.around.sender) = Default::default();
    view.next_header().map(Next::Protocol)
}

fn walk_protocol<'a>(packet: &mut Packet<'a>, rest: &mut Rest<'a>, number: u8) -> Option<Next> {
    let Rest { bytes, offset, .. } = *rest;
    let around = rest.around();
    match number {
        1 => {
            let view = IcmpSlice { bytes, offset, around };
            add(packet, rest, Header::Icmp(view))?;
            quoted(rest, icmp::LEN_BYTES, view.is_error(), 4)
        }
        58 => {
            let view = Icmpv6Slice { bytes, offset, around };
            add(packet, rest, Header::Icmpv6(view))?;
            quoted(rest, icmpv6::LEN_BYTES, view.is_error(), 6)
        }
        4 => Some(Next::Ip(4)),
        41 => Some(Next::Ip(6)),
        6 => {
            add(packet, rest, Header::Tcp(TcpSlice { bytes, offset, around }))?;
            None
        }
        17 => {
            let view = UdpSlice { bytes, offset, around };
            add(packet, rest, Header::Udp(view))?;
            add(packet, rest, Header::Dns(DnsSlice::of(view)?))?;
            None
        }
        _ => walk_extension(packet, rest, Extension::from_number(number)?),
    }
}

fn walk_extension<'a>(packet: &mut Packet<'a>, rest: &mut Rest<'a>, kind: Extension) -> Option<Next> {
    let view = ExtensionSlice { bytes: rest.bytes, offset: rest.offset, kind };
    add(packet, rest, Header::Extension(view))?;
    if let Some((source, destination)) = rest.around.addresses.split_at_checked(16) {
        if let Some((common, last)) = view.last_stop() {
            // They are 16 bytes together, but one part alone may have an odd length.
            let last: ArrayVec<u8, 16> = destination.iter().take(common).chain(last).copied().collect();
            rest.around.last_stop = Instead::of(&last, destination);
        }
        if let Some(home) = view.home_address() {
            rest.around.sender = Instead::of(home, source);
        }
    }
    rest.pass(view.header_len()?)?;
    if view.is_fragment() {
        // Fragments inside of one that was put together are not put together once more, as in Wireshark.
        let whole = rest.bytes.len() >= rest.reported && !packet.is_reassembled();
        if let (true, Some(addresses)) = (whole, packet.addresses_of(rest.around.quoted)) {
            packet.set_fragment(Piece {
                addresses,
                identification: view.identification()?,
                protocol: view.next_header()?,
                offset: usize::try_from(view.fragment_offset()?).ok()? * 8,
                more: view.more_fragments(),
                bytes: rest.bytes,
                around: rest.around,
            });
        }
        if view.fragment_offset() != Some(0) || whole {
            return None;
        }
        rest.around.fragment = true;
    }
    view.next_header().map(Next::Protocol)
}

/// The packet that an ICMP error quotes.
fn quoted(rest: &mut Rest<'_>, header: usize, error: bool, version: u8) -> Option<Next> {
    if !error {
        return None;
    }
    rest.pass(header)?;
    rest.around.quoted = true;
    Some(Next::Ip(version))
}
