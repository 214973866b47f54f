//! Headers that are seldom seen, or can't be, as tshark reads them: routes, home addresses, neighbours, lengths that lie.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "util/columns.rs"]
mod columns;
#[path = "util/referee.rs"]
mod referee;
mod util;

use columns::{agree, pcap};
use util::{Run, netlab};

/// The last byte of an IPv6 address says who it is.
fn address(last: u8) -> [u8; 16] {
    [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
}

fn checksum(bytes: &[u8]) -> [u8; 2] {
    let mut sum: u32 =
        bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

/// `bytes` with their checksum at `at`, as it is between these two.
fn summed(from: &[u8], to: &[u8], protocol: u8, at: usize, mut bytes: Vec<u8>) -> Vec<u8> {
    let pseudo = [from, to, &[0, bytes.len() as u8, 0, protocol], &bytes].concat();
    bytes[at..at + 2].copy_from_slice(&checksum(&pseudo));
    bytes
}

/// A datagram that says `hi there`.
fn udp(from: &[u8], to: &[u8]) -> Vec<u8> {
    summed(from, to, 17, 6, [&[0x13, 0x88, 0x17, 0x70, 0, 16, 0, 0][..], b"hi there"].concat())
}

fn ethernet(kind: u16, packet: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1][..], &kind.to_be_bytes(), packet].concat()
}

/// From `..::1` to `..::2`.
fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let head = [0x60, 0, 0, 0, 0, payload.len() as u8, next, 64];
    ethernet(0x86dd, &[&head[..], &address(1), &address(2), payload].concat())
}

