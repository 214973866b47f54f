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

/// The number of bits that an IPv4 address has set at its front, where no other is: what is typed for a netmask. `None` for what may
/// be an address as well, and for 255.255.255.255.
pub(super) fn mask_length(address: Ipv4Addr) -> Option<u32> {
    let bits = address.to_bits();
    let ones = bits.leading_ones();
    ((8..32).contains(&ones) && bits.count_ones() == ones).then_some(ones)
}

/// What a netmask with so many bits says: 8 to 31.
pub(super) fn of_mask(ones: u32) -> String {
    let (host, bits) = (32 - ones, if ones == 31 { "bit" } else { "bits" });
    format!(
        "no host's, but a netmask: /{ones}, so {ones} bits name the network and {host} {bits} the host in it"
    )
}

/// The range that an IPv4 address is of (RFC 6890; RFC 1918).
pub(super) fn of_ipv4(address: Ipv4Addr) -> String {
    let [one, two, three, _] = address.octets();
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
        _ if one == 0 => {
            "of a range for hosts that do not know their own address yet: no packet goes there (RFC 6890)"
        }
        _ if (one, two, three) == (192, 0, 0) => "set aside for protocols themselves (RFC 6890)",
        _ if (one, two, three) == (192, 88, 99) => {
            "one of relays from IPv6 to IPv4 (6to4), given up since (RFC 7526)"
        }
        _ if one == 198 && (18..20).contains(&two) => {
            "one for measuring network devices, on no network in use (RFC 2544)"
        }
        _ if one >= 240 => "a reserved one: no host has it (RFC 1112, section 4)",
        _ => "a public one: it can be reached over the Internet, if nothing stands in the way",
    };
    what.to_owned()
}

/// The range that an IPv6 address is of (RFC 4291, section 2.4; RFC 4193).
pub(super) fn of_ipv6(address: Ipv6Addr) -> String {
    let [one, two, three, four, ..] = address.segments();
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
        0xfec0..=0xfeff => "of a range for one site, given up since (RFC 3879)",
        0x0064 if two == 0xff9b => {
            "an IPv4 address behind a translator, for hosts with IPv6 alone (RFC 6052)"
        }
        0x0100 if two == 0 && three == 0 && four == 0 => {
            "of a range whose packets are thrown away (RFC 6666)"
        }
        0x2001 if two == 0x0000 => "one of Teredo, which carries IPv6 within UDP over IPv4 (RFC 4380)",
        0x2001 if two == 0x0002 && three == 0 => {
            "one for measuring network devices, on no network in use (RFC 5180)"
        }
        0x2001 if two < 0x0200 => "set aside for protocols themselves (RFC 6890)",
        0x2002 => "one of 6to4, an IPv6 address made of an IPv4 one (RFC 3056)",
        0x2001 if two == 0x0db8 => "one for books and examples (RFC 3849)",
        0x3fff if two < 0x1000 => "one for books and examples (RFC 9637)",
        0x2000..=0x3fff => "a public one: it can be reached over the Internet, if nothing stands in the way",
        _ => "of a range that is not given out",
    };
    what.to_owned()
}

/// Where the ranges of IPv4 begin that stand among others.
const STARTS_4: [[u8; 4]; 13] = [
    [10, 0, 0, 0],
    [100, 64, 0, 0],
    [127, 0, 0, 0],
    [169, 254, 0, 0],
    [172, 16, 0, 0],
    [192, 0, 2, 0],
    [192, 88, 99, 0],
    [192, 168, 0, 0],
    [198, 18, 0, 0],
    [198, 51, 100, 0],
    [203, 0, 113, 0],
    [224, 0, 0, 0],
    [240, 0, 0, 0],
];

/// The same of IPv6, by the first three groups.
const STARTS_6: [[u16; 3]; 13] = [
    [0x64, 0xff9b, 0],
    [0x100, 0, 0],
    [0x2000, 0, 0],
    [0x2001, 0, 0],
    [0x2001, 2, 0],
    [0x2001, 0xdb8, 0],
    [0x2002, 0, 0],
    [0x3fff, 0, 0],
    [0x4000, 0, 0],
    [0xfc00, 0, 0],
    [0xfe80, 0, 0],
    [0xfec0, 0, 0],
    [0xff00, 0, 0],
];

/// The range that all IPv4 addresses from the first to the last are of; `None` where they are of several.
pub(super) fn of_all_ipv4(first: Ipv4Addr, last: Ipv4Addr) -> Option<String> {
    let begins =
        |start: &[u8; 4]| (first..=last).contains(&Ipv4Addr::from(*start)) && first != Ipv4Addr::from(*start);
    let of = of_ipv4(last);
    (!STARTS_4.iter().any(begins) && of_ipv4(first) == of).then_some(of)
}

/// The same of IPv6.
pub(super) fn of_all_ipv6(first: Ipv6Addr, last: Ipv6Addr) -> Option<String> {
    let address = |[one, two, three]: [u16; 3]| Ipv6Addr::new(one, two, three, 0, 0, 0, 0, 0);
    let begins = |start: &[u16; 3]| (first..=last).contains(&address(*start)) && first != address(*start);
    let of = of_ipv6(last);
    (!STARTS_6.iter().any(begins) && of_ipv6(first) == of).then_some(of)
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
            ("0.1.2.3", "RFC 6890"),
            ("192.0.0.1", "RFC 6890"),
            ("192.0.1.1", "public"),
            ("192.88.99.1", "RFC 7526"),
            ("198.17.255.255", "public"),
            ("198.18.0.1", "RFC 2544"),
            ("198.19.255.255", "RFC 2544"),
            ("198.20.0.0", "public"),
            ("239.255.255.255", "group"),
            ("240.0.0.1", "reserved"),
            ("255.255.255.254", "reserved"),
            ("255.255.255.255", "everyone"),
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
            ("fec0::1", "RFC 3879"),
            ("64:ff9b::808:808", "RFC 6052"),
            ("100::1", "RFC 6666"),
            ("2001::1", "RFC 4380"),
            ("2001:2::1", "RFC 5180"),
            ("2001:20::1", "RFC 6890"),
            ("2001:200::1", "public"),
            ("2002:808:808::1", "RFC 3056"),
            ("3fff:fff::1", "books"),
            ("3fff:1000::1", "public"),
            ("4000::1", "not given out"),
        ] {
            assert!(of_ipv6(address.parse().unwrap()).contains(part), "{address}");
        }
    }

    #[test]
    fn a_netmask_has_its_ones_together_at_the_front() {
        for (typed, length) in [("255.0.0.0", 8), ("255.255.255.0", 24), ("255.255.255.254", 31)] {
            assert_eq!(mask_length(typed.parse().unwrap()), Some(length), "{typed}");
        }
        for typed in ["255.255.255.255", "255.0.255.0", "240.0.0.0", "0.0.0.0", "255.255.255.1", "10.7.0.1"] {
            assert_eq!(mask_length(typed.parse().unwrap()), None, "{typed}");
        }
        assert!(of_mask(24).contains("/24, so 24 bits") && of_mask(31).contains("1 bit the host"));
    }
}
