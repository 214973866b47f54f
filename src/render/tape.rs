//! A line of inked text in one buffer that is used again for the next: for tables of many rows.
//!
//! It holds one byte for each column, so that a cell's place in it is its place in the line. What stands for one of the few
//! characters that take more in UTF-8 becomes that when the line is written.

use std::mem;

use super::Ink;
use super::slot::{Few, Slot, byte_of, char_of, first_other, other_of};

/// One line, built from left to right. What is put there must be numbers, addresses or words of our own: unlike
/// [`Line`](super::Line) it makes nothing visible. A character that no table has becomes a question mark.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// Nothing but spaces behind the columns so far.
    line: Vec<u8>,
    /// Columns so far.
    width: usize,
    /// Each piece's ink, and in which column it ends.
    pieces: Vec<(Ink, usize)>,
    /// Nobody will ask for its pieces.
    plain: bool,
}

impl Tape {
    /// An empty one.
    pub fn new() -> Tape {
        Tape::default()
    }

    /// An empty one that will only be [added to a text](Tape::add_to): it keeps no [`pieces`](Tape::pieces).
    pub fn plain() -> Tape {
        Tape { plain: true, ..Tape::default() }
    }

    /// Empty again, with its room kept.
    pub fn clear(&mut self) {
        self.back_to(0);
        self.pieces.clear();
    }

    /// Adds `text`.
    pub fn push(&mut self, ink: Ink, text: &str) {
        if text.is_ascii() {
            self.room(text.len()).copy_from_slice(text.as_bytes());
        } else {
            let room = self.room(text.chars().count());
            room.iter_mut().zip(text.chars()).for_each(|(place, c)| *place = byte_of(c));
        }
        self.ends(ink, self.width);
    }

    /// Adds bytes, one a column.
    #[inline]
    pub(super) fn bytes(&mut self, ink: Ink, bytes: &[u8]) {
        self.room(bytes.len()).copy_from_slice(bytes);
        self.ends(ink, self.width);
    }

    /// Adds the first `len` of some bytes; the others are spaces.
    #[inline(always)]
    pub(super) fn spaced<const N: usize>(&mut self, ink: Ink, bytes: &[u8; N], len: usize) {
        let from = self.width;
        if let Some(place) = self.room(N).first_chunk_mut() {
            *place = *bytes;
        }
        self.width = from + len;
        self.ends(ink, self.width);
    }

