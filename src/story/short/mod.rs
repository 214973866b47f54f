//! Tells in short what lies below the subject of a story: where that is a WebSocket, TCP's handshake, its plain ACKs and its
//! goodbye take a line or two, and what the programs say stands in the place of the segments that carry it.
//!
//! A [`Shortener`] takes the steps of a [`Teller`](super::Teller) in order and gives those that people see. Only what is as it
//! should be is told in short: a step with a remark, a verdict, a loss, or any of TCP's rarer turns is given whole, and so is
//! what belongs to it (a handshake in which a SYN was lost). JSON, `-v` and the stepper have every step.

mod beats;
mod fold;
mod ordinary;
mod parts;
mod row;

use std::time::Duration;

use super::step::{Carrier, Step};
use super::what::What;
use beats::Beats;
use ordinary::{Ordinary, ordinary};
use parts::Parts;
use row::Row;

/// So many steps may wait until it is clear what the story is about, and so many bytes of their frames.
const WAITING: usize = 1000;
const WAITING_BYTES: usize = 1 << 20;
/// So many steps of one goodbye, or of one look for a neighbour, may wait for its end.
const TOGETHER: usize = 8;

/// What a story is about: of that it tells all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subject {
    /// The connection itself.
    #[default]
    Tcp,
    /// The WebSocket on it.
    WebSocket {
        /// Each heartbeat is told. Else only the first ping with its pong, and those in which something is odd (no pong, a pong
        /// that fits none); a line for all between comes with the next step that is told.
        heartbeats: bool,
    },
    /// The WebSocket from the request for one on, or TLS from its hello on, and what came before it if nothing else was said; else the
    /// connection.
    AsSaid {
        /// Each heartbeat is told.
        heartbeats: bool,
    },
}

/// Makes a story shorter for people.
#[derive(Debug, Default)]
pub struct Shortener {
    subject: Subject,
    /// Ordinary steps that are not told yet: all while the subject is open, else what is to be told together.
    held: Vec<Step>,
    bytes: usize,
    /// The newest frame that was told or folded into a line, since the start.
    newest: Option<Duration>,
    /// The WebSocket is the subject from the request for one on.
    open: bool,
    /// The newest frame that was told in a step of its own, and the newest in which something was said.
    told: Option<u64>,
    spoke: Option<u64>,
    /// The highest number of a frame that was given with its line, and the one that stands above what came before it.
    last: Option<u64>,
    behind: Option<u64>,
    parts: Parts,
    row: Row,
    beats: Beats,
    folded: Folded,
}

/// How many frames were told in short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// Of TCP's handshake and its goodbye, and of the look for a neighbour.
    pub together: u64,
    /// That only acknowledge: they have no line at all.
    pub acks: u64,
    /// Pairs of ping and pong.
    pub heartbeats: u64,
}

impl Shortener {
    /// For a story about this.
    pub fn new(subject: Subject) -> Shortener {
        let open = matches!(subject, Subject::AsSaid { .. });
        let each =
            matches!(subject, Subject::WebSocket { heartbeats: true } | Subject::AsSaid { heartbeats: true });
        Shortener { subject, open, beats: Beats::new(each), ..Shortener::default() }
    }

    /// The same for a recording: a step may wait for what comes later, so that a line for something that never came whole stands
    /// where it began.
    pub fn of_recording(subject: Subject) -> Shortener {
        Shortener { row: Row::new(true), ..Shortener::new(subject) }
    }

    /// Whether it is about a WebSocket, as far as is known.
    pub fn is_websocket(&self) -> bool {
        matches!(self.subject, Subject::WebSocket { .. })
    }

    /// How many frames were told in short so far.
    pub fn folded(&self) -> Folded {
        Folded { heartbeats: self.beats.folded(), ..self.folded }
    }

    /// Takes a step; gives what is to be told now.
    pub fn take(&mut self, step: Step) -> Vec<Step> {
        let mut out = Vec::new();
        if matches!(step.what, What::WsAsked | What::WsOpened | What::TlsClientHello) && self.open {
            (self.subject, self.open) = (Subject::WebSocket { heartbeats: self.beats.each() }, false);
            for held in std::mem::take(&mut self.held) {
                self.of_websocket(held, &mut out);
            }
        }
        match self.subject {
            Subject::Tcp => self.push(step, &mut out),
            Subject::WebSocket { .. } => self.of_websocket(step, &mut out),
            Subject::AsSaid { .. } => self.undecided(step, &mut out),
        }
        out
    }

    /// No more steps come: what was still to be told.
    pub fn finish(&mut self) -> Vec<Step> {
        let mut out = Vec::new();
        self.whole(&mut out);
        self.rest();
        self.unfinished();
        self.release(None, &mut out);
        out
    }

    /// From here on every step is told: what was still to be told so far.
    pub fn in_full(&mut self) -> Vec<Step> {
        let out = self.finish();
        (self.subject, self.open) = (Subject::Tcp, false);
        out
    }

