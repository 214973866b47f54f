//! A prefix, `10.7.0.0/24`, taken apart: the network, its mask, its hosts, its broadcast address (RFC 4632, section 3.1; RFC 4291,
//! section 2.3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::ranges::{of_all_ipv4, of_all_ipv6, of_ipv4, of_ipv6};
use crate::story::grouped;

/// A row of what is told: as it is written, what it is, the key of the term that explains it.
pub(super) type Row = (String, String, &'static str);

/// `10.7.0.0/24`, as it was typed.
struct Typed<'t> {
    address: &'t str,
    length: &'t str,
}

impl<'t> Typed<'t> {
    /// `None` for what is none, well or badly written: `24/7`, `tcp/ip`.
    fn of(typed: &'t str) -> Option<Typed<'t>> {
        let (address, length) = typed.split_once('/')?;
        let numbers = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '.');
        let groups = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.'));
        let is_address = match address {
            "" => true,
            four if four.contains('.') && numbers(four) => true,
            six => six.contains("::") && groups(six) || six.matches(':').count() == 7 && groups(six),
        };
        let is_length = length.starts_with(|c: char| c.is_ascii_digit()) && numbers(length);
        (is_address && is_length).then_some(Typed { address, length })
    }

    /// How many bits are the network's: of a netmask those that are 1.
    fn bits(&self, most: u32) -> Result<u32, String> {
        if let Ok(mask) = self.length.parse::<Ipv4Addr>() {
            let ones = mask.to_bits().leading_ones();
            return match (most, mask.to_bits().count_ones() == ones) {
                (32, true) => Ok(ones),
                (32, false) => {
                    Err(format!("{mask} is no netmask: its ones must stand together at the front"))
                }
                _ => {
                    Err("IPv6 has no netmasks: how many bits are the network's stands behind the /"
                        .to_owned())
                }
            };
        }
        let bits = self.length.parse().ok().filter(|bits| *bits <= most);
        bits.ok_or_else(|| {
            let version = if most == 32 { "IPv4" } else { "IPv6" };
            format!(
                "no prefix has /{}: an {version} address has {most} bits, so it goes from /0 to /{most}",
                self.length
            )
        })
    }
}

/// What it is taken apart into; why it can't be; `None` for what is no prefix.
pub(super) fn rows(typed: &str) -> Option<Result<Vec<Row>, String>> {
    let typed = Typed::of(typed)?;
    if typed.address.is_empty() {
        let most = if typed.length.parse().is_ok_and(|bits: u32| bits > 32) { 128 } else { 32 };
        let alone = |bits| match most {
            32 => vec![length(bits, 32), mask(bits)],
            _ => vec![length(bits, 128)],
        };
        return Some(typed.bits(most).map(alone));
    }
    Some(match typed.address.parse() {
        Ok(IpAddr::V4(address)) => typed.bits(32).map(|bits| four(address, bits)),
        Ok(IpAddr::V6(address)) => typed.bits(128).map(|bits| six(address, bits)),
        Err(_) if typed.address.contains(':') => Err(format!(
            "{} is no IPv6 address: that is eight groups of up to four digits, or fewer with one ::",
            typed.address
        )),
        Err(_) => Err(format!("{} is no IPv4 address: that is four numbers from 0 to 255", typed.address)),
    })
}

/// `/24`.
fn length(bits: u32, all: u32) -> Row {
    let (rest, last) = (all - bits, if all == 32 { "host" } else { "interface" });
    let count = if rest < 64 { grouped(1_u64 << rest) } else { format!("2^{rest}") };
    let what = match rest {
        0 => "all bits are set: this one address and no other".to_owned(),
        _ if bits == 0 => format!("no bit is set: all {count} addresses there are"),
        _ => format!("{bits} bits name the network, the other {rest} the {last} in it: {count} addresses"),
    };
    (format!("/{bits}"), what, "word netmask")
}

/// The same as a mask.
fn mask(bits: u32) -> Row {
    let mask = Ipv4Addr::from_bits(u32::MAX.checked_shl(32 - bits).unwrap_or(0));
    (mask.to_string(), "the same as a netmask".to_owned(), "word netmask")
}

/// What is told of an address that has bits of the host set.
fn host(address: impl ToString, network: &str, key: &'static str) -> Row {
    let what = format!(
        "a host in {network}: bits behind the prefix are set. So a host notes its own address; a route or a rule is written {network}"
    );
    (address.to_string(), what, key)
}

