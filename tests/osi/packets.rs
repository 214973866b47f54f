//! A packet in a packet, and a piece of one: each IP header is told, and of a piece what it shows by itself.

use netlab::frame::LinkType;
use netlab::osi::{Layer, Place, Stop, Walk};
use netlab::words::Level;

use super::{adds_up, alone, said};

/// An IPv4 header from 10.0.0.1 to 10.0.0.2, and what it carries; `cut`: its flags and its fragment offset.
pub(super) fn ipv4(protocol: u8, cut: u16, inside: &[u8]) -> Vec<u8> {
    let [high, low] = (20 + inside.len() as u16).to_be_bytes();
    let [flags, offset] = cut.to_be_bytes();
    let mut packet = vec![0x45, 0, high, low, 0, 5, flags, offset, 64, protocol, 0, 0];
    packet.extend([10, 0, 0, 1, 10, 0, 0, 2]);
    let sum: u32 = packet.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    packet[10..12].copy_from_slice(&(!((sum & 0xffff) + (sum >> 16)) as u16).to_be_bytes());
    packet.extend(inside);
    packet
}

/// The same of IPv6, from 2001:db8::1 to 2001:db8::2.
fn ipv6(next: u8, inside: &[u8]) -> Vec<u8> {
    let [high, low] = (inside.len() as u16).to_be_bytes();
    let mut packet = vec![0x60, 0, 0, 0, high, low, next, 64];
    for last in [1, 2] {
        packet.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    }
    packet.extend(inside);
    packet
}

/// A UDP datagram from port 5000 to port 6000 that says it has `len` bytes.
pub(super) fn udp(len: u16, says: &[u8]) -> Vec<u8> {
    let mut datagram = vec![0x13, 0x88, 0x17, 0x70];
    datagram.extend(len.to_be_bytes());
    datagram.extend([0x12, 0x34]);
    datagram.extend(says);
    datagram
}

/// A fragment header of IPv6.
fn fragment(next: u8, cut: u16, inside: &[u8]) -> Vec<u8> {
    let mut all = vec![next, 0];
    all.extend(cut.to_be_bytes());
    all.extend([0, 0, 0, 7]);
    all.extend(inside);
    ipv6(44, &all)
}

pub(super) fn raw(packet: &[u8]) -> Walk {
    let walk = alone(LinkType::RawIp, packet, packet.len() as u32);
    adds_up(&walk);
    walk
}

pub(super) fn parts(walk: &Walk) -> Vec<(char, &str, u64)> {
    walk.parts.iter().map(|part| (part.place.sign(), part.title, part.len)).collect()
}

fn up(walk: &Walk, layer: Layer) -> &[&'static str] {
    &walk.floors.iter().find(|floor| floor.place == Place::At(layer)).unwrap().up
}

#[test]
fn of_a_packet_in_a_packet_both_headers_are_told() {
    let datagram = udp(10, b"hi");
    for (walk, outer, name, protocol, inner) in [
        (raw(&ipv4(41, 0, &ipv6(17, &datagram))), "outer IPv4", "IPv4", "41", ("IPv6", 40)),
        (raw(&ipv4(4, 0, &ipv4(17, 0, &datagram))), "outer IPv4", "IPv4", "4", ("IPv4", 20)),
        (raw(&ipv6(4, &ipv4(17, 0, &datagram))), "outer IPv6", "IPv6", "4", ("IPv4", 20)),
        (raw(&ipv6(41, &ipv6(17, &datagram))), "outer IPv6", "IPv6", "41", ("IPv6", 40)),
    ] {
        let len = if name == "IPv4" { 20 } else { 40 };
        let expected =
            [('3', outer, len), ('3', inner.0, inner.1), ('4', "UDP", 8), ('7', "data of the program", 2)];
        assert_eq!(parts(&walk), expected);
        let [from, to] =
            if name == "IPv4" { ["10.0.0.1", "10.0.0.2"] } else { ["2001:db8::1", "2001:db8::2"] };
        let text = said(&walk, Level::Student);
        for told in [
            format!("The outer header is {name}'s, {len} bytes, from {from} to {to}."),
            format!("Its protocol {protocol} says that another IP packet is inside: {}.", inner.0),
            format!("header comes in front: {} bytes.", inner.1),
            format!("{to} is the end of the tunnel."),
            format!("address  {from} → {to}; inside, "),
        ] {
            assert!(text.contains(&told), "{told}: {text}");
        }
        // How long the inner packet is, the engineer reads; the unit of layer 3 has both headers.
        let text = said(&walk, Level::Engineer);
        assert!(text.contains(&format!("a packet of {}.", inner.1 + 10)), "{text}");
        assert_eq!(walk.unit_len(Layer::Network), Some(len + inner.1 + 10));
        assert!(said(&walk, Level::Friend).contains(&format!("the outer one goes from {from} to {to}")));
        assert_eq!(up(&walk, Layer::Network), ["osi.up.3.tunnel", "osi.up.3"]);
        let drawn = said(&walk, Level::Student);
        assert!(drawn.contains(&format!("{outer}+{} adds {}", inner.0, len + inner.1)), "{drawn}");
    }
}

