//! What a number can be: 4000 is a close code and a port, 8 an opcode, a port and more.

use super::ranges::of_port;
use super::term::{Group, Term, Terms};
use crate::dissect::service;

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
    ("udp port ", Kind::Port),
    ("port ", Kind::Port),
];

/// How unlikely it is that a code is meant which nobody has registered.
const UNUSED: u8 = 9;

/// Whether a status code is in IANA's list (Hypertext Transfer Protocol Status Code Registry), unused ones too.
fn is_registered(code: u16) -> bool {
    matches!(code, 100..=104 | 200..=208 | 226 | 300..=308 | 400..=418 | 421..=426 | 428 | 429 | 431 | 451)
        || matches!(code, 500..=508 | 510 | 511)
}

/// What a number can be, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Layer,
    Opcode,
    Close,
    Status,
    Port,
    IpProtocol,
    Record,
    Alert,
    Version,
}

const KINDS: [Kind; 9] = [
    Kind::Layer,
    Kind::Opcode,
    Kind::Close,
    Kind::Status,
    Kind::Port,
    Kind::IpProtocol,
    Kind::Record,
    Kind::Alert,
    Kind::Version,
];

/// One thing that a number can be.
#[derive(Clone, Debug)]
pub struct Reading<'t, 'a> {
    /// What is typed to be told of this one: `opcode 8`.
    pub ask: String,
    /// What it is then, in a few words.
    pub what: String,
    /// The term that explains it.
    pub term: &'t Term<'a>,
}

/// All that a bare number can be, the likeliest first; empty for what is none up to 65535.
pub fn readings<'t, 'a>(terms: &'t Terms<'a>, typed: &str) -> Vec<Reading<'t, 'a>> {
    let digits = typed.trim();
    let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    let Some(number) = digits.parse::<u16>().ok().filter(|_| is_number) else { return Vec::new() };
    let mut all: Vec<(u8, Reading<'_, '_>)> =
        KINDS.into_iter().filter_map(|kind| reading(terms, kind, number)).collect();
    // 443 is a port that everybody knows; that HTTP might have it as a code helps nobody.
    if service(number).is_some() {
        all.retain(|(unlikely, _)| *unlikely != UNUSED);
    }
    all.sort_by_key(|(unlikely, _)| *unlikely);
    all.into_iter().map(|(_, reading)| reading).collect()
}

/// What a number is that is said to be of one kind: `port 443`; `None` for a bare number, and for what is none of that kind.
pub fn reading_of<'t, 'a>(terms: &'t Terms<'a>, typed: &str) -> Option<Reading<'t, 'a>> {
    let typed = typed.trim().to_ascii_lowercase();
    let (digits, kind) = SAID.iter().find_map(|(start, kind)| Some((typed.strip_prefix(start)?, *kind)))?;
    let number = digits.trim().parse::<u16>().ok()?;
    reading(terms, kind, number).map(|(_, reading)| reading)
}

/// The terms that a number is one of, the likeliest first; none for what is no number up to 65535.
pub(super) fn kinds<'t, 'a>(terms: &'t Terms<'a>, typed: &str) -> Vec<&'t Term<'a>> {
    let said = SAID.iter().find_map(|(start, kind)| Some((typed.strip_prefix(start)?, *kind)));
    let Some((digits, kind)) = said else {
        return readings(terms, typed).into_iter().map(|reading| reading.term).collect();
    };
    let number = digits.trim().parse::<u16>().ok();
    let reading = number.and_then(|number| reading(terms, kind, number));
    reading.into_iter().map(|(_, reading)| reading.term).collect()
}

/// Whether a number can be of this kind, and how unlikely it is meant.
fn reading<'t, 'a>(terms: &'t Terms<'a>, kind: Kind, number: u16) -> Option<(u8, Reading<'t, 'a>)> {
    let of_group = |group: Group, is: &dyn Fn(&Term<'_>) -> bool| {
        terms.all().iter().find(|term| term.group == group && is(term))
    };
    let called = |name: &str| terms.all().iter().find(|term| term.names.iter().any(|known| known == name));
    let (unlikely, start, what, term) = match kind {
        Kind::Layer => {
            let term = terms.of_key(&format!("layer.{number}"))?;
            (0, "layer", format!("of the OSI model: {}", term.name), term)
        }
        Kind::Opcode => {
            let term = of_group(Group::Opcodes, &|term| term.is_opcode(number.into()))?;
            // A reserved one is on the wire only where something is wrong; 6 and 17 say TCP and UDP in each packet.
            let unlikely = if term.key == "opcode reserved" { 3 } else { 1 };
            (unlikely, "opcode", format!("kind of WebSocket frame: {}", term.name), term)
        }
        Kind::Close => match terms.of_key(&format!("close {number}")) {
            Some(term) => (1, "close code", "why a WebSocket ended".to_owned(), term),
            None => {
                let term = of_group(Group::CloseCodes, &|term| term.holds(number))?;
                let in_use = (3000..5000).contains(&number);
                let what = if in_use { "why a WebSocket ended" } else { "of a WebSocket, and not in use" };
                // Whoever types 3000 mostly has a server there; the code is one that a program made up.
                (if in_use { 5 } else { 10 }, "close code", what.to_owned(), term)
            }
        },
        Kind::Status => match terms.of_key(&format!("status {number}")) {
            Some(term) => (1, "status", format!("how HTTP answers: {}", term.name), term),
            None if (100..=599).contains(&number) => {
                let term = terms.of_key("http.response.code")?;
                match is_registered(number) {
                    true => (2, "status", "how HTTP answers".to_owned(), term),
                    false => (UNUSED, "status", "of HTTP, and in no list of its codes".to_owned(), term),
                }
            }
            None => return None,
        },
        Kind::Port if number == 0 => return None,
        Kind::Port => {
            // Below 1024 a port that no service has is hardly met.
            let unlikely = if number < 1024 && service(number).is_none() { 8 } else { 4 };
            (unlikely, "port", of_port(number), terms.of_key("word port")?)
        }
        Kind::IpProtocol => {
            let term = called(&format!("IP protocol {number}"))?;
            (2, "IP protocol", format!("what an IP packet carries: {}", term.name), term)
        }
        Kind::Record => {
            let term = called(&format!("record {number}"))?;
            (6, "record", format!("kind of TLS record: {}", term.name), term)
        }
        Kind::Alert => {
            let term = called(&format!("alert {number}"))?;
            (7, "alert", format!("alert of TLS: {}", term.name), term)
        }
        Kind::Version => {
            let term = called(&format!("version {number}"))?;
            (0, "version", format!("of WebSocket, in every handshake: {}", term.name), term)
        }
    };
    Some((unlikely, Reading { ask: format!("{start} {number}"), what, term }))
}
