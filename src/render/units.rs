//! Numbers as people read them in a table: three digits that count, and a unit.

use std::time::Duration;

const NANOS: &[(u64, &str)] = &[(1, " ns"), (1_000, " µs"), (1_000_000, " ms"), (1_000_000_000, " s")];
const BYTES: &[(u64, &str)] = &[
    (1, " B"),
    (1_000, " kB"),
    (1_000_000, " MB"),
    (1_000_000_000, " GB"),
    (1_000_000_000_000, " TB"),
    (1_000_000_000_000_000, " PB"),
];

/// Adds a time: `0 s`, `830 ns`, `35.2 ms`, `2.51 s`, `2 min 5 s`, `3 h 12 min`, `5 d 7 h`.
pub fn time(time: Duration, out: &mut String) {
    let seconds = time.as_secs();
    let (large, one, small, other) = match seconds {
        _ if time.is_zero() => return out.push_str("0 s"),
        0..100 => return three_digits(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), NANOS, out),
        100..6_000 => (seconds / 60, " min ", seconds % 60, " s"),
        6_000..360_000 => (seconds / 3_600, " h ", seconds / 60 % 60, " min"),
        _ => (seconds / 86_400, " d ", seconds / 3_600 % 24, " h"),
    };
    number(large, out);
    out.push_str(one);
    number(small, out);
    out.push_str(other);
}

/// Adds a number of bytes: `512 B`, `12.3 kB`, `1.20 MB`. A kB is 1000 bytes.
pub fn bytes(bytes: u64, out: &mut String) {
    three_digits(bytes, BYTES, out);
}

/// No time below [`LONG`] and no number of bytes below [`MANY`] takes more columns than this.
pub(super) const WIDTH: usize = "9.99 ms".len();
/// Times below this have three digits that count: 100 s.
pub(super) const LONG: Duration = Duration::from_secs(100);
/// Numbers of bytes below this have three digits that count, whatever comes: 100 PB.
pub(super) const MANY: u64 = 100_000_000_000_000_000;

/// Adds a whole number.
pub(super) fn number(number: u64, out: &mut String) {
    // Most numbers of a table are short: digit by digit they cost less than a copy of any length.
    let digit = |number: u64| char::from(b'0' + (number % 10) as u8);
    if number >= 1000 {
        return out.push_str(itoa::Buffer::new().format(number));
    }
    if number >= 100 {
        out.push(digit(number / 100));
    }
    if number >= 10 {
        out.push(digit(number / 10));
    }
    out.push(digit(number));
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
fn three_digits(value: u64, units: &[(u64, &str)], out: &mut String) {
    if let (0..1000, Some((1, name))) = (value, units.first()) {
        number(value, out);
        out.push_str(name);
        return;
    }
    // Whether it is below `limit` when it is counted in units and rounded: asked without a division, which takes longer than all else.
    let below = |factor: u64, unit: u64, limit: u64| {
        u128::from(value) * u128::from(factor) + u128::from(unit / 2) < u128::from(limit) * u128::from(unit)
    };
    let fits = units.iter().find(|(unit, _)| below(1, *unit, 1_000));
    let Some((unit, name)) = fits.or(units.last()) else { return };
    // Below 100 two or one digit after the point, but no fractions of the smallest unit.
    let (places, factor) = match *unit {
        1 => (0, 1),
        unit if below(100, unit, 1_000) => (2, 100),
        unit if below(10, unit, 1_000) => (1, 10),
        _ => (0, 1),
    };
    let scaled = rounded(value, factor, *unit);
    let (whole, rest) = match factor {
        100 => (scaled / 100, scaled % 100),
        10 => (scaled / 10, scaled % 10),
        _ => (scaled, 0),
    };
    number(whole, out);
    if places > 0 {
        out.push('.');
        if places == 2 && rest < 10 {
            out.push('0');
        }
        number(rest, out);
    }
    out.push_str(name);
}

/// `value` times `factor`, in units of `unit`, to the nearest.
fn rounded(value: u64, factor: u64, unit: u64) -> u64 {
    match value.checked_mul(factor).and_then(|scaled| scaled.checked_add(unit / 2)) {
        Some(scaled) => scaled / unit,
        None => {
            let scaled = u128::from(value) * u128::from(factor) + u128::from(unit / 2);
            u64::try_from(scaled / u128::from(unit)).unwrap_or(u64::MAX)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(nanos: u64) -> String {
        let mut out = String::new();
        time(Duration::from_nanos(nanos), &mut out);
        out
    }

    fn sized(count: u64) -> String {
        let mut out = String::new();
        bytes(count, &mut out);
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
    fn numbers_are_written_as_they_display_themselves() {
        for count in (0..1100).chain([12_345, u64::MAX]) {
            let mut out = String::new();
            number(count, &mut out);
            assert_eq!(out, count.to_string());
        }
    }

    #[test]
    fn none_is_wider_than_it_may_be() {
        let edges = (0..=17).map(|power| 10_u64.pow(power));
        for edge in edges.flat_map(|edge| [edge / 2, edge - 1, edge, edge / 1000 * 995, edge / 1000 * 1005]) {
            let (bytes, time) = (sized(edge.min(MANY - 1)), timed(edge.min(LONG.as_nanos() as u64 - 1)));
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
