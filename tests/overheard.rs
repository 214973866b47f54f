//! WebSocket messages are counted the same whether all that is said is read or only as much as that takes.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "util/recorded.rs"]
mod recorded;
#[path = "util/segment.rs"]
mod segment;

use std::collections::HashMap;

use netlab::dissect::Packet;
use netlab::flow::talk::{MessageCounter, Messages};
use netlab::flow::{Fragments, Listener, Minutes, Overheard, Rows, Share, Tracker};
use netlab::frame::{Frame, LinkType, Time};
use proptest::prelude::*;
use recorded::{captures, each_frame};
use segment::{Segment, TCP_SUM};

/// Both counts of a capture, as it goes in.
struct Both {
    fragments: Fragments,
    tracker: Tracker,
    all: MessageCounter,
    listener: Listener,
    minutes: Minutes,
    /// So many packets are counted at once.
    batch: usize,
}

impl Both {
    fn new(batch: usize) -> Both {
        Both {
            fragments: Fragments::new(),
            tracker: Tracker::new(),
            all: MessageCounter::new(),
            listener: Listener::new(),
            minutes: Minutes::default(),
            batch,
        }
    }

    fn take(&mut self, frame: Frame<'_>) {
        let packet = self.fragments.complete(Packet::new(frame));
        let segment = self.tracker.push(&packet);
        self.all.push(&packet, segment.as_ref());
        if let Some(one) = Overheard::of_plain(&frame).or_else(|| Overheard::of(&packet)) {
            self.minutes.push(&one);
        }
        if self.minutes.len().0 >= self.batch {
            self.listener.count_all(&self.minutes);
            self.minutes.clear();
        }
    }

    /// What was counted with all read, and with as little as needed.
    fn counts(mut self) -> (HashMap<u32, Messages>, HashMap<u32, Messages>) {
        self.listener.count_all(&self.minutes);
        // A row's number counts those that only an ICMP error quotes as well.
        let rows = Rows::merged(vec![Share::from(self.listener)]);
        let little = rows.iter().filter_map(|row| Some((row.stream, row.messages?))).collect();
        (self.all.finish(), little)
    }
}

#[test]
fn captures_have_the_same_messages() {
    let (mut sockets, mut messages) = (0, 0);
    for path in captures() {
        let mut both = Both::new(100);
        each_frame(&path, |frame| both.take(frame));
        let (all, little) = both.counts();
        assert_eq!(all, little, "{}", path.display());
        sockets += all.len();
        messages += all.values().map(|counted| counted.from_client + counted.from_server).sum::<u64>();
    }
    assert!(sockets >= 20 && messages >= 60, "{sockets} WebSockets, {messages} messages");
}

/// A side's words that are said in one go.
type Turn = (bool, Vec<u8>);

/// A segment of a made-up conversation, numbers from the beginning of each direction.
#[derive(Clone, Debug)]
struct Piece {
    client: bool,
    flags: u8,
    seq: u32,
    ack: u32,
    data: Vec<u8>,
    window: u16,
    damaged: bool,
    /// So many bytes at its end were not kept.
    cut: usize,
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

fn frames(client: bool) -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![8 => prop::sample::select(vec![0x81_u8, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a, 0x88]),
        1 => any::<u8>()];
    let len = prop_oneof![6 => 0_u64..40, 3 => 100_u64..400, 1 => Just(3000), 1 => Just(126)];
    let odd = prop_oneof![60 => Just(0_u8), 1 => Just(1), 1 => Just(2), 1 => Just(3)];
    let one = (first, len, odd).prop_map(move |(first, len, odd)| {
        let mask = if client != (odd == 1) { 0x80 } else { 0 };
        let mut bytes = vec![first];
        match len {
            _ if odd == 2 => bytes.extend([&[mask | 127][..], &len.to_be_bytes()].concat()),
            _ if odd == 3 => bytes.extend([&[mask | 127][..], &(1_u64 << 63 | len).to_be_bytes()].concat()),
            0..126 => bytes.push(mask | len as u8),
            _ => bytes.extend([&[mask | 126][..], &(len as u16).to_be_bytes()].concat()),
        }
        if mask != 0 {
            bytes.extend([7, 1, 200, 9]);
        }
        bytes.extend(std::iter::repeat_n(0x81, len as usize));
        bytes
    });
    prop::collection::vec(one, 1..4).prop_map(|frames| frames.concat())
}

