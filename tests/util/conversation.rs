//! A pcap file of one conversation, made by hand.

#![allow(dead_code, reason = "each test file uses its part of this")]

#[path = "segment.rs"]
pub(crate) mod segment;

use segment::Segment;

/// A request for WebSocket; its key is that of RFC 6455, section 1.3.
pub(crate) const REQUEST: &[u8] =
    b"GET /chat HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat\r\n\r\n";
/// The answer to it.
pub(crate) const ANSWER: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n";

/// A frame of the client. The key is that of RFC 6455, section 5.7, but for its first byte, which should not be the same twice.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let key = [first ^ 0xb6, 0xfa, 0x21, 0x3d];
    let mut frame = vec![first, 0x80 | payload.len() as u8];
    frame.extend(key);
    frame.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

/// The handshake in frames 1 to 3, then a segment for each thing said (`true`: by the client), then the goodbye, the server's
/// first. A millisecond lies between two frames.
pub(crate) fn conversation(said: &[(bool, &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65535, 1] {
        file.extend(word.to_le_bytes());
    }
    let mut next = [1000_u32, 5000];
    let mut micros = 0_u32;
    let mut frame = |by_client: bool, flags: &str, data: &[u8]| {
        let (own, other) = if by_client { (next[0], next[1]) } else { (next[1], next[0]) };
        let (client, server) = (([10, 0, 0, 1], 40000), ([10, 0, 0, 2], 80));
        let (from, to) = if by_client { (client, server) } else { (server, client) };
        let takes = data.len() as u32 + flags.replace('A', "").len() as u32;
        let segment = Segment::new(from, to, own).macs([2; 6], [4; 6]);
        let bytes = segment.flags(flags, other).data(data).frame();
        next[usize::from(!by_client)] = own.wrapping_add(takes);
        micros += 1000;
        for word in [1_700_000_000, micros, bytes.len() as u32, bytes.len() as u32] {
            file.extend(word.to_le_bytes());
        }
        file.extend(bytes);
    };
    frame(true, "S", b"");
    frame(false, "SA", b"");
    frame(true, "A", b"");
    for (by_client, data) in said {
        frame(*by_client, "A", data);
    }
    frame(false, "FA", b"");
    frame(true, "FA", b"");
    frame(false, "A", b"");
    file
}

/// A short chat: a text each way, a ping and its pong, both close frames.
pub(crate) fn chat() -> Vec<u8> {
    let (text, pong, close) =
        (masked(0x81, b"My name is John"), masked(0x8a, b"hi"), masked(0x88, b"\x03\xe8bye"));
    conversation(&[
        (true, REQUEST),
        (false, ANSWER),
        (true, &text),
        (false, b"\x81\x0bHello, John"),
        (false, b"\x89\x02hi"),
        (true, &pong),
        (true, &close),
        (false, b"\x88\x05\x03\xe8bye"),
    ])
}

/// What a hostile server says: control characters, bidirectional marks, wide characters and very long lines in every place.
pub(crate) fn hostile() -> Vec<u8> {
    let long = "\u{202e}\u{1b}[31m日本🙂e\u{301}".repeat(40);
    let request = String::from_utf8_lossy(REQUEST).replace("/chat", &format!("/{}", "x".repeat(900)));
    let refused = format!(
        "HTTP/1.1 404 {}\r\nLocation: {long}\r\nContent-Length: 0\r\n\r\n",
        long.replace('\u{1b}', "?")
    );
    let answer = String::from_utf8_lossy(ANSWER).replace("protocol: chat", &format!("protocol: {long}"));
    let text = [&[0x81, 0x7e], &(long.len() as u16).to_be_bytes()[..], long.as_bytes()].concat();
    let sent = masked(0x81, "\u{9b}31m\u{2028}\"\\\n日本".as_bytes());
    let close = [&[0x88, 0x7d], &b"\x03\xe8"[..], &long.as_bytes()[..120], b"\xff\xff\xff"].concat();
    conversation(&[
        (true, REQUEST),
        (false, refused.as_bytes()),
        (true, request.as_bytes()),
        (false, answer.as_bytes()),
        (false, &text),
        (true, &sent),
        (false, &b"\x81\x00".repeat(500)),
        (false, b"\x83\x01x\xf1\x02\x00\x00"),
        (false, &close),
    ])
}
