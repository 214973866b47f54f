//! What is said of a frame is so of this very frame.

use netlab::frame::LinkType;
use netlab::osi::{Layer, Wanted};

use crate::util::netlab;
use crate::{alone, walk};

/// What is told of a frame of a bundled capture, on lines that are wide enough for every sentence.
fn told(name: &str, frame: &str) -> String {
    let run = netlab(&["osi", "--capture", name, "--frame", frame, "--width=400", "--color=never"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.stdout
}

#[test]
fn what_ip_carries_of_its_own_is_none_of_its_header() {
    let walk = walk("handshake-ipv6", Wanted::Frame(1));
    assert_eq!((walk.value("ip_header"), walk.unit_len(Layer::Network)), (Some("40"), Some(72)));
    let text = told("handshake-ipv6", "1");
    assert!(text.contains("header comes in front: 40 bytes."), "{text}");
    // 255 proves that no router was between, and no number of routers is told.
    assert!(text.contains("Hop limit 255: neighbour discovery") && !text.contains("254"), "{text}");
}

#[test]
fn a_ttl_of_64_lets_63_routers_pass_it_on() {
    let mut whole = walk("websocket-tutorial", Wanted::Frame(10)).bytes;
    for (ttl, routers, last) in [
        (64, Some("63 routers"), None),
        (2, Some("1 router"), None),
        (1, None, Some("")),
        (0, None, Some("")),
    ] {
        whole[22] = ttl;
        let walk = alone(LinkType::Ethernet, &whole, 87);
        assert_eq!((walk.value("routers"), walk.value("if_last_hop")), (routers, last), "{ttl}");
    }
}

#[test]
fn a_checksum_of_udp_is_told_as_it_is() {
    // 127.0.0.1 to 127.0.0.1, port 1000 to 2000, `hi`.
    let mut frame = vec![0; 12];
    frame.extend([8, 0, 0x45, 0, 0, 30, 0, 1, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    frame.extend([0x03, 0xe8, 0x07, 0xd0, 0, 10, 0, 0, b'h', b'i']);
    // RFC 768: the pseudo-header alone, as a sender leaves it to its card; then with all the rest.
    let pseudo: u32 = 0x7f00 + 0x0001 + 0x7f00 + 0x0001 + 17 + 10;
    let sum = pseudo + 0x03e8 + 0x07d0 + 10 + 0x6869;
    let folded = |sum: u32| ((sum & 0xffff) + (sum >> 16)) as u16;
    for (checksum, mark) in
        [(0, "if_no_sum"), (!folded(sum), "if_good"), (folded(pseudo), "if_unfinished"), (0x1234, "if_bad")]
    {
        frame[40..42].copy_from_slice(&checksum.to_be_bytes());
        let walk = alone(LinkType::Ethernet, &frame, 44);
        let marks = ["if_good", "if_bad", "if_unfinished", "if_no_sum", "if_illegal", "if_unchecked"];
        let set: Vec<&str> = marks.into_iter().filter(|mark| walk.value(mark).is_some()).collect();
        assert_eq!(set, [mark], "{checksum:04x}");
        assert_eq!(walk.value("if_answered"), None);
    }
}

#[test]
fn an_ack_answers_what_takes_numbers_and_nothing_else() {
    // ARP, SYN, the ACK that ends the handshake, the Upgrade.
    for (frame, answered) in [("1", false), ("3", true), ("5", false), ("6", true)] {
        let text = told("websocket-tutorial", frame);
        assert_eq!(text.contains("The ACK that answers comes on top"), answered, "{frame}: {text}");
    }
}

#[test]
fn a_piece_of_a_message_is_no_message() {
    let text = told("websocket-fragmented", "15");
    assert!(text.contains("one piece of a message") && text.contains("FIN is 0"), "{text}");
    assert!(!text.contains("The server's program has it"), "{text}");
}

#[test]
fn each_layer_is_told_what_is_so_in_this_frame() {
    let ping = told("websocket-ping-pong", "10");
    assert!(ping.contains(" 6  The key ce ca 2d 2b undoes the mask."), "{ping}");
    assert!(!ping.contains("Nothing in this frame is work of this kind."), "{ping}");
    let arp = told("websocket-tutorial", "1");
    assert!(!arp.contains("The router.") && !arp.contains("over as many links"), "{arp}");
    let flight = told("websocket-wss", "8");
    assert!(flight.contains("3 records of TLS") && flight.contains(" T  TLS's library"), "{flight}");
    assert!(!flight.contains("units of the programs' protocol"), "{flight}");
}

#[test]
fn the_tower_names_every_layer_however_narrow_it_is() {
    for width in ["40", "60", "80"] {
        let text = netlab(&["osi", "--width", width, "--color=never"]).stdout;
        let tower = text.split("Down, on").next().unwrap();
        for layer in Layer::DOWN {
            assert!(tower.contains(&format!(" {} {layer}", layer.number())), "{width}: {tower}");
        }
        assert!(tower.lines().all(|line| line.chars().count() <= width.parse().unwrap()), "{tower}");
    }
    let long = netlab(&["osi", "--capture=websocket-lengths", "--frame=40", "--width=40"]).stdout;
    assert!(long.contains("1,514+24") && long.contains("adds nothing\n"), "{long}");
}

#[test]
fn two_vlan_tags_are_two_networks() {
    let mut frame = walk("websocket-tutorial", Wanted::Frame(10)).bytes;
    frame.splice(12..12, [0x81, 0, 0, 118]);
    assert_eq!(alone(LinkType::Ethernet, &frame, 91).value("vlan"), Some("118"));
    frame.splice(16..16, [0x81, 0, 0, 10]);
    let walk = alone(LinkType::Ethernet, &frame, 95);
    assert_eq!((walk.value("vlans"), walk.value("vlan")), (Some("118 and 10"), None));
}
