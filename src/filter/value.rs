//! What is compared while a filter runs.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::tree::Sum;
use crate::dissect::Value;

/// Up to sixteen bytes: any address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fixed {
    bytes: [u8; 16],
    length: u8,
}

impl Fixed {
    /// `None` for more than sixteen bytes.
    pub(super) fn new(from: &[u8]) -> Option<Fixed> {
        let mut bytes = [0; 16];
        bytes.get_mut(..from.len())?.copy_from_slice(from);
        Some(Fixed { bytes, length: u8::try_from(from.len()).ok()? })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    /// With all bits after the first so many cleared.
    fn masked(mut self, bits: u8) -> Fixed {
        for (index, byte) in self.bytes.iter_mut().enumerate() {
            let kept = usize::from(bits).saturating_sub(index * 8).min(8);
            *byte &= (0xff00_u16 >> kept) as u8;
        }
        self
    }
}

/// An address, and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subnet {
    pub(super) address: Fixed,
    pub(super) bits: u8,
}

/// A value of any field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Val<'a> {
    /// A number, a flag, a verdict; a time in nanoseconds.
    Number(i128),
    /// An address.
    Fixed(Fixed),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// Text.
    Text(Cow<'a, [u8]>),
    /// An address of which only the first bits are asked for: never a field's.
    Subnet(Subnet),
    /// There, without a value.
    Mark,
}

impl<'a> Val<'a> {
    /// Of a field.
    pub(super) fn new(value: Value<'a>) -> Val<'a> {
        let fixed = |bytes: &[u8]| Fixed::new(bytes).map_or(Val::Mark, Val::Fixed);
        match value {
            Value::Number(_) | Value::Hex(..) | Value::Flag(_) | Value::Checksum(_) => {
                Val::Number(value.number().unwrap_or_default().into())
            }
            Value::Mac(bytes) => fixed(&bytes),
            Value::Ipv4(address) => fixed(&address.octets()),
            Value::Ipv6(address) => fixed(&address.octets()),
            Value::Bytes(bytes) => Val::Bytes(bytes.into()),
            Value::Name(name) => Val::Text(name.to_string().into_bytes().into()),
            Value::Text(text) => Val::Text(text.to_string().into_bytes().into()),
            Value::Time(time) => Val::Number(time.0),
            Value::Present => Val::Mark,
        }
    }

    /// Its bytes; none for a number.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Val::Fixed(fixed) => fixed.bytes(),
            Val::Subnet(subnet) => subnet.address.bytes(),
            Val::Bytes(bytes) | Val::Text(bytes) => bytes,
            Val::Number(_) | Val::Mark => &[],
        }
    }

    pub(super) fn number(&self) -> Option<i128> {
        if let Val::Number(number) = self { Some(*number) } else { None }
    }

    /// Which of the two comes first: numbers by size, text as in a dictionary, bytes by how many they are, then as in a
    /// dictionary. Of a subnet only its own bits count.
    pub(super) fn order(&self, other: &Val<'_>) -> Ordering {
        match (self, other) {
            (Val::Number(left), Val::Number(right)) => left.cmp(right),
            (Val::Fixed(left), Val::Subnet(right)) => {
                left.masked(right.bits).bytes().cmp(right.address.masked(right.bits).bytes())
            }
            (Val::Text(left), Val::Text(right)) => left.cmp(right),
            _ => {
                let (left, right) = (self.bytes(), other.bytes());
                left.len().cmp(&right.len()).then_with(|| left.cmp(right))
            }
        }
    }

    /// Whether it has a bit that is set.
    pub(super) fn is_nonzero(&self) -> bool {
        match self {
            Val::Number(number) => *number != 0,
            _ => self.bytes().iter().any(|byte| *byte != 0),
        }
    }

    /// The sum, difference ... of two numbers, or the bits that are set in both of two byte strings; `None` where there is
    /// none: a division by 0, byte strings of different lengths.
    pub(super) fn sum(&self, sum: Sum, other: &Val<'_>) -> Option<Val<'static>> {
        if let (Some(left), Some(right)) = (self.number(), other.number()) {
            let result = match sum {
                Sum::Plus => left.checked_add(right),
                Sum::Minus => left.checked_sub(right),
                Sum::Times => left.checked_mul(right),
                Sum::Divide => left.checked_div(right),
                Sum::Modulo => left.checked_rem(right),
                Sum::BitAnd => Some(left & right),
            };
            return result.map(Val::Number);
        }
        let (left, right) = (self.bytes(), other.bytes());
        if sum != Sum::BitAnd || left.len() != right.len() {
            return None;
        }
        let mut both = [0; 16];
        let room = both.get_mut(..left.len())?;
        for (place, (left, right)) in room.iter_mut().zip(left.iter().zip(right)) {
            *place = left & right;
        }
        Fixed::new(room).map(Val::Fixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_keeps_the_first_bits() {
        let address = Fixed::new(&[0xff; 4]).unwrap();
        for (bits, bytes) in [(0, [0, 0, 0, 0]), (9, [0xff, 0x80, 0, 0]), (32, [0xff; 4])] {
            assert_eq!(address.masked(bits).bytes(), bytes, "{bits}");
        }
    }

    #[test]
    fn text_is_ordered_as_in_a_dictionary_and_bytes_by_their_number_first() {
        let (bytes, text) =
            (|bytes: &'static [u8]| Val::Bytes(bytes.into()), |text: &'static [u8]| Val::Text(text.into()));
        assert_eq!(text(b"GE").order(&text(b"GET")), Ordering::Less);
        assert_eq!(text(b"H").order(&text(b"GET")), Ordering::Greater);
        assert_eq!(bytes(b"H").order(&bytes(b"GET")), Ordering::Less);
        assert_eq!(bytes(b"GEU").order(&bytes(b"GET")), Ordering::Greater);
    }

    #[test]
    fn a_division_by_nothing_has_no_value() {
        assert_eq!(Val::Number(1).sum(Sum::Divide, &Val::Number(0)), None);
        assert_eq!(Val::Number(i128::MAX).sum(Sum::Times, &Val::Number(2)), None);
        assert_eq!(Val::Number(i128::MIN).sum(Sum::Modulo, &Val::Number(-1)), None);
    }
}
