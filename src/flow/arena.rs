//! A list that grows without moving what is in it: a growing `Vec` would need half as much memory again while it moves.

use std::ops::Range;

/// So many in the first piece: most captures have fewer conversations.
const FIRST: usize = 1024;
/// So many in every other piece. Memory that is asked for and not used costs nothing.
const PIECE: usize = 65_536;

/// Told of memory that will be used, by its addresses.
pub type Advise = fn(Range<usize>);

/// What is pushed keeps its number and its place.
#[derive(Debug)]
pub(super) struct Arena<T> {
    pieces: Vec<Vec<T>>,
    len: usize,
    advise: Option<Advise>,
}

impl<T> Default for Arena<T> {
    fn default() -> Arena<T> {
        Arena { pieces: Vec::new(), len: 0, advise: None }
    }
}

impl<T> Arena<T> {
    /// One that tells of each large piece of memory before it is used.
    pub(super) fn advised(advise: Advise) -> Arena<T> {
        Arena { advise: Some(advise), ..Arena::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<&T> {
        let (piece, at) = place(at);
        self.pieces.get(piece)?.get(at)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        let (piece, at) = place(at);
        self.pieces.get_mut(piece)?.get_mut(at)
    }

    pub(super) fn push(&mut self, item: T) {
        let (piece, _) = place(self.len);
        match self.pieces.get_mut(piece) {
            Some(piece) => piece.push(item),
            // The first piece grows as it is needed.
            None if piece == 0 => self.pieces.push(vec![item]),
            None => {
                let mut piece = Vec::with_capacity(PIECE);
                if let Some(advise) = self.advise {
                    let room = piece.spare_capacity_mut().as_ptr_range();
                    advise(room.start.addr()..room.end.addr());
                }
                piece.push(item);
                self.pieces.push(piece);
            }
        }
        self.len += 1;
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.pieces.iter().flatten()
    }
}

/// The piece of a number, and its place there.
#[inline(always)]
fn place(at: usize) -> (usize, usize) {
    // What is missing to a whole piece in the first one does not count: there are no numbers for it.
    let at = if at < FIRST { at } else { at + PIECE - FIRST };
    (at / PIECE, at % PIECE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay() {
        let mut arena = Arena::default();
        let count = FIRST + 2 * PIECE + 5;
        for number in 0..count {
            assert_eq!(arena.len(), number);
            arena.push(number);
        }
        assert!((0..count).all(|at| arena.get(at) == Some(&at) && arena.get_mut(at) == Some(&mut { at })));
        assert!(arena.iter().copied().eq(0..count));
        assert_eq!((arena.get(count), arena.pieces.len()), (None, 4));
    }

    #[test]
    fn large_pieces_are_told_of_before_they_are_used() {
        use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
        static BYTES: AtomicUsize = AtomicUsize::new(0);
        let mut arena = Arena::advised(|room| _ = BYTES.fetch_add(room.len(), Relaxed));
        (0..FIRST as u64).for_each(|number| arena.push(number));
        assert_eq!(BYTES.load(Relaxed), 0);
        (0..=PIECE as u64).for_each(|number| arena.push(number));
        assert_eq!(BYTES.load(Relaxed), 2 * 8 * PIECE);
    }
}
