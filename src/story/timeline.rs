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

/// A frame that is earlier than the one before it by no more than this was written late, as by one of several queues or processors: the
/// clock was not set back.
const DISORDER_NANOS: i128 = 10_000_000;

/// Why it is not known how long after the one before it a frame came.
#[derive(Debug)]
pub(super) enum Back {
    /// It was written late.
    Late,
    /// The clock was set back: by so much in words, the first time.
    Set(Option<String>),
}

/// The clock of a capture, which may be set back while it runs: from then on, times are counted as if it had stood still meanwhile.
#[derive(Debug, Default)]
struct Clock {
    /// The newest frame's time, counted so.
    newest: Option<Time>,
    /// By how much it is behind by now, in nanoseconds.
    behind: i128,
    /// It went back with the newest frame.
    went_back: Option<Back>,
    said: bool,
}

impl Timeline {
    /// When a frame was seen, by a clock that is not set back; what it says is what all other times here are to be made of.
    pub(super) fn steady(&mut self, time: Option<Time>) -> Option<Time> {
        let Clock { newest, behind, went_back, said } = &mut self.clock;
        let time = Time(time?.0 + *behind);
        let back = newest.map_or(0, |newest| newest - time).max(0);
        if (1..=DISORDER_NANOS).contains(&back) {
            *went_back = Some(Back::Late);
            return Some(time);
        }
        let now = Time(time.0 + back);
        *behind += back;
        *newest = Some(now);
        if back > 0 {
            *went_back = Some(Back::Set((!*said).then(|| in_words(now.since(time)))));
            *said = true;
        }
        Some(now)
    }

    /// Whether time went back with the newest frame. Asked once a frame.
    pub(super) fn went_back(&mut self) -> Option<Back> {
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
