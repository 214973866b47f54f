//! What stands in a table's cells.

use std::fmt::Write;
use std::net::{SocketAddr, SocketAddrV4};

use crate::event::Host;
use crate::flow::talk::Messages;
use crate::flow::{Outcome, Row};
use crate::frame::Time;
use crate::render::slot::Slot;
use crate::render::units::{self, Quantity};

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

/// The place in [`KEYS`] of the one that tells how a conversation went.
pub fn key(row: &Row) -> usize {
    match Went::of(row) {
        Went::Tcp(Outcome::Textbook, _) => 0,
        Went::Tcp(Outcome::StillOpen, _) => 1,
        Went::Tcp(Outcome::MidStream, _) => 2,
        Went::Tcp(Outcome::Refused, _) => 3,
        Went::Tcp(Outcome::Unanswered, _) => 4,
        Went::Tcp(Outcome::Reset, _) => 5,
        Went::BothWays => 6,
        Went::OneWay => 7,
    }
}

/// What a cell shows that is a number: how wide it is can be told before it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Figure {
    Nothing,
    Number(u64),
    Quantity(Quantity),
    Start(Start),
    /// How many messages a side has sent, and whether there may have been more.
    Messages(u64, bool),
}

impl Figure {
    /// How long one lasted, or how long its handshake took.
    #[inline(always)]
    pub(super) fn passed(nanos: Option<i64>) -> Figure {
        nanos.map_or(Figure::Nothing, |nanos| Figure::Quantity(units::nanos(nanos.unsigned_abs())))
    }

    /// How many messages a side has sent.
    pub(super) fn messages(messages: &Messages, from: Host) -> Figure {
        let (count, unread) = messages.of(from);
        Figure::Messages(count, unread)
    }

    /// How many columns it takes.
    pub(super) fn columns(&self) -> usize {
        Slot::columns(|slot| self.fill(slot))
    }

    /// Adds it to `out`.
    pub(super) fn write(&self, out: &mut String) {
        Slot::write(|slot| self.fill(slot), out);
    }

    #[inline(always)]
    pub(super) fn fill(&self, slot: &mut Slot<'_>) {
        match self {
            Figure::Nothing => slot.bytes(NONE.as_bytes()),
            Figure::Number(number) => slot.number(*number),
            Figure::Quantity(quantity) => quantity.fill(slot),
            Figure::Start(start) => start.fill(slot),
            Figure::Messages(count, unread) => {
                if *unread {
                    slot.byte(b'+');
                }
                slot.number(*count);
            }
        }
    }
}

/// An IPv4 address with its port, made from left to right without a look at its digits one by one.
pub(super) struct Ipv4Text {
    text: [u8; SHORT + 1],
    len: usize,
}

/// No address of IPv4 is longer, with its port.
pub(super) const SHORT: usize = "255.255.255.255:65535".len();

/// Each octet with a point behind it, and how long that is.
const OCTETS: [([u8; 4], u8); 256] = {
    let mut octets = [([b'.'; 4], 0); 256];
    let mut octet = 0;
    while octet < 256 {
        let digits = [b'0' + (octet / 100) as u8, b'0' + (octet / 10 % 10) as u8, b'0' + (octet % 10) as u8];
        octets[octet] = match octet {
            0..10 => ([digits[2], b'.', b'.', b'.'], 2),
            10..100 => ([digits[1], digits[2], b'.', b'.'], 3),
            _ => ([digits[0], digits[1], digits[2], b'.'], 4),
        };
        octet += 1;
    }
    octets
};

impl Ipv4Text {
    #[inline]
    pub(super) fn of(address: SocketAddrV4) -> Ipv4Text {
        let mut made = Ipv4Text { text: [0; SHORT + 1], len: 0 };
        for octet in address.ip().octets() {
            let (text, len) = OCTETS.get(usize::from(octet)).unwrap_or(&([0; 4], 0));
            if let Some(place) = made.text.get_mut(made.len..).and_then(<[u8]>::first_chunk_mut) {
                *place = *text;
            }
            made.len += usize::from(*len);
        }
        // The port stands behind a colon where the last point was, its digits made from the last one on.
        let colon = made.len - 1;
        let mut left = address.port();
        made.len += port_digits(left);
        for place in made.text.get_mut(colon + 1..made.len).unwrap_or_default().iter_mut().rev() {
            *place = b'0' + (left % 10) as u8;
            left /= 10;
        }
        if let Some(place) = made.text.get_mut(colon) {
            *place = b':';
        }
        made
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }
}

/// How many digits a port has.
#[inline]
fn port_digits(port: u16) -> usize {
    1 + [9, 99, 999, 9999].map(|most| usize::from(port > most)).iter().sum::<usize>()
}

/// Adds an address with its port, as it displays itself.
pub(super) fn address(address: SocketAddr, out: &mut String) {
    Slot::write(|slot| fill_address(address, slot), out);
}

/// Puts it into a slot.
#[inline]
pub(super) fn fill_address(address: SocketAddr, slot: &mut Slot<'_>) {
    match address {
        SocketAddr::V4(v4) => slot.bytes(Ipv4Text::of(v4).bytes()),
        // An IPv4 address in an IPv6 one, or a zone behind it: rare enough to leave to the standard library.
        SocketAddr::V6(v6) if v6.ip().to_ipv4_mapped().is_some() || v6.scope_id() != 0 => {
            slot.text(&address.to_string());
        }
        SocketAddr::V6(v6) => {
            slot.number(v6.port().into());
            slot.text("]:");
            fill_ipv6(v6.ip().segments(), slot);
            slot.byte(b'[');
        }
    }
}

