//! Frames whose Ethernet field is a length: LLC, SNAP and what is carried in it, as tshark reads them.
#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed: that is what is meant"
)]

#[path = "util/columns.rs"]
mod columns;
#[path = "util/referee.rs"]
mod referee;
mod util;

use columns::{agree, pcap};
use util::netlab;

const MACS: [u8; 12] = [0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1];
const ARP: [u8; 28] = [
    0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2, //
];

/// What is compared. (Frames in frames, and what tshark says beyond the headers, are not.)
const COLUMNS: [&str; 27] = [
    "eth.type",
    "eth.len",
    "eth.invalid_lentype",
    "vlan.id",
    "vlan.etype",
    "vlan.len",
    "ieee8021ad.priority",
    "ieee8021ad.dei",
    "ieee8021ad.id",
    "ieee8021ad.svid",
    "ieee8021ad.cvid",
    "ieee8021ah.etype",
    "sll.etype",
    "sll.ltype",
    "llc.dsap",
    "llc.dsap.ig",
    "llc.ssap",
    "llc.ssap.cr",
    "llc.control",
    "llc.control.ftype",
    "llc.oui",
    "llc.type",
    "llc.cisco_pid",
    "llc.pid",
    "ip.src",
    "udp.srcport",
    "arp.opcode",
];

/// IPv4 with a UDP datagram of five bytes.
fn ip() -> Vec<u8> {
    let mut bytes = vec![0x45, 0, 0, 33, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    bytes.extend([0x03, 0xe8, 0x07, 0xd0, 0, 13, 0, 0]);
    bytes.extend(b"hello");
    bytes
}

fn snap(oui: [u8; 3], number: u16, payload: &[u8]) -> Vec<u8> {
    llc(&[0xaa, 0xaa, 3], &[&oui[..], &number.to_be_bytes(), payload].concat())
}

fn llc(head: &[u8], payload: &[u8]) -> Vec<u8> {
    [head, payload].concat()
}

/// An 802.3 frame with padding that is no zeros, so that it shows where it is taken for payload.
fn framed(length: usize, body: &[u8]) -> Vec<u8> {
    let mut frame = [&MACS[..], &(length as u16).to_be_bytes(), body].concat();
    frame.resize(frame.len().max(60), 0xee);
    frame
}

fn plain(body: &[u8]) -> Vec<u8> {
    framed(body.len(), body)
}

fn ethernet_frames() -> Vec<Vec<u8>> {
    let tagged = |tag: &[u8], body: &[u8]| [&MACS[..], tag, body, &[0xee; 9]].concat();
    let ip_in_snap = snap([0, 0, 0], 0x0800, &ip());
    let tag = [0x81, 0, 0, 5, 0, ip_in_snap.len() as u8];
    let two = [0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 0, 38];
    let mut frames = vec![
        plain(&ip_in_snap),
        plain(&snap([0, 0, 0], 0x0806, &ARP)),
        plain(&snap([0, 0, 0xf8], 0x0800, &ip())),
        plain(&snap([0, 0, 0x0c], 0x2000, &[2, 0xb4, 0, 0])),
        plain(&snap([1, 0, 0x81], 7, b"body")),
        plain(&snap([0, 0x80, 0xc2], 0x000b, b"body")),
        plain(&snap([0, 0xe0, 0x2b], 0x00bb, b"a number in a field of its own")),
        plain(&snap([0, 0, 0], 0x0020, &ip())),
        plain(&snap([0, 0, 0], 0x8100, &[&[0, 7, 8, 0][..], &ip()].concat())),
        // Spanning tree, IPX in LLC, Novell's IPX without LLC, NetBIOS, IP without SNAP, no service at all.
        plain(&llc(&[0x42, 0x42, 3], &[0; 35])),
        plain(&llc(&[0xe0, 0xe0, 3], &[[0xff, 0xff].as_slice(), &[0; 28]].concat())),
        plain(&[[0xff, 0xff].as_slice(), &[0; 28]].concat()),
        plain(&llc(&[0x06, 0x06, 3], &ip())),
        plain(&llc(&[0x06, 0x07, 3], &ip())),
        plain(&llc(&[0x07, 0x06, 3], &ip())),
        plain(&llc(&[0, 0, 3], b"abc")),
        // Control fields of all kinds: information, supervisory, SABME with the poll bit, UI with the poll bit.
        plain(&llc(&[0xf0, 0xf1, 0x01, 0x03], &[])),
        plain(&llc(&[0xf0, 0xf0, 0x7f], &[])),
        plain(&llc(&[0x06, 0x06, 0, 0], &ip())),
        plain(&llc(&[0x06, 0x06, 1, 0], &ip())),
        plain(&llc(&[0xaa, 0xaa, 0, 0], &[&[0, 0, 0, 8, 0][..], &ip()].concat())),
        plain(&llc(&[0xaa, 0xaa, 1, 2], &[&[0, 0, 0, 8, 0][..], &ip()].concat())),
        plain(&llc(&[0xaa, 0xaa, 0x13], &[&[0, 0, 0, 8, 0][..], &ip()].concat())),
        // One address of the two is no SNAP.
        plain(&llc(&[0xaa, 0xab, 3], &[&[0, 0, 0, 8, 0][..], &ip()].concat())),
        plain(&llc(&[0xab, 0xaa, 3], &[&[0, 0, 0, 8, 0][..], &ip()].concat())),
        // Lengths that lie, that end too early, that are none.
        framed(500, &ip_in_snap),
        framed(36, &ip_in_snap),
        framed(5, &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0]),
        framed(0, &ip()),
        framed(1501, &ip()),
        framed(1535, &ip()),
        framed(1536, &[]),
        tagged(&tag, &ip_in_snap),
        tagged(&two, &llc(&[0x42, 0x42, 3], &[0; 35])),
        tagged(&[0x81, 0, 0, 5, 0x05, 0xdd], &ip()),
        tagged(&[0x88, 0x70], &ip_in_snap),
        // A provider's tags: alone, around a customer's, inside one, two of them, around a length.
        tagged(&[0x88, 0xa8, 0x20, 5, 8, 0], &ip()),
        tagged(&[0x88, 0xa8, 0x30, 5, 0x81, 0, 0, 6, 8, 0], &ip()),
        tagged(&[0x81, 0, 0, 5, 0x88, 0xa8, 0, 6, 8, 0], &ip()),
        tagged(&[0x88, 0xa8, 0, 5, 0x88, 0xa8, 0x30, 6, 8, 0], &ip()),
        tagged(&[0x91, 0, 0, 5, 0x81, 0, 0, 6, 8, 0], &ip()),
        tagged(&[0x88, 0xa8, 0, 5, 0, 41], &ip_in_snap),
    ];
    // Lengths that end inside the headers. Of SNAP cut after its OUI we show the OUI, which is there; tshark does not.
    frames.extend([1, 2, 3, 4, 5, 8, 9].map(|length| framed(length, &ip_in_snap)));
    frames
}

