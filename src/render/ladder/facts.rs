//! The facts of a step: its bytes drawn, its numbers, its sums and its options.

use crate::render::{Ink, Line, wrap};
use crate::story::{Shown, Step};

use super::Ladder;

impl Ladder<'_> {
    /// The bytes as they are drawn, the numbers, the sums and the options.
    pub(super) fn facts(&self, step: &Step) -> Vec<Line> {
        let mut lines = self.drawing(step);
        if self.is_for_a_friend() {
            return lines;
        }
        for (ink, text) in facts_of(step) {
            lines
                .extend(wrap(&text, self.text_width()).into_iter().map(|text| self.inside().with(ink, text)));
        }
        lines
    }
}

/// The numbers, the sums and the options, each a paragraph.
pub(in crate::render) fn facts_of(step: &Step) -> Vec<(Ink, String)> {
    let mut facts = vec![(Ink::Transport, numbers(&step.fields))];
    let (windows, sums): (Vec<_>, Vec<_>) = step.sums.iter().partition(|sum| sum.sum.starts_with("window "));
    for sum in sums {
        let text = if sum.why.is_empty() { sum.sum.clone() } else { format!("{}: {}", sum.sum, sum.why) };
        facts.push((Ink::Plain, text));
    }
    let options: Vec<&str> =
        windows.iter().map(|sum| sum.sum.as_str()).chain(step.options.iter().map(String::as_str)).collect();
    facts.push((Ink::Transport, options.join(" · ")));
    facts.retain(|(_, text)| !text.is_empty());
    facts
}

/// The relative numbers with the raw ones: `seq 0, raw 3141592653 · no ack yet`.
fn numbers(fields: &[Shown]) -> String {
    let find =
        |name: &str| fields.iter().find(|field| field.name == name).map(|field| field.value.to_string());
    let mut parts = Vec::new();
    if let Some(flags) = find("tcp.flags") {
        let flags = flags.parse::<u64>().map_or(flags, |flags| format!("0x{flags:03x}"));
        parts.push(format!("flags {flags}"));
    }
    for (relative, raw, short) in [("tcp.seq", "tcp.seq_raw", "seq"), ("tcp.ack", "tcp.ack_raw", "ack")] {
        match (find(relative), find(raw)) {
            (Some(number), Some(raw)) => parts.push(format!("{short} {number} (raw {raw})")),
            (None, _) if short == "ack" && !parts.is_empty() => {
                parts.push("no ack: the flag is not set".to_owned())
            }
            _ => {}
        }
    }
    parts.join(" · ")
}
