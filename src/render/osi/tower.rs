//! The tower: a row a layer, the message at the top; each row has the boxes of those above it, and its own around them.

use unicode_width::UnicodeWidthStr;

use super::boxes::{Crate, boxes, rank};
use super::{Names, WalkView, count_of, grouped, ink};
use crate::osi::{Layer, Place};
use crate::render::line::cut;
use crate::render::{Ink, Line};

/// The message's box is not drawn narrower, if it is so wide.
const LEAST: usize = 6;

/// The number and the name of a low row take so many columns: `2 data link`.
const NAMED: usize = 12;

/// What a friend is told of the numbers.
const BYTE: &str = "A byte is room for one plain letter.";

/// A box with its place on the screen.
struct Placed {
    one: Crate,
    label: String,
    start: usize,
    width: usize,
}

impl WalkView<'_> {
    /// The picture.
    pub(in crate::render) fn tower(&self) -> Vec<Line> {
        let boxes = boxes(self);
        let placed = self.place(boxes);
        let mut lines = Vec::new();
        if !self.plain {
            let mut head = Line::new();
            head.pad_to(self.width.saturating_sub(5)).push(Ink::Faint, "bytes");
            lines.push(head);
        }
        let mut nothing: Vec<Layer> = Vec::new();
        for (label, place) in floors(&placed, self.names()) {
            let is_new = |one: &Placed| rank(one.one.place) == rank(place);
            if !placed.iter().any(is_new) {
                if let Place::At(layer) = place {
                    nothing.push(layer);
                }
                continue;
            }
            lines.extend(self.nothing(&mut nothing));
            lines.extend(self.floor_of(&label, place, &placed));
        }
        lines.extend(self.nothing(&mut nothing));
        if self.names().is_everyday() {
            lines.extend(self.paragraph(Ink::Faint, 1, BYTE));
        }
        lines
    }

    /// What stands in the message's box.
    pub(in crate::render) fn message(&self) -> String {
        match self.walk.units.as_slice() {
            [unit] => match &unit.text {
                Some(text) if unit.is_whole() => format!("“{text}”"),
                Some(_) | None if unit.is_whole() => self.kind_of(unit),
                _ => self.part_of_kind(unit),
            },
            [] => self
                .walk
                .value("says")
                .map_or_else(|| self.names().pick("words", "data").to_owned(), |text| format!("“{text}”")),
            all => format!("{} {}", all.len(), self.names().pick("things", "units")),
        }
    }

    /// Layers that add nothing, on one line.
    fn nothing(&self, layers: &mut Vec<Layer>) -> Option<Line> {
        let (first, last) = (layers.first().copied()?, layers.last().copied()?);
        let few = layers.len() == 1;
        layers.clear();
        let which = if few {
            format!(" {} {}", first.number(), self.names().place(Place::At(first)))
        } else {
            format!(" {} to {}", first.number(), last.number())
        };
        let mut line = Line::new().with(Ink::Faint, which);
        let room = self.width.saturating_sub(17);
        line.pad_to(17)
            .push(Ink::Faint, if room < 26 { "adds nothing" } else { self.names().adds_nothing() });
        let line = if last == Layer::Physical {
            let name = format!(" 1 {}", self.names().place(Place::At(Layer::Physical)));
            let mut line = Line::new().with(Ink::Faint, name);
            line.pad_to(17).push(Ink::Faint, self.names().not_here());
            line
        } else {
            line
        };
        Some(line)
    }

    /// Gives each box its columns.
    fn place(&self, boxes: Vec<Crate>) -> Vec<Placed> {
        // Behind them stands the largest size, two columns apart, below its heading.
        let largest = self.size_of(Place::At(Layer::Physical), self.walk.len).len();
        let room = self.width.saturating_sub(largest.max("bytes".len()) + 2);
        let label = |one: &Crate, short: u8| match (one.place, short) {
            (Place::At(Layer::Physical), _) => one.name.clone(),
            _ if one.is_message => one.name.clone(),
            (_, 0) => format!("{} +{}", one.name, grouped(one.len)),
            (Place::At(_) | Place::Tls, 1) => {
                format!("{} +{}", one.name.replace("Ethernet", "Eth"), grouped(one.len))
            }
            (_, 1 | 2) => format!("+{}", grouped(one.len)),
            _ => grouped(one.len),
        };
        let name = if self.width < 60 { 3 } else { NAMED };
        // Names go first, then the signs before the numbers.
        let mut labels: Vec<String> = Vec::new();
        for short in self.names().pick(2, 0)..4 {
            labels = boxes.iter().map(|one| label(one, short)).collect();
            let fixed: usize = boxes
                .iter()
                .zip(&labels)
                .map(|(one, label)| if one.is_message { self.columns(label).min(18) } else { self.columns(label) } + 1)
                .sum();
            // The lowest rows need their number and name at the left; where that is too much, their number.
            if fixed + if short < 2 { NAMED } else { name } <= room {
                break;
            }
        }
        let others: usize = boxes
            .iter()
            .zip(&labels)
            .map(|(one, label)| if one.is_message { 1 } else { self.columns(label) + 1 })
            .sum();
        let messages = boxes.iter().filter(|one| one.is_message).count().max(1);
        let left = (room.saturating_sub(others + name) / messages).max(LEAST);
        let labels: Vec<String> = boxes
            .iter()
            .zip(labels)
            .map(|(one, label)| if one.is_message { self.fit(&label, left) } else { label })
            .collect();
        let all: usize = labels.iter().map(|label| self.columns(label) + 1).sum();
        let mut start = room.saturating_sub(all);
        if start == NAMED {
            // A name would touch its box: one of the two columns before the sizes keeps them apart.
            start += 1;
        }
        let mut placed = Vec::new();
        for (one, label) in boxes.into_iter().zip(labels) {
            let width = self.columns(&label);
            placed.push(Placed { one, label, start, width });
            start += width + 1;
        }
        placed
    }

    /// How many columns a text takes as it is printed.
    fn columns(&self, text: &str) -> usize {
        self.printed(text).width()
    }

    /// A text as it is printed, cut to `room` columns where it takes more. (What stands for one sign is not cut through.)
    fn fit(&self, text: &str, room: usize) -> String {
        let cuts = (0..=room).rev().map(|room| cut(text, room));
        let mut fitting = cuts.filter(|text| self.columns(text) <= room);
        fitting.next().map_or_else(String::new, |text| self.printed(&text).into_owned())
    }

    /// How many bytes it is with all that it holds; what no capture holds is counted apart.
    fn size_of(&self, place: Place, all: u64) -> String {
        match self.walk.physical {
            Some(physical) if place == Place::At(Layer::Physical) => {
                format!("{}+{}", grouped(self.walk.len), grouped(physical.added()))
            }
            _ => grouped(all),
        }
    }

    /// One row; where the boxes leave no room for the layer's name, it stands above them.
    fn floor_of(&self, label: &str, place: Place, placed: &[Placed]) -> Vec<Line> {
        let now = rank(place);
        let there = || placed.iter().filter(|one| rank(one.one.place) >= now);
        let all: u64 = there().map(|one| one.one.len).sum();
        let size = self.size_of(place, all);
        if self.plain {
            let own = || there().map(|one| &one.one).filter(|one| rank(one.place) == now);
            let added: u64 = own().map(|one| one.len).sum();
            let mut names: Vec<&str> = Vec::new();
            for one in own() {
                let name = self.names().pick(one.everyday.as_str(), one.name.as_str());
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            let (names, added, all) = (names.join(" and "), count_of(added), count_of(all));
            let text = match place {
                Place::At(Layer::Physical) => format!("{label}: the wire's own {added} come around it"),
                _ if added == all => format!("{label}: {names}, {added}"),
                _ if self.names().is_everyday() => format!("{label}: {names}, {added}; {all} by now"),
                _ => format!("{label}: {names} adds {added}; {all} now"),
            };
            return self.paragraph(Ink::Plain, 1, &format!("{}.", text.trim_start()));
        }
        let first = there().next().map_or(0, |one| one.start);
        let mut lines = Vec::new();
        let mut line = Line::new().with(ink(place), label);
        if label.width() >= first {
            lines.push(std::mem::take(&mut line));
        }
        line.pad_to(first.saturating_sub(1));
        for one in there() {
            line.pad_to(one.start.saturating_sub(1));
            line.push(Ink::Faint, "│");
            let color = ink(one.one.place);
            let mut text = if rank(one.one.place) == now {
                one.label.clone()
            } else {
                let sign = one.one.place.sign();
                format!("{sign}{}", "─".repeat(one.width.saturating_sub(1)))
            };
            while text.width() < one.width {
                text.push(' ');
            }
            line.push(color, text);
        }
        line.push(Ink::Faint, "│");
        line.pad_to(self.width.saturating_sub(size.len())).push(Ink::Strong, size);
        lines.push(line);
        lines
    }
}

/// The rows from the top: the seven layers, and TLS where it is.
fn floors(placed: &[Placed], names: Names) -> Vec<(String, Place)> {
    let mut floors: Vec<(String, Place)> = Vec::new();
    for layer in Layer::DOWN {
        if layer == Layer::Transport && placed.iter().any(|one| one.one.place == Place::Tls) {
            floors.push((format!(" T {}", names.place(Place::Tls)), Place::Tls));
        }
        let place = Place::At(layer);
        floors.push((format!(" {} {}", layer.number(), names.place(place)), place));
    }
    floors
}
