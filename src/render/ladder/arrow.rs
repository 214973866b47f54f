//! The arrow of a step: who sent what to whom, and when.

use unicode_width::UnicodeWidthStr;

use crate::event::{Host, TcpState, Verdict};
use crate::story::{Carrier, Step, What};

use super::{LEFT_RAIL, Ladder, ink_of};
use crate::frame::in_words;
use crate::render::line::cut;
use crate::render::{Ink, Line, escape};

/// Below so many columns the arrow has no room for states at its ends.
pub(super) const ENDS: usize = 70;

impl Ladder<'_> {
    /// The line with the arrow. In a short step that is over, the endpoints that change their state have its name at the
    /// arrow's end.
    pub(super) fn arrow(&self, step: &Step) -> Line {
        let (left, right) = if self.is_full(step) || self.width < ENDS || self.is_for_a_friend() {
            (None, None)
        } else {
            ends(step)
        };
        self.arrow_between(step, left, right)
    }

    /// The line with the arrow of a frame that stands on the wire: what it will change is not yet so.
    pub(super) fn arrow_under_way(&self, step: &Step) -> Line {
        if self.plain {
            return self.first_sentence(step);
        }
        self.arrow_between(step, None, None)
    }

    /// The sum for which a short step's arrow has no room: a line of its own.
    pub(super) fn sum_below(&self, step: &Step) -> Option<Line> {
        let sum = step.sums.first().filter(|_| self.width >= ENDS && !self.is_for_a_friend())?;
        let (left, right) = ends(step);
        let room = self.stop(right).saturating_sub(self.start(step, left).width());
        let fits = has_room(&with_sum(step, &sum.sum), room);
        (!fits).then(|| self.inside().with(Ink::Plain, &*sum.sum))
    }

    /// What stands before the arrow.
    fn start(&self, step: &Step, left: Option<TcpState>) -> Line {
        let number = number_of(step).map(|number| number.to_string()).unwrap_or_default();
        let mut line = Line::new().with(Ink::Faint, format!("{number:>3} "));
        match left {
            Some(state) => line.push(Ink::Client, format!("{} ", state.name())),
            None => line.pad_to(LEFT_RAIL).push(Ink::Faint, "│"),
        };
        line
    }

    /// Before which column the arrow ends.
    fn stop(&self, right: Option<TcpState>) -> usize {
        right.map_or(self.right_rail(), |state| self.right_rail() - state.name().len())
    }

    /// Whether the arrow has room for all of a step's label.
    pub(super) fn has_room(&self, step: &Step) -> bool {
        self.label(step).width() <= (self.right_rail() - LEFT_RAIL - 1).saturating_sub(TIPS)
    }

    fn arrow_between(&self, step: &Step, left: Option<TcpState>, right: Option<TcpState>) -> Line {
        let mut line = self.start(step, left);
        let room = self.stop(right).saturating_sub(line.width());
        let fits = |label: &String| self.width < ENDS || has_room(label, room);
        let label = match step.sums.first().map(|sum| with_sum(step, &sum.sum)) {
            Some(label) if !self.is_full(step) && !self.is_for_a_friend() && fits(&label) => label,
            _ => self.label(step).into_owned(),
        };
        let shaft = shaft(step, &label, room);
        line.push(ink_of(step.from), shaft);
        match right {
            Some(state) => line.push(Ink::Server, format!(" {}", state.name())),
            None => line.push(Ink::Faint, "│"),
        };
        let time = match time_of(step) {
            time if time == SAME_SEGMENT && self.is_for_a_friend() => "same breath".to_owned(),
            time => time,
        };
        let column = self.ladder_width().saturating_sub(time.width());
        if line.width() < column {
            line.pad_to(column).push(Ink::Faint, time);
        }
        line
    }
}

/// The frame that a step is about, where no step above it says so: what a program says mostly stands below the segment that
/// completes it.
pub(in crate::render) fn number_of(step: &Step) -> Option<u64> {
    let own = !step.what.is_said() || step.carrier == Carrier::Folded;
    step.frames.first().copied().filter(|_| own)
}

/// So many columns the ends of an arrow take, with the spaces beside its label.
const TIPS: usize = 6;

/// A step's label with a sum behind it.
fn with_sum(step: &Step, sum: &str) -> String {
    format!("{}  {sum}", step.label)
}

/// Whether an arrow of so many columns holds a label.
fn has_room(label: &str, room: usize) -> bool {
    escape(label).width() + TIPS <= room
}

/// The states that a short step ends in, where they change.
fn ends(step: &Step) -> (Option<TcpState>, Option<TcpState>) {
    let end = |host: Host| {
        let change = step.states.as_ref()?.of(host);
        if change.moves() { change.after } else { None }
    };
    (end(Host::Client), end(Host::Server))
}

/// `── SYN ─────▶` or `◀───── SYN-ACK ──`, `room` columns wide; with double lines what a program says in the segments; one that was dropped ends at a cross on its way.
fn shaft(step: &Step, label: &str, room: usize) -> String {
    let dropped = step.verdict == Some(Verdict::Dropped);
    let shown = cut(&escape(label), room.saturating_sub(TIPS));
    let dash = if step.what.is_said() || step.carrier == Carrier::Folded { "═" } else { "─" };
    let rest = room.saturating_sub(shown.width() + 5);
    if step.frames.is_empty() {
        // Nothing was on the wire: silence.
        let shown = cut(label, room.saturating_sub(2));
        let dots = room.saturating_sub(shown.width() + 2);
        return format!("{} {shown} {}", " ".repeat(dots / 2), " ".repeat(dots - dots / 2));
    }
    if step.what == What::Folded {
        return format!("◀{dash} {shown} {}▶", dash.repeat(rest));
    }
    match (step.from, dropped) {
        (Host::Client, false) => format!("{dash}{dash} {shown} {}▶", dash.repeat(rest)),
        (Host::Server, false) => format!("◀{} {shown} {dash}{dash}", dash.repeat(rest)),
        (Host::Client, true) => {
            format!("── {shown} {}✗{}", "─".repeat(rest / 2), " ".repeat(rest - rest / 2))
        }
        (Host::Server, true) => {
            format!("{}✗{} {shown} ──", " ".repeat(rest - rest / 2), "─".repeat(rest / 2))
        }
    }
}

/// Where a time would stand, of what came in the same segment as the step above.
const SAME_SEGMENT: &str = "same segment";

/// The time since the step before; of the first step, its own.
pub(in crate::render) fn time_of(step: &Step) -> String {
    match (step.since, step.time) {
        _ if step.what.is_said() && step.carrier == Carrier::Shared => SAME_SEGMENT.to_owned(),
        _ if step.what.is_said() && step.carrier == Carrier::Told => String::new(),
        (Some(since), _) => format!("+{}", in_words(since)),
        (None, Some(time)) => in_words(time),
        (None, None) => String::new(),
    }
}
