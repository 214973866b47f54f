//! How every JSON of ours is written: on one line, and with nothing in it that a terminal would obey.
//!
//! JSON itself demands an escape only below U+0020. Somebody may look at it on a terminal all the same, so whatever
//! [`escape`](super::escape) makes visible is written as `\u009b`, `\u202e`: to a program the same text.

use std::fmt::Display;
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::ser::{Formatter, Serializer as JsonSerializer};

use super::escape::{is_plain, must_be_shown};

/// Adds `value` to `out`, without a line end.
///
/// # Errors
/// When `out` cannot be written to, or `value` has no JSON (a map whose keys are no text).
pub fn write_json(out: &mut dyn Write, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    Ok(value.serialize(&mut JsonSerializer::with_formatter(out, Tame))?)
}

/// What `text` displays, as a string of JSON.
pub(super) fn write_text(out: &mut Vec<u8>, text: &dyn Display) -> io::Result<()> {
    Ok(JsonSerializer::with_formatter(out, Tame).collect_str(text)?)
}

/// Without spaces and line ends, as serde_json writes by itself.
struct Tame;

impl Formatter for Tame {
    #[inline]
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        if is_plain(fragment) { out.write_all(fragment.as_bytes()) } else { write_shown(out, fragment) }
    }
}

/// `text`, in which serde_json has found nothing to escape, with the rest of it escaped.
fn write_shown<W: ?Sized + Write>(out: &mut W, text: &str) -> io::Result<()> {
    let mut written = 0;
    for (at, c) in text.char_indices().filter(|(_, c)| must_be_shown(*c)) {
        out.write_all(text.as_bytes().get(written..at).unwrap_or_default())?;
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}")?;
        }
        written = at + c.len_utf8();
    }
    out.write_all(text.as_bytes().get(written..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn written(value: &Value) -> String {
        let mut out = Vec::new();
        write_json(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_a_terminal_would_obey_is_written_as_its_number() {
        let text = "a\u{9b}31mb\u{7f}\u{202e}\u{2028}\u{feff}\"\\\n\u{1b}z";
        let json = r#""a\u009b31mb\u007f\u202e\u2028\ufeff\"\\\n\u001bz""#;
        assert_eq!(written(&json!(text)), json);
        let mut displayed = Vec::new();
        write_text(&mut displayed, &text).unwrap();
        assert_eq!(displayed, json.as_bytes());
    }

    #[test]
    fn a_program_reads_the_text_that_was_written() {
        // Every character that is worth a look, and its neighbours.
        let text: String = ('\0'..='\u{3000}').chain('\u{fe00}'..='\u{1f600}').collect();
        let value = json!({ text.clone(): [text, 1, null] });
        let json = written(&value);
        assert!(!json.chars().any(must_be_shown));
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
    }

    #[test]
    fn other_writing_stays_as_it_is() {
        let value = json!({"Zürich": "▶ 日本 🙂", "n": [1, 2.5, true, null]});
        assert_eq!(written(&value), value.to_string());
    }
}
