//! What was typed, taken apart; and all that a number can be. As text and as JSON.

use serde_json::{Value, json};

use super::{INDENT, paragraph, row};
use crate::explain::{Part, Parts, Reading, Reference};
use crate::render::{Ink, Line, wrap};

/// The parts of what was typed, each with what it is and how to ask for more.
pub fn parts(typed: &str, parts: &Parts<'_, '_>, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    if !parts.is_one {
        lines.extend(wrap(typed, width).into_iter().map(|part| Line::new().with(Ink::Strong, part)));
        lines.push(Line::new());
    }
    let column = parts.parts.iter().map(|part| Line::from(part.text.as_str()).width()).max().unwrap_or(0);
    let column = INDENT + column + 2;
    for part in &parts.parts {
        lines.extend(beside(&part.text, &part.what, column, width));
    }
    let mut asked: Vec<&str> = Vec::new();
    for part in &parts.parts {
        if let Some(term) = part.term.filter(|term| !parts.is_one && !asked.contains(&term.key)) {
            asked.push(term.key);
        }
    }
    if !asked.is_empty() {
        lines.push(Line::new());
        let commands: Vec<String> =
            asked.iter().map(|key| format!("netlab explain {}", super::typed_key(key))).collect();
        let mut heading = "more";
        for command in commands {
            lines.extend(row(heading, &command, width));
            heading = "";
        }
    }
    lines
}

/// What a number can be, and how to ask for each.
pub fn readings(typed: &str, readings: &[Reading<'_, '_>], width: usize) -> Vec<Line> {
    let mut lines = vec![Line::new().with(Ink::Strong, format!("{typed} can be:"))];
    let column = readings.iter().map(|reading| reading.ask.len()).max().unwrap_or(0) + INDENT + 2;
    for reading in readings {
        lines.extend(beside(&reading.ask, &reading.what, column, width));
    }
    if let Some(other) = readings.get(1) {
        let text = format!("The first one follows. For another: netlab explain {}", other.ask);
        lines.extend(paragraph(&text, Ink::Faint, width));
    }
    lines.push(Line::new());
    lines
}

/// A name, and what it is: beside it, or below it where there is no room.
fn beside(name: &str, what: &str, column: usize, width: usize) -> Vec<Line> {
    let fits = column + 30 <= width;
    let column = if fits { column } else { INDENT * 2 };
    let indent = " ".repeat(INDENT);
    let mut lines: Vec<Line> = Vec::new();
    let names = wrap(name, width.saturating_sub(INDENT));
    lines.extend(names.into_iter().map(|part| Line::from(&*indent).with(Ink::Mark, part)));
    for (index, part) in wrap(what, width.saturating_sub(column)).into_iter().enumerate() {
        match lines.last_mut() {
            Some(line) if index == 0 && fits => drop(line.pad_to(column).push(Ink::Plain, part)),
            _ => lines.push(Line::from(" ".repeat(column)).with(Ink::Plain, part)),
        }
    }
    lines
}

/// What was typed, as an object of its own.
pub fn parts_json(typed: &str, all: &Parts<'_, '_>) -> Value {
    json!({"kind": "parts", "typed": typed, "found": "parts", "parts": part_list(&all.parts)})
}

/// The parts alone.
pub fn part_list(parts: &[Part<'_, '_>]) -> Value {
    let one = |part: &Part<'_, '_>| {
        let term = part.term.map(|term| super::json::reference(&Reference::to(term)));
        json!({"text": part.text, "what": part.what, "term": term})
    };
    parts.iter().map(one).collect()
}

/// All that a number can be.
pub fn reading_list(readings: &[Reading<'_, '_>]) -> Value {
    let one = |reading: &Reading<'_, '_>| {
        let term = super::json::reference(&Reference::to(reading.term));
        json!({"ask": reading.ask, "what": reading.what, "term": term})
    };
    readings.iter().map(one).collect()
}
