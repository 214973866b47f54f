//! Any bytes as conversations, and what must be so of all that is told of them: for property tests and for fuzzing.

use std::collections::HashMap;

use super::event::{Event, Finished, Message};
use super::head::Head;
use super::limits::Limits;
use super::streams::Http;
use crate::dissect::Buffer;
use crate::event::Host;
use crate::flow::stream::{Chunk, Ending, Given, Hole, HoleKind, Side};

const HEADER: usize = 3;

/// What one side says at a time, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run<'a> {
    /// Bytes.
    Bytes(Side, &'a [u8]),
    /// So many bytes that are not there.
    Hole(Side, u64),
    /// Its end, by RST where `true`.
    End(Side, bool),
    /// Its numbering begins anew.
    Anew(Side),
    /// All is forgotten of the conversation.
    Forgotten(u32),
}

/// Reads bytes as a list of runs: 3 bytes that describe one (who, what, which conversation; how long), then its data. Any bytes are
/// such a list; what is too short for another run is left.
pub fn script(bytes: &[u8]) -> impl Iterator<Item = Run<'_>> {
    let mut left = bytes;
    std::iter::from_fn(move || {
        let (header, rest) = left.split_first_chunk::<HEADER>()?;
        let [flags, high, low] = *header;
        left = rest;
        let from = if flags & 1 == 0 { Host::Client } else { Host::Server };
        let side = Side { stream: u32::from(flags >> 6), from };
        let len = u16::from_be_bytes([high, low]);
        Some(match flags >> 1 & 0x0f {
            12 => Run::Hole(side, u64::from(len) + 1),
            13 => Run::End(side, low & 1 == 1),
            14 => Run::Anew(side),
            15 => Run::Forgotten(side.stream),
            _ => {
                let (data, rest) = left.split_at_checked(len.into()).unwrap_or((left, &[]));
                left = rest;
                Run::Bytes(side, data)
            }
        })
    })
}

/// How runs are cut into chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Each is a chunk, in a frame of its own.
    Whole,
    /// Each is cut after so many bytes again and again; all of it is in one frame.
    Pieces(usize),
    /// Every byte is in a frame of its own.
    Frames,
}

/// Gives runs to a parser as chunks; `each` is called after every one of them.
pub fn play<'a>(
    runs: impl IntoIterator<Item = Run<'a>>,
    cut: Cut,
    http: &mut Http,
    sink: &mut dyn FnMut(Event<'_>),
    mut each: impl FnMut(&Http),
) {
    let mut next: HashMap<Side, u64> = HashMap::new();
    let mut frame = 0;
    for run in runs {
        frame += 1;
        let mut give = |given: Given<'_>| {
            http.push(&given, sink);
            each(http);
        };
        match run {
            Run::Bytes(side, bytes) => {
                let offset = next.entry(side).or_default();
                let step = match cut {
                    Cut::Whole => bytes.len().max(1),
                    Cut::Pieces(step) => step.max(1),
                    Cut::Frames => 1,
                };
                for (index, bytes) in bytes.chunks(step).enumerate() {
                    let at = if cut == Cut::Frames { 0 } else { index * step };
                    give(Given::Bytes(Chunk {
                        side,
                        offset: *offset,
                        bytes,
                        frame,
                        buffer: Buffer::Frame,
                        at,
                    }));
                    *offset += bytes.len() as u64;
                    frame += u64::from(cut == Cut::Frames);
                }
            }
            Run::Hole(side, len) => {
                let offset = next.entry(side).or_default();
                let kind = HoleKind::NotCaptured;
                give(Given::Hole(Hole {
                    side,
                    offset: *offset,
                    len,
                    kind,
                    after: None,
                    before: Some(frame),
                }));
                *offset += len;
            }
            Run::End(side, reset) => {
                let offset = next.get(&side).copied().unwrap_or_default();
                give(Given::End(Ending { side, offset, frame, reset }));
            }
            Run::Anew(side) => {
                next.remove(&side);
                give(Given::Anew(side));
            }
            Run::Forgotten(stream) => give(Given::Forgotten(stream)),
        }
    }
}

