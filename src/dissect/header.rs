//! One header of a frame: which it is, where it stands, what it is called.

use super::field::{Buffer, Emit, Field, FieldValue, Span};
use super::{
    ArpSlice, DnsSlice, EthernetSlice, ExtensionSlice, IcmpSlice, Icmpv6Slice, Ipv4Slice, Ipv6Slice,
    LlcSlice, NullSlice, SllSlice, TcpSlice, UdpSlice, VlanSlice, cooked, ethernet, ipv4, ipv6, udp,
};

/// A view of one header.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each holds the view of that name")]
pub enum Header<'a> {
    Ethernet(EthernetSlice<'a>),
    Vlan(VlanSlice<'a>),
    Llc(LlcSlice<'a>),
    Sll(SllSlice<'a>),
    Null(NullSlice<'a>),
    Arp(ArpSlice<'a>),
    Ipv4(Ipv4Slice<'a>),
    Ipv6(Ipv6Slice<'a>),
    Extension(ExtensionSlice<'a>),
    Icmp(IcmpSlice<'a>),
    Icmpv6(Icmpv6Slice<'a>),
    Udp(UdpSlice<'a>),
    Dns(DnsSlice<'a>),
    Tcp(TcpSlice<'a>),
}

impl Header<'_> {
    /// The field that says that fragments overlap, for the header that makes them fragments.
    pub(super) fn overlap(&self) -> &'static Field {
        if let Header::Ipv4(_) = self { &ipv4::OVERLAP } else { &ipv6::OVERLAP }
    }

    /// Wireshark's name for its protocol, to be used in a display filter.
    pub fn protocol(&self) -> &'static str {
        match self {
            Header::Ethernet(_) => "eth",
            Header::Vlan(view) if view.is_service() => "ieee8021ad",
            Header::Vlan(_) => "vlan",
            Header::Llc(_) => "llc",
            Header::Sll(_) => "sll",
            Header::Null(_) => "null",
            Header::Arp(_) => "arp",
            Header::Ipv4(_) => "ip",
            Header::Ipv6(_) => "ipv6",
            Header::Extension(extension) => extension.kind().name(),
            Header::Icmp(_) => "icmp",
            Header::Icmpv6(_) => "icmpv6",
            Header::Udp(_) => "udp",
            Header::Dns(view) => view.kind().name(),
            Header::Tcp(_) => "tcp",
        }
    }

    /// Its own length in bytes, without what it carries; `None` where the capture ends before it says so, and for what
    /// carries nothing that is read by another protocol (ARP, ICMP, DNS).
    pub(crate) fn len(&self) -> Option<usize> {
        match self {
            Header::Ethernet(_) => Some(ethernet::LEN_BYTES),
            Header::Vlan(_) => Some(ethernet::VLAN_LEN_BYTES),
            Header::Llc(view) => view.header_len(),
            Header::Sll(view) => Some(view.header_len()),
            Header::Null(_) => Some(cooked::NULL_LEN_BYTES),
            Header::Ipv4(view) => view.header_len(),
            Header::Ipv6(_) => Some(ipv6::LEN_BYTES),
            Header::Extension(view) => view.header_len(),
            Header::Udp(_) => Some(udp::LEN_BYTES),
            Header::Tcp(view) => view.header_len(),
            Header::Arp(_) | Header::Icmp(_) | Header::Icmpv6(_) | Header::Dns(_) => None,
        }
    }
}

/// One header of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// What it says.
    pub header: Header<'a>,
    /// It belongs to a packet that an ICMP error quotes.
    pub quoted: bool,
    /// In which bytes it stands.
    pub buffer: Buffer,
}

impl<'a> Layer<'a> {
    /// What it is called on the screen.
    pub fn title(&self) -> &'static str {
        match self.header {
            Header::Ethernet(_) => "Ethernet",
            Header::Vlan(view) if view.is_service() => "Provider's VLAN tag",
            Header::Vlan(_) => "VLAN tag",
            Header::Llc(_) => "LLC",
            Header::Sll(_) => "Linux cooked capture",
            Header::Null(_) => "BSD loopback",
            Header::Arp(_) => "ARP",
            Header::Ipv4(_) => "IPv4",
            Header::Ipv6(_) => "IPv6",
            Header::Extension(extension) => extension.kind().title(),
            Header::Icmp(_) => "ICMP",
            Header::Icmpv6(_) => "ICMPv6",
            Header::Udp(_) => "UDP",
            Header::Dns(view) => view.kind().title(),
            Header::Tcp(_) => "TCP",
        }
    }

    /// The header's bytes and all that lies in it, as far as they were kept.
    pub fn span(&self) -> Span {
        let (offset, bytes) = self.place();
        Span { buffer: self.buffer, bytes: offset..offset + bytes.len(), mask: None }
    }

    /// The header and all that lies in it, as far as they were kept.
    pub fn bytes(&self) -> &'a [u8] {
        self.place().1
    }

    /// The header alone, as far as it was kept; all of it where it carries nothing that is read by another protocol.
    pub fn own_bytes(&self) -> &'a [u8] {
        let bytes = self.place().1;
        self.header.len().and_then(|length| bytes.get(..length)).unwrap_or(bytes)
    }

    pub(super) fn place(&self) -> (usize, &'a [u8]) {
        match self.header {
            Header::Ethernet(view) => (view.offset, view.bytes),
            Header::Vlan(view) => (view.offset, view.bytes),
            Header::Llc(view) => (view.offset, view.bytes),
            Header::Sll(view) => (view.offset, view.bytes),
            Header::Null(view) => (view.offset, view.bytes),
            Header::Arp(view) => (view.offset, view.bytes),
            Header::Ipv4(view) => (view.offset, view.bytes),
            Header::Ipv6(view) => (view.offset, view.bytes),
            Header::Extension(view) => (view.offset, view.bytes),
            Header::Icmp(view) => (view.offset, view.bytes),
            Header::Icmpv6(view) => (view.offset, view.bytes),
            Header::Udp(view) => (view.offset, view.bytes),
            Header::Dns(view) => (view.offset, view.bytes),
            Header::Tcp(view) => (view.offset, view.bytes),
        }
    }

    pub(super) fn each_field(&self, index: usize, sink: &mut dyn FnMut(FieldValue<'a>)) {
        let emit = &mut Emit { layer: Some(index), buffer: self.buffer, offset: self.place().0, sink };
        match self.header {
            Header::Ethernet(view) => view.each_field(emit),
            Header::Vlan(view) => view.each_field(emit),
            Header::Llc(view) => view.each_field(emit),
            Header::Sll(view) => view.each_field(emit),
            Header::Null(view) => view.each_field(emit),
            Header::Arp(view) => view.each_field(emit),
            Header::Ipv4(view) => view.each_field(emit),
            Header::Ipv6(view) => view.each_field(emit),
            Header::Extension(view) => view.each_field(emit),
            Header::Icmp(view) => view.each_field(emit),
            Header::Icmpv6(view) => view.each_field(emit),
            Header::Udp(view) => view.each_field(emit),
            Header::Dns(view) => view.each_field(emit),
            Header::Tcp(view) => view.each_field(emit),
        }
    }
}
