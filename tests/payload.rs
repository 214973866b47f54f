//! What is not read is shown as bytes, with their number and place; headers in headers are walked; a checksum that was left to the
//! network card is called so.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a test that panics has failed: that is what is meant"
)]

#[path = "util/referee.rs"]
mod referee;
mod util;

use std::path::Path;
use std::process::Command;

use etherparse::PacketBuilder;
use referee::tshark_is_here;
use util::{Run, netlab};

/// A capture of one frame.
fn capture(link: u32, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u32;
    let head = [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, link, 0, 0, length, length];
    [head.map(u32::to_le_bytes).concat().as_slice(), bytes].concat()
}

fn saved(folder: &Path, link: u32, bytes: &[u8]) -> String {
    let file = folder.join("one.pcap");
    std::fs::write(&file, capture(link, bytes)).unwrap();
    file.to_str().unwrap().to_owned()
}

fn dissected(link: u32, bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let Run { stdout, code, stderr } =
        netlab(&["dissect", &saved(folder.path(), link, bytes), "--width=100"]);
    // That a link is not read is told, and is exit 1; what there is of its frames is shown all the same.
    let expected = if link == UNREAD_LINK { Some(1) } else { Some(0) };
    assert_eq!(code, expected, "{stderr}");
    stdout
}

const ETHERNET: [u8; 12] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
/// A link type for private use (LINKTYPE_USER0).
const UNREAD_LINK: u32 = 147;
const DATA: &[u8] = b"nobody reads this";

/// An IPv4 packet with DATA in it, or another payload.
fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut header = etherparse::Ipv4Header::new(
        payload.len() as u16,
        64,
        etherparse::IpNumber(protocol),
        [10, 0, 0, 1],
        [10, 0, 0, 2],
    )
    .unwrap();
    header.header_checksum = header.calc_header_checksum();
    [header.to_bytes().as_slice(), payload].concat()
}

/// An IPv6 packet.
fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16).to_be_bytes();
    let source = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    [&[0x60, 0, 0, 0, length[0], length[1], next, 64], source.as_slice(), &source, payload].concat()
}

fn ping() -> Vec<u8> {
    let mut bytes = Vec::new();
    PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .icmpv4_echo_request(1, 2)
        .write(&mut bytes, DATA)
        .unwrap();
    bytes
}

fn udp() -> Vec<u8> {
    let mut bytes = Vec::new();
    PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).udp(4000, 4001).write(&mut bytes, DATA).unwrap();
    bytes
}

/// Frames that end in DATA, by link type, and where it begins.
fn unread() -> Vec<(u32, Vec<u8>, usize)> {
    let ether_type = [ETHERNET.as_slice(), &[0x12, 0x34], DATA].concat();
    let mut fragment = ipv4(99, DATA);
    // More fragments follow, which never come.
    fragment[6] = 0x20;
    vec![
        (1, ether_type, 14),
        (1, [ETHERNET.as_slice(), &[0x08, 0x00], &ipv4(99, DATA)].concat(), 34),
        (101, ipv4(99, DATA), 20),
        (101, ipv6(99, DATA), 40),
        (101, fragment, 20),
        (101, ping(), 28),
        (UNREAD_LINK, DATA.to_vec(), 0),
    ]
}

#[test]
fn what_is_not_read_is_shown_with_its_length_and_place() {
    for (link, bytes, place) in unread() {
        let text = dissected(link, &bytes);
        let shown = format!("nobody reads this (17 bytes from byte {place})");
        assert!(text.contains(&shown) && text.contains("data.data"), "{text}");
    }
    let text = dissected(101, &udp());
    assert!(
        text.contains("nobody reads this (17 bytes from byte 28)") && text.contains("udp.payload"),
        "{text}"
    );
    assert!(!text.contains("data.data"), "{text}");
}

#[test]
fn its_length_is_what_tshark_says_and_json_has_no_more_of_it() {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (link, bytes, _) in unread() {
        let file = saved(folder.path(), link, &bytes);
        let args = ["-n", "-r", &file, "-T", "fields", "-e", "data.len"];
        let theirs = Command::new("tshark").args(args).output().unwrap().stdout;
        let ours = netlab(&["dissect", &file, "--format=json"]).json().remove(0);
        assert_eq!(String::from_utf8(theirs).unwrap().trim(), ours["data.len"].to_string(), "{ours}");
        assert!(ours.get("data.data").is_none(), "{ours}");
    }
}

#[test]
fn a_packet_in_a_packet_is_read() {
    let titles = |text: &str| {
        let lines = text.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        lines.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    for (outer, names) in [
        (ipv4(4, &udp()), ["Frame", "IPv4", "IPv4", "UDP"]),
        (ipv6(4, &udp()), ["Frame", "IPv6", "IPv4", "UDP"]),
    ] {
        assert_eq!(titles(&dissected(101, &outer)), names);
    }
    let inner = ipv6(17, &[0x0f, 0xa0, 0x0f, 0xa1, 0, 12, 0, 1, 1, 2, 3, 4]);
    for (outer, names) in [
        (ipv4(41, &inner), ["Frame", "IPv4", "IPv6", "UDP"]),
        (ipv6(41, &inner), ["Frame", "IPv6", "IPv6", "UDP"]),
    ] {
        assert_eq!(titles(&dissected(101, &outer)), names);
    }
}

#[test]
fn a_checksum_left_to_the_network_card_is_called_so() {
    let mut bytes = udp();
    // Only the pseudo-header is summed up: what a system leaves for the card to go on with.
    let length = DATA.len() + 8;
    let words = [0x0a00, 1, 0x0a00, 2, 17, length as u32];
    let sum: u32 = words.iter().sum();
    let sum = ((sum & 0xffff) + (sum >> 16)) as u16;
    bytes[26..28].copy_from_slice(&sum.to_be_bytes());
    let text = dissected(101, &bytes);
    assert!(text.contains("left to the network card"), "{text}");
    bytes[27] ^= 1;
    let text = dissected(101, &bytes);
    assert!(!text.contains("left to the network card") && text.contains(" bad "), "{text}");
}
