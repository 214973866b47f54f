//! A walk through the layers for people: the message at the top, what each layer puts around it, down to the wire; up again at
//! the other end; the four layers of TCP/IP beside the seven; what it cost.

mod boxes;
mod bytes;
mod cost;
mod four;
mod hop;
mod json;
mod names;
mod told;
mod tower;

use std::borrow::Cow;

use super::{Ink, Line, in_ascii, wrap};
use crate::osi::{Floor, Layer, Place, Walk};
use crate::words::{Book, Level, fill_sentences, sentences};

pub use json::{hop as hop_json, walk as walk_json};

pub(super) use boxes::{Crate, boxes, rank};
pub(super) use bytes::{deflated, inside, own_title};
pub(super) use cost::Bar;
pub(super) use hop::{place as place_of_row, sign as sign_of_row};
pub(super) use names::Names;

/// Columns before a section's text.
const INDENT: usize = 4;
/// Columns of a row's name.
const NAME: usize = 9;
/// So many of a layer's bytes are shown with its text.
const SHOWN: usize = 48;

/// The key of what is said where the wire dropped the frame.
pub(super) const LOST: &str = "osi.lost";

/// How a walk is drawn.
#[derive(Clone, Copy, Debug)]
pub struct WalkView<'a> {
    /// What.
    pub walk: &'a Walk,
    /// The words.
    pub book: &'a Book<'a>,
    /// How deep they go.
    pub level: Level,
    /// Columns.
    pub width: usize,
    /// All bytes are shown.
    pub bytes: bool,
    /// What is drawn is said in a sentence.
    pub plain: bool,
    /// Only ASCII can be shown: what stands for other signs is measured.
    pub ascii: bool,
}

/// The colour of a place.
pub(super) fn ink(place: Place) -> Ink {
    match place {
        Place::At(Layer::Physical) | Place::Capture => Ink::Faint,
        Place::At(Layer::Link) => Ink::Link,
        Place::At(Layer::Network) => Ink::Network,
        Place::At(Layer::Transport) => Ink::Transport,
        Place::At(_) | Place::Like(_) => Ink::Application,
        // It is in neither model: no layer's hue.
        Place::Tls => Ink::Strong,
    }
}

/// `2,000`.
pub(super) fn grouped(number: u64) -> String {
    let mut text = String::new();
    super::units::grouped(number, &mut text);
    text
}

/// `1 byte`, `2,000 bytes`.
pub(super) fn count_of(bytes: u64) -> String {
    let mut text = grouped(bytes);
    text.push_str(if bytes == 1 { " byte" } else { " bytes" });
    text
}

