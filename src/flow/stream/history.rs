//! What a direction has said lately, to compare what comes again.

use std::collections::VecDeque;
use std::ops::Range;

/// Where one stretch of the stream came from.
#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: u64,
    len: u64,
    frame: u64,
    /// Where it begins among all bytes that were ever noted; `None` for a hole.
    place: Option<u64>,
}

/// So many stretches are remembered.
const MAX_MARKS: usize = 128;

/// The last bytes of a direction, with their frames; at most `limit` of them, and at least half as many where there were.
#[derive(Debug, Default)]
pub(super) struct History {
    bytes: Vec<u8>,
    /// How many bytes were noted before those.
    gone: u64,
    marks: VecDeque<Mark>,
}

/// What is known of a stretch that was said before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recalled<'a> {
    /// These bytes, in that frame.
    Bytes(u64, &'a [u8]),
    /// There was a hole, so long.
    Hole(u64),
    /// So many bytes are no longer known.
    Forgotten(u64),
}

impl History {
    /// Notes bytes that were handed on.
    pub(super) fn note(&mut self, offset: u64, bytes: &[u8], frame: u64, limit: usize) {
        let skipped = bytes.len().saturating_sub(limit);
        let kept = bytes.get(skipped..).unwrap_or_default();
        let offset = offset + skipped as u64;
        if kept.is_empty() {
            return;
        }
        if self.bytes.len() + kept.len() > limit {
            let half = (limit / 2).min(limit - kept.len());
            let cut = self.bytes.len().saturating_sub(half);
            self.bytes.drain(..cut);
            self.gone += cut as u64;
        }
        let place = self.gone + self.bytes.len() as u64;
        self.bytes.extend_from_slice(kept);
        self.mark(Mark { offset, len: kept.len() as u64, frame, place: Some(place) });
    }

    /// Notes a hole that was passed.
    pub(super) fn note_hole(&mut self, offset: u64, len: u64) {
        self.mark(Mark { offset, len, frame: 0, place: None });
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(last) = self.marks.back_mut()
            && last.offset + last.len == mark.offset
            && last.place.is_some() == mark.place.is_some()
            && last.frame == mark.frame
        {
            last.len += mark.len;
            return;
        }
        if self.marks.len() >= MAX_MARKS {
            self.marks.pop_front();
        }
        self.marks.push_back(mark);
    }

    /// Says of every part of `range`, in order, what is known of it; all of it was handed on or passed.
    pub(super) fn recall(&self, range: Range<u64>, mut tell: impl FnMut(u64, Recalled<'_>)) {
        let mut at = range.start;
        let first = self.marks.partition_point(|mark| mark.offset + mark.len <= at);
        for mark in self.marks.iter().skip(first) {
            if mark.offset >= range.end {
                break;
            }
            if at < mark.offset {
                tell(at, Recalled::Forgotten(mark.offset - at));
                at = mark.offset;
            }
            let end = range.end.min(mark.offset + mark.len);
            let Some(place) = mark.place else {
                tell(at, Recalled::Hole(end - at));
                at = end;
                continue;
            };
            // What was cut off the front of the bytes.
            let known = (mark.offset + self.gone.saturating_sub(place)).clamp(at, end);
            if at < known {
                tell(at, Recalled::Forgotten(known - at));
            }
            let from = (place + (known - mark.offset)).saturating_sub(self.gone) as usize;
            let bytes = self.bytes.get(from..from + (end - known) as usize).unwrap_or_default();
            if !bytes.is_empty() {
                tell(known, Recalled::Bytes(mark.frame, bytes));
            }
            at = end;
        }
        if at < range.end {
            tell(at, Recalled::Forgotten(range.end - at));
        }
    }

    /// The memory it takes, in bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.capacity() + self.marks.capacity() * size_of::<Mark>() + size_of::<History>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recalled(history: &History, range: Range<u64>) -> Vec<(u64, String)> {
        let mut all = Vec::new();
        history.recall(range, |at, what| {
            let what = match what {
                Recalled::Bytes(frame, bytes) => format!("{frame} {}", String::from_utf8_lossy(bytes)),
                other => format!("{other:?}"),
            };
            all.push((at, what));
        });
        all
    }

    #[test]
    fn what_was_said_is_known_with_its_frame() {
        let mut history = History::default();
        history.note(0, b"hello ", 3, 64);
        history.note_hole(6, 4);
        history.note(10, b"world", 7, 64);
        let all = recalled(&history, 2..13);
        assert_eq!(all, [(2, "3 llo ".into()), (6, "Hole(4)".into()), (10, "7 wor".into())]);
    }

    #[test]
    fn what_is_too_long_ago_is_forgotten_and_the_rest_is_right() {
        let mut history = History::default();
        for index in 0..100u64 {
            history.note(index * 10, format!("{index:010}").as_bytes(), index, 64);
            assert!(history.bytes.len() <= 64);
        }
        let all = recalled(&history, 0..1000);
        assert!(matches!(&all[0], (0, text) if text.starts_with("Forgotten")));
        let known: u64 = all[1..].iter().map(|(_, text)| text.len() as u64 - 3).sum();
        assert!(known >= 32, "{all:?}");
        assert_eq!(all.last().unwrap(), &(990, "99 0000000099".to_owned()));
    }

    #[test]
    fn more_than_fits_leaves_its_end() {
        let mut history = History::default();
        history.note(0, b"0123456789", 1, 4);
        assert_eq!(recalled(&history, 0..10), [(0, "Forgotten(6)".into()), (6, "1 6789".into())]);
    }
}
