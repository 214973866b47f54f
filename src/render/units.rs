//! Numbers as people read them in a table: three digits that count, and a unit.

use std::time::Duration;

use super::slot::{MICRO, Slot};

/// A unit, and below which values a number of it has two digits after the point, one, or none.
#[derive(Clone, Copy, Debug)]
struct Unit {
    size: u64,
    name: &'static [u8],
    two: u64,
    one: u64,
    none: u64,
}

impl Unit {
    /// Every unit but the smallest is a multiple of a thousand, so the edges are whole: 9.995, 99.95 and 999.5 of them.
    const fn new(size: u64, name: &'static [u8]) -> Unit {
        let part = size / 1000;
        Unit { size, name, two: part * 9_995, one: part * 99_950, none: part * 999_500 }
    }
}

/// What is smaller than the first of [`NANOS`], and of [`BYTES`].
const NANO: &[u8] = b" ns";
const BYTE: &[u8] = b" B";
const NANOS: &[Unit] =
    &[Unit::new(1_000, &[b' ', MICRO, b's']), Unit::new(1_000_000, b" ms"), Unit::new(1_000_000_000, b" s")];
const BYTES: &[Unit] = &[
    Unit::new(1_000, b" kB"),
    Unit::new(1_000_000, b" MB"),
    Unit::new(1_000_000_000, b" GB"),
    Unit::new(1_000_000_000_000, b" TB"),
    Unit::new(1_000_000_000_000_000, b" PB"),
];

/// A number with its unit. How wide it is can be told before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    whole: u64,
    /// What stands after the point, and in how many digits.
    rest: u64,
    places: usize,
    /// With the space before it, as a slot takes it.
    unit: &'static [u8],
    /// What is left of it in the next smaller unit.
    small: Option<(u64, &'static [u8])>,
}

impl Quantity {
    #[inline(always)]
    fn of(whole: u64, unit: &'static [u8]) -> Quantity {
        Quantity { whole, rest: 0, places: 0, unit, small: None }
    }

    /// How many columns it takes.
    pub(super) fn columns(&self) -> usize {
        Slot::columns(|slot| self.fill(slot))
    }

    /// Adds it to `out`.
    pub fn write(&self, out: &mut String) {
        Slot::write(|slot| self.fill(slot), out);
    }

    #[inline(always)]
    pub(super) fn fill(&self, slot: &mut Slot<'_>) {
        if let Some((small, unit)) = self.small {
            slot.bytes(unit);
            slot.number(small);
        }
        slot.bytes(self.unit);
        if self.places > 0 {
            slot.digits(self.rest, self.places);
            slot.byte(b'.');
        }
        slot.number(self.whole);
    }
}

/// A time: `0 s`, `830 ns`, `35.2 ms`, `2.51 s`, `2 min 5 s`, `3 h 12 min`, `5 d 7 h`.
pub fn time(time: Duration) -> Quantity {
    let seconds = time.as_secs();
    let (large, unit, small): (_, &[u8], (_, &[u8])) = match seconds {
        0..100 => return nanos(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
        100..6_000 => (seconds / 60, b" min ", (seconds % 60, b" s")),
        6_000..360_000 => (seconds / 3_600, b" h ", (seconds / 60 % 60, b" min")),
        _ => (seconds / 86_400, b" d ", (seconds / 3_600 % 24, b" h")),
    };
    Quantity { small: Some(small), ..Quantity::of(large, unit) }
}

/// A time of so many nanoseconds, as [`time`] gives it.
#[inline(always)]
pub(super) fn nanos(nanos: u64) -> Quantity {
    match nanos {
        0 => Quantity::of(0, b" s"),
        1..LONG_NANOS => three_digits(nanos, NANO, NANOS),
        _ => time(Duration::from_nanos(nanos)),
    }
}

/// A number of bytes: `512 B`, `12.3 kB`, `1.20 MB`. A kB is 1000 bytes.
#[inline(always)]
pub fn bytes(bytes: u64) -> Quantity {
    three_digits(bytes, BYTE, BYTES)
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

/// In the first unit in which it is below 1000 when rounded; `smallest` is the name of those below all `units`.
#[inline(always)]
fn three_digits(value: u64, smallest: &'static [u8], units: &[Unit]) -> Quantity {
    let larger = units.iter().find(|unit| value < unit.none).or(units.last());
    let Some(unit) = larger.filter(|_| value >= 1000) else { return Quantity::of(value, smallest) };
    // Below 100 two or one digit after the point.
    if value < unit.two {
        let scaled = rounded(value * 100, unit.size);
        Quantity { rest: scaled % 100, places: 2, ..Quantity::of(scaled / 100, unit.name) }
    } else if value < unit.one {
        let scaled = rounded(value * 10, unit.size);
        Quantity { rest: scaled % 10, places: 1, ..Quantity::of(scaled / 10, unit.name) }
    } else {
        Quantity::of(rounded(value, unit.size), unit.name)
    }
}

/// `value` in units of an even `unit`, to the nearest.
#[inline]
fn rounded(value: u64, unit: u64) -> u64 {
    value / unit + u64::from(value % unit >= unit / 2)
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
