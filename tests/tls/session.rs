//! A session: what both sides said, in the order in which it crossed the wire, and its keys; and what netlab tells of it.

use std::path::{Path, PathBuf};

use netlab::dissect::Buffer;
use netlab::event::Host;
use netlab::flow::stream::{Chunk, Ending, Given, Hole, HoleKind, Side};
use netlab::flow::tls::{
    Agreed, Alert, Body, ClientHello, Conversation, EncryptedExtensions, End, Epoch, Event, Gap, KeyLog,
    Limits, Missing, Opened, Reading, Record, ServerHello, Unread,
};

/// What one side said at a time.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Bytes(Host, Vec<u8>),
    Hole(Host, usize),
    End(Host),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) keys: Vec<u8>,
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

pub(crate) fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/tls/recorded/{name}.txt"))
}

impl Session {
    /// One that was recorded: lines of a keylog, and of each piece `client` or `server` with its bytes, or `end-client`.
    pub(crate) fn load(name: &str) -> Session {
        let text = std::fs::read_to_string(recorded(name)).unwrap();
        let mut session = Session::default();
        for line in text.lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "client" => session.pieces.push(Piece::Bytes(Host::Client, unhex(rest))),
                "server" => session.pieces.push(Piece::Bytes(Host::Server, unhex(rest))),
                "end-client" => session.pieces.push(Piece::End(Host::Client)),
                "end-server" => session.pieces.push(Piece::End(Host::Server)),
                _ => session.keys.extend(format!("{line}\n").bytes()),
            }
        }
        session
    }

    pub(crate) fn keylog(&self) -> KeyLog {
        let mut keys = KeyLog::new();
        keys.add(&self.keys).unwrap();
        assert_eq!(keys.bad_count(), 0, "{:?}", keys.bad_lines());
        keys
    }

    /// The same with every piece cut into pieces of so many bytes.
    pub(crate) fn cut(&self, size: usize) -> Session {
        let cut = |piece: &Piece| match piece {
            Piece::Bytes(host, bytes) => {
                bytes.chunks(size).map(|part| Piece::Bytes(*host, part.to_vec())).collect()
            }
            other => vec![other.clone()],
        };
        Session { pieces: self.pieces.iter().flat_map(cut).collect(), keys: self.keys.clone() }
    }

    /// The same with each of these: a piece and a place in it, and what happens there. A byte gets this value (0), what follows is
    /// lost (1), what stands before is lost (2), the whole piece is (3).
    pub(crate) fn damaged(mut self, damages: &[(u16, u8, u8)]) -> Session {
        for (place, value, kind) in damages {
            let at = usize::from(*place) % self.pieces.len();
            let Piece::Bytes(host, bytes) = &mut self.pieces[at] else { continue };
            let len = bytes.len();
            let inside = (usize::from(*place) >> 4) % len;
            match kind {
                0 => bytes[inside] = *value,
                1 => bytes.truncate(1 + inside),
                2 => drop(bytes.drain(..inside)),
                _ => self.pieces[at] = Piece::Hole(*host, len),
            }
        }
        self
    }

    /// What one side said, as one.
    pub(crate) fn stream(&self, from: Host) -> Vec<u8> {
        let of = |piece: &Piece| match piece {
            Piece::Bytes(host, bytes) if *host == from => bytes.clone(),
            _ => Vec::new(),
        };
        self.pieces.iter().flat_map(of).collect()
    }

    pub(crate) fn told(&self) -> Told {
        self.told_with(&self.keylog(), Limits::default())
    }

    /// Every piece is a frame, counted from 1.
    pub(crate) fn told_with(&self, keys: &KeyLog, limits: Limits) -> Told {
        let mut told = Told::default();
        self.each(keys, limits, &mut |event| told.take(&event));
        told
    }

    pub(crate) fn each(&self, keys: &KeyLog, limits: Limits, sink: &mut dyn FnMut(Event<'_>)) {
        let (mut conversation, mut at) = (Conversation::new(limits), [0, 0]);
        for (piece, frame) in self.pieces.iter().zip(1..) {
            let host = match piece {
                Piece::Bytes(host, _) | Piece::Hole(host, _) | Piece::End(host) => *host,
            };
            let (side, offset) = (Side { stream: 5, from: host }, &mut at[host as usize]);
            let given = match piece {
                Piece::Bytes(_, bytes) => {
                    let place = *offset;
                    *offset += bytes.len() as u64;
                    Given::Bytes(Chunk { side, offset: place, bytes, frame, buffer: Buffer::Frame, at: 0 })
                }
                Piece::Hole(_, len) => {
                    let (place, len, kind) = (*offset, *len as u64, HoleKind::NotCaptured);
                    *offset += len;
                    Given::Hole(Hole { side, offset: place, len, kind, after: None, before: None })
                }
                Piece::End(_) => Given::End(Ending { side, offset: *offset, frame, reset: false }),
            };
            conversation.push(&given, keys, sink);
            let kept = conversation.kept();
            assert!(kept <= limits.memory(), "{kept} bytes are held, {} allowed", limits.memory());
        }
        conversation.finish(5, keys, sink);
    }
}

