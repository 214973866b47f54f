//! A step where nothing is drawn: one paragraph, in the order in which somebody would say it.

use crate::event::{Host, TcpState, Verdict};
use crate::story::{Carrier, Change, States, Step, What};

use super::arrow::time_of;
use super::facts::sum_said;
use super::{Ladder, capitalised, ink_of, moves, uncapitalised};
use crate::render::{Ink, Line};

/// The two hosts, a line each. An address that is not known yet is left out.
pub(super) fn hosts(client: Option<&str>, server: Option<&str>) -> Vec<Line> {
    let ends = [(Ink::Client, "Client", client), (Ink::Server, "Server", server)];
    let known = ends.into_iter().filter_map(|(ink, name, end)| Some((ink, format!("{name}: {}", end?))));
    known.map(|(ink, text)| Line::new().with(ink, text)).collect()
}

/// `The client goes from CLOSED to SYN-SENT.`; a line for each host.
pub(super) fn states(step: &Step) -> Vec<Line> {
    let Some(States { client, server }) = step.states else { return Vec::new() };
    [(Host::Client, client), (Host::Server, server)]
        .into_iter()
        .map(|(host, change)| Line::new().with(ink_of(host), format!("The {host} {}.", went(&change))))
        .collect()
}

/// `goes from CLOSED to SYN-SENT`, or `stays in LISTEN`.
fn went(change: &Change) -> String {
    let name = |state: Option<TcpState>, kernel: bool| {
        let name = state.map_or("a state that the frames do not tell", TcpState::name);
        format!("{name}{}", if kernel { " (read from its kernel)" } else { "" })
    };
    if change.moves() {
        let before = name(change.before, change.kernel_before);
        format!("goes from {before} to {}", name(change.after, change.kernel_after))
    } else {
        format!("stays in {}", name(change.before, change.kernel_before || change.kernel_after))
    }
}

impl Ladder<'_> {
    /// The whole step.
    pub(super) fn paragraph_of(&self, step: &Step) -> Vec<Line> {
        let mut lines = vec![Line::new(), self.first_sentence(step)];
        let full = self.is_full(step);
        if full || moves(step) {
            lines.extend(self.states(step));
        }
        lines.extend(self.words(step));
        lines.extend(if full { self.facts(step) } else { self.news(step) });
        lines.extend(self.said(step));
        lines.extend(self.remarks(step));
        if full {
            lines.extend(self.find(step));
            lines.extend(self.hex(step));
        }
        lines
    }

    /// What the arrow shows: `Frame 3, client to server, at 0.50 ms: SYN.`
    pub(super) fn first_sentence(&self, step: &Step) -> Line {
        let (from, to) = (step.from, step.from.other());
        let mut line = Line::new();
        let friend = self.is_for_a_friend();
        let label = if friend { uncapitalised(&self.title(step)) } else { step.label.clone() };
        let Some(frame) = step.frames.first() else {
            return line.with(Ink::Strong, format!("{}.", capitalised(&label)));
        };
        let way = match step.what {
            // The sentence says who does it.
            _ if friend => String::new(),
            What::Folded => ", both ways".to_owned(),
            _ => format!(", {from} to {to}"),
        };
        line.push(Ink::Strong, format!("Frame {frame}{way}"));
        let time = time_of(step);
        match time.strip_prefix('+') {
            _ if step.carrier == Carrier::Shared && step.what.is_said() => {
                line.push(Ink::Plain, format!(", in the same {}", if friend { "breath" } else { "segment" }))
            }
            Some(since) => line.push(Ink::Plain, format!(", {since} later")),
            None if time.is_empty() => line.push(Ink::Plain, ""),
            None => line.push(Ink::Plain, format!(", at {time}")),
        };
        if step.verdict == Some(Verdict::Dropped) {
            line.push(Ink::Alarm, ", lost on its way");
        }
        line.push(Ink::Plain, ": ");
        // A label may hold what a program said.
        line.push(if step.what.is_said() { Ink::Application } else { ink_of(from) }, label.clone());
        line.push(Ink::Plain, if label.ends_with('?') { "" } else { "." });
        if let Some(sum) = step.sums.first().filter(|_| !self.is_full(step) && !friend) {
            line.push(Ink::Plain, format!(" {}.", sum_said(&sum.sum)));
        }
        line
    }
}
