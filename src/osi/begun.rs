//! The frames in which something begins that is not at its end yet: where a long message is walked, its header is there.

use std::collections::HashMap;

use super::finder::AHEAD;
use super::heard::{Heard, What};
use super::kept::Kept;
use super::units;
use crate::flow::stream::Side;

/// So many directions may have something open.
const SIDES: usize = 64;

/// Of each direction the frame in which that begins which is open.
#[derive(Debug, Default)]
pub(super) struct Begun(HashMap<Side, Kept>);

impl Begun {
    /// The frame with the first byte of what was heard last in `side`, if that was kept; with all that is known of it by now.
    pub(super) fn take(&mut self, side: Side, first: u64, heard: &[Heard]) -> Option<Kept> {
        let kept = self.0.get(&side)?;
        if kept.number != first {
            return None;
        }
        let mut kept = self.0.remove(&side)?;
        kept.hear(heard.iter().cloned());
        Some(kept)
    }

    /// A frame of `side` has come, and this was heard with it; says whether something may begin in it that nothing else has begun.
    pub(super) fn wants(&mut self, side: Side, frame: u64, heard: &[Heard]) -> bool {
        if let Some(kept) = self.0.get_mut(&side) {
            kept.hear(heard.iter().cloned());
            let later = |heard: &Heard| heard.side == side && heard.frames.0 > kept.number;
            let is_over = heard.iter().any(later)
                || frame >= kept.number + AHEAD
                || kept.window.is_none_or(|window| units::is_covered(&window, &kept.heard));
            if is_over {
                self.0.remove(&side);
            }
        }
        !self.0.contains_key(&side) && self.0.len() < SIDES
    }

    /// Keeps a frame, if bytes of it are open. (In a copy of what came before nothing begins.)
    pub(super) fn keep(&mut self, side: Side, kept: Kept) {
        let is_open = kept.window.is_some_and(|window| !units::is_covered(&window, &kept.heard));
        if is_open && kept.again.is_none() {
            self.0.insert(side, kept);
        }
    }
}

/// Where the message begins that a program has said with this: its side, and its first frame.
pub(super) fn begins(heard: &Heard) -> Option<(Side, u64)> {
    let has_head = matches!(heard.what, What::WebSocket(_) | What::Http { .. });
    (has_head && !heard.inside).then_some((heard.side, heard.frames.0))
}
