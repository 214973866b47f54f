//! Options and name records inside pcapng blocks: type, length, value, padded to four bytes.

use std::net::IpAddr;

use super::order::Order;
use crate::frame::Time;

const END: u16 = 0;
pub(super) const COMMENT: u16 = 1;
const TS_RESOLUTION: u16 = 9;
const TS_OFFSET: u16 = 14;

/// The length of a tick of an interface's clock (option if_tsresol).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolution {
    /// 10 to the power of minus this, in seconds.
    Decimal(u8),
    /// 2 to the power of minus this, in seconds.
    Binary(u8),
}

impl Resolution {
    /// Ticks as nanoseconds; what is less than one is cut off, as Wireshark does.
    pub(super) fn nanos(self, ticks: u64) -> i128 {
        let ticks = u128::from(ticks);
        let nanos = match self {
            Resolution::Decimal(digits @ 0..=9) => ticks * 10u128.pow(u32::from(9 - digits)),
            // Above 38 digits the divisor is more than any number of ticks.
            Resolution::Decimal(digits) => {
                10u128.checked_pow(u32::from(digits) - 9).map_or(0, |divisor| ticks / divisor)
            }
            Resolution::Binary(bits) => (ticks * 1_000_000_000).checked_shr(bits.into()).unwrap_or(0),
        };
        i128::try_from(nanos).unwrap_or(i128::MAX)
    }
}

/// What turns an interface's ticks into a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    resolution: Resolution,
    /// The length of a tick, where it is some nanoseconds; else 0.
    nanos_per_tick: u64,
    /// What is to be added.
    offset: i128,
}

impl Clock {
    /// The clock of an interface: microseconds from 1970 where its options say nothing else.
    pub(super) fn new(order: Order, options: &[u8]) -> Clock {
        let (resolution, seconds) = clock(order, options);
        let nanos_per_tick = match resolution {
            Resolution::Decimal(digits @ 0..=9) => 10u64.pow(u32::from(9 - digits)),
            _ => 0,
        };
        Clock { resolution, nanos_per_tick, offset: i128::from(seconds) * 1_000_000_000 }
    }

    /// The time of so many ticks, where that is short work.
    #[inline]
    pub(super) fn quick_time(self, ticks: u64) -> Option<Time> {
        let nanos = ticks.checked_mul(self.nanos_per_tick).filter(|_| self.nanos_per_tick != 0)?;
        Some(Time(i128::from(nanos) + self.offset))
    }

    /// The time of so many ticks.
    pub(super) fn time(self, ticks: u64) -> Time {
        Time(self.resolution.nanos(ticks) + self.offset)
    }
}

/// The records of an option list, up to its end or to the first that does not fit.
pub(super) struct Options<'a> {
    pub(super) order: Order,
    pub(super) bytes: &'a [u8],
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = self.order.u16(self.bytes, 0)?;
        let length = usize::from(self.order.u16(self.bytes, 2)?);
        let value = self.bytes.get(4..4 + length)?;
        self.bytes = self.bytes.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        (kind != END).then_some((kind, value))
    }
}

/// Resolution, and the seconds to be added.
fn clock(order: Order, bytes: &[u8]) -> (Resolution, i64) {
    let (mut resolution, mut offset) = (Resolution::Decimal(6), 0);
    for (kind, value) in (Options { order, bytes }) {
        match (kind, value) {
            (TS_RESOLUTION, [power]) if power & 0x80 == 0 => resolution = Resolution::Decimal(*power),
            (TS_RESOLUTION, [power]) => resolution = Resolution::Binary(power & 0x7f),
            (TS_OFFSET, value) => offset = order.i64(value, 0).unwrap_or(0),
            _ => {}
        }
    }
    (resolution, offset)
}

/// The first comment of a packet.
pub(super) fn comment(order: Order, bytes: &[u8]) -> Option<&[u8]> {
    Options { order, bytes }.find(|(kind, _)| *kind == COMMENT).map(|(_, value)| value)
}

/// The addresses of a name resolution block with the first name of each.
pub(super) struct Names<'a>(Options<'a>);

impl<'a> Names<'a> {
    pub(super) fn new(order: Order, bytes: &'a [u8]) -> Names<'a> {
        Names(Options { order, bytes })
    }
}

impl<'a> Iterator for Names<'a> {
    type Item = (IpAddr, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (kind, value) = self.0.next()?;
            let found = match kind {
                1 => value.split_first_chunk::<4>().map(|(address, names)| (IpAddr::from(*address), names)),
                2 => value.split_first_chunk::<16>().map(|(address, names)| (IpAddr::from(*address), names)),
                _ => None,
            };
            if let Some((address, names)) = found {
                let name = names.split(|byte| *byte == 0).next().unwrap_or_default();
                if !name.is_empty() {
                    return Some((address, name));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_of_any_length_become_nanoseconds() {
        assert_eq!(Resolution::Decimal(6).nanos(5), 5_000);
        assert_eq!(Resolution::Decimal(0).nanos(u64::MAX), i128::from(u64::MAX) * 1_000_000_000);
        assert_eq!(Resolution::Decimal(12).nanos(1_999), 1);
        assert_eq!(Resolution::Decimal(127).nanos(u64::MAX), 0);
        assert_eq!(Resolution::Binary(10).nanos(1024), 1_000_000_000);
        assert_eq!(Resolution::Binary(127).nanos(u64::MAX), 0);
    }
}
