//! A term, explained: as text, and as JSON.

mod header;
mod json;
mod parts;

use unicode_width::UnicodeWidthStr;

use crate::explain::{Cell, Entry, Example, Group, Reference, Term, Terms};
use crate::words::Level;

use super::{Ink, Line, code_name, wrap};

pub use json::{entry_json, term_json};
pub use parts::{part_list, parts, parts_json, reading_list, readings};

/// Before all that belongs to an entry.
const INDENT: usize = 2;
/// Where the values begin beside their headings.
const COLUMN: usize = 13;

/// An entry at `level`, or at all of them, wrapped to `width`. `plain`: a header is not drawn, but listed.
pub fn lines(entry: &Entry<'_>, level: Level, all_levels: bool, width: usize, plain: bool) -> Vec<Line> {
    let mut lines = headline(entry, width);
    let levels = if all_levels { Level::ALL.to_vec() } else { vec![level] };
    for level in levels {
        let heading = if all_levels { format!("{}: ", level.name()) } else { String::new() };
        let Some(text) = entry.text(level) else {
            let what = format!("{heading}at this level nothing is written yet");
            lines.push(Line::new());
            lines.extend(paragraph(&what, Ink::Faint, width));
            // What there is helps more than nothing.
            let other = entry.text(Level::Student).filter(|_| !all_levels);
            lines.extend(other.iter().flat_map(|text| paragraph(text, Ink::Plain, width)));
            continue;
        };
        lines.push(Line::new());
        if all_levels {
            lines.push(Line::from(" ".repeat(INDENT)).with(Ink::Strong, level.name()));
        }
        lines.extend(paragraph(&text, Ink::Plain, width));
        for (heading, text) in entry.aspects(level) {
            lines.push(Line::new());
            lines.extend(paragraph(heading, Ink::Strong, width));
            lines.extend(paragraph(&text, Ink::Plain, width));
        }
    }
    if let Some(place) = entry.place() {
        lines.push(Line::new());
        let of = match &entry.example {
            Some(example) => format!("{} header, {}, frame {}:", place.title, example.capture, example.frame),
            None => format!("{} header:", place.title),
        };
        lines.extend(paragraph(&of, Ink::Strong, width));
        if plain {
            lines.extend(place.cells.iter().flat_map(|cell| listed(cell, width)));
        } else {
            lines.extend(header::lines(place, ink(entry), width));
        }
    }
    if let Some(example) = &entry.example {
        lines.extend(http_lines(example, width));
    }
    lines.push(Line::new());
    facts(entry, width, &mut lines);
    lines
}

/// A cell of a header in words.
fn listed(cell: &Cell, width: usize) -> Vec<Line> {
    let bits = match cell.bits.len() {
        1 => format!("bit {}", cell.bits.start),
        _ => format!("bits {} to {}", cell.bits.start, cell.bits.end - 1),
    };
    let value = cell.value.as_ref().map_or_else(String::new, |value| format!(" = {value}"));
    let this = if cell.meant { ": this is it" } else { "" };
    let ink = if cell.meant { Ink::Strong } else { Ink::Plain };
    paragraph(&format!("{bits}, {}{value}{this}", cell.label), ink, width)
}

/// The lines of an HTTP header, the one that is meant marked.
fn http_lines(example: &Example, width: usize) -> Vec<Line> {
    if example.lines.is_empty() {
        return Vec::new();
    }
    let place = format!("HTTP header, {}, frame {}:", example.capture, example.frame);
    let mut lines = vec![Line::new()];
    lines.extend(paragraph(&place, Ink::Strong, width));
    for (text, meant) in &example.lines {
        let (sign, ink) = if *meant { ("> ", Ink::Mark) } else { ("  ", Ink::Faint) };
        for part in wrap(text, width.saturating_sub(INDENT + 2)) {
            lines.push(Line::from(" ".repeat(INDENT)).with(Ink::Plain, sign).with(ink, part));
        }
    }
    lines
}

/// What it is called, and what kind of thing it is; beside it, or below it where there is no room.
fn headline(entry: &Entry<'_>, width: usize) -> Vec<Line> {
    // A layer's name alone could be anything: `network`.
    let title = entry.title().filter(|_| entry.group == Group::Layers);
    let what = what_it_is(entry);
    let mut line = Line::new().with(Ink::Strong, title.unwrap_or_else(|| entry.name.clone()));
    if line.width() + 3 + what.width() > width {
        let parts = wrap(&what, width.saturating_sub(INDENT)).into_iter();
        let below = parts.map(|part| Line::from(" ".repeat(INDENT)).with(Ink::Faint, part));
        return std::iter::once(line).chain(below).collect();
    }
    line.push(Ink::Faint, format!(" · {what}"));
    // Wireshark's name of a field, where it is not said yet.
    let name = entry.key;
    let is_field = !name.contains(' ') && entry.group != Group::Layers && entry.name != name;
    if is_field && line.width() + name.len() + 2 <= width {
        line.pad_to(width - name.len()).push(Ink::Faint, name);
    }
    vec![line]
}

/// `TCP flag`, `field of IPv4`, `WebSocket close code: going away`.
pub(super) fn what_it_is(entry: &Entry<'_>) -> String {
    let one = entry.group.one();
    let number = entry.key.strip_prefix("close ").and_then(|code| code.parse().ok());
    let name = number.and_then(|number| code_name("websocket.payload.close.status_code", number));
    match (entry.title(), name) {
        _ if entry.group == Group::Layers => {
            format!("{one} {} of 7", entry.key.trim_start_matches("layer."))
        }
        (Some(title), _) => format!("{one}: {title}"),
        (None, Some(name)) => format!("{one}: {name}"),
        _ => one.to_owned(),
    }
}