fn cooked_frames(second: bool) -> Vec<Vec<u8>> {
    let head = |number: u16| {
        let number = number.to_be_bytes();
        match second {
            false => [&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0][..], &number].concat(),
            true => [&number[..], &[0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0]].concat(),
        }
    };
    let ip_in_snap = snap([0, 0, 0], 0x0800, &ip());
    vec![
        [head(4), ip_in_snap].concat(),
        [head(4), llc(&[0x42, 0x42, 3], &[0; 35])].concat(),
        [head(0x0800), ip()].concat(),
        [head(1), vec![0xff; 30]].concat(),
        [head(0), ip()].concat(),
        [head(1536), ip()].concat(),
        [head(1537), ip()].concat(),
    ]
}

#[test]
fn every_form_of_802_3_is_read_as_tshark_reads_it() {
    agree("ethernet.pcap", 1, &ethernet_frames(), &COLUMNS);
}

#[test]
fn llc_in_linux_cooked_captures_is_read_as_tshark_reads_it() {
    agree("sll.pcap", 113, &cooked_frames(false), &COLUMNS);
    agree("sll2.pcap", 276, &cooked_frames(true), &COLUMNS);
}

#[test]
fn the_text_names_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stp.pcap");
    std::fs::write(&file, pcap(1, &ethernet_frames()[9..10])).unwrap();
    let run = netlab(&["dissect", file.to_str().unwrap(), "--color=never", "--width=80"]);
    for part in ["  LLC\n", "0x42 (spanning tree)", "0x03 (unnumbered information)", "llc.dsap"] {
        assert!(run.stdout.contains(part), "{part} is missing in\n{}", run.stdout);
    }
}
