//! Segments on the way: of every direction those that are not yet confirmed, all in one list.
//!
//! A list of its own for each direction would be two small pieces of memory a conversation, asked for and given back one by one.

use super::moment::Moment;

/// So many of a direction are kept; with more, what is said of them is only nearly right.
const MAX_EACH: u32 = 1024;
/// So many are kept of each direction even when `MAX_ALL` is reached.
const SURE_EACH: u32 = 4;
/// So many are kept of all conversations together, beyond the sure ones.
const MAX_ALL: usize = 1 << 20;

/// A segment that is not yet confirmed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) seq: u32,
    pub(super) end: u32,
    pub(super) time: Moment,
}

/// The segments of one direction, the oldest first: places in the common list, counted from 1; 0: none.
#[derive(Debug, Default)]
pub(super) struct Flight {
    first: u32,
    last: u32,
    len: u32,
}

impl Flight {
    /// How many are kept.
    pub(super) fn count(&self) -> u32 {
        self.len
    }
}

#[derive(Clone, Copy, Debug)]
struct Place {
    sent: Sent,
    next: u32,
}

/// All directions' segments. Places that are free are a chain, too.
#[derive(Debug, Default)]
pub(in crate::flow) struct Flights {
    places: Vec<Place>,
    free: u32,
    used: usize,
}

impl Flights {
    fn place(&self, at: u32) -> Option<&Place> {
        self.places.get((at as usize).checked_sub(1)?)
    }

    fn place_mut(&mut self, at: u32) -> Option<&mut Place> {
        self.places.get_mut((at as usize).checked_sub(1)?)
    }

    /// All of a direction, the oldest first.
    pub(super) fn iter(&self, flight: &Flight) -> impl Iterator<Item = &Sent> {
        let mut next = flight.first;
        std::iter::from_fn(move || {
            let place = self.place(next)?;
            next = place.next;
            Some(&place.sent)
        })
    }

    /// Adds the newest; says whether there was room.
    #[inline]
    pub(super) fn push(&mut self, flight: &mut Flight, sent: Sent) -> bool {
        if flight.len >= MAX_EACH || (flight.len >= SURE_EACH && self.used >= MAX_ALL) {
            return false;
        }
        let place = Place { sent, next: 0 };
        let at = self.free;
        let at = match self.place_mut(at) {
            Some(free) => {
                let next = std::mem::replace(free, place).next;
                self.free = next;
                at
            }
            None => {
                self.places.push(place);
                self.places.len() as u32
            }
        };
        match self.place_mut(flight.last) {
            Some(last) => last.next = at,
            None => flight.first = at,
        }
        flight.last = at;
        flight.len += 1;
        self.used += 1;
        true
    }

    /// Keeps those of a direction of which `keep` says so; it may change them.
    #[inline]
    pub(super) fn retain(&mut self, flight: &mut Flight, mut keep: impl FnMut(&mut Sent) -> bool) {
        let (mut before, mut at) = (0, flight.first);
        loop {
            let free = self.free;
            let Some(place) = self.place_mut(at) else { break };
            let next = place.next;
            if keep(&mut place.sent) {
                before = at;
            } else {
                place.next = free;
                self.free = at;
                self.used -= 1;
                flight.len -= 1;
                match self.place_mut(before) {
                    Some(before) => before.next = next,
                    None => flight.first = next,
                }
            }
            at = next;
        }
        flight.last = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(seq: u32) -> Sent {
        Sent { seq, end: seq + 1, time: Moment::UNKNOWN }
    }

    fn seqs(flights: &Flights, flight: &Flight) -> Vec<u32> {
        flights.iter(flight).map(|sent| sent.seq).collect()
    }

    #[test]
    fn directions_share_a_list_and_do_not_mix() {
        let mut flights = Flights::default();
        let (mut one, mut other) = (Flight::default(), Flight::default());
        for seq in 0..10 {
            assert!(flights.push(&mut one, sent(seq)) && flights.push(&mut other, sent(100 + seq)));
        }
        flights.retain(&mut one, |sent| sent.seq % 3 == 1);
        assert_eq!(seqs(&flights, &one), [1, 4, 7]);
        assert_eq!(seqs(&flights, &other), (100..110).collect::<Vec<_>>());
        flights.retain(&mut other, |sent| {
            sent.seq += 1;
            sent.seq > 108
        });
        assert_eq!(seqs(&flights, &other), [109, 110]);
        assert_eq!(flights.iter(&other).next().map(|sent| sent.seq), Some(109));
        // What was freed is used again.
        for seq in 20..35 {
            assert!(flights.push(&mut one, sent(seq)));
        }
        assert_eq!((flights.places.len(), flights.used), (20, 20));
        assert_eq!(seqs(&flights, &one).len(), 18);
        flights.retain(&mut one, |_| false);
        assert_eq!((seqs(&flights, &one).len(), one.len, flights.used), (0, 0, 2));
        assert!(flights.push(&mut one, sent(7)));
        assert_eq!((seqs(&flights, &one), seqs(&flights, &other)), (vec![7], vec![109, 110]));
    }

    #[test]
    fn no_direction_takes_more_than_its_share() {
        let mut flights = Flights::default();
        let mut flight = Flight::default();
        let kept = (0..2 * MAX_EACH).filter(|seq| flights.push(&mut flight, sent(*seq))).count();
        assert_eq!((kept, flights.used), (MAX_EACH as usize, MAX_EACH as usize));
        flights.used = MAX_ALL;
        let mut late = Flight::default();
        assert_eq!((0..9).filter(|seq| flights.push(&mut late, sent(*seq))).count(), SURE_EACH as usize);
    }
}
