//! What stands in a table's cells.

use std::fmt::Write;
use std::net::{SocketAddr, SocketAddrV4};
use std::time::Duration;

use crate::event::Host;
use crate::flow::{Outcome, Row};
use crate::frame::Time;
use crate::render::units;

/// What stands where there is nothing to say.
pub(super) const NONE: &str = "-";

/// How a conversation went, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Went {
    /// TCP, and who broke it off.
    Tcp(Outcome, Option<Host>),
    /// Datagrams from one side only.
    OneWay,
    /// Datagrams from both sides.
    BothWays,
}

impl Went {
    pub(super) fn of(row: &Row) -> Went {
        match &row.tcp {
            Some(tcp) => Went::Tcp(tcp.outcome, tcp.reset_by),
            None if row.from_server.packets == 0 => Went::OneWay,
            None => Went::BothWays,
        }
    }

    /// In few words; in `long` ones it says who broke it off.
    pub(super) fn text(self, long: bool) -> &'static str {
        match self {
            Went::Tcp(Outcome::Reset, Some(Host::Client)) if long => "reset by client",
            Went::Tcp(Outcome::Reset, Some(Host::Server)) if long => "reset by server",
            Went::Tcp(outcome, _) => outcome.word(),
            Went::OneWay => "one way",
            Went::BothWays => "both ways",
        }
    }

    /// Whether it is what people look for.
    pub(super) fn failed(self) -> bool {
        matches!(self, Went::Tcp(Outcome::Refused | Outcome::Reset | Outcome::Unanswered, _))
    }
}

/// The keys of the words about how a conversation went, in the order in which they are told.
pub const KEYS: [&str; 8] = [
    "outcome textbook",
    "outcome still open",
    "outcome mid-stream",
    "outcome refused",
    "outcome unanswered",
    "outcome reset",
    "outcome both ways",
    "outcome one way",
];

/// Which of [`KEYS`] tells how a conversation went.
pub fn key(row: &Row) -> &'static str {
    match Went::of(row) {
        Went::Tcp(Outcome::Textbook, _) => "outcome textbook",
        Went::Tcp(Outcome::StillOpen, _) => "outcome still open",
        Went::Tcp(Outcome::MidStream, _) => "outcome mid-stream",
        Went::Tcp(Outcome::Refused, _) => "outcome refused",
        Went::Tcp(Outcome::Unanswered, _) => "outcome unanswered",
        Went::Tcp(Outcome::Reset, _) => "outcome reset",
        Went::BothWays => "outcome both ways",
        Went::OneWay => "outcome one way",
    }
}

/// How many digits a number has.
pub(super) fn digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// An address with its port, as it displays itself.
pub(super) fn address(address: SocketAddr, out: &mut String) {
    match address {
        SocketAddr::V4(v4) => {
            for (index, byte) in v4.ip().octets().into_iter().enumerate() {
                if index > 0 {
                    out.push('.');
                }
                units::number(byte.into(), out);
            }
            out.push(':');
            units::number(v4.port().into(), out);
        }
        // An IPv4 address in an IPv6 one, or a zone behind it: rare enough to leave to the standard library.
        SocketAddr::V6(v6) if v6.ip().to_ipv4_mapped().is_some() || v6.scope_id() != 0 => {
            // Writing into memory does not fail.
            let _ = write!(out, "{address}");
        }
        SocketAddr::V6(v6) => {
            out.push('[');
            ipv6(v6.ip().segments(), out);
            out.push_str("]:");
            units::number(v6.port().into(), out);
        }
    }
}

/// The parts of an IPv6 address, the longest row of zeros left out (RFC 5952, section 4).
fn ipv6(parts: [u16; 8], out: &mut String) {
    let (mut left_out, mut zeros) = (0..0, 0..0);
    for (at, part) in parts.into_iter().enumerate() {
        zeros = if part == 0 { zeros.start..at + 1 } else { at + 1..at + 1 };
        if zeros.len() > left_out.len().max(1) {
            left_out = zeros.clone();
        }
    }
    for (at, part) in parts.into_iter().enumerate() {
        if left_out.contains(&at) {
            if at == left_out.start {
                out.push_str("::");
            }
            continue;
        }
        if at > 0 && at != left_out.end {
            out.push(':');
        }
        hexadecimal(part, out);
    }
}

fn hexadecimal(number: u16, out: &mut String) {
    let digits = (16 - number.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        let digit = (number >> (4 * place) & 0xf) as u8;
        out.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
    }
}

/// How many columns an IPv4 address with its port takes.
pub(super) fn width(address: SocketAddrV4) -> usize {
    let octets = address.ip().octets().into_iter().map(|byte| digits(byte.into()));
    // Three points and a colon.
    octets.sum::<usize>() + 4 + digits(address.port().into())
}

/// Seconds with nine digits after the point, as `Time` displays itself.
pub(super) fn exact(time: Time, out: &mut String) {
    let Ok(nanos) = u64::try_from(time.0) else {
        let _ = write!(out, "{time}");
        return;
    };
    units::number(nanos / 1_000_000_000, out);
    // A 1 before the nine digits keeps their zeros; its place is the point's.
    let point = out.len();
    units::number(1_000_000_000 + nanos % 1_000_000_000, out);
    out.replace_range(point..=point, ".");
}

