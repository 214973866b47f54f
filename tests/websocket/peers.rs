//! What tungstenite writes comes out; any bytes in any pieces give the same events.

use std::io::{ErrorKind, Read, Write};

use netlab::event::Host::{Client, Server};
use netlab::flow::websocket::{Head, Limits, MessageKind, Rule, Utf8Verdict, check_script, mask};
use proptest::collection::vec;
use proptest::prelude::*;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::{CloseFrame, Role, WebSocket};
use tungstenite::{Error, Message};

use crate::wire::{Wire, frame, masked};

/// Takes what tungstenite writes, and gives it what it is to read.
#[derive(Default)]
struct Sent(Vec<u8>, std::collections::VecDeque<u8>);

impl Write for Sent {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Read for Sent {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.1.is_empty() { Err(ErrorKind::WouldBlock.into()) } else { self.1.read(into) }
    }
}

#[derive(Clone, Debug)]
enum Told {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    /// A text in fragments of so many bytes.
    Fragments(String, usize),
}

fn told() -> impl Strategy<Value = Told> {
    let bytes = |most| vec(any::<u8>(), 0..most);
    prop_oneof![
        ".{0,200}".prop_map(Told::Text),
        bytes(300usize).prop_map(Told::Binary),
        vec(any::<u8>(), 65_500..65_600).prop_map(Told::Binary),
        bytes(126).prop_map(Told::Ping),
        bytes(126).prop_map(Told::Pong),
        (".{1,60}", 1..9usize).prop_map(|(text, size)| Told::Fragments(text, size)),
    ]
}

fn send(socket: &mut WebSocket<Sent>, told: &Told) {
    let message = match told.clone() {
        Told::Text(text) => Message::text(text),
        Told::Binary(bytes) => Message::binary(bytes),
        Told::Ping(bytes) => Message::Ping(bytes.into()),
        Told::Pong(bytes) => Message::Pong(bytes.into()),
        Told::Fragments(text, size) => {
            let pieces: Vec<_> = text.as_bytes().chunks(size).collect();
            for (number, piece) in pieces.iter().enumerate() {
                let data = if number == 0 { Data::Text } else { Data::Continue };
                let last = number + 1 == pieces.len();
                let frame = Frame::message(piece.to_vec(), OpCode::Data(data), last);
                socket.send(Message::Frame(frame)).unwrap();
            }
            return;
        }
    };
    socket.send(message).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_tungstenite_says_is_what_comes_out(
        all in vec((any::<bool>(), told()), 1..12),
        piece in 1..3000usize,
    ) {
        let mut wire = Wire::new().in_pieces_of(piece);
        let mut sockets = [Role::Client, Role::Server]
            .map(|role| WebSocket::from_raw_socket(Sent::default(), role, None));
        for (from_server, told) in &all {
            let socket = &mut sockets[usize::from(*from_server)];
            send(socket, told);
            let bytes = std::mem::take(&mut socket.get_mut().0);
            wire.bytes(if *from_server { Server } else { Client }, &bytes);
        }
        for (socket, host) in sockets.iter_mut().zip([Client, Server]) {
            socket.close(Some(CloseFrame { code: 4000.into(), reason: "über".into() })).unwrap();
            let bytes = std::mem::take(&mut socket.get_mut().0);
            wire.bytes(host, &bytes);
        }
        let out = wire.finish();
        let (mut messages, mut controls) = (out.messages.iter(), out.frames.iter().filter(|f| f.opcode > 8));
        for (from_server, told) in &all {
            let from = if *from_server { Server } else { Client };
            let (kind, content) = match told {
                Told::Text(text) | Told::Fragments(text, _) => (MessageKind::Text, text.as_bytes()),
                Told::Binary(bytes) => (MessageKind::Binary, &bytes[..]),
                Told::Ping(bytes) | Told::Pong(bytes) => {
                    let control = controls.next().unwrap();
                    prop_assert_eq!((control.from, &control.payload), (from, bytes));
                    continue;
                }
            };
            let message = messages.next().unwrap();
            prop_assert_eq!((message.from, message.kind, &message.content[..]), (from, kind, content));
            prop_assert_eq!(message.utf8 == Utf8Verdict::Valid, kind == MessageKind::Text);
        }
        let closing = out.closing.unwrap();
        for host in [Client, Server] {
            let told = closing.of(host).onclose.clone().unwrap();
            prop_assert_eq!((told.code, told.reason.as_str(), told.was_clean), (4000, "über", Some(true)));
        }
        for verdict in &out.verdicts {
            prop_assert_eq!(verdict.rule.name(), "ws.pong_unasked");
        }
    }

    #[test]
    fn any_bytes_in_any_pieces_give_the_same_events(script in script(), limits in limits()) {
        check_script(&script, limits).map_err(TestCaseError::fail)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_is_broken_where_tungstenite_fails_the_connection(
        frames in vec(any_frame(), 1..8),
        mostly_right in any::<bool>(),
        server in any::<bool>(),
    ) {
        let from = if server { Server } else { Client };
        let role = if server { Role::Client } else { Role::Server };
        let mut socket = WebSocket::from_raw_socket(Sent::default(), role, None);
        let (mut wire, mut failed) = (Wire::new(), None);
        for (number, bytes) in frames.iter().enumerate() {
            // Masked as it must be, so that other rules are reached.
            let wrong = mostly_right && (bytes[1] & 0x80 == 0) != server;
            let bytes = if wrong { remasked(bytes, !server) } else { bytes.clone() };
            wire.bytes(from, &bytes);
            socket.get_mut().1.extend(&bytes);
            failed = loop {
                match socket.read() {
                    Ok(_) => {}
                    Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break None,
                    // A close frame, answered.
                    Err(Error::ConnectionClosed) => break None,
                    Err(error) => break Some((number as u64 + 1, error)),
                }
            };
            // Behind a close frame tungstenite reads nothing that could be wrong.
            if failed.is_some() || bytes[0] & 0x8f == 0x88 {
                break;
            }
        }
        let out = wire.finish();
        // Tungstenite answers a forbidden code with 1002, and calls that no error.
        let ours = out.verdicts.iter().find(|verdict| {
            verdict.rule.fails_connection() && verdict.rule != Rule::ForbiddenCloseCode
        });
        let place = ours.and_then(|verdict| verdict.packets.last().copied());
        prop_assert_eq!(place, failed.as_ref().map(|(packet, _)| *packet), "{:?} {:?}", ours, failed);
    }
}

fn limits() -> impl Strategy<Value = Limits> {
    (0..4u32).prop_map(|choice| {
        let size = [0, 16, 1 << 12, 1 << 20][choice as usize];
        Limits {
            frame: size,
            message: size / 2,
            conversation: 300_000,
            total: 300_000,
            inflated_message: 1 << (10 + 3 * choice),
            inflated_free: 1 << 14,
            inflated_ratio: 20,
            contents: choice != 0,
        }
    })
}

/// The same frame with a mask, or without.
fn remasked(bytes: &[u8], with: bool) -> Vec<u8> {
    let head = Head::read(bytes).unwrap();
    let mut payload = bytes[head.size()..].to_vec();
    if let Some(key) = head.key {
        mask(&mut payload, key, 0);
    }
    if with { masked(bytes[0], &payload, [1, 2, 3, 4]) } else { frame(bytes[0], &payload) }
}

/// A frame that may be right or wrong in every way.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        4 => prop::sample::select(vec![0x81u8, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8a, 0xc1, 0xc2, 0x41]),
        1 => any::<u8>(),
    ];
    let payload = prop_oneof![
        vec(any::<u8>(), 0..20),
        ".{0,40}".prop_map(String::into_bytes),
        prop::sample::select(vec![vec![0x03, 0xe8], vec![0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]]),
        vec(any::<u8>(), 120..140),
    ];
    (first, payload, any::<Option<[u8; 4]>>()).prop_map(|(first, payload, key)| match key {
        Some(key) => masked(first, &payload, key),
        None => frame(first, &payload),
    })
}

