//! Field lines: of a head or of a trailer section (RFC 9112, section 5).

use std::ops::Range;

/// Bytes, and where they stand in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// What was said; any bytes. Of a field line it is without the white space around it.
    pub bytes: &'a [u8],
    /// Which bytes of the direction's stream.
    pub at: Range<u64>,
}

/// One field line: `Host: example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldLine<'a> {
    /// Its name as it was written; upper and lower case mean the same (RFC 9110, section 5.1).
    pub name: Part<'a>,
    /// Its value. Where a line was folded, or had a CR or a NUL in it, spaces stand there (RFC 9112, sections 2.2 and 5.2; RFC
    /// 9110, section 5.5).
    pub value: Part<'a>,
    /// All of the line, with its end.
    pub line: Range<u64>,
}

/// A line by its places in the section's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
    pub(super) line: Range<usize>,
}

/// The field lines of one head or trailer section, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// All bytes of the section; of a head with its start line.
    pub(super) bytes: Vec<u8>,
    /// Where the section begins in the stream.
    pub(super) offset: u64,
    pub(super) rows: Vec<Row>,
}

impl Fields {
    pub(super) fn part(&self, range: &Range<usize>) -> Part<'_> {
        Part { bytes: self.bytes.get(range.clone()).unwrap_or_default(), at: self.place(range) }
    }

    pub(super) fn place(&self, range: &Range<usize>) -> Range<u64> {
        self.offset + range.start as u64..self.offset + range.end as u64
    }

    fn line(&self, row: &Row) -> FieldLine<'_> {
        FieldLine { name: self.part(&row.name), value: self.part(&row.value), line: self.place(&row.line) }
    }

    /// How many lines.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The line with that number, from 0.
    pub fn get(&self, index: usize) -> Option<FieldLine<'_>> {
        self.rows.get(index).map(|row| self.line(row))
    }

    /// Each line as it was said, with its end, in their order.
    pub fn raw(&self) -> impl Iterator<Item = &[u8]> {
        self.rows.iter().map(|row| self.bytes.get(row.line.clone()).unwrap_or_default())
    }

    /// All lines, in their order.
    pub fn iter(&self) -> impl Iterator<Item = FieldLine<'_>> {
        self.rows.iter().map(|row| self.line(row))
    }

    /// The lines of that name, whatever the case, with their numbers.
    pub fn named(&self, name: &str) -> impl Iterator<Item = (usize, FieldLine<'_>)> {
        let same =
            move |(_, line): &(usize, FieldLine<'_>)| line.name.bytes.eq_ignore_ascii_case(name.as_bytes());
        self.iter().enumerate().filter(same)
    }

    /// The value of the first line of that name.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.named(name).next().map(|(_, line)| line.value.bytes)
    }

    /// The members of a list, from all lines of that name: they mean the same as one line with commas between them (RFC 9110,
    /// section 5.3). Empty members are left out (section 5.6.1.2); a comma in a quoted text separates nothing.
    pub fn members<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s [u8]> {
        self.named(name).flat_map(|(_, line)| split_list(line.value.bytes, b','))
    }

    /// Whether a list has that member, whatever the case.
    pub fn lists(&self, name: &str, member: &str) -> bool {
        self.members(name).any(|found| found.eq_ignore_ascii_case(member.as_bytes()))
    }
}

/// Separates at `separator`, except in quoted texts; the parts without the white space around them, empty ones left out.
pub(super) fn split_list(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(move |byte| {
        let was_escaped = std::mem::take(&mut escaped);
        match byte {
            b'"' if !was_escaped => quoted = !quoted,
            b'\\' if quoted && !was_escaped => escaped = true,
            _ => return !quoted && *byte == separator,
        }
        false
    });
    parts.map(<[u8]>::trim_ascii).filter(|part| !part.is_empty())
}

/// Whether the bytes are a token (RFC 9110, section 5.6.2).
pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().copied().all(is_token_byte)
}

pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Where `part` lies in `whole`, of which it was borrowed; `None` where it was not.
pub(super) fn range_in(part: &[u8], whole: &[u8]) -> Option<Range<usize>> {
    let start = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    let end = start.checked_add(part.len()).filter(|end| *end <= whole.len())?;
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_separated_outside_of_quoted_texts() {
        let parts: Vec<_> = split_list(b" a , ,\"b, \\\" c\" ,d;e=\"f,\" ", b',').collect();
        assert_eq!(parts, [&b"a"[..], b"\"b, \\\" c\"", b"d;e=\"f,\""]);
    }

    #[test]
    fn a_token_has_no_separators() {
        assert!(is_token(b"permessage-deflate"));
        for wrong in [&b""[..], b"a b", b"a/b", b"\xe4", b"a\0", b"(a)"] {
            assert!(!is_token(wrong), "{wrong:?}");
        }
    }
}
