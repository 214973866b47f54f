//! What stands in a table's cells.

use std::fmt::Write;

use crate::event::Host;
use crate::flow::talk::Messages;
use crate::flow::{Outcome, Row};
use crate::frame::Time;
use crate::render::slot::{Few, Slot};
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
pub const KEYS: [&str; 10] = [
    "outcome textbook",
    "outcome still open",
    "outcome mid-stream",
    "outcome refused",
    "outcome unanswered",
    "outcome reset",
    "outcome both ways",
    "outcome one way",
    "outcome ?",
    "outcome one-sided",
];

/// The place in [`KEYS`] of the one that tells what the question mark between two ends means.
pub const GUESS: usize = 8;

/// Whether a question mark stands between the two ends: which of them is the client is a guess.
pub fn is_guess(row: &Row) -> bool {
    row.tcp.as_ref().is_some_and(|tcp| tcp.roles_guessed)
}

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
        Went::Tcp(Outcome::OneSided, _) => 9,
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

    /// The whole of it, if it is as short as most are.
    #[inline(always)]
    pub(super) fn few(&self) -> Option<Few> {
        match self {
            Figure::Nothing => Some(const { Few::of(NONE.as_bytes()) }),
            Figure::Number(number @ 0..1000) => Some(Few::number(*number)),
            Figure::Quantity(quantity) => quantity.few(),
            Figure::Number(_) | Figure::Start(_) | Figure::Messages(..) => None,
        }
    }

    /// Adds it to `out`.
    pub(super) fn write(&self, out: &mut String) {
        Slot::write(|slot| self.fill(slot), out);
    }

    #[inline(always)]
    pub(super) fn fill(&self, slot: &mut Slot<'_>) {
        match self {
            Figure::Nothing => slot.few(const { Few::of(NONE.as_bytes()) }),
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
        slot.number(nanos / SECOND);
    };
    Slot::write(fill, out);
}

/// In nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// When one began, in seconds since the capture's first frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Starts {
    first: Option<Time>,
    /// How many digits stand after the point.
    places: u32,
    /// How many nanoseconds the last of them counts.
    step: u32,
    /// The longest one's columns.
    pub(super) width: usize,
}

impl Starts {
    /// Of the earliest and the latest of them.
    pub(super) fn new(first: Option<Time>, earliest: Option<Time>, latest: Option<Time>) -> Starts {
        let mut starts = Starts { first, places: 0, step: SECOND as u32, width: NONE.len() };
        let (Some(first), Some(earliest), Some(latest)) = (first, earliest, latest) else { return starts };
        let longest = (earliest - first).unsigned_abs().max((latest - first).unsigned_abs());
        // Less than ten seconds: microseconds count. More than three hours: nobody compares milliseconds.
        starts.places = match longest / u128::from(SECOND) {
            0..10 => 6,
            10..10_000 => 3,
            _ => 1,
        };
        starts.step = 10_u32.pow(9 - starts.places);
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
            Ok(nanos) => (nanos / SECOND, nanos % SECOND),
            // More than five centuries.
            Err(_) => {
                let (nanos, second) = (nanos.unsigned_abs(), u128::from(SECOND));
                (u64::try_from(nanos / second).unwrap_or(u64::MAX), (nanos % second) as u64)
            }
        };
        let rest = (rest as u32 / self.step).into();
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
        slot.few(const { Few::of(b" s") });
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
}
