//! When something was seen, in eight bytes.

use crate::frame::Time;

/// A moment that only its distance from others matters of: nanoseconds, of which the upper bits are left out. Right for any
/// two moments that lie less than 292 years apart, whenever that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flow) struct Moment(i64);

impl Moment {
    /// The file says no time.
    pub(in crate::flow) const UNKNOWN: Moment = Moment(i64::MIN);

    /// So long after `earlier`, in nanoseconds (negative: before it); `None` where one of the two is unknown.
    pub(in crate::flow) fn since(self, earlier: Moment) -> Option<i64> {
        let known = self != Moment::UNKNOWN && earlier != Moment::UNKNOWN;
        known.then(|| self.0.wrapping_sub(earlier.0))
    }

    /// What a moment leaves out of its time: the upper bits.
    /// No file can hold a time for which they do not suffice.
    pub(in crate::flow) fn era(time: Option<Time>) -> i32 {
        time.map_or(0, |time| (time.0 >> 64) as i32)
    }

    /// As a time of the clock again, with the upper bits of any time less than 292 years away.
    pub(in crate::flow) fn time(self, near: Moment, era: i32) -> Option<Time> {
        let passed = self.since(near)?;
        let near = i128::from(era) << 64 | i128::from(near.0 as u64);
        Some(Time(near + i128::from(passed)))
    }
}

impl Default for Moment {
    fn default() -> Moment {
        Moment::UNKNOWN
    }
}

impl From<Option<Time>> for Moment {
    fn from(time: Option<Time>) -> Moment {
        // Cutting is meant: the upper bits cancel out in a difference.
        time.map_or(Moment::UNKNOWN, |time| Moment((time.0 as i64).max(i64::MIN + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_right_however_far_from_1970() {
        for base in [0, 1_700_000_000_000_000_000, i128::from(i64::MAX) - 1, 1 << 90, -(1 << 80)] {
            let (then, now) = (Some(Time(base)), Some(Time(base + 7)));
            assert_eq!(Moment::from(now).since(then.into()), Some(7), "{base}");
            assert_eq!(Moment::from(then).since(now.into()), Some(-7), "{base}");
            assert_eq!(Moment::from(now).time(then.into(), Moment::era(then)), now);
        }
        assert_eq!(Moment::from(Some(Time(1))).since(Moment::UNKNOWN), None);
        assert_eq!(Moment::from(None), Moment::UNKNOWN);
    }
}
