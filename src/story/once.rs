//! Which bytes one side has said, so that each counts once however often it is said.

use crate::flow::Segment;

/// So many stretches are told apart; of more, the two lowest are joined as if nothing were missing between them.
const MAX: usize = 64;

/// The bytes of one side that were seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Once {
    /// The number on the wire that is counted as 0.
    zero: Option<u32>,
    /// The highest number so far: from here on the wire's numbers are told apart after 2^32 of them.
    top: i64,
    /// In order, with gaps between them.
    stretches: Vec<(i64, i64)>,
}

impl Once {
    /// Takes a segment; gives how many of its bytes were never seen before. What an RST carries is a remark (RFC 9293, section
    /// 3.5.3), and the byte of a keep-alive says nothing (3.8.4).
    pub(super) fn take(&mut self, segment: &Segment, syn: bool, rst: bool) -> u64 {
        if segment.len == 0 || rst || segment.analysis.keep_alive {
            return 0;
        }
        let zero = segment.seq_raw.wrapping_sub(segment.seq);
        if self.zero.replace(zero).is_some_and(|known| known != zero) {
            // Its numbering has begun anew.
            *self = Once { zero: Some(zero), ..Once::default() };
        }
        let first = segment.seq.wrapping_add(syn.into());
        // The bytes may lie before the highest number, or up to 2 GiB behind it.
        let start = self.top + i64::from(first.wrapping_sub(self.top as u32) as i32);
        self.add(start, start + i64::from(segment.len))
    }

    fn add(&mut self, start: i64, end: i64) -> u64 {
        let known: i64 =
            self.stretches.iter().map(|(from, to)| (end.min(*to) - start.max(*from)).max(0)).sum();
        self.top = self.top.max(end);
        let place = self.stretches.partition_point(|(from, _)| *from < start);
        self.stretches.insert(place, (start, end));
        self.stretches.dedup_by(|right, left| {
            let touches = left.1 >= right.0;
            if touches {
                left.1 = left.1.max(right.1);
            }
            touches
        });
        if self.stretches.len() > MAX {
            let (from, _) = self.stretches.remove(0);
            if let Some(lowest) = self.stretches.first_mut() {
                lowest.0 = from;
            }
        }
        u64::try_from(end - start - known).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_counts_once_in_any_order() {
        let mut once = Once::default();
        let new = [(1, 101), (201, 301), (101, 201), (101, 201), (50, 350)]
            .map(|(start, end)| once.add(start, end));
        assert_eq!(new, [100, 100, 100, 0, 49]);
        assert_eq!(once.stretches, [(1, 350)]);
    }

    #[test]
    fn what_stays_missing_takes_no_room() {
        let mut once = Once::default();
        let all: u64 = (0..1000).map(|index| once.add(index * 10, index * 10 + 5)).sum();
        assert_eq!((all, once.stretches.len()), (5000, MAX));
        // The newest gap can still be filled.
        assert_eq!(once.add(9980, 9990), 5);
    }
}
