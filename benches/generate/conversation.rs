//! One conversation: who says what and when, and what goes wrong on the way.

use std::collections::VecDeque;
use std::io::{self, Write};

use super::frame::{ACK, FIN, Host, Outgoing, PSH, RST, SYN, Tcp, Transport, Writer};
use super::payload::{Kind, Message};
use super::random::Random;

const CLIENT: usize = 0;
const SERVER: usize = 1;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MILLISECOND;

/// How it goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plot {
    /// Nobody answers the SYN.
    Unanswered,
    /// The port is closed.
    Refused,
    /// HTTP, then WebSocket.
    WebSocket,
    /// HTTP, page after page.
    Pages,
}

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Begin,
    Ask,
    Talk,
    Close,
    Over,
}

/// A segment (or a DNS message) that will be seen at `time`.
#[derive(Clone, Copy)]
struct Planned {
    time: u64,
    from: usize,
    /// 0: DNS.
    flags: u8,
    seq: u32,
    ack: u32,
    sack: Option<(u32, u32)>,
    message: Message,
    part: (u16, u16),
}

/// A TCP conversation, its packets made one at a time.
pub(crate) struct Conversation {
    number: u64,
    random: Random,
    plot: Plot,
    act: Act,
    /// How many packets it was given, and how many of them are still to be planned.
    share: u64,
    left: i64,
    v6: bool,
    asks_a_name: bool,
    timestamps: bool,
    /// When the next act begins, in nanoseconds.
    clock: u64,
    round_trip: u64,
    /// By side: its next sequence number, what it has heard of the other, its last timestamp, its last IP identification.
    next: [u32; 2],
    heard: [u32; 2],
    stamp: [u32; 2],
    id: [u16; 2],
    planned: VecDeque<Planned>,
}

impl Conversation {
    /// The `number`th of all, from `clock` on, with about `share` packets.
    pub(crate) fn new(number: u64, clock: u64, share: u64, mut random: Random) -> Conversation {
        let (plot, share) = match random.between(1, 1000) {
            1..=20 => (Plot::Unanswered, 4),
            21..=40 => (Plot::Refused, 2),
            41..=140 => (Plot::Pages, share),
            _ => (Plot::WebSocket, share),
        };
        let mut conversation = Conversation {
            number,
            plot,
            act: Act::Begin,
            share,
            left: share as i64,
            v6: random.chance(100),
            asks_a_name: random.chance(100),
            timestamps: random.chance(850),
            clock,
            round_trip: u64::from(random.between(200, 40_000)) * 1_000,
            next: [random.word(), random.word()],
            heard: [0, 0],
            stamp: [0, 0],
            id: [random.word() as u16, random.word() as u16],
            planned: VecDeque::new(),
            random,
        };
        conversation.plan();
        conversation
    }

    /// How many packets it will have at least.
    pub(crate) fn share(&self) -> u64 {
        self.share
    }

    pub(crate) fn is_v6(&self) -> bool {
        self.v6
    }

    pub(crate) fn asked_a_name(&self) -> bool {
        self.asks_a_name
    }

    /// When its next packet comes.
    pub(crate) fn turn(&self) -> u64 {
        self.planned.front().map_or(u64::MAX, |planned| planned.time)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.planned.is_empty()
    }

    /// Writes its next packet, which is seen at `time`.
    pub(crate) fn write_next<W: Write>(&mut self, time: u64, writer: &mut Writer<W>) -> io::Result<()> {
        let Some(planned) = self.planned.pop_front() else { return Ok(()) };
        let (from, to) = (planned.from, 1 - planned.from);
        let transport = if planned.flags == 0 {
            Transport::Udp
        } else {
            let clocks = (self.timestamps && planned.flags & RST == 0).then(|| {
                self.stamp[from] =
                    (time / MILLISECOND) as u32 + (self.number as u32).wrapping_mul(7_919) + from as u32;
                (self.stamp[from], if planned.flags & ACK == 0 { 0 } else { self.stamp[to] })
            });
            Transport::Tcp(Tcp {
                flags: planned.flags,
                seq: planned.seq,
                ack: planned.ack,
                clocks,
                sack: planned.sack,
            })
        };
        self.id[from] = self.id[from].wrapping_add(1);
        let name_server = matches!(transport, Transport::Udp);
        let packet = Outgoing {
            from: self.host(from, name_server),
            to: self.host(to, name_server),
            v6: self.v6,
            id: self.id[from],
            transport,
            message: planned.message,
            part: planned.part,
        };
        writer.packet(time, &packet)?;
        if self.planned.is_empty() {
            self.plan();
        }
        Ok(())
    }