    /// Nobody has said yet what it is about.
    fn undecided(&mut self, step: Step, out: &mut Vec<Step>) {
        let kind = ordinary(&step);
        self.bytes += step.bytes.len();
        let full = self.held.len() >= WAITING || self.bytes > WAITING_BYTES;
        let other = match kind {
            Some(Ordinary::Data) => !ordinary::may_ask(&step, &self.held),
            _ => step.what.is_said() && !ordinary::is_tunnel(&step),
        };
        if other || full {
            self.subject = Subject::Tcp;
        }
        if self.subject == Subject::Tcp || kind.is_none() && !ordinary::is_tunnel(&step) {
            self.bytes = 0;
            for held in std::mem::take(&mut self.held) {
                self.push(held, out);
            }
            self.push(step, out);
        } else {
            self.held.push(step);
        }
    }

    fn of_websocket(&mut self, step: Step, out: &mut Vec<Step>) {
        if let Some(host) = step.lost {
            self.parts.lose(host);
        }
        if step.what.is_said() {
            return self.said(step, out);
        }
        let Some(kind) = ordinary(&step) else {
            self.whole(out);
            return self.give(step, out);
        };
        let same = self.held.first().and_then(ordinary) == Some(kind);
        if !same || self.held.len() >= TOGETHER {
            self.together(kind, out);
        }
        match kind {
            Ordinary::Neighbour | Ordinary::Opening | Ordinary::Closing => {
                self.held.push(step);
                if fold::is_complete(&self.held) {
                    self.fold(out);
                }
            }
            Ordinary::Ack => self.folded.acks += 1,
            Ordinary::Data => self.parts.take(step),
        }
    }

    /// What the programs say has the frame's number and time where its segment has no line.
    fn said(&mut self, mut step: Step, out: &mut Vec<Step>) {
        if ordinary::is_record(&step) {
            // A carrier like a segment: what is inside comes next, or once it is complete.
            return;
        }
        let frame = step.frames.first().copied();
        step.carrier = match frame {
            _ if frame == self.told => Carrier::Told,
            _ if frame == self.spoke => Carrier::Shared,
            _ => Carrier::Folded,
        };
        self.parts.said(&mut step);
        match self.beats.take(step) {
            Some(step) => {
                self.spoke = frame;
                self.give(step, out);
            }
            // Whatever its segment carries besides must have the number itself.
            None => self.spoke = None,
        }
    }

    /// Another kind of step comes: what waited for more of its own is told. A goodbye may go on behind a plain ACK or more bytes.
    fn together(&mut self, next: Ordinary, out: &mut Vec<Step>) {
        match self.held.first().and_then(ordinary) {
            Some(Ordinary::Closing) if matches!(next, Ordinary::Ack | Ordinary::Data) => {}
            Some(Ordinary::Opening) if fold::is_answered(&self.held) => self.fold(out),
            _ => self.whole(out),
        }
    }

    /// What waited, in one line.
    fn fold(&mut self, out: &mut Vec<Step>) {
        if self.held.first().and_then(ordinary) == Some(Ordinary::Closing) {
            // What was begun before the goodbye stands before it.
            self.rest();
            self.unfinished();
        }
        let held = std::mem::take(&mut self.held);
        self.folded.together += held.len() as u64;
        if let Some(step) = fold::together(held) {
            self.give(step, out);
        }
    }

    /// What waited, step by step.
    fn whole(&mut self, out: &mut Vec<Step>) {
        for step in std::mem::take(&mut self.held) {
            self.give(step, out);
        }
    }

    /// What is not complete will not be.
    fn unfinished(&mut self) {
        for step in self.parts.unfinished() {
            self.put(step);
        }
    }

    /// The heartbeats before it come first, and what nobody can take apart.
    fn give(&mut self, step: Step, out: &mut Vec<Step>) {
        self.rest();
        self.put(step);
        self.release(self.parts.open(), out);
    }

    fn rest(&mut self) {
        for step in self.beats.rest().chain(self.parts.unreadable()) {
            self.put(step);
        }
    }

    /// Puts a step in its row.
    fn put(&mut self, step: Step) {
        self.has_line(&step);
        self.row.put(step);
    }

    /// Gives what no line can come before any more. Times are counted from the frame before that has a line.
    fn release(&mut self, open: Option<u64>, out: &mut Vec<Step>) {
        while let Some(mut step) = self.row.ready(open) {
            let counts = !step.what.is_said() || step.carrier == Carrier::Folded;
            if counts && let Some(time) = step.time {
                step.since = self.newest.and_then(|newest| time.checked_sub(newest));
                self.newest = self.newest.max(Some(time));
            }
            if counts {
                self.note_order(&mut step);
            }
            out.push(step);
        }
    }

    /// A goodbye waits for what belongs to it, and is told behind what was said meanwhile: then its number is a lower one.
    fn note_order(&mut self, step: &mut Step) {
        let Some(frame) = step.frames.first().copied() else { return };
        match self.last.filter(|last| frame < *last && step.what != What::Folded) {
            Some(last) => {
                if self.behind.replace(last) != Some(last) {
                    step.notes.push(format!("This came before frame {last}, which stands above."));
                }
            }
            None => self.last = self.last.max(Some(frame)),
        }
    }

    fn has_line(&mut self, step: &Step) {
        if !step.what.is_said() {
            self.told = step.frames.first().copied().filter(|_| step.what != What::Folded);
        }
    }

    /// Gives a step as it is.
    fn push(&mut self, step: Step, out: &mut Vec<Step>) {
        self.has_line(&step);
        if !step.what.is_said() || step.carrier == Carrier::Folded {
            self.newest = step.time.or(self.newest);
        }
        out.push(step);
    }
}
