//! A story as a sequence diagram in Mermaid's language, to be pasted into notes; GitHub draws it.

use std::fmt::Write;

use super::{
    Around, Item, Picture, is_lost, is_mutual, is_open_after, labelled, left_out, not_asked, states_of,
    wrapped,
};
use crate::event::Host;
use crate::render::escape;
use crate::render::ladder::number_of;
use crate::render::line::cut;
use crate::story::{Change, Step};

/// So many columns of a text are shown on an arrow, and in a note.
const LABEL: usize = 60;
pub(super) const NOTE: usize = 44;
/// Notes have no more lines than this.
const LINES: usize = 6;
/// Mermaid refuses a diagram of more than 50,000 characters; what is said of those that have no room fits behind.
const ROOM: usize = 48_000;

/// How a sequence diagram begins. Mermaid 11 measures a note's text in a font that it does not draw it in, unless it is told which: then
/// lines stand beyond their box.
pub(super) const BEGIN: &str = "%%{init: {\"fontFamily\": \"sans-serif\"}}%%\nsequenceDiagram\n";

/// The diagram.
pub(super) fn draw(picture: &Picture, around: &Around<'_>) -> String {
    let mut diagram = Diagram { text: BEGIN.to_owned(), open: [false; 2] };
    let title = text(around.title(), 200);
    diagram.line(format_args!("accTitle: {title}"));
    for host in [Host::Client, Host::Server] {
        let name = format!("{host} {}", around.address(host));
        diagram.line(format_args!("participant {} as {}", id(host), text(name.trim_end(), LABEL)));
    }
    let mut left = picture.left_out;
    for (index, item) in picture.items.iter().enumerate() {
        if diagram.text.len() > ROOM {
            let steps = picture.items.iter().skip(index).filter(|item| matches!(item, Item::Step(_)));
            left += steps.count() as u64;
            break;
        }
        match item {
            Item::Step(step) => diagram.step(step, around),
            Item::Gap(steps) => diagram.note(&not_asked(*steps)),
            Item::Remark(remark) => diagram.note(remark),
        }
    }
    if left > 0 {
        diagram.note(&left_out(left));
    }
    if let Some(end) = around.last_lines().first() {
        diagram.note(end);
    }
    diagram.text
}

struct Diagram {
    text: String,
    /// Whether the bar stands on the client's line, and on the server's.
    open: [bool; 2],
}

impl Diagram {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let written = writeln!(self.text, "  {line}");
        debug_assert!(written.is_ok(), "writing to a String does not fail");
    }

    fn note(&mut self, note: &str) {
        self.line(format_args!("Note over C,S: {}", lines_of(note, LINES)));
    }

    fn step(&mut self, step: &Step, around: &Around<'_>) {
        let ladder = around.ladder(around.level, 80, around.verbose);
        if step.frames.is_empty() {
            // Nothing was on the wire: silence.
            self.note(&format!("{}: {}", step.label, ladder.choose(step.words, step, NOTE, 3)));
            return;
        }
        let arrow = match (is_mutual(step), is_lost(step)) {
            (true, _) => "<<->>",
            (_, true) => "-x",
            _ => "->>",
        };
        let number = number_of(step).map(|number| format!("{number} · ")).unwrap_or_default();
        let label = text(&format!("{number}{}", labelled(step, around.level)), LABEL);
        self.line(format_args!("{}{arrow}{}: {label}", id(step.from), id(step.from.other())));
        if step.full {
            self.note(&ladder.title(step));
        }
        for (host, bar) in [(Host::Client, 0), (Host::Server, 1)] {
            let changes = step.states.map(|states| *states.of(host)).filter(Change::moves);
            if let Some(changes) = changes {
                self.line(format_args!("Note over {}: {}", id(host), text(&states_of(&changes), NOTE)));
            }
            if let (Some(open), Some(is)) = (is_open_after(step, host), self.open.get_mut(bar))
                && *is != open
            {
                *is = open;
                let does = if open { "activate" } else { "deactivate" };
                self.line(format_args!("{does} {}", id(host)));
            }
        }
        let verdicts = step.verdicts.iter().filter_map(|verdict| ladder.verdict(verdict).into_iter().next());
        for (_, remark) in ladder.remarks_of(step).into_iter().chain(verdicts) {
            self.note(&remark);
        }
    }
}

/// A note's lines.
pub(super) fn lines_of(note: &str, most: usize) -> String {
    let mut lines = wrapped(note, NOTE);
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        lines.push(cut(&rest, NOTE));
    }
    let lines: Vec<String> = lines.iter().map(|line| text(line, NOTE)).collect();
    lines.join("<br/>")
}

/// What a participant is called in the diagram's own lines.
fn id(host: Host) -> char {
    match host {
        Host::Client => 'C',
        Host::Server => 'S',
    }
}

/// Text as Mermaid shows it and never reads it: all that is no letter, no digit and no harmless sign stands as its number, `#59;`. `end`
/// by itself would close a block, and `wrap:` at the beginning would be an order.
pub(super) fn text(text: &str, room: usize) -> String {
    let shown = cut(&escape(text.trim()), room);
    let mut out = String::with_capacity(shown.len() + 16);
    for (index, c) in shown.char_indices() {
        let harmless = c.is_alphanumeric() || " .,-=/()?!'+*·→×“”…✗_".contains(c) || c == ':' && index > 6;
        if harmless {
            out.push(c);
        } else {
            out.push_str(&format!("#{};", u32::from(c)));
        }
    }
    out
}