/// From 10.0.0.1 to 10.0.0.2.
fn ipv4(options: &[u8], payload: &[u8]) -> Vec<u8> {
    let header = 20 + options.len();
    let mut packet =
        vec![0x40 | (header / 4) as u8, 0, 0, (header + payload.len()) as u8, 0, 1, 0x40, 0, 64, 17, 0, 0];
    packet.extend([10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend(options);
    let sum = checksum(&packet);
    packet[10..12].copy_from_slice(&sum);
    ethernet(0x0800, &[&packet[..], payload].concat())
}

fn dissected(frames: &[Vec<u8>], flags: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rare.pcap");
    std::fs::write(&file, pcap(1, frames)).unwrap();
    netlab(&[&["dissect", file.to_str().unwrap(), "--color=never", "--width=100"], flags].concat())
}

#[test]
fn a_checksum_covers_the_last_stop_of_the_route_and_the_home_of_a_traveller() {
    let routing = |kind: u8, left: u8, rest: &[u8]| {
        let length = (rest.len() + 4) / 8 - 1;
        [&[17, length as u8, kind, left][..], rest].concat()
    };
    let stops = |stops: &[u8]| [vec![0; 4], stops.iter().flat_map(|last| address(*last)).collect()].concat();
    let headers = [
        (43, routing(0, 1, &stops(&[9]))),
        (43, routing(0, 2, &stops(&[7, 9]))),
        (43, routing(0, 0, &stops(&[9]))),
        (43, routing(2, 1, &stops(&[9]))),
        // The last stop stands first.
        (43, routing(4, 1, &stops(&[9, 2]))),
        (43, routing(4, 0, &stops(&[9, 2]))),
        // Of each stop only what differs: all but eight bytes; the last one of an odd length, then filled up.
        (43, routing(3, 1, &[0x88, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9])),
        (43, routing(3, 1, &[0x0f, 0x70, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0])),
        // Nobody knows this kind.
        (43, routing(200, 1, &stops(&[9]))),
        // A home address behind fillers, and an option that is none.
        (60, [&[17, 2, 1, 2, 0, 0, 0xc9, 16][..], &address(9)].concat()),
        (60, [&[17, 2, 1, 2, 0, 0, 0x1e, 16][..], &address(9)].concat()),
    ];
    let ends = [(1, 2), (1, 9), (9, 2)];
    let mut frames = Vec::new();
    for (next, header) in &headers {
        frames.extend(
            ends.map(|(from, to)| ipv6(*next, &[&header[..], &udp(&address(from), &address(to))].concat())),
        );
    }
    let there = [
        &[0x83, 7, 4, 10, 0, 0, 9, 0][..],
        &[1, 0x89, 7, 4, 10, 0, 0, 9],
        // All stops have been made.
        &[0x83, 7, 8, 10, 0, 0, 9, 0],
        // A record of the route is no route to be followed.
        &[7, 7, 4, 10, 0, 0, 9, 0],
        &[0x83, 1, 4, 0],
    ];
    for options in there {
        frames.extend([2, 9].map(|to| ipv4(options, &udp(&[10, 0, 0, 1], &[10, 0, 0, to]))));
    }
    agree("routes.pcap", 1, &frames, &["udp.checksum.status", "ip.checksum.status", "ipv6.routing.type"]);
    // Not by tshark alone: what is right for whom it is for is found.
    let verdicts: Vec<_> = dissected(&frames, &["--format=json"])
        .json()
        .iter()
        .map(|frame| frame["udp.checksum.status"].as_u64())
        .collect();
    assert_eq!(verdicts[..6], [Some(0), Some(1), Some(0), Some(0), Some(1), Some(0)]);
    assert_eq!(verdicts[27..30], [Some(0), Some(0), Some(1)], "the home address");
}

#[test]
fn what_routers_and_listeners_say_is_read_to_its_end() {
    let said = |bytes: &[u8]| ipv6(58, &summed(&address(1), &address(2), 58, 2, bytes.to_vec()));
    let mac = [2, 0, 0, 0, 0, 1];
    let option = |kind: u8, rest: &[u8]| [&[kind, ((rest.len() + 2) / 8) as u8][..], rest].concat();
    let prefix = [&[64, 0xc0, 0, 1, 0x51, 0x80, 0, 0, 0x38, 0x40, 0, 0, 0, 0][..], &address(0)].concat();
    let options = [
        option(1, &mac),
        option(5, &[0, 0, 0, 0, 5, 0xdc]),
        option(3, &prefix),
        option(25, &[&[0, 0, 0, 0, 2, 88][..], &address(0x53), &address(0x54)].concat()),
        option(14, b"nonce1"),
        // Not read any further.
        option(200, b"abcdef"),
    ]
    .concat();
    let frames = [
        said(&[&[133, 0, 0, 0, 0, 0, 0, 0][..], &option(1, &mac)].concat()),
        said(&[&[134, 0, 0, 0, 64, 0xc8, 7, 8, 0, 0, 0, 1, 0, 0, 0, 2][..], &options].concat()),
        said(&[&[135, 0, 0, 0, 0, 0, 0, 0][..], &address(2), &option(14, b"nonce1")].concat()),
        said(&[&[137, 0, 0, 0, 0, 0, 0, 0][..], &address(2), &address(3), &option(2, &mac)].concat()),
        said(&[&[130, 0, 0, 0, 0x27, 0x10, 0, 0][..], &address(9)].concat()),
        said(&[&[130, 0, 0, 0, 0x27, 0x10, 0, 0][..], &address(9), &[0x0a, 125, 0, 1], &address(8)].concat()),
        said(&[&[131, 0, 0, 0, 0, 0, 0, 0][..], &address(9)].concat()),
        said(&[&[132, 0, 0, 0, 0, 0, 0, 0][..], &address(9)].concat()),
        said(
            &[
                &[143, 0, 0, 0, 0, 0, 0, 2, 4, 0, 0, 0][..],
                &address(9),
                &[1, 0, 0, 1],
                &address(8),
                &address(7),
            ]
            .concat(),
        ),
    ];
    let columns = [
        "icmpv6.nd.ra.cur_hop_limit",
        "icmpv6.nd.ra.flag.m",
        "icmpv6.nd.ra.flag.o",
        "icmpv6.nd.ra.flag.prf",
        "icmpv6.nd.ra.router_lifetime",
        "icmpv6.nd.ra.reachable_time",
        "icmpv6.nd.ra.retrans_timer",
        "icmpv6.nd.ns.target_address",
        "icmpv6.nd.rd.target_address",
        "icmpv6.rd.na.destination_address",
        "icmpv6.opt.type",
        "icmpv6.opt.length",
        "icmpv6.opt.src_linkaddr",
        "icmpv6.opt.target_linkaddr",
        "icmpv6.opt.prefix.length",
        "icmpv6.opt.prefix.flag.l",
        "icmpv6.opt.prefix.flag.a",
        "icmpv6.opt.prefix.valid_lifetime",
        "icmpv6.opt.prefix.preferred_lifetime",
        "icmpv6.opt.prefix",
        "icmpv6.opt.mtu",
        "icmpv6.opt.nonce",
        "icmpv6.opt.rdnss.lifetime",
        "icmpv6.opt.rdnss",
        "icmpv6.mld.maximum_response_delay",
        "icmpv6.mld.maximum_response_code",
        "icmpv6.mld.multicast_address",
        "icmpv6.mld.flag.s",
        "icmpv6.mld.flag.qrv",
        "icmpv6.mld.qqi",
        "icmpv6.mld.nb_sources",
        "icmpv6.mld.source_address",
        "icmpv6.mldr.nb_mcast_records",
        "icmpv6.mldr.mar.record_type",
        "icmpv6.mldr.mar.aux_data_len",
        "icmpv6.mldr.mar.nb_sources",
        "icmpv6.mldr.mar.multicast_address",
        "icmpv6.mldr.mar.source_address",
    ];
    agree("neighbours.pcap", 1, &frames, &columns);
    let run = dissected(&frames[1..2], &[]);
    for part in ["1500", "2001:db8::54", "(high)", "netlab.icmpv6.unread", "abcdef (6 bytes"] {
        assert!(run.stdout.contains(part), "{part} is missing in\n{}", run.stdout);
    }
}

/// A byte that nobody reads is at least shown, with its place.
#[test]
fn what_icmp_says_is_shown_to_its_end() {
    let said = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let sum = checksum(&bytes);
        bytes[2..4].copy_from_slice(&sum);
        let mut frame = ipv4(&[], &bytes);
        frame[23] = 1;
        let sum = checksum(&[&frame[14..24], &[0, 0], &frame[26..34]].concat());
        frame[24..26].copy_from_slice(&sum);
        frame
    };
    let frames = [
        said(&[9, 0, 0, 0, 1, 2, 7, 8, 1, 2, 3, 4, 0, 0, 0, 1]),
        said(&[9, 0, 0, 0, 9, 0, 7, 8, 1, 2, 3, 4]),
        said(&[13, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5]),
        said(&[17, 0, 0, 0, 0, 1, 0, 2, 255, 255, 0, 0]),
        said(&[40, 0, 0, 0, 0, 0, 0, 7]),
        said(&[42, 0, 0, 0, 0, 1, 1, 0]),
        said(&[99, 0, 0, 0, b'a', b'b', b'c']),
    ];
    let columns = [
        "icmp.num_addrs",
        "icmp.addr_entry_size",
        "icmp.lifetime",
        "icmp.router_address",
        "icmp.originate_timestamp",
        "icmp.receive_timestamp",
        "icmp.transmit_timestamp",
        "icmp.address_mask",
    ];
    agree("icmp.pcap", 1, &[&frames[..1], &frames[2..]].concat(), &columns);
    let run = dissected(&frames, &[]);
    for part in ["ICMP type 99", "ICMP security failure", "abc (3 bytes from byte 38)", "255.255.0.0"] {
        assert!(run.stdout.contains(part), "{part} is missing in\n{}", run.stdout);
    }
}

#[test]
fn the_room_for_a_cooked_address_is_told_from_the_address() {
    let columns = ["sll.halen", "sll.src.eth", "sll.src.ipv4", "sll.src.other", "sll.unused"];
    let address = [2, 0, 0, 0, 0, 1, 7, 8];
    let lengths = (0..10).chain([0xff]);
    let first = |length| [&[0, 1, 0, 1, 0, length][..], &address, &[0x99, 0x99, b'x']].concat();
    let second = |length| [&[0x99, 0x99, 0, 0, 0, 0, 0, 3, 3, 4, 0, length][..], &address, b"x"].concat();
    agree("sll.pcap", 113, &lengths.clone().map(first).collect::<Vec<_>>(), &columns);
    agree("sll2.pcap", 276, &lengths.map(second).collect::<Vec<_>>(), &columns);
}

#[test]
fn a_length_that_can_not_be_is_said_to_be_none() {
    let datagram = |length: u8| {
        let mut datagram = udp(&[10, 0, 0, 1], &[10, 0, 0, 2]);
        datagram[5] = length;
        ipv4(&[], &datagram)
    };
    let frames = [0, 5, 7, 8, 16, 17, 200].map(datagram);
    agree("udp.pcap", 1, &frames, &["udp.length", "udp.length.bad", "udp.checksum", "udp.checksum.status"]);
    // One with a length below the header's has no conversation, and begins none.
    let ports = |from: u8, length: u8| {
        let mut datagram = udp(&[10, 0, 0, 1], &[10, 0, 0, 2]);
        (datagram[1], datagram[5]) = (from, length);
        ipv4(&[], &datagram)
    };
    let several = [ports(1, 0), ports(2, 16), ports(1, 16), ports(3, 7), ports(4, 200), ports(5, 16)];
    agree("udp-streams.pcap", 1, &several, &["udp.stream", "udp.length", "udp.length.bad"]);
    // In IPv6 a length of 0 is all that the packet has.
    let six = |length: u8, next: &[u8]| {
        let mut datagram = udp(&address(1), &address(2));
        datagram[5] = length;
        datagram.extend(next);
        ipv6(17, &datagram)
    };
    let six = [six(0, b""), six(0, b"more"), six(7, b""), six(1, b"more"), six(16, b"more")];
    let columns = ["udp.stream", "udp.length.bad", "udp.length.bad_zero", "udp.checksum.status"];
    agree("udp6.pcap", 1, &six, &columns);
    let run = dissected(&frames, &[]);
    assert_eq!(run.stdout.matches("UDP malformed: a length of ").count(), 5, "{}", run.stdout);
    assert!(run.stdout.contains("UDP 8 bytes  ") && run.stdout.contains("UDP 0 bytes  "), "{}", run.stdout);
    // TCP with a header of twelve, then reserved bits.
    let segment = |offset: u8, reserved: u8| {
        let segment = [0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, offset << 4 | reserved, 0x10, 1, 0, 0, 0, 0, 0];
        let mut frame = ipv4(&[], &segment);
        frame[23] = 6;
        frame
    };
    let frames = [segment(3, 0), segment(5, 0xe), segment(5, 2), segment(5, 0)];
    agree("tcp.pcap", 1, &frames, &["tcp.bogus_header_length", "tcp.flags.res", "tcp.hdr_len"]);
    let run = dissected(&frames, &["--filter", "tcp.flags.res == 1"]);
    assert!(run.stdout.contains("frame 2 ") && run.stdout.contains("frame 3 "), "{}", run.stdout);
    assert!(!run.stdout.contains("frame 4 "), "{}", run.stdout);
    let run = dissected(&frames[..1], &[]);
    assert!(run.stdout.contains("malformed: a header of 12 can't be"), "{}", run.stdout);
}

#[test]
fn fragments_that_overlap_are_told() {
    let datagram = udp(&address(1), &address(2));
    let part =
        |at: u8, more: u8, bytes: &[u8]| ipv6(44, &[&[17, 0, 0, at | more, 0, 0, 0, 9][..], bytes].concat());
    let frames = [
        part(0, 1, &datagram[..8]),
        part(0, 0, &datagram),
        part(0, 1, &datagram[..8]),
        part(8, 0, &datagram[8..]),
    ];
    agree("overlap.pcap", 1, &frames[..2], &["ipv6.fragment.overlap", "udp.length"]);
    agree("sound.pcap", 1, &frames[2..], &["ipv6.fragment.overlap", "udp.length"]);
    let run = dissected(&frames[..1], &[]);
    assert!(run.stdout.contains("IPv6 fragment  2001:db8::1"), "{}", run.stdout);
}

#[test]
fn a_headline_says_what_a_dns_message_is_and_leaves_no_hole() {
    let message = |flags: u16, queries: u8, answers: u8, rest: &[u8]| {
        let mut datagram = vec![0x13, 0x88, 0, 53, 0, (20 + rest.len()) as u8, 0, 0, 0, 1];
        datagram.extend(flags.to_be_bytes());
        datagram.extend([0, queries, 0, answers, 0, 0, 0, 0]);
        datagram.extend(rest);
        ipv4(&[], &datagram)
    };
    let name = b"\x07example\x03com\0";
    let zone = [&name[..], &[0, 6, 0, 1]].concat();
    for (flags, queries, rest, says) in [
        (0x2800, 1, &zone[..], "DNS update of example.com  10.0.0.1"),
        (0xa800, 1, &zone, "DNS answer to update: example.com: well"),
        (0xa805, 1, &zone, "DNS answer to update: example.com: refused"),
        (0x2400, 1, &zone, "DNS notify SOA example.com  10.0.0.1"),
        (0x4800, 0, &[], "DNS request with opcode 9  10.0.0.1"),
        (0x0100, 1, &zone, "DNS query SOA example.com  10.0.0.1"),
        (0x8180, 1, &zone, "DNS answer: example.com: no SOA record"),
        // A name that points to itself, and no question at all.
        (0x8180, 1, &[0xc0, 0x0c, 0, 1, 0, 1], "DNS answer: no record"),
        (0x8183, 0, &[], "DNS answer: no such name"),
    ] {
        let run = dissected(&[message(flags, queries, 0, rest)], &[]);
        let head = run.stdout.lines().next().unwrap();
        assert!(head.contains(says) && !head.contains(": :"), "{says} is not in {head}");
    }
}

#[test]
fn one_byte_is_no_bytes() {
    let mut datagram = udp(&[10, 0, 0, 1], &[10, 0, 0, 2]);
    datagram.truncate(9);
    datagram[5] = 9;
    let run = dissected(&[ipv4(&[], &datagram)], &[]);
    assert!(run.stdout.contains("UDP 1 byte  "), "{}", run.stdout);
    assert!(run.stdout.contains("(1 byte from byte 42)"), "{}", run.stdout);
    assert!(!run.stdout.contains("1 bytes"), "{}", run.stdout);
}
