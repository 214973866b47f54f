//! Counts what the summary tells.

use std::time::Duration;

use crate::event::{Host, Sockets, Verdict};
use crate::flow::Segment;
use crate::flow::stream::Said;
use crate::frame::{Frame, Time};

use super::once::Once;
use super::progress::Progress;
use super::summary::{Outcome, Summary};

/// The counters.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    frames: u64,
    bytes: u64,
    /// How many bytes each side has said, and which: the client's first.
    said: [u64; 2],
    once: [Once; 2],
    turns: u32,
    /// Whom the newest segment came from.
    newest: Option<Host>,
    first: Option<Time>,
    last: Option<Time>,
    syn: Option<Time>,
    handshake: Option<Duration>,
    handshake_frames: u32,
    /// How long its frames were held on the wire.
    held: Duration,
    absorbed: u64,
    dropped: u64,
}

impl Tally {
    /// Counts a frame of the story.
    pub(super) fn frame(&mut self, frame: &Frame<'_>, verdict: Option<Verdict>) {
        self.frames += 1;
        self.bytes += u64::from(frame.original_len);
        self.dropped += u64::from(verdict.is_some_and(Verdict::is_lost));
        if let Some(time) = frame.time {
            self.first.get_or_insert(time);
            self.last = Some(time);
        }
    }

    /// The client is the end that was taken for the server so far.
    pub(super) fn swap(&mut self) {
        self.said.reverse();
        self.once.reverse();
        self.newest = self.newest.map(Host::other);
    }

    /// Counts a copy that was kept back: it is no part of the story's frames.
    pub(super) fn absorbed(&mut self) {
        self.absorbed += 1;
    }

    /// A frame went on after it was held; `opened`: the handshake was over before.
    pub(super) fn released(&mut self, held: Duration, opened: bool) {
        if self.syn.is_some() && !opened {
            self.held += held;
        }
    }

    /// Counts a segment, after [`Tally::frame`]; `opened`: this one ends the handshake, `done`: it was over before.
    pub(super) fn segment(
        &mut self,
        segment: &Segment,
        time: Option<Time>,
        (syn, rst): (bool, bool),
        opened: bool,
        done: bool,
    ) {
        let earlier = self.newest.replace(segment.from);
        self.turns += u32::from(earlier.is_some_and(|earlier| earlier != segment.from));
        let side = usize::from(segment.from == Host::Server);
        if let (Some(said), Some(once)) = (self.said.get_mut(side), self.once.get_mut(side)) {
            *said += once.take(segment, syn, rst);
        }
        if !done || opened {
            self.handshake_frames += 1;
        }
        if syn && segment.from == Host::Client && self.syn.is_none() {
            self.syn = time;
        }
        if opened && let (Some(syn), Some(time)) = (self.syn, time) {
            self.handshake = Some(time.since(syn));
        }
    }

    /// What it all came to.
    pub(super) fn summary(&self, progress: &Progress, sockets: Option<Sockets>, lost: u64) -> Summary {
        let duration = match (self.first, self.last) {
            (Some(first), Some(last)) => Some(last.since(first)),
            _ => None,
        };
        Summary {
            outcome: outcome(progress),
            only: [Host::Client, Host::Server].into_iter().find(|host| progress.speaks_alone(*host)),
            frames: self.frames,
            bytes: self.bytes,
            client_said: self.said[0],
            server_said: self.said[1],
            client_stream: Said::default(),
            server_stream: Said::default(),
            turns: self.turns,
            handshake: self.handshake,
            handshake_held: self.held,
            handshake_frames: self.handshake_frames,
            reset_by: progress.reset_by.or(progress.challenges),
            duration,
            absorbed: self.absorbed,
            dropped: self.dropped,
            lost,
            sockets,
            onclose: None,
            onerror: false,
            onclose_unread: false,
            verdicts: Vec::new(),
        }
    }
}

fn outcome(progress: &Progress) -> Outcome {
    let (client, server) = (progress.syn_seen(Host::Client), progress.syn_seen(Host::Server));
    // An RST that nobody need have taken, and behind which nothing comes, was taken: the capture lacks what lay before it.
    if progress.reset || progress.challenges.is_some() {
        let refused = client && !server && progress.reset_by == Some(Host::Server);
        return if refused { Outcome::Refused } else { Outcome::Reset };
    }
    if progress.unreachable && !progress.opened {
        return Outcome::Unreachable;
    }
    if progress.closed() {
        return Outcome::Closed;
    }
    match (client, server, progress.opened) {
        (true, true, true) => Outcome::Open,
        // The SYN-ACK is not in the capture, or there never was one.
        (true, false, _) if progress.acked(Host::Client).is_some() => Outcome::Open,
        (true, false, _) if progress.has_spoken(Host::Server) => Outcome::Unfinished,
        (true, false, _) => Outcome::NoAnswer,
        (false, true, true) => Outcome::Open,
        (_, true, false) => Outcome::Unfinished,
        (false, false, _) if progress.begun => Outcome::MidStream,
        (false, false, _) => Outcome::Empty,
    }
}
