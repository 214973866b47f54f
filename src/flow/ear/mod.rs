//! Counting WebSocket messages beside conversations: only as much of what is said is read as that takes.
//!
//! [`talk`](super::talk) reads all that is said, and says more of it; what is counted here is the same, which is tested. A conversation that goes as most do (heads
//! of HTTP that are whole in one segment, then WebSocket, each segment behind the last one) needs one line of a processor's cache. Where
//! segments were lost, overtaken or sent again, the [reassembly](super::stream) puts them together; where HTTP is not
//! as simple, all of the conversation is read from there on.
//!
//! TLS stays closed: there are no keys here. Whether an RST was meant for the connection is judged by its number alone, not by the states of both
//! ends. Both matter only before WebSocket begins.

mod cutter;
mod heads;
mod http;
mod line;
mod minutes;

use self::http::opening;
use self::line::{Line, Speech};
use self::minutes::First;
pub use self::minutes::{Minutes, Overheard};
use super::arena::{Advise, Arena};
use super::counter::{Counter, Listens};
use super::digest::Member;
use super::stream::{Arrival, Chunk, Doubt, Ending, Given, Hole, Limits, Reassembler};
use super::talk::{Messages, Reading, SecureLimits};
use super::tcp::{Counted, Odd};
use crate::dissect::Buffer;

/// Counts the conversations of a capture, or a share of them, and the messages in those that are WebSocket.
#[derive(Debug, Default)]
pub struct Listener {
    pub(super) counter: Counter,
    pub(super) ear: Ear,
}

impl Listener {
    /// One that has seen nothing yet.
    pub fn new() -> Listener {
        Listener::default()
    }

    /// The same, which tells of each large piece of memory before it is used: see [`Counter::advised`].
    pub fn advised(advise: Advise) -> Listener {
        let ear = Ear { lines: Arena::advised(advise), ..Ear::default() };
        Listener { counter: Counter::advised(advise), ear }
    }

    /// Takes the next packets.
    pub fn count_all(&mut self, minutes: &Minutes) {
        let Listener { counter, ear } = self;
        counter.count_and_tell(&minutes.digests, &mut Listening { ear, minutes });
    }

    /// How many TCP conversations there are so far.
    pub fn conversation_count(&self) -> usize {
        self.counter.conversation_count()
    }
}

struct Listening<'l> {
    ear: &'l mut Ear,
    minutes: &'l Minutes,
}

impl Listens for Listening<'_> {
    #[inline]
    fn touch(&self, number: u32) -> u32 {
        self.ear.lines.get(number as usize).map_or(0, Line::touch)
    }

    #[inline]
    fn segment(&mut self, at: usize, number: u32, member: &Member, conversation: &Counted, odd: Odd) {
        let Some((bytes, first, damaged)) = self.minutes.data(at) else { return };
        let seen = &member.seen;
        let (from, zero, other_zero) = conversation.numbers(member);
        let Odd { keep_alive, probe, reset, .. } = odd;
        let (broken_off, syn) = (seen.rst(), seen.syn());
        let len = if broken_off { 0 } else { seen.len };
        let arrival = Arrival {
            stream: number,
            frame: seen.frame,
            from,
            seq: seen.seq.wrapping_sub(zero),
            zero,
            ack: seen.ack().map(|ack| ack.wrapping_sub(other_zero)),
            syn,
            fin: seen.fin(),
            rst: reset,
            len,
            bytes: bytes.get(..len as usize).unwrap_or(bytes),
            buffer: Buffer::Frame,
            at: 0,
            keep_alive,
            anew: false,
            doubt: Doubt::of(len, damaged, syn || probe),
        };
        self.ear.hear(&arrival, first);
    }

    fn swapped(&mut self, number: u32) {
        self.ear.restart(number);
    }
}

/// What is known of what is said.
#[derive(Debug)]
pub(super) struct Ear {
    lines: Arena<Line>,
    streams: Reassembler,
    reading: Reading,
}

impl Default for Ear {
    fn default() -> Ear {
        // What comes again is not compared, and nobody opens TLS.
        let limits = Limits { history_per_direction: 0, history: 0, waiting: 8 << 20, ..Limits::default() };
        let secure = SecureLimits { conversations: 1024, total: 4 << 20, ..SecureLimits::default() };
        Ear {
            lines: Arena::default(),
            streams: Reassembler::with_limits(limits),
            reading: Reading::with_limits(secure),
        }
    }
}

