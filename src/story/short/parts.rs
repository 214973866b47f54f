//! Segments with parts of something that is not complete yet.

use crate::event::Host;

use super::super::step::Step;
use super::super::values::bytes_of;
use super::super::what::What;
use super::fold::{line_of, named};
use super::ordinary::len;

/// Of each side, those since the last thing that was complete.
#[derive(Debug, Default)]
pub(super) struct Parts {
    client: Option<Part>,
    server: Option<Part>,
    /// What a side says can't be taken apart any more.
    unread: Vec<Host>,
}

#[derive(Debug)]
struct Part {
    first: u64,
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
        let (first, bytes) = part.as_ref().map_or((frame, 0), |part| (part.first, part.bytes));
        *part = Some(Part { first, bytes: bytes + len, newest });
    }

    /// Something of this side is complete: all that it said before belongs to it, or to what was complete earlier.
    pub(super) fn said(&mut self, step: &Step) {
        *self.of(step.from) = None;
        if matches!(step.what, What::WsUnreadable | What::HttpNone) {
            self.unread.push(step.from);
        }
    }

    /// What is left, in a line each: its rest did not come so far.
    pub(super) fn unfinished(&mut self) -> impl Iterator<Item = Step> + use<> {
        let parts = [self.client.take(), self.server.take()];
        let unread = self.unread.clone();
        parts.into_iter().flatten().map(move |Part { first, bytes, mut newest }| {
            let last = newest.frames.first().copied().unwrap_or(first);
            newest.frames = if first == last { vec![first] } else { vec![last, first] };
            let from = newest.from;
            newest.label = format!("{}, a part", bytes_of(bytes));
            if unread.contains(&from) {
                newest.words = "step story.unread";
                newest.label = format!("{} more", bytes_of(bytes));
            }
            newest.values = vec![
                ("from", from.to_string()),
                ("to", from.other().to_string()),
                ("frames", named(&newest.frames)),
                ("len", bytes.to_string()),
            ];
            newest
        })
    }
}
