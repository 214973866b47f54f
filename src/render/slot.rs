//! Room for a cell that is filled from its end: numbers are made from their last digit on, and stand right in tables. Nothing has to
//! be measured before it is written, nor moved afterwards.

/// The characters of tables that are no ASCII: a slot has one byte for each column, and the bytes from [`TO`] on stand for them.
const OTHERS: [&str; 4] = ["→", "←", "µ", "·"];
/// Those that every row may have.
pub(super) const TO: u8 = 0x80;
pub(super) const MICRO: u8 = 0x82;

/// The byte for a character. What is neither printable ASCII nor one of the others is none of a table's.
pub(super) fn byte_of(c: char) -> u8 {
    match c {
        ' '..='~' => c as u8,
        _ => (TO..).zip(OTHERS).find(|(_, other)| other.starts_with(c)).map_or(b'?', |(byte, _)| byte),
    }
}

/// The character of a byte that is no ASCII.
#[inline]
pub(super) fn other_of(byte: u8) -> &'static str {
    OTHERS.get(usize::from(byte.wrapping_sub(TO))).unwrap_or(&"?")
}

/// The character of a byte.
pub(super) fn char_of(byte: u8) -> char {
    if byte.is_ascii() { char::from(byte) } else { other_of(byte).chars().next().unwrap_or('?') }
}