/// An exchange of HTTP.
fn exchange() -> impl Strategy<Value = Vec<Turn>> {
    let request = prop::sample::select(vec![
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        "GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        "HEAD / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\n\n",
        "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
        "GET / HTTP/1.1\r\n Folded: y\r\n\r\n",
        "GET / HTTP/1.1\r\nSec-WebSocket-Key: x\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "CONNECT x:1 HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x00\x05hello",
        "hello\r\n",
        "GET /",
    ]);
    let answer = prop::sample::select(vec![
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello",
        "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello",
        "\x16\x03\x03\x00\x05hello",
        "hello\r\n",
    ]);
    let usual = (
        Just("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Just("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    );
    prop_oneof![2 => usual.boxed(), 1 => (request, answer).boxed()]
        .prop_map(|(request, answer)| vec![(true, request.into()), (false, answer.into())])
}

/// The opening handshake; sometimes what the server says goes on in the same go.
fn opening() -> impl Strategy<Value = Vec<Turn>> {
    let request = prop_oneof![
        6 => Just("GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"),
        1 => Just("GET / HTTP/1.1\r\nUpgrade: WebSocket, x\r\n\r\n"),
        1 => Just("GET / HTTP/1.1\r\nUpgrade:websocket\r\nContent-Length: 2\r\n\r\nxy"),
    ];
    let answer = prop_oneof![
        6 => Just("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
        1 => Just("HTTP/1.1 101 x\r\nupgrade:\twebSocket \r\n\r\n"),
        1 => Just("HTTP/1.1 101 x\r\n\r\n"),
        1 => Just("HTTP/1.1 426 No\r\nContent-Length: 0\r\n\r\n"),
    ];
    let more = prop_oneof![2 => Just(Vec::new()), 1 => frames(false)];
    (request, answer, more).prop_map(|(request, answer, more)| {
        vec![(true, request.as_bytes().to_vec()), (false, [answer.as_bytes(), &more].concat())]
    })
}

/// What both sides say, in turns.
fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let exchanges = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(exchange(), 1..4)];
    let talk = prop::collection::vec(
        prop_oneof![frames(true).prop_map(|said| (true, said)), frames(false).prop_map(|said| (false, said))],
        0..9,
    );
    (exchanges, opening(), talk)
        .prop_map(|(exchanges, opening, talk)| [exchanges.concat(), opening, talk].concat())
}

/// What goes wrong on the way: at which segment, what, and how much.
type Mishap = (prop::sample::Index, u8, u16);

/// The segments of a conversation. `lens`: how long they are at most, one after the other.
fn pieces(turns: &[Turn], lens: &[usize], begins: u8, ends: bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut next = [1_u32, 1];
    let usual = Piece {
        client: true,
        flags: ACK,
        seq: 0,
        ack: 0,
        data: vec![],
        window: 60_000,
        damaged: false,
        cut: 0,
    };
    if begins > 0 {
        pieces.push(Piece { flags: SYN, ..usual.clone() });
        pieces.push(Piece { client: false, flags: SYN | ACK, ack: 1, ..usual.clone() });
        pieces.push(Piece { seq: 1, ack: 1, ..usual.clone() });
        pieces.truncate(begins.into());
    }
    let mut lens = lens.iter().cycle();
    for (client, said) in turns {
        let (own, other) = if *client { (0, 1) } else { (1, 0) };
        let mut rest = said.as_slice();
        while !rest.is_empty() {
            let (part, after) = rest.split_at((*lens.next().unwrap()).min(rest.len()));
            let (seq, ack) = (next[own], next[other]);
            pieces.push(Piece { client: *client, seq, ack, data: part.to_vec(), ..usual.clone() });
            next[own] += part.len() as u32;
            rest = after;
        }
        pieces.push(Piece { client: !*client, seq: next[other], ack: next[own], ..usual.clone() });
    }
    for client in [true, false].into_iter().filter(|_| ends) {
        let (own, other) = if client { (0, 1) } else { (1, 0) };
        pieces.push(Piece { client, flags: ACK | FIN, seq: next[own], ack: next[other], ..usual.clone() });
        next[own] += 1;
    }
    pieces
}