impl Ear {
    /// What is known of a conversation.
    #[inline]
    fn line(&mut self, number: u32) -> Option<&mut Line> {
        while self.lines.len() <= number as usize {
            self.lines.push(Line::default());
        }
        self.lines.get_mut(number as usize)
    }

    #[inline]
    fn hear(&mut self, arrival: &Arrival<'_>, first: First) {
        let Some(line) = self.line(arrival.stream) else { return };
        let done = match line.speech {
            Speech::Other => true,
            Speech::Http(_) | Speech::Frames(_) => line.goes_on(arrival, first),
            Speech::Tangled(_) | Speech::Talk => false,
        };
        if !done {
            self.closely(arrival);
        }
    }

    /// Takes what does not simply go on.
    #[inline(never)]
    fn closely(&mut self, arrival: &Arrival<'_>) {
        let number = arrival.stream;
        let Ear { lines, streams, reading } = self;
        let Some(line) = lines.get_mut(number as usize) else { return };
        let passed = line.passed();
        match &line.speech {
            Speech::Http(http) => {
                let http = *http;
                line.speech = Speech::Talk;
                streams.resume(number, passed, &mut |given| route(&given, lines, reading));
                http.said(number, passed, &mut |given| reading.take(&given));
            }
            Speech::Frames(frames) => {
                line.speech = Speech::Tangled(Box::new(*frames));
                streams.resume(number, passed, &mut |given| route(&given, lines, reading));
            }
            Speech::Tangled(_) | Speech::Talk | Speech::Other => {}
        }
        streams.push(arrival, &mut |given| route(&given, lines, reading));
        if let Some(line) = lines.get_mut(number as usize)
            && matches!(line.speech, Speech::Talk)
            && reading.is_other(number)
        {
            line.speech = Speech::Other;
            streams.leave(number);
        }
    }

    /// What was heard of a conversation so far was taken for the other side's: it is followed from here on, all of it, as if it had
    /// been forgotten.
    #[cold]
    fn restart(&mut self, number: u32) {
        if let Some(line) = self.line(number) {
            *line = Line::default();
            line.speech = Speech::Talk;
        }
        let Ear { streams, reading, .. } = self;
        streams.restart(number, &mut |given| reading.take(&given));
    }

    /// No more comes.
    pub(super) fn finish(&mut self) {
        let Ear { lines, streams, reading } = self;
        streams.finish(&mut |given| route(&given, lines, reading));
        reading.finish();
    }

    /// What was counted in the conversation of a number; `None` where it was not seen to become WebSocket.
    pub(super) fn messages(&self, number: u32) -> Option<Messages> {
        match &self.lines.get(number as usize)?.speech {
            Speech::Http(_) => None,
            Speech::Frames(frames) => Some(frames.counted()),
            Speech::Tangled(frames) => Some(frames.counted()),
            Speech::Talk | Speech::Other => self.reading.messages(number),
        }
    }
}

/// Takes what the reassembly hands on, of whichever conversation.
fn route(given: &Given<'_>, lines: &mut Arena<Line>, reading: &mut Reading) {
    let stream = match given {
        Given::Bytes(Chunk { side, .. })
        | Given::Hole(Hole { side, .. })
        | Given::End(Ending { side, .. })
        | Given::Anew(side) => side.stream,
        Given::Forgotten(stream) => *stream,
        Given::Overlap(_) | Given::Uncompared(_) | Given::GivenUp(_) | Given::Ignored(_) => return,
    };
    let Some(line) = lines.get_mut(stream as usize) else { return };
    if let Speech::Tangled(frames) = &mut line.speech {
        match given {
            Given::Bytes(chunk) => return frames.of(chunk.side.from).bytes(chunk.bytes),
            Given::Hole(hole) => return frames.of(hole.side.from).hole(hole.len),
            Given::Anew(_) | Given::Forgotten(_) => {}
            _ => return,
        }
        // What comes then may be HTTP again: who reads that has to know what was before.
        reading.counted(stream, frames.counted());
        line.speech = Speech::Talk;
        opening(stream, &mut |given| reading.take(&given));
    }
    if matches!(line.speech, Speech::Talk) {
        reading.take(given);
    }
}
