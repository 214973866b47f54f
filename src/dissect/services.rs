//! Whose ports they are that students meet.

/// Ports registered with IANA (Service Name and Transport Protocol Port Number Registry), by number, and who has them. A program may
/// listen on any port (RFC 6335, section 6), so this is a hint, never a fact.
pub const SERVICES: &[(u16, &str)] = &[
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

/// Whose port it is by the registry; `None` for one that is not in the list.
pub fn service(port: u16) -> Option<&'static str> {
    SERVICES.iter().find(|(known, _)| *known == port).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_has_each_port_once() {
        assert!(SERVICES.is_sorted_by(|one, other| one.0 < other.0));
        assert_eq!((service(53), service(40000)), (Some("DNS"), None));
    }
}
