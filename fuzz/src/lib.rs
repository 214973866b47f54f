//! What the fuzz targets share: how bytes become frames, and what must be so of all that netlab writes.
//!
//! The input of each target is described in its file; `fuzz/seeds.py` makes inputs of the same form from captures.

use netlab::dissect::{Buffer, Packet};
use netlab::flow::talk::{Findings, Talks};
use netlab::flow::{Counter, Digest, Fragments, Segment, Tracker};
use netlab::frame::{Frame, LinkType, Time};
use netlab::render::{Line, Ndjson, fields};

/// The link types that are read, and one that is not.
pub const LINKS: [u16; 10] = [1, 0, 101, 108, 113, 228, 229, 276, 12, 147];

/// The link type that a byte of the input stands for.
pub fn link(byte: u8) -> LinkType {
    let number = LINKS.get(usize::from(byte) % LINKS.len()).copied().unwrap_or(1);
    LinkType::from_number(number)
}

/// Fails where a terminal would obey what is in a line: control characters, and those that turn or hide text.
pub fn assert_tame(text: &str) {
    let wild = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    assert!(!text.chars().any(wild), "reaches the terminal raw: {text:?}");
}

/// The same of lines, none of which may be wider than the screen.
pub fn assert_lines(lines: &[Line], width: usize) {
    for line in lines {
        assert_tame(&line.text());
        assert!(line.width() <= width, "{} columns of {width}: {}", line.width(), line.text());
    }
}

/// Follows frames: their fragments, their conversations, their streams.
#[derive(Default)]
pub struct Follow {
    fragments: Fragments,
    /// The conversations so far.
    pub tracker: Tracker,
    /// The same, counted: what comes of it must be the same.
    counter: Counter,
    talks: Talks,
}

impl Follow {
    /// Takes the next frame; `each` gets what is known of it.
    pub fn frame(
        &mut self,
        frame: Frame<'_>,
        each: impl FnOnce(&Packet<'_>, &Tracker, Option<&Segment>, &Findings),
    ) {
        let packet = Packet::new(frame);
        let plain = Digest::of_plain(&frame);
        if plain.is_some() {
            assert!(packet.fragment().is_none());
            assert_eq!(plain, Digest::of(&packet), "read in two ways");
        }
        let packet = self.fragments.complete(packet);
        if let Some(digest) = Digest::of(&packet) {
            self.counter.count(&digest);
        }
        let segment = self.tracker.push(&packet);
        let found = self.talks.push(&packet, segment.as_ref());
        each(&packet, &self.tracker, segment.as_ref(), &found);
    }

    /// The frames have ended: what waits in the streams comes out, and both tables are the same.
    pub fn finish(&mut self) {
        assert!(self.counter.all_rows().eq(self.tracker.all_rows()), "counted otherwise than followed");
        self.talks.finish();
        let streams = self.talks.streams();
        assert_eq!((streams.waiting(), streams.history()), (0, 0), "something is left at the end");
    }
}

/// Follows frames and writes each of them in every form that `netlab dissect` has.
#[derive(Default)]
pub struct Shown {
    follow: Follow,
    ndjson: Ndjson,
    json: Vec<u8>,
}

impl Shown {
    /// Takes the next frame.
    pub fn frame(&mut self, frame: Frame<'_>, comment: Option<&str>) {
        let Shown { follow, ndjson, json } = self;
        follow.frame(frame, |packet, tracker, segment, found| {
            let mut fields = 0;
            packet.each_field(&mut |field| {
                // What lies in the frame lies inside of what was kept of it.
                let inside = field.span.buffer != Buffer::Frame || field.span.bytes.end <= frame.bytes.len();
                assert!(inside, "{} reaches beyond the frame", field.name);
                fields += 1;
            });
            assert!(fields > 0, "a frame has a number");
            json.clear();
            let written = ndjson.packet(packet, tracker, segment, found, comment, json);
            written.expect("writing into memory does not fail");
            let text = std::str::from_utf8(json).expect("JSON is UTF-8");
            let line = text.strip_suffix('\n').expect("a line ends");
            // JSON is for programs, but it may be looked at on a terminal.
            assert_tame(line);
            let value: serde_json::Value = serde_json::from_str(line).expect("one JSON object");
            assert_eq!(value.get("frame.number").and_then(serde_json::Value::as_u64), Some(frame.number));
            let start = Some(Time(1_700_000_000_000_000_000));
            let width = 80 + (frame.number % 2) as usize * 40;
            assert_lines(&fields::packet(packet, tracker, segment, found, comment, start, width), width);
        });
    }
}

/// The frames of an input: each begins with two bytes of length (of them the upper five bits: how much a snap length has
/// cut off, in 16 bytes), two of time in 100 µs since the last frame, then its bytes.
pub fn frames(mut input: &[u8], link: LinkType, mut each: impl FnMut(Frame<'_>)) {
    let (mut number, mut time) = (0, 1_700_000_000_000_000_000);
    while let Some((&[a, b, c, d], rest)) = input.split_first_chunk::<4>() {
        let head = u16::from_be_bytes([a, b]);
        let length = usize::from(head & 0x7ff).min(rest.len());
        let (bytes, left) = rest.split_at(length);
        number += 1;
        time += i128::from(u16::from_be_bytes([c, d])) * 100_000;
        let original_len = length as u32 + u32::from(head >> 11) * 16;
        each(Frame { number, time: Some(Time(time)), link, interface: None, bytes, original_len });
        input = left;
    }
}

/// A small source of bytes: zeros once it is used up.
pub struct Bytes<'a>(pub &'a [u8]);

impl Bytes<'_> {
    /// The next byte.
    pub fn u8(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().map_or((0, self.0), |(first, rest)| (*first, rest));
        self.0 = rest;
        first
    }

    /// The next two, the larger one first.
    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes([self.u8(), self.u8()])
    }
}
