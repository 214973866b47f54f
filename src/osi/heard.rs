//! What the programs say, as stretches of their streams: gathered while the capture is read.

use std::collections::HashMap;

use super::walk::{Piece, Torn};
use crate::dissect::Buffer;
use crate::event::Host;
use crate::flow::http::{Event as Http, StartLine, Upgrade, Wants};
use crate::flow::stream::Side;
use crate::flow::talk::{Said, Verdict};
use crate::flow::tls::{self, ContentType, Opened, Reading, Unread};
use crate::flow::websocket::{self as ws, Head, MessageKind, Role, Utf8Verdict};

/// So much of a text is kept to be shown.
const SHOWN: usize = 4096;

/// A stretch of a stream, and what it is.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) side: Side,
    /// In what TLS hid, not in the segments themselves.
    pub(super) inside: bool,
    /// Of its first byte, in its stream.
    pub(super) offset: u64,
    pub(super) len: u64,
    /// The frames of the capture with its first byte and its last.
    pub(super) frames: (u64, u64),
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    WebSocket(WsFrame),
    /// The head of a message: what it is, and whether it asks for or begins another protocol.
    Http {
        title: String,
        upgrade: bool,
        /// The rule of the opening handshake that it breaks first.
        broken: Option<&'static str>,
    },
    /// A part of a message's body.
    Body,
    Tls {
        content: ContentType,
        title: String,
        unread: Option<Unread>,
        opened: Option<Opened>,
    },
    /// What a record of TLS held: where in the stream the record begins, and its bytes.
    Opened {
        record: u64,
        bytes: Vec<u8>,
    },
}

#[derive(Clone, Debug)]
pub(super) struct WsFrame {
    pub(super) head: Head,
    /// It carries a message or a part of one.
    pub(super) is_data: bool,
    pub(super) title: String,
    /// The payload, unmasked, as far as it is shown; of a compressed frame what it inflates to, once that is known.
    pub(super) text: Option<String>,
    /// The bytes of a letter at its beginning, and at its end, that has its others in another piece of the message.
    pub(super) torn: Torn,
    pub(super) compressed: bool,
    pub(super) inflated: Option<u64>,
    /// The rule for which its receiver fails the connection.
    pub(super) broken: Option<&'static str>,
    number: u64,
}

impl WsFrame {
    fn new(frame: &ws::Frame<'_>) -> WsFrame {
        let is_data = matches!(frame.role, Role::Part { .. } | Role::Stray);
        let title = match (&frame.role, frame.head.opcode) {
            (Role::Close(Some(body)), _) => match body.code {
                Some(code) => format!("close {}", crate::story::close_code(code)),
                None => "close".to_owned(),
            },
            (_, ws::Opcode::Text) => "text".to_owned(),
            (_, ws::Opcode::Binary) => "binary".to_owned(),
            (_, ws::Opcode::Continuation) => "continuation".to_owned(),
            (_, ws::Opcode::Close) => "close".to_owned(),
            (_, ws::Opcode::Ping) => "ping".to_owned(),
            (_, ws::Opcode::Pong) => "pong".to_owned(),
            (_, ws::Opcode::Reserved(number)) => format!("opcode {number}"),
        };
        let says = match frame.role {
            Role::Close(_) => frame.payload.get(2..).unwrap_or_default(),
            _ => frame.payload,
        };
        let compressed = is_data && frame.head.rsv1();
        let text = if compressed { None } else { text(says) };
        let (inflated, broken, number) = (None, None, frame.number);
        let torn = Torn::default();
        WsFrame { head: frame.head, is_data, title, text, torn, compressed, inflated, broken, number }
    }

    /// Which piece of a message it holds.
    pub(super) fn piece(&self) -> Option<Piece> {
        let is_first = self.head.opcode != ws::Opcode::Continuation;
        match (self.is_data, self.head.fin) {
            (true, false) => Some(Piece::More),
            (true, true) if !is_first => Some(Piece::Last),
            _ => None,
        }
    }
}

/// The bytes of letters that the piece of a text has torn, in UTF-8 (RFC 3629, section 3): of one at its start, if others came
/// `before`, and of one at its end, if more come.
fn torn(bytes: &[u8], before: bool, more: bool) -> Torn {
    let follows = |byte: &&u8| (0x80..0xc0).contains(*byte);
    let start = bytes.iter().take(3).take_while(follows).count();
    let start = bytes.get(..start).filter(|_| before).unwrap_or_default();
    let rest = bytes.get(start.len()..).unwrap_or_default();
    let open = rest.iter().rev().take(2).take_while(follows).count() + 1;
    let end = rest.len().checked_sub(open).and_then(|at| rest.get(at..)).filter(|_| more);
    let needs = |first: &u8| match first {
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => 0,
    };
    let end = end.filter(|end| end.first().is_some_and(|first| end.len() < needs(first)));
    Torn { start: start.to_vec(), end: end.unwrap_or_default().to_vec() }
}

