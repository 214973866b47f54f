//! A connection out of arbitrary bytes, and what must hold whatever they are: for fuzzing and for property tests.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::Hasher as _;

use super::conversation::Conversation;
use super::event::{Event, Frame, Message};
use super::limits::{Limits, Shared};
use super::negotiated::Negotiated;
use crate::dissect::Buffer;
use crate::event::Host;
use crate::flow::http::Deflate;
use crate::flow::stream::{Chunk, Ending, Given, Hole, HoleKind, Side};

/// What came of a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Frames that are complete.
    pub frames: u64,
    /// Messages, complete or not.
    pub messages: u64,
    /// Verdicts.
    pub verdicts: u64,
    /// Directions that could not be read to their end.
    pub lost: u64,
    /// The most that was kept at a time.
    pub held: usize,
}

/// Reads bytes as a connection, decodes it within `limits`, and checks what must hold.
///
/// The first byte says what was negotiated: bit 0 permessage-deflate, 1 and 2 no context takeover of server and client, 3 to 5 the
/// window of both, 8 bits and more. Then come pieces, each a packet of its own: a byte (bit 0: of the server; bits 1 and 2: 3
/// is an end, by an RST where bit 3 is set; 2 a hole; else bytes), two bytes of length, and of bytes as many. Any bytes are such a
/// list; what is too short for another piece is left.
///
/// # Errors
/// When cutting a packet changed an event, a limit was exceeded, or something was left: a fault of the decoder, whatever the
/// bytes; the text says which.
pub fn check_script(bytes: &[u8], limits: Limits) -> Result<Checked, String> {
    let (choice, script) = bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest));
    // What is kept of what would depend on the order within a packet where the room for all is too small: that is checked apart.
    let ample = Limits { conversation: usize::MAX, total: usize::MAX, ..limits };
    let whole = Run::new(choice, ample, usize::MAX).all(script)?;
    for piece in [1, 7] {
        let cut = Run::new(choice, ample, piece).all(script)?;
        if cut.events != whole.events {
            let first = cut.events.iter().zip(&whole.events).position(|(cut, whole)| cut != whole);
            let number = first.unwrap_or(cut.events.len().min(whole.events.len()));
            let (cut, whole) =
                (told(choice, ample, piece, script, number), told(choice, ample, usize::MAX, script, number));
            return Err(format!("event {number} in pieces of {piece}: {cut}\n in one: {whole}"));
        }
    }
    Ok(Run::new(choice, limits, 3).all(script)?.checked)
}

/// An event in words.
fn told(choice: u8, limits: Limits, piece: usize, script: &[u8], number: usize) -> String {
    let mut run = Run::new(choice, limits, piece);
    run.wanted = Some(number);
    run.all(script).map_or_else(|error| error, |run| run.text)
}

struct Run {
    conversation: Conversation,
    shared: Shared,
    limits: Limits,
    piece: usize,
    /// Of each event a number made of all that it says.
    events: Vec<u64>,
    checked: Checked,
    wanted: Option<usize>,
    text: String,
    wrong: Option<String>,
    /// Where the next frame of each side must begin, and its number.
    next: [(u64, u64); 2],
}

impl Run {
    fn new(choice: u8, limits: Limits, piece: usize) -> Run {
        let bits = 8 + (choice >> 3 & 7);
        let deflate = Deflate {
            server_no_context_takeover: choice & 2 != 0,
            client_no_context_takeover: choice & 4 != 0,
            server_max_window_bits: Some(bits),
            client_max_window_bits: Some(bits),
        };
        let deflate = (choice & 1 != 0).then_some(deflate);
        Run {
            conversation: Conversation::new(&Negotiated { deflate, subprotocol: None }),
            shared: Shared::with_limits(limits),
            limits,
            piece,
            events: Vec::new(),
            checked: Checked::default(),
            wanted: None,
            text: String::new(),
            wrong: None,
            next: [(0, 0); 2],
        }
    }

