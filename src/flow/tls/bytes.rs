//! A cursor over the bytes of a message: whole numbers, and vectors that say their length.

/// What is left to be read. Every step gives `None`, and takes nothing, where too little is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a> {
    left: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub(super) fn new(left: &'a [u8]) -> Bytes<'a> {
        Bytes { left }
    }

    pub(super) fn is_empty(self) -> bool {
        self.left.is_empty()
    }

    pub(super) fn len(self) -> usize {
        self.left.len()
    }

    /// All that is left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.left
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, left) = self.left.split_first_chunk::<N>()?;
        self.left = left;
        Some(*taken)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Bytes behind their length in one byte.
    pub(super) fn vector8(&mut self) -> Option<Bytes<'a>> {
        let mut ahead = *self;
        let length = usize::from(ahead.u8()?);
        let bytes = ahead.take(length)?;
        *self = ahead;
        Some(Bytes::new(bytes))
    }

    /// Bytes behind their length in two bytes.
    pub(super) fn vector16(&mut self) -> Option<Bytes<'a>> {
        let mut ahead = *self;
        let length = usize::from(ahead.u16()?);
        let bytes = ahead.take(length)?;
        *self = ahead;
        Some(Bytes::new(bytes))
    }

    /// All that is left as numbers of two bytes; `None` where a byte would be left over.
    pub(super) fn numbers(self) -> Option<Vec<u16>> {
        let (pairs, []) = self.left.as_chunks::<2>() else { return None };
        Some(pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect())
    }
}
