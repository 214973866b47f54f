//! What is said of a step in words: below its arrow or beside it, what belongs to it alone, where to find it.

use unicode_width::UnicodeWidthStr;

use crate::event::{Host, Verdict};
use crate::story::{LOST, SUM_CAME_LATER, Step, What};
use crate::words::{Entry, Level, fill_sentences};

use super::{LADDER, Ladder, TEXT, WIDE};
use crate::render::line::cut;
use crate::render::{Ink, Line, wrap};

/// So many lines of words a full step gets, unless all is asked for.
const FULL_LINES: usize = 3;

/// What a program says is cut to no fewer columns than these.
const QUOTED: usize = 24;

impl Ladder<'_> {
    /// The words below the arrow.
    pub(super) fn words(&self, step: &Step) -> Vec<Line> {
        let all_said = step.what == What::Folded && self.has_room(step) && self.level != Level::Friend;
        if (self.is_wordless(step) || all_said) && !self.verbose {
            return Vec::new();
        }
        // The remark that the frame was lost takes one of a full step's lines.
        let lost = usize::from(step.verdict == Some(Verdict::Dropped));
        // What answers something like it needs fewer words.
        let answers = usize::from(step.again && step.from == Host::Server);
        let limit = if self.is_full(step) { FULL_LINES - lost - answers } else { 1 };
        let chosen = self.choose(step.words, step, self.width.clamp(80, WIDE - 1) - TEXT, limit);
        let lines = wrap(&chosen, self.text_width());
        lines.into_iter().map(|text| self.inside().with(Ink::Strong, text)).collect()
    }

    /// Whether a step is shown by its arrow alone. A friend has no names of messages on the arrows of TLS, and needs the words.
    pub(in crate::render) fn is_wordless(&self, step: &Step) -> bool {
        let named = matches!(step.what, What::TlsHandshake | What::TlsAlert);
        step.carries && !(named && self.is_for_a_friend())
    }

    /// The words beside the ladder, below their title.
    pub(super) fn wide_words(&self, step: &Step) -> Vec<Line> {
        let room = self.width - LADDER - 4;
        let mut lines = Vec::new();
        if self.is_full(step) {
            // A friend has it on the arrow.
            let title = if self.is_for_a_friend() { String::new() } else { self.title(step) };
            let title = wrap(&title, room);
            lines.extend(title.into_iter().map(|part| Line::new().with(Ink::Strong, part)));
            let text = self.filled(step.words, step, self.level).join(" ");
            lines.extend(wrap(&text, room).into_iter().map(Line::from));
        } else if !self.is_wordless(step) {
            let text = self.choose(step.words, step, room, FULL_LINES - 1);
            lines.extend(wrap(&text, room).into_iter().map(Line::from));
        }
        lines
    }

    /// As many sentences of `key`'s words as fit into `limit` lines of `room` columns; all of them with `-v`. What a program says
    /// is cut before its sentence is left out. Where not even the first has room, a simpler level speaks.
    pub(in crate::render) fn choose(&self, key: &str, step: &Step, room: usize, limit: usize) -> String {
        if self.verbose {
            return self.filled(key, step, self.level).join(" ");
        }
        let simpler = [self.level, Level::Student, Level::Friend]
            .into_iter()
            .map(|level| self.filled(key, step, level));
        let fits = |text: &str| wrap(text, room).len() <= limit;
        let mut first = None;
        for sentences in simpler {
            let mut chosen = String::new();
            for sentence in sentences {
                let longer = if chosen.is_empty() { sentence } else { format!("{chosen} {sentence}") };
                if fits(&longer) {
                    chosen = longer;
                } else if let Some(shorter) = shorter(step, &longer, fits) {
                    chosen = shorter;
                } else {
                    first.get_or_insert(longer);
                    break;
                }
            }
            if !chosen.is_empty() {
                return chosen;
            }
        }
        first.unwrap_or_default()
    }

    /// The sentences of `key`'s words, with the numbers of the step's frame.
    fn filled(&self, key: &str, step: &Step, level: Level) -> Vec<String> {
        let text = self.book.find(key).map(|entry| entry.near(level)).unwrap_or_default();
        fill_sentences(text, &step.values)
    }

    pub(in crate::render) fn entry(&self, step: &Step) -> Option<&Entry<'_>> {
        self.book.find(step.words)
    }

    /// What became of the frame, and what belongs to this step alone.
    pub(super) fn remarks(&self, step: &Step) -> Vec<Line> {
        let mut lines = Vec::new();
        for (ink, text) in self.remarks_of(step) {
            for part in wrap(&text, self.text_width()) {
                lines.push(self.inside().with(ink, part));
            }
        }
        lines
    }

    /// The same, each a paragraph.
    pub(in crate::render) fn remarks_of(&self, step: &Step) -> Vec<(Ink, String)> {
        let mut texts: Vec<(Ink, String)> = Vec::new();
        if step.verdict == Some(Verdict::Dropped) {
            let room = self.width.clamp(80, WIDE - 1) - TEXT - 2;
            texts.push((Ink::Alarm, format!("✗ {}", self.choose(LOST, step, room, 1))));
        }
        for key in &step.remarks {
            let (ink, sign) = if *key == SUM_CAME_LATER { (Ink::Plain, "") } else { (Ink::Alarm, "✗ ") };
            let room = self.width.clamp(80, WIDE - 1) - TEXT - sign.width();
            texts.push((ink, format!("{sign}{}", self.choose(key, step, room, FULL_LINES))));
        }
        // A friend hears the words alone: not in how many segments it came.
        if !self.is_for_a_friend() {
            texts.extend(step.notes.iter().map(|note| (Ink::Plain, note.clone())));
        }
        texts
    }

    /// How to find the frame in Wireshark, and where the facts come from.
    pub(super) fn find(&self, step: &Step) -> Vec<Line> {
        if step.again && !self.verbose || self.is_for_a_friend() {
            return Vec::new();
        }
        let source = self.entry(step).and_then(|entry| entry.sources.first().copied()).unwrap_or_default();
        let source = source.replace(", section", "");
        if self.plain {
            return [format!("Find it: {}", step.filter), format!("Source: {source}")].map(Line::from).into();
        }
        let mut lines: Vec<Line> = wrap(&format!("find it: {}", step.filter), self.text_width())
            .into_iter()
            .map(|text| self.inside().with(Ink::Faint, text))
            .collect();
        let column = self.ladder_width().saturating_sub(source.chars().count());
        match lines.last_mut() {
            Some(last) if last.width() + 2 <= column => {
                last.pad_to(column).push(Ink::Faint, source);
            }
            _ => lines.push(self.inside().with(Ink::Faint, source)),
        }
        lines
    }
}

/// The sentences with less of what the program says in them, so that they fit; `None` where that is not enough.
fn shorter(step: &Step, sentences: &str, fits: impl Fn(&str) -> bool) -> Option<String> {
    let (_, said) = step.values.iter().find(|(name, _)| *name == "text")?;
    if !sentences.contains(said.as_str()) {
        return None;
    }
    let widths = (QUOTED..said.width()).rev().skip(3).step_by(4);
    widths.map(|width| sentences.replacen(said.as_str(), &cut(said, width), 1)).find(|cut| fits(cut))
}
