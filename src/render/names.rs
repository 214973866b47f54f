//! Which fields a packet has had so far: found by name without comparing with each.

use std::ops::Range;

/// More than a packet has names, so that most of them find their place free.
const PLACES: usize = 512;

/// The names of one packet's fields, and where the value of each stands.
#[derive(Debug)]
pub(super) struct Names {
    known: Vec<(&'static str, Range<usize>)>,
    /// Where in `known` a name stands that belongs in this place, and the round in which it was put there.
    places: Vec<(u32, u32)>,
    /// Counts packets: what an earlier round has left in `places` counts as free, and nothing need be swept.
    round: u32,
}

impl Default for Names {
    fn default() -> Names {
        Names { known: Vec::new(), places: vec![(0, 0); PLACES], round: 1 }
    }
}

impl Names {
    /// Forgets them all.
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.places.fill((0, 0));
            self.round = 1;
        }
    }

    /// The place of a name that was added before.
    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        for place in probe(name) {
            match self.places.get(place) {
                Some((at, round)) if *round == self.round => {
                    if self.known.get(*at as usize).is_some_and(|(known, _)| *known == name) {
                        return Some(*at as usize);
                    }
                }
                _ => return None,
            }
        }
        self.known.iter().position(|(known, _)| *known == name)
    }

    /// Adds a name that is not there yet.
    #[inline]
    pub(super) fn add(&mut self, name: &'static str, value: Range<usize>) {
        let at = self.known.len() as u32;
        self.known.push((name, value));
        for place in probe(name) {
            match self.places.get_mut(place) {
                Some((_, round)) if *round == self.round => {}
                Some(free) => {
                    *free = (at, self.round);
                    return;
                }
                None => return,
            }
        }
    }

    /// Where the value stands that a name was added with.
    pub(super) fn value(&self, at: usize) -> Option<Range<usize>> {
        self.known.get(at).map(|(_, value)| value.clone())
    }
}

/// The places that a name may have, the best first. Names differ most at their ends.
fn probe(name: &str) -> impl Iterator<Item = usize> {
    let bytes = name.as_bytes();
    let end = match (bytes.last_chunk::<8>(), bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(end), ..) => u64::from_le_bytes(*end),
        (None, Some(begin), Some(end)) => {
            u64::from(u32::from_le_bytes(*begin)) << 32 | u64::from(u32::from_le_bytes(*end))
        }
        _ => 0,
    };
    let mixed = (end ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let first = (mixed >> 32) as usize;
    (0..PLACES).map(move |step| (first + step) % PLACES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_again_and_no_other() {
        let all = crate::dissect::all_fields();
        let mut names = Names::default();
        for _ in 0..3 {
            names.clear();
            for (index, name) in all.iter().copied().enumerate() {
                assert_eq!(names.find(name), None, "{name}");
                names.add(name, index..index + 1);
                assert_eq!(names.find(name), Some(index), "{name}");
            }
            for (index, name) in all.iter().copied().enumerate() {
                assert_eq!(names.find(name).and_then(|at| names.value(at)), Some(index..index + 1));
            }
        }
    }

    #[test]
    fn more_names_than_places_are_found_too() {
        let many: Vec<&'static str> =
            (0..PLACES * 2).map(|number| &*Box::leak(format!("x.{number}").into_boxed_str())).collect();
        let mut names = Names::default();
        for (index, name) in many.iter().copied().enumerate() {
            assert_eq!(names.find(name), None, "{name}");
            names.add(name, index..index);
        }
        assert!(many.iter().enumerate().all(|(index, name)| names.find(name) == Some(index)));
    }
}
