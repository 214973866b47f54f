//! A line of inked text, and the wrapping of text into lines.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use super::escape;

/// What a piece of text is, so that it gets the colour that goes with it. Nothing is said by colour alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    /// Text.
    #[default]
    Plain,
    /// Of lesser weight: rails, units, sources.
    Faint,
    /// Of greater weight: titles.
    Strong,
    /// What belongs to the client.
    Client,
    /// What belongs to the server.
    Server,
    /// The link layer's bytes and fields.
    Link,
    /// The network layer's.
    Network,
    /// The transport layer's.
    Transport,
    /// What the programs said.
    Application,
    /// Something went wrong.
    Alarm,
    /// The bytes that are being talked about.
    Mark,
}

/// One line for people: pieces of text, each with its ink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    pieces: Vec<(Ink, String)>,
}

impl Line {
    /// An empty line.
    pub fn new() -> Line {
        Line::default()
    }

    /// Adds `text` in `ink`. Control characters in it become visible text, so that its width is what it seems.
    pub fn push(&mut self, ink: Ink, text: impl Into<String>) -> &mut Line {
        let text = text.into();
        let text = match escape(&text) {
            Cow::Owned(visible) => visible,
            Cow::Borrowed(_) => text,
        };
        if !text.is_empty() {
            self.pieces.push((ink, text));
        }
        self
    }

    /// The same, for building a line in one expression.
    #[must_use]
    pub fn with(mut self, ink: Ink, text: impl Into<String>) -> Line {
        self.push(ink, text);
        self
    }

    /// Adds everything of `other`.
    pub fn append(&mut self, other: Line) -> &mut Line {
        self.pieces.extend(other.pieces);
        self
    }

    /// Adds spaces until the line is `column` columns wide; nothing if it is already.
    pub fn pad_to(&mut self, column: usize) -> &mut Line {
        let width = self.width();
        if width < column {
            self.push(Ink::Plain, " ".repeat(column - width));
        }
        self
    }

    /// Its width in columns of a terminal.
    pub fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text.width()).sum()
    }

    /// Its pieces, without the spaces at the end.
    pub fn trimmed(&self) -> impl Iterator<Item = (Ink, &str)> {
        let last = self.pieces.iter().rposition(|(_, text)| !text.trim_end().is_empty());
        let count = last.map_or(0, |last| last + 1);
        self.pieces.iter().take(count).enumerate().map(move |(index, (ink, text))| {
            let text = if index + 1 == count { text.trim_end() } else { text.as_str() };
            (*ink, text)
        })
    }

    /// Its text, without ink and without spaces at the end.
    pub fn text(&self) -> String {
        self.trimmed().map(|(_, text)| text).collect()
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Line {
        Line::new().with(Ink::Plain, text)
    }
}

impl From<String> for Line {
    fn from(text: String) -> Line {
        Line::new().with(Ink::Plain, text)
    }
}

/// `text`, cut to `room` columns with `…` where it is wider. What it quotes last ends with its mark all the same.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let quoted = text.strip_suffix('”').filter(|_| room > QUOTED);
    let (text, mark) = quoted.map_or((text, ""), |text| (text, "”"));
    let room = room - mark.width();
    let mut out = String::new();
    for c in text.chars() {
        out.push(c);
        // Of the whole: signs that join others have another width together.
        if out.width() + 1 > room {
            out.pop();
            break;
        }
    }
    out.push('…');
    out.push_str(mark);
    out
}

/// In fewer columns a quotation has no room for both of its marks.
const QUOTED: usize = 4;

/// `text` broken at spaces into lines of at most `width` columns. A word that is wider than that is cut.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    // What is in the line so far, and its columns: signs that melt into one another have no space between.
    let (mut line, mut columns) = (String::new(), 0);
    for word in text.split_whitespace() {
        let word = &*escape(word);
        let room = word.width();
        if !line.is_empty() && columns + 1 + room > width {
            lines.push(std::mem::take(&mut line));
            columns = 0;
        }
        if !line.is_empty() {
            line.push(' ');
            columns += 1;
        }
        if room <= width {
            line.push_str(word);
            columns += room;
            continue;
        }
        for c in word.chars() {
            if line.width() + unicode_width::UnicodeWidthChar::width(c).unwrap_or(0) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
        columns = line.width();
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_spaces() {
        assert_eq!(wrap("one two three four", 9), ["one two", "three", "four"]);
    }

    #[test]
    fn what_is_cut_fits_however_wide_its_signs_are() {
        assert_eq!((cut("plain", 5), cut("plain", 4)), ("plain".to_owned(), "pla…".to_owned()));
        assert_eq!(
            (cut("text “plain”", 12), cut("text “plain”", 11)),
            ("text “plain”".to_owned(), "text “pla…”".to_owned())
        );
        for text in ["侽侽侽侽", "a侽b侽c侽", "e\u{301}e\u{301}e\u{301}", "👩\u{200d}👩\u{200d}👧 and more"]
        {
            for room in 1..9 {
                assert!(cut(text, room).width() <= room, "{text:?} in {room}: {:?}", cut(text, room));
            }
        }
    }

    #[test]
    fn a_word_wider_than_the_line_is_cut() {
        assert_eq!(wrap("ab abcdefghij k", 4), ["ab", "abcd", "efgh", "ij k"]);
    }

    #[test]
    fn width_counts_columns_not_bytes() {
        assert_eq!(Line::from("日本 ▶").width(), 6);
    }

    #[test]
    fn spaces_at_the_end_are_not_written() {
        let line = Line::from("a").with(Ink::Faint, "b  ").with(Ink::Plain, "   ");
        assert_eq!(line.text(), "ab");
    }
}
