//! A WebSocket frame as it is told with the frame of the capture that completes it.

use super::findings::{Put, Row};
use crate::dissect::{Kind, Text, Value};
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
        WebSocketFrame {
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

    /// Its fields, in the order in which they stand there. Of a payload that was not kept whole there is none.
    pub(super) fn each_field<'a>(&'a self, put: &mut Put<'_, 'a>) {
        let Head { fin, rsv, opcode, form, length, key } = &self.head;
        put.put(WEBSOCKET, Value::Present);
        put.put(FIN, Value::Flag(*fin));
        put.put(RSV, Value::Number((*rsv).into()));
        put.put(OPCODE, Value::Number(opcode.number().into()));
        put.put(MASK, Value::Flag(key.is_some()));
        let (seven, more) = match form {
            LengthForm::Seven => (*length, None),
            LengthForm::Sixteen => (126, Some(LENGTH_16)),
            LengthForm::SixtyFour => (127, Some(LENGTH_64)),
        };
        put.put(LENGTH_7, Value::Number(seven));
        if let Some(row) = more {
            put.put(row, Value::Number(*length));
        }
        if let Some(key) = key {
            put.put(KEY, Value::Bytes(key));
        }
        put.put(LENGTH, Value::Number(*length));
        if self.payload.len() as u64 == *length {
            put.put(PAYLOAD, Value::Bytes(&self.payload));
        }
        if let Some(code) = self.close_code {
            put.put(CLOSE_CODE, Value::Number(code.into()));
        }
        if let Some(reason) = self.close_reason() {
            put.put(CLOSE_REASON, Value::Text(Text::new(reason)));
        }
        if let Content::Inflated(content) = &self.content {
            put.put(INFLATED, Value::Bytes(content));
        }
        if let Some(text) = self.text() {
            put.put(TEXT, Value::Text(Text::new(text)));
        }
    }
}