    /// No two conversations share addresses and ports: a client takes a new port for each.
    fn host(&self, side: usize, name_server: bool) -> Host {
        const CLIENTS: u64 = 4_000;
        let client = (self.number % CLIENTS) as u32;
        let port = 20_000 + (self.number / CLIENTS % 45_000) as u16;
        let mac = |kind: u8, number: u32| [2, kind, 0, 0, (number >> 8) as u8, number as u8];
        match (side, name_server) {
            (CLIENT, _) => Host { mac: mac(1, client), number: 0x01_0000 + client, port },
            (_, true) => Host { mac: mac(2, 53), number: 53, port: 53 },
            (_, false) => {
                let server = client % 40;
                let port = [80, 8080, 3000, 8000][(self.number % 4) as usize];
                Host { mac: mac(2, server), number: 100 + server, port }
            }
        }
    }

    /// Plans further packets, unless it is over.
    fn plan(&mut self) {
        while self.planned.is_empty() && self.act != Act::Over {
            match (self.act, self.plot) {
                (Act::Begin, Plot::Unanswered) => self.knock_in_vain(),
                (Act::Begin, Plot::Refused) => self.be_refused(),
                (Act::Begin, _) => self.begin(),
                (Act::Ask, Plot::WebSocket) => {
                    self.say(CLIENT, Kind::Upgrade);
                    self.say(SERVER, Kind::Switching);
                    self.act = Act::Talk;
                }
                (Act::Ask, _) => self.act = Act::Talk,
                (Act::Talk, _) if self.left <= 5 => self.act = Act::Close,
                (Act::Talk, Plot::Pages) => {
                    let len = self.random.between(300, 9_000) as u16;
                    self.say(CLIENT, Kind::Get);
                    self.say(SERVER, Kind::Page(len));
                    self.wait(3 * SECOND);
                }
                (Act::Talk, _) => self.talk(),
                (Act::Close, _) => self.close(),
                (Act::Over, _) => {}
            }
        }
    }

    fn wait(&mut self, mean: u64) {
        self.clock += self.random.around(mean);
    }

    fn bare(&self, from: usize, flags: u8) -> Planned {
        let ack = if flags & ACK == 0 { 0 } else { self.heard[from] };
        let (seq, message) = (self.next[from], Message::NOTHING);
        Planned { time: self.clock, from, flags, seq, ack, sack: None, message, part: (0, 0) }
    }

    fn push(&mut self, planned: Planned) {
        self.left -= 1;
        self.planned.push_back(planned);
    }

    fn ask_a_name(&mut self) {
        if !self.asks_a_name {
            return;
        }
        let salt = self.random.word();
        for (from, kind) in [(CLIENT, Kind::Question), (SERVER, Kind::Answer)] {
            let message = Message { kind, salt };
            self.push(Planned { message, part: (0, len_of(message)), ..self.bare(from, 0) });
            self.wait(2 * MILLISECOND);
        }
    }

    fn knock_in_vain(&mut self) {
        self.ask_a_name();
        for seconds in [1, 2, 4, 0] {
            self.push(self.bare(CLIENT, SYN));
            self.clock += seconds * SECOND;
        }
        self.act = Act::Over;
    }

    fn be_refused(&mut self) {
        self.ask_a_name();
        self.push(self.bare(CLIENT, SYN));
        self.clock += self.round_trip;
        self.heard[SERVER] = self.next[CLIENT].wrapping_add(1);
        self.push(Planned { seq: 0, ..self.bare(SERVER, RST | ACK) });
        self.act = Act::Over;
    }

    /// The handshake; a few conversations had begun before the capture did.
    fn begin(&mut self) {
        self.act = Act::Ask;
        if self.random.chance(10) {
            self.heard = [self.next[SERVER], self.next[CLIENT]];
            return;
        }
        self.ask_a_name();
        if self.random.chance(8) {
            self.push(self.bare(CLIENT, SYN));
            self.clock += SECOND;
        }
        self.push(self.bare(CLIENT, SYN));
        self.next[CLIENT] = self.next[CLIENT].wrapping_add(1);
        self.heard[SERVER] = self.next[CLIENT];
        self.clock += self.round_trip / 2;
        self.push(self.bare(SERVER, SYN | ACK));
        self.next[SERVER] = self.next[SERVER].wrapping_add(1);
        self.heard[CLIENT] = self.next[SERVER];
        self.clock += self.round_trip / 2;
        self.push(self.bare(CLIENT, ACK));
        self.clock += 50_000;
    }

