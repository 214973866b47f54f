//! The facts of a step: its bytes drawn, its numbers, its sums and its options; where nothing is drawn, each with its name.

use crate::render::{Ink, Line, wrap};
use crate::story::{Shown, Step};

use super::{Ladder, capitalised};

impl Ladder<'_> {
    /// The bytes as they are drawn, the numbers, the sums and the options.
    pub(super) fn facts(&self, step: &Step) -> Vec<Line> {
        let mut lines = self.drawing(step);
        if self.is_for_a_friend() {
            return lines;
        }
        let facts = if self.plain { facts_said(step) } else { facts_of(step) };
        for (ink, text) in facts {
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

/// The same for who listens: what each number is.
fn facts_said(step: &Step) -> Vec<(Ink, String)> {
    let mut facts = vec![(Ink::Transport, numbers_said(&step.fields))];
    for sum in &step.sums {
        let why = if sum.why.is_empty() { String::new() } else { format!(": {}", sum.why) };
        facts.push((Ink::Plain, format!("{}{why}.", sum_said(&sum.sum))));
    }
    let (windows, options): (Vec<&str>, Vec<&str>) =
        step.options.iter().map(String::as_str).partition(|option| option.starts_with("window "));
    facts.extend(
        windows.into_iter().map(|window| (Ink::Transport, format!("{}.", capitalised(&window_said(window))))),
    );
    let options: Vec<String> = options.into_iter().map(option_said).collect();
    if !options.is_empty() {
        facts.push((Ink::Transport, format!("Options: {}.", options.join(", "))));
    }
    facts.retain(|(_, text)| !text.is_empty());
    facts
}

/// `ack 15 = 1 + 14` as `Acknowledgement number 15 = 1 + 14`.
pub(super) fn sum_said(sum: &str) -> String {
    let names = [
        ("ack ", "Acknowledgement number"),
        ("next ", "Next sequence number"),
        ("window ", "Window in bytes"),
    ];
    let named = names.into_iter().find_map(|(short, name)| Some((name, sum.strip_prefix(short)?)));
    named.map_or_else(|| sum.to_owned(), |(name, sum)| format!("{name} {sum}"))
}

/// `MSS 1460` as `maximum segment size 1460 bytes`.
fn option_said(option: &str) -> String {
    match option.split_once(' ') {
        None if option == "SACK" => "selective acknowledgement permitted".to_owned(),
        Some(("MSS", size)) => format!("maximum segment size {size} bytes"),
        Some(("scale", times)) => format!("window scale {times}"),
        Some(("SACK", blocks)) => format!("selective acknowledgement, {blocks}"),
        _ => option.to_owned(),
    }
}

/// `window 64240, not scaled yet` with its unit, which the window of a SYN has, too (RFC 7323, section 2.2).
fn window_said(window: &str) -> String {
    window.replacen(", not scaled", " bytes, not scaled", 1)
}

/// `Flags 0x002. Relative sequence number 0, raw 3141592653.`
fn numbers_said(fields: &[Shown]) -> String {
    let find =
        |name: &str| fields.iter().find(|field| field.name == name).map(|field| field.value.to_string());
    let mut parts = Vec::new();
    if let Some(flags) = flags_of(fields) {
        parts.push(format!("Flags {flags}."));
    }
    let names = [("tcp.seq", "tcp.seq_raw", "sequence"), ("tcp.ack", "tcp.ack_raw", "acknowledgement")];
    for (relative, raw, name) in names {
        match (find(relative), find(raw)) {
            (Some(number), Some(raw)) => parts.push(format!("Relative {name} number {number}, raw {raw}.")),
            (None, _) if relative == "tcp.ack" && !parts.is_empty() => {
                parts.push("No acknowledgement number: the flag is not set.".to_owned())
            }
            _ => {}
        }
    }
    parts.join(" ")
}

/// The flags, as Wireshark writes them.
fn flags_of(fields: &[Shown]) -> Option<String> {
    let flags = fields.iter().find(|field| field.name == "tcp.flags")?.value.to_string();
    Some(flags.parse::<u64>().map_or(flags, |flags| format!("0x{flags:03x}")))
}

/// The relative numbers with the raw ones: `seq 0, raw 3141592653 · no ack yet`.
fn numbers(fields: &[Shown]) -> String {
    let find =
        |name: &str| fields.iter().find(|field| field.name == name).map(|field| field.value.to_string());
    let mut parts = Vec::new();
    if let Some(flags) = flags_of(fields) {
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
