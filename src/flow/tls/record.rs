//! Where a record stands, and how its first bytes are known (RFC 8446, section 5.1; RFC 5246, section 6.2.1).

use super::names::{ContentType, Version};
use crate::flow::stream::Side;

/// The type byte, the version and the length.
pub(super) const HEADER: usize = 5;
/// The longest body of a record, as TLS 1.2 has it: 2^14 bytes and 2048 for what protects them. (TLS 1.3: 256.)
pub(super) const MOST_BODY: usize = (1 << 14) + 2048;
/// The shortest record that TLS 1.3 protects: a header, a content type, a tag.
pub(super) const LEAST_PROTECTED: u64 = 22;

/// A record as it stands in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose.
    pub side: Side,
    /// Where its header begins in the stream, in bytes from 0.
    pub offset: u64,
    /// What its outside says it carries.
    pub content: ContentType,
    /// The version on its outside: never TLS 1.3, which says TLS 1.2 here (RFC 8446, section 5.1).
    pub version: Version,
    /// How long it is without its header of 5 bytes.
    pub len: usize,
    /// The frame that carried its first byte.
    pub first_frame: u64,
    /// The frame that carried its last byte, as far as it came.
    pub last_frame: u64,
}

impl Record {
    /// Where the next record begins.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add((HEADER + self.len) as u64)
    }
}

/// The first bytes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) content: ContentType,
    pub(super) version: Version,
    pub(super) len: usize,
}

impl Header {
    /// `None` where no record begins so, or less than a header is there.
    pub(super) fn read(bytes: &[u8]) -> Option<Header> {
        let [content, high, low, len @ ..] = *bytes.first_chunk::<HEADER>()?;
        let header = Header {
            content: ContentType(content),
            version: Version(u16::from_be_bytes([high, low])),
            len: usize::from(u16::from_be_bytes(len)),
        };
        may_begin(bytes).then_some(header)
    }

    pub(super) fn whole(self) -> usize {
        HEADER + self.len
    }
}

/// Whether a record may begin with these bytes, as far as they go.
pub(in crate::flow) fn may_begin(bytes: &[u8]) -> bool {
    let byte = |at: usize, right: fn(u8) -> bool| bytes.get(at).is_none_or(|byte| right(*byte));
    let known = byte(0, |content| (20..=24).contains(&content))
        && byte(1, |major| major == 3)
        && byte(2, |minor| minor <= 4);
    let len = bytes.get(3..5).and_then(|len| <[u8; 2]>::try_from(len).ok()).map(u16::from_be_bytes);
    // Only bytes of a program may be none at all (RFC 8446, section 5.1).
    let empty = bytes.first() == Some(&ContentType::APPLICATION_DATA.0);
    known && len.is_none_or(|len| usize::from(len) <= MOST_BODY && (len > 0 || empty))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_known_from_its_first_byte_on() {
        for (bytes, right) in [
            (&b""[..], true),
            (&[0x16], true),
            (b"G", false),
            (&[0x16, 3, 1], true),
            (&[0x16, 3, 5], false),
            (&[0x16, 2], false),
            (&[0x17, 3, 3, 0x48], true),
            (&[0x17, 3, 3, 0x48, 0], true),
            (&[0x17, 3, 3, 0x48, 1], false),
            (&[0x17, 3, 3, 0, 0], true),
            (&[0x16, 3, 3, 0, 0], false),
        ] {
            assert_eq!(may_begin(bytes), right, "{bytes:02x?}");
            assert_eq!(Header::read(bytes).is_some(), right && bytes.len() == HEADER, "{bytes:02x?}");
        }
    }
}
