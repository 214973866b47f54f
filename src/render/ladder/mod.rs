//! The story as a ladder: the client on the left, the server on the right, time downwards.
//!
//! ```text
//!   3 │── SYN ──────────────────────────▶│   0.00 ms
//!   CLOSED → SYN-SENT      LISTEN → SYN-RECEIVED
//!     │  "Can you hear me?" ...
//! ```
//!
//! A step comes in two parts, so that the stepper can stop between them: [`Ladder::before`], the frame as it stands on the
//! wire, and [`Ladder::after`], what it changed and what it means. From 120 columns on, the words stand to the right of the
//! ladder, else below it.

mod arrow;
mod bytes;
mod closing;
mod facts;
mod said;
mod spoken;
mod words;

use std::borrow::Cow;
use std::time::Duration;

use crate::event::{Host, Socket, TcpState, TimerKind};
use crate::frame::in_words;
use crate::story::{Change, States, Step, What};
use crate::words::{Book, Level, fill};

use super::{Ink, Line, wrap};

pub(super) use arrow::{number_of, time_of};
pub use closing::{Hint, next_lines};
pub(super) use facts::facts_of;
pub(super) use said::code_of;

/// From so many columns on, words stand beside the ladder.
const WIDE: usize = 120;
/// The ladder's own width where there is room.
const LADDER: usize = 80;
/// Where the client's rail stands.
const LEFT_RAIL: usize = 5;
/// Where text inside the ladder begins.
const TEXT: usize = 8;
/// What the star behind a state means.
pub const LEGEND: &str = "* read from that host's kernel; what has no * follows from the frames";

/// Draws steps.
#[derive(Debug)]
pub struct Ladder<'a> {
    /// The texts.
    pub book: &'a Book<'a>,
    /// How deep they go.
    pub level: Level,
    /// Columns, at least 40.
    pub width: usize,
    /// Every step in full.
    pub verbose: bool,
    /// The bytes beside the fields.
    pub bytes: bool,
    /// All that programs say is told in full and drawn, not only the first of its kind.
    pub drawn: bool,
    /// No ladder at all: each step is a paragraph.
    pub plain: bool,
}

