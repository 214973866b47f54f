//! What lines are written on: how wide it is, whether it can show more than ASCII, and whether anything is drawn on it at all.
//!
//! A renderer draws as if everything could be shown; what a page can't show is rewritten here, in one place, line by line. Where
//! nothing is drawn, columns become `name: value, value` and signs words; a renderer gives more than that only where its picture says
//! what its words do not.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::signs::{self, Spoken};
use super::{Ink, Line};

/// What lines are written on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Columns.
    pub width: usize,
    /// Nothing is drawn and nothing stands in columns: what is written is read aloud, from left to right.
    pub plain: bool,
    /// It shows ASCII alone.
    pub ascii: bool,
}

impl Page {
    /// A line as it stands on the page: `None` as it is, else rewritten, in as many lines as that takes.
    pub fn rewritten(&self, line: &Line) -> Option<Vec<Line>> {
        let mut new = None;
        if self.plain {
            match spoken(line) {
                Some(line) => new = Some(line),
                // It only drew.
                None => return Some(Vec::new()),
            }
        }
        if self.ascii {
            new = in_ascii(new.as_ref().unwrap_or(line)).or(new);
        }
        match new {
            Some(line) => Some(folded(&line, self.width)),
            None if is_wider(line, self.width) => Some(folded(line, self.width)),
            None => None,
        }
    }
}

/// Whether a line takes more than so many columns. No sign takes more columns than bytes.
fn is_wider(line: &Line, width: usize) -> bool {
    line.trimmed().map(|(_, text)| text.len()).sum::<usize>() > width
        && line.trimmed().map(|(_, text)| text.width()).sum::<usize>() > width
}

/// What is said keeps so much of its indentation: that of a tree of three levels.
const DEEPEST: usize = 4;

/// A line as it is said: what is drawn is left out, what stands in columns becomes `name: value, value`. `None`: there was nothing
/// but a drawing.
fn spoken(line: &Line) -> Option<Line> {
    let mut sentence = Sentence::default();
    let mut blank = true;
    for (ink, text) in line.trimmed() {
        blank = false;
        // What a program said stands as it is.
        if ink == Ink::Application && !text.trim().is_empty() {
            sentence.say(text);
            continue;
        }
        for sign in text.chars() {
            sentence.sign(sign);
        }
        if text.trim().is_empty() {
            sentence.column();
        }
    }
    if sentence.text.is_empty() && !blank {
        return None;
    }
    let indent = if sentence.drawn { 0 } else { sentence.indent.min(DEEPEST) };
    Some(Line::from(" ".repeat(indent)).with(Ink::Plain, sentence.text))
}

/// A line on its way to being said.
#[derive(Default)]
struct Sentence {
    text: String,
    /// Columns before the first word.
    indent: usize,
    /// It begins with a drawing, so that what is left of it is none of the text's.
    drawn: bool,
    /// Spaces, and what was drawn, since the last word.
    gap: usize,
    /// Columns were met before: the first one holds the name.
    named: bool,
    /// The spaces that come are none.
    paused: bool,
}

impl Sentence {
    fn sign(&mut self, sign: char) {
        match signs::spoken(sign) {
            _ if sign == ' ' => self.gap += usize::from(!self.paused),
            Spoken::Nothing => {
                self.drawn |= self.text.is_empty();
                self.gap += usize::from(!self.paused);
            }
            Spoken::Itself => self.say(sign.encode_utf8(&mut [0; 4])),
            Spoken::Word(word) => {
                self.gap = usize::from(!self.text.is_empty());
                self.say(word);
                self.pause();
            }
            // Without a space before it, it fills a drawing.
            Spoken::Pause if self.gap == 0 || self.paused => self.gap += usize::from(!self.paused),
            Spoken::Pause => {
                self.text.push(',');
                self.pause();
            }
        }
    }

    /// What comes stands in a column of its own, however little room is before it.
    fn column(&mut self) {
        self.gap += usize::from(self.gap == 1 && !self.text.is_empty());
    }

