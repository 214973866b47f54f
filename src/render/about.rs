//! What a capture file tells about itself: remarks that somebody left in it, and frames that it lacks.

use crate::source::{Interface, Section};

use super::{Ink, Line, escape, wrap};

/// Before each line that goes on with a remark.
const INDENT: &str = "  ";

/// A line for each thing worth knowing; none for most files. Wrapped to `width`.
pub fn lines(sections: &[Section], width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (number, section) in sections.iter().enumerate() {
        // Sections count from 1: nobody but the format gives them a number.
        let of = if sections.len() > 1 { format!("section {}", number + 1) } else { "the file".to_owned() };
        for comment in &section.comments {
            remark(&format!("comment on {of}: "), comment, width, &mut lines);
        }
        for (id, interface) in section.interfaces.iter().enumerate() {
            let name =
                interface.name.as_ref().map_or_else(String::new, |name| format!(" ({})", escape(name)));
            let section = if sections.len() > 1 { format!("{of}, ") } else { String::new() };
            let title = format!("{section}interface {id}{name}: ");
            for comment in &interface.comments {
                remark(&format!("comment on {title}"), comment, width, &mut lines);
            }
            if let Some(lost) = lost(interface) {
                remark(&title, &lost, width, &mut lines);
            }
        }
    }
    lines
}

/// How many frames are missing, and who lost them; `None` where none are, or nobody counted.
fn lost(interface: &Interface) -> Option<String> {
    let statistics = interface.statistics?;
    let counts = [(statistics.dropped_by_os, "kernel"), (statistics.dropped, "interface")];
    let mut parts = Vec::new();
    for (count, by) in counts {
        if let Some(count) = count.filter(|count| *count > 0) {
            let frames = match count {
                _ if !parts.is_empty() => String::new(),
                1 => " frame".to_owned(),
                _ => " frames".to_owned(),
            };
            parts.push(format!("{count}{frames} dropped by the {by}"));
        }
    }
    if parts.is_empty() {
        return None;
    }
    let received = statistics.received.map_or_else(String::new, |count| format!("; {count} came in"));
    Some(format!("{}{received}", parts.join(", ")))
}

/// A title, and what is said under it. Every line but the first is indented: none can pass for one of ours.
fn remark(title: &str, text: &str, width: usize, lines: &mut Vec<Line>) {
    let first = lines.len();
    for paragraph in format!("{title}{text}").lines() {
        for part in wrap(paragraph, width.max(20) - INDENT.len()) {
            lines.push(match lines.len() > first {
                false => Line::new().with(Ink::Strong, part),
                true => Line::from(INDENT).with(Ink::Plain, part),
            });
        }
    }
}