/// All that was told, as text; bytes that follow each other are one entry, however they were cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    lines: Vec<String>,
    /// What the last line is of, and where it would go on: in the stream, and in its frame.
    last: Option<(Source, u64, u64, usize)>,
    /// Frames are told as well.
    frames: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Content(Message),
    Raw(Side),
}

impl Outline {
    /// With the frames in it, or without.
    pub fn new(frames: bool) -> Outline {
        Outline { frames, ..Outline::default() }
    }

    /// What was told.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Takes the next event.
    pub fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Content(content) => self.bytes(Source::Content(content.message), &content.chunk),
            Event::Raw(chunk) => self.bytes(Source::Raw(chunk.side), chunk),
            _ => {
                let line = if self.frames { format!("{event:?}") } else { brief(event) };
                self.lines.push(line);
                self.last = None;
            }
        }
    }

    fn bytes(&mut self, source: Source, chunk: &Chunk<'_>) {
        let place = if self.frames { (chunk.frame, chunk.at) } else { (0, 0) };
        let goes_on = self.last == Some((source, chunk.offset, place.0, place.1));
        if !goes_on {
            self.lines.push(format!("{source:?} at {} in {place:?}: ", chunk.offset));
        }
        if let Some(line) = self.lines.last_mut() {
            line.push_str(&chunk.bytes.escape_ascii().to_string());
        }
        let len = if self.frames { chunk.bytes.len() } else { 0 };
        self.last = Some((source, chunk.offset + chunk.bytes.len() as u64, place.0, place.1 + len));
    }
}

fn head(head: &Head) -> String {
    let fields: Vec<_> = head.fields().iter().collect();
    let (start, range, oddities) = (head.start(), head.range(), head.oddities());
    format!("{start:?} minor {} {range:?} {fields:?} {oddities:?}", head.minor_version())
}

/// An event without its frames.
fn brief(event: &Event<'_>) -> String {
    match event {
        Event::Request(request) => {
            let (message, framing, wants) = (request.message, request.framing, request.wants);
            format!("{message:?} {} {framing:?} {:?} {wants:?}", head(&request.head), request.oddities)
        }
        Event::Answer(answer) => {
            let (message, framing) = (answer.message, answer.framing);
            let to = (answer.to, answer.sure, answer.early);
            format!("{message:?} {} {framing:?} {:?} to {to:?}", head(&answer.head), answer.oddities)
        }
        Event::Finished(finished) => {
            let Finished { message, framing, outcome, offset, wire_len, len, missing, .. } = finished;
            let Finished { start, chunks, extensions, trailers, bad_trailers, .. } = finished;
            let lens = (offset, wire_len, len, missing);
            let chunks = (chunks, extensions, trailers, bad_trailers);
            format!("{message:?} {framing:?} {outcome:?} {lens:?} {} {chunks:?}", start.escape_ascii())
        }
        Event::Switched(switched) => {
            let (to, asked) = (&switched.to, switched.asked);
            let places = (switched.answer, switched.request, switched.client, switched.server);
            format!("switched to {to:?} {asked} {:?} {places:?}", switched.client_side)
        }
        Event::Lost(lost) => format!("lost {:?} {} {:?}", lost.side, lost.offset, lost.why),
        Event::Resumed(resumed) => format!("resumed {:?} {}", resumed.side, resumed.offset),
        Event::ContentHole(message, hole) => format!("hole {message:?} {} {}", hole.offset, hole.len),
        Event::RawHole(hole) => format!("hole {:?} {} {}", hole.side, hole.offset, hole.len),
        Event::RawEnd(end) => format!("end {:?} {} {}", end.side, end.offset, end.reset),
        other => format!("{other:?}"),
    }
}

/// What came of a [`script`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Messages in it.
    pub messages: u64,
    /// How often HTTP ended.
    pub switched: u64,
    /// Handshakes that were judged.
    pub upgrades: u64,
    /// Bytes handed on as they are.
    pub raw: u64,
}