    /// One space comes, however many are there.
    fn pause(&mut self) {
        (self.gap, self.paused) = (1, true);
    }

    /// Adds a word, or a part of one, behind the gap that there is.
    fn say(&mut self, word: &str) {
        let gap = std::mem::take(&mut self.gap);
        self.paused = false;
        if self.text.is_empty() {
            self.indent = gap;
        } else if gap > 0 {
            if gap > 1 && !self.text.ends_with([':', ',', '.', ';', '?', '!', '-']) {
                self.text.push(if self.named { ',' } else { ':' });
                self.named = true;
            }
            self.text.push(' ');
        }
        self.text.push_str(word);
    }
}

/// A line in ASCII; `None` where it is already. What needs more room takes it from the spaces and the strokes of its line, so that what
/// stands behind it stays in its place as far as that goes.
fn in_ascii(line: &Line) -> Option<Line> {
    if line.trimmed().all(|(_, text)| text.is_ascii()) {
        return None;
    }
    let mut out = Line::new();
    let mut debt = 0;
    for (ink, text) in line.trimmed() {
        let (mut ascii, mut behind) = (String::with_capacity(text.len()), 0);
        for sign in text.chars() {
            let (from, columns) = (ascii.len(), sign.width().unwrap_or(0));
            ascii.push_str(&signs::in_ascii(sign.encode_utf8(&mut [0; 4])));
            if ascii.len() - from > columns {
                debt += ascii.len() - from - columns;
                behind = ascii.len();
            }
        }
        behind -= shorten(&mut ascii, 0, &['-', '='], 3, &mut debt).min(behind);
        // What stands before it stays in its place.
        shorten(&mut ascii, behind, &[' '], 2, &mut debt);
        out.push(ink, ascii);
    }
    Some(out)
}

/// Takes `debt` characters out of the longest run of one of `fillers` that begins behind `start`; `least` of it stay. How many it took.
fn shorten(text: &mut String, start: usize, fillers: &[char], least: usize, debt: &mut usize) -> usize {
    if *debt == 0 {
        return 0;
    }
    let (mut longest, mut from) = (start..start, start);
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        if at == start || bytes.get(at - 1) != Some(byte) {
            from = at;
        }
        if fillers.contains(&char::from(*byte)) && at + 1 - from > longest.len() {
            longest = from..at + 1;
        }
    }
    let taken = longest.len().saturating_sub(least).min(*debt);
    text.replace_range(longest.start..longest.start + taken, "");
    *debt -= taken;
    taken
}

/// A line in lines of at most `width` columns: what goes on begins where the first one's text does, inside of its rail.
fn folded(line: &Line, width: usize) -> Vec<Line> {
    if !is_wider(line, width) {
        return vec![line.clone()];
    }
    let signs: Vec<(Ink, char)> =
        line.trimmed().flat_map(|(ink, text)| text.chars().map(move |sign| (ink, sign))).collect();
    let lead = signs.iter().take_while(|(_, sign)| matches!(sign, ' ' | '|')).count();
    let lead = signs.get(..lead).filter(|lead| lead.len() <= width / 2).unwrap_or_default();
    let mut lines = Vec::new();
    let mut rest = signs.get(lead.len()..).unwrap_or_default();
    while !rest.is_empty() {
        let mut room = width.saturating_sub(lead.len());
        let fits = rest.iter().take_while(|(_, sign)| {
            let columns = sign.width().unwrap_or(0);
            let fits = columns <= room;
            room = room.saturating_sub(columns);
            fits
        });
        let fits = fits.count().max(1);
        let end = match rest.get(fits) {
            None => fits,
            Some((_, ' ')) => fits,
            Some(_) => {
                let space = rest.iter().take(fits).rposition(|(_, sign)| *sign == ' ');
                space.filter(|space| *space > 0).unwrap_or(fits)
            }
        };
        let (now, later) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        lines.push(inked(lead.iter().chain(now)));
        let spaces = later.iter().take_while(|(_, sign)| *sign == ' ').count();
        rest = later.get(spaces..).unwrap_or_default();
    }
    lines
}

