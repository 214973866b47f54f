//! Numbers as people read them in a table: three digits that count, and a unit.

use std::time::Duration;

use super::slot::{Few, MICRO, Slot};

/// What counts single ones, and the units from a thousand of them on, each a thousand times the one before.
struct Units {
    one: Few,
    thousands: &'static [Few],
}

const NANOS: Units = Units {
    one: Few::of(b" ns"),
    thousands: &[Few::of(&[b' ', MICRO, b's']), Few::of(b" ms"), Few::of(b" s")],
};
const BYTES: Units = Units {
    one: Few::of(b" B"),
    thousands: &[Few::of(b" kB"), Few::of(b" MB"), Few::of(b" GB"), Few::of(b" TB"), Few::of(b" PB")],
};

/// A number with its unit. How wide it is can be told before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity(Written);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Few(Few),
    /// A number, a unit behind it; then what is left of it in the next smaller one.
    Two((u64, Few), (u64, Few)),
}

impl Quantity {
    /// How many columns it takes.
    pub(super) fn columns(&self) -> usize {
        match self.0 {
            Written::Few(few) => few.columns(),
            Written::Two(..) => Slot::columns(|slot| self.fill(slot)),
        }
    }

    /// The whole of it, if it is as short as most are.
    #[inline(always)]
    pub(super) fn few(&self) -> Option<Few> {
        match self.0 {
            Written::Few(few) => Some(few),
            Written::Two(..) => None,
        }
    }

    /// Adds it to `out`.
    pub fn write(&self, out: &mut String) {
        Slot::write(|slot| self.fill(slot), out);
    }

    #[inline(always)]
    pub(super) fn fill(&self, slot: &mut Slot<'_>) {
        match self.0 {
            Written::Few(few) => slot.few(few),
            Written::Two(large, small) => two(slot, large, small),
        }
    }
}

#[cold]
fn two(slot: &mut Slot<'_>, large: (u64, Few), small: (u64, Few)) {
    for (number, unit) in [small, large] {
        slot.few(unit);
        slot.number(number);
    }
}

// This and the two below are not made part of who calls them: who has a loop of columns would have all units' divisions made before it,
// whatever is in the columns.

/// A time: `0 s`, `830 ns`, `35.2 ms`, `2.51 s`, `2 min 5 s`, `3 h 12 min`, `5 d 7 h`.
#[inline(never)]
pub fn time(time: Duration) -> Quantity {
    let seconds = time.as_secs();
    let (large, small) = match seconds {
        0..100 => return nanos(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
        100..6_000 => ((seconds / 60, Few::of(b" min ")), (seconds % 60, Few::of(b" s"))),
        6_000..360_000 => ((seconds / 3_600, Few::of(b" h ")), (seconds / 60 % 60, Few::of(b" min"))),
        _ => ((seconds / 86_400, Few::of(b" d ")), (seconds / 3_600 % 24, Few::of(b" h"))),
    };
    Quantity(Written::Two(large, small))
}

/// A time of so many nanoseconds, as [`time`] gives it.
#[inline(always)]
pub(super) fn nanos(nanos: u64) -> Quantity {
    match nanos {
        0 => Quantity(Written::Few(const { Few::of(b"0 s") })),
        1..LONG_NANOS => Quantity(Written::Few(short_time(nanos))),
        _ => time(Duration::from_nanos(nanos)),
    }
}

/// A number of bytes: `512 B`, `12.3 kB`, `1.20 MB`. A kB is 1000 bytes.
#[inline(always)]
pub fn bytes(bytes: u64) -> Quantity {
    Quantity(Written::Few(size(bytes)))
}

#[inline(never)]
fn short_time(nanos: u64) -> Few {
    three_that_count(nanos, &NANOS)
}

#[inline(never)]
fn size(bytes: u64) -> Few {
    three_that_count(bytes, &BYTES)
}

/// No time below [`LONG_NANOS`] and no number of bytes below [`MANY`] takes more columns than this.
pub(super) const WIDTH: usize = "9.99 ms".len();
/// Times below this, in nanoseconds, have three digits that count: 100 s.
pub(super) const LONG_NANOS: u64 = 100_000_000_000;
/// Numbers of bytes below this have three digits that count, whatever comes: 100 PB.
pub(super) const MANY: u64 = 100_000_000_000_000_000;

/// How many digits a number has.
pub(super) fn digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// Adds a whole number with commas: `2,500,000`.
pub fn grouped(number: u64, out: &mut String) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
}