/// Of [`check_script`]: frames in packets that begin and end anywhere, some bytes of noise, holes, ends.
fn script() -> impl Strategy<Value = Vec<u8>> {
    let run =
        (any::<bool>(), vec(any_frame(), 1..6), vec(1..60usize, 1..8)).prop_map(|(server, frames, cuts)| {
            let bytes = frames.concat();
            let mut out = Vec::new();
            let (mut left, mut cuts) = (&bytes[..], cuts.iter().cycle());
            while !left.is_empty() {
                let (packet, rest) = left.split_at(left.len().min(*cuts.next().unwrap()));
                out.extend([u8::from(server), 0, packet.len() as u8]);
                out.extend_from_slice(packet);
                left = rest;
            }
            out
        });
    let odd = (any::<u8>(), 0..40u8).prop_map(|(what, len)| vec![what | 4, 0, len]);
    let piece = prop_oneof![8 => run, 1 => odd, 1 => vec(any::<u8>(), 0..12)];
    (any::<u8>(), vec(piece, 0..8)).prop_map(|(choice, pieces)| [vec![choice], pieces.concat()].concat())
}

#[test]
fn a_script_says_what_was_in_it() {
    let hello = masked(0x81, b"Hello", [1, 2, 3, 4]);
    let script = [&[0, 0, 0, 11][..], &hello, &[1, 0, 2, 0x81, 0x80]].concat();
    let checked = check_script(&script, Limits::default()).unwrap();
    assert_eq!((checked.frames, checked.messages, checked.verdicts, checked.lost), (1, 1, 0, 1));
}
