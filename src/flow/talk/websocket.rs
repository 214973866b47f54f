//! A WebSocket frame as it is told with the frame of the capture that completes it.

use super::findings::{Put, Row};
use std::ops::Range;

use crate::dissect::{Kind, Span, Text, Value};
use crate::event::Host;
use crate::flow::websocket::{Frame, Head, LengthForm, Message, MessageEnd, MessageKind, Role, Utf8Verdict};

/// A WebSocket frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketFrame {
    /// Who sent it.
    pub from: Host,
    /// Its number among the frames of its direction, from 0.
    pub number: u64,
    /// Its header.
    pub head: Head,
    /// The payload without its mask, as far as it was kept.
    pub payload: Vec<u8>,
    /// A close frame's code, where it has one.
    pub close_code: Option<u16>,
    /// Of the message that this frame completes.
    pub content: Content,
    /// That message is text, and UTF-8.
    pub is_text: bool,
    /// The frame of the capture in which all of it stands, header and payload, and where; `None` where several carried it.
    pub place: Option<(u64, Span)>,
}

/// The content of the message that a frame completes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// It completes none, or not all of the content is known.
    #[default]
    None,
    /// The payload as it is.
    Payload,
    /// Put together from several frames.
    Joined(Vec<u8>),
    /// Inflated.
    Inflated(Vec<u8>),
}

const WEBSOCKET: Row = ("websocket", "WebSocket", Kind::Mark);
const FIN: Row = ("websocket.fin", "FIN: the message ends here", Kind::Flag);
const RSV: Row = ("websocket.rsv", "Reserved bits, RSV1 is 4", Kind::Number);
const OPCODE: Row = ("websocket.opcode", "Opcode", Kind::Number);
const MASK: Row = ("websocket.mask", "MASK: the payload is masked", Kind::Flag);
const LENGTH_7: Row = ("websocket.payload_length", "Length, or which form it has", Kind::Number);
const LENGTH_16: Row = ("websocket.payload_length_ext_16", "Length in 16 bits", Kind::Number);
const LENGTH_64: Row = ("websocket.payload_length_ext_64", "Length in 64 bits", Kind::Number);
const KEY: Row = ("websocket.masking_key", "Masking key", Kind::Bytes);
const LENGTH: Row = ("netlab.websocket.length", "Payload bytes", Kind::Number);
const PAYLOAD: Row = ("websocket.payload", "Payload, unmasked", Kind::Bytes);
const TEXT: Row = ("websocket.payload.text", "The whole message", Kind::Text);
const CLOSE_CODE: Row = ("websocket.payload.close.status_code", "Why it closes", Kind::Number);
const CLOSE_REASON: Row = ("websocket.payload.close.reason", "In words", Kind::Text);
const INFLATED: Row = ("netlab.websocket.inflated", "The whole message, inflated", Kind::Bytes);

/// Every field of a frame.
pub(super) const ROWS: &[Row] = &[
    WEBSOCKET,
    FIN,
    RSV,
    OPCODE,
    MASK,
    LENGTH_7,
    LENGTH_16,
    LENGTH_64,
    KEY,
    LENGTH,
    PAYLOAD,
    TEXT,
    CLOSE_CODE,
    CLOSE_REASON,
    INFLATED,
];

impl WebSocketFrame {
    pub(crate) fn new(frame: &Frame<'_>) -> WebSocketFrame {
        let close_code = match &frame.role {
            Role::Close(Some(body)) => body.code,
            _ => None,
        };
        let size = (frame.head.size() as u64).saturating_add(frame.head.length);
        let mut places = frame.carried.places(frame.offset, size);
        let place = places.next().filter(|(_, span)| span.bytes.len() as u64 == size);
        WebSocketFrame {
            place,
            from: frame.from,
            number: frame.number,
            head: frame.head,
            payload: frame.payload.to_vec(),
            close_code,
            content: Content::None,
            is_text: false,
        }
    }

