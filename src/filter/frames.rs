//! Which frames are meant, by their numbers: `7`, `10-20`, `10-`, `-20`, `3,7,10-20`.

use std::fmt;
use std::ops::RangeInclusive;

use super::error::quoted;

/// So many ranges are enough for anybody.
const MAX_RANGES: usize = 1_000;

/// Frame numbers, from 1, as in Wireshark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames {
    /// In order, and none of them touches the next.
    ranges: Vec<RangeInclusive<u64>>,
}

/// Why a text names no frames: what to type instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FramesError(String);

impl fmt::Display for FramesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FramesError {}

impl Frames {
    /// Reads numbers and ranges with commas between them.
    ///
    /// # Errors
    /// Where the text is nothing of that kind.
    pub fn parse(text: &str) -> Result<Frames, FramesError> {
        let mut ranges = text.split(',').map(|part| range(part.trim())).collect::<Result<Vec<_>, _>>()?;
        if ranges.len() > MAX_RANGES {
            return Err(FramesError(format!("{} ranges; {MAX_RANGES} are the limit", ranges.len())));
        }
        ranges.sort_unstable_by_key(|range| *range.start());
        let mut joined: Vec<RangeInclusive<u64>> = Vec::new();
        for range in ranges {
            match joined.last_mut() {
                Some(last) if *range.start() <= last.end().saturating_add(1) => {
                    *last = *last.start()..=*last.end().max(range.end());
                }
                _ => joined.push(range),
            }
        }
        Ok(Frames { ranges: joined })
    }

    /// Whether this frame is meant.
    pub fn contains(&self, number: u64) -> bool {
        let after = self.ranges.partition_point(|range| *range.end() < number);
        self.ranges.get(after).is_some_and(|range| range.contains(&number))
    }

    /// The first one that is meant.
    pub fn first(&self) -> u64 {
        self.ranges.first().map_or(1, |range| *range.start())
    }

    /// The last one that is meant; `None` where there is no end.
    pub fn last(&self) -> Option<u64> {
        self.ranges.last().map(|range| *range.end()).filter(|end| *end < u64::MAX)
    }

    /// The first one that is meant and comes after this one.
    pub fn first_after(&self, number: u64) -> Option<u64> {
        let range = self.ranges.iter().find(|range| *range.end() > number)?;
        Some((number + 1).max(*range.start()))
    }
}

fn range(text: &str) -> Result<RangeInclusive<u64>, FramesError> {
    let wrong = |why: &str| {
        Err(FramesError(format!(
            "\"{}\" {why}; frames are named 7, 10-20, 10-, -20, or several: 3,7,10-20",
            quoted(text)
        )))
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse::<u64>().ok() } else { None }
    };
    let ends = match text.split_once('-') {
        None => number(text).map(|only| (only, only)),
        Some(("", "")) => None,
        Some(("", last)) => number(last).map(|last| (1, last)),
        Some((first, "")) => number(first).map(|first| (first, u64::MAX)),
        Some((first, last)) => number(first).zip(number(last)),
    };
    match ends {
        None if text.is_empty() => {
            let missing = "a number is missing; frames are named 7, 10-20, 10-, -20, or several: 3,7,10-20";
            Err(FramesError(missing.to_owned()))
        }
        None => wrong("is no number and no range"),
        Some((0, _) | (_, 0)) => wrong("names frame 0; they count from 1"),
        Some((first, last)) if last < first => wrong("ends before it begins"),
        Some((first, last)) => Ok(first..=last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_names_its_frames() {
        for (text, frames) in [
            ("7", &[7][..]),
            ("2-4", &[2, 3, 4]),
            ("-3", &[1, 2, 3]),
            ("9-", &[9, 10]),
            ("7, 2-3,3,4", &[2, 3, 4, 7]),
            ("5-,2", &[2, 5, 6, 7, 8, 9, 10]),
        ] {
            let parsed = Frames::parse(text).unwrap();
            let found: Vec<u64> = (1..=10).filter(|number| parsed.contains(*number)).collect();
            assert_eq!(found, frames, "{text}");
        }
    }

    #[test]
    fn the_last_and_the_next_are_known() {
        let frames = Frames::parse("3,7,10-20").unwrap();
        assert_eq!((frames.first(), Frames::parse("-2").unwrap().first()), (3, 1));
        assert_eq!((frames.last(), Frames::parse("3,10-").unwrap().last()), (Some(20), None));
        assert_eq!(frames.first_after(0), Some(3));
        assert_eq!(frames.first_after(7), Some(10));
        assert_eq!(frames.first_after(12), Some(13));
        assert_eq!(frames.first_after(20), None);
    }

    #[test]
    fn what_names_no_frame_is_told() {
        for text in
            ["", "0", "0-5", "-0", "5-3", "a", "1-2-3", "-", "1,,2", "+1", "99999999999999999999", "1.5"]
        {
            assert!(Frames::parse(text).is_err(), "{text:?}");
        }
    }
}