/// What kind of addresses they are: the same for all, or not.
fn range(of_all: Option<String>) -> String {
    of_all.map_or_else(|| "they are of several ranges".to_owned(), |of| format!("each is {of}"))
}

fn four(address: Ipv4Addr, bits: u32) -> Vec<Row> {
    let ones = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    let (first, last) = (address.to_bits() & ones, address.to_bits() | !ones);
    let at = |bits: u32| Ipv4Addr::from_bits(bits).to_string();
    let network = format!("{}/{bits}", at(first));
    let mut rows = Vec::new();
    if address.to_bits() != first {
        rows.push(host(address, &network, "word ip address"));
    }
    let kind = match bits {
        0 => "every address: as a route the default route, for all that no other route fits".to_owned(),
        // Of one address, and of two, none is kept for the network.
        32 => of_ipv4(address),
        31 => "the first of two".to_owned(),
        _ => "the network itself, all bits of the host 0: no host has it (RFC 1122, section 3.2.1.3)"
            .to_owned(),
    };
    rows.push((at(first), kind, "word ip address"));
    rows.extend([length(bits, 32), mask(bits)]);
    let of = |first, last| range(of_all_ipv4(Ipv4Addr::from_bits(first), Ipv4Addr::from_bits(last)));
    match bits {
        0 | 32 => {}
        // No host has one of these, whatever the length.
        _ if Ipv4Addr::from_bits(first).is_multicast() || first >= 0xf000_0000 => {
            rows.push((format!("{} to {}", at(first), at(last)), of(first, last), "word ip address"));
        }
        31 => {
            let what = format!(
                "2 hosts, on a line that joins only two: there is no broadcast (RFC 3021); {}",
                of(first, last)
            );
            rows.push((format!("{} and {}", at(first), at(last)), what, "word ip address"));
        }
        _ => {
            let count = grouped(u64::from(last - first) - 1);
            let what = format!("{count} addresses for hosts; {}", of(first + 1, last - 1));
            rows.push((format!("{} to {}", at(first + 1), at(last - 1)), what, "word ip address"));
            let what =
                "its broadcast address, all bits of the host 1: everyone in it (RFC 1122, section 3.2.1.3)";
            rows.push((at(last), what.to_owned(), "word netmask"));
        }
    }
    rows
}

