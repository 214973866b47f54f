//! Segments with parts of something that is not complete yet.

use crate::event::Host;
use crate::flow::talk::Verdict;

use super::super::step::Step;
use super::super::values::bytes_of;
use super::super::what::What;
use super::fold::{line_of, named};
use super::ordinary::len;

/// So many verdicts wait at most for what they are about.
const VERDICTS: usize = 1000;

/// Of each side, those since the last thing that was complete.
#[derive(Debug, Default)]
pub(super) struct Parts {
    client: Option<Part>,
    server: Option<Part>,
    /// What the referee said with them: it belongs to what they are parts of.
    verdicts: Vec<Verdict>,
    /// What a side says can't be taken apart any more.
    unread: Vec<Host>,
    /// The client has asked for WebSocket, and no answer came so far: what it says behind that depends on the answer.
    asked: bool,
}

#[derive(Debug)]
struct Part {
    first: u64,
    bytes: u64,
    newest: Step,
}

impl Part {
    /// The frame that its line is about.
    fn frame(&self) -> u64 {
        self.newest.frames.first().copied().unwrap_or(self.first)
    }
}

impl Parts {
    fn of(&mut self, host: Host) -> &mut Option<Part> {
        match host {
            Host::Client => &mut self.client,
            Host::Server => &mut self.server,
        }
    }

    /// A segment with bytes.
    pub(super) fn take(&mut self, mut step: Step) {
        let Some(frame) = step.frames.first().copied() else { return };
        let room = VERDICTS.saturating_sub(self.verdicts.len());
        self.verdicts.extend(std::mem::take(&mut step.verdicts).into_iter().take(room));
        let (what, from, len) = (step.what, step.from, len(&step));
        let newest = Step { what, ..line_of(step, "step story.unfinished", String::new(), vec![frame]) };
        let part = self.of(from);
        let (first, bytes) = part.as_ref().map_or((frame, 0), |part| (part.first, part.bytes));
        *part = Some(Part { first, bytes: bytes + len, newest });
    }

    /// Something of this side is complete: all that it said before belongs to it, or to what was complete earlier. So does what
    /// the referee said of it with segments that have no line.
    pub(super) fn said(&mut self, step: &mut Step) {
        *self.of(step.from) = None;
        self.asked =
            step.from == Host::Client && matches!(step.words, "step ws.asked" | "step ws.asked_wrongly");
        let mut verdicts = self.verdicts_of(step.from);
        verdicts.append(&mut step.verdicts);
        step.verdicts = verdicts;
        if matches!(step.what, What::WsUnreadable | What::HttpNone) {
            self.lose(step.from);
        }
    }

    /// From here on nobody can know where anything begins that this side says.
    pub(super) fn lose(&mut self, host: Host) {
        if !self.unread.contains(&host) {
            self.unread.push(host);
        }
    }

    /// The first frame before which a line may yet have to stand.
    pub(super) fn open(&self) -> Option<u64> {
        let open = |part: &&Part| !self.unread.contains(&part.newest.from);
        [&self.client, &self.server].into_iter().flatten().filter(open).map(Part::frame).min()
    }

    /// A line each for those of which it is clear that nobody can take them apart.
    pub(super) fn unreadable(&mut self) -> impl Iterator<Item = Step> + use<> {
        let lines: Vec<Step> = self.unread.clone().into_iter().filter_map(|host| self.line(host)).collect();
        lines.into_iter()
    }

    /// What is left, in a line each: its rest did not come so far.
    pub(super) fn unfinished(&mut self) -> impl Iterator<Item = Step> + use<> {
        [self.line(Host::Client), self.line(Host::Server)].into_iter().flatten()
    }

    fn verdicts_of(&mut self, host: Host) -> Vec<Verdict> {
        self.verdicts.extract_if(.., |verdict| verdict.by == host).collect()
    }

    fn line(&mut self, from: Host) -> Option<Step> {
        let part = self.of(from).take()?;
        let last = part.frame();
        let Part { first, bytes, mut newest } = part;
        newest.frames = if first == last { vec![first] } else { vec![last, first] };
        newest.label = format!("{}, a part", bytes_of(bytes));
        if self.unread.contains(&from) {
            newest.words = "step story.unread";
            newest.label = format!("{} more", bytes_of(bytes));
        }
        if self.asked && from == Host::Client && !self.unread.contains(&from) {
            newest.words = "step story.no_answer_here";
            newest.label = bytes_of(bytes);
        }
        newest.values = vec![
            ("from", from.to_string()),
            ("to", from.other().to_string()),
            ("frames", named(&newest.frames)),
            ("len", bytes.to_string()),
            ("begin", if bytes == 1 { "begins" } else { "begin" }.to_owned()),
        ];
        newest.verdicts = self.verdicts_of(from);
        Some(newest)
    }
}
