//! What the bytes of a program may be that netlab does not read: by how they begin, or by the port. Told as a guess, never as a fact.

/// Registered ports (IANA, Service Name and Transport Protocol Port Number Registry) that students meet, and who has them.
const PORTS: &[(u16, &str)] = &[
    (21, "FTP"),
    (22, "SSH"),
    (23, "Telnet"),
    (25, "SMTP"),
    (53, "DNS"),
    (67, "DHCP"),
    (68, "DHCP"),
    (69, "TFTP"),
    (80, "HTTP"),
    (110, "POP3"),
    (123, "NTP"),
    (137, "NetBIOS's names"),
    (138, "NetBIOS's datagrams"),
    (143, "IMAP"),
    (161, "SNMP"),
    (179, "BGP"),
    (389, "LDAP"),
    (443, "HTTPS"),
    (445, "SMB"),
    (554, "RTSP"),
    (587, "SMTP"),
    (631, "IPP"),
    (853, "DNS over TLS"),
    (993, "IMAP over TLS"),
    (1883, "MQTT"),
    (1900, "SSDP"),
    (3306, "MySQL"),
    (3389, "Remote Desktop"),
    (3478, "STUN"),
    (5060, "SIP"),
    (5222, "XMPP"),
    (5353, "multicast DNS"),
    (5432, "PostgreSQL"),
    (5672, "AMQP"),
    (6379, "Redis"),
    (27017, "MongoDB"),
];

/// Whose port it is, of the two of a conversation: the port, and the protocol. The one that was called counts first.
pub(super) fn by_port(ports: [Option<u16>; 2]) -> Option<(u16, &'static str)> {
    let [from, to] = ports;
    [to, from].into_iter().flatten().find_map(|port| PORTS.iter().find(|(known, _)| *known == port).copied())
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
        assert!(PORTS.is_sorted_by(|one, other| one.0 < other.0));
    }

    #[test]
    fn only_a_long_header_of_a_known_version_is_quic() {
        assert!(is_quic(&[0xcb, 0, 0, 0, 1, 8]) && is_quic(&[0xc0, 0xff, 0, 0, 29]));
        assert!(!is_quic(&[0x4b, 0, 0, 0, 1]) && !is_quic(&[0xcb, 0, 0, 0, 2]) && !is_quic(&[0xcb, 0, 0]));
    }
}
