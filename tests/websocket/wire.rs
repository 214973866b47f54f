//! A connection to write frames on, and what came of them in a form that can be compared.

use netlab::dissect::Buffer;
use netlab::event::Host;
use netlab::flow::stream::{Chunk, Ending, Hole, HoleKind, Side};
use netlab::flow::websocket::{
    Answer, Closing, Conversation, Deflate, Event, Frame, Limits, Lost, MessageEnd, MessageKind, Negotiated,
    Role, Shared, Unreadable, Utf8Verdict, Verdict, mask,
};

/// The masking keys of the tests: another one for each frame.
fn key(number: usize) -> [u8; 4] {
    (0x37fa_213d_u32.wrapping_mul(number as u32 + 1)).to_be_bytes()
}

/// A frame as bytes, without a mask: `first` is FIN, RSV and opcode.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = match payload.len() {
        length @ 0..=125 => vec![length as u8],
        length @ 126..=0xffff => [&[126][..], &(length as u16).to_be_bytes()].concat(),
        length => [&[127][..], &(length as u64).to_be_bytes()].concat(),
    };
    [&[first], &length[..], payload].concat()
}

/// The same with this mask.
pub(crate) fn masked(first: u8, payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    let mut bytes = frame(first, payload);
    let start = bytes.len() - payload.len();
    bytes[1] |= 0x80;
    mask(&mut bytes[start..], key, 0);
    bytes.splice(start..start, key);
    bytes
}

/// A message as it came out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    pub(crate) from: Host,
    pub(crate) kind: MessageKind,
    pub(crate) content: Vec<u8>,
    pub(crate) len: Option<u64>,
    pub(crate) wire_len: u64,
    pub(crate) frames: u64,
    pub(crate) unreadable: Option<Unreadable>,
    pub(crate) utf8: Utf8Verdict,
    pub(crate) end: MessageEnd,
}

impl Said {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.content).unwrap()
    }
}

/// A frame as it came out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) from: Host,
    pub(crate) opcode: u8,
    pub(crate) fin: bool,
    pub(crate) payload: Vec<u8>,
    pub(crate) length: u64,
    pub(crate) missing: u64,
    pub(crate) packets: (u64, u64, u64),
    pub(crate) answer: Option<Answer>,
}

fn seen(frame: &Frame<'_>) -> Seen {
    let answer = match frame.role {
        Role::Pong(answer) => Some(answer),
        _ => None,
    };
    Seen {
        from: frame.from,
        opcode: frame.head.opcode.number(),
        fin: frame.head.fin,
        payload: frame.payload.to_vec(),
        length: frame.head.length,
        missing: frame.missing,
        packets: (frame.carried.first, frame.carried.last, frame.carried.packets),
        answer,
    }
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Out {
    pub(crate) frames: Vec<Seen>,
    pub(crate) unfinished: Vec<Seen>,
    pub(crate) messages: Vec<Said>,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) lost: Vec<Lost>,
    pub(crate) closing: Option<Closing>,
}

impl Out {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Frame(frame) => self.frames.push(seen(&frame)),
            Event::Unfinished(frame) => self.unfinished.push(seen(&frame)),
            Event::Message(message) => self.messages.push(Said {
                from: message.from,
                kind: message.kind,
                content: message.content.to_vec(),
                len: message.len,
                wire_len: message.wire_len,
                frames: message.frames,
                unreadable: message.unreadable,
                utf8: message.utf8,
                end: message.end,
            }),
            Event::Verdict(verdict) => self.verdicts.push(verdict),
            Event::Lost(lost) => self.lost.push(lost),
            Event::Closed(closing) => {
                assert_eq!(self.closing, None, "told once");
                self.closing = Some(closing);
            }
        }
    }

    /// The rules broken, by name, with who did it.
    pub(crate) fn rules(&self) -> Vec<String> {
        self.verdicts.iter().map(|verdict| format!("{} {}", verdict.by, verdict.rule.name())).collect()
    }

    pub(crate) fn texts(&self) -> Vec<&str> {
        self.messages.iter().map(Said::text).collect()
    }
}

