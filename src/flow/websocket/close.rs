//! Close codes (RFC 6455, section 7.4) and the payload of a close frame (section 5.5.1).

/// What a close code is, by the section and by IANA's registry of close codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeClass {
    /// Defined, and may be sent: 1000 to 1003 and 1007 to 1014.
    Defined,
    /// Only told by a program's own side, never on the wire: 1005, 1006, 1015.
    NeverSent,
    /// Kept for later, so it may not be sent: 1004, and 1016 to 2999.
    Reserved,
    /// For libraries and frameworks, registered with IANA: 3000 to 3999.
    Registered,
    /// For programs among themselves: 4000 to 4999.
    Private,
    /// Outside of what the standard gives out: 0 to 999, and from 5000.
    Undefined,
}

impl CodeClass {
    /// That of a code.
    pub fn of(code: u16) -> CodeClass {
        match code {
            1005 | 1006 | 1015 => CodeClass::NeverSent,
            1000..=1003 | 1007..=1014 => CodeClass::Defined,
            1004 | 1016..=2999 => CodeClass::Reserved,
            3000..=3999 => CodeClass::Registered,
            4000..=4999 => CodeClass::Private,
            _ => CodeClass::Undefined,
        }
    }

    /// Whether such a code may stand in a close frame.
    pub fn may_be_sent(self) -> bool {
        matches!(self, CodeClass::Defined | CodeClass::Registered | CodeClass::Private)
    }
}

/// The payload of a close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseBody<'a> {
    /// The code; `None` where the payload has less than the two bytes that it takes.
    pub code: Option<u16>,
    /// The bytes behind the code, which should be UTF-8; the first of them, where not all came or were kept. All up to 123 are
    /// kept, the most that a control frame has room for.
    pub reason: &'a [u8],
    /// `reason` is all of it.
    pub whole: bool,
}

impl CloseBody<'_> {
    /// Reads a payload of `length` bytes, of which the first are known. `None`: not even the code is.
    pub fn read(payload: &[u8], length: u64) -> Option<CloseBody<'_>> {
        let whole = payload.len() as u64 == length;
        match payload.split_first_chunk::<2>() {
            Some((code, reason)) => Some(CloseBody { code: Some(u16::from_be_bytes(*code)), reason, whole }),
            None => whole.then_some(CloseBody { code: None, reason: &[], whole }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_that_somebody_gave_out_may_be_sent() {
        let allowed =
            |range: std::ops::RangeInclusive<u16>| range.filter(|c| CodeClass::of(*c).may_be_sent());
        assert_eq!(allowed(0..=999).count(), 0);
        let protocol: Vec<u16> = allowed(1000..=2999).collect();
        let expected = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
        assert_eq!(protocol, expected);
        assert_eq!(allowed(3000..=4999).count(), 2000);
        assert_eq!(allowed(5000..=u16::MAX).count(), 0);
        assert_eq!(CodeClass::of(1006), CodeClass::NeverSent);
        assert_eq!(CodeClass::of(1004), CodeClass::Reserved);
    }

    #[test]
    fn a_payload_has_a_code_or_is_empty() {
        let body = |code, reason, whole| Some(CloseBody { code, reason, whole });
        assert_eq!(CloseBody::read(b"", 0), body(None, b"", true));
        assert_eq!(CloseBody::read(b"\x03", 1), body(None, b"", true));
        assert_eq!(CloseBody::read(b"\x03", 2), None);
        assert_eq!(CloseBody::read(b"\x03\xe8bye", 5), body(Some(1000), b"bye", true));
        assert_eq!(CloseBody::read(b"\x03\xe8by", 5), body(Some(1000), b"by", false));
    }
}