    /// Takes the message that it completes.
    pub(crate) fn completes(&mut self, message: &Message<'_>) {
        if message.end != MessageEnd::Final || !message.is_whole() {
            return;
        }
        self.is_text = message.kind == MessageKind::Text && message.utf8 == Utf8Verdict::Valid;
        self.content = match (message.compressed, message.frames) {
            (true, _) => Content::Inflated(message.content.to_vec()),
            (false, 1) => Content::Payload,
            (false, _) => Content::Joined(message.content.to_vec()),
        };
    }

    /// What a close frame says beside its code. Untrusted text.
    pub fn close_reason(&self) -> Option<&[u8]> {
        self.close_code.and(self.payload.get(2..)).filter(|reason| !reason.is_empty())
    }

    /// The text of the message that it completes. Untrusted.
    pub fn text(&self) -> Option<&[u8]> {
        match &self.content {
            _ if !self.is_text => None,
            Content::None => None,
            Content::Payload => Some(&self.payload),
            Content::Joined(content) | Content::Inflated(content) => Some(content),
        }
    }

    /// Where bytes of it stand, counted from its first one; of `mask` not 0 only those bits.
    fn span(&self, bytes: Range<usize>, mask: u64) -> Span {
        let Some((_, whole)) = &self.place else { return Span::default() };
        let start = whole.bytes.start;
        let bytes = start + bytes.start..start + bytes.end;
        Span { buffer: whole.buffer, bytes, mask: (mask != 0).then_some(mask) }
    }

    /// Its fields, in the order in which they stand there. Of a payload that was not kept whole there is none.
    pub(super) fn each_field<'a>(&'a self, put: &mut Put<'_, 'a>) {
        let Head { fin, rsv, opcode, form, length, key } = &self.head;
        let mut put = |row: Row, value: Value<'a>, bytes: Range<usize>, mask: u64| {
            put.put_at((row.0, row.1, value), self.span(bytes, mask));
        };
        let size = self.head.size();
        let payload = size..size + self.payload.len();
        put(WEBSOCKET, Value::Present, 0..0, 0);
        put(FIN, Value::Flag(*fin), 0..1, 0x80);
        put(RSV, Value::Number((*rsv).into()), 0..1, 0x70);
        put(OPCODE, Value::Number(opcode.number().into()), 0..1, 0x0f);
        put(MASK, Value::Flag(key.is_some()), 1..2, 0x80);
        let (seven, more) = match form {
            LengthForm::Seven => (*length, None),
            LengthForm::Sixteen => (126, Some(LENGTH_16)),
            LengthForm::SixtyFour => (127, Some(LENGTH_64)),
        };
        let lengths = 2..2 + form.more_bytes();
        put(LENGTH_7, Value::Number(seven), 1..2, 0x7f);
        if let Some(row) = more {
            put(row, Value::Number(*length), lengths.clone(), 0);
        }
        if let Some(key) = key {
            put(KEY, Value::Bytes(key), lengths.end..size, 0);
        }
        put(LENGTH, Value::Number(*length), 0..0, 0);
        if self.payload.len() as u64 == *length {
            put(PAYLOAD, Value::Bytes(&self.payload), payload.clone(), 0);
        }
        if let Some(code) = self.close_code {
            put(CLOSE_CODE, Value::Number(code.into()), size..size + 2, 0);
        }
        if let Some(reason) = self.close_reason() {
            put(CLOSE_REASON, Value::Text(Text::new(reason)), size + 2..payload.end, 0);
        }
        if let Content::Inflated(content) = &self.content {
            put(INFLATED, Value::Bytes(content), 0..0, 0);
        }
        if let Some(text) = self.text() {
            let bytes = if self.content == Content::Payload { payload } else { 0..0 };
            put(TEXT, Value::Text(Text::new(text)), bytes, 0);
        }
    }
}