#[test]
fn of_three_headers_the_middle_one_is_told_too_and_of_one_no_tunnel() {
    let walk = raw(&ipv4(41, 0, &ipv6(4, &ipv4(17, 0, &udp(10, b"hi")))));
    let text = said(&walk, Level::Student);
    assert!(text.contains("3 IP headers stand here"), "{text}");
    assert!(
        text.contains(
            "Between the outer and the inner one: IPv6 from 2001:db8::1 to 2001:db8::2 (40 bytes)."
        ),
        "{text}"
    );
    let one = said(&raw(&ipv4(17, 0, &udp(10, b"hi"))), Level::Student);
    assert!(!one.contains("tunnel") && !one.contains(" outer"), "{one}");
}

#[test]
fn the_first_piece_of_a_datagram_shows_its_ports_and_later_ones_do_not() {
    for (first, later, header) in [
        (raw(&ipv4(17, 0x2000, &udp(308, &[b'a'; 152]))), raw(&ipv4(17, 20, &[b'a'; 148])), 20),
        (raw(&fragment(17, 1, &udp(308, &[b'a'; 152]))), raw(&fragment(17, 160, &[b'a'; 148])), 48),
    ] {
        let own: u64 = first.parts.iter().filter(|part| part.place.sign() == '3').map(|part| part.len).sum();
        assert_eq!(own, header);
        let above = |walk: &Walk| -> Vec<(char, String, u64)> {
            let parts = parts(walk).into_iter().filter(|(sign, ..)| *sign != '3');
            parts.map(|(sign, title, len)| (sign, title.to_owned(), len)).collect()
        };
        let data = |len| ('7', "piece of the program's data".to_owned(), len);
        assert_eq!(above(&first), [('4', "UDP".to_owned(), 8), data(152)]);
        assert_eq!(above(&later), [data(148)]);
        assert_eq!((&first.stop, &later.stop), (&Some(Stop::Fragment), &Some(Stop::Fragment)));
        let text = said(&first, Level::Student);
        for told in [
            "4 transport · datagram, 160 bytes",
            "begins with UDP's header: 8 bytes of it are here. From port 5000 to port 6000. The whole has 308 bytes",
            "152 bytes here are a piece of what the sender's program says.",
            "Only all pieces together are one UDP datagram again.",
            "It is one piece: IP keeps it until all others have come",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
        let next = said(&later, Level::Student);
        for told in ["The ports stand in the first piece, in UDP's header.", "148 bytes here are a piece"] {
            assert!(next.contains(told), "{told}: {next}");
        }
        for text in [text, next] {
            for wrong in [
                "no port",
                "No program speaks",
                "segment",
                "who gets the rest: UDP",
                "The rest of that header",
            ] {
                assert!(!text.contains(wrong), "{wrong}: {text}");
            }
        }
        // Nothing of a piece goes further up than to IP.
        for walk in [&first, &later] {
            assert_eq!(up(walk, Layer::Network), ["osi.up.3.cut"]);
            assert!(up(walk, Layer::Transport).is_empty() && up(walk, Layer::Application).is_empty());
        }
        assert!(said(&first, Level::Friend).contains("The telephone's number stands on this piece"));
        assert!(said(&later, Level::Friend).contains("No telephone's number stands on this piece"));
    }
}

#[test]
fn a_header_of_tcp_may_itself_be_cut() {
    // Ports, sequence number; then the rest of a header of 32 bytes, and data.
    let header = [0x9c, 0x40, 0x1f, 0x90, 0, 0, 0, 1, 0, 0, 0, 1, 0x80, 0x18, 1, 0, 0, 0, 0, 0];
    let mut whole = header.to_vec();
    whole.extend([1; 12]);
    whole.extend([b'x'; 80]);
    let tiny = raw(&ipv4(6, 0x2000, &whole[..8]));
    assert_eq!(parts(&tiny)[1..], [('4', "TCP", 8)]);
    let text = said(&tiny, Level::Student);
    for told in [
        "4 transport · segment, 8 bytes",
        "From port 40000 to port 8080. The rest of that header is in another piece.",
        "No byte of a program is in this piece",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    // The second may have the rest of the header: what its bytes are, it does not show.
    let second = raw(&ipv4(6, 0x2001, &whole[8..48]));
    assert_eq!(parts(&second)[1..], [('4', "piece of a packet", 40)]);
    assert!(said(&second, Level::Student).contains("Whether a program's bytes are in this piece"));
    // Behind the longest header all is data.
    let last = raw(&ipv4(6, 8, &whole[64..]));
    assert_eq!(parts(&last)[1..], [('7', "piece of the program's data", 48)]);
    // A piece with all of the header and some data.
    let first = raw(&ipv4(6, 0x2000, &whole[..48]));
    assert_eq!(parts(&first)[1..], [('4', "TCP", 32), ('7', "piece of the program's data", 16)]);
    assert!(!said(&first, Level::Student).contains("The rest of that header"));
}

#[test]
fn a_piece_of_icmp_has_no_layer_4_and_of_what_is_not_read_nothing_is_claimed() {
    let ping = raw(&ipv4(1, 0x2000, &[8, 0, 0, 0, 0, 1, 0, 1]));
    assert_eq!(parts(&ping)[1..], [('3', "piece of a packet", 8)]);
    let text = said(&ping, Level::Student);
    assert!(text.contains("No byte of this frame is layer 4's"), "{text}");
    assert!(text.contains("one ICMP message again"), "{text}");
    for protocol in [4, 41, 47, 132] {
        let walk = raw(&ipv4(protocol, 0x2000, &[0x45; 16]));
        let text = said(&walk, Level::Student);
        assert!(
            text.contains("What belongs to layer 4 in this piece, only all pieces together show."),
            "{text}"
        );
        assert!(!text.contains("no port") && !text.contains("No program speaks"), "{text}");
    }
}

#[test]
fn of_a_first_piece_that_was_not_kept_whole_no_more_is_said() {
    let packet = ipv4(17, 0x2000, &udp(308, &[b'a'; 152]));
    for kept in 20..packet.len() {
        let walk = alone(LinkType::RawIp, &packet[..kept], packet.len() as u32);
        adds_up(&walk);
        assert_eq!(walk.stop, Some(Stop::Fragment), "{kept}");
        assert_eq!(up(&walk, Layer::Network), ["osi.up.3.cut"], "{kept}");
        let text = said(&walk, Level::Student);
        assert!(!text.contains("no port") && !text.contains("No program speaks"), "{kept}: {text}");
        assert_eq!(text.contains("From port 5000 to port 6000."), kept >= 24, "{kept}: {text}");
    }
}

/// What is unit and title of a layer in JSON.
fn unit(frame: &[u8], layer: u8) -> serde_json::Value {
    let book = netlab::words::Book::built_in().unwrap();
    let walk = raw(frame);
    let (level, width) = (Level::Student, 80);
    let view = netlab::render::WalkView {
        walk: &walk,
        book: &book,
        level,
        width,
        bytes: false,
        plain: true,
        ascii: false,
    };
    let json = netlab::render::walk_json(&view, None);
    let layers = json["layers"].as_array().unwrap();
    layers.iter().find(|one| one["layer"] == layer).unwrap()["unit"].clone()
}

#[test]
fn a_transport_that_is_not_read_is_a_transport_all_the_same() {
    for (protocol, name) in [(132, "SCTP"), (33, "DCCP"), (136, "UDP-Lite")] {
        for packet in [ipv4(protocol, 0, &[0x11; 32]), ipv6(protocol, &[0x11; 32])] {
            let walk = raw(&packet);
            assert_eq!(walk.stop, Some(Stop::Protocol(protocol)));
            let unread = format!("unread {name}");
            assert_eq!(parts(&walk).last(), Some(&('4', unread.as_str(), 32)));
            let text = said(&walk, Level::Student);
            for told in [
                format!("{name} is a transport, as TCP and UDP are, and has ports as they have."),
                format!("says what is inside: {name}."),
                format!(
                    "The walk stops at layer 3: above it is {name}, a transport that netlab does not read."
                ),
                format!("; {unread} 32."),
                "4 transport · data, 32 bytes".to_owned(),
                "Whether a program speaks in here, can't be told".to_owned(),
                "no message in them that netlab can read".to_owned(),
            ] {
                // IPv6's text has no such sentence on the way down.
                let is_of_ip4 = told.starts_with("says what");
                assert!(text.contains(&told) || is_of_ip4 && packet[0] == 0x60, "{told}: {text}");
            }
            // What is said of TCP is not said of it.
            for wrong in ["no port", "A lost segment", "4 TCP", "No program speaks", "segment, "] {
                assert!(!text.contains(wrong), "{wrong}: {text}");
            }
            assert_eq!(unit(&packet, 4), "data");
        }
    }
}

#[test]
fn a_tunnels_header_is_none_of_layer_4() {
    for (protocol, name) in [(47, "GRE"), (97, "EtherIP"), (115, "L2TP"), (137, "MPLS")] {
        let walk = raw(&ipv4(protocol, 0, &[0x11; 32]));
        assert_eq!(parts(&walk)[1..], [('3', format!("unread {name}").as_str(), 32)]);
        assert_eq!(walk.unit_len(Layer::Transport), None);
        let text = said(&walk, Level::Student);
        for told in [
            format!("Inside is the header of a tunnel, {name}: it wraps another packet, or another frame."),
            format!("{name} is no transport and has no ports. What it wraps may have a layer 4 of its own."),
            format!("{name} is a tunnel's header, and netlab does not look into it."),
            "4 transport · adds nothing".to_owned(),
        ] {
            assert!(text.contains(&told), "{told}: {text}");
        }
        assert!(!text.contains("is a transport") && !text.contains("No program speaks"), "{text}");
        assert!(said(&walk, Level::Friend).contains("netlab does not open the letter inside"));
    }
}

#[test]
fn what_serves_the_network_is_neither_and_what_is_unknown_may_be_either() {
    for (protocol, name) in [(2, "IGMP"), (89, "OSPF"), (103, "PIM"), (112, "VRRP")] {
        let walk = raw(&ipv4(protocol, 0, &[0x11; 8]));
        assert_eq!(parts(&walk)[1..], [('3', format!("unread {name}").as_str(), 8)]);
        let text = said(&walk, Level::Student);
        assert!(
            text.contains(&format!("Inside is {name}: like ICMP it serves the network itself")),
            "{text}"
        );
        assert!(text.contains("No byte of this frame is layer 4's: it has no ports."), "{text}");
    }
    let ping = said(&raw(&ipv4(1, 0, &[8, 0, 0xf7, 0xff, 0, 0, 0, 0])), Level::Student);
    assert!(ping.contains("No byte of this frame is layer 4's: it has no ports."), "{ping}");
    assert!(!ping.contains("unread") && !ping.contains("netlab does not read"), "{ping}");

    let sealed = said(&raw(&ipv4(50, 0, &[0x11; 40])), Level::Student);
    assert!(sealed.contains("ESP encrypts what follows: only its two ends can say"), "{sealed}");
    let unknown = raw(&ipv4(253, 0, &[0x11; 8]));
    assert_eq!(parts(&unknown)[1..], [('4', "not read", 8)]);
    let text = said(&unknown, Level::Student);
    assert!(text.contains("does not know protocol 253: it may be a transport, or something else."), "{text}");
    let nothing = said(&raw(&ipv6(59, b"")), Level::Student);
    assert!(nothing.contains("protocol 59 says that nothing follows"), "{nothing}");
    assert!(nothing.contains("No program speaks in this frame."), "{nothing}");
}

#[test]
fn every_sentence_about_what_is_not_read_is_of_this_protocol_alone() {
    for level in Level::ALL {
        for protocol in [132, 47, 50, 89, 253] {
            let text = said(&raw(&ipv4(protocol, 0, &[0x11; 32])), level);
            let of = |what: &[&str]| what.iter().any(|word| text.contains(word));
            assert_eq!(
                of(&["is a transport,", "begins with 16-bit ports"]),
                protocol == 132 && level != Level::Friend
            );
            assert_eq!(
                of(&["encrypts what follows", "behind a lock", "encrypted trailer"]),
                protocol == 50,
                "{text}"
            );
            assert_eq!(
                of(&["a tunnel's header", "letter inside", "an encapsulation"]),
                protocol == 47,
                "{text}"
            );
            assert_eq!(
                of(&["serves the network", "signalling", "exchanges settle"]),
                protocol == 89,
                "{text}"
            );
        }
    }
}

#[test]
fn layer_4_has_the_unit_of_its_protocol() {
    assert_eq!(unit(&ipv4(17, 0, &udp(10, b"hi")), 4), "datagram");
    let tcp = [0x9c, 0x40, 0x1f, 0x90, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 1, 0, 0, 0, 0, 0];
    assert_eq!(unit(&ipv4(6, 0, &tcp), 4), "segment");
    // Where there is none, no one of both.
    assert_eq!(unit(&ipv4(1, 0, &[8, 0, 0xf7, 0xff, 0, 0, 0, 0]), 4), "segment or datagram");
}

#[test]
fn of_ipv6_no_header_checksum_is_verified() {
    let (four, six) = (raw(&ipv4(17, 0, &udp(10, b"hi"))), raw(&ipv6(17, &udp(10, b"hi"))));
    let verified = "Checksum and address are verified (RFC 1122, 3.2.1).";
    let none = "The address is checked; there is no header checksum to verify (RFC 8200, 8.1).";
    let (four, six) = (said(&four, Level::Engineer), said(&six, Level::Engineer));
    assert!(four.contains(verified) && !four.contains(none), "{four}");
    assert!(six.contains(none) && !six.contains(verified), "{six}");
    // Of a tunnel the inner one counts.
    let inner = said(&raw(&ipv4(41, 0, &ipv6(17, &udp(10, b"hi")))), Level::Engineer);
    assert!(inner.contains(none) && !inner.contains(verified), "{inner}");
}

#[test]
fn a_datagram_that_is_shorter_than_its_header_goes_no_further_up_than_to_ip() {
    for length in [0, 1, 7] {
        let walk = raw(&ipv4(17, 0, &udp(length, b"hi")));
        assert_eq!(walk.stop, Some(Stop::Malformed("UDP")), "{length}");
        assert!(up(&walk, Layer::Transport).is_empty() && up(&walk, Layer::Application).is_empty());
        assert_eq!(up(&walk, Layer::Network), ["osi.up.3"]);
    }
    // In IPv6 0 is all that there is.
    let walk = raw(&ipv6(17, &udp(0, b"hi")));
    assert_eq!((&walk.stop, walk.value("data")), (&Some(Stop::Program), Some("2")));
}
