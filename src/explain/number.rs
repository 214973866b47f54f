//! What a number or an address is, where it has no words of its own: 4000 is a close code, 8080 a port, 10.7.0.1 an IP address.

use std::net::IpAddr;

use super::term::{Group, Term, Terms};

/// What may stand before a number, and which of its kinds is meant then; the longer ones first.
const SAID: &[(&str, Kind)] = &[
    ("websocket close code ", Kind::Close),
    ("close code ", Kind::Close),
    ("close ", Kind::Close),
    ("http status code ", Kind::Status),
    ("http status ", Kind::Status),
    ("status code ", Kind::Status),
    ("status ", Kind::Status),
    ("http ", Kind::Status),
    ("tcp port ", Kind::Port),
    ("port ", Kind::Port),
];

/// What a number can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Close,
    Status,
    Port,
}

/// The terms that a number is one of, the likeliest first; none for what is no number up to 65535.
pub(super) fn kinds<'t, 'a>(terms: &'t Terms<'a>, typed: &str) -> Vec<&'t Term<'a>> {
    let said = SAID.iter().find_map(|(start, kind)| Some((typed.strip_prefix(start)?, *kind)));
    let (digits, kind) = said.map_or((typed, None), |(digits, kind)| (digits, Some(kind)));
    let Some(number) = digits.trim().parse::<u16>().ok() else { return Vec::new() };
    let order: &[Kind] = match kind.as_ref() {
        Some(kind) => std::slice::from_ref(kind),
        None => likely(number),
    };
    order.iter().filter_map(|kind| term(terms, *kind, number)).collect()
}

/// What a bare number mostly is. No close code in use is below 1000 or above 4999; port 0 is nobody's.
fn likely(number: u16) -> &'static [Kind] {
    match number {
        0 => &[Kind::Close],
        1..=99 | 5000.. => &[Kind::Port, Kind::Close],
        100..=599 => &[Kind::Status, Kind::Close, Kind::Port],
        600..=4999 => &[Kind::Close, Kind::Port],
    }
}

fn term<'t, 'a>(terms: &'t Terms<'a>, kind: Kind, number: u16) -> Option<&'t Term<'a>> {
    match kind {
        Kind::Close => terms.all().iter().find(|term| term.group == Group::CloseCodes && term.holds(number)),
        Kind::Status => terms.of_key("http.response.code").filter(|_| (100..=599).contains(&number)),
        Kind::Port => terms.of_key("word port"),
    }
}

/// What an address is one of; `None` for what is none.
pub(super) fn address<'t, 'a>(terms: &'t Terms<'a>, typed: &str) -> Option<&'t Term<'a>> {
    let key = match typed.parse::<IpAddr>() {
        Ok(address) if address.is_loopback() => "word loopback",
        Ok(_) => "word ip address",
        Err(_) if is_mac(typed) => "word mac address",
        Err(_) => return None,
    };
    terms.of_key(key)
}

/// Six bytes in hex, as `02:00:0a:07:00:01`.
fn is_mac(typed: &str) -> bool {
    let is_byte = |part: &str| part.len() == 2 && part.chars().all(|c| c.is_ascii_hexdigit());
    [':', '-'].iter().any(|sign| typed.split(*sign).count() == 6 && typed.split(*sign).all(is_byte))
}