impl Ladder<'_> {
    /// The two hosts, above their rails. An address that is not known yet is left out.
    pub fn hosts(&self, client: Option<&str>, server: Option<&str>) -> Vec<Line> {
        if self.plain {
            return spoken::hosts(client, server);
        }
        let left = format!("client {}", client.unwrap_or_default());
        let right = format!("server {}", server.unwrap_or_default());
        let mut line = Line::from("   ").with(Ink::Client, left.trim_end());
        let right = right.trim_end().to_owned();
        let column = self.ladder_width().saturating_sub(right.chars().count());
        if line.width() + 2 > column {
            return vec![line, Line::new().with(Ink::Plain, "   ").with(Ink::Server, right)];
        }
        line.pad_to(column).push(Ink::Server, right);
        vec![line]
    }

    /// The whole step.
    pub fn step(&self, step: &Step) -> Vec<Line> {
        if self.plain {
            return self.paragraph_of(step);
        }
        if self.width < WIDE {
            let mut lines = vec![self.arrow(step)];
            if self.is_full(step) {
                lines.extend(self.states(step));
                lines.extend(self.words(step));
                lines.extend(self.facts(step));
                lines.extend(self.said(step));
                lines.extend(self.remarks(step));
                lines.extend(self.find(step));
                lines.extend(self.hex(step));
                if self.verbose || opens(step) {
                    lines.push(self.rails());
                }
            } else {
                if self.width < arrow::ENDS && moves(step) {
                    lines.extend(self.states(step));
                }
                lines.extend(self.sum_below(step));
                lines.extend(self.words(step));
                lines.extend(self.news(step));
                lines.extend(self.said(step));
                lines.extend(self.remarks(step));
            }
            return lines;
        }
        let mut lines = vec![self.arrow(step)];
        if self.is_full(step) {
            lines.extend(self.states(step));
            lines.extend(self.facts(step));
        } else {
            lines.extend(self.sum_below(step));
            lines.extend(self.news(step));
        }
        lines.extend(self.said(step));
        if self.is_full(step) {
            lines.extend(self.find(step));
        }
        let words = self.wide_words(step);
        let mut joined = beside(lines, words, LADDER + 4, || self.rails());
        joined.extend(self.remarks(step));
        joined.extend(self.hex(step));
        if self.is_full(step) {
            joined.push(self.rails());
        }
        joined
    }

    /// The step while its frame stands on the wire.
    pub fn before(&self, step: &Step) -> Vec<Line> {
        let mut lines = vec![self.arrow_under_way(step)];
        if self.is_full(step) {
            lines.extend(self.facts(step));
        }
        lines
    }

    /// The step once its frame was let through.
    pub fn after(&self, step: &Step) -> Vec<Line> {
        let mut lines = Vec::new();
        if self.is_full(step) || moves(step) {
            lines.extend(self.states(step));
        }
        lines.extend(self.words(step));
        lines.extend(self.said(step));
        lines.extend(self.remarks(step));
        if self.is_full(step) {
            lines.extend(self.find(step));
        }
        lines.extend(self.hex(step));
        lines
    }

    /// Whether a friend reads along, who wants the story alone: no numbers of headers, no states, no abbreviations.
    pub fn is_for_a_friend(&self) -> bool {
        self.level == Level::Friend && !self.verbose
    }

    /// What stands on the arrow: to a friend, what the sender does.
    fn label<'s>(&self, step: &'s Step) -> Cow<'s, str> {
        if !self.is_for_a_friend() {
            return Cow::Borrowed(&step.label);
        }
        let title = self.title(step);
        let does = title.strip_prefix(&format!("The {} ", step.from));
        Cow::Owned(does.map_or(title.clone(), str::to_owned))
    }

    /// The title of a step, as its words have it.
    pub fn title(&self, step: &Step) -> String {
        let title = self.entry(step).and_then(|entry| entry.title).unwrap_or(step.words);
        capitalised(&fill(title, &step.values))
    }

    /// What both kernels say while a frame is held: one line a host. `called`: a SYN of the client was on the wire before.
    pub fn kernels(&self, step: &Step, called: bool) -> Vec<Line> {
        let Some(sockets) = step.sockets.filter(|_| !self.is_for_a_friend()) else { return Vec::new() };
        let mut lines = Vec::new();
        for host in [Host::Client, Host::Server] {
            let socket = sockets.of(host);
            let deep = self.level == Level::Engineer;
            let mut text = format!("{host}'s kernel now: {}{}", socket.state, clocks(socket, deep));
            // The clock runs from the moment that the SYN was made, whether or not the link could take it.
            let asks = matches!(
                step.what,
                What::ArpRequest | What::ArpReply | What::NdSolicitation | What::NdAdvertisement
            );
            if asks && !called && host == Host::Client && socket.state == TcpState::SynSent {
                text.push_str("; its SYN waits for this MAC address");
            }
            let parts = wrap(&text, self.width - TEXT);
            lines.extend(parts.into_iter().map(|part| self.inside().with(ink_of(host), part)));
        }
        lines
    }

    /// Both rails and nothing between: the time between two steps.
    pub fn rails(&self) -> Line {
        if self.plain {
            return Line::new();
        }
        let mut line = self.left_rail();
        line.pad_to(self.right_rail()).push(Ink::Faint, "│");
        line
    }

    fn is_full(&self, step: &Step) -> bool {
        step.full || self.verbose || self.drawn && step.what.is_said()
    }

    /// Which states the endpoints come from and go to, below the arrow; a line each where one has no room for both.
    fn states(&self, step: &Step) -> Vec<Line> {
        if self.is_for_a_friend() {
            return Vec::new();
        }
        if self.plain {
            return spoken::states(step);
        }
        let mut lines = self.states_line(step);
        let unknown = |change: &Change| change.before.is_none() || change.after.is_none();
        if step.states.is_some_and(|states| unknown(&states.client) || unknown(&states.server)) {
            lines.push(self.inside().with(Ink::Faint, "?: the frames do not tell"));
        }
        lines
    }

    fn states_line(&self, step: &Step) -> Vec<Line> {
        let Some(States { client, server }) = step.states else { return Vec::new() };
        let right = change(&server);
        let mut line = Line::from("   ").with(Ink::Client, change(&client));
        let column = self.ladder_width().saturating_sub(right.chars().count());
        if line.width() + 2 <= column {
            line.pad_to(column).push(Ink::Server, right);
            return vec![line];
        }
        let mut second = Line::new();
        second.pad_to(column).push(Ink::Server, right);
        vec![line, second]
    }

    fn left_rail(&self) -> Line {
        if self.plain {
            return Line::new();
        }
        Line::from(" ".repeat(LEFT_RAIL)).with(Ink::Faint, "│")
    }

    fn inside(&self) -> Line {
        let mut line = self.left_rail();
        line.pad_to(if self.plain { 0 } else { TEXT });
        line
    }

    fn ladder_width(&self) -> usize {
        self.width.min(LADDER)
    }

    fn right_rail(&self) -> usize {
        self.ladder_width() - 15
    }

    fn text_width(&self) -> usize {
        if self.plain {
            return self.width;
        }
        let width = if self.width < WIDE { self.width } else { LADDER };
        width - TEXT
    }
}

