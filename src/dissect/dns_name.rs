//! Names and texts in a DNS message (RFC 1035, sections 3.1, 3.3 and 4.1.4): borrowed, decoded when they are written.
//!
//! A name may end in a pointer to an earlier name. The crate `domain` follows them: only backwards, at most 255 of them, to a
//! name of at most 255 bytes, so that no message costs more than its length times a constant.

use std::fmt::{self, Display, Formatter, Write};

use domain::base::name::ParsedName;
use domain::dep::octseq::Parser;

use super::field::Value;

/// The bytes of the longest name (RFC 1035, section 3.1).
const MAX_BYTES: usize = 255;

/// What is written for the root, whose name is empty.
pub(super) const ROOT: &str = "<Root>";

/// A domain name, borrowed from its message. Its text is Wireshark's: labels with points between them, the root as
/// `<Root>`, what can't be printed as `\n`, `\033` or `\u202E`, what is no UTF-8 as U+FFFD.
#[derive(Clone, Copy)]
pub struct Name<'a> {
    message: &'a [u8],
    at: u32,
    /// How many labels on the left do not belong to it.
    skipped: u32,
}

impl<'a> Name<'a> {
    /// The name that begins at a place of a message, and the place after it; `None` where it is cut short, longer than 255
    /// bytes, or where its pointers lead nowhere.
    pub(super) fn read(message: &'a [u8], at: usize) -> Option<(Name<'a>, usize)> {
        let mut parser = parser(message, at)?;
        ParsedName::parse_ref(&mut parser).ok()?;
        Some((Name { message, at: u32::try_from(at).ok()?, skipped: 0 }, parser.pos()))
    }

    /// The same name without some more of the labels on its left.
    pub(super) fn without(self, labels: u32) -> Name<'a> {
        Name { skipped: self.skipped + labels, ..self }
    }

    /// Its labels from the left, without the root's empty one.
    pub fn labels(self) -> Labels<'a> {
        let name = parser(self.message, self.at as usize)
            .and_then(|mut parser| ParsedName::parse_ref(&mut parser).ok())
            .map(|name| name.deref_octets());
        let mut labels = Labels { name };
        for _ in 0..self.skipped {
            labels.next();
        }
        labels
    }

    /// How many bytes its labels have, with the points between them; 0 for the root.
    pub fn len_bytes(self) -> usize {
        self.labels().map(|label| label.len() + 1).sum::<usize>().saturating_sub(1)
    }
}

fn parser(message: &[u8], at: usize) -> Option<Parser<'_, [u8]>> {
    let mut parser = Parser::from_ref(message);
    parser.seek(at).ok()?;
    Some(parser)
}

impl PartialEq for Name<'_> {
    /// Byte by byte: DNS itself takes a and A for the same (RFC 4343).
    fn eq(&self, other: &Self) -> bool {
        self.labels().eq(other.labels())
    }
}

impl Eq for Name<'_> {}

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for label in self.labels() {
            f.write_str(separator)?;
            Text::label(label).fmt(f)?;
            separator = ".";
        }
        if separator.is_empty() { f.write_str(ROOT) } else { Ok(()) }
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

/// The labels of a name, from the left.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    name: Option<ParsedName<&'a [u8]>>,
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let label = self.name.as_mut()?.split_first()?;
        // Its first byte is its length.
        label.into_octets().get(1..)
    }
}

/// What is said in place of a name whose pointers do not lead to one.
pub(super) const NOWHERE: Text<'static> = Text::new(b"<Pointer that leads to no name>");
/// What is said in place of a name that has more bytes than names may have.
pub(super) const TOO_LONG: Text<'static> = Text::new(b"<Name too long>");

/// What stands at a place where a name should be, and the place after it; `None` where not even its end can be found.
pub(super) fn read(message: &[u8], at: usize) -> Option<(Value<'_>, usize)> {
    if let Some((name, next)) = Name::read(message, at) {
        return Some((Value::Name(name), next));
    }
    let mut parser = parser(message, at)?;
    let mut length = 0;
    loop {
        match parser.parse_u8().ok()? {
            0 => break Some((Value::Text(TOO_LONG), parser.pos())),
            label @ 1..=0x3f => {
                parser.advance(label.into()).ok()?;
                length += usize::from(label) + 1;
            }
            0xc0.. => {
                parser.advance(1).ok()?;
                let text = if length >= MAX_BYTES { TOO_LONG } else { NOWHERE };
                break Some((Value::Text(text), parser.pos()));
            }
            _ => break None,
        }
    }
}

/// Bytes that are meant as text. What is no UTF-8 is written as U+FFFD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    bytes: &'a [u8],
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Label,
    Base32,
}

impl<'a> Text<'a> {
    /// These bytes as they are.
    pub const fn new(bytes: &'a [u8]) -> Text<'a> {
        Text { bytes, form: Form::Plain }
    }

    /// A part of a name: what can't be printed is written as Wireshark does it, as `\n`, `\033` or `\u202E`.
    pub const fn label(bytes: &'a [u8]) -> Text<'a> {
        Text { bytes, form: Form::Label }
    }

    /// These bytes in base 32 with the digits 0 to 9 and a to v, five bits each (RFC 4648, section 7), without padding.
    pub const fn base32(bytes: &'a [u8]) -> Text<'a> {
        Text { bytes, form: Form::Base32 }
    }
}

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Plain => write_text(self.bytes, f, |text, f| f.write_str(text)),
            Form::Label => {
                write_text(self.bytes, f, |text, f| text.chars().try_for_each(|c| write_printable(c, f)))
            }
            Form::Base32 => write_base32(self.bytes, f),
        }
    }
}

