//! What is said of a frame is so of this very frame.

use netlab::frame::{Frame, LinkType, Time};
use netlab::osi::{Finder, Layer, Stop, Walk, Wanted};
use netlab::source::{Bundled, Reader};
use netlab::story::Seen;
use netlab::words::Level;

use crate::util::netlab;
use crate::{alone, said, walk};

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
    assert!(text.contains("Neighbour discovery demands 255") && !text.contains("254"), "{text}");
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

#[test]
fn arp_is_asked_and_answered_and_stands_in_the_link_layer_of_the_four() {
    let asked = told("websocket-tutorial", "1");
    assert!(asked.contains("ARP asks for the MAC address that belongs to 10.7.0.2."), "{asked}");
    let answered = told("websocket-tutorial", "2");
    assert!(answered.contains("ARP answers 10.7.0.1: 10.7.0.2 is at 02:00:00:00:00:02."), "{answered}");
    for text in [&asked, &answered] {
        let table = text.split("The seven layers of OSI").nth(1).unwrap_or_default();
        assert!(table.contains(" 3 network       ─ internet        no IP\n   ARP           ┐ "), "{table}");
        assert!(
            table.contains(" 2 data link     ├ link ") && table.contains("ARP fits no number well."),
            "{table}"
        );
        // No byte of this frame is WebSocket's, and none is IP's.
        assert!(!table.contains("In this picture") && table.contains(" · 3 ARP 28"), "{table}");
    }
    let plain = netlab(&["osi", "--frame=1", "--plain", "--width=80"]).stdout;
    assert!(plain.contains("\n 3 network: internet, no IP\n   ARP: link, ARP 28\n"), "{plain}");
}

#[test]
fn of_a_protocol_that_is_not_read_all_is_said_that_can_be_seen() {
    let hello = told("handshake", "6");
    for said in [
        "data “Hello, server!”",
        "14 bytes here, in a protocol that netlab does not read. They begin: “Hello, server!”.",
        "14 bytes reach the server's program, on port 8080. TCP does not say where a message ends",
        "104 bytes on the wire carry 14 bytes of a program; 7.4 for each",
    ] {
        assert!(hello.contains(said), "{said}: {hello}");
    }
    assert!(!hello.contains("QUIC") && !hello.contains("by the list of ports"), "{hello}");

    // 127.0.0.1 to 127.0.0.1, from port 40000, by UDP.
    let datagram = |port: u16, bytes: &[u8]| {
        let mut frame = vec![0; 12];
        let len = 8 + bytes.len() as u16;
        frame.extend([
            8,
            0,
            0x45,
            0,
            0,
            20 + len as u8,
            0,
            1,
            0,
            0,
            64,
            17,
            0,
            0,
            127,
            0,
            0,
            1,
            127,
            0,
            0,
            1,
        ]);
        let words = frame[14..].chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
        let sum: u32 = words.sum();
        frame[24..26].copy_from_slice(&(!(((sum & 0xffff) + (sum >> 16)) as u16)).to_be_bytes());
        frame.extend([0x9c, 0x40]);
        frame.extend(port.to_be_bytes());
        frame.extend(len.to_be_bytes());
        frame.extend([0, 0]);
        frame.extend(bytes);
        let len = frame.len() as u32;
        alone(LinkType::Ethernet, &frame, len)
    };
    let quic = datagram(443, &[0xc3, 0, 0, 0, 1, 8, 1, 2]);
    assert!(quic.value("if_quic").is_some() && quic.value("guess").is_none());
    let time = datagram(123, &[0x23, 0, 0, 0]);
    assert_eq!((time.value("guess"), time.value("guess_port")), (Some("NTP"), Some("123")));
    assert!(
        time.value("if_quic").is_none() && time.value("says").is_none() && time.value("if_zero").is_some()
    );
    let text = datagram(40001, b"what is said here is longer than what one line of a screen has room for");
    assert_eq!(text.value("says"), Some("what is said here is longer than what on…"));
    assert_eq!(text.floors[0].up, ["osi.up.7.data"]);
}