/// Whether more of the handshake is to come: time passes between its steps.
fn opens(step: &Step) -> bool {
    matches!(step.what, What::TcpSyn | What::TcpSynAck)
}

/// Whether any endpoint changes its state.
fn moves(step: &Step) -> bool {
    step.states.is_some_and(|states| states.client.moves() || states.server.moves())
}

/// `SYN-SENT → ESTABLISHED`, or one name where nothing moves; `*` behind what the kernel itself said.
pub(super) fn change(change: &Change) -> String {
    let name = |state: Option<TcpState>, kernel: bool| {
        format!("{}{}", state.map_or("?", TcpState::name), if kernel { "*" } else { "" })
    };
    if change.moves() {
        let before = name(change.before, change.kernel_before);
        format!("{before} → {}", name(change.after, change.kernel_after))
    } else {
        name(change.before, change.kernel_before || change.kernel_after)
    }
}

/// What else a kernel said of a socket.
fn clocks(socket: &Socket, deep: bool) -> String {
    let mut text = String::new();
    if let Some(timer) = socket.timer {
        let what = match timer.kind {
            TimerKind::Retransmission => "sends again in",
            TimerKind::KeepAlive => "asks whether the peer lives in",
            TimerKind::TimeWait => "forgets the connection in",
            TimerKind::Probe => "probes the closed window in",
        };
        if timer.left < Duration::from_millis(1) {
            text.push_str(&format!(", {what} a moment"));
        } else {
            text.push_str(&format!(", {what} {}", in_words(timer.left)));
        }
        match timer.retransmits {
            0 => {}
            1 => text.push_str(", once so far"),
            times => text.push_str(&format!(", {times} times so far")),
        }
    }
    if let Some(cwnd) = socket.cwnd.filter(|_| deep) {
        text.push_str(&format!(", congestion window {cwnd} segments"));
    }
    text
}

/// The ink of what belongs to `host`.
pub fn ink_of(host: Host) -> Ink {
    match host {
        Host::Client => Ink::Client,
        Host::Server => Ink::Server,
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn uncapitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// `left` with `right` beside it from `column` on; `filler` makes the lines that the left side lacks.
fn beside(left: Vec<Line>, right: Vec<Line>, column: usize, filler: impl Fn() -> Line) -> Vec<Line> {
    let count = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    (0..count)
        .map(|_| {
            let mut line = left.next().unwrap_or_else(&filler);
            if let Some(right) = right.next() {
                line.push(Ink::Plain, " ").pad_to(column).append(right);
            }
            line
        })
        .collect()
}
