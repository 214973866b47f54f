//! Makes the steps themselves: with all that any step has, of what the programs say, of silence.

use std::time::Duration;

use super::Teller;
use crate::event::{Host, Verdict};
use crate::frame::{Frame, in_words};
use crate::story::heard::Completed;
use crate::story::message;
use crate::story::step::{Step, What};
use crate::story::told::{Seen, Told};

impl Teller {
    /// The step of what the programs say, behind that of the segment that completes it.
    pub(super) fn said(&mut self, completed: Completed, frame: &Frame<'_>, carrier: Host) -> Step {
        let from = match &completed {
            Completed::Tls(said) => said.from,
            Completed::Http(said) => said.message.from,
            Completed::Frame(said) => said.frame.from,
            Completed::NotHttp { from, .. } | Completed::More { from, .. } => *from,
        };
        let (what, words) = message::kind(&completed);
        // The bytes are those of the segment's step, and its frame is counted there.
        let without = Frame { bytes: &[], original_len: 0, ..*frame };
        let mut step = self.blank(&without, &Seen::default(), from, what, words);
        step.since = None;
        step.stream = Some(self.tell.stream);
        let Teller { timeline, drawn, .. } = self;
        let after = |earlier| timeline.since_frame(earlier, frame.time).map(in_words);
        message::describe(&mut step, completed, drawn, &after);
        if from != carrier {
            let why = format!("Frame {} shows that the rest of it is in no frame.", frame.number);
            step.notes.push(why);
        }
        step
    }

    /// What waited with the step that waited.
    pub(super) fn said_behind(&mut self) -> impl Iterator<Item = Told> + use<> {
        std::mem::take(&mut self.behind).into_iter()
    }

    /// To the end nothing came back.
    pub(super) fn silence(&mut self, gave_up: Option<Duration>) -> Step {
        let empty = Frame {
            number: 0,
            time: None,
            link: crate::frame::LinkType::RawIp,
            interface: None,
            bytes: &[],
            original_len: 0,
        };
        let mut step =
            self.blank(&empty, &Seen::default(), Host::Server, What::NoAnswer, "step story.no_answer");
        step.frames.clear();
        step.stream = Some(self.tell.stream);
        step.label = "silence".to_owned();
        step.full = false;
        step.filter = format!("tcp.stream == {} and tcp.completeness == 1", self.tell.stream);
        if let Some(time) = gave_up {
            step.values.push(("wait", in_words(time)));
        }
        step
    }

    /// A step with all that any frame's step has.
    pub(super) fn blank(
        &mut self,
        frame: &Frame<'_>,
        seen: &Seen,
        from: Host,
        what: What,
        words: &'static str,
    ) -> Step {
        if !frame.bytes.is_empty() {
            let lost = seen.verdict.is_some_and(Verdict::is_lost);
            self.tally.frame(frame, if lost { Some(Verdict::Dropped) } else { seen.verdict });
        }
        let since = self.timeline.step(frame.time);
        let mut values = vec![
            ("from", from.to_string()),
            ("to", from.other().to_string()),
            ("frame", frame.number.to_string()),
        ];
        if let Some((client, server)) = self.ends() {
            values.push(("client", client.to_string()));
            values.push(("server", server.to_string()));
        }
        self.steps += 1;
        Step {
            number: self.steps,
            frames: vec![frame.number],
            time: self.timeline.since_start(frame.time),
            since,
            values,
            verdict: seen.verdict,
            sockets: seen.sockets,
            bytes: frame.bytes.to_vec(),
            original_len: frame.original_len,
            at: frame.time,
            ..Step::bare(what, words, from, frame.link)
        }
    }

    /// Gives a step, after the one that waited.
    pub(super) fn give(&mut self, step: Step) -> Vec<Told> {
        self.next(Told::Step(Box::new(step)))
    }

    /// The same of whatever comes next.
    pub(super) fn next(&mut self, next: Told) -> Vec<Told> {
        let mut told: Vec<Told> = self.pending.take().map(Told::Step).into_iter().collect();
        told.extend(self.said_behind());
        told.push(next);
        told
    }
}