/// Value, filter, source, frame, commands, other terms.
fn facts(entry: &Entry<'_>, width: usize, lines: &mut Vec<Line>) {
    if let Some(example) = &entry.example {
        let mut add = |heading: &str, text: &str| lines.extend(row(heading, text, width));
        if let Some(value) = entry.value() {
            add("value", &value);
        }
        let what = if example.what.is_empty() { String::new() } else { format!(": {}", example.what) };
        add("shown by", &format!("{}, frame {}{what}", example.capture, example.frame));
        for command in commands(example) {
            // A command that fits into no column of its own keeps its line at least.
            let column = if COLUMN + command.len() <= width { COLUMN } else { INDENT };
            let indent = " ".repeat(column);
            let parts = wrap(&command, width.saturating_sub(column));
            lines.extend(parts.into_iter().map(|part| Line::from(&*indent).with(Ink::Plain, part)));
        }
    } else if entry.filter.is_some() {
        lines.extend(row("shown by", "no bundled capture", width));
    }
    let mut add = |heading: &str, text: &str| lines.extend(row(heading, text, width));
    if let Some(filter) = entry.filter.as_deref().or(entry.instead) {
        add("Wireshark", filter);
    }
    if entry.candidates {
        let what = match entry.group {
            Group::Rules => "it finds candidates; netlab check FILE says where the rule is broken",
            _ => "it finds candidates: not all of them show this",
        };
        add("", what);
    }
    add("source", &entry.sources().join("; "));
    if !entry.see.is_empty() {
        add("see also", &names(entry));
    }
}

/// What opens the frame.
pub(super) fn commands(example: &Example) -> [String; 2] {
    let Example { capture, frame, .. } = example;
    ["dissect", "replay"].map(|command| format!("netlab {command} {capture} --frames {frame}"))
}

/// What it goes with, side by side; what has the same name as another says what it is. A name may hold a comma.
fn names(entry: &Entry<'_>) -> String {
    let said = |reference: &Reference<'_>| {
        let is_alone = entry.see.iter().filter(|other| other.name == reference.name).count() == 1;
        match reference.group {
            _ if is_alone && reference.name != entry.name => reference.name.clone(),
            // Of two fields only Wireshark's names differ for sure.
            Group::Fields => format!("{} ({})", reference.name, reference.key),
            group => format!("{} ({})", reference.name, group.one()),
        }
    };
    entry.see.iter().map(said).collect::<Vec<_>>().join("; ")
}

/// A heading, and what stands beside it.
fn row(heading: &str, text: &str, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for part in wrap(text, width.saturating_sub(COLUMN)) {
        let mut line = Line::from(" ".repeat(INDENT));
        if lines.is_empty() {
            line.push(Ink::Faint, heading);
        }
        line.pad_to(COLUMN).push(Ink::Plain, part);
        lines.push(line);
    }
    lines
}

fn paragraph(text: &str, ink: Ink, width: usize) -> Vec<Line> {
    let indent = " ".repeat(INDENT);
    let parts = wrap(text, width.saturating_sub(INDENT));
    parts.into_iter().map(|part| Line::from(&*indent).with(ink, part)).collect()
}

/// The hue of the layer that a header belongs to.
fn ink(entry: &Entry<'_>) -> Ink {
    match entry.place().map(|place| place.title) {
        Some("TCP" | "UDP") => Ink::Transport,
        Some("WebSocket frame" | "TLS record" | "DNS") => Ink::Application,
        Some("IPv4" | "IPv6" | "ARP" | "ICMP" | "ICMPv6") => Ink::Network,
        _ => Ink::Link,
    }
}

/// What else a name can mean.
pub fn others(typed: &str, others: &[&Term<'_>], width: usize) -> Vec<Line> {
    let list: Vec<String> = others
        .iter()
        .map(|term| format!("{} ({}: netlab explain {})", term.name, term.group.one(), typed_key(term.key)))
        .collect();
    let text = format!("{typed} is also: {}", list.join("; "));
    let mut lines = vec![Line::new()];
    lines.extend(paragraph(&text, Ink::Faint, width));
    lines
}

/// A key as a word of the shell.
fn typed_key(key: &str) -> String {
    if key.contains(' ') { format!("'{key}'") } else { key.to_owned() }
}

/// All terms of these groups, their names side by side.
pub fn list(terms: &Terms<'_>, groups: &[Group], width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for group in groups {
        let own: Vec<&Term<'_>> = terms.all().iter().filter(|term| term.group == *group).collect();
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        let title = format!("{} ({})", group.name(), own.len());
        lines.push(Line::new().with(Ink::Strong, title));
        if *group == Group::Fields {
            for same in own.chunk_by(|one, other| protocol(one.key) == protocol(other.key)) {
                let names: Vec<&str> = same.iter().map(|term| term.key).collect();
                lines.extend(paragraph(&names.join("  "), Ink::Plain, width));
            }
            continue;
        }
        let names: Vec<String> = own.iter().map(|term| term.name.replace(' ', "\u{a0}")).collect();
        let lines_of = paragraph(&names.join("; "), Ink::Plain, width);
        lines.extend(lines_of);
    }
    lines
}

/// The first part of a field's name.
fn protocol(key: &str) -> &str {
    key.split('.').next().unwrap_or(key)
}
