//! When the story's frames were seen, and how long things took.

use std::collections::VecDeque;
use std::time::Duration;

use crate::flow::Segment;
use crate::frame::Time;

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
}

impl Timeline {
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