fn six(address: Ipv6Addr, bits: u32) -> Vec<Row> {
    let ones = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
    let (first, last) =
        (Ipv6Addr::from_bits(address.to_bits() & ones), Ipv6Addr::from_bits(address.to_bits() | !ones));
    let network = format!("{first}/{bits}");
    let mut rows = Vec::new();
    if address != first {
        rows.push(host(address, &network, "word ipv6 address"));
    }
    let is_group = first.is_multicast();
    let kind = match bits {
        0 => "every address: as a route the default route, for all that no other route fits".to_owned(),
        128 => of_ipv6(address),
        127 => "the first of two".to_owned(),
        _ if is_group => "the first of these groups".to_owned(),
        _ => "the network; as an address it means one of its routers, whichever is near (RFC 4291, section 2.6.1)"
            .to_owned(),
    };
    rows.push((first.to_string(), kind, "word ipv6 address"));
    rows.push(length(bits, 128));
    if !matches!(bits, 0 | 128) {
        let mut what = range(of_all_ipv6(first, last));
        if bits == 127 {
            what.push_str("; two routers may share such a line (RFC 6164)");
        }
        rows.push((format!("{first} to {last}"), what, "word ipv6 address"));
        if !is_group {
            let what = "IPv6 has none: groups do that work (RFC 4291, section 2)";
            rows.push(("broadcast".to_owned(), what.to_owned(), "word netmask"));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(typed: &str) -> Vec<String> {
        rows(typed).unwrap().unwrap().into_iter().map(|(text, ..)| text).collect()
    }

    #[test]
    fn a_prefix_has_its_network_mask_hosts_and_broadcast() {
        for (typed, expected) in [
            (
                "10.7.0.0/24",
                &["10.7.0.0", "/24", "255.255.255.0", "10.7.0.1 to 10.7.0.254", "10.7.0.255"][..],
            ),
            (
                "10.7.0.0/255.255.255.0",
                &["10.7.0.0", "/24", "255.255.255.0", "10.7.0.1 to 10.7.0.254", "10.7.0.255"],
            ),
            (
                "10.7.0.1/30",
                &["10.7.0.1", "10.7.0.0", "/30", "255.255.255.252", "10.7.0.1 to 10.7.0.2", "10.7.0.3"],
            ),
            ("10.7.0.4/31", &["10.7.0.4", "/31", "255.255.255.254", "10.7.0.4 and 10.7.0.5"]),
            ("10.7.0.9/32", &["10.7.0.9", "/32", "255.255.255.255"]),
            ("0.0.0.0/0", &["0.0.0.0", "/0", "0.0.0.0"]),
            ("224.0.0.0/4", &["224.0.0.0", "/4", "240.0.0.0", "224.0.0.0 to 239.255.255.255"]),
            ("/20", &["/20", "255.255.240.0"]),
            ("/64", &["/64"]),
            ("fd00:7::/64", &["fd00:7::", "/64", "fd00:7:: to fd00:7::ffff:ffff:ffff:ffff", "broadcast"]),
            (
                "fd00:7::1/64",
                &["fd00:7::1", "fd00:7::", "/64", "fd00:7:: to fd00:7::ffff:ffff:ffff:ffff", "broadcast"],
            ),
            ("ff00::/8", &["ff00::", "/8", "ff00:: to ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]),
            ("::1/128", &["::1", "/128"]),
            ("::/0", &["::", "/0"]),
        ] {
            assert_eq!(texts(typed), expected, "{typed}");
        }
    }

    #[test]
    fn the_numbers_are_right_for_every_length() {
        for bits in 0..=32 {
            let rows = rows(&format!("203.0.113.77/{bits}")).unwrap().unwrap();
            let network = rows.iter().position(|(text, ..)| *text == format!("/{bits}")).unwrap() - 1;
            let first: Ipv4Addr = rows[network].0.parse().unwrap();
            let mask: Ipv4Addr = rows[network + 2].0.parse().unwrap();
            assert_eq!(mask.to_bits().count_ones(), bits);
            assert_eq!(first.to_bits(), Ipv4Addr::new(203, 0, 113, 77).to_bits() & mask.to_bits());
            // Bits of the host are told where there are any.
            assert_eq!(network == 1, first != Ipv4Addr::new(203, 0, 113, 77), "{bits}");
        }
        let count = |typed: &str| {
            rows(typed).unwrap().unwrap().into_iter().map(|(_, what, _)| what).collect::<String>()
        };
        assert!(
            count("10.7.0.0/24").contains("256 addresses")
                && count("10.7.0.0/24").contains("254 addresses for hosts")
        );
        assert!(count("0.0.0.0/0").contains("all 4,294,967,296 addresses"));
        assert!(count("10.0.0.0/8").contains("each is a private one"));
        for several in ["8.0.0.0/5", "172.0.0.0/8", "10.0.0.0/7", "203.0.0.0/8", "2001::/16", "0.0.0.0/1"] {
            assert!(count(several).contains("of several ranges"), "{several}");
        }
        assert!(
            count("172.16.0.0/12").contains("each is a private one")
                && count("8.8.8.0/24").contains("each is a public one")
        );
        assert!(count("2001:db8::/32").contains("each is one for books"));
        assert!(
            count("fd00::/64").contains("2^64 addresses")
                && count("fd00::/65").contains("9,223,372,036,854,775,808")
        );
    }

    #[test]
    fn what_is_badly_written_is_told_and_what_is_no_prefix_is_none() {
        for (typed, why) in [
            ("10.0.0.0/33", "from /0 to /32"),
            ("10.0.0.0/999999999999", "from /0 to /32"),
            ("fd00::/129", "from /0 to /128"),
            ("10.0.0.256/24", "four numbers"),
            ("10.7.0/24", "four numbers"),
            ("10.0.0.0/255.0.255.0", "no netmask"),
            ("fd00::/255.0.0.0", "no netmasks"),
            ("fd00::1::2/64", "no IPv6 address"),
            ("/129", "from /0 to /128"),
        ] {
            let told = rows(typed).unwrap().unwrap_err();
            assert!(told.contains(why), "{typed}: {told}");
        }
        for typed in [
            "24/7",
            "tcp/ip",
            "HTTP/1.1",
            "10.7.0.0",
            "10.7.0.0/",
            "/",
            "/chat",
            "a::b::c",
            "10.7.0.0/x",
            "1/2",
        ] {
            assert!(rows(typed).is_none(), "{typed}");
        }
    }
}
