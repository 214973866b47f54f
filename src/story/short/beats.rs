//! Quiet heartbeats: a ping and the pong that answers it, again and again, in one line.

use std::time::Duration;

use crate::event::Host;
use crate::frame::in_words;

use super::super::step::{Carrier, Step};
use super::super::values::grouped;
use super::super::what::What;
use super::fold::{line_of, named};

/// Pings and pongs that are not told yet.
#[derive(Debug, Default)]
pub(super) struct Beats {
    /// Each is told.
    each: bool,
    folded: u64,
    /// A pair was told in full: who has seen one knows them all.
    known: bool,
    /// A ping that waits for its pong.
    ping: Option<Box<Step>>,
    run: Option<Run>,
}

/// Pairs in a row.
#[derive(Debug)]
struct Run {
    count: u64,
    first: u64,
    /// The newest ping of each side, client and server.
    pings: [Option<Duration>; 2],
    apart: Option<Range>,
    waits: Option<Range>,
    newest: Option<Step>,
}

#[derive(Clone, Copy, Debug)]
struct Range {
    least: Duration,
    most: Duration,
}

impl Beats {
    /// `each`: none is folded.
    pub(super) fn new(each: bool) -> Beats {
        Beats { each, ..Beats::default() }
    }

    /// Whether each is told.
    pub(super) fn each(&self) -> bool {
        self.each
    }

    /// How many were folded.
    pub(super) fn folded(&self) -> u64 {
        self.folded
    }

    /// Takes a step of what a program says; gives it back where it is to be told.
    pub(super) fn take(&mut self, step: Step) -> Option<Step> {
        if self.each || !matches!(step.what, What::WsPing | What::WsPong) || !is_quiet(&step) {
            return Some(step);
        }
        match (step.what, self.ping.take()) {
            (What::WsPing, None) if self.known => self.ping = Some(Box::new(step)),
            (What::WsPong, Some(ping)) if answers(&step, &ping) => self.add(&ping, step),
            (_, waiting) => {
                self.known |= step.what == What::WsPong && answered(&step).is_some();
                self.ping = waiting;
                return Some(step);
            }
        }
        None
    }

    /// What waited: a line for all pairs, and a ping that has no answer so far.
    pub(super) fn rest(&mut self) -> impl Iterator<Item = Step> + use<> {
        let run = self.run.take().and_then(Run::line);
        run.into_iter().chain(self.ping.take().map(|ping| *ping))
    }

    fn add(&mut self, ping: &Step, pong: Step) {
        self.folded += 1;
        let frame = |step: &Step| step.frames.iter().min().copied().unwrap_or_default();
        let frames = pong.frames.clone();
        let pong = line_of(pong, "step story.heartbeats", String::new(), frames);
        let answered = pong.time;
        let run = self.run.get_or_insert_with(|| Run {
            count: 0,
            first: frame(ping),
            pings: [None; 2],
            apart: None,
            waits: None,
            newest: None,
        });
        run.count += 1;
        run.newest = Some(pong);
        if let (Some(asked), Some(answered)) = (ping.time, answered) {
            Range::stretch(&mut run.waits, answered.saturating_sub(asked));
        }
        let [client, server] = &mut run.pings;
        let earlier = match ping.from {
            Host::Client => client,
            Host::Server => server,
        };
        if let (Some(earlier), Some(now)) = (*earlier, ping.time) {
            Range::stretch(&mut run.apart, now.saturating_sub(earlier));
        }
        *earlier = ping.time;
    }
}

impl Run {
    fn line(self) -> Option<Step> {
        let Run { count, first, apart, waits, newest, pings } = self;
        let mut newest = newest?;
        let last = newest.frames.first().copied().unwrap_or(first);
        newest.frames = vec![last, first];
        newest.carrier = Carrier::Folded;
        newest.label = if count == 1 {
            "♥ 1 heartbeat".to_owned()
        } else {
            format!("♥ {} heartbeats", grouped(count))
        };
        newest.values.push(("count", grouped(count)));
        newest.values.push(("frames", named(&newest.frames)));
        if let Some(apart) = apart {
            let apart = apart.words();
            // Of both together they are closer.
            let both = pings.iter().all(Option::is_some);
            newest.label.push_str(&format!(", {apart} apart{}", if both { " per side" } else { "" }));
            let apart = if both { format!("each side's {apart}") } else { apart };
            newest.values.push(("apart", apart));
        }
        if let Some(waits) = waits {
            let (most, waits) = (Range { least: waits.most, ..waits }.words(), waits.words());
            newest.label.push_str(&match count {
                1 => format!(", pong after {waits}"),
                _ => format!(", pongs within {most}"),
            });
            newest.values.push(("wait", waits));
        }
        Some(newest)
    }
}

impl Range {
    fn stretch(range: &mut Option<Range>, time: Duration) {
        let Range { least, most } = range.unwrap_or(Range { least: time, most: time });
        *range = Some(Range { least: least.min(time), most: most.max(time) });
    }

    /// `30 s`, `29 to 31.5 s`, `800 ms to 1.5 s`.
    fn words(self) -> String {
        let words = |time| in_words(time).replace(".00 ", " ").replace(".0 ", " ");
        let (least, most) = (words(self.least), words(self.most));
        if least == most {
            return most;
        }
        match (least.split_once(' '), most.split_once(' ')) {
            (Some((number, unit)), Some((_, same))) if unit == same => format!("{number} to {most}"),
            _ => format!("{least} to {most}"),
        }
    }
}

/// Whether there is nothing to say of it but what it is; that it came in several segments is no news.
fn is_quiet(step: &Step) -> bool {
    step.verdicts.is_empty() && step.notes.len() == usize::from(step.frames.len() > 1)
}

/// The frame with the ping that a pong answers.
fn answered(pong: &Step) -> Option<&str> {
    pong.values.iter().find(|(name, _)| *name == "of").map(|(_, frame)| frame.as_str())
}

fn answers(pong: &Step, ping: &Step) -> bool {
    let frame = ping.frames.first().map(u64::to_string);
    pong.from != ping.from && frame.is_some() && answered(pong) == frame.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_times_says_its_unit_once() {
        let range = |least, most| {
            Range { least: Duration::from_millis(least), most: Duration::from_millis(most) }.words()
        };
        assert_eq!(range(30_000, 30_010), "30 s");
        assert_eq!(range(29_000, 31_500), "29 to 31.5 s");
        assert_eq!(range(800, 1_500), "800 ms to 1.5 s");
        assert_eq!(range(1, 1), "1 ms");
        assert_eq!(range(100_000, 130_000), "1 min 40 s to 2 min 10 s");
    }
}
