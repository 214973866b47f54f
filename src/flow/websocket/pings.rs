//! Which pong answers which ping (RFC 6455, sections 5.5.2 and 5.5.3).

use std::collections::VecDeque;

use super::event::Answer;

/// How many pings of a direction may wait for an answer at a time; older ones are forgotten.
const WAITING: usize = 64;

/// A ping that waits for its pong. A payload is remembered by its length and a number made of its bytes.
#[derive(Clone, Copy, Debug)]
struct Ping {
    number: u64,
    packet: u64,
    payload: (u64, u64),
}

/// The pings of one direction that wait.
#[derive(Debug, Default)]
pub(super) struct Pings {
    waiting: VecDeque<Ping>,
    /// Some were forgotten: of a pong that fits none it can't be said that nobody asked for it.
    forgotten: bool,
    /// Several with this payload waited when a pong came. So many more such pongs may be meant for them.
    spare: Option<((u64, u64), u64)>,
}

impl Pings {
    /// A ping was sent. `None`: its payload is not known as a whole.
    pub(super) fn sent(&mut self, number: u64, packet: u64, payload: Option<&[u8]>) {
        let Some(payload) = payload else {
            self.forgotten = true;
            return;
        };
        if self.waiting.len() >= WAITING {
            self.waiting.pop_front();
            self.forgotten = true;
        }
        self.waiting.push_back(Ping { number, packet, payload: print(payload) });
    }

    /// A frame that was not read may have been a ping.
    pub(super) fn uncertain(&mut self) {
        self.forgotten = true;
    }

    /// The other side has sent a pong.
    pub(super) fn answered(&mut self, payload: Option<&[u8]>) -> Answer {
        let Some(payload) = payload else { return Answer::Unknown };
        let print = print(payload);
        let Some(place) = self.waiting.iter().position(|ping| ping.payload == print) else {
            return match &mut self.spare {
                _ if self.forgotten => Answer::Unknown,
                Some((known, more)) if *known == print && *more > 0 => {
                    *more -= 1;
                    Answer::Unknown
                }
                _ => Answer::Unasked,
            };
        };
        let same = self.waiting.iter().enumerate().filter(|(_, ping)| ping.payload == print);
        if let Some((last, Ping { packet: newest, .. })) =
            same.clone().next_back().filter(|(at, _)| *at > place)
        {
            let (newest, count) = (*newest, same.count() as u64);
            let oldest = self.waiting.get(place).map_or(newest, |ping| ping.packet);
            self.spare = Some((print, count - 1));
            self.waiting.drain(..=last);
            return Answer::OneOf { count, oldest, newest };
        }
        let passed = place as u64;
        self.waiting.drain(..place);
        match self.waiting.pop_front() {
            Some(Ping { number, packet, .. }) => Answer::To { number, packet, passed },
            None => Answer::Unknown,
        }
    }
}

/// Length and FNV-1a hash: payloads of up to 125 bytes that differ and look the same here are not met by chance.
fn print(payload: &[u8]) -> (u64, u64) {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for byte in payload {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    (payload.len() as u64, hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_pings_that_say_the_same_nobody_knows_which_one_is_answered() {
        let mut pings = Pings::default();
        let ask = |pings: &mut Pings, numbers: std::ops::Range<u64>| {
            numbers.for_each(|number| pings.sent(number, number + 10, Some(b"")));
        };
        ask(&mut pings, 0..3);
        assert_eq!(pings.answered(Some(b"")), Answer::OneOf { count: 3, oldest: 10, newest: 12 });
        ask(&mut pings, 3..4);
        assert_eq!(pings.answered(Some(b"")), Answer::To { number: 3, packet: 13, passed: 0 }, "the newest");
        // They may have been meant for the first three.
        assert_eq!([0; 2].map(|_| pings.answered(Some(b""))), [Answer::Unknown; 2]);
        assert_eq!(pings.answered(Some(b"")), Answer::Unasked);
        ask(&mut pings, 4..6);
        assert_eq!(pings.answered(Some(b"")), Answer::OneOf { count: 2, oldest: 14, newest: 15 });
        assert_eq!(pings.answered(Some(b"other")), Answer::Unasked);
    }

    #[test]
    fn a_pong_answers_the_ping_with_its_payload() {
        let mut pings = Pings::default();
        for (number, payload) in [(0, b"a"), (1, b"b"), (2, b"d"), (3, b"c")] {
            pings.sent(number, number + 10, Some(payload));
        }
        assert_eq!(pings.answered(Some(b"b")), Answer::To { number: 1, packet: 11, passed: 1 });
        assert_eq!(pings.answered(Some(b"a")), Answer::Unasked, "it was passed");
        assert_eq!(pings.answered(Some(b"c")), Answer::To { number: 3, packet: 13, passed: 1 });
        assert_eq!(pings.answered(Some(b"")), Answer::Unasked);
        assert_eq!(pings.answered(None), Answer::Unknown);
    }

    #[test]
    fn of_very_many_pings_the_last_are_remembered() {
        let mut pings = Pings::default();
        for number in 0..1_000_000u64 {
            pings.sent(number, 1, Some(&number.to_be_bytes()));
        }
        assert!(pings.waiting.capacity() <= 2 * WAITING);
        assert_eq!(pings.answered(Some(&5u64.to_be_bytes())), Answer::Unknown, "forgotten");
        let last = Answer::To { number: 999_999, packet: 1, passed: WAITING as u64 - 1 };
        assert_eq!(pings.answered(Some(&999_999u64.to_be_bytes())), last);
    }
}
