//! The frame of a bundled capture that shows a term: its values, its header, the step that tells it.

use crate::dissect::{FieldValue, PROTOCOLS, Packet, Value};
use crate::flow::talk::{Findings, Talks};
use crate::flow::{Fragments, Segment, Tracker};
use crate::source::{Bundled, Reader};
use crate::story::{Seen, Step, Tell, Teller, Told};

use super::header::{self, Cell, Header};

/// Writes a field's value for people.
pub type WriteValue = fn(&FieldValue<'_>) -> String;

/// A frame that shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// The bundled capture's name.
    pub capture: String,
    /// From 1.
    pub frame: u64,
    /// What the frame is, as the story's arrow says: `SYN-ACK`. Untrusted.
    pub what: String,
    /// The field's value there, where the term is one or has one. Untrusted.
    pub value: Option<String>,
    /// Its place in its header.
    pub header: Option<Header>,
    /// The lines of the HTTP header that it stands in, and which of them it is. Untrusted.
    pub lines: Vec<(String, bool)>,
    /// What the placeholders of its words stand for, where a step tells it.
    pub values: Vec<(&'static str, String)>,
    /// The display filter of the step that tells it.
    pub filter: String,
}

/// What is asked of a frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted<'w> {
    /// The key of its words.
    pub(super) key: &'w str,
    /// The field to be drawn.
    pub(super) field: Option<&'w str>,
    /// The number that the field has.
    pub(super) number: Option<u64>,
    /// The name of the line of an HTTP header.
    pub(super) line: Option<&'w str>,
    /// The protocol whose header is to be drawn.
    pub(super) protocol: Option<&'w str>,
}

