//! What a port or an address is one of, by the ranges that are set aside.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::dissect::service;

/// What a port is for, by its number (RFC 6335, section 6).
pub(super) fn of_port(number: u16) -> String {
    match (service(number), number) {
        (_, 0) => "0 is nobody's; a program that asks for it gets a free one".to_owned(),
        (Some(name), _) => {
            format!("{name}'s by the list of ports; a program may still listen where it likes")
        }
        (_, 3000 | 5173 | 8000 | 8080) => "where servers for trying out often listen".to_owned(),
        (_, 1..1024) => "one of the well-known ones; a user's program mostly may not listen here".to_owned(),
        (_, 49152..) => "one of those that a client's kernel picks for a while (ephemeral)".to_owned(),
        _ => "the program on that host that is meant".to_owned(),
    }
}

/// The range that an IPv4 address is of (RFC 6890; RFC 1918).
pub(super) fn of_ipv4(address: Ipv4Addr) -> String {
    let [one, two, ..] = address.octets();
    let what = match address {
        _ if address.is_unspecified() => {
            "none; a server that listens here takes calls on all addresses of its host"
        }
        _ if address.is_loopback() => "this computer itself (127.0.0.0/8)",
        _ if address.is_private() => {
            "a private one (RFC 1918): many networks have it, and no router on the Internet passes it on"
        }
        _ if address.is_link_local() => {
            "a link-local one: a host gave it to itself, for this link alone (RFC 3927)"
        }
        _ if address.is_broadcast() => "everyone on this link",
        _ if address.is_multicast() => "a group of hosts (multicast)",
        _ if address.is_documentation() => "one for books and examples (RFC 5737)",
        _ if one == 100 && (64..128).contains(&two) => "one of a provider's NAT (RFC 6598)",
        _ => "a public one: it can be reached over the Internet, if nothing stands in the way",
    };
    what.to_owned()
}

/// The range that an IPv6 address is of (RFC 4291, section 2.4; RFC 4193).
pub(super) fn of_ipv6(address: Ipv6Addr) -> String {
    let [one, two, ..] = address.segments();
    let what = match one {
        _ if address.is_unspecified() => {
            "none; a server that listens here takes calls on all addresses of its host"
        }
        _ if address.is_loopback() => "this computer itself (::1)",
        _ if address.to_ipv4_mapped().is_some() => {
            "an IPv4 address written as an IPv6 one, for programs that speak both"
        }
        0xfe80..=0xfebf => "a link-local one: for this link alone; every interface has one",
        0xfc00..=0xfdff => "a private one (unique local, RFC 4193): no router on the Internet passes it on",
        0xff00.. => "a group of hosts (multicast)",
        0x2001 if two == 0x0db8 => "one for books and examples (RFC 3849)",
        0x2000..=0x3fff => "a public one: it can be reached over the Internet, if nothing stands in the way",
        _ => "of a range that is not given out",
    };
    what.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_by_its_range() {
        for (address, part) in [
            ("10.7.0.1", "RFC 1918"),
            ("127.0.0.2", "this computer"),
            ("8.8.8.8", "public"),
            ("0.0.0.0", "all addresses"),
            ("224.0.0.1", "group"),
            ("100.64.0.1", "provider"),
        ] {
            assert!(of_ipv4(address.parse().unwrap()).contains(part), "{address}");
        }
        for (address, part) in [
            ("fd00:7::1", "RFC 4193"),
            ("fe80::1", "link-local"),
            ("2001:db8::1", "books"),
            ("2a00::1", "public"),
            ("ff02::1", "group"),
            ("::ffff:1.2.3.4", "IPv4"),
        ] {
            assert!(of_ipv6(address.parse().unwrap()).contains(part), "{address}");
        }
    }
}
