//! A term as a picture: its header with its bits, its place among the states or the layers, the lines around it; a page with all that is
//! said of it, and one with all terms.
//!
//! Only what is so is drawn: bits from a header's own table, values from a bundled capture. A term of which there is nothing to see
//! has no picture ([`NoPicture`]); its page it has.

mod glossary;
mod grid;
mod layers;
mod mermaid;
mod page;
mod states;
mod svg;

use std::io::{self, Write};

use super::Form;
use crate::explain::{Entry, Group, Header};
use crate::words::Level;

pub use glossary::Glossary;

/// A term that is to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct EntryPicture<'a> {
    /// What is said of it.
    pub entry: &'a Entry<'a>,
    /// How deep the words go, where a picture has one level.
    pub level: Level,
}

/// There is nothing of a term that can be seen: no bits, no line, no state, no layer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name} ({what}) has no bits, no place among states or layers, and so no picture that would be true. \
     Fields, flags, options, opcodes, close codes that cross the wire, HTTP's header lines, TCP's states and layers have one; {instead}"
)]
pub struct NoPicture {
    name: String,
    what: &'static str,
    instead: String,
}

/// What of a term can be seen.
#[derive(Clone, Copy, Debug)]
enum Seen<'a> {
    /// Bits of a header.
    Header(&'a Header),
    /// Lines of an HTTP header, and whether each is meant.
    Lines(&'a [(String, bool)]),
    /// A state of TCP.
    State(&'a str),
    /// A layer of OSI.
    Layer(u8),
}

impl<'a> EntryPicture<'a> {
    /// Draws it.
    ///
    /// # Errors
    /// When `out` cannot be written to; inside, [`NoPicture`] where there is nothing to be seen of it.
    pub fn draw(&self, form: Form, out: &mut dyn Write) -> io::Result<Result<(), NoPicture>> {
        let drawn = match form {
            Form::Html => return page::draw(self, out).map(Ok),
            Form::Svg => svg::draw(self),
            Form::Mermaid => mermaid::draw(self),
        };
        match drawn {
            Some(text) => out.write_all(text.as_bytes()).map(Ok),
            None => Ok(Err(self.none(form))),
        }
    }

    fn seen(&self) -> Option<Seen<'a>> {
        let entry: &'a Entry<'a> = self.entry;
        if let Some(state) = entry.key.strip_prefix("state ") {
            return Some(Seen::State(state));
        }
        if entry.group == Group::Layers {
            return entry.key.strip_prefix("layer.")?.parse().ok().map(Seen::Layer);
        }
        if let Some(header) = entry.place() {
            return Some(Seen::Header(header));
        }
        let lines = entry.example.as_ref().map(|example| example.lines.as_slice()).unwrap_or_default();
        (!lines.is_empty()).then_some(Seen::Lines(lines))
    }

    fn none(&self, form: Form) -> NoPicture {
        let entry = self.entry;
        let mut instead = "--format html makes a page of all that is said of it".to_owned();
        if let Some(example) = &entry.example {
            let (capture, frame) = (&example.capture, example.frame);
            instead = format!(
                "{instead}, and netlab replay {capture} --frames {frame} --format {} draws the frame that shows it",
                form.name()
            );
        }
        NoPicture { name: entry.name.clone(), what: entry.group.one(), instead }
    }

    /// What it is called, and what kind of thing it is: `SYN · TCP flag`.
    fn title(&self) -> String {
        title(self.entry)
    }
}

/// What a term is called, and what kind of thing it is.
fn title(entry: &Entry<'_>) -> String {
    let name = entry.title().filter(|_| entry.group == Group::Layers);
    let name = name.unwrap_or_else(|| entry.name.clone());
    format!("{name} · {}", crate::render::explain::what_it_is(entry))
}

/// Where the values of a picture come from.
fn origin(entry: &Entry<'_>) -> Option<String> {
    let example = entry.example.as_ref()?;
    let what = if example.what.is_empty() { String::new() } else { format!(": {}", example.what) };
    Some(format!("{}, frame {}{what}", example.capture, example.frame))
}
