//! What was found at one frame, as it is told with that frame: by the reassembly, and in what both sides say.

use super::{HttpMessage, TlsRecord, Verdict, WebSocketFrame, http, tls, websocket};
use crate::dissect::{FieldValue, Header, Kind, Packet, Span, Value};
use crate::event::Host;
use crate::flow::stream::{Given, HoleKind, Kept, Overlap, Side};
use crate::flow::tls::Unread;

/// So many bytes of each version are kept to be shown.
const SHOWN: usize = 64;

/// One row: a field's name and label, and what kind of value it has.
pub(super) type Row = (&'static str, &'static str, Kind);

const OVERLAP: Row = ("tcp.segment.overlap", "Bytes that came before", Kind::Mark);
const CONFLICT: Row = ("tcp.segment.overlap.conflict", "And they differ", Kind::Mark);
const CONFLICT_FRAME: Row = ("netlab.tcp.conflict.frame", "The other version is in frame", Kind::Number);
const CONFLICT_SEQ: Row = ("netlab.tcp.conflict.seq", "First byte that differs", Kind::Number);
const CONFLICT_LEN: Row = ("netlab.tcp.conflict.len", "Bytes to the last that differs", Kind::Number);
const CONFLICT_KEPT: Row = ("netlab.tcp.conflict.kept", "The receiver keeps frame", Kind::Number);
const MISSING: Row = ("netlab.tcp.missing", "Bytes in no frame, passed here", Kind::Number);
const GIVEN_UP: Row = ("netlab.tcp.given_up", "Waiting bytes given up here", Kind::Number);

/// What the reassembly finds.
const ROWS: &[Row] =
    &[OVERLAP, CONFLICT, CONFLICT_FRAME, CONFLICT_SEQ, CONFLICT_LEN, CONFLICT_KEPT, MISSING, GIVEN_UP];

fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().chain(tls::ROWS).chain(http::rows()).chain(websocket::ROWS)
}

/// Every field that a frame can get from here.
pub(in crate::flow) fn names() -> impl Iterator<Item = &'static str> {
    rows().map(|(name, ..)| *name)
}

/// What each of them is called in English.
#[cfg(test)]
pub(in crate::flow) fn labels() -> impl Iterator<Item = &'static str> {
    rows().map(|(_, label, _)| *label)
}

/// What such a field is called in English.
pub(in crate::flow) fn label_of(name: &str) -> Option<&'static str> {
    rows().find(|(known, ..)| *known == name).map(|(_, label, _)| *label)
}

/// What kind of value such a field has.
pub(in crate::flow) fn kind_of(name: &str) -> Option<Kind> {
    rows().find(|(known, ..)| *known == name).map(|(.., kind)| *kind)
}

/// Whether a field of that name comes from here, and so asks for the streams to be put together.
pub fn is_stream_field(name: &str) -> bool {
    names().any(|known| known == name)
}

/// Where fields go to, and to which header they belong.
pub(super) struct Put<'s, 'a> {
    pub(super) layer: Option<usize>,
    pub(super) sink: &'s mut dyn FnMut(FieldValue<'a>),
}

impl<'a> Put<'_, 'a> {
    pub(super) fn put(&mut self, (name, label, _): Row, value: Value<'a>) {
        self.put_at((name, label, value), Span::default());
    }

    /// The same of a field that stands somewhere in the frame.
    pub(super) fn put_at(
        &mut self,
        (name, label, value): (&'static str, &'static str, Value<'a>),
        span: Span,
    ) {
        (self.sink)(FieldValue { name, label, value, span, layer: self.layer });
    }
}

/// The same bytes of a stream, said in two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Who said both.
    pub from: Host,
    /// The relative sequence number of the first byte that differs, and of the last.
    pub first: u32,
    /// See [`first`](Conflict::first).
    pub last: u32,
    /// The frame with what was said first, and up to 64 bytes of it from there.
    pub earlier: (u64, Vec<u8>),
    /// The frame with what was said second, and as many bytes.
    pub later: (u64, Vec<u8>),
    /// Which of them the stream has.
    pub kept: Kept,
    /// Whether the first had its place in the stream already; else what a receiver keeps depends on its kernel.
    pub settled: bool,
}

impl Conflict {
    /// `None` where both copies say the same.
    fn of(overlap: &Overlap<'_>) -> Option<Conflict> {
        let range = overlap.difference()?;
        let shown = range.start..range.end.min(range.start + SHOWN);
        let part = |bytes: &[u8]| bytes.get(shown.clone()).unwrap_or_default().to_vec();
        let seq = |at: usize| (overlap.offset + at as u64 + 1) as u32;
        Some(Conflict {
            from: overlap.side.from,
            first: seq(range.start),
            last: seq(range.end - 1),
            earlier: (overlap.earlier.frame, part(overlap.earlier.bytes)),
            later: (overlap.later.frame, part(overlap.later.bytes)),
            kept: overlap.kept,
            settled: overlap.settled,
        })
    }

    /// How many bytes lie from the first that differs to the last, both included.
    pub fn count(&self) -> u32 {
        self.last.wrapping_sub(self.first).wrapping_add(1)
    }

