//! Nothing from a capture reaches the terminal raw.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` with everything that a terminal would obey made visible: control characters (C0, DEL, C1), and the
/// characters that turn the direction of writing or hide (U+200B to U+200F, U+202A to U+202E, U+2060 to U+2069,
/// U+FEFF, line and paragraph separators). A line feed becomes `\n`, the rest `\x1b` or `\u{202e}`.
pub fn escape(text: &str) -> Cow<'_, str> {
    if is_tame(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if !must_be_shown(c) => out.push(c),
            c if u32::from(c) < 0x100 => {
                let written = write!(out, "\\x{:02x}", u32::from(c));
                debug_assert!(written.is_ok(), "writing to a String does not fail");
            }
            c => out.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(out)
}

/// Whether `text` is printable ASCII throughout: nothing in it has to be looked at one by one.
#[inline]
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Whether no character of `text` must be shown: the same as a look at each of them, at the speed of its bytes. Only three bytes
/// begin such a character of more than one byte in UTF-8.
fn is_tame(text: &str) -> bool {
    let bytes = text.as_bytes();
    let visible = |byte: u8| byte >= b' ' && byte != 0x7f;
    bytes.iter().fold(true, |all, byte| all & visible(*byte))
        && memchr::memchr3_iter(0xc2, 0xe2, 0xef, bytes).all(|at| {
            let here = text.get(at..).and_then(|rest| rest.chars().next());
            !here.is_some_and(must_be_shown)
        })
}

/// Whether a terminal would obey this character, or hide it.
pub(super) fn must_be_shown(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_sequence_becomes_visible_text() {
        assert_eq!(escape("\x1b[2Jhello\r\n\u{9b}"), "\\x1b[2Jhello\\r\\n\\x9b");
    }

    #[test]
    fn a_right_to_left_override_becomes_visible_text() {
        assert_eq!(escape("abc\u{202e}gpj.exe"), "abc\\u{202e}gpj.exe");
    }

    #[test]
    fn the_quick_look_sees_what_the_slow_one_does() {
        for c in '\0'..=char::MAX {
            let mut text = String::from("a·µ→");
            text.push(c);
            assert_eq!(is_tame(&text), !must_be_shown(c), "{:x}", u32::from(c));
        }
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(escape("Zürich ▶ 日本"), Cow::Borrowed(_)));
    }
}
