//! Our accessors agree with etherparse's, whatever the packet; and a frame that is cut loses fields only at its end.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use etherparse::{
    LinkSlice, NetSlice, PacketBuilder, SlicedPacket, TcpHeader, TcpHeaderSlice, TransportSlice, VlanId,
    VlanSlice,
};
use netlab::dissect::{Checksum, Header, Packet, Value};
use netlab::frame::{Frame, LinkType};
use proptest::prelude::*;

fn frame(bytes: &[u8]) -> Frame<'_> {
    Frame {
        number: 1,
        time: None,
        link: LinkType::Ethernet,
        interface: None,
        bytes,
        original_len: bytes.len() as u32,
    }
}

/// Any TCP header that can be written, options as any bytes.
fn tcp_header() -> impl Strategy<Value = TcpHeader> {
    let numbers = (any::<u16>(), any::<u16>(), any::<u32>(), any::<u32>(), any::<u16>(), any::<u16>());
    (numbers, any::<u16>(), prop::collection::vec(any::<u8>(), 0..=40)).prop_map(
        |(numbers, flags, options)| {
            let (from, to, seq, ack, window, urgent) = numbers;
            let mut header = TcpHeader::new(from, to, seq, window);
            header.acknowledgment_number = ack;
            header.urgent_pointer = urgent;
            header.ns = flags & 1 != 0;
            header.cwr = flags & 2 != 0;
            header.ece = flags & 4 != 0;
            header.urg = flags & 8 != 0;
            header.ack = flags & 16 != 0;
            header.psh = flags & 32 != 0;
            header.rst = flags & 64 != 0;
            header.syn = flags & 128 != 0;
            header.fin = flags & 256 != 0;
            let room = options.len() / 4 * 4;
            header.set_options_raw(&options[..room]).expect("a multiple of four up to forty fits");
            header
        },
    )
}

/// An Ethernet frame with a TCP segment or a UDP datagram, over IPv4 or IPv6, with and without a VLAN tag.
fn built_frame() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop::collection::vec(any::<u8>(), 0..200);
    let link = (any::<[u8; 6]>(), any::<[u8; 6]>(), prop::option::of(0u16..4096));
    let net = (any::<[u8; 16]>(), any::<[u8; 16]>(), any::<bool>(), any::<u8>());
    (link, net, any::<bool>(), tcp_header(), payload).prop_map(|(link, net, tcp, header, payload)| {
        let (src, dst, tag) = link;
        let (from, to, six, hops) = net;
        let mut bytes = Vec::new();
        let first = |address: [u8; 16]| [address[0], address[1], address[2], address[3]];
        let ethernet = PacketBuilder::ethernet2(src, dst);
        let ip = match (tag, six) {
            (Some(id), true) => {
                ethernet.single_vlan(VlanId::try_new(id).expect("below 4096")).ipv6(from, to, hops)
            }
            (Some(id), false) => ethernet.single_vlan(VlanId::try_new(id).expect("below 4096")).ipv4(
                first(from),
                first(to),
                hops,
            ),
            (None, true) => ethernet.ipv6(from, to, hops),
            (None, false) => ethernet.ipv4(first(from), first(to), hops),
        };
        if tcp {
            ip.tcp_header(header).write(&mut bytes, &payload).expect("memory takes it");
        } else {
            let (source, destination) = (header.source_port, header.destination_port);
            ip.udp(source, destination).write(&mut bytes, &payload).expect("memory takes it");
        }
        bytes
    })
}

fn same_tcp(ours: netlab::dissect::TcpSlice<'_>, theirs: &TcpHeaderSlice<'_>) {
    assert_eq!(ours.src_port(), Some(theirs.source_port()));
    assert_eq!(ours.dst_port(), Some(theirs.destination_port()));
    assert_eq!(ours.seq(), Some(theirs.sequence_number()));
    assert_eq!(ours.ack_number(), Some(theirs.acknowledgment_number()));
    assert_eq!(ours.header_len(), Some(usize::from(theirs.data_offset()) * 4));
    assert_eq!(ours.window(), Some(theirs.window_size()));
    assert_eq!(ours.checksum(), Some(theirs.checksum()));
    assert_eq!(ours.urgent(), Some(theirs.urgent_pointer()));
    assert_eq!(ours.options().bytes(), theirs.options());
    let flags = [
        ours.ae(),
        ours.cwr(),
        ours.ece(),
        ours.urg(),
        ours.ack(),
        ours.psh(),
        ours.rst(),
        ours.syn(),
        ours.fin(),
    ];
    let wanted = [
        theirs.ns(),
        theirs.cwr(),
        theirs.ece(),
        theirs.urg(),
        theirs.ack(),
        theirs.psh(),
        theirs.rst(),
        theirs.syn(),
        theirs.fin(),
    ];
    assert_eq!(flags, wanted);
}

