//! What the bytes of a program may be that netlab does not read: by how they begin, or by the port. Told as a guess, never as a fact.

use crate::dissect::service;

/// Whose port it is, of the two of a conversation: the port, and the protocol. The one that was called counts first.
pub(super) fn by_port(ports: [Option<u16>; 2]) -> Option<(u16, &'static str)> {
    let [from, to] = ports;
    [to, from].into_iter().flatten().find_map(|port| Some((port, service(port)?)))
}

/// Whether a datagram begins as one of QUIC does that opens a connection: the long header with a version that exists (RFC 9000,
/// section 17.2; RFC 9369; the drafts before them).
pub(super) fn is_quic(datagram: &[u8]) -> bool {
    let [first, version @ ..] = datagram else { return false };
    let Some(version) = version.first_chunk().copied().map(u32::from_be_bytes) else { return false };
    let known = matches!(version, 1 | 0x6b33_43cf | 0xff00_0001..=0xff00_0022);
    first & 0xc0 == 0xc0 && known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_that_was_called_counts_first() {
        assert_eq!(by_port([Some(40000), Some(53)]), Some((53, "DNS")));
        assert_eq!(by_port([Some(22), Some(40000)]), Some((22, "SSH")));
        assert_eq!(by_port([Some(22), Some(25)]), Some((25, "SMTP")));
        assert_eq!(by_port([None, Some(40000)]), None);
    }

    #[test]
    fn only_a_long_header_of_a_known_version_is_quic() {
        assert!(is_quic(&[0xcb, 0, 0, 0, 1, 8]) && is_quic(&[0xc0, 0xff, 0, 0, 29]));
        assert!(!is_quic(&[0x4b, 0, 0, 0, 1]) && !is_quic(&[0xcb, 0, 0, 0, 2]) && !is_quic(&[0xcb, 0, 0]));
    }
}
