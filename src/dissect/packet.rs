//! A dissected frame: its layers, and short ways to what is asked for most.

use std::net::IpAddr;

use arrayvec::ArrayVec;

use super::checksum::Around;
use super::field::{Buffer, FieldValue, Span, Value};
use super::{
    ArpSlice, DnsSlice, Header, IcmpSlice, Icmpv6Slice, Layer, TcpSlice, UdpSlice, field, link, rest, walk,
};
use crate::frame::Frame;

/// More headers than this in one frame are not walked.
const MAX_LAYERS: usize = 16;

/// A dissected frame.
#[derive(Clone, Debug)]
pub struct Packet<'a> {
    frame: Frame<'a>,
    layers: ArrayVec<Layer<'a>, MAX_LAYERS>,
    buffer: Buffer,
    fragment: Option<Piece<'a>>,
    /// Two of the fragments that it was put together from have bytes for the same place.
    overlap: bool,
}

/// A TCP or UDP header, and between whom.
#[derive(Clone, Copy, Debug)]
pub struct Transport<'a> {
    /// The header.
    pub header: Header<'a>,
    /// Who sent it and whom it is for, by the IP header before it.
    pub addresses: (IpAddr, IpAddr),
    /// It belongs to a packet that an ICMP error quotes.
    pub quoted: bool,
}

/// A part of an IP packet that a router or the sender has cut up.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Who sent the packet and whom it is for.
    pub addresses: (IpAddr, IpAddr),
    /// The number that all its parts share.
    pub identification: u32,
    /// What the packet's payload is.
    pub protocol: u8,
    /// Where this part belongs, in bytes.
    pub offset: usize,
    /// Whether further parts follow it.
    pub more: bool,
    /// The part.
    pub bytes: &'a [u8],
    pub(super) around: Around<'a>,
}

impl<'a> Packet<'a> {
    /// Walks the headers of a frame.
    pub fn new(frame: Frame<'a>) -> Packet<'a> {
        let mut packet = Packet::unread(frame);
        packet.read();
        packet
    }

    /// A frame of which nothing has been read yet: for loops over millions, where [`read`](Packet::read) then fills it in where
    /// it stands.
    #[inline]
    pub fn unread(frame: Frame<'a>) -> Packet<'a> {
        Packet { frame, layers: ArrayVec::new(), buffer: Buffer::Frame, fragment: None, overlap: false }
    }

    /// Walks the headers, if that has not been done.
    pub fn read(&mut self) {
        if self.layers.is_empty() {
            walk::walk(self);
        }
    }

    /// The same packet with the headers that stand in `whole`: the payload of the IP packet that it has the last missing
    /// part of. `overlap`: some of that was said more than once.
    #[must_use]
    pub fn reassembled(mut self, whole: &'a [u8], overlap: bool) -> Packet<'a> {
        if let Some(piece) = self.fragment.take() {
            self.buffer = Buffer::Reassembled;
            self.overlap = overlap;
            walk::walk_whole(&mut self, whole, &piece);
        }
        self
    }

    /// Whether its last headers stand in a payload that was put together from fragments.
    pub fn is_reassembled(&self) -> bool {
        self.buffer == Buffer::Reassembled
    }

    /// What it is a part of, if it is one that can be put together with the others.
    pub fn fragment(&self) -> Option<&Piece<'a>> {
        self.fragment.as_ref()
    }

    pub(super) fn set_fragment(&mut self, piece: Piece<'a>) {
        self.fragment = Some(piece);
    }

    /// Adds a layer; says whether there was room.
    #[inline]
    pub(super) fn add(&mut self, header: Header<'a>, quoted: bool) -> bool {
        self.layers.try_push(Layer { header, quoted, buffer: self.buffer }).is_ok()
    }

    /// The frame it was made of.
    pub fn frame(&self) -> &Frame<'a> {
        &self.frame
    }

    /// Its headers, from the outermost.
    pub fn layers(&self) -> &[Layer<'a>] {
        &self.layers
    }

    /// The frame's own headers: without those that an ICMP error quotes.
    fn own(&self) -> impl DoubleEndedIterator<Item = &Header<'a>> {
        self.layers().iter().filter(|layer| !layer.quoted).map(|layer| &layer.header)
    }