/// Two peers and the wire between them. Every piece of bytes goes in a packet of its own, from number 1.
pub(crate) struct Wire {
    conversation: Conversation,
    pub(crate) shared: Shared,
    /// Bytes are handed on in pieces of at most this size.
    piece: usize,
    offsets: [u64; 2],
    pub(crate) packet: u64,
    keys: usize,
    pub(crate) out: Out,
    pub(crate) most_held: usize,
}

impl Wire {
    pub(crate) fn new() -> Wire {
        Wire::with(None, Limits::default())
    }

    pub(crate) fn with(deflate: Option<Deflate>, limits: Limits) -> Wire {
        let negotiated = Negotiated { deflate, subprotocol: None };
        Wire {
            conversation: Conversation::new(&negotiated),
            shared: Shared::with_limits(limits),
            piece: usize::MAX,
            offsets: [0; 2],
            packet: 0,
            keys: 0,
            out: Out::default(),
            most_held: 0,
        }
    }

    pub(crate) fn in_pieces_of(mut self, piece: usize) -> Wire {
        self.piece = piece;
        self
    }

    /// The server's answer is complete with this packet.
    pub(crate) fn answered(&mut self, packet: u64) -> &mut Wire {
        self.conversation.answered(packet);
        self
    }

    /// Bytes of a side as they are, in one packet.
    pub(crate) fn bytes(&mut self, from: Host, bytes: &[u8]) -> &mut Wire {
        self.packet += 1;
        let Wire { conversation, shared, piece, offsets, packet, out, .. } = self;
        let offset = &mut offsets[from as usize];
        for (number, bytes) in bytes.chunks(*piece).enumerate() {
            let at = if number == 0 { 0 } else { number * *piece };
            let side = Side { stream: 0, from };
            let buffer = Buffer::Frame;
            let chunk = Chunk { side, offset: *offset, bytes, frame: *packet, buffer, at: 54 + at };
            conversation.bytes(&chunk, shared, &mut |event| out.take(event));
            *offset += bytes.len() as u64;
            self.most_held = self.most_held.max(shared.held());
        }
        self
    }

    /// A frame of a side, masked as it must be.
    pub(crate) fn send(&mut self, from: Host, first: u8, payload: &[u8]) -> &mut Wire {
        let bytes = self.encode(from, first, payload);
        self.bytes(from, &bytes)
    }

    pub(crate) fn encode(&mut self, from: Host, first: u8, payload: &[u8]) -> Vec<u8> {
        self.keys += 1;
        match from {
            Host::Client => masked(first, payload, key(self.keys)),
            Host::Server => frame(first, payload),
        }
    }

    pub(crate) fn hole(&mut self, from: Host, len: u64) -> &mut Wire {
        let Wire { conversation, shared, offsets, out, .. } = self;
        let (side, offset) = (Side { stream: 0, from }, &mut offsets[from as usize]);
        let hole =
            Hole { side, offset: *offset, len, kind: HoleKind::NotCaptured, after: None, before: None };
        conversation.hole(&hole, shared, &mut |event| out.take(event));
        *offset += len;
        self
    }

    fn ending(&mut self, from: Host, reset: bool) {
        let Wire { conversation, shared, offsets, packet, out, .. } = self;
        let (side, offset) = (Side { stream: 0, from }, offsets[from as usize]);
        let ending = Ending { side, offset, frame: *packet, reset };
        conversation.end(&ending, shared, &mut |event| out.take(event));
    }

    pub(crate) fn fin(&mut self, from: Host) -> &mut Wire {
        self.packet += 1;
        self.ending(from, false);
        self
    }

    /// An RST: both sides end, first the one that gets it.
    pub(crate) fn rst(&mut self, from: Host) -> &mut Wire {
        self.packet += 1;
        self.ending(from.other(), true);
        self.ending(from, true);
        self
    }

    pub(crate) fn finish(&mut self) -> Out {
        let Wire { conversation, shared, out, .. } = self;
        conversation.finish(shared, &mut |event| out.take(event));
        assert_eq!((shared.held(), conversation.held()), (0, 0), "all is given back");
        std::mem::take(out)
    }
}