/// Reads HTTP in a [`script`], cut in several ways, and checks what must hold: every message ends once and its body adds up; how the
/// bytes are cut changes nothing, as long as no limit of all conversations is reached; no such limit is exceeded.
///
/// # Errors
/// When something does not hold: a fault of the parser, whatever the bytes; the text says which.
pub fn check_script(bytes: &[u8], limits: Limits) -> Result<Checked, String> {
    let roomy = limits.total == usize::MAX && limits.conversations == usize::MAX;
    let limits =
        if roomy { Limits { places: usize::MAX, held_pieces: usize::MAX, ..limits } } else { limits };
    let (checked, told, brief) = read(bytes, Cut::Whole, limits)?;
    for cut in [Cut::Pieces(1), Cut::Pieces(7), Cut::Frames] {
        let (_, told_so, brief_so) = read(bytes, cut, limits)?;
        if !roomy {
            continue;
        }
        let (one, other) = if cut == Cut::Frames { (&brief, &brief_so) } else { (&told, &told_so) };
        if let Some((one, other)) = difference(one, other) {
            return Err(format!("cut by {cut:?}:\n  {other}\nnot cut:\n  {one}"));
        }
    }
    Ok(checked)
}

fn difference<'o>(one: &'o Outline, other: &'o Outline) -> Option<(&'o str, &'o str)> {
    let line = |outline: &'o Outline, at: usize| outline.lines.get(at).map_or("nothing", String::as_str);
    let lines = 0..one.lines.len().max(other.lines.len());
    lines.map(|at| (line(one, at), line(other, at))).find(|(one, other)| one != other)
}

fn read(bytes: &[u8], cut: Cut, limits: Limits) -> Result<(Checked, Outline, Outline), String> {
    let mut http = Http::with_limits(limits);
    let (mut told, mut brief, mut checker) = (Outline::new(true), Outline::new(false), Checker::default());
    let mut sink = |event: Event<'_>| {
        told.take(&event);
        brief.take(&event);
        checker.take(&event);
    };
    let mut exceeded = None;
    play(script(bytes), cut, &mut http, &mut sink, |http| {
        if http.kept() > limits.total || http.conversations() > limits.conversations.max(1) {
            exceeded = Some(format!("{} bytes and {} conversations", http.kept(), http.conversations()));
        }
    });
    http.finish(&mut sink);
    if let Some(exceeded) = exceeded {
        return Err(format!("{exceeded} are kept: more than allowed"));
    }
    if (http.kept(), http.conversations()) != (0, 0) {
        return Err("something is left at the end".to_owned());
    }
    if !checker.open.is_empty() {
        return Err(format!("messages without an end: {:?}", checker.open));
    }
    match checker.wrong {
        Some(wrong) => Err(wrong),
        None => Ok((checker.checked, told, brief)),
    }
}

#[derive(Default)]
struct Checker {
    /// Messages that have begun, with how much of their content was told.
    open: HashMap<Message, u64>,
    checked: Checked,
    wrong: Option<String>,
}

impl Checker {
    fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Request(request) => self.begin(request.message),
            Event::Answer(answer) => self.begin(answer.message),
            Event::Content(content) => {
                self.content(content.message, content.chunk.bytes.len() as u64, Some(content.at));
            }
            Event::ContentHole(message, hole) => self.content(*message, hole.len, None),
            Event::Finished(finished) => {
                let len = self.open.remove(&finished.message);
                if len != Some(finished.len) || finished.missing > finished.len {
                    self.wrong = Some(format!("{finished:?} after {len:?}"));
                }
            }
            Event::Switched(_) => self.checked.switched += 1,
            Event::Upgrade(_) => self.checked.upgrades += 1,
            Event::Raw(chunk) => self.checked.raw += chunk.bytes.len() as u64,
            Event::RawHole(_)
            | Event::RawEnd(_)
            | Event::NotHttp { .. }
            | Event::Lost(_)
            | Event::Resumed(_)
            | Event::HeldBack(_) => {}
        }
    }

    fn begin(&mut self, message: Message) {
        self.checked.messages += 1;
        if self.open.insert(message, 0).is_some() {
            self.wrong = Some(format!("{message:?} begins twice"));
        }
    }

    fn content(&mut self, message: Message, more: u64, at: Option<u64>) {
        match self.open.get_mut(&message) {
            Some(len) if at.is_none_or(|at| at == *len) && more > 0 => *len += more,
            len => self.wrong = Some(format!("{message:?} has {more} bytes at {at:?}, after {len:?}")),
        }
    }
}