    /// Adds what `fill` puts into a slot.
    #[inline]
    pub(super) fn put(&mut self, ink: Ink, fill: impl FnOnce(&mut Slot<'_>)) {
        Slot::of(fill, |cell| self.room(cell.len()).copy_from_slice(cell));
        self.ends(ink, self.width);
    }

    /// The same, the last column being `to`; further right where there is no room for that.
    #[inline(always)]
    pub(super) fn put_right(&mut self, ink: Ink, to: usize, fill: impl Fn(&mut Slot<'_>)) {
        let from = self.width;
        let mut slot = Slot::new(self.room(to.saturating_sub(from)));
        fill(&mut slot);
        if let Some(left) = slot.left() {
            self.ends(Ink::Plain, from + left);
            self.ends(ink, self.width);
        } else {
            self.further_right(ink, from, &fill);
        }
    }

    /// The same of a few bytes, which is most of what stands in tables.
    #[inline(always)]
    pub(super) fn few_right(&mut self, ink: Ink, to: usize, few: Few) {
        let from = to.wrapping_sub(few.columns());
        let place = self.line.get_mut(to.wrapping_sub(8)..to).and_then(<[u8]>::first_chunk_mut);
        // Where it has no room it begins further to the right; lines shorter than eight columns are rare.
        let Some(place) = place.filter(|_| self.width <= from && from <= to) else {
            return self.put_right(ink, to, |slot| slot.few(few));
        };
        *place = few.over(*place);
        self.width = to;
        self.ends(Ink::Plain, from);
        self.ends(ink, to);
    }

    /// Puts a cell where it begins, as it does not end where it should.
    #[cold]
    fn further_right(&mut self, ink: Ink, from: usize, fill: &dyn Fn(&mut Slot<'_>)) {
        self.back_to(from);
        self.put(ink, fill);
    }

    /// Adds spaces until it is `column` columns wide.
    #[inline]
    pub fn pad_to(&mut self, column: usize) {
        self.room(column.saturating_sub(self.width));
        self.ends(Ink::Plain, self.width);
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Adds all of it to `text`, without the spaces at the end.
    #[inline]
    pub fn add_to(&self, text: &mut Vec<u8>) {
        let mut rest = self.trimmed();
        while let Some((before, [other, after @ ..])) = first_other(rest).map(|at| rest.split_at(at)) {
            text.extend_from_slice(before);
            text.extend_from_slice(other_of(*other).as_bytes());
            rest = after;
        }
        text.extend_from_slice(rest);
    }

    /// Its pieces, if it keeps them, without the spaces at the end.
    pub fn pieces(&self) -> impl Iterator<Item = (Ink, String)> {
        let (line, mut from) = (self.trimmed(), 0);
        self.pieces.iter().map_while(move |(ink, end)| {
            let piece = line.get(from..(*end).min(line.len())).filter(|piece| !piece.is_empty())?;
            from = *end;
            Some((*ink, piece.iter().map(|byte| char_of(*byte)).collect()))
        })
    }

    fn trimmed(&self) -> &[u8] {
        let line = self.line.get(..self.width).unwrap_or_default();
        let end = line.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
        line.get(..end).unwrap_or_default()
    }

    /// So many more columns, spaces as yet.
    #[inline(always)]
    fn room(&mut self, columns: usize) -> &mut [u8] {
        let (from, to) = (self.width, self.width + columns);
        if to > self.line.len() {
            self.longer(to);
        }
        self.width = to;
        self.line.get_mut(from..to).unwrap_or_default()
    }

    #[cold]
    fn longer(&mut self, columns: usize) {
        self.line.resize(columns, b' ');
    }

    /// Takes everything from a column on away again.
    fn back_to(&mut self, column: usize) {
        let width = mem::replace(&mut self.width, column);
        self.line.get_mut(column..width).unwrap_or_default().fill(b' ');
    }

    #[inline(always)]
    fn ends(&mut self, ink: Ink, end: usize) {
        if !self.plain {
            self.piece_ends(ink, end);
        }
    }

    fn piece_ends(&mut self, ink: Ink, end: usize) {
        let begun = self.pieces.last().map_or(0, |(_, end)| *end);
        match self.pieces.last_mut() {
            _ if begun == end => {}
            Some(last) if last.0 == ink => last.1 = end,
            _ => self.pieces.push((ink, end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tape: &Tape) -> String {
        let text: String = tape.pieces().map(|(_, text)| text).collect();
        assert_eq!(text, written(tape));
        text
    }

    fn written(tape: &Tape) -> String {
        let mut out = Vec::new();
        tape.add_to(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn put_right(tape: &mut Tape, text: &str, to: usize) {
        tape.put_right(Ink::Plain, to, |slot| slot.text(text));
    }

    #[test]
    fn numbers_end_where_they_should() {
        let mut tape = Tape::new();
        tape.push(Ink::Client, "a");
        tape.push(Ink::Server, "");
        put_right(&mut tape, "35 µs", 10);
        assert_eq!(text(&tape), "a    35 µs");
        put_right(&mut tape, "too long", 12);
        assert_eq!((text(&tape).as_str(), tape.width()), ("a    35 µstoo long", 18));
    }

    #[test]
    fn a_plain_one_has_the_same_text_and_no_pieces() {
        let mut tape = Tape::plain();
        tape.push(Ink::Client, "a → ← · ü\x1b");
        put_right(&mut tape, "35 µs", 15);
        assert_eq!(
            (written(&tape).as_str(), tape.width(), tape.pieces().count()),
            ("a → ← · ??35 µs", 15, 0)
        );
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
        tape.pad_to(3);
        tape.push(Ink::Client, "b");
        assert_eq!(text(&tape), "   b");
    }
}