#[test]
fn udp_is_not_said_to_repeat_what_is_lost() {
    let book = netlab::words::Book::built_in().unwrap();
    let mut frame = vec![0; 12];
    frame.extend([8, 0, 0x45, 0, 0, 30, 0, 1, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    frame.extend([0x03, 0xe8, 0x07, 0xd0, 0, 10, 0, 0, b'h', b'i']);
    let walk = alone(LinkType::Ethernet, &frame, 44);
    let view = netlab::render::WalkView {
        walk: &walk,
        book: &book,
        level: netlab::words::Level::Student,
        width: 400,
        bytes: false,
        plain: false,
        ascii: false,
    };
    let text: String = view.lines().iter().map(|line| line.text() + "\n").collect();
    assert!(text.contains("A lost datagram is lost.") && !text.contains("is sent again"), "{text}");
    assert!(
        text.contains("on loopback there is no card and no cable") && text.contains("4 UDP 8 ·"),
        "{text}"
    );
}

#[test]
fn what_the_wire_dropped_nobody_takes_up() {
    for (name, frame, host) in
        [("handshake-lost-syn", "3", "server"), ("handshake-lost-synack", "4", "client")]
    {
        let text = told(name, frame);
        let lost = format!("This frame was lost on the wire: nobody takes it up. The {host} never sees it.");
        assert!(text.contains(&lost) && !text.contains("Up, on the"), "{text}");
        assert!(!text.contains("The ACK that answers"), "{text}");
        let walk = netlab(&["osi", "--capture", name, "--frame", frame, "--format=json"]).json();
        assert_eq!(walk[0]["lost"], lost);
        assert!(walk[0]["layers"].as_array().unwrap().iter().all(|layer| layer["up"] == ""), "{walk:?}");
    }
    // The one that was sent again is not lost.
    let again = told("handshake-lost-syn", "4");
    assert!(again.contains("Up, on the server") && !again.contains("lost on the wire"), "{again}");
    let walk = netlab(&["osi", "--format=json"]).json();
    assert!(walk[0]["lost"].is_null());
}

#[test]
fn layer_7_has_the_message_as_the_program_says_it() {
    for name in ["websocket-tutorial", "websocket-wss"] {
        let run = netlab(&["osi", "--capture", name, "--width=400", "--color=never"]);
        let seven =
            run.stdout.split(" 7 application ·").nth(1).unwrap().split("\n 6 ").next().unwrap().to_owned();
        assert!(seven.contains("masked from 6 on"), "{seven}");
        assert!(seven.contains("4d 79 20 6e 61 6d 65 20 69 73 20 4a 6f 68 6e"), "{seven}");
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("walk.html");
        let run = netlab(&["osi", "--capture", name, "-o", page.to_str().unwrap()]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let page = std::fs::read_to_string(page).unwrap();
        assert!(page.contains("masked from 6 on") && page.contains("<code>4d 79 20 6e 61"), "{name}");
    }
    let walk = netlab(&["osi", "--format=json"]).json();
    let parts = walk[0]["parts"].as_array().unwrap();
    let masked: Vec<_> = parts.iter().filter(|part| !part["unmasked"].is_null()).collect();
    assert_eq!(masked.len(), 1);
    assert_eq!(masked[0]["unmasked"], "4d79206e616d65206973204a6f686e");
    // Of a compressed message the wire shows what layer 6 has made of it.
    let squeezed = told("websocket-compressed", "10");
    let squeezed = squeezed.split(" 7 application ·").nth(1).unwrap();
    assert!(squeezed.split("\n 6 ").next().unwrap().contains("as 6 has compressed it"), "{squeezed}");
}

#[test]
fn a_ping_ends_nothing_and_its_key_is_all_that_layer_6_has() {
    let ping = told("websocket-ping-pong", "10");
    assert!(
        ping.contains(" 6 presentation · data, 4 bytes") && ping.contains(" 5 session · data, 9 bytes"),
        "{ping}"
    );
    assert!(ping.contains(" 7  The WebSocket library answers with a pong; no program has to."), "{ping}");
    let pong = told("websocket-ping-pong", "11");
    assert!(pong.contains("nobody answers a pong") && !pong.contains("answers with a pong"), "{pong}");
}

#[test]
fn the_reset_of_a_closed_port_answers_the_syn() {
    let refused = told("handshake-refused", "4");
    assert!(refused.contains("ack 1 answers the SYN") && !refused.contains("all before that"), "{refused}");
    assert!(told("handshake", "4").contains("all before that has arrived"));
}

#[test]
fn a_friend_is_told_of_what_is_in_the_frame() {
    let told = |args: &[&str]| {
        let args = [&["osi", "--level=friend", "--width=200", "--color=never"], args].concat();
        netlab(&args).stdout
    };
    let arp = told(&["--frame=1"]);
    for absent in ["lock", "more language", "short word", "neighbour."] {
        assert!(!arp.contains(absent), "{absent}: {arp}");
    }
    assert!(arp.contains("every house") && arp.contains("Even where no word is said"), "{arp}");
    let text = told(&[]);
    assert!(
        text.contains("One more language") && text.contains("A short word") && !text.contains("The lock"),
        "{text}"
    );
    assert!(told(&["--capture=websocket-wss"]).contains("The lock stands between two layers."));
}

#[test]
fn what_tls_says_before_the_first_message_is_named() {
    let text = told_first("websocket-wss");
    assert!(text.contains("said to get there, TLS too 1,531 · T TLS around the message 22"), "{text}");
    let text = told_first("websocket-wss-without-keys");
    assert!(!text.contains("The first message") && text.contains(" T TLS 184"), "{text}");
}

fn told_first(name: &str) -> String {
    netlab(&["osi", "--capture", name, "--width=400", "--color=never"]).stdout
}

/// The walk of a frame of the tutorial where its message (frame 10) comes three times: first as `comment` says, then as frames 11 and
/// 12.
fn repeated(comment: Option<&str>, wanted: u64) -> Walk {
    let name = "websocket-tutorial";
    let mut reader = Reader::from_bytes(name, Bundled::find(name).unwrap().bytes().unwrap()).unwrap();
    let mut finder = Finder::new(Wanted::Frame(wanted));
    for number in 1..=10 {
        reader.next().unwrap();
        let frame = reader.current().unwrap();
        assert_eq!(frame.number, number);
        let seen = Seen::of_comment(comment.filter(|_| number == 10));
        if !finder.push_seen(frame, &seen) || number < 10 {
            continue;
        }
        for copy in [11, 12] {
            let time = frame.time.map(|time| Time(time.0 + copy as i128 * 200_000_000));
            finder.push(Frame { number: copy, time, ..frame });
        }
    }
    finder.finish().unwrap()
}

#[test]
fn a_copy_of_data_that_was_lost_is_taken() {
    let lost = Some("dropped by the wire · step 6");
    let walk = repeated(lost, 11);
    assert_eq!((walk.instead_of, walk.lost, &walk.stop), (Some(10), false, &None));
    assert_eq!(walk.units[0].text.as_deref(), Some("My name is John"));
    let text = said(&walk, Level::Student);
    assert!(
        text.contains("were in frame 10, which got lost") && text.contains("it takes this copy"),
        "{text}"
    );
    assert!(!text.contains("were sent before") && !text.contains("knows nothing of the copy"), "{text}");
    assert!(said(&walk, Level::Friend).contains("this time it is heard"));
    // The lost one itself is heard by nobody, and the third is one too many.
    let walk = repeated(lost, 10);
    assert!(walk.lost && walk.instead_of.is_none() && walk.units.len() == 1);
    let walk = repeated(lost, 12);
    assert_eq!((walk.instead_of, walk.stop), (None, Some(Stop::Again(10))));
}

#[test]
fn a_copy_of_data_that_arrived_is_no_news() {
    for copy in [11, 12] {
        let walk = repeated(None, copy);
        assert_eq!((walk.instead_of, &walk.stop), (None, &Some(Stop::Again(10))));
        let text = said(&walk, Level::Engineer);
        assert!(text.contains("What the receiver has already, it drops"), "{text}");
    }
}
