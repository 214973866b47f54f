//! Room for a cell that is filled from its end: numbers are made from their last digit on, and stand right in tables. Nothing has to
//! be measured before it is written, nor moved afterwards.

/// The characters of tables that are no ASCII, and the bytes that stand for them: a slot has one byte for each column.
const OTHERS: [(char, u8); 4] = [('→', TO), ('←', 0x81), ('µ', MICRO), ('·', 0x83)];
/// Those that every row may have.
pub(super) const TO: u8 = 0x80;
pub(super) const MICRO: u8 = 0x82;

/// The byte for a character. What is neither printable ASCII nor one of the others is none of a table's.
pub(super) fn byte_of(c: char) -> u8 {
    match c {
        ' '..='~' => c as u8,
        _ => OTHERS.iter().find(|(other, _)| *other == c).map_or(b'?', |(_, byte)| *byte),
    }
}

/// The character of a byte.
pub(super) fn char_of(byte: u8) -> char {
    OTHERS.iter().find(|(_, other)| *other == byte).map_or(char::from(byte), |(c, _)| *c)
}

/// Where the first byte is that is not what it stands for.
#[inline]
pub(super) fn first_other(bytes: &[u8]) -> Option<usize> {
    // Sixteen at a time, as few lines have more than one.
    let (some, rest) = bytes.as_chunks::<16>();
    let other = |some: &[u8; 16]| u128::from_ne_bytes(*some) & u128::from_ne_bytes([0x80; 16]) != 0;
    let (from, some) = match some.iter().position(other) {
        Some(at) => (at * 16, some.get(at)?.as_slice()),
        None => (some.len() * 16, rest),
    };
    some.iter().position(|byte| !byte.is_ascii()).map(|at| from + at)
}

/// The numbers from 00 to 99: two digits are made at once.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// No cell that is a number or an address is wider.
const WIDEST: usize = 96;

/// What is left of the room, and where it was not enough.
#[derive(Debug)]
pub(super) struct Slot<'c> {
    room: &'c mut [u8],
    /// How many columns are left in front.
    left: usize,
    short: bool,
}

impl<'c> Slot<'c> {
    #[inline]
    pub(super) fn new(room: &'c mut [u8]) -> Slot<'c> {
        let left = room.len();
        Slot { room, left, short: false }
    }

    /// Gives what `fill` puts into one to `take`.
    #[inline]
    pub(super) fn of<R>(fill: impl FnOnce(&mut Slot<'_>), take: impl FnOnce(&[u8]) -> R) -> R {
        let mut cell = [0; WIDEST];
        let mut slot = Slot::new(&mut cell);
        fill(&mut slot);
        let left = slot.left;
        take(cell.get(left..).unwrap_or_default())
    }

    /// How many columns take what `fill` puts into one.
    pub(super) fn columns(fill: impl FnOnce(&mut Slot<'_>)) -> usize {
        Slot::of(fill, <[u8]>::len)
    }

    /// Adds it to `out`.
    pub(super) fn write(fill: impl FnOnce(&mut Slot<'_>), out: &mut String) {
        Slot::of(fill, |cell| out.extend(cell.iter().map(|byte| char_of(*byte))));
    }

    /// How many columns are left in front; `None` where there were too few.
    #[inline]
    pub(super) fn left(&self) -> Option<usize> {
        (!self.short).then_some(self.left)
    }

    /// Puts an ASCII character before the others.
    #[inline(always)]
    pub(super) fn byte(&mut self, byte: u8) {
        let at = self.left.wrapping_sub(1);
        match self.room.get_mut(at) {
            Some(place) => (*place, self.left) = (byte, at),
            None => self.short = true,
        }
    }

    /// Puts several of them before the others, if there is room for all; says whether there was.
    #[inline(always)]
    fn some<const N: usize>(&mut self, bytes: &[u8; N]) -> bool {
        let at = self.left.wrapping_sub(N);
        let place = self.room.get_mut(at..).and_then(<[u8]>::first_chunk_mut);
        let fits = place.is_some();
        if let Some(place) = place {
            (*place, self.left) = (*bytes, at);
        }
        fits
    }

    /// Puts bytes before them that are what a [`Tape`](super::Tape) keeps: a few.
    #[inline(always)]
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        bytes.iter().rev().for_each(|byte| self.byte(*byte));
    }

    /// Puts a text before them.
    pub(super) fn text(&mut self, text: &str) {
        let at = self.left.wrapping_sub(text.len());
        match self.room.get_mut(at..self.left) {
            Some(place) if text.is_ascii() => {
                place.copy_from_slice(text.as_bytes());
                self.left = at;
            }
            _ => text.chars().rev().for_each(|c| self.byte(byte_of(c))),
        }
    }

    /// Puts a whole number before them.
    #[inline(always)]
    pub(super) fn number(&mut self, number: u64) {
        // Most are small.
        let left = if number < 100 { number } else { self.all_but_two(number) };
        if left >= 10 {
            self.pair(left);
        } else {
            self.byte(b'0' + left as u8);
        }
    }

    /// Puts the digits of a large number before them, as long as there are more than two; gives the number without them.
    fn all_but_two(&mut self, number: u64) -> u64 {
        let mut left = number;
        while left >= 100 {
            left = self.pair(left);
        }
        left
    }

    /// Puts so many digits of a number before them, the last ones.
    #[inline(always)]
    pub(super) fn digits(&mut self, number: u64, count: usize) {
        let left = (0..count / 2).fold(number, |left, _| self.pair(left));
        if count % 2 == 1 {
            self.byte(b'0' + (left % 10) as u8);
        }
    }

    /// Puts a number's last two digits before them; gives the number without them.
    #[inline(always)]
    fn pair(&mut self, number: u64) -> u64 {
        let left = number / 100;
        let two = PAIRS.get((number - left * 100) as usize).unwrap_or(&[b'0'; 2]);
        if !self.some(two) {
            two.iter().rev().for_each(|digit| self.byte(*digit));
        }
        left
    }

    /// Puts a number in hexadecimal before them.
    pub(super) fn hexadecimal(&mut self, number: u16) {
        let mut left = number;
        loop {
            let digit = (left & 0xf) as u8;
            self.byte(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
            left >>= 4;
            if left == 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_display_themselves() {
        for number in (0..1100).chain([12_345, u64::MAX]) {
            let mut out = String::new();
            Slot::write(|slot| slot.number(number), &mut out);
            assert_eq!(out, number.to_string());
            out.clear();
            Slot::write(|slot| slot.hexadecimal(number as u16), &mut out);
            assert_eq!(out, format!("{:x}", number as u16));
        }
        let mut out = String::new();
        Slot::write(|slot| slot.digits(1_000_042, 4), &mut out);
        assert_eq!(out, "0042");
    }

    #[test]
    fn who_has_too_little_room_is_told() {
        let mut room = [b'.'; 3];
        let mut slot = Slot::new(&mut room);
        slot.number(42);
        assert_eq!(slot.left(), Some(1));
        slot.number(10);
        assert_eq!((slot.left(), room), (None, *b"042"));
    }
}
