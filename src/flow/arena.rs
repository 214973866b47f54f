//! A list that grows without moving what is in it: a growing `Vec` would need half as much memory again while it moves.

/// So many in a piece: a power of two.
const PIECE: usize = 1024;

/// What is pushed keeps its number and its place.
#[derive(Debug)]
pub(super) struct Arena<T> {
    pieces: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for Arena<T> {
    fn default() -> Arena<T> {
        Arena { pieces: Vec::new(), len: 0 }
    }
}

impl<T> Arena<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<&T> {
        self.pieces.get(at / PIECE)?.get(at % PIECE)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.pieces.get_mut(at / PIECE)?.get_mut(at % PIECE)
    }

    pub(super) fn push(&mut self, item: T) {
        match self.pieces.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(item),
            // The first piece grows as it is needed: most captures have few conversations.
            None => self.pieces.push(vec![item]),
            Some(_) => {
                let mut piece = Vec::with_capacity(PIECE);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay() {
        let mut arena = Arena::default();
        for number in 0..3 * PIECE + 5 {
            assert_eq!(arena.len(), number);
            arena.push(number);
        }
        assert!(
            (0..arena.len()).all(|at| arena.get(at) == Some(&at) && arena.get_mut(at) == Some(&mut { at }))
        );
        assert_eq!(
            (arena.get(arena.len()), arena.iter().count(), arena.iter().next_back()),
            (None, 3077, Some(&3076))
        );
    }
}