fn happen(pieces: &mut Vec<Piece>, mishaps: &[Mishap]) {
    for (at, what, how_much) in mishaps.iter().filter(|_| !pieces.is_empty()).cloned().collect::<Vec<_>>() {
        let at = at.index(pieces.len());
        let some = usize::from(how_much);
        let mut other = pieces[at].clone();
        match what {
            0 => drop(pieces.remove(at)),
            // Sent again, now or later.
            1 => pieces.insert((at + 1 + some % 5).min(pieces.len()), other),
            2 => {
                let with = (at + 1 + some % 3).min(pieces.len() - 1);
                pieces.swap(at, with);
            }
            3 => pieces[at].damaged = true,
            4 => pieces[at].cut = some % (pieces[at].data.len() + 1),
            // Together with the next one.
            5 => {
                if let Some(next) = pieces.get(at + 1).filter(|next| next.client == other.client) {
                    other.data.extend(&next.data);
                    pieces[at] = other;
                }
            }
            6 => pieces[at].window = 0,
            // Asks for a sign of life.
            7 => {
                other.seq = other.seq.wrapping_sub(1);
                other.data.truncate(some % 2);
                pieces.insert(at, other);
            }
            // Other bytes in the same place.
            8 => {
                other.data.iter_mut().for_each(|byte| *byte ^= 0x40);
                pieces.insert((at + some % 2).min(pieces.len()), other);
            }
            9 => pieces[at].ack = pieces[at].ack.wrapping_add(u32::from(how_much)),
            10 => pieces[at].flags |= FIN,
            11 => {
                let (seq, client) = (other.seq.wrapping_add(other.data.len() as u32), other.client);
                pieces.truncate(at + 1);
                pieces.push(Piece { flags: RST | ACK, seq, client, data: vec![], ..other });
            }
            12 => pieces[at].flags &= !ACK,
            13 => {
                // One byte, to see whether there is room.
                other.data.truncate(1);
                pieces.insert(at, other);
            }
            // A second answer, with another number.
            14 => pieces.insert(
                at,
                Piece {
                    flags: SYN | ACK,
                    client: false,
                    seq: 77 + u32::from(how_much),
                    ack: 1,
                    data: vec![],
                    ..other
                },
            ),
            // Broken off, and it goes on all the same; or somebody has guessed a number, and nobody minds: what is certain of that takes
            // both ends' states, which nobody follows who only listens.
            15 | 16 if at > 3 && mishaps.len() == 1 && pieces[0].flags == SYN => {
                let seq =
                    if what == 15 { other.seq } else { other.seq.wrapping_sub(1 + u32::from(how_much)) };
                pieces.insert(at, Piece { flags: RST | ACK, seq, data: vec![], ..other });
            }
            _ => pieces[at].seq = pieces[at].seq.wrapping_add(u32::from(how_much % 7)),
        }
    }
}

fn play(pieces: &[Piece], isn: (u32, u32), mut take: impl FnMut(Frame<'_>)) {
    for (number, piece) in (1..).zip(pieces) {
        let (own, other) = if piece.client { isn } else { (isn.1, isn.0) };
        let (one, peer) = (([10, 0, 0, 1], 40_000), ([10, 0, 0, 2], 80));
        let (from, to) = if piece.client { (one, peer) } else { (peer, one) };
        let mut segment = Segment::new(from, to, own.wrapping_add(piece.seq))
            .macs([2; 6], [4; 6])
            .window(piece.window)
            .data(&piece.data);
        let ack = other.wrapping_add(piece.ack);
        for (flag, letter) in [(ACK, "A"), (FIN, "F"), (SYN, "S"), (RST, "R")] {
            if piece.flags & flag != 0 {
                segment = segment.flags(letter, ack);
            }
        }
        if piece.damaged {
            segment = segment.spoilt(TCP_SUM);
        }
        let mut bytes = segment.frame();
        let original_len = bytes.len() as u32;
        bytes.truncate(bytes.len() - piece.cut.min(piece.data.len()));
        let time = Some(Time(1_700_000_000_000_000_000 + number as i128 * 1_000_000));
        let link = LinkType::Ethernet;
        take(Frame { number, time, link, interface: None, bytes: &bytes, original_len });
    }
}

fn same(pieces: &[Piece], isn: (u32, u32), batch: usize) -> Result<(), TestCaseError> {
    let mut both = Both::new(batch);
    play(pieces, isn, |frame| both.take(frame));
    let (all, little) = both.counts();
    prop_assert_eq!(all, little);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn made_up_conversations_have_the_same_messages(
        turns in turns(),
        lens in prop_oneof![3 => Just(vec![1448_usize]), 1 => prop::collection::vec(1_usize..60, 1..5),
            1 => prop::collection::vec(1_usize..1448, 1..5)],
        begins in prop_oneof![8 => Just(3_u8), 1 => 0_u8..3],
        ends in any::<bool>(),
        mishaps in prop_oneof![
            2 => Just(Vec::new()),
            3 => prop::collection::vec((any::<prop::sample::Index>(), 0_u8..18, any::<u16>()), 1..2),
            1 => prop::collection::vec((any::<prop::sample::Index>(), 0_u8..18, any::<u16>()), 2..7),
        ],
        isn in prop_oneof![3 => Just((1000_u32, 5000_u32)), 1 => any::<(u32, u32)>(), 1 => Just((u32::MAX - 300, u32::MAX - 5))],
        batch in 1_usize..40,
    ) {
        let mut pieces = pieces(&turns, &lens, begins, ends);
        happen(&mut pieces, &mishaps);
        same(&pieces, isn, batch)?;
    }
}