/// In the first unit in which it is below 1000 when rounded.
#[inline(always)]
fn three_that_count(value: u64, units: &Units) -> Few {
    match value {
        ..K => Few::number(value).and(units.one),
        K..999_500 => in_units::<K>(value, units, 0),
        999_500..999_500_000 => in_units::<M>(value, units, 1),
        999_500_000..999_500_000_000 => in_units::<G>(value, units, 2),
        _ => large(value, units),
    }
}

#[cold]
fn large(value: u64, units: &Units) -> Few {
    match value {
        ..999_500_000_000_000 => in_units::<{ G * K }>(value, units, 3),
        _ => in_units::<{ G * M }>(value, units, 4),
    }
}

const K: u64 = 1_000;
const M: u64 = 1_000_000;
const G: u64 = 1_000_000_000;

/// In the unit at a place, which is so large; up to 999 of it, or thousands of the last one.
#[inline(always)]
fn in_units<const SIZE: u64>(value: u64, units: &Units, place: usize) -> Few {
    // Every size is a multiple of a thousand, so the edges are whole: 9.995 and 99.95 of them.
    let part = SIZE / 1000;
    let number = if value < part * 9_995 {
        Few::broken(rounded::<SIZE>(value * 100), 2)
    } else if value < part * 99_950 {
        Few::broken(rounded::<SIZE>(value * 10), 1)
    } else {
        match rounded::<SIZE>(value) {
            whole @ 0..1000 => Few::number(whole),
            many => Few::of(many.to_string().as_bytes()),
        }
    };
    number.and(units.thousands.get(place).copied().unwrap_or(units.one))
}

/// `value` in units of an even size, to the nearest.
#[inline(always)]
fn rounded<const SIZE: u64>(value: u64) -> u64 {
    value / SIZE + u64::from(value % SIZE >= SIZE / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(nanos: u64) -> String {
        let mut out = String::new();
        time(Duration::from_nanos(nanos)).write(&mut out);
        out
    }

    fn sized(count: u64) -> String {
        let mut out = String::new();
        bytes(count).write(&mut out);
        out
    }

    #[test]
    fn times_have_three_digits_that_count() {
        let expected = [
            (0, "0 s"),
            (1, "1 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (9_994, "9.99 µs"),
            (9_995, "10.0 µs"),
            (99_950, "100 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (35_200_000, "35.2 ms"),
            (1_005_000_000, "1.01 s"),
            (99_900_000_000, "99.9 s"),
            (100_000_000_000, "1 min 40 s"),
            (5_999_000_000_000, "99 min 59 s"),
            (6_000_000_000_000, "1 h 40 min"),
            (360_000_000_000_000, "4 d 4 h"),
        ];
        for (nanos, text) in expected {
            assert_eq!(timed(nanos), text);
        }
    }

    #[test]
    fn bytes_have_three_digits_that_count() {
        let expected = [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.00 kB"),
            (1_050, "1.05 kB"),
            (1_203_000, "1.20 MB"),
            (999_500, "1.00 MB"),
            (u64::MAX, "18447 PB"),
        ];
        for (count, text) in expected {
            assert_eq!(sized(count), text);
        }
    }

    #[test]
    fn none_is_wider_than_it_may_be() {
        let edges = (0..=17).map(|power| 10_u64.pow(power));
        for edge in edges.flat_map(|edge| [edge / 2, edge - 1, edge, edge / 1000 * 995, edge / 1000 * 1005]) {
            let (bytes, time) = (sized(edge.min(MANY - 1)), timed(edge.min(LONG_NANOS - 1)));
            assert!(bytes.len() <= WIDTH && time.chars().count() <= WIDTH, "{bytes}, {time}");
        }
        assert!(sized(999_499).len() < WIDTH && sized(9_994).len() == WIDTH);
    }

    #[test]
    fn commas_stand_between_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (2_500_000, "2,500,000")] {
            let mut out = String::new();
            grouped(number, &mut out);
            assert_eq!(out, text);
        }
    }
}
