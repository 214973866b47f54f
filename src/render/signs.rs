//! The signs beyond ASCII that netlab itself writes, and what stands for them where they can't be shown or are not to be drawn.

use std::borrow::Cow;

/// What is said for a sign where nothing is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// It is a letter or a sign that is read aloud.
    Itself,
    /// Nothing: it draws a line, or marks what the words beside it say.
    Nothing,
    /// A pause, as after a comma.
    Pause,
    /// A word.
    Word(&'static str),
}

/// A sign, what stands for it in ASCII, what stands for it where it must take one column, and how it is said.
type Row = (char, &'static str, char, Spoken);

/// Every sign that netlab writes. What is not here came from a capture.
const ROWS: &[Row] = &[
    ('─', "-", '-', Spoken::Nothing),
    ('━', "=", '=', Spoken::Nothing),
    ('═', "=", '=', Spoken::Nothing),
    ('│', "|", '|', Spoken::Nothing),
    ('┃', "|", '|', Spoken::Nothing),
    ('║', "|", '|', Spoken::Nothing),
    ('┆', "|", '|', Spoken::Nothing),
    ('┊', "|", '|', Spoken::Nothing),
    ('┌', "+", '+', Spoken::Nothing),
    ('┐', "+", '+', Spoken::Nothing),
    ('└', "+", '+', Spoken::Nothing),
    ('┘', "+", '+', Spoken::Nothing),
    ('├', "+", '+', Spoken::Nothing),
    ('┤', "+", '+', Spoken::Nothing),
    ('┬', "+", '+', Spoken::Nothing),
    ('┴', "+", '+', Spoken::Nothing),
    ('┼', "+", '+', Spoken::Nothing),
    // Where a heavy line turns, or meets others: around what is meant in a header.
    ('┏', "#", '#', Spoken::Nothing),
    ('┓', "#", '#', Spoken::Nothing),
    ('┗', "#", '#', Spoken::Nothing),
    ('┛', "#", '#', Spoken::Nothing),
    ('┣', "#", '#', Spoken::Nothing),
    ('┫', "#", '#', Spoken::Nothing),
    ('┳', "#", '#', Spoken::Nothing),
    ('┻', "#", '#', Spoken::Nothing),
    ('╋', "#", '#', Spoken::Nothing),
    ('┍', "#", '#', Spoken::Nothing),
    ('┎', "#", '#', Spoken::Nothing),
    ('┑', "#", '#', Spoken::Nothing),
    ('┒', "#", '#', Spoken::Nothing),
    ('┕', "#", '#', Spoken::Nothing),
    ('┖', "#", '#', Spoken::Nothing),
    ('┙', "#", '#', Spoken::Nothing),
    ('┚', "#", '#', Spoken::Nothing),
    ('┝', "#", '#', Spoken::Nothing),
    ('┞', "#", '#', Spoken::Nothing),
    ('┟', "#", '#', Spoken::Nothing),
    ('┠', "#", '#', Spoken::Nothing),
    ('┡', "#", '#', Spoken::Nothing),
    ('┢', "#", '#', Spoken::Nothing),
    ('┥', "#", '#', Spoken::Nothing),
    ('┦', "#", '#', Spoken::Nothing),
    ('┧', "#", '#', Spoken::Nothing),
    ('┨', "#", '#', Spoken::Nothing),
    ('┩', "#", '#', Spoken::Nothing),
    ('┪', "#", '#', Spoken::Nothing),
    ('┭', "#", '#', Spoken::Nothing),
    ('┮', "#", '#', Spoken::Nothing),
    ('┯', "#", '#', Spoken::Nothing),
    ('┰', "#", '#', Spoken::Nothing),
    ('┱', "#", '#', Spoken::Nothing),
    ('┲', "#", '#', Spoken::Nothing),
    ('┵', "#", '#', Spoken::Nothing),
    ('┶', "#", '#', Spoken::Nothing),
    ('┷', "#", '#', Spoken::Nothing),
    ('┸', "#", '#', Spoken::Nothing),
    ('┹', "#", '#', Spoken::Nothing),
    ('┺', "#", '#', Spoken::Nothing),
    ('┽', "#", '#', Spoken::Nothing),
    ('┾', "#", '#', Spoken::Nothing),
    ('┿', "#", '#', Spoken::Nothing),
    ('╀', "#", '#', Spoken::Nothing),
    ('╁', "#", '#', Spoken::Nothing),
    ('╂', "#", '#', Spoken::Nothing),
    ('╃', "#", '#', Spoken::Nothing),
    ('╄', "#", '#', Spoken::Nothing),
    ('╅', "#", '#', Spoken::Nothing),
    ('╆', "#", '#', Spoken::Nothing),
    ('╇', "#", '#', Spoken::Nothing),
    ('╈', "#", '#', Spoken::Nothing),
    ('╉', "#", '#', Spoken::Nothing),
    ('╊', "#", '#', Spoken::Nothing),
    ('╌', "-", '-', Spoken::Nothing),
    ('╸', "-", '-', Spoken::Nothing),
    ('▶', ">", '>', Spoken::Nothing),
    ('◀', "<", '<', Spoken::Nothing),
    ('▼', "v", 'v', Spoken::Nothing),
    ('▲', "^", '^', Spoken::Nothing),
    ('█', "#", '#', Spoken::Nothing),
    ('▓', "%", '%', Spoken::Nothing),
    ('▒', ":", ':', Spoken::Nothing),
    ('░', ".", '.', Spoken::Nothing),
    ('■', "#", '#', Spoken::Nothing),
    ('▪', "#", '#', Spoken::Nothing),
    ('□', ".", '.', Spoken::Nothing),
    ('╱', "/", '/', Spoken::Nothing),
    ('✗', "X", 'X', Spoken::Nothing),
    ('✓', "+", '+', Spoken::Nothing),
    ('•', "*", '*', Spoken::Nothing),
    ('→', "->", '>', Spoken::Word("to")),
    ('←', "<-", '<', Spoken::Word("from")),
    ('↔', "<->", '-', Spoken::Word("and")),
    ('↓', "v", 'v', Spoken::Word("down")),
    ('↑', "^", '^', Spoken::Word("up")),
    ('·', "|", '|', Spoken::Pause),
    ('…', "...", '~', Spoken::Itself),
    ('–', "-", '-', Spoken::Itself),
    ('—', "--", '-', Spoken::Itself),
    ('“', "\"", '"', Spoken::Itself),
    ('”', "\"", '"', Spoken::Itself),
    ('‘', "'", '\'', Spoken::Itself),
    ('’', "'", '\'', Spoken::Itself),
    ('×', "x", 'x', Spoken::Itself),
    ('µ', "u", 'u', Spoken::Itself),
    ('≤', "<=", '<', Spoken::Itself),
    ('≥', ">=", '>', Spoken::Itself),
    ('≠', "!=", '!', Spoken::Itself),
    ('≈', "~", '~', Spoken::Itself),
    ('±', "+-", '~', Spoken::Itself),
    ('°', " deg", 'd', Spoken::Itself),
    ('²', "^2", '2', Spoken::Itself),
    ('\u{a0}', " ", ' ', Spoken::Itself),
];

fn row(sign: char) -> Option<&'static Row> {
    if sign.is_ascii() { None } else { ROWS.iter().find(|(known, ..)| *known == sign) }
}

