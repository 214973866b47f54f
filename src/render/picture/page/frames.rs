//! The frames of a story as a page holds them: their bytes, whose bytes these are, and every field with its place.
//!
//! Many frames are built alike, so what their fields are called and where they stand is kept once ([`Place`]); a frame then has its values.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::ops::Range;

use data_encoding::BASE64;
use serde_json::{Value as Json, json};

use crate::dissect::{Buffer, Layer, Packet, find_field};
use crate::flow;
use crate::render::{escape, fields};
use crate::story::{FieldValue, Shown, Step};
use crate::words::{Book, Level, fill};

/// So many bytes of a frame are in the page, unless all are asked for.
pub(in crate::render::picture) const BYTES: usize = 512;
/// So many bytes of all frames together.
pub(in crate::render::picture) const ALL_BYTES: usize = 16 << 20;
/// So many frames are kept, also of those that no step shows in the end.
const FRAMES: usize = 20_000;
/// So many columns a value has.
pub(in crate::render::picture) const VALUE: usize = 72;

/// A field of frames that are built alike: what it is, in which layer, in which bytes and bits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Place {
    name: usize,
    layer: usize,
    bytes: Range<usize>,
    mask: u64,
}

/// Whose bytes these are.
#[derive(Clone, Debug)]
struct Region {
    title: &'static str,
    /// The class of its colour and its mark: `k1` to `k4`, from the link to the program.
    kind: u8,
    bytes: Range<usize>,
}

#[derive(Debug)]
struct Kept {
    bytes: Vec<u8>,
    original_len: u32,
    regions: Vec<Region>,
    layout: usize,
    values: Vec<usize>,
    /// What follows from the conversation, beside the field whose bytes it is reckoned from.
    more: Vec<(usize, usize, Range<usize>)>,
}

/// All frames that a story may show.
#[derive(Debug, Default)]
pub(in crate::render::picture) struct Frames {
    whole: bool,
    kept: BTreeMap<u64, Kept>,
    layouts: HashMap<Vec<Place>, usize>,
    names: Once<&'static str>,
    values: Once<String>,
    bytes: usize,
}

/// Texts that come again and again, each once.
#[derive(Debug, Default)]
pub(in crate::render::picture) struct Once<T> {
    known: HashMap<T, usize>,
    pub(in crate::render::picture) list: Vec<T>,
}

impl<T: Clone + Eq + Hash> Once<T> {
    pub(in crate::render::picture) fn of(&mut self, text: T) -> usize {
        let Once { known, list } = self;
        *known.entry(text).or_insert_with_key(|text| {
            list.push(text.clone());
            list.len() - 1
        })
    }
}

impl Frames {
    /// `whole`: with all of their bytes.
    pub(in crate::render::picture) fn new(whole: bool) -> Frames {
        Frames { whole, ..Frames::default() }
    }

    /// Takes the frame that a step is about.
    pub(in crate::render::picture) fn keep(&mut self, step: &Step) {
        let Some(frame) = step.frame().filter(|frame| !frame.bytes.is_empty()) else { return };
        if self.kept.len() >= FRAMES {
            return;
        }
        let most = if self.whole { usize::MAX } else { BYTES };
        let room = most.min(ALL_BYTES.saturating_sub(self.bytes));
        let bytes = step.bytes.get(..step.bytes.len().min(room)).unwrap_or_default().to_vec();
        self.bytes += bytes.len();
        let packet = Packet::new(frame);
        let (mut layout, mut values) = (Vec::new(), Vec::new());
        let Frames { names, values: texts, layouts, .. } = self;
        packet.each_field(&mut |field| {
            let Some(layer) = field.layer else { return };
            let bytes = if field.span.buffer == Buffer::Frame { field.span.bytes.clone() } else { 0..0 };
            let mask = field.span.mask.unwrap_or_default();
            layout.push(Place { name: names.of(field.name), layer, bytes, mask });
            values.push(texts.of(escape(&fields::value_text(&field, VALUE)).into_owned()));
        });
        let own = |name: &str| layout.iter().any(|place| names.list.get(place.name) == Some(&name));
        let reckoned = step.fields.iter().filter(|field| field.span.is_none() && !own(field.name));
        let more = reckoned.map(|field| {
            let twin = twin(field.name);
            let of = layout.iter().find(|place| names.list.get(place.name) == Some(&twin));
            let bytes = of.map(|place| place.bytes.clone()).unwrap_or_default();
            (field.name, value_of(field), bytes)
        });
        let more: Vec<(&'static str, String, Range<usize>)> = more.collect();
        let more =
            more.into_iter().map(|(name, value, bytes)| (names.of(name), texts.of(value), bytes)).collect();
        let next = layouts.len();
        let layout = *layouts.entry(layout).or_insert(next);
        let regions = regions(&packet);
        let original_len = step.original_len;
        self.kept.insert(frame.number, Kept { bytes, original_len, regions, layout, values, more });
    }

    /// What the page's script reads: the frames that these steps show, and the fields of all.
    pub(super) fn data<'s>(mut self, steps: impl Iterator<Item = &'s Step>, book: &Book<'_>) -> Json {
        let mut index: BTreeMap<u64, usize> = BTreeMap::new();
        let mut frames: Vec<Json> = Vec::new();
        let mut told: Vec<Json> = Vec::new();
        for step in steps {
            let mut shown: Vec<Option<usize>> = Vec::new();
            for number in &step.frames {
                let Some(kept) = self.kept.get(number) else {
                    shown.push(None);
                    continue;
                };
                let at = *index.entry(*number).or_insert_with(|| {
                    frames.push(kept.json(*number));
                    frames.len() - 1
                });
                shown.push(Some(at));
            }
            told.push(self.said(step, shown));
        }
        let mut layouts: Vec<(&Vec<Place>, &usize)> = self.layouts.iter().collect();
        layouts.sort_by_key(|(_, index)| **index);
        let place =
            |place: &Place| json!([place.name, place.layer, place.bytes.start, place.bytes.end, place.mask]);
        let layouts: Vec<Vec<Json>> =
            layouts.iter().map(|(places, _)| places.iter().map(place).collect()).collect();
        let names: Vec<Json> = self.names.list.iter().map(|name| explained(name, book)).collect();
        json!({"names": names, "values": self.values.list, "layouts": layouts, "frames": frames, "steps": told,
               "more": "netlab replay -v keeps them"})
    }