/// Reads the capture once, for all that is wanted of it. `None` where there is no such frame, which a test rules out for those of
/// the index.
pub(super) fn read(capture: &str, all: &[(u64, Wanted<'_>)], write: WriteValue) -> Vec<Option<Example>> {
    let mut examples: Vec<Option<Example>> = vec![None; all.len()];
    let Some(bytes) = Bundled::bytes_of(capture) else { return examples };
    let Ok(mut reader) = Reader::from_bytes(capture, bytes) else { return examples };
    let mut steps: Vec<Step> = Vec::new();
    let mut teller = Teller::new(Tell::default());
    let (mut fragments, mut tracker, mut talks) = (Fragments::new(), Tracker::new(), Talks::new());
    let mut learned = 0;
    while let Ok(Some(_)) = reader.next() {
        // Keys that the capture itself has brought along. A block without a right line changes nothing.
        for secrets in reader.secrets().iter().skip(learned) {
            let _ = talks.keys_mut().add(&secrets.bytes);
            let _ = teller.keys_mut().add(&secrets.bytes);
        }
        learned = reader.secrets().len();
        let Some(frame) = reader.current() else { break };
        steps.extend(teller.frame(&frame, &Seen::default()).into_iter().filter_map(step));
        let packet = fragments.complete(Packet::new(frame));
        let segment = tracker.push(&packet);
        let found = talks.push(&packet, segment.as_ref());
        let told = Shown { packet: &packet, tracker: &tracker, segment: segment.as_ref(), found: &found };
        for ((number, wanted), example) in all.iter().zip(&mut examples) {
            if frame.number == *number {
                *example = Some(told.example(capture, *wanted, write));
            }
        }
    }
    let (last, _) = teller.finish(None, 0, None);
    steps.extend(last.into_iter().filter_map(step));
    for ((_, wanted), example) in all.iter().zip(&mut examples) {
        if let Some(example) = example {
            example.take_step(&steps, *wanted);
        }
    }
    examples
}

fn step(told: Told) -> Option<Step> {
    match told {
        Told::Step(step) => Some(*step),
        Told::Absorbed(_) => None,
    }
}

impl Example {
    /// Takes what the step says that tells the frame: the one of the term's own words, else the one that it belongs to.
    fn take_step(&mut self, steps: &[Step], wanted: Wanted<'_>) {
        let told = |step: &&Step| step.frames.first() == Some(&self.frame);
        let own = steps.iter().find(|step| step.words == wanted.key && told(step));
        let name = wanted.field.or(wanted.protocol).unwrap_or_default();
        let said = wanted.key.starts_with("rule ")
            || ["http", "websocket", "tls"].iter().any(|start| name.starts_with(start));
        // What a program says stands behind the segment that carries it.
        let other = if said { steps.iter().rfind(told) } else { steps.iter().find(told) };
        if let Some(step) = own.or(other) {
            self.what.clone_from(&step.label);
            self.filter.clone_from(&step.filter);
        }
        if let Some(step) = own {
            self.values.clone_from(&step.values);
            self.values.push(("from", step.from.to_string()));
            self.values.push(("to", step.from.other().to_string()));
        }
    }
}

/// A frame, and all that is known of it.
struct Shown<'s, 'a> {
    packet: &'s Packet<'a>,
    tracker: &'s Tracker,
    segment: Option<&'s Segment>,
    found: &'s Findings,
}

impl Shown<'_, '_> {
    fn example(&self, capture: &str, wanted: Wanted<'_>, write: WriteValue) -> Example {
        let mut example =
            Example { capture: capture.to_owned(), frame: self.packet.frame().number, ..Example::default() };
        self.in_headers(wanted, write, &mut example);
        if example.value.is_none() && example.header.is_none() {
            self.in_streams(wanted, write, &mut example);
        }
        example
    }

    /// What stands in the frame's own headers.
    fn in_headers(&self, wanted: Wanted<'_>, write: WriteValue, example: &mut Example) {
        let mut fields = Vec::new();
        self.packet.each_field(&mut |field| fields.push(field));
        self.tracker.each_field(self.packet, self.segment, &mut |field| fields.push(field));
        self.found.each_stream_field(self.packet, &mut |field| fields.push(field));
        let field = fields.iter().find(|field| Some(field.name) == wanted.field);
        example.value = field.map(write);
        let is_wanted = |protocol: &str| Some(protocol) == wanted.protocol;
        let layers = self.packet.layers();
        let index = match field {
            Some(field) => field.layer,
            None => layers.iter().position(|layer| is_wanted(layer.header.protocol())),
        };
        let Some((index, layer)) = index.and_then(|index| Some((index, layers.get(index)?))) else { return };
        let offset = layer.span().bytes.start;
        let own = layer.own_bytes().len() * 8;
        let cells = fields
            .iter()
            .filter(|field| field.layer == Some(index) && field.span.buffer == layer.buffer)
            .filter_map(|field| Cell::of_value(field, layer.bytes(), offset, write))
            .filter(|cell| cell.bits.end <= own);
        let header = Header::new(layer.title(), cells.collect(), wanted.field);
        example.header = header.map(|header| match fixed_bits(layer.header.protocol()) {
            Some(fixed) => header.cut_to(fixed),
            None => header,
        });
    }

    /// What the programs say with it.
    fn in_streams(&self, wanted: Wanted<'_>, write: WriteValue, example: &mut Example) {
        let Findings { records, messages, frames, .. } = self.found;
        let has = |fields: &[FieldValue<'_>]| {
            let name = wanted.field.or(wanted.protocol);
            fields.iter().any(|field| Some(field.name) == name && wanted.means(field))
        };
        if let Some(record) = records.iter().map(|record| record.fields()).find(|fields| has(fields)) {
            return example.take_row("TLS record", header::TLS, &record, wanted, write);
        }
        if let Some(frame) = frames.iter().map(|frame| frame.fields()).find(|fields| has(fields)) {
            return example.take_row("WebSocket frame", header::WEBSOCKET, &frame, wanted, write);
        }
        for message in messages {
            let fields = message.fields();
            if !has(&fields) {
                continue;
            }
            let value = fields.iter().find(|field| Some(field.name) == wanted.field);
            example.value = value.map(write);
            let line_of =
                |field: &FieldValue<'_>| matches!(field.name, "http.request.line" | "http.response.line");
            example.lines.push((message.summary(), is_first_line(wanted.field)));
            for line in fields.iter().filter(|field| line_of(field)) {
                let Value::Text(text) = line.value else { continue };
                let text = text.to_string();
                let text = text.trim_end();
                let own = value.is_some_and(|value| line.value == value.value);
                let named = text.split_once(':').is_some_and(|(name, _)| wanted.is_line(name));
                example.lines.push((text.to_owned(), own || named));
            }
            return;
        }
    }
}

impl Example {
    fn take_row(
        &mut self,
        title: &'static str,
        layout: &[(&'static str, usize)],
        fields: &[FieldValue<'_>],
        wanted: Wanted<'_>,
        write: WriteValue,
    ) {
        let value = fields.iter().find(|field| Some(field.name) == wanted.field && wanted.means(field));
        self.value = value.map(write);
        let cells = header::in_a_row(layout, fields, write);
        let drawn = wanted.field.filter(|name| cells.iter().any(|cell| cell.name == *name));
        // A protocol's header is drawn without a mark; what has no bits of its own there is not.
        if drawn.is_some() || wanted.field.is_none() {
            self.header = Header::new(title, cells, drawn);
        }
    }
}

impl Wanted<'_> {
    /// Whether a field of the right name has the right number, where one is asked for.
    fn means(self, field: &FieldValue<'_>) -> bool {
        self.number.is_none_or(|number| field.value.number() == Some(number))
    }

    /// Whether a line of an HTTP header is the one: by Wireshark's name for it.
    fn is_line(self, name: &str) -> bool {
        let plain = name.trim().to_ascii_lowercase().replace('-', "_");
        let field = self.field.and_then(|field| field.strip_prefix("http."));
        self.line.is_some_and(|line| line.eq_ignore_ascii_case(name.trim()))
            || field.is_some_and(|field| field.strip_suffix("_header").unwrap_or(field) == plain)
    }
}

/// Whether a field stands in the first line of a message of HTTP.
fn is_first_line(field: Option<&str>) -> bool {
    let names = ["method", "uri", "version", "code", "phrase"];
    field.is_some_and(|field| {
        let part = field.strip_prefix("http.request.").or(field.strip_prefix("http.response."));
        part.is_some_and(|part| names.contains(&part))
    })
}

/// How many bits the fixed part of a header has, where options may follow.
fn fixed_bits(protocol: &str) -> Option<usize> {
    let protocol = PROTOCOLS.iter().find(|known| known.name == protocol)?;
    let table = protocol.tables.first()?;
    table.iter().map(|field| field.range().end * 8).max()
}