fn write_printable(c: char, f: &mut Formatter<'_>) -> fmt::Result {
    match c {
        '\x07' => f.write_str("\\a"),
        '\x08' => f.write_str("\\b"),
        '\x0c' => f.write_str("\\f"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        '\x0b' => f.write_str("\\v"),
        c if c.is_ascii_control() => write!(f, "\\{:03o}", u32::from(c)),
        c if is_hidden(c) => write!(f, "\\u{:04X}", u32::from(c)),
        c => f.write_char(c),
    }
}

fn write_text(
    bytes: &[u8],
    f: &mut Formatter<'_>,
    write: impl Fn(&str, &mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    // How many bytes the broken character before could still have.
    let mut open = 0;
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_empty() {
            open = 0;
            write(chunk.valid(), f)?;
        }
        let [first, more @ ..] = chunk.invalid() else { continue };
        if matches!(first, 0x80..=0xbf) && open > 0 {
            // Wireshark writes one sign for it all; `utf8_chunks` would have one for each byte.
            open -= 1;
            continue;
        }
        f.write_char('\u{fffd}')?;
        open = match first {
            0xc0..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf7 => 3,
            0xf8..=0xfb => 4,
            0xfc..=0xfd => 5,
            _ => 0usize,
        }
        .saturating_sub(more.len());
    }
    Ok(())
}

fn write_base32(bytes: &[u8], f: &mut Formatter<'_>) -> fmt::Result {
    for group in bytes.chunks(5) {
        let bits = (0..5).fold(0u64, |bits, index| bits << 8 | u64::from(*group.get(index).unwrap_or(&0)));
        for digit in 0..(group.len() * 8).div_ceil(5) {
            let value = (bits >> (35 - digit * 5)) as u32 & 31;
            f.write_char(char::from_digit(value, 32).unwrap_or('0'))?;
        }
    }
    Ok(())
}

/// Whether a character shows nothing, or turns the direction of what follows.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

    use super::*;

    fn text(message: &[u8], at: usize) -> Option<String> {
        Name::read(message, at).map(|(name, _)| name.to_string())
    }

    #[test]
    fn a_name_is_its_labels_with_points_between_them() {
        assert_eq!(text(b"\x03www\x07example\x00", 0).unwrap(), "www.example");
        assert_eq!(text(b"\x00", 0).unwrap(), "<Root>");
    }

    #[test]
    fn a_name_goes_on_where_its_pointer_leads() {
        let message = b"\x03org\x00\x03www\xc0\x00rest";
        let (name, after) = Name::read(message, 5).unwrap();
        assert_eq!((name.to_string().as_str(), after), ("www.org", 11));
        assert_eq!(name.len_bytes(), 7);
        assert_eq!(name.without(1).to_string(), "org");
    }

    #[test]
    fn a_pointer_to_itself_or_ahead_is_no_name() {
        assert_eq!(text(b"\xc0\x00", 0), None);
        assert_eq!(text(b"\xc0\x02\x00", 0), None);
        assert_eq!(text(b"\x01a\xc0\x00", 0), None);
        assert_eq!(text(b"\x80\x00", 0), None);
        assert_eq!(text(b"\x05ab", 0), None);
    }

    #[test]
    fn a_name_of_more_than_255_bytes_is_none() {
        let label = [b"\x3f".as_slice(), &[b'a'; 63]].concat();
        let longest = [&label, &label, &label, b"\x3d".as_slice(), &[b'a'; 61], b"\x00"].concat();
        assert_eq!(Name::read(&longest, 0).unwrap().0.len_bytes(), 253);
        let longer = [&label, &label, &label, b"\x3e".as_slice(), &[b'a'; 62], b"\x00"].concat();
        assert_eq!(text(&longer, 0), None);
    }

    #[test]
    fn what_is_no_name_still_has_an_end() {
        let label = [b"\x3f".as_slice(), &[b'a'; 63]].concat();
        let long = [&label.repeat(4), b"\x00rest".as_slice()].concat();
        assert_eq!(read(&long, 0), Some((Value::Text(TOO_LONG), 257)));
        assert_eq!(read(b"\x01a\xc0\x00", 0), Some((Value::Text(NOWHERE), 4)));
        assert_eq!(read(b"\x01a\xc0", 0), None);
        assert_eq!(read(b"\x41a", 0), None);
    }

    #[test]
    fn a_hash_is_written_in_base_32() {
        // RFC 4648, section 10.
        for (bytes, digits) in
            [("", ""), ("f", "co"), ("fo", "cpng"), ("foob", "cpnmuog"), ("foobar", "cpnmuoj1e8")]
        {
            assert_eq!(Text::base32(bytes.as_bytes()).to_string(), digits);
        }
    }

    #[test]
    fn what_cannot_be_printed_is_written_as_wireshark_does() {
        let text = |bytes: &[u8]| Text::label(bytes).to_string();
        assert_eq!(text(b"a\n\t\x1b[31m\x00\x7f"), "a\\n\\t\\033[31m\\000\\177");
        assert_eq!(text("é\u{202e}\u{9b}".as_bytes()), "é\\u202E\\u009B");
        assert_eq!(text(b"\xff\xfe\xc3"), "\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(text(b"\xf7\xbf\xbfb\xed\xa0\x80\x80"), "\u{fffd}b\u{fffd}\u{fffd}");
    }
}