/// What was told, owned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) records: Vec<(Record, Reading)>,
    /// Who, by which keys, what.
    pub(crate) messages: Vec<(Host, Option<Epoch>, String)>,
    /// Of each message its type.
    pub(crate) kinds: Vec<u8>,
    pub(crate) client_hellos: Vec<ClientHello>,
    pub(crate) server_hellos: Vec<ServerHello>,
    pub(crate) encrypted_extensions: Vec<EncryptedExtensions>,
    pub(crate) agreed: Vec<Agreed>,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) said: [Vec<u8>; 2],
    /// Of each piece of what was said: its record.
    pub(crate) stood: Vec<Record>,
    pub(crate) missing: Vec<Missing>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) ends: Vec<End>,
    pub(crate) not_tls: Vec<Side>,
    /// All of it, but for the frames, which depend on the cutting.
    pub(crate) log: Vec<String>,
}

fn without_frames(text: &str) -> String {
    let mut parts = text.split("frame: ");
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        out.push_str("frame");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    out.replace("before: ", "").to_owned()
}

impl Told {
    fn take(&mut self, event: &Event<'_>) {
        if !matches!(event, Event::End(_) | Event::Missing(_)) {
            self.log.push(without_frames(&format!("{event:?}")));
        }
        match event {
            Event::NotTls(not) => self.not_tls.push(not.side),
            Event::Record(record, reading) => self.records.push((*record, *reading)),
            Event::Message(message) => {
                self.messages.push((message.side.from, message.epoch, message.kind.to_string()));
                self.kinds.push(message.kind.0);
                assert!(message.first_frame <= message.last_frame);
                match message.body {
                    Body::ClientHello(hello) => self.client_hellos.push(hello.clone()),
                    Body::ServerHello(hello) => self.server_hellos.push(hello.clone()),
                    Body::EncryptedExtensions(told) => self.encrypted_extensions.push(told.clone()),
                    Body::KeyUpdate { .. } | Body::Other(_) | Body::TooLong => {}
                }
            }
            Event::Agreed(agreed) => self.agreed.push(*agreed),
            Event::Alert(alert) => self.alerts.push(*alert),
            Event::Data(data) => {
                let said = &mut self.said[data.record.side.from as usize];
                let missing = self.missing.iter().filter(|missing| missing.side == data.record.side);
                let before = said.len() as u64 + missing.map(|missing| missing.at_most).sum::<u64>();
                assert_eq!(data.offset, before, "what was said has its place");
                let Some(Given::Bytes(chunk)) = event.given() else { panic!("data is given on") };
                assert_eq!(
                    (chunk.bytes, chunk.offset, chunk.frame),
                    (data.bytes, data.offset, data.record.last_frame)
                );
                said.extend(data.bytes);
                self.stood.push(data.record);
            }
            Event::Missing(missing) => self.missing.push(*missing),
            Event::Gap(gap) => self.gaps.push(*gap),
            Event::End(end) => self.ends.push(*end),
        }
    }

    pub(crate) fn of(&self, host: Host) -> &[u8] {
        &self.said[host as usize]
    }

    pub(crate) fn text(&self, host: Host) -> String {
        String::from_utf8_lossy(self.of(host)).into_owned()
    }

    pub(crate) fn unread(&self, from: Host) -> Vec<Unread> {
        let why = |(record, reading): &(Record, Reading)| match reading {
            Reading::Unread(why) if record.side.from == from => Some(*why),
            _ => None,
        };
        self.records.iter().filter_map(why).collect()
    }

    pub(crate) fn opened(&self, from: Host) -> Vec<Opened> {
        let opened = |(record, reading): &(Record, Reading)| match reading {
            Reading::Opened(opened) if record.side.from == from => Some(*opened),
            _ => None,
        };
        self.records.iter().filter_map(opened).collect()
    }

    /// The names of a side's messages, those in the open behind a `-`.
    pub(crate) fn names(&self, from: Host) -> Vec<String> {
        let of = self.messages.iter().filter(|(host, ..)| *host == from);
        of.map(|(_, epoch, name)| if epoch.is_some() { name.clone() } else { format!("-{name}") }).collect()
    }
}