    /// The frame whose bytes the stream has.
    pub fn kept_frame(&self) -> u64 {
        match self.kept {
            Kept::Earlier => self.earlier.0,
            Kept::Later => self.later.0,
        }
    }
}

/// What was found at one frame. Allocates only where two versions differ, and for what is said in a protocol that is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// It carries bytes that came before.
    pub overlap: bool,
    /// The first place where they differ.
    pub conflict: Option<Conflict>,
    /// In how many stretches they do.
    pub conflicts: u32,
    /// Bytes that no frame carries and that are passed here, because this frame confirms them.
    pub missing: u64,
    /// Bytes that waited and were given up here.
    pub given_up: u64,
    /// The records of TLS that this frame completes, in the order of their stream.
    pub records: Vec<TlsRecord>,
    /// The messages of HTTP that this frame completes.
    pub messages: Vec<HttpMessage>,
    /// The WebSocket frames that it completes, in the order of their stream.
    pub frames: Vec<WebSocketFrame>,
    /// What the referee says when it comes; what shows only at the end is [`Talks::finish`](super::Talks::finish)'s.
    pub verdicts: Vec<Verdict>,
    /// A conversation of TLS of which not all can be read, when that shows first: whose record, and why.
    pub hidden: Vec<(Side, Unread)>,
    /// Directions in which nothing more can be read from this frame on, or not for a while: nothing there is judged.
    pub unread: Vec<Side>,
}

impl Findings {
    /// Notes what came of the frame.
    pub fn take(&mut self, given: &Given<'_>) {
        match given {
            Given::Overlap(overlap) => {
                self.overlap = true;
                if let Some(conflict) = Conflict::of(overlap) {
                    self.conflicts += 1;
                    self.conflict.get_or_insert(conflict);
                }
            }
            Given::Uncompared(_) => self.overlap = true,
            Given::Hole(hole) if hole.kind == HoleKind::NotCaptured => self.missing += hole.len,
            Given::GivenUp(piece) => self.given_up += piece.len,
            _ => {}
        }
    }

    /// All fields of it; none where there is nothing to say.
    pub fn each_field<'a>(&'a self, packet: &Packet<'a>, sink: &mut dyn FnMut(FieldValue<'a>)) {
        self.each_stream_field(packet, sink);
        self.records.iter().for_each(|record| record.each_field(&mut Put { layer: None, sink }));
        self.messages.iter().for_each(|message| message.each_field(false, &mut Put { layer: None, sink }));
        self.frames.iter().for_each(|frame| frame.each_field(&mut Put { layer: None, sink }));
    }

    /// What the reassembly found.
    pub fn each_stream_field<'a>(&self, packet: &Packet<'a>, sink: &mut dyn FnMut(FieldValue<'a>)) {
        if !self.overlap && self.missing == 0 && self.given_up == 0 {
            return;
        }
        let tcp = |header: &Header<'_>| matches!(header, Header::Tcp(_));
        let layer = packet.layers().iter().position(|layer| !layer.quoted && tcp(&layer.header));
        let mut put = Put { layer, sink };
        if self.overlap {
            put.put(OVERLAP, Value::Present);
        }
        if let Some(conflict) = &self.conflict {
            let other =
                if conflict.later.0 == packet.frame().number { &conflict.earlier } else { &conflict.later };
            put.put(CONFLICT, Value::Present);
            put.put(CONFLICT_FRAME, Value::Number(other.0));
            put.put(CONFLICT_SEQ, Value::Number(conflict.first.into()));
            put.put(CONFLICT_LEN, Value::Number(conflict.count().into()));
            put.put(CONFLICT_KEPT, Value::Number(conflict.kept_frame()));
        }
        for (row, bytes) in [(MISSING, self.missing), (GIVEN_UP, self.given_up)] {
            if bytes > 0 {
                put.put(row, Value::Number(bytes));
            }
        }
    }
}

impl HttpMessage {
    /// Its fields under Wireshark's names, in the order in which they stand there.
    pub fn fields(&self) -> Vec<FieldValue<'_>> {
        let mut fields = Vec::new();
        self.each_field(false, &mut Put { layer: None, sink: &mut |field| fields.push(field) });
        fields
    }

    /// The same without the lines whose values have fields of their own: for people, who need not be told twice.
    pub fn fields_once(&self) -> Vec<FieldValue<'_>> {
        let mut fields = Vec::new();
        self.each_field(true, &mut Put { layer: None, sink: &mut |field| fields.push(field) });
        fields
    }
}

impl TlsRecord {
    /// Its fields under Wireshark's names, in the order in which they stand there.
    pub fn fields(&self) -> Vec<FieldValue<'_>> {
        let mut fields = Vec::new();
        self.each_field(&mut Put { layer: None, sink: &mut |field| fields.push(field) });
        fields
    }
}

impl WebSocketFrame {
    /// Its fields under Wireshark's names, in the order in which they stand there.
    pub fn fields(&self) -> Vec<FieldValue<'_>> {
        let mut fields = Vec::new();
        self.each_field(&mut Put { layer: None, sink: &mut |field| fields.push(field) });
        fields
    }
}