impl<'a> WalkView<'a> {
    /// The whole walk.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = self.who();
        lines.push(Line::new());
        lines.extend(self.tower());
        lines.push(Line::new());
        lines.extend(self.heading(&self.on("Down", self.sender())));
        for floor in &self.walk.floors {
            lines.extend(self.floor(floor));
        }
        if let Some(stop) = &self.walk.stop {
            lines.extend(self.paragraph(Ink::Strong, 1, &self.says(&[stop.key()])));
        }
        lines.push(Line::new());
        lines.extend(self.up());
        lines.push(Line::new());
        lines.extend(self.four());
        lines.push(Line::new());
        lines.extend(self.cost());
        if self.bytes {
            lines.push(Line::new());
            lines.extend(self.dump());
        }
        lines
    }

    /// One layer, with all that is said of it, and this frame's bytes there.
    pub fn layer(&self, layer: Layer) -> Vec<Line> {
        let mut lines = self.who();
        lines.push(Line::new());
        lines.push(self.title(layer));
        let key = format!("layer.{}", layer.number());
        if let Some(entry) = self.book.find(&key) {
            let text = fill_sentences(entry.near(self.level), &[]).join(" ");
            lines.extend(self.paragraph(Ink::Plain, INDENT, &text));
            lines.push(Line::new());
        }
        for (name, part) in [
            (self.names().of_entry("unit"), "unit"),
            ("address", "address"),
            ("device", "device"),
            ("if not", "fails"),
            (self.names().of_entry("misread"), "misread"),
        ] {
            if let Some(entry) = self.book.find(&format!("{key}.{part}")) {
                let text = fill_sentences(entry.near(self.level), &[]).join(" ");
                lines.extend(self.row(name, Ink::Plain, &text));
            }
        }
        lines.push(Line::new());
        lines.extend(self.heading(&format!("In frame {}", self.walk.frame)));
        if let Some(floor) = self.walk.floors.iter().find(|floor| floor.place == Place::At(layer)) {
            lines.extend(self.paragraph(Ink::Plain, INDENT, &self.says(&floor.down)));
            if let Some(addresses) = self.addresses(layer) {
                lines.extend(self.row("address", ink(Place::At(layer)), &addresses));
            }
            lines.extend(self.own_bytes(layer, usize::MAX));
            if !floor.up.is_empty() {
                let text = self.says(&floor.up);
                lines.extend(self.row("up again", Ink::Plain, &text));
            }
        }
        if let Some(stop) = self.walk.stop.as_ref().filter(|stop| stop.layer() <= layer) {
            lines.extend(self.paragraph(Ink::Strong, INDENT, &self.says(&[stop.key()])));
        }
        if self.walk.lost {
            lines.extend(self.paragraph(Ink::Strong, INDENT, &self.says(&[LOST])));
        }
        lines.push(Line::new());
        lines.extend(self.tower());
        if self.bytes {
            lines.push(Line::new());
            lines.extend(self.dump());
        }
        if let Some(entry) = self.book.find(&key) {
            let source = format!("Source: {}", entry.sources.join("; "));
            lines.push(Line::new());
            lines.extend(self.paragraph(Ink::Faint, INDENT, &source));
        }
        lines
    }

    /// A text as it is printed.
    fn printed<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.ascii { in_ascii(text) } else { Cow::Borrowed(text) }
    }

    /// What stands over a section.
    fn heading(&self, text: &str) -> Vec<Line> {
        wrap(&self.printed(text), self.width)
            .into_iter()
            .map(|part| Line::new().with(Ink::Strong, part))
            .collect()
    }

    fn sender(&self) -> &'a str {
        self.walk.value("from").unwrap_or("sender")
    }

    /// Text under a margin.
    fn paragraph(&self, ink: Ink, indent: usize, text: &str) -> Vec<Line> {
        let room = self.width.saturating_sub(indent).max(20);
        let margin = " ".repeat(indent);
        wrap(&self.printed(text), room)
            .into_iter()
            .map(|part| Line::from(margin.as_str()).with(ink, part))
            .collect()
    }

    /// A name, and text beside it.
    fn row(&self, name: &str, ink: Ink, text: &str) -> Vec<Line> {
        let room = self.width.saturating_sub(INDENT + NAME).max(20);
        let mut lines = Vec::new();
        for (index, part) in wrap(&self.printed(text), room).into_iter().enumerate() {
            let mut line = Line::from(" ".repeat(INDENT));
            line.push(Ink::Faint, if index == 0 { name } else { "" });
            line.pad_to(INDENT + NAME);
            lines.push(line.with(ink, part));
        }
        lines
    }

    /// The words of some keys, with this frame's numbers.
    pub(super) fn says(&self, keys: &[&str]) -> String {
        self.sentences(keys).join(" ")
    }

    /// The same, sentence by sentence.
    pub(super) fn sentences(&self, keys: &[&str]) -> Vec<String> {
        // What a rule says stands under its name.
        let find = |key| self.book.find(key).or_else(|| self.book.find(&format!("rule {key}")));
        let texts = keys.iter().filter_map(|key| find(key));
        texts
            .flat_map(|entry| fill_sentences(entry.near(self.level), &self.walk.values))
            .filter(|sentence| !sentence.is_empty())
            .collect()
    }

    /// The first sentence that is said of a layer in general.
    pub(super) fn first_of(&self, layer: Layer, part: &str) -> Option<String> {
        let entry = self.book.find(&format!("layer.{}{part}", layer.number()))?;
        let first = sentences(entry.near(self.level)).first()?.replace('`', "");
        Some(first.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Number, name, unit and size of a layer.
    fn title(&self, layer: Layer) -> Line {
        let walk = self.walk;
        let is_there = walk.unit_len(layer).is_some();
        let place = Place::At(layer);
        let names = self.names();
        let name = if self.width < 60 { names.place_in_short(place) } else { names.place_in_full(place) };
        let mut line = Line::from(" ").with(ink(place), format!("{} {name}", layer.number()));
        if let Some(len) = walk.unit_len(layer).filter(|_| is_there) {
            let len = match walk.physical {
                Some(physical) if layer == Layer::Physical => {
                    format!("{} + {} bytes", grouped(walk.len), grouped(physical.added()))
                }
                _ => count_of(len),
            };
            line.push(Ink::Strong, format!(" · {}", self.sized(layer, &len)));
        } else {
            line.push(Ink::Faint, " · adds nothing");
        }
        self.with_model(line, &format!("TCP/IP: {}", self.internet(layer).name()))
    }

    /// A title with the place in TCP/IP's model at its end; a friend reads that below, beside the seven.
    fn with_model(&self, mut title: Line, model: &str) -> Line {
        match title.width() + model.len() + 3 {
            _ if self.names().is_everyday() => {}
            columns if columns > self.width + usize::from(!self.plain) => {}
            _ if self.plain => {
                title.push(Ink::Faint, format!(" · {model}"));
            }
            _ => {
                title.pad_to(self.width - model.len()).push(Ink::Faint, model);
            }
        }
        title
    }

    /// One layer of the walk.
    fn floor(&self, floor: &Floor) -> Vec<Line> {
        let Place::At(layer) = floor.place else { return self.tls(floor) };
        let mut lines = vec![self.title(layer)];
        lines.extend(self.paragraph(Ink::Plain, INDENT, &self.says(&floor.down)));
        if layer == Layer::Application && !self.walk.is_tls_alone() {
            lines.extend(self.units());
        }
        lines.extend(self.own_bytes(layer, SHOWN));
        if self.walk.unit_len(layer).is_none() && layer != Layer::Physical {
            return lines;
        }
        for (name, text) in self.facts(layer) {
            let is_own = name == "address" && self.addresses(layer).is_some();
            lines.extend(self.row(name, if is_own { ink(floor.place) } else { Ink::Plain }, &text));
        }
        lines
    }

    /// Each of several units.
    fn units(&self) -> Vec<Line> {
        let [_, _, ..] = self.walk.units.as_slice() else { return Vec::new() };
        let mut lines = Vec::new();
        for (index, unit) in self.walk.units.iter().enumerate() {
            let text =
                unit.text.as_ref().map_or(String::new(), |text| format!(" “{}”", super::line::cut(text, 40)));
            let part = if unit.is_whole() { "" } else { ", a part of it here" };
            let text = format!("{}{text}, {}{part}", self.kind_of(unit), count_of(unit.len));
            let what = match self.names() {
                Names::Everyday => "",
                Names::Trade if self.walk.is_tls_alone() => "record ",
                Names::Trade => "unit ",
            };
            lines.extend(self.row(&format!("{what}{}", index + 1), Ink::Application, text.trim_start()));
        }
        lines
    }

    /// TLS, between two layers: what it was given, and what it made of that.
    fn tls(&self, floor: &Floor) -> Vec<Line> {
        let len = self.walk.own_len(Place::Tls);
        let names = self.names();
        let title = Line::from(" ")
            .with(ink(Place::Tls), format!("T {}", names.place_in_full(Place::Tls)))
            .with(Ink::Strong, format!(" · {}{}", names.pick("", "record, "), count_of(len)));
        let mut lines = vec![self.with_model(title, "TCP/IP: in neither model")];
        lines.extend(self.paragraph(Ink::Plain, INDENT, &self.says(&floor.down)));
        if self.walk.is_tls_alone() {
            lines.extend(self.units());
        }
        lines.extend(self.before_and_after(SHOWN));
        lines
    }

    /// The way up on the other host.
    fn up(&self) -> Vec<Line> {
        if self.walk.lost {
            return self.heading(&self.says(&[LOST]));
        }
        let host = self.walk.value("to").unwrap_or("receiver");
        let mut lines = self.heading(&self.on("Up", host));
        for floor in self.walk.floors.iter().rev().filter(|floor| !floor.up.is_empty()) {
            let text = self.says(&floor.up);
            let place = floor.place;
            for (index, part) in
                wrap(&self.printed(&text), self.width.saturating_sub(INDENT).max(20)).into_iter().enumerate()
            {
                let sign = if index == 0 { format!(" {} ", place.sign()) } else { "   ".to_owned() };
                // What is read aloud keeps the sign as a name, not as a program's words.
                let color = if self.plain { Ink::Strong } else { ink(place) };
                lines.push(Line::new().with(color, sign).with(Ink::Plain, format!(" {part}")));
            }
        }
        lines
    }
}