fn inked<'a>(signs: impl Iterator<Item = &'a (Ink, char)>) -> Line {
    let mut line = Line::new();
    let mut piece = (Ink::Plain, String::new());
    for (ink, sign) in signs {
        if *ink != piece.0 {
            line.push(piece.0, std::mem::take(&mut piece.1));
            piece.0 = *ink;
        }
        piece.1.push(*sign);
    }
    line.push(piece.0, piece.1);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(page: Page, line: &Line) -> Vec<String> {
        match page.rewritten(line) {
            Some(lines) => lines.iter().map(Line::text).collect(),
            None => vec![line.text()],
        }
    }

    const PLAIN: Page = Page { width: 80, plain: true, ascii: false };
    const ASCII: Page = Page { width: 40, plain: false, ascii: true };

    #[test]
    fn columns_are_said_as_a_name_and_its_values() {
        let line =
            Line::from("    Source port").with(Ink::Plain, "     54675   ").with(Ink::Faint, "tcp.srcport");
        assert_eq!(on(PLAIN, &line), ["    Source port: 54675, tcp.srcport"]);
        assert_eq!(
            on(PLAIN, &Line::from("Next:  netlab doctor  what works")),
            ["Next: netlab doctor: what works"]
        );
    }

    #[test]
    fn signs_are_said_as_words() {
        assert_eq!(
            on(PLAIN, &Line::from("netlab · live · CLOSED → SYN-SENT")),
            ["netlab, live, CLOSED to SYN-SENT"]
        );
        assert_eq!(on(PLAIN, &Line::from("     │  ✗ The client breaks it…")), ["The client breaks it…"]);
        assert_eq!(
            on(PLAIN, &Line::from(" 4 transport  TCP +32  5· 6· 7····  53")),
            [" 4 transport: TCP +32, 5, 6, 7, 53"]
        );
        assert_eq!(on(PLAIN, &Line::from("     │         │")), [""; 0]);
        assert_eq!(on(PLAIN, &Line::new()), [""]);
    }

    #[test]
    fn what_a_program_said_is_not_reworded() {
        let line = Line::from("     │  ").with(Ink::Application, "a → b   c · d");
        assert_eq!(on(PLAIN, &line), ["a → b   c · d"]);
    }

    #[test]
    fn an_arrow_stays_as_long_as_it_was() {
        let line =
            Line::from(" 3 │").with(Ink::Client, "── “é…” ──────────────▶").with(Ink::Faint, "│   5 µs");
        let ascii = on(ASCII, &line);
        assert_eq!(ascii, [" 3 |-- \"\\u{e9}...\" ------->|   5 us"]);
        assert_eq!(ascii[0].len(), line.width());
    }

    #[test]
    fn what_stands_before_a_sign_stays_in_its_place() {
        let line = Line::from("  M  y     n  a …").with(Ink::Plain, "    payload   ").with(Ink::Plain, "end");
        assert_eq!(on(ASCII, &line), ["  M  y     n  a ...  payload   end"]);
    }

    #[test]
    fn what_has_no_room_goes_on_inside_of_its_rail() {
        let line = Line::from("     │  ").with(Ink::Strong, "Über Gänse, Köpfe und Füße");
        let lines = on(ASCII, &line);
        assert!(
            lines.len() > 1 && lines.iter().all(|line| line.len() <= 40 && line.starts_with("     |  ")),
            "{lines:?}"
        );
        // Strokes are taken away before what grew.
        let line = Line::new().with(Ink::Server, "◀──────── text “Füße” ──");
        assert_eq!(on(ASCII, &line), ["<--- text \"F\\u{fc}\\u{df}e\" --"]);
        assert_eq!(on(ASCII, &Line::from("ö".repeat(20))).concat(), "\\u{f6}".repeat(20));
    }
}