/// Bytes as text, if they are that; its beginning.
fn text(bytes: &[u8]) -> Option<String> {
    let shown = bytes.get(..bytes.len().min(SHOWN)).unwrap_or_default();
    crate::story::text_of(shown)
}

/// A whole message of a WebSocket, for who counts its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    /// Its conversation.
    pub(super) stream: u32,
    /// Bytes of its frames' headers and of their payload.
    pub(super) header: u64,
    pub(super) len: u64,
    /// What it was before it was compressed.
    pub(super) inflated: Option<u64>,
    /// TLS hid it.
    pub(super) inside: bool,
}

/// A message of which more frames come.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    /// Bytes of its frames' headers so far.
    header: u64,
    /// TLS hides it.
    inside: bool,
    /// It is text that can be read, frame by frame.
    is_text: bool,
}

/// Takes what comes of the streams.
#[derive(Debug, Default)]
pub(super) struct Ear {
    /// What was heard since this was emptied.
    pub(super) heard: Vec<Heard>,
    /// The first message of a WebSocket that became whole since this was emptied.
    pub(super) message: Option<Message>,
    /// The conversation in which HTTP was spoken since then, and whether it is a WebSocket now, or asks to be one: what opens one
    /// is no message.
    pub(super) switched: Option<(u32, bool)>,
    /// Each direction's open message.
    open: HashMap<Side, Open>,
    /// The rule that the WebSocket frame breaks which a direction is in.
    broken: HashMap<Side, &'static str>,
    /// Which directions are TLS: what is said there stands in what it hides.
    sealed: HashMap<Side, ()>,
}

impl Ear {
    pub(super) fn take(&mut self, said: Said<'_>, frame: u64) {
        match said {
            Said::WebSocket { stream, event } => self.websocket(stream, event),
            Said::Http(event) => self.http(event, frame),
            Said::Tls { event, .. } => self.tls(&event),
        }
    }

    fn add(&mut self, side: Side, inside: bool, at: (u64, u64), frames: (u64, u64), what: What) {
        let (offset, len) = at;
        self.heard.push(Heard { side, inside, offset, len, frames, what });
    }

    fn websocket(&mut self, stream: u32, event: ws::Event<'_>) {
        match event {
            ws::Event::Frame(frame) => {
                let side = Side { stream, from: frame.from };
                let inside = frame.carried.pieces.first().is_some_and(|p| p.buffer == Buffer::Decrypted);
                let header = frame.head.size() as u64;
                let len = header.saturating_add(frame.arrived);
                let mut heard = WsFrame::new(&frame);
                heard.broken = self.broken.remove(&side);
                let frames = (frame.carried.first, frame.carried.last);
                if let Role::Part { part, .. } = frame.role {
                    let open = self.open.entry(side).or_default();
                    if part == 0 {
                        let is_text = frame.head.opcode == ws::Opcode::Text && !heard.compressed;
                        *open = Open { is_text, inside, header: 0 };
                    }
                    open.header = open.header.saturating_add(header);
                    if open.is_text {
                        heard.torn = torn(frame.payload, part > 0, !frame.head.fin);
                    }
                }
                self.add(side, inside, (frame.offset, len), frames, What::WebSocket(heard));
            }
            ws::Event::Message(message) => self.message(Side { stream, from: message.from }, &message),
            ws::Event::Verdict(verdict) if verdict.rule.fails_connection() => {
                self.broken.entry(Side { stream, from: verdict.by }).or_insert(verdict.rule.name());
            }
            _ => {}
        }
    }

    /// A message is at its end; its last frame was heard before.
    fn message(&mut self, side: Side, message: &ws::Message<'_>) {
        let Open { header, inside, .. } = self.open.remove(&side).unwrap_or_default();
        if message.end != ws::MessageEnd::Final {
            return;
        }
        let inflated = message.len.filter(|_| message.compressed);
        let len = message.wire_len;
        self.message.get_or_insert(Message { stream: side.stream, header, len, inflated, inside });
        // What only the whole message shows, its last frame has shown.
        let broken = self.broken.remove(&side);
        let last = self.heard.iter_mut().rev().find_map(|heard| match &mut heard.what {
            What::WebSocket(frame) if heard.side == side && frame.is_data => Some(frame),
            _ => None,
        });
        let Some(frame) = last else { return };
        frame.broken = frame.broken.or(broken);
        // The text belongs to the message as a whole; one frame that is all of it may be called by it.
        if message.compressed && frame.number == message.first_frame {
            frame.inflated = message.len;
            let is_text = message.kind == MessageKind::Text && message.utf8 == Utf8Verdict::Valid;
            frame.text = if is_text { text(message.content) } else { None };
        }
    }

