//! A message of HTTP as it is told with the frame that completes it.

use super::findings::{Put, Row};
use std::ops::Range;

use crate::dissect::{Kind, Span, Text, Value};
use crate::event::Host;
use crate::flow::http::{Head, Part, StartLine};

/// A request or an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpMessage {
    /// Who said it.
    pub from: Host,
    /// Its first line and its field lines.
    pub head: Head,
    /// Bytes of its body, without what frames its chunks.
    pub len: u64,
    /// `HTTP/1.1`
    version: String,
}

const HTTP: Row = ("http", "HTTP", Kind::Mark);
const REQUEST: Row = ("http.request", "A request", Kind::Flag);
const METHOD: Row = ("http.request.method", "Method: what is to be done", Kind::Text);
const URI: Row = ("http.request.uri", "Target: with what", Kind::Text);
const REQUEST_VERSION: Row = ("http.request.version", "Version", Kind::Text);
const REQUEST_LINE: Row = ("http.request.line", "Line", Kind::Text);
const RESPONSE: Row = ("http.response", "An answer", Kind::Flag);
const RESPONSE_VERSION: Row = ("http.response.version", "Version", Kind::Text);
const CODE: Row = ("http.response.code", "Status", Kind::Number);
const PHRASE: Row = ("http.response.phrase", "The status in words", Kind::Text);
const RESPONSE_LINE: Row = ("http.response.line", "Line", Kind::Text);

/// Field lines that have a name of their own in Wireshark: their names in lower case, and their rows.
const NAMED: &[(&str, Row)] = &[
    ("host", ("http.host", "Host", Kind::Text)),
    ("connection", ("http.connection", "Connection", Kind::Text)),
    ("upgrade", ("http.upgrade", "Upgrade", Kind::Text)),
    ("user-agent", ("http.user_agent", "User-Agent", Kind::Text)),
    ("server", ("http.server", "Server", Kind::Text)),
    ("date", ("http.date", "Date", Kind::Text)),
    ("location", ("http.location", "Location", Kind::Text)),
    ("content-type", ("http.content_type", "Content-Type", Kind::Text)),
    ("content-length", ("http.content_length_header", "Content-Length", Kind::Text)),
    ("transfer-encoding", ("http.transfer_encoding", "Transfer-Encoding", Kind::Text)),
    ("sec-websocket-key", ("http.sec_websocket_key", "Sec-WebSocket-Key", Kind::Text)),
    ("sec-websocket-version", ("http.sec_websocket_version", "Sec-WebSocket-Version", Kind::Text)),
    ("sec-websocket-protocol", ("http.sec_websocket_protocol", "Sec-WebSocket-Protocol", Kind::Text)),
    ("sec-websocket-extensions", ("http.sec_websocket_extensions", "Sec-WebSocket-Extensions", Kind::Text)),
    ("sec-websocket-accept", ("http.sec_websocket_accept", "Sec-WebSocket-Accept", Kind::Text)),
];

const FIRST: &[Row] = &[
    HTTP,
    REQUEST,
    METHOD,
    URI,
    REQUEST_VERSION,
    REQUEST_LINE,
    RESPONSE,
    RESPONSE_VERSION,
    CODE,
    PHRASE,
    RESPONSE_LINE,
];

/// Every field of a message.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    FIRST.iter().chain(NAMED.iter().map(|(_, row)| row))
}

impl HttpMessage {
    pub(crate) fn new(from: Host, head: Head, len: u64) -> HttpMessage {
        let version = format!("HTTP/1.{}", head.minor_version());
        HttpMessage { from, head, len, version }
    }

    /// What it is, in few words: `GET /chat` or `101 Switching Protocols`. Untrusted text.
    pub fn summary(&self) -> String {
        match self.head.start() {
            StartLine::Request { method, target } => {
                [method.bytes, target.bytes].map(String::from_utf8_lossy).join(" ")
            }
            StartLine::Status { code, reason } => format!("{code} {}", String::from_utf8_lossy(reason.bytes)),
        }
    }

    /// Where bytes of the stream stand in the frame with all of the head; nowhere where several carried it.
    fn span(&self, at: Range<u64>) -> Span {
        let mut spans = self.head.places().spans(at);
        match (spans.next(), spans.next()) {
            (Some((_, span)), None) if self.place().is_some() => span,
            _ => Span::default(),
        }
    }

    /// The frame of the capture in which all of its head stands; `None` where several carried it.
    pub fn place(&self) -> Option<u64> {
        let places = self.head.places();
        let (first, last) = (places.first_frame(), places.last_frame());
        (first == last).then_some(first)
    }

    /// Its fields, in the order in which they stand there. `once`: without which of both it is, and without lines
    /// whose values have fields of their own.
    pub(super) fn each_field<'a>(&'a self, once: bool, put: &mut Put<'_, 'a>) {
        put.put(HTTP, Value::Present);
        let version = Value::Text(Text::new(self.version.as_bytes()));
        let text = |put: &mut Put<'_, 'a>, row: Row, part: &Part<'a>| {
            put.put_at((row.0, row.1, Value::Text(Text::new(part.bytes))), self.span(part.at.clone()));
        };
        let line = match self.head.start() {
            StartLine::Request { method, target } => {
                if !once {
                    put.put(REQUEST, Value::Flag(true));
                }
                text(put, METHOD, &method);
                text(put, URI, &target);
                put.put(REQUEST_VERSION, version);
                REQUEST_LINE
            }
            StartLine::Status { code, reason } => {
                if !once {
                    put.put(RESPONSE, Value::Flag(true));
                }
                put.put(RESPONSE_VERSION, version);
                put.put(CODE, Value::Number(code.into()));
                if !reason.bytes.is_empty() {
                    text(put, PHRASE, &reason);
                }
                RESPONSE_LINE
            }
        };
        // A line with its end, as Wireshark gives it.
        for (field, whole) in self.head.fields().iter().zip(self.head.fields().raw()) {
            let named = NAMED.iter().find(|(name, _)| field.name.bytes.eq_ignore_ascii_case(name.as_bytes()));
            if let Some((_, row)) = named {
                text(put, *row, &field.value);
            }
            if !once || named.is_none() {
                text(put, line, &Part { bytes: whole, at: field.line.clone() });
            }
        }
    }
}
