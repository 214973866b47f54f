//! A term for notes: its header as a packet diagram, its state among TCP's, its layer among the seven; else what it goes with.

use std::fmt::Write;

use super::states::WAYS;
use super::{EntryPicture, Seen, origin};
use crate::explain::{Entry, Header};
use crate::osi::Layer;
use crate::render::picture::mermaid::text;

/// Columns of a name.
const LABEL: usize = 60;

/// The diagram; `None` where nothing is known of it that could be drawn.
pub(super) fn draw(of: &EntryPicture<'_>) -> Option<String> {
    match of.seen() {
        Some(Seen::Header(header)) => Some(packet(of, header)),
        Some(Seen::State(state)) => Some(states(of, state)),
        Some(Seen::Layer(number)) => Some(layers(of, number)),
        Some(Seen::Lines(_)) | None => graph(of),
    }
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    let written = writeln!(out, "  {line}");
    debug_assert!(written.is_ok(), "writing to a String does not fail");
}

/// The header bit by bit; what is meant stands between arrows. The diagram begins at bit 0 and has no holes: what is not drawn is
/// called so.
fn packet(of: &EntryPicture<'_>, header: &Header) -> String {
    let mut out = String::from("packet-beta\n");
    let from = origin(of.entry).map(|origin| format!(", {origin}")).unwrap_or_default();
    put(
        &mut out,
        format_args!("title {}", plain(&format!("{} header: {}{from}", header.title, of.title()), 120)),
    );
    let mut next = 0;
    for cell in &header.cells {
        if cell.bits.start > next {
            let what = if next == 0 { "what stands before" } else { "not read" };
            block(&mut out, next, cell.bits.start, what);
        }
        let wide = cell.bits.len() > 3;
        let name = super::grid::name(cell, if wide { cell.bits.len() * 3 } else { 5 });
        let value = cell
            .value
            .as_ref()
            .map(|value| value.split_once(" (").map_or(value.as_str(), |(start, _)| start));
        let mut label = match value {
            Some(value) if wide => format!("{name} {value}"),
            Some(value) if cell.meant => format!("{name}={value}"),
            _ => name,
        };
        if cell.meant {
            label = if wide { format!("▶ {label} ◀") } else { format!("▶{label}") };
        }
        block(&mut out, cell.bits.start, cell.bits.end, &label);
        next = cell.bits.end;
    }
    out
}

fn block(out: &mut String, from: usize, to: usize, label: &str) {
    let label = plain(label, LABEL);
    match to - from {
        1 => put(out, format_args!("{from}: \"{label}\"")),
        _ => put(out, format_args!("{from}-{}: \"{label}\"", to - 1)),
    }
}

/// Text in the quotes of a packet diagram, which knows no numbers for signs: what could end it or be an order becomes another sign.
fn plain(label: &str, room: usize) -> String {
    let shown = crate::render::line::cut(&crate::render::escape(label.trim()), room);
    let harmless =
        |c: char| if c.is_alphanumeric() || " .,:-=/()?!+*·→▶◀…_".contains(c) { c } else { '\'' };
    shown.chars().map(harmless).collect()
}

/// All states, this one marked.
fn states(of: &EntryPicture<'_>, meant: &str) -> String {
    let mut out = String::from("stateDiagram-v2\n");
    put(&mut out, format_args!("accTitle: {}", text(&of.title(), 120)));
    let id = |name: &str| name.replace('-', "_");
    let mut named: Vec<&str> = Vec::new();
    for way in &WAYS {
        for name in [way.from, way.to] {
            if !named.contains(&name) {
                named.push(name);
                put(&mut out, format_args!("state \"{name}\" as {}", id(name)));
            }
        }
    }
    for way in &WAYS {
        put(
            &mut out,
            format_args!(
                "{} --> {}: {}",
                id(way.from),
                id(way.to),
                text(&way.says().replace(": ", ", "), LABEL)
            ),
        );
    }
    put(&mut out, format_args!("classDef meant stroke-width:4px,font-weight:bold"));
    put(&mut out, format_args!("class {} meant", id(meant)));
    out
}

/// The seven layers, this one marked, each with its unit.
fn layers(of: &EntryPicture<'_>, meant: u8) -> String {
    let mut out = String::from("flowchart TB\n");
    put(&mut out, format_args!("accTitle: {}", text(&of.title(), 120)));
    for layer in Layer::DOWN {
        let (number, internet) = (layer.number(), layer.internet().name());
        put(
            &mut out,
            format_args!("L{number}[\"{number} {layer}<br/>unit: {}<br/>TCP/IP: {internet}\"]", layer.unit()),
        );
    }
    put(&mut out, format_args!("L7 --- L6 --- L5 --- L4 --- L3 --- L2 --- L1"));
    put(&mut out, format_args!("classDef meant stroke-width:4px,font-weight:bold"));
    put(&mut out, format_args!("class L{meant} meant"));
    out
}

/// What it goes with, and which frame shows it.
fn graph(of: &EntryPicture<'_>) -> Option<String> {
    let entry: &Entry<'_> = of.entry;
    let shown = origin(entry);
    if entry.see.is_empty() && shown.is_none() {
        return None;
    }
    let mut out = String::from("flowchart LR\n");
    put(&mut out, format_args!("accTitle: {}", text(&of.title(), 120)));
    put(&mut out, format_args!("T([\"{}\"])", text(&of.title(), LABEL)));
    for (index, reference) in entry.see.iter().enumerate() {
        let name = format!("{} · {}", reference.name, reference.group.one());
        put(&mut out, format_args!("T -->|see also| S{index}[\"{}\"]", text(&name, LABEL)));
    }
    if let Some(shown) = shown {
        put(&mut out, format_args!("T -->|shown by| F[\"{}\"]", text(&shown, LABEL)));
    }
    if let Some(filter) = &entry.filter {
        put(&mut out, format_args!("T -->|in Wireshark| W[\"{}\"]", text(filter, LABEL)));
    }
    put(&mut out, format_args!("classDef meant stroke-width:4px,font-weight:bold"));
    put(&mut out, format_args!("class T meant"));
    Some(out)
}