/// Where the first byte is that is not what it stands for.
#[inline]
pub(super) fn first_other(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (word, at) in words.iter().zip((0..).step_by(8)) {
        let others = u64::from_le_bytes(*word) & u64::from_ne_bytes([0x80; 8]);
        if others != 0 {
            return Some(at + others.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|byte| !byte.is_ascii()).map(|at| words.len() * 8 + at)
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

/// The same, with a space for the zero in front.
const BLANK_PAIRS: [[u8; 2]; 100] = {
    let mut pairs = PAIRS;
    let mut number = 0;
    while number < 10 {
        pairs[number][0] = b' ';
        number += 1;
    }
    pairs
};

/// A few columns' bytes, the last ones of eight; spaces stand before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Few {
    /// The first byte is the lowest.
    word: u64,
    columns: u8,
}

/// Eight spaces.
pub(super) const SPACES: u64 = u64::from_le_bytes([b' '; 8]);

impl Few {
    /// Of a text of at most eight bytes, one a column; of the last eight, if there are more.
    #[inline(always)]
    pub(super) const fn of(text: &[u8]) -> Few {
        let (mut few, mut at) = (Few { word: SPACES, columns: 0 }, 0);
        while at < text.len() {
            few = few.with(text[at] as u64, 1);
            at += 1;
        }
        few
    }

    /// With so many columns more behind it: the lowest bytes of `word`.
    #[inline(always)]
    const fn with(self, word: u64, columns: u8) -> Few {
        let bits = 8 * columns as u32;
        let all = self.columns + columns;
        Few { word: self.word >> bits | word << (64 - bits), columns: if all < 8 { all } else { 8 } }
    }

    /// With another behind it.
    #[inline(always)]
    pub(super) const fn and(self, other: Few) -> Few {
        if other.columns == 0 {
            return self;
        }
        self.with(other.word >> (64 - 8 * other.columns as u32), other.columns)
    }

    /// A number below 1000.
    #[inline(always)]
    pub(super) fn number(number: u64) -> Few {
        let columns = 1 + u8::from(number > 9) + u8::from(number > 99);
        // From three digits as many of the first ones are taken away as are zeros.
        Few { word: SPACES, columns: 0 }.with(three_digits(number) >> (24 - 8 * columns as u32), columns)
    }

    /// A number below 1000 as digits of which so many stand behind a point: one or two.
    #[inline(always)]
    pub(super) fn broken(number: u64, places: u8) -> Few {
        let digits = three_digits(number);
        let whole = 24 - 8 * u32::from(places);
        let word = digits & ((1 << whole) - 1) | u64::from(b'.') << whole | digits >> whole << (whole + 8);
        Few { word: SPACES, columns: 0 }.with(word, 4)
    }

    /// How many columns it takes.
    #[inline(always)]
    pub(super) fn columns(self) -> usize {
        self.columns.into()
    }

    /// What becomes of eight bytes if it takes the place of the last ones.
    #[inline(always)]
    pub(super) fn over(self, bytes: [u8; 8]) -> [u8; 8] {
        let kept = u64::MAX.checked_shr(8 * u32::from(self.columns)).unwrap_or(0);
        (u64::from_le_bytes(bytes) & kept | self.word & !kept).to_le_bytes()
    }

    /// A number in hexadecimal.
    #[inline(always)]
    pub(super) fn hexadecimal(number: u16) -> Few {
        let columns = 4 - number.leading_zeros() as u8 / 4;
        // The four digits, the first one lowest, each in a byte of its own.
        let nibbles = u64::from(number >> 12 | number >> 4 & 0xf0 | (number & 0xf0) << 4 | number << 12);
        let nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff;
        let nibbles = (nibbles | nibbles << 4) & 0x0f0f_0f0f;
        let letters = (nibbles + 0x0606_0606) >> 4 & 0x0101_0101;
        let digits = nibbles + 0x3030_3030 + letters * u64::from(b'a' - b'9' - 1);
        match columns {
            0 => Few::of(b"0"),
            _ => Few { word: SPACES, columns: 0 }.with(digits >> (32 - 8 * columns as u32), columns),
        }
    }
}

/// Three digits, the first one lowest.
#[inline(always)]
fn three_digits(number: u64) -> u64 {
    let [a, b] = PAIRS.get((number % 1000 / 10) as usize).unwrap_or(&[b'0'; 2]);
    u64::from(*a) | u64::from(*b) << 8 | (u64::from(b'0') + number % 10) << 16
}

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

    /// Puts the last `columns` of several bytes before them, and spaces in front, which stand there already where there is room.
    #[inline(always)]
    fn last_of<const N: usize>(&mut self, bytes: [u8; N], columns: usize) {
        let left = self.left;
        if self.some(&bytes) {
            self.left = left - columns;
        } else {
            bytes.iter().rev().take(columns).for_each(|byte| self.byte(*byte));
        }
    }

    /// Puts a few before them.
    #[inline(always)]
    pub(super) fn few(&mut self, few: Few) {
        self.last_of(few.word.to_le_bytes(), few.columns.into());
    }

    /// Puts a text before them.
    pub(super) fn text(&mut self, text: &str) {
        if text.is_ascii() {
            self.ascii(text.as_bytes());
        } else {
            text.chars().rev().for_each(|c| self.byte(byte_of(c)));
        }
    }

    /// Puts ASCII characters before them.
    pub(super) fn ascii(&mut self, text: &[u8]) {
        let at = self.left.wrapping_sub(text.len());
        match self.room.get_mut(at..self.left) {
            Some(place) => {
                place.copy_from_slice(text);
                self.left = at;
            }
            None => text.iter().rev().for_each(|byte| self.byte(*byte)),
        }
    }

    /// Puts a whole number before them.
    #[inline(always)]
    pub(super) fn number(&mut self, number: u64) {
        // Most are small.
        let left = if number < 100 { number } else { self.all_but_two(number) };
        let two = BLANK_PAIRS.get(left as usize).unwrap_or(&[b'0'; 2]);
        self.last_of(*two, if left > 9 { 2 } else { 1 });
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_display_themselves() {
        for number in (0..1100).chain([12_345, 0xabcd, 0xfff9, u64::MAX]) {
            let mut out = String::new();
            Slot::write(|slot| slot.number(number), &mut out);
            assert_eq!(out, number.to_string());
            out.clear();
            Slot::write(|slot| slot.few(Few::hexadecimal(number as u16)), &mut out);
            assert_eq!(out, format!("{:x}", number as u16));
        }
        let mut out = String::new();
        Slot::write(|slot| slot.digits(1_000_042, 4), &mut out);
        assert_eq!(out, "0042");
    }

    #[test]
    fn the_first_that_is_no_ascii_is_found_wherever_it_is() {
        for count in 0..40 {
            let mut bytes = vec![b'~'; count];
            assert_eq!(first_other(&bytes), None);
            for at in (0..count).rev() {
                bytes[at] = MICRO;
                assert_eq!(first_other(&bytes), Some(at));
            }
        }
    }

    #[test]
    fn a_few_are_put_together_from_the_left() {
        let written = |few: Few| {
            let mut out = String::new();
            Slot::write(|slot| slot.few(few), &mut out);
            assert_eq!(few.columns(), out.chars().count());
            out
        };
        for number in 0..1000 {
            assert_eq!(written(Few::number(number)), number.to_string());
            assert_eq!(
                written(Few::number(number).and(Few::of(&[b' ', MICRO, b's']))),
                format!("{number} µs")
            );
        }
        for number in 100..1000 {
            assert_eq!(written(Few::broken(number, 1)), format!("{}.{}", number / 10, number % 10));
            assert_eq!(written(Few::broken(number, 2)), format!("{}.{:02}", number / 100, number % 100));
        }
        for (few, text) in
            [(Few::number(7), "abcdefg7"), (Few::of(b""), "abcdefgh"), (Few::of(b"12345678"), "12345678")]
        {
            assert_eq!(few.over(*b"abcdefgh"), *text.as_bytes());
        }
        assert_eq!(written(Few::of(b"")), "");
        assert_eq!(written(Few::of(b"too long by far")), "g by far");
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
