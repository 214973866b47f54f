//! Room for a cell that is filled from its end: numbers are made from their last digit on, and stand right in tables. Nothing has to
//! be measured before it is written, nor moved afterwards.

use std::mem;

/// The characters of tables that are no ASCII, and the bytes that stand for them: a slot has one byte for each column.
const OTHERS: [(char, u8); 4] = [('→', 0x80), ('←', 0x81), ('µ', 0x82), ('·', 0x83)];

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
pub(super) fn first_other(bytes: &[u8]) -> Option<usize> {
    // Eight at a time, as few lines have more than one.
    let before = bytes.chunks(8).take_while(|some| some.is_ascii()).count() * 8;
    let at = bytes.get(before..)?.iter().position(|byte| !byte.is_ascii())?;
    Some(before + at)
}

/// No cell that is a number or an address is wider.
const WIDEST: usize = 96;

/// What is left of the room, and where it was not enough.
#[derive(Debug)]
pub(super) struct Slot<'c> {
    room: &'c mut [u8],
    short: bool,
}

impl<'c> Slot<'c> {
    pub(super) fn new(room: &'c mut [u8]) -> Slot<'c> {
        Slot { room, short: false }
    }

    /// Gives what `fill` puts into one to `take`.
    #[inline]
    pub(super) fn of<R>(fill: impl FnOnce(&mut Slot<'_>), take: impl FnOnce(&[u8]) -> R) -> R {
        let mut cell = [0; WIDEST];
        let mut slot = Slot::new(&mut cell);
        fill(&mut slot);
        let left = slot.room.len();
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
    pub(super) fn left(&self) -> Option<usize> {
        (!self.short).then_some(self.room.len())
    }

    /// Puts an ASCII character before the others.
    #[inline(always)]
    pub(super) fn byte(&mut self, byte: u8) {
        match mem::take(&mut self.room).split_last_mut() {
            Some((last, rest)) => {
                *last = byte;
                self.room = rest;
            }
            None => self.short = true,
        }
    }

    /// Puts a text before them.
    #[inline]
    pub(super) fn text(&mut self, text: &str) {
        for c in text.chars().rev() {
            self.byte(byte_of(c));
        }
    }

    /// Puts a whole number before them.
    #[inline]
    pub(super) fn number(&mut self, number: u64) {
        let mut left = number;
        while left >= 10 {
            left = self.digit(left);
        }
        self.digit(left);
    }

    /// Puts so many digits of a number before them, the last ones.
    #[inline]
    pub(super) fn digits(&mut self, number: u64, count: usize) {
        (0..count).fold(number, |left, _| self.digit(left));
    }

    /// Puts a number's last digit before them; gives the number without it.
    #[inline(always)]
    fn digit(&mut self, number: u64) -> u64 {
        let left = number / 10;
        self.byte(b'0' + (number - left * 10) as u8);
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