/// How a sign is said.
pub(super) fn spoken(sign: char) -> Spoken {
    row(sign).map_or(Spoken::Itself, |(_, _, _, spoken)| *spoken)
}

/// `text` in ASCII: what is not netlab's own becomes `\u{e9}`.
pub fn in_ascii(text: &str) -> Cow<'_, str> {
    mapped(text, |out, sign| match row(sign) {
        Some((_, ascii, ..)) => out.push_str(ascii),
        None => out.extend(sign.escape_unicode()),
    })
}

/// The same for a table's cells, each of whose characters takes one column: so does what stands for it.
pub fn in_ascii_columns(text: &str) -> Cow<'_, str> {
    mapped(text, |out, sign| out.push(row(sign).map_or('?', |(_, _, narrow, _)| *narrow)))
}

fn mapped(text: &str, map: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        if sign.is_ascii() { out.push(sign) } else { map(&mut out, sign) }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_sign_is_ascii() {
        for (sign, ascii, narrow, spoken) in ROWS {
            assert!(!sign.is_ascii() && ascii.is_ascii() && narrow.is_ascii(), "{sign}");
            assert!(!ascii.is_empty() && !narrow.is_control(), "{sign}");
            assert!(!matches!(spoken, Spoken::Word(word) if !word.is_ascii()), "{sign}");
            assert_eq!(ROWS.iter().filter(|(other, ..)| other == sign).count(), 1, "{sign}");
        }
    }

    #[test]
    fn what_is_not_ours_is_escaped() {
        assert_eq!(in_ascii("── “é” → 5 µs …"), "-- \"\\u{e9}\" -> 5 us ...");
        assert_eq!(in_ascii_columns("a → 5 µs é"), "a > 5 us ?");
        assert!(matches!(in_ascii("plain"), Cow::Borrowed(_)));
    }
}
