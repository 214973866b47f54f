//! When the story's frames were seen, and how long things took.

use std::collections::VecDeque;
use std::time::Duration;

use crate::flow::Segment;
use crate::frame::{Time, in_words};

/// So many frames of the conversation are remembered by their time, for "sent again after".
const REMEMBERED: usize = 1024;

/// A segment that is remembered.
#[derive(Debug)]
struct Sent {
    frame: u64,
    time: Time,
    seq: u32,
    len: u32,
}

/// The times of a story. Without times in the capture it knows nothing.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    start: Option<Time>,
    newest: Option<Time>,
    times: VecDeque<Sent>,
    clock: Clock,
}

/// The clock of a capture, which may be set back while it runs: from then on, times are counted as if it had stood still meanwhile.
#[derive(Debug, Default)]
struct Clock {
    /// The newest frame's time, counted so.
    newest: Option<Time>,
    /// By how much it is behind by now, in nanoseconds.
    behind: i128,
    /// It went back with the newest frame, by so much in words: said once.
    went_back: Option<Option<String>>,
    said: bool,
}

impl Timeline {
    /// When a frame was seen, by a clock that never goes back; what it says is what all other times here are to be made of.
    pub(super) fn steady(&mut self, time: Option<Time>) -> Option<Time> {
        let Clock { newest, behind, went_back, said } = &mut self.clock;
        let time = Time(time?.0 + *behind);
        let back = newest.map_or(0, |newest| newest - time).max(0);
        let now = Time(time.0 + back);
        *behind += back;
        *newest = Some(now);
        if back > 0 {
            *went_back = Some((!*said).then(|| in_words(now.since(time))));
            *said = true;
        }
        Some(now)
    }

    /// Whether the clock went back with the newest frame: how long after the one before it came cannot be known. By how much, in
    /// words, the first time. Asked once a frame.
    pub(super) fn went_back(&mut self) -> Option<Option<String>> {
        self.clock.went_back.take()
    }

    /// A step's frame is the newest from now on; how long after the one before it was seen.
    pub(super) fn step(&mut self, time: Option<Time>) -> Option<Duration> {
        let since = self.since_newest(time);
        if let Some(time) = time {
            self.start.get_or_insert(time);
            self.newest = Some(time);
        }
        since
    }

    /// The newest frame was let through at `time`: what comes next is counted from there.
    pub(super) fn released(&mut self, time: Time) {
        self.newest = Some(time);
    }

    /// How long after the first frame of the story.
    pub(super) fn since_start(&self, time: Option<Time>) -> Option<Duration> {
        Some(time?.since(self.start?))
    }

    /// How long after the newest step's frame.
    pub(super) fn since_newest(&self, time: Option<Time>) -> Option<Duration> {
        Some(time?.since(self.newest?))
    }

    /// How long after a frame of the conversation that is remembered.
    pub(super) fn since_frame(&self, number: u64, time: Option<Time>) -> Option<Duration> {
        Some(time?.since(self.find(number)?.time))
    }

    /// When a frame of the conversation was seen that is remembered.
    pub(super) fn time_of(&self, number: u64) -> Option<Time> {
        Some(self.find(number)?.time)
    }

    /// Whether a frame that is remembered holds just these bytes.
    pub(super) fn holds(&self, number: u64, segment: &Segment) -> bool {
        self.find(number).is_some_and(|sent| (sent.seq, sent.len) == (segment.seq, segment.len))
    }

    fn find(&self, number: u64) -> Option<&Sent> {
        self.times.iter().find(|sent| sent.frame == number)
    }

    /// Remembers a segment of the conversation.
    pub(super) fn remember(&mut self, segment: &Segment, time: Option<Time>) {
        let Some(time) = time else { return };
        if self.times.len() == REMEMBERED {
            self.times.pop_front();
        }
        self.times.push_back(Sent { frame: segment.frame, time, seq: segment.seq, len: segment.len });
    }
}