    /// A step: its frames, what the programs say in it, the fields that matter.
    fn said(&mut self, step: &Step, frames: Vec<Option<usize>>) -> Json {
        let mut fields: Vec<Json> = Vec::new();
        let mut payload = Json::Null;
        for field in &step.fields {
            let range = field
                .span
                .as_ref()
                .filter(|span| span.buffer == Buffer::Frame)
                .map(|span| span.bytes.clone());
            let range = range.unwrap_or_default();
            if step.what.is_said() {
                if let (true, FieldValue::Text(hex)) = (field.name == "websocket.payload", &field.value) {
                    payload = unmasked(step, hex, &range);
                }
                let mask = field.span.as_ref().and_then(|span| span.mask).unwrap_or_default();
                let (name, value) = (self.names.of(field.name), self.values.of(value_of(field)));
                fields.push(json!([name, value, range.start, range.end, mask]));
            } else {
                fields.push(json!(self.names.of(field.name)));
            }
        }
        json!([frames, u8::from(step.what.is_said()), fields, payload])
    }
}

/// The payload of a WebSocket frame as its receiver has it: its first bytes, its length, where it stands in the frame, the key.
fn unmasked(step: &Step, hex: &str, range: &Range<usize>) -> Json {
    let Ok(bytes) = data_encoding::HEXLOWER.decode(hex.as_bytes()) else { return Json::Null };
    let find = |name: &str| step.fields.iter().find(|field| field.name == name).map(|field| &field.value);
    let key = find("websocket.masking_key").map(ToString::to_string);
    let Some(FieldValue::Number(length)) = find("netlab.websocket.length") else { return Json::Null };
    let first = bytes.get(..bytes.len().min(BYTES)).unwrap_or_default();
    json!([BASE64.encode(first), length, range.start, key])
}

impl Kept {
    fn json(&self, number: u64) -> Json {
        let regions: Vec<Json> = self
            .regions
            .iter()
            .map(|region| json!([region.title, region.kind, region.bytes.start, region.bytes.end]))
            .collect();
        let more: Vec<Json> = self
            .more
            .iter()
            .map(|(name, value, bytes)| json!([name, value, bytes.start, bytes.end]))
            .collect();
        json!([
            number,
            self.original_len,
            BASE64.encode(&self.bytes),
            regions,
            self.layout,
            self.values,
            more
        ])
    }
}

/// A field's name, its label, where that is from, and what is said of it at each level.
pub(in crate::render::picture) fn explained(name: &'static str, book: &Book<'_>) -> Json {
    let label = find_field(name).map(|field| field.label).or_else(|| flow::label_of(name)).unwrap_or(name);
    let entry = book.find(name);
    let source = entry.map(|entry| entry.sources.join("; "));
    let [friend, student, engineer] =
        Level::ALL.map(|level| entry.and_then(|entry| entry.at(level)).map(|text| fill(text, &[])));
    json!([name, label, source, friend, student, engineer])
}

/// The field in whose bytes a number stands that follows from the conversation.
fn twin(name: &str) -> &str {
    match name {
        "tcp.seq" => "tcp.seq_raw",
        "tcp.ack" => "tcp.ack_raw",
        "tcp.window_size" => "tcp.window_size_value",
        other => other,
    }
}

/// A value of a step's field, cut where it is very long.
fn value_of(field: &Shown) -> String {
    let text = match (&field.value, field.name) {
        (FieldValue::Number(number), name) => match crate::render::code_name(name, *number) {
            Some(known) => format!("{number} ({known})"),
            None => number.to_string(),
        },
        (
            FieldValue::Text(hex),
            "websocket.masking_key" | "websocket.payload" | "netlab.websocket.inflated",
        ) => {
            let digits: Vec<char> = hex.chars().take(VALUE).collect();
            digits.chunks(2).map(String::from_iter).collect::<Vec<_>>().join(" ")
        }
        (value, _) => value.to_string(),
    };
    crate::render::line::cut(&escape(&text), VALUE)
}

/// The layers of a frame, and what is in the last one.
fn regions(packet: &Packet<'_>) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    for layer in packet.layers().iter().filter(|layer| layer.buffer == Buffer::Frame) {
        let start = layer.span().bytes.start;
        let kind = fields::depth(&layer.header);
        regions.push(Region { title: layer.title(), kind, bytes: start..start + layer.own_bytes().len() });
    }
    let last = packet.layers().last().filter(|layer| layer.buffer == Buffer::Frame);
    let payload = packet.tcp_payload();
    if let Some(end) = last.map(Layer::span).map(|span| span.bytes.end).filter(|_| !payload.is_empty()) {
        regions.push(Region { title: "what the programs say", kind: 4, bytes: end - payload.len()..end });
    }
    regions
}
