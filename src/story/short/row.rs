//! What is to be told, in the order of its frames.

use std::collections::VecDeque;

use super::super::step::Step;

/// So many steps wait at most for a line that may have to stand before them,
const STEPS: usize = 1000;
/// with so many bytes of their frames.
const BYTES: usize = 1 << 20;

/// Steps of which some wait.
#[derive(Debug, Default)]
pub(super) struct Row {
    waiting: VecDeque<Step>,
    bytes: usize,
    /// Nobody looks on while it happens, so steps may wait.
    recorded: bool,
}

impl Row {
    /// `recorded`: whether steps may wait for what comes later.
    pub(super) fn new(recorded: bool) -> Row {
        Row { recorded, ..Row::default() }
    }

    /// Puts a step in its place among those that wait.
    pub(super) fn put(&mut self, step: Step) {
        self.bytes += step.bytes.len();
        let before = |waiting: &Step| frame(waiting) <= frame(&step);
        let at = self.waiting.iter().rposition(before).map_or(0, |at| at + 1);
        self.waiting.insert(at, step);
    }

    /// The next step, if nothing can come before it any more: a line for a frame as early as `open` may.
    pub(super) fn ready(&mut self, open: Option<u64>) -> Option<Step> {
        let waits = self.recorded && self.waiting.len() <= STEPS && self.bytes <= BYTES;
        let open = open.filter(|_| waits);
        let first = frame(self.waiting.front()?);
        if open.is_some_and(|open| first >= open) {
            return None;
        }
        let step = self.waiting.pop_front()?;
        self.bytes -= step.bytes.len();
        Some(step)
    }
}

/// The frame that a step is about; one that is about none comes last.
fn frame(step: &Step) -> u64 {
    step.frames.first().copied().unwrap_or(u64::MAX)
}