proptest! {
    #[test]
    fn accessors_agree_with_etherparse(bytes in built_frame()) {
        let packet = Packet::new(frame(&bytes));
        let sliced = SlicedPacket::from_ethernet(&bytes).expect("etherparse reads what it wrote");
        let Some(LinkSlice::Ethernet2(ethernet)) = &sliced.link else { panic!("an Ethernet header") };
        prop_assert_eq!(packet.macs(), Some((ethernet.source(), ethernet.destination())));
        if let Some(VlanSlice::SingleVlan(tag)) = sliced.vlan() {
            let Some(Header::Vlan(view)) = packet.layers().get(1).map(|layer| layer.header) else { panic!("a tag") };
            prop_assert_eq!(view.id(), Some(tag.vlan_identifier().value()));
        }
        let wanted: (IpAddr, IpAddr) = match &sliced.net {
            Some(NetSlice::Ipv4(ip)) => {
                let header = ip.header();
                (Ipv4Addr::from(header.source()).into(), Ipv4Addr::from(header.destination()).into())
            }
            Some(NetSlice::Ipv6(ip)) => {
                let header = ip.header();
                (Ipv6Addr::from(header.source()).into(), Ipv6Addr::from(header.destination()).into())
            }
            _ => panic!("an IP header"),
        };
        prop_assert_eq!(packet.addresses(), Some(wanted));
        match &sliced.transport {
            Some(TransportSlice::Tcp(tcp)) => {
                let ours = packet.tcp().expect("a segment");
                same_tcp(ours, &TcpHeaderSlice::from_slice(tcp.slice()).expect("whole"));
                prop_assert_eq!(ours.payload(), tcp.payload());
                prop_assert_eq!(ours.checksum_status(), Some(Checksum::Good));
            }
            Some(TransportSlice::Udp(udp)) => {
                let ours = packet.udp().expect("a datagram");
                prop_assert_eq!(ours.source_port(), Some(udp.source_port()));
                prop_assert_eq!(ours.destination_port(), Some(udp.destination_port()));
                prop_assert_eq!(ours.length(), Some(udp.length()));
                prop_assert_eq!(ours.payload(), udp.payload());
                prop_assert_eq!(ours.checksum_status(), Some(Checksum::Good));
            }
            _ => panic!("a transport"),
        }
    }

    #[test]
    fn a_changed_byte_makes_a_checksum_bad(bytes in built_frame(), at in any::<prop::sample::Index>()) {
        let payload_at = bytes.len() - Packet::new(frame(&bytes)).tcp_payload().len();
        prop_assume!(payload_at < bytes.len());
        let mut changed = bytes.clone();
        let place = payload_at + at.index(bytes.len() - payload_at);
        changed[place] ^= 0x10;
        let packet = Packet::new(frame(&changed));
        prop_assert_eq!(packet.tcp().and_then(|tcp| tcp.checksum_status()), Some(Checksum::Bad));
    }

    #[test]
    fn a_cut_frame_shows_the_fields_that_are_there(bytes in built_frame(), at in any::<prop::sample::Index>()) {
        let kept = at.index(bytes.len() + 1);
        let whole = Packet::new(frame(&bytes)).fields();
        let cut = Packet::new(Frame { bytes: &bytes[..kept], ..frame(&bytes) }).fields();
        let plain = |value: &Value<'_>| !matches!(value, Value::Checksum(_) | Value::Bytes(_) | Value::Present);
        for field in whole.iter().filter(|field| field.layer.is_some() && plain(&field.value)) {
            let there = field.span.bytes.end <= kept && !field.span.bytes.is_empty();
            if there {
                prop_assert!(cut.contains(field), "{} is lost at {} of {}", field.name, kept, bytes.len());
            }
        }
        for field in cut.iter().filter(|field| !field.span.bytes.is_empty()) {
            prop_assert!(field.span.bytes.end <= kept, "{} stands where nothing was kept", field.name);
        }
    }

    #[test]
    fn every_span_lies_in_its_layer(bytes in built_frame()) {
        let packet = Packet::new(frame(&bytes));
        for field in packet.fields().iter().filter(|field| !field.span.bytes.is_empty()) {
            let layer = field.layer.and_then(|index| packet.layers().get(index)).expect("a layer");
            let around = layer.span().bytes;
            prop_assert!(around.start <= field.span.bytes.start && field.span.bytes.end <= around.end);
        }
    }
}