/// How many messages a side has sent, with a plus where there may have been more; says how many columns that takes.
pub(super) fn messages((count, unread): (u64, bool), out: &mut String) -> usize {
    units::number(count, out);
    if unread {
        out.push('+');
    }
    digits(count) + usize::from(unread)
}

/// How long one lasted, or how long its handshake took.
pub(super) fn passed(nanos: Option<i64>, out: &mut String) {
    match nanos {
        Some(nanos) => units::time(Duration::from_nanos(nanos.unsigned_abs()), out),
        None => out.push_str(NONE),
    }
}

/// When one began, in seconds since the capture's first frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Starts {
    first: Option<Time>,
    /// How many digits stand after the point.
    places: u32,
    /// The longest one's columns.
    pub(super) width: usize,
}

impl Starts {
    /// Of the earliest and the latest of them.
    pub(super) fn new(first: Option<Time>, earliest: Option<Time>, latest: Option<Time>) -> Starts {
        let mut starts = Starts { first, places: 0, width: NONE.len() };
        let (Some(first), Some(earliest), Some(latest)) = (first, earliest, latest) else { return starts };
        let longest = (earliest - first).unsigned_abs().max((latest - first).unsigned_abs());
        // Less than ten seconds: microseconds count. More than three hours: nobody compares milliseconds.
        starts.places = match longest / 1_000_000_000 {
            0..10 => 6,
            10..10_000 => 3,
            _ => 1,
        };
        let mut text = String::new();
        for one in [earliest, latest] {
            text.clear();
            starts.write(Some(one), &mut text);
            starts.width = starts.width.max(text.len());
        }
        starts
    }

    pub(super) fn write(&self, start: Option<Time>, out: &mut String) {
        let (Some(start), Some(first)) = (start, self.first) else { return out.push_str(NONE) };
        let nanos = start - first;
        if nanos < 0 {
            out.push('-');
        }
        let (unit, second) = (10_u64.pow(9 - self.places), 10_u64.pow(self.places));
        let (seconds, rest) = match u64::try_from(nanos.unsigned_abs()) {
            Ok(nanos) => (nanos / unit / second, nanos / unit % second),
            // More than five centuries.
            Err(_) => {
                let steps = nanos.unsigned_abs() / u128::from(unit);
                let seconds = u64::try_from(steps / u128::from(second)).unwrap_or(u64::MAX);
                (seconds, (steps % u128::from(second)) as u64)
            }
        };
        units::number(seconds, out);
        out.push('.');
        for _ in digits(rest)..self.places as usize {
            out.push('0');
        }
        units::number(rest, out);
        out.push_str(" s");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_cut_to_the_digits_that_matter() {
        let at = |nanos: i128| Some(Time(1_700_000_000_000_000_000 + nanos));
        let written = |starts: Starts, time| {
            let mut text = String::new();
            starts.write(time, &mut text);
            text
        };
        let short = Starts::new(at(0), at(0), at(9_999_999_999));
        assert_eq!(written(short, at(1_000_002_999)), "1.000002 s");
        assert_eq!((written(short, None), short.width), ("-".to_owned(), 10));
        let long = Starts::new(at(0), at(-2_000_000), at(11_000_000_000));
        assert_eq!(written(long, at(-2_000_000)), "-0.002 s");
        assert_eq!(written(Starts::new(at(0), at(0), at(1 << 60)), at(1 << 60)), "1152921504.6 s");
        assert_eq!(written(Starts::new(None, None, None), at(0)), "-");
    }

    #[test]
    fn exact_times_are_written_as_they_display_themselves() {
        for time in [0, 1, 1_000_000_000, 1_700_000_000_080_398_000, -1, i128::from(u64::MAX) + 1].map(Time) {
            let mut out = String::new();
            exact(time, &mut out);
            assert_eq!(out, time.to_string());
        }
    }

    #[test]
    fn addresses_are_written_as_they_display_themselves() {
        let ipv6 =
            ["[2001:db8::1]:80", "[::]:1", "[::1]:2", "[1::]:3", "[1:0:2:3:4:5:6:7]:4", "[::2:0:0:0]:5"];
        let more = [
            "[1:0:0:2::3]:6",
            "[1::2:0:0:3:4]:7",
            "[::ffff:10.0.0.1]:8",
            "[fe80::1%3]:9",
            "[a:b:c:d:e:f:0:ff10]:0",
        ];
        for text in ["10.0.255.1:65535", "0.0.0.0:0"].into_iter().chain(ipv6).chain(more) {
            let mut out = String::new();
            address(text.parse().unwrap(), &mut out);
            assert_eq!(out, text);
            if let SocketAddr::V4(v4) = text.parse().unwrap() {
                assert_eq!(width(v4), text.len());
            }
        }
        // Zeros in all places.
        for zeros in 0..=255_u16 {
            let parts: [u16; 8] =
                std::array::from_fn(|at| if zeros >> at & 1 == 1 { 0 } else { 0x1f0 << at });
            let expected = SocketAddr::from((parts, 443));
            let mut out = String::new();
            address(expected, &mut out);
            assert_eq!(out, expected.to_string());
        }
    }
}
