//! Frames that the wire takes its time with.

use std::time::{Duration, Instant};

use super::carrier::Way;

/// Frames under way, each with the moment at which it arrives.
#[derive(Debug, Default)]
pub(super) struct Late {
    frames: Vec<(Instant, Way, Vec<u8>)>,
}

impl Late {
    /// Takes a frame that is to be at the end of its link after so long.
    pub(super) fn put(&mut self, delay: Duration, way: Way, bytes: Vec<u8>) {
        self.frames.push((Instant::now() + delay, way, bytes));
    }

    /// A frame whose time has come, the one that is due first.
    pub(super) fn due(&mut self) -> Option<(Way, Vec<u8>)> {
        let now = Instant::now();
        let first =
            (0..self.frames.len()).min_by_key(|index| self.frames.get(*index).map(|frame| frame.0))?;
        self.frames.get(first).filter(|frame| frame.0 <= now)?;
        let (_, way, bytes) = self.frames.remove(first);
        Some((way, bytes))
    }

    /// How long until the next one is due.
    pub(super) fn left(&self) -> Option<Duration> {
        let next = self.frames.iter().map(|frame| frame.0).min()?;
        Some(next.saturating_duration_since(Instant::now()))
    }

    /// Whether none is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}
