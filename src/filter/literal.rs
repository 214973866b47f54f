//! Values as they are typed: numbers, addresses, bytes, times.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::FilterError;
use super::error::quoted;
use super::names::Type;
use super::value::{Fixed, Subnet, Val};

/// A value without quotes, for a field of this type.
pub(super) fn read(word: &str, kind: Type, at: &Range<usize>) -> Result<Val<'static>, FilterError> {
    let wrong = |what: &str| Err(FilterError::new(at, format!("{} {what}", quoted(word))));
    let value = match kind {
        Type::Number(most) => {
            let number = number(word);
            if let (Some(number), Some(most)) = (number, most)
                && number > most.into()
            {
                return wrong(&format!("is more than this field can hold: {most} at most"));
            }
            number.map(Val::Number)
        }
        Type::Flag => flag(word).map(|set| Val::Number(set.into())),
        Type::Time => time(word).map(Val::Number),
        Type::Mac => mac(word).map(Val::Fixed),
        Type::Ipv4 => ipv4(word).map(Val::Subnet),
        Type::Ipv6 => ipv6(word).map(Val::Subnet),
        Type::Bytes | Type::Protocol => bytes(word).map(|bytes| Val::Bytes(bytes.into())),
        Type::Text => Some(Val::Text(word.as_bytes().to_vec().into())),
        Type::Mark => None,
    };
    let instead = match kind {
        Type::Number(_) => "is no number, such as 80 or 0x50",
        Type::Flag => "is not true or false, 1 or 0",
        Type::Time => "is no time in seconds, such as 0.1",
        Type::Mac => "is no MAC address, such as 02:00:00:00:00:01",
        Type::Ipv4 => {
            "is no IPv4 address or subnet, such as 192.0.2.1 or 192.0.2.0/24; names are not looked up"
        }
        Type::Ipv6 => {
            "is no IPv6 address or subnet, such as 2001:db8::1 or 2001:db8::/32; names are not looked up"
        }
        _ => "is no row of bytes, such as 47:45:54; text stands between double quotes: \"GET\"",
    };
    value.map_or_else(|| wrong(instead), Ok)
}

/// A number in decimal, hex (0x), octal (0) or binary (0b).
fn number(word: &str) -> Option<i128> {
    let digits = |text: &str, radix| {
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric());
        if plain { i128::from_str_radix(text, radix).ok() } else { None }
    };
    let small = word.to_ascii_lowercase();
    match small.strip_prefix('0') {
        None | Some("") => digits(&small, 10),
        Some(rest) => match (rest.strip_prefix('x'), rest.strip_prefix('b')) {
            (Some(hex), _) => digits(hex, 16),
            (_, Some(binary)) => digits(binary, 2),
            _ => digits(rest, 8),
        },
    }
}

/// `true` or `false`, as Wireshark of any version spells them, or a number: 0 is false.
fn flag(word: &str) -> Option<bool> {
    match word {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => number(word).map(|number| number != 0),
    }
}

/// Seconds in nanoseconds: `1`, `0.000001`, at most nine digits after the point.
fn time(word: &str) -> Option<i128> {
    let (seconds, fraction) = word.split_once('.').unwrap_or((word, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.is_empty() || fraction.len() > 9 || !all_digits(seconds) || !all_digits(fraction) {
        return None;
    }
    let seconds: u64 = seconds.parse().ok()?;
    let nanos: i128 = format!("{fraction:0<9}").parse().ok()?;
    Some(i128::from(seconds) * 1_000_000_000 + nanos)
}

/// An address, or a subnet with its size: `10.0.0.0/8`.
fn ipv4(word: &str) -> Option<Subnet> {
    let (address, bits) = subnet(word, 32)?;
    let address: Ipv4Addr = address.parse().ok()?;
    Some(Subnet { address: Fixed::new(&address.octets())?, bits })
}

/// An address, or a subnet with its size: `fe80::/10`.
fn ipv6(word: &str) -> Option<Subnet> {
    let (address, bits) = subnet(word, 128)?;
    let address: Ipv6Addr = address.parse().ok()?;
    Some(Subnet { address: Fixed::new(&address.octets())?, bits })
}

fn subnet(word: &str, most: u8) -> Option<(&str, u8)> {
    let Some((address, bits)) = word.split_once('/') else { return Some((word, most)) };
    let bits: u8 = bits.parse().ok()?;
    (bits <= most).then_some((address, bits))
}

/// A MAC address: six bytes.
fn mac(word: &str) -> Option<Fixed> {
    let bytes = bytes(word).filter(|bytes| bytes.len() == 6)?;
    Fixed::new(&bytes)
}

/// Bytes in hex, with `:`, `-`, `.` or nothing between them; one byte may begin with 0x.
fn bytes(word: &str) -> Option<Vec<u8>> {
    if let Some(hex) = word.strip_prefix("0x") {
        return u8::from_str_radix(hex, 16).ok().map(|byte| vec![byte]);
    }
    let word = word.strip_prefix(':').unwrap_or(word);
    let Some(separator) = word.chars().find(|c| matches!(c, ':' | '-' | '.')) else {
        return if word.len() == 1 { group(word) } else { hex(word) };
    };
    let groups: Vec<Vec<u8>> = word.split(separator).map(group).collect::<Option<_>>()?;
    Some(groups.concat())
}

/// What stands between two separators: one or two digits, or four.
fn group(digits: &str) -> Option<Vec<u8>> {
    match digits.len() {
        1 if digits.is_ascii() => u8::from_str_radix(digits, 16).ok().map(|byte| vec![byte]),
        2 | 4 => hex(digits),
        _ => None,
    }
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    if pairs.is_empty() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_four_bases() {
        for text in ["10", "012", "0xa", "0XA", "0b1010"] {
            assert_eq!(number(text), Some(10), "{text}");
        }
        assert_eq!((number("0"), number("")), (Some(0), None));
        for text in ["1e3", "08", "0x", "+1", "-1", "0b2", "a", "1-3", "0x-1", "é"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_exact_to_the_nanosecond() {
        assert_eq!(time("1700000000.5"), Some(1_700_000_000_500_000_000));
        assert_eq!(time("0.000000001"), Some(1));
        for text in ["", ".5", "1e-4", "0x10", "1.0000000001", "-1", "1:2"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn bytes_are_read_with_any_separator() {
        for text in ["47:45:54", "47-45-54", "47.45.54", "474554", ":47:45:54"] {
            assert_eq!(bytes(text).as_deref(), Some(&b"GET"[..]), "{text}");
        }
        assert_eq!(bytes("0.1.0.d").as_deref(), Some(&[0, 1, 0, 13][..]));
        assert_eq!(bytes("7").as_deref(), Some(&[7][..]));
        assert_eq!(bytes("ffff.ffff.ffff"), Some(vec![0xff; 6]));
        for text in ["", ":", "4g", "474", "47:455", "47:45-54", "0x100", "fe80::1", "éé"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }

    #[test]
    fn subnets_have_their_sizes() {
        let all = ipv4("10.1.2.3").unwrap();
        assert_eq!((all.address.bytes(), all.bits), (&[10, 1, 2, 3][..], 32));
        assert_eq!(ipv4("10.0.0.0/8").map(|subnet| subnet.bits), Some(8));
        assert_eq!(ipv6("fe80::/10").map(|subnet| subnet.bits), Some(10));
        assert!(ipv4("10.0.0.0/33").is_none() && ipv4("127.1").is_none() && ipv6("10.0.0.1").is_none());
    }
}