    /// The ARP message, if it is one.
    pub fn arp(&self) -> Option<ArpSlice<'a>> {
        self.own().find_map(|header| if let Header::Arp(view) = header { Some(*view) } else { None })
    }

    /// The TCP segment, if there is one (not one that an ICMP error quotes).
    pub fn tcp(&self) -> Option<TcpSlice<'a>> {
        self.own().find_map(|header| if let Header::Tcp(view) = header { Some(*view) } else { None })
    }

    /// The UDP datagram, if there is one (not one that an ICMP error quotes).
    pub fn udp(&self) -> Option<UdpSlice<'a>> {
        self.own().find_map(|header| if let Header::Udp(view) = header { Some(*view) } else { None })
    }

    /// The DNS message in the UDP datagram, if there is one (not one that an ICMP error quotes).
    pub fn dns(&self) -> Option<DnsSlice<'a>> {
        self.own().find_map(|header| if let Header::Dns(view) = header { Some(*view) } else { None })
    }

    /// The ICMP message, if there is one.
    pub fn icmp(&self) -> Option<IcmpSlice<'a>> {
        self.own().find_map(|header| if let Header::Icmp(view) = header { Some(*view) } else { None })
    }

    /// The ICMPv6 message, if there is one.
    pub fn icmpv6(&self) -> Option<Icmpv6Slice<'a>> {
        self.own().find_map(|header| if let Header::Icmpv6(view) = header { Some(*view) } else { None })
    }

    /// Source and destination of the innermost IP header (not of one that an ICMP error quotes): the one next to the
    /// transport.
    pub fn addresses(&self) -> Option<(IpAddr, IpAddr)> {
        self.addresses_of(false)
    }

    /// The same among the headers that an ICMP error quotes, or among the others.
    pub(super) fn addresses_of(&self, quoted: bool) -> Option<(IpAddr, IpAddr)> {
        self.layers()
            .iter()
            .rev()
            .filter(|layer| layer.quoted == quoted)
            .find_map(|layer| addresses(&layer.header))
    }

    /// A TCP or UDP header that an ICMP error quotes, with the addresses of the IP header before it.
    pub fn quoted_transport(&self) -> Option<(&Header<'a>, (IpAddr, IpAddr))> {
        let mut quoted = self.layers().iter().filter(|layer| layer.quoted).map(|layer| &layer.header);
        let transport = quoted.clone().find(|header| matches!(header, Header::Tcp(_) | Header::Udp(_)))?;
        let addresses = quoted.rfind(|header| addresses(header).is_some()).and_then(addresses)?;
        Some((transport, addresses))
    }

    /// The TCP or UDP header with the addresses of the IP header before it; `None` where there is none, or not all of the
    /// addresses.
    pub fn transport(&self) -> Option<Transport<'a>> {
        let is_transport = |layer: &Layer<'_>| matches!(layer.header, Header::Tcp(_) | Header::Udp(_));
        let at = self.layers().iter().rposition(is_transport)?;
        let (below, rest) = self.layers().split_at_checked(at)?;
        let layer = rest.first()?;
        let addresses = below.iter().rev().find_map(|layer| addresses(&layer.header))?;
        Some(Transport { header: layer.header, addresses, quoted: layer.quoted })
    }

    /// Source and destination MAC address; `None` on links that have none.
    pub fn macs(&self) -> Option<([u8; 6], [u8; 6])> {
        self.own().find_map(|header| match header {
            Header::Ethernet(view) => Some((view.source()?, view.destination()?)),
            _ => None,
        })
    }

    /// What was kept of the TCP segment's data; empty where there is none.
    pub fn tcp_payload(&self) -> &'a [u8] {
        self.tcp().map(TcpSlice::payload).unwrap_or_default()
    }

    /// Where that data stands.
    pub fn tcp_payload_span(&self) -> Option<Span> {
        let layer =
            self.layers().iter().find(|layer| !layer.quoted && matches!(layer.header, Header::Tcp(_)))?;
        let Span { buffer, bytes, mask } = layer.span();
        Some(Span { buffer, bytes: bytes.end - self.tcp_payload().len()..bytes.end, mask })
    }

    /// Every field, layer by layer, in the order of the headers.
    pub fn each_field(&self, sink: &mut dyn FnMut(FieldValue<'a>)) {
        link::each_field(
            &self.frame,
            &mut field::Emit { layer: None, buffer: Buffer::Frame, offset: 0, sink },
        );
        for (index, layer) in self.layers().iter().enumerate() {
            layer.each_field(index, sink);
            let next = self.layers().get(index + 1);
            if self.overlap
                && layer.buffer == Buffer::Frame
                && next.is_none_or(|next| next.buffer != layer.buffer)
            {
                let emit = &mut field::Emit { layer: Some(index), buffer: layer.buffer, offset: 0, sink };
                emit.put(layer.header.overlap(), Value::Flag(true), 0..0);
            }
        }
        let last = self.layers().last();
        let (layer, offset) = (self.layers().len().checked_sub(1), last.map_or(0, |layer| layer.place().0));
        let buffer = last.map_or(Buffer::Frame, |layer| layer.buffer);
        rest::each_field(self, &mut field::Emit { layer, buffer, offset, sink });
    }

    /// Every field in a list: for tests and for what is shown once.
    pub fn fields(&self) -> Vec<FieldValue<'a>> {
        let mut all = Vec::new();
        self.each_field(&mut |field| all.push(field));
        all
    }
}

fn addresses(header: &Header<'_>) -> Option<(IpAddr, IpAddr)> {
    match header {
        Header::Ipv4(view) => Some((view.source()?.into(), view.destination()?.into())),
        Header::Ipv6(view) => Some((view.source()?.into(), view.destination()?.into())),
        _ => None,
    }
}