    /// Somebody says something, and mostly the other answers.
    fn talk(&mut self) {
        let from = if self.random.chance(500) { CLIENT } else { SERVER };
        let masked = from == CLIENT;
        if self.random.chance(50) {
            self.say(CLIENT, Kind::Ping { masked: true });
            self.say(SERVER, Kind::Ping { masked: false });
        } else {
            let len = match self.random.between(1, 100) {
                1..=75 => self.random.between(8, 125),
                76..=92 => self.random.between(126, 1_200),
                _ => self.random.between(1_201, 7_000),
            } as u16;
            self.say(from, Kind::Text { masked, len });
            if self.random.chance(300) {
                let len = self.random.between(8, 300) as u16;
                self.say(1 - from, Kind::Text { masked: !masked, len });
            }
        }
        self.wait(2 * SECOND);
    }

    /// One message, in as many segments as it needs, with what the other confirms.
    fn say(&mut self, from: usize, kind: Kind) {
        let to = 1 - from;
        let message = Message { kind, salt: self.random.word() };
        let begin = self.next[from];
        let all = len_of(message);
        let most = if self.v6 { 1_428 } else { 1_448 };
        let parts: Vec<(u16, u16)> =
            (0..all).step_by(most.into()).map(|at| (at, all.min(at.saturating_add(most)))).collect();
        let several = parts.len() > 1;
        let lost = several && self.random.chance(60);
        let overtaken = several && !lost && self.random.chance(60);
        let again = !lost && !overtaken && self.random.chance(12);
        let segment = |this: &Self, part: (u16, u16)| Planned {
            seq: begin.wrapping_add(part.0.into()),
            message,
            part,
            ..this.bare(from, if part.1 == all { PSH | ACK } else { ACK })
        };
        for (index, part) in parts.iter().enumerate() {
            self.clock += u64::from(self.random.between(2_000, 60_000));
            let planned = segment(self, *part);
            self.next[from] = begin.wrapping_add(part.1.into());
            if lost && index == 0 {
                // It went missing before it came past here.
                continue;
            }
            self.push(planned);
            if overtaken && index == 1 {
                let last = self.planned.len() - 1;
                self.planned.swap(last - 1, last);
                let early = self.planned[last - 1].time;
                self.planned[last - 1].time = self.planned[last].time;
                self.planned[last].time = early.max(self.planned[last - 1].time);
            }
            if lost {
                self.clock += 20_000;
                let missing = begin.wrapping_add(most.into());
                let sack = Some((missing, self.next[from]));
                self.push(Planned { sack, ..self.bare(to, ACK) });
            } else if index % 2 == 1 && part.1 < all {
                self.heard[to] = self.next[from];
                self.push(Planned { time: self.clock + 1_000, ..self.bare(to, ACK) });
            }
        }
        if let (true, Some(part)) = (lost, parts.first()) {
            self.clock += self.round_trip;
            self.push(segment(self, *part));
        }
        if let (true, Some(part)) = (again, parts.last()) {
            self.clock += 200 * MILLISECOND + self.round_trip;
            self.push(segment(self, *part));
        }
        self.heard[to] = self.next[from];
        self.clock += u64::from(self.random.between(1, 1000)) * self.round_trip / 1000 + 5_000;
        // The answer confirms as well; often it is quick enough.
        if lost || again || self.random.chance(650) {
            self.push(self.bare(to, ACK));
            self.clock += 10_000;
        }
    }

    fn close(&mut self) {
        self.act = Act::Over;
        let first = if self.random.chance(700) { CLIENT } else { SERVER };
        match self.random.between(1, 100) {
            // Left open.
            1..=3 => {
                self.push(self.bare(CLIENT, ACK));
                return;
            }
            4..=12 => return self.push(self.bare(first, RST | ACK)),
            _ => {}
        }
        if self.plot == Plot::WebSocket {
            for from in [first, 1 - first] {
                self.say(from, Kind::Close { masked: from == CLIENT });
            }
        }
        for from in [first, 1 - first] {
            self.push(self.bare(from, FIN | ACK));
            self.next[from] = self.next[from].wrapping_add(1);
            self.heard[1 - from] = self.next[from];
            self.clock += self.round_trip / 2;
        }
        self.push(self.bare(first, ACK));
    }
}

fn len_of(message: Message) -> u16 {
    let mut bytes = Vec::new();
    message.write(&mut bytes);
    bytes.len() as u16
}