    fn all(mut self, script: &[u8]) -> Result<Run, String> {
        let mut left = script;
        let (mut packet, mut offsets) = (0, [0u64; 2]);
        while let Some((&[what, high, low], rest)) = left.split_first_chunk::<3>() {
            packet += 1;
            let from = if what & 1 == 0 { Host::Client } else { Host::Server };
            let side = Side { stream: 0, from };
            let Some(offset) = offsets.get_mut(from as usize) else { break };
            let len = usize::from(u16::from_be_bytes([high, low]));
            left = rest;
            match what >> 1 & 3 {
                3 => {
                    let reset = what & 8 != 0;
                    self.push(&Given::End(Ending { side, offset: *offset, frame: packet, reset }));
                }
                2 => {
                    let kind = HoleKind::NotCaptured;
                    let len = len as u64;
                    self.push(&Given::Hole(Hole {
                        side,
                        offset: *offset,
                        len,
                        kind,
                        after: None,
                        before: None,
                    }));
                    *offset += len;
                }
                _ => {
                    let (data, rest) = left.split_at_checked(len).unwrap_or((left, &[]));
                    left = rest;
                    for (number, bytes) in data.chunks(self.piece).enumerate() {
                        let at = number.saturating_mul(self.piece);
                        let offset = *offset + at as u64;
                        let buffer = Buffer::Frame;
                        self.push(&Given::Bytes(Chunk { side, offset, bytes, frame: packet, buffer, at }));
                    }
                    *offset += data.len() as u64;
                }
            }
        }
        self.step(|conversation, shared, sink| conversation.finish(shared, sink));
        match self.wrong.take() {
            Some(wrong) => Err(wrong),
            None if (self.shared.held(), self.conversation.held()) != (0, 0) => {
                Err("something is left at the end".to_owned())
            }
            None => Ok(self),
        }
    }

    fn push(&mut self, given: &Given<'_>) {
        self.step(|conversation, shared, sink| conversation.push(given, shared, sink));
        let held = self.shared.held();
        self.checked.held = self.checked.held.max(held);
        if held > self.limits.total.min(self.limits.conversation) || held != self.conversation.held() {
            self.wrong = Some(format!("{held} bytes are kept"));
        }
    }

    fn step(&mut self, work: impl FnOnce(&mut Conversation, &mut Shared, &mut dyn FnMut(Event<'_>))) {
        let Run { conversation, shared, limits, events, checked, wanted, text, wrong, next, .. } = self;
        work(conversation, shared, &mut |event| {
            if *wanted == Some(events.len()) {
                *text = format!("{event:?}");
            }
            events.push(number_of(&event));
            match &event {
                Event::Frame(frame) => {
                    checked.frames += 1;
                    let expected = next.get(frame.from as usize).copied().unwrap_or_default();
                    if expected != (frame.offset, frame.number) && frame.number > 0 {
                        *wrong = Some(format!("not after the one before it: {frame:?}"));
                    }
                    if frame.payload.len() > limits.frame.max(125)
                        || frame.payload.len() as u64 + frame.missing > frame.head.length
                        || frame.arrived != frame.head.length
                    {
                        *wrong = Some(format!("too much of it: {frame:?}"));
                    }
                    if let Some(next) = next.get_mut(frame.from as usize) {
                        *next = (frame.payload_offset() + frame.head.length, frame.number + 1);
                    }
                }
                Event::Message(message) => {
                    checked.messages += 1;
                    let most = limits.message.max(limits.frame);
                    let len = message.len.unwrap_or(u64::MAX);
                    if message.content.len() > most || message.content.len() as u64 > len {
                        *wrong = Some(format!("too much of it: {message:?}"));
                    }
                }
                Event::Verdict(_) => checked.verdicts += 1,
                Event::Lost(_) => checked.lost += 1,
                Event::Unfinished(_) | Event::Closed(_) => {}
            }
        });
    }
}

/// A number made of all that an event says.
fn number_of(event: &Event<'_>) -> u64 {
    struct Into(DefaultHasher);
    impl std::fmt::Write for Into {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut into = Into(DefaultHasher::new());
    // Bytes as bytes: writing each of them as a number would take most of the time.
    let written = match event {
        Event::Frame(frame) | Event::Unfinished(frame) => {
            into.0.write(frame.payload);
            let complete = matches!(event, Event::Frame(_));
            write!(into, "{complete} {:?}", Frame { payload: &[], ..frame.clone() })
        }
        Event::Message(message) => {
            into.0.write(message.content);
            write!(into, "{:?}", Message { content: &[], ..message.clone() })
        }
        other => write!(into, "{other:?}"),
    };
    debug_assert!(written.is_ok(), "hashing does not fail");
    into.0.finish()
}
