//! A line of inked text in one buffer that is used again for the next: for tables of many rows.

use std::fmt;

use super::Ink;

/// One line, built from left to right. What is pushed must be numbers, addresses or words of our own: unlike
/// [`Line`](super::Line) it makes nothing visible.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    text: String,
    /// Each piece's ink, and where in `text` it ends.
    pieces: Vec<(Ink, usize)>,
    /// Columns so far.
    width: usize,
    /// Nobody will ask for its pieces.
    plain: bool,
}

impl Tape {
    /// An empty one.
    pub fn new() -> Tape {
        Tape::default()
    }

    /// An empty one of which only [`text`](Tape::text) will be asked for: it keeps no [`pieces`](Tape::pieces).
    pub fn plain() -> Tape {
        Tape { plain: true, ..Tape::default() }
    }

    /// Empty again, with its room kept.
    pub fn clear(&mut self) {
        self.text.clear();
        self.pieces.clear();
        self.width = 0;
    }

    /// Adds `text`, each of whose characters takes one column.
    pub fn push(&mut self, ink: Ink, text: &str) {
        self.add(ink, text, columns(text));
    }

    /// The same, the last column being `to`; further right where there is no room for that.
    pub fn push_right(&mut self, ink: Ink, text: &str, to: usize) {
        let columns = columns(text);
        self.pad_to(to.saturating_sub(columns));
        self.add(ink, text, columns);
    }

    #[inline]
    fn add(&mut self, ink: Ink, text: &str, columns: usize) {
        self.text.push_str(text);
        self.ends(ink, columns);
    }

    /// Adds what is written.
    pub fn write(&mut self, ink: Ink, what: fmt::Arguments<'_>) {
        let from = self.text.len();
        // Writing into memory does not fail.
        let _ = fmt::Write::write_fmt(&mut self.text, what);
        let columns = columns(self.text.get(from..).unwrap_or_default());
        self.ends(ink, columns);
    }

    /// Adds spaces until it is `column` columns wide.
    pub fn pad_to(&mut self, column: usize) {
        const SPACES: &str = "                                ";
        while self.width < column {
            let count = (column - self.width).min(SPACES.len());
            self.text.push_str(SPACES.get(..count).unwrap_or(SPACES));
            self.ends(Ink::Plain, count);
        }
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All of it in one, without the spaces at the end.
    pub fn text(&self) -> &str {
        self.text.trim_end_matches(' ')
    }

    /// Its pieces, if it keeps them, without the spaces at the end.
    pub fn pieces(&self) -> impl Iterator<Item = (Ink, &str)> {
        let length = self.text().len();
        let mut from = 0;
        self.pieces.iter().map_while(move |(ink, end)| {
            let piece = self.text.get(from..(*end).min(length)).filter(|piece| !piece.is_empty())?;
            from = *end;
            Some((*ink, piece))
        })
    }

    fn ends(&mut self, ink: Ink, columns: usize) {
        if columns == 0 {
            return;
        }
        self.width += columns;
        if self.plain {
            return;
        }
        let end = self.text.len();
        match self.pieces.last_mut() {
            Some(last) if last.0 == ink => last.1 = end,
            _ => self.pieces.push((ink, end)),
        }
    }
}

/// How many columns a text takes of which each character takes one.
fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tape: &Tape) -> String {
        tape.pieces().map(|(_, text)| text).collect()
    }

    #[test]
    fn numbers_end_where_they_should() {
        let mut tape = Tape::new();
        tape.push(Ink::Client, "a");
        tape.push(Ink::Server, "");
        tape.push_right(Ink::Plain, "35 µs", 10);
        assert_eq!(text(&tape), "a    35 µs");
        tape.push_right(Ink::Plain, "too long", 12);
        assert_eq!((text(&tape).as_str(), tape.width()), ("a    35 µstoo long", 18));
    }

    #[test]
    fn a_plain_one_has_the_same_text_and_no_pieces() {
        let mut tape = Tape::plain();
        tape.push(Ink::Client, "a");
        tape.push_right(Ink::Plain, "35 µs", 10);
        assert_eq!((tape.text(), tape.width(), tape.pieces().count()), ("a    35 µs", 10, 0));
    }

    #[test]
    fn spaces_at_the_end_are_not_written() {
        let mut tape = Tape::new();
        tape.push(Ink::Client, "a  ");
        tape.push(Ink::Server, "  ");
        tape.pad_to(50);
        assert_eq!((text(&tape).as_str(), tape.width()), ("a", 50));
        tape.clear();
        assert_eq!((text(&tape).as_str(), tape.width()), ("", 0));
    }
}
