//! The walk as a sequence diagram for notes: down on the host that sends, over the wire, up on the one that receives.

use std::fmt::Write;

use super::WalkPicture;
use super::tower::{Row, Seen, Tower};
use crate::osi::hops::Hop;
use crate::osi::{Floor, Layer, Place};
use crate::render::osi::{LOST, Names, count_of, grouped};
use crate::render::picture::mermaid::{BEGIN, NOTE, lines_of, text};
use crate::render::{WalkView, wrap};

/// Columns of a name, and lines of what is said of a layer.
const LABEL: usize = 60;
const LINES: usize = 4;

/// A diagram that begins.
fn begin(of: &WalkPicture<'_>, router: bool) -> String {
    let mut out = String::from(BEGIN);
    put(&mut out, format_args!("accTitle: {}", text(&of.title(), 200)));
    let ([from, to], [one, other]) = (of.hosts(), of.addresses());
    let name = |host: &str, address: &str| text(format!("{host} {address}").trim_end(), LABEL);
    put(&mut out, format_args!("participant C as {}", name(from, &one)));
    if router {
        put(&mut out, format_args!("participant R as {}", Names::of(of.level).router()));
    }
    put(&mut out, format_args!("participant S as {}", name(to, &other)));
    out
}

/// The diagram.
pub(super) fn draw(of: &WalkPicture<'_>) -> String {
    let view = of.view(of.level);
    let mut out = begin(of, false);
    let tower = Tower::of(&view);
    let is_wanted = |row: &&Row| of.layer.is_none_or(|only| row.place == Place::At(only));
    let floor = |row: &Row| view.walk.floors.iter().find(|floor| floor.place == row.place);
    for row in tower.rows.iter().filter(is_wanted) {
        let says = floor(row).map(|floor| sentences(&view, &floor.down)).unwrap_or_default();
        let first = text(&added(row, &tower, view.names()), LABEL);
        put(&mut out, format_args!("Note over C: {first}{}", below(&says)));
    }
    let wire = match view.walk.physical {
        Some(physical) => format!(
            "on the wire: {} {}, and {} that {}",
            view.names().pick("all", "frame of"),
            count_of(view.walk.len),
            grouped(physical.added()),
            view.names().pick("no recording holds", "no capture holds")
        ),
        None => format!("{} {}", view.names().pick("all", "frame of"), count_of(view.walk.len)),
    };
    let arrow = if view.walk.lost { "-x" } else { "->>" };
    put(&mut out, format_args!("C{arrow}S: {}", text(&wire, LABEL + 20)));
    if view.walk.lost {
        put(&mut out, format_args!("Note over S: {}", lines_of(&view.says(&[LOST]), LINES)));
    }
    for row in tower.rows.iter().rev().filter(is_wanted) {
        let Some(floor) = floor(row).filter(|floor: &&Floor| !floor.up.is_empty()) else { continue };
        let name = text(&format!("{} {}", row.sign, row.name), LABEL);
        put(&mut out, format_args!("Note over S: {name}{}", below(&sentences(&view, &floor.up))));
    }
    if let Some(stop) = &view.walk.stop {
        put(&mut out, format_args!("Note over C,S: {}", lines_of(&view.says(&[stop.key()]), LINES + 2)));
    }
    if let Some(bar) = view.bars().first().filter(|_| of.layer.is_none()) {
        put(&mut out, format_args!("Note over C,S: {}", lines_of(&bar.title, LINES)));
    }
    out
}

/// `4 transport: TCP +32, segment of 53`.
fn added(row: &Row, tower: &Tower, names: Names) -> String {
    let new = tower.boxes.iter().zip(&row.boxes).filter(|(_, seen)| **seen == Seen::New);
    let new: Vec<String> = new
        .map(|(one, _)| match one.is_message {
            true => one.name.clone(),
            false if names.is_everyday() => format!("+{}", grouped(one.len)),
            false if one.place == Place::At(Layer::Physical) => format!("{} {}", one.name, grouped(one.len)),
            false => format!("{} +{}", one.name, grouped(one.len)),
        })
        .collect();
    match row.place {
        _ if row.is_bare() && row.place == Place::At(Layer::Physical) => {
            format!("{} {}: {}", row.sign, row.name, names.not_here())
        }
        _ if row.is_bare() => format!("{} {}: adds nothing", row.sign, row.name),
        _ if names.is_everyday() => {
            format!("{} {}: {}; {} bytes", row.sign, row.name, new.join(", "), row.size)
        }
        _ => format!("{} {}: {}; {}, {} bytes", row.sign, row.name, new.join(", "), row.unit, row.size),
    }
}

/// So many whole sentences as have room.
fn sentences(view: &WalkView<'_>, keys: &[&str]) -> String {
    let mut chosen = String::new();
    for sentence in view.sentences(keys) {
        let longer = if chosen.is_empty() { sentence } else { format!("{chosen} {sentence}") };
        if !chosen.is_empty() && wrap(&longer, NOTE).len() > LINES {
            break;
        }
        chosen = longer;
    }
    chosen
}

fn below(says: &str) -> String {
    if says.is_empty() { String::new() } else { format!("<br/>{}", lines_of(says, LINES)) }
}

/// A packet on both sides of a router.
pub(super) fn hop(of: &WalkPicture<'_>, hop: &Hop) -> String {
    let view = of.view(of.level);
    let mut out = begin(of, true);
    let (one, other) = hop.frames;
    let (said, names) = (text(&view.said(), LABEL), view.names());
    put(&mut out, format_args!("C->>R: frame {one}: {said}"));
    for row in hop.rows.iter().filter(|row| row.is_changed()) {
        let (before, after) = (names.value(row, &row.before), names.value(row, &row.after));
        let change = format!("{}: {before} → {after}", names.compared(row));
        put(&mut out, format_args!("Note over R: {}", text(&change, LABEL)));
    }
    let same: Vec<&str> =
        hop.rows.iter().filter(|row| !row.is_changed()).map(|row| names.compared(row)).collect();
    if !same.is_empty() {
        put(
            &mut out,
            format_args!("Note over R: {}", lines_of(&format!("as before: {}", same.join("; ")), LINES)),
        );
    }
    put(&mut out, format_args!("R->>S: frame {other}: {said}"));
    put(&mut out, format_args!("Note over C,S: {}", lines_of(&view.says(&[hop.key()]), LINES + 3)));
    out
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    let written = writeln!(out, "  {line}");
    debug_assert!(written.is_ok(), "writing to a String does not fail");
}
