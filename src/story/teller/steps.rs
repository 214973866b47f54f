//! Makes the steps themselves: with all that any step has, of what the programs say, of silence.

use std::time::Duration;

use super::Teller;
use crate::event::{Host, Verdict};
use crate::frame::{Frame, in_words};
use crate::story::heard::Completed;
use crate::story::step::Step;
use crate::story::timeline::Back;
use crate::story::told::{Refuses, Seen, Told};
use crate::story::undecided::Fate;
use crate::story::what::What;
use crate::story::{hears, message, program};

/// The close code for a message that is too long (RFC 6455, section 7.4.1).
const TOO_BIG: u16 = 1009;

/// That the capture's clock was set back.
fn went_back_by(time: String) -> String {
    format!(
        "The capture's clock goes back by {time} here. How long this came after the frame before is not known; from here on, time is counted on."
    )
}

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
        drawn.hears.take(&completed);
        let refusal = hears::refusal(&completed);
        let len = match &completed {
            Completed::Frame(said) => said.whole.and_then(|whole| whole.len),
            _ => None,
        };
        message::describe(&mut step, completed, drawn, &after);
        if from == Host::Server {
            self.server_spoke(refusal);
        } else if step.server_code == [program::message_at_server(Fate::Taken)] {
            self.may_be_refused(&mut step, len);
        }
        let earlier = step.frames.first().copied().filter(|first| *first < frame.number);
        if let Some(earlier) = earlier {
            if let Some(time) = self.timeline.time_of(earlier) {
                (step.time, step.at) = (self.timeline.since_start(Some(time)), Some(time));
            }
        } else if from != carrier {
            let why = format!("Frame {} shows that the rest of it is in no frame.", frame.number);
            step.notes.push(why);
        }
        step
    }

    /// A message of HTTP of which the capture ends before the end of its body.
    pub(super) fn cut_off(&mut self, completed: Completed) -> Option<Step> {
        let Completed::Http(said) = &completed else { return None };
        let (from, number) = (said.message.from, *said.carried.frames.first()?);
        let link = crate::frame::LinkType::RawIp;
        let time = self.timeline.time_of(number);
        let frame = Frame { number, time, link, interface: None, bytes: &[], original_len: 0 };
        Some(self.said(completed, &frame, from))
    }

    /// What the server says shows what became of the messages before it; `refusal`: it fails the connection with this code.
    fn server_spoke(&mut self, refusal: Option<u16>) {
        match (refusal, self.progress.acked(Host::Server)) {
            // What broke a rule is the reason; the length of a message is another.
            (Some(code), _) if code == TOO_BIG || !self.drawn.hears.broke(Host::Client) => {
                self.undecided.refuses(code)
            }
            (Some(_), _) => self.undecided.decide(Fate::Taken),
            (None, Some(acked)) => self.undecided.goes_on(acked),
            (None, None) => {}
        }
    }

    /// A message of the client's that breaks no rule: whether the server's program is given it.
    fn may_be_refused(&mut self, step: &mut Step, len: Option<u64>) {
        let fate = match self.tell.refuses {
            Refuses::Recorded => {
                let end = self.progress.next(Host::Client).unwrap_or_default();
                return self.undecided.put(step.number, end);
            }
            Refuses::Longer(limit) if len.is_none_or(|len| limit.is_some_and(|limit| len > limit)) => {
                Fate::Refused(TOO_BIG)
            }
            Refuses::Longer(_) => Fate::Taken,
            Refuses::Unknown => Fate::Unknown,
        };
        step.server_code = vec![program::message_at_server(fate)];
    }

    /// Who sent a FIN says and hears no more; after an RST nobody does.
    pub(super) fn ended(&mut self, from: Host, fin: bool, rst: bool) {
        let hears = &mut self.drawn.hears;
        if fin || rst {
            hears.gone(from);
        }
        if rst {
            hears.gone(from.other());
        }
        if rst || fin && from == Host::Server {
            self.undecided.decide(Fate::Broken);
        }
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
        let lost = seen.verdict.is_some_and(Verdict::is_lost);
        if !frame.bytes.is_empty() {
            self.tally.frame(frame, if lost { Some(Verdict::Dropped) } else { seen.verdict });
        }
        let mut since = self.timeline.step(frame.time);
        let went_back = self.timeline.went_back();
        since = since.filter(|_| went_back.is_none());
        let set_back = match went_back {
            Some(Back::Set(by)) => Some(by),
            Some(Back::Late) | None => None,
        };
        let time = self.timeline.since_start(frame.time).filter(|_| set_back.is_none());
        let mut values = vec![
            ("from", from.to_string()),
            ("to", from.other().to_string()),
            ("frame", frame.number.to_string()),
            (if lost { "if_lost" } else { "if_arrives" }, String::new()),
        ];
        if let Some((client, server)) = self.ends() {
            values.push(("client", client.to_string()));
            values.push(("server", server.to_string()));
        }
        self.steps += 1;
        Step {
            number: self.steps,
            frames: vec![frame.number],
            time,
            since,
            values,
            verdict: seen.verdict,
            sockets: seen.sockets,
            bytes: frame.bytes.to_vec(),
            original_len: frame.original_len,
            at: frame.time,
            notes: set_back.flatten().map(went_back_by).into_iter().collect(),
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