    fn http(&mut self, event: Http<'_>, frame: u64) {
        let (message, head, upgrade, broken) = match &event {
            Http::Request(request) => {
                self.switched = Some((request.message.side.stream, request.wants == Wants::Upgrade));
                let broken = Verdict::of_request(&request.head, request.message.side.stream);
                let broken = broken.first().map(|verdict| verdict.rule);
                (request.message, &request.head, request.wants == Wants::Upgrade, broken)
            }
            Http::Answer(answer) => {
                let upgrade = answer.head.code() == Some(101);
                self.switched = Some((answer.message.side.stream, upgrade));
                (answer.message, &answer.head, upgrade, None)
            }
            Http::Upgrade(upgrade) => return self.upgraded(upgrade, frame),
            Http::Content(content) => {
                let chunk = &content.chunk;
                let at = (chunk.offset, chunk.bytes.len() as u64);
                let inside = chunk.buffer == Buffer::Decrypted;
                return self.add(chunk.side, inside, at, (chunk.frame, chunk.frame), What::Body);
            }
            Http::Finished(done) => {
                // Also what stands between the pieces of a body: chunk lines.
                let inside = self.sealed.contains_key(&done.message.side);
                let frames = (done.frames.list().first().copied(), done.frames.last());
                let frames = (frames.0.unwrap_or(frame), frames.1.unwrap_or(frame));
                let at = (done.offset, done.wire_len);
                return self.add(done.message.side, inside, at, frames, What::Body);
            }
            _ => return,
        };
        let title = match head.start() {
            StartLine::Request { method, target } => {
                [method.bytes, target.bytes].map(String::from_utf8_lossy).join(" ")
            }
            StartLine::Status { code, reason } => format!("{code} {}", String::from_utf8_lossy(reason.bytes)),
        };
        let (range, places) = (head.range(), head.places());
        let inside = places.list().first().is_some_and(|place| place.buffer == Buffer::Decrypted);
        let at = (range.start, range.end - range.start);
        let frames = (places.first_frame(), places.last_frame());
        self.add(message.side, inside, at, frames, What::Http { title, upgrade, broken });
    }

    /// What came of an opening handshake: its answer was heard right before.
    fn upgraded(&mut self, upgrade: &Upgrade, frame: u64) {
        let verdicts = Verdict::of_upgrade(upgrade, None, frame);
        let rule = verdicts.iter().find(|verdict| verdict.by == Host::Server).map(|verdict| verdict.rule);
        let answer = self.heard.iter_mut().rev().find_map(|heard| match &mut heard.what {
            What::Http { broken, .. } if heard.side == upgrade.answer.side => Some(broken),
            _ => None,
        });
        if let Some(broken) = answer {
            *broken = rule;
        }
    }

    fn tls(&mut self, event: &tls::Event<'_>) {
        match event {
            tls::Event::Record(record, reading) => {
                self.sealed.insert(record.side, ());
                let (unread, opened) = match reading {
                    Reading::Plain => (None, None),
                    Reading::Opened(opened) => (None, Some(*opened)),
                    Reading::Unread(why) => (Some(*why), None),
                };
                let content = opened.map_or(record.content, |opened| opened.content);
                let what = What::Tls { content, title: String::new(), unread, opened };
                let at = (record.offset, record.end() - record.offset);
                self.add(record.side, false, at, (record.first_frame, record.last_frame), what);
            }
            tls::Event::Message(message) => self.name(message.side.from, &message.kind.to_string()),
            tls::Event::Alert(alert) => {
                self.name(alert.side.from, &format!("alert {}", alert.description));
            }
            tls::Event::Data(data) => {
                let record = &data.record;
                let what = What::Opened { record: record.offset, bytes: data.bytes.to_vec() };
                let frames = (record.first_frame, record.last_frame);
                self.add(record.side, true, (data.offset, data.bytes.len() as u64), frames, what);
            }
            _ => {}
        }
    }

    /// Names the record that was heard last by what it holds.
    fn name(&mut self, from: Host, what: &str) {
        let last = self.heard.iter_mut().rev().find_map(|heard| match &mut heard.what {
            What::Tls { title, .. } if heard.side.from == from => Some(title),
            _ => None,
        });
        if let Some(title) = last {
            if !title.is_empty() {
                title.push_str(", ");
            }
            title.push_str(what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_torn_where_its_bytes_stand_in_two_pieces() {
        let torn = |bytes: &[u8], before, more| {
            let Torn { start, end } = torn(bytes, before, more);
            (start, end)
        };
        assert_eq!(torn(b"gr\xc3", false, true), (vec![], vec![0xc3]));
        assert_eq!(torn(b"\xbc\xc3\x9fe", true, false), (vec![0xbc], vec![]));
        assert_eq!(torn("🎉".as_bytes(), true, true), (vec![], vec![]));
        assert_eq!(torn(b"\x8e\x89a\xf0\x9f\x8e", true, true), (vec![0x8e, 0x89], vec![0xf0, 0x9f, 0x8e]));
        assert_eq!(torn(b"\x9f", true, true), (vec![0x9f], vec![]));
        // What is none of a letter's first bytes begins none, and the end of a message ends its last.
        assert_eq!(torn(b"a\xff", true, true), (vec![], vec![]));
        assert_eq!(torn(b"a\xc3", true, false), (vec![], vec![]));
        assert_eq!(torn(b"", true, true), (vec![], vec![]));
    }
}
