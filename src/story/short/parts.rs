//! Segments with parts of something that is not complete yet.

use crate::event::Host;

use super::super::step::Step;
use super::super::values::bytes_of;
use super::fold::{line_of, named};
use super::ordinary::len;

/// Of each side, those since the last thing that was complete.
#[derive(Debug, Default)]
pub(super) struct Parts {
    client: Option<Part>,
    server: Option<Part>,
}

#[derive(Debug)]
struct Part {
    first: u64,
    count: u64,
    bytes: u64,
    newest: Step,
}

impl Parts {
    fn of(&mut self, host: Host) -> &mut Option<Part> {
        match host {
            Host::Client => &mut self.client,
            Host::Server => &mut self.server,
        }
    }

    /// A segment with bytes.
    pub(super) fn take(&mut self, step: Step) {
        let Some(frame) = step.frames.first().copied() else { return };
        let (what, from, len) = (step.what, step.from, len(&step));
        let newest = Step { what, ..line_of(step, "step story.unfinished", String::new(), vec![frame]) };
        let part = self.of(from);
        let (first, count, bytes) =
            part.as_ref().map_or((frame, 0, 0), |part| (part.first, part.count, part.bytes));
        *part = Some(Part { first, count: count + 1, bytes: bytes + len, newest });
    }

    /// Something of this side is complete: all that it said before belongs to it, or to what was complete earlier.
    pub(super) fn said(&mut self, step: &Step) {
        *self.of(step.from) = None;
    }

    /// What is left, in a line each: its rest did not come so far.
    pub(super) fn unfinished(&mut self) -> impl Iterator<Item = Step> + use<> {
        let parts = [self.client.take(), self.server.take()];
        parts.into_iter().flatten().map(|Part { first, count, bytes, mut newest }| {
            let last = newest.frames.first().copied().unwrap_or(first);
            newest.frames = if first == last { vec![first] } else { vec![last, first] };
            newest.label = format!("{}, a part", bytes_of(bytes));
            let from = newest.from;
            newest.values = vec![
                ("from", from.to_string()),
                ("to", from.other().to_string()),
                ("frames", named(&newest.frames)),
                ("count", count.to_string()),
                ("len", bytes.to_string()),
            ];
            newest
        })
    }
}
