//! Stretches of a stream, in order.

/// So many are told apart; of more, those with the least between them are joined.
const MAX: usize = 64;

/// What was given up of a direction and has not been passed yet.
#[derive(Debug, Default)]
pub(super) struct Stretches(Vec<(u64, u64)>);

impl Stretches {
    /// Adds a stretch; what touches is joined.
    pub(super) fn note(&mut self, start: u64, end: u64) {
        let place = self.0.partition_point(|(from, _)| *from < start);
        self.0.insert(place, (start, end));
        self.0.dedup_by(|right, left| {
            let touches = left.1 >= right.0;
            if touches {
                left.1 = left.1.max(right.1);
            }
            touches
        });
        if self.0.len() > MAX {
            let gaps = self.0.iter().zip(self.0.iter().skip(1)).map(|((_, end), (start, _))| start - end);
            let nearest = gaps.enumerate().min_by_key(|(_, gap)| *gap).map_or(0, |(index, _)| index);
            let (_, end) = self.0.remove(nearest + 1);
            if let Some(left) = self.0.get_mut(nearest) {
                left.1 = end;
            }
        }
    }

    /// The first that does not end before `next`; forgets those that do.
    pub(super) fn next_from(&mut self, next: u64) -> Option<(u64, u64)> {
        self.0.retain(|(_, end)| *end > next);
        self.0.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_is_one() {
        let mut stretches = Stretches::default();
        for (start, end) in [(10, 20), (40, 50), (20, 30), (5, 12)] {
            stretches.note(start, end);
        }
        assert_eq!(stretches.0, [(5, 30), (40, 50)]);
        assert_eq!(stretches.next_from(7), Some((5, 30)));
        assert_eq!(stretches.next_from(30), Some((40, 50)));
    }

    #[test]
    fn there_are_never_too_many() {
        let mut stretches = Stretches::default();
        for index in 0..200u64 {
            stretches.note(index * index * 10, index * index * 10 + 1);
            assert!(stretches.0.len() <= MAX);
        }
        assert_eq!(stretches.0.first().map(|first| first.0), Some(0));
        assert_eq!(stretches.0.last().map(|last| last.1), Some(199 * 199 * 10 + 1));
    }
}