/// The parts of an IPv6 address, the longest row of zeros left out (RFC 5952, section 4).
fn fill_ipv6(parts: [u16; 8], slot: &mut Slot<'_>) {
    let (mut left_out, mut zeros) = (0..0, 0..0);
    for (at, part) in parts.into_iter().enumerate() {
        zeros = if part == 0 { zeros.start..at + 1 } else { at + 1..at + 1 };
        if zeros.len() > left_out.len().max(1) {
            left_out = zeros.clone();
        }
    }
    for (at, part) in parts.into_iter().enumerate().rev() {
        if left_out.contains(&at) {
            if at == left_out.start {
                slot.text("::");
            }
            continue;
        }
        slot.hexadecimal(part);
        if at > 0 && at != left_out.end {
            slot.byte(b':');
        }
    }
}

/// How many columns an address with its port takes.
pub(super) fn address_width(end: SocketAddr) -> usize {
    match end {
        SocketAddr::V4(v4) => {
            // Four octets, three points and a colon; more for an octet of more than one digit.
            let octets = v4.ip().octets().map(|byte| usize::from(byte > 9) + usize::from(byte > 99));
            8 + octets.iter().sum::<usize>() + port_digits(v4.port())
        }
        SocketAddr::V6(_) => Slot::columns(|slot| fill_address(end, slot)),
    }
}

/// Seconds with nine digits after the point, as `Time` displays itself.
pub(super) fn exact(time: Time, out: &mut String) {
    let Ok(nanos) = u64::try_from(time.0) else {
        // Writing into memory does not fail.
        let _ = write!(out, "{time}");
        return;
    };
    let fill = |slot: &mut Slot<'_>| {
        slot.digits(nanos, 9);
        slot.byte(b'.');
        slot.number(nanos / 1_000_000_000);
    };
    Slot::write(fill, out);
}

/// When one began, in seconds since the capture's first frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Starts {
    first: Option<Time>,
    /// How many digits stand after the point.
    places: u32,
    /// How many nanoseconds the last of them counts, and how many of these are a second.
    step: u64,
    steps: u64,
    /// The longest one's columns.
    pub(super) width: usize,
}

impl Starts {
    /// Of the earliest and the latest of them.
    pub(super) fn new(first: Option<Time>, earliest: Option<Time>, latest: Option<Time>) -> Starts {
        let mut starts = Starts { first, places: 0, step: 1_000_000_000, steps: 1, width: NONE.len() };
        let (Some(first), Some(earliest), Some(latest)) = (first, earliest, latest) else { return starts };
        let longest = (earliest - first).unsigned_abs().max((latest - first).unsigned_abs());
        // Less than ten seconds: microseconds count. More than three hours: nobody compares milliseconds.
        starts.places = match longest / 1_000_000_000 {
            0..10 => 6,
            10..10_000 => 3,
            _ => 1,
        };
        (starts.step, starts.steps) = (10_u64.pow(9 - starts.places), 10_u64.pow(starts.places));
        let columns = |one| starts.of(Some(one)).columns();
        starts.width = columns(earliest).max(columns(latest)).max(starts.width);
        starts
    }

    /// As it is shown where one began then.
    #[inline(always)]
    pub(super) fn of(&self, start: Option<Time>) -> Figure {
        let (Some(start), Some(first)) = (start, self.first) else { return Figure::Nothing };
        let nanos = start - first;
        let (seconds, rest) = match u64::try_from(nanos.unsigned_abs()) {
            Ok(nanos) => {
                let steps = nanos / self.step;
                (steps / self.steps, steps % self.steps)
            }
            // More than five centuries.
            Err(_) => {
                let steps = nanos.unsigned_abs() / u128::from(self.step);
                let seconds = u64::try_from(steps / u128::from(self.steps)).unwrap_or(u64::MAX);
                (seconds, (steps % u128::from(self.steps)) as u64)
            }
        };
        Figure::Start(Start { before: nanos < 0, seconds, rest, places: self.places as usize })
    }
}

/// Seconds since the capture's first frame, or before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    before: bool,
    seconds: u64,
    /// What stands after the point, in so many digits.
    rest: u64,
    places: usize,
}

impl Start {
    #[inline(always)]
    fn fill(&self, slot: &mut Slot<'_>) {
        slot.bytes(b" s");
        slot.digits(self.rest, self.places);
        slot.byte(b'.');
        slot.number(self.seconds);
        if self.before {
            slot.byte(b'-');
        }
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
            let start = starts.of(time);
            start.write(&mut text);
            assert_eq!(start.columns(), text.len());
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
            assert_eq!(address_width(text.parse().unwrap()), text.len());
        }
        for octet in 0..=255 {
            for port in [0, 9, 10, 99, 100, 999, 1000, 9999, 10_000, u16::from(octet) * 256 + 255] {
                let expected = SocketAddr::from(([255 - octet, 0, octet, octet / 2], port));
                let mut out = String::new();
                address(expected, &mut out);
                assert_eq!(
                    (address_width(expected), out),
                    (expected.to_string().len(), expected.to_string())
                );
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
