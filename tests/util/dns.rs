//! Messages of DNS made by hand: one of each kind that is read.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part of this; a test that panics has failed"
)]

use netlab::frame::{Frame, LinkType};

/// A name, uncompressed.
pub(crate) fn name(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in text.split('.').filter(|label| !label.is_empty()) {
        bytes.push(label.len() as u8);
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

pub(crate) fn question(name: &[u8], kind: u16, class: u16) -> Vec<u8> {
    [name, &kind.to_be_bytes(), &class.to_be_bytes()].concat()
}

pub(crate) fn record(name: &[u8], kind: u16, class: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u16;
    [name, &kind.to_be_bytes(), &class.to_be_bytes(), &ttl.to_be_bytes(), &length.to_be_bytes(), data]
        .concat()
}

/// A message with so many questions, answers, authorities and further records.
pub(crate) fn message(flags: u16, counts: [u16; 4], body: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = [0x1234u16.to_be_bytes(), flags.to_be_bytes()].concat();
    bytes.extend(counts.into_iter().flat_map(u16::to_be_bytes));
    bytes.extend(body.iter().flatten());
    bytes
}

/// A datagram in IPv4.
pub(crate) fn packet(from: u16, to: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    etherparse::PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .udp(from, to)
        .write(&mut bytes, payload)
        .unwrap();
    bytes
}

/// A capture of IP packets, each cut to so many bytes.
pub(crate) fn capture(packets: &[Vec<u8>], snap: usize) -> Vec<u8> {
    let mut file: Vec<u8> = [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, 101].map(u32::to_le_bytes).concat();
    for (index, bytes) in packets.iter().enumerate() {
        let kept = &bytes[..bytes.len().min(snap)];
        file.extend([index as u32, 0, kept.len() as u32, bytes.len() as u32].map(u32::to_le_bytes).concat());
        file.extend_from_slice(kept);
    }
    file
}

pub(crate) fn frame(bytes: &[u8], original: usize) -> Frame<'_> {
    Frame {
        number: 1,
        time: None,
        link: LinkType::RawIp,
        interface: None,
        bytes,
        original_len: original as u32,
    }
}

/// `www.example.org`, as every message here begins; a pointer to it is `WWW`.
pub(crate) const NAME: &str = "www.example.org";
pub(crate) const WWW: &[u8] = &[0xc0, 12];
pub(crate) const ORG: &[u8] = &[0xc0, 16];

/// Counted texts.
pub(crate) fn texts(texts: &[&[u8]]) -> Vec<u8> {
    texts.iter().flat_map(|text| [&[text.len() as u8], *text].concat()).collect()
}

/// Every type of record that is read, and some that are not.
pub(crate) fn data() -> Vec<(u16, Vec<u8>)> {
    let below = |label: &str| [&[label.len() as u8], label.as_bytes(), ORG].concat();
    let numbers =
        |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    let types = [0, 6, 0x40, 1, 0, 0, 0, 3, 1, 1, 0x40];
    let params: Vec<Vec<u8>> = vec![
        vec![0, 0, 0, 2, 0, 1],
        [vec![0, 1, 0, 6], texts(&[b"h2", b"h3"])].concat(),
        vec![0, 2, 0, 0],
        vec![0, 3, 0, 2, 1, 0xbb],
        vec![0, 4, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8],
        vec![0, 5, 0, 3, 1, 2, 3],
        [vec![0, 6, 0, 16], vec![0x20; 16]].concat(),
        vec![0xfd, 0xe8, 0, 2, 7, 8],
    ];
    vec![
        (1, vec![93, 184, 216, 34]),
        (2, below("ns")),
        (5, below("other")),
        (6, [below("ns"), below("host"), numbers(&[2024, 7200, 3600, 1_209_600, 300])].concat()),
        (10, b"any\0\xff".to_vec()),
        (12, name("host.example")),
        (13, texts(&[b"RFC8482", b"any \xff\x1b[0m"])),
        (15, [vec![0, 10], below("mail")].concat()),
        (16, texts(&[b"v=spf1 -all", b"", b"two\nlines \xe2\x80\xae"])),
        (28, vec![0x20; 16]),
        (33, [vec![0, 1, 0, 2, 0x13, 0xc4], name("sip.example")].concat()),
        (35, [vec![0, 1, 0, 2], texts(&[b"u", b"E2U+sip", b"!^.*$!sip:a@b!"]), name("")].concat()),
        (39, name("below.example")),
        (43, [vec![0x12, 0x34, 8, 2], vec![0xdd; 32]].concat()),
        (44, [vec![4, 2], vec![0xff; 32]].concat()),
        (46, [vec![0, 1, 8, 3], vec![0; 14], name("example.org"), vec![9; 64]].concat()),
        (47, [name("xyz.example.org"), types.to_vec()].concat()),
        (48, [vec![1, 1, 3, 13], vec![0xab; 65]].concat()),
        (50, [vec![1, 1, 0, 10], texts(&[b"salt", &[0xa7; 20]]), types.to_vec()].concat()),
        (51, [vec![1, 0, 0, 0], texts(&[b"salt"])].concat()),
        (52, [vec![3, 1, 1], vec![0xcc; 32]].concat()),
        (59, [vec![0x12, 0x34, 13, 2], vec![0xdd; 32]].concat()),
        (60, [vec![1, 0, 3, 8], vec![0xab; 64]].concat()),
        (64, [vec![0, 1], name("service.example")].concat()),
        (65, [vec![0, 1], name(""), params.concat()].concat()),
        (99, texts(&[b"v=spf1"])),
        (
            250,
            [name("hmac-sha256"), vec![0, 0, 0, 0, 0, 0, 1, 44, 0, 2, 7, 7, 0x12, 0x34, 0, 18, 0, 2, 5, 5]]
                .concat(),
        ),
        (257, [vec![0x80], texts(&[b"issue"]), b"ca.example".to_vec()].concat()),
        (257, [vec![0], texts(&[b"issuewild"]), b"ca.example".to_vec()].concat()),
        (257, [vec![0], texts(&[b"iodef"]), b"mailto:a@b".to_vec()].concat()),
        (257, [vec![0], texts(&[b"other"]), b"value".to_vec()].concat()),
        (65280, b"unknown".to_vec()),
    ]
}

/// Options of EDNS.
pub(crate) fn options() -> Vec<Vec<u8>> {
    let option =
        |code: u16, data: &[u8]| [&code.to_be_bytes(), &(data.len() as u16).to_be_bytes(), data].concat();
    vec![
        Vec::new(),
        option(3, b"server"),
        option(5, &[8, 13]),
        option(6, &[2]),
        option(7, &[1]),
        option(8, &[0, 1, 24, 0, 192, 0, 2]),
        option(8, &[0, 2, 56, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 1]),
        [option(10, b"client00server00"), option(12, &[0; 7])].concat(),
        option(11, &[0, 100]),
        option(15, b"\0\x16no reach"),
        option(65001, b"local"),
    ]
}

/// Messages of all kinds, with the ports that they go between.
pub(crate) fn messages() -> Vec<(u16, u16, Vec<u8>)> {
    let ask = question(&name(NAME), 1, 1);
    let mut all = Vec::new();
    for port in [53, 5353, 5355] {
        for flags in [0x0100, 0x8180, 0x8583, 0xffff, 0x7fff, 0x2800, 0xa800] {
            all.push((4000, port, message(flags, [1, 0, 0, 0], std::slice::from_ref(&ask))));
        }
    }
    for (kind, data) in data() {
        let answer = record(WWW, kind, 1, 300, &data);
        all.push((53, 4000, message(0x8180, [1, 1, 0, 0], &[ask.clone(), answer])));
    }
    for options in options() {
        let opt = record(&[0], 41, 1232, 0x0000_8000, &options);
        all.push((53, 4000, message(0x8180, [1, 0, 0, 1], &[ask.clone(), opt])));
    }
    let services = ["_sip._udp.example", "My Printer._ipp._tcp.local", "one", "one.two"];
    for service in services {
        let (kind, data) = data().into_iter().find(|(kind, _)| *kind == 33).unwrap();
        all.push((53, 4000, message(0x8400, [0, 1, 0, 0], &[record(&name(service), kind, 1, 9, &data)])));
    }
    let mdns = [
        question(&name(NAME), 12, 0x8001),
        record(WWW, 1, 0x8001, 120, &[10, 0, 0, 1]),
        record(&[0], 41, 0x85c0, 0x1234_5678, &[]),
    ];
    all.push((5353, 5353, message(0x8400, [1, 1, 0, 1], &mdns)));
    let body = [ask.clone(), record(WWW, 1, 1, 300, &[1, 2, 3, 4]), b"behind it".to_vec()];
    all.push((53, 4000, message(0x8180, [1, 1, 0, 0], &body)));
    // More records are promised than there are.
    all.push((53, 4000, message(0x8180, [1, 65535, 65535, 65535], &body[..2])));
    all
}
