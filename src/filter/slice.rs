//! `[i:j]`, `[i-j]`, `[i]`, `[:j]`, `[i:]`: which bytes of a value; after `#`, which of a protocol's headers.

use std::ops::Range;

use super::FilterError;
use super::error::quoted;

/// One range of a slice, as typed. A negative number counts from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    start: i64,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// So many.
    Count(usize),
    /// This one is the last.
    Last(i64),
    /// All that is left.
    Rest,
}

impl Part {
    /// A single one.
    pub(super) fn one(at: i64) -> Part {
        Part { start: at, end: End::Count(1) }
    }

    /// Reads `0:4`, `0-3`, `7`, `:4` or `4:`; `at` is its place in the filter.
    pub(super) fn parse(text: &str, at: &Range<usize>) -> Result<Part, FilterError> {
        let wrong = |what: &str| Err(FilterError::new(at, format!("[{}] {what}", quoted(text))));
        let Some(part) = Part::read(text.trim()) else {
            return wrong("is no slice; write [start:count], [first-last], [one], [:count] or [start:]");
        };
        match part {
            Part { end: End::Count(0), .. } => wrong("takes 0 bytes; a slice takes one or more"),
            Part { start, end: End::Last(last) } if (start < 0) == (last < 0) && last < start => {
                wrong("ends before it begins")
            }
            _ => Ok(part),
        }
    }

    fn read(text: &str) -> Option<Part> {
        if let Some((start, count)) = text.split_once(':') {
            let start = if start.trim().is_empty() { 0 } else { number(start)? };
            let end = match count.trim() {
                "" => End::Rest,
                count => End::Count(usize::try_from(number(count)?).ok()?),
            };
            return (!text.trim_matches(':').is_empty()).then_some(Part { start, end });
        }
        // The first character may be a minus that belongs to the number.
        let dash = text.char_indices().skip(1).find(|(_, c)| *c == '-').map(|(at, _)| at);
        match dash {
            Some(at) => {
                let (first, last) = text.split_at_checked(at)?;
                Some(Part { start: number(first)?, end: End::Last(number(last.strip_prefix('-')?)?) })
            }
            None => Some(Part::one(number(text)?)),
        }
    }

    /// How many it takes of any value that is long enough; `None` where that depends on the value.
    pub(super) fn count(self) -> Option<usize> {
        match self.end {
            End::Count(count) => Some(count),
            End::Last(last) if (self.start < 0) == (last < 0) => usize::try_from(last - self.start + 1).ok(),
            _ => None,
        }
    }

    /// Which of `length` it takes; `None` unless all of them are there.
    pub(super) fn of(self, length: usize) -> Option<Range<usize>> {
        let from_start = |at: i64| {
            let size = i64::try_from(length).ok()?;
            usize::try_from(if at < 0 { size + at } else { at }).ok().filter(|at| *at < length)
        };
        let start = from_start(self.start)?;
        let end = match self.end {
            End::Count(count) => start.checked_add(count)?,
            End::Last(last) => from_start(last)? + 1,
            End::Rest => length,
        };
        (start < end && end <= length).then_some(start..end)
    }

    /// Whether it takes the header with this number, counted from 1.
    pub(super) fn holds(self, number: usize) -> bool {
        let Ok(number) = i64::try_from(number) else { return false };
        match self.end {
            End::Count(count) => {
                number >= self.start && number - self.start < i64::try_from(count).unwrap_or(i64::MAX)
            }
            End::Last(last) => (self.start..=last).contains(&number),
            End::Rest => number >= self.start,
        }
    }
}

/// A number in decimal or, with 0x, in hex; small enough to be added to a length.
fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number = match digits.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse::<u32>().ok()?,
    };
    Some(if negative { -i64::from(number) } else { i64::from(number) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_takes_the_bytes_it_names() {
        for (text, length, bytes) in [
            ("0:4", 10, Some(0..4)),
            ("0-3", 10, Some(0..4)),
            ("7", 10, Some(7..8)),
            (":4", 10, Some(0..4)),
            ("4:", 10, Some(4..10)),
            ("-4:4", 10, Some(6..10)),
            ("-4:", 10, Some(6..10)),
            ("-4--2", 10, Some(6..9)),
            ("0x8:2", 10, Some(8..10)),
            ("8:3", 10, None),
            ("10:", 10, None),
            ("-11:", 10, None),
            ("9-12", 10, None),
        ] {
            let part = Part::parse(text, &(0..0)).unwrap();
            assert_eq!(part.of(length), bytes, "[{text}] of {length}");
        }
    }

    #[test]
    fn what_is_no_slice_is_told() {
        for text in ["", ":", "a", "1:2:3", "0:0", "3-1", "0:-1", "1-", "+1", "99999999999"] {
            assert!(Part::parse(text, &(0..0)).is_err(), "[{text}]");
        }
    }
}
