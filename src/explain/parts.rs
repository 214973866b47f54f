//! What is put together of several things: `10.7.0.1:8080`, `ws://host/path`, `10.7.0.0/24`, `Seq=0`, `tcp.port == 80`, an address.
//! Each part with what it is.

mod lines;

use std::net::IpAddr;

use super::prefix;
use super::ranges::{mask_length, of_ipv4, of_ipv6, of_mask, of_port};
use super::search::{By, find};
use super::term::{Term, Terms};

/// Longer texts are not taken apart.
const LONGEST: usize = 2000;

/// A part of what was typed.
#[derive(Clone, Debug)]
pub struct Part<'t, 'a> {
    /// As it was typed. Untrusted.
    pub text: String,
    /// What it is, in a few words.
    pub what: String,
    /// The term that explains it; `None` where there is none.
    pub term: Option<&'t Term<'a>>,
}

/// What was typed, taken apart.
#[derive(Clone, Debug)]
pub struct Parts<'t, 'a> {
    /// In the order in which they stand; of an address there is one, with what kind of address it is.
    pub parts: Vec<Part<'t, 'a>>,
    /// There is a term for the whole as well.
    pub is_one: bool,
}

/// Takes apart what is put together of several things; `None` for what is one thing, or none that is known.
pub fn parts<'t, 'a>(terms: &'t Terms<'a>, typed: &str) -> Option<Parts<'t, 'a>> {
    let typed = typed.trim().trim_matches(['"', '\'', '`', '“', '”']);
    if typed.is_empty() || typed.len() > LONGEST {
        return None;
    }
    let maker = Maker { terms };
    if let Some(part) = maker.address(typed).or_else(|| maker.mac(typed)) {
        return Some(Parts { parts: vec![part], is_one: true });
    }
    let several = maker
        .prefix(typed)
        .or_else(|| maker.url(typed))
        .or_else(|| maker.socket(typed))
        .or_else(|| maker.line(typed));
    let several = several.or_else(|| maker.filter(typed));
    let several = several.or_else(|| maker.value(typed)).or_else(|| maker.time(typed));
    let several = several.or_else(|| maker.first_line(typed)).or_else(|| maker.versus(typed));
    let several = several.or_else(|| maker.flags(typed)).or_else(|| maker.name(typed))?;
    Some(Parts { parts: several, is_one: false })
}

/// What is wrong with a prefix: `10.0.0.0/33`; `None` where nothing is, and for what is no prefix.
pub fn bad_prefix(typed: &str) -> Option<String> {
    prefix::rows(typed.trim())?.err()
}

/// What an address is one of; `None` for what is none.
pub(super) fn of_address<'t, 'a>(terms: &'t Terms<'a>, typed: &str) -> Option<&'t Term<'a>> {
    let maker = Maker { terms };
    maker.address(typed).or_else(|| maker.mac(typed))?.term
}

struct Maker<'t, 'a> {
    terms: &'t Terms<'a>,
}

impl<'t, 'a> Maker<'t, 'a> {
    fn part(&self, text: impl Into<String>, what: impl Into<String>, key: &str) -> Part<'t, 'a> {
        Part { text: text.into(), what: what.into(), term: self.terms.of_key(key) }
    }

    /// An IP address, with the range that it is of.
    fn address(&self, typed: &str) -> Option<Part<'t, 'a>> {
        let bare = typed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(typed);
        let address: IpAddr = bare.parse().ok()?;
        let (version, range, key) = match address {
            IpAddr::V4(address) => match mask_length(address) {
                Some(ones) => ("IPv4", of_mask(ones), "word netmask"),
                None => ("IPv4", of_ipv4(address), "word ip address"),
            },
            IpAddr::V6(address) => ("IPv6", of_ipv6(address), "word ipv6 address"),
        };
        let key = if address.is_loopback() { "word loopback" } else { key };
        Some(self.part(typed, format!("{version} address: {range}"), key))
    }

    /// `10.7.0.0/24`, `fd00:7::/64`.
    fn prefix(&self, typed: &str) -> Option<Vec<Part<'t, 'a>>> {
        let rows = prefix::rows(typed)?.ok()?;
        Some(rows.into_iter().map(|(text, what, key)| self.part(text, what, key)).collect())
    }

    /// A MAC address: for how many it is, and who gave it.
    fn mac(&self, typed: &str) -> Option<Part<'t, 'a>> {
        let sign = [':', '-'].into_iter().find(|sign| typed.split(*sign).count() == 6)?;
        let byte = |part: &str| (part.len() == 2).then(|| u8::from_str_radix(part, 16).ok()).flatten();
        let bytes: Vec<u8> = typed.split(sign).map(byte).collect::<Option<_>>()?;
        let first = bytes.first()?;
        let what = if bytes.iter().all(|byte| *byte == 0xff) {
            "everyone on this link (broadcast)"
        } else if bytes.iter().all(|byte| *byte == 0) {
            "no card: loopback has this, and a question of ARP for the address that it looks for"
        } else if first & 1 == 1 {
            "a group on this link: the lowest bit of its first byte is 1 (multicast)"
        } else if first & 2 == 2 {
            "one card, and an address that somebody made up: the second bit of its first byte is 1, as in the lab"
        } else {
            "one card: three bytes name its maker, three are the maker's own number"
        };
        Some(self.part(typed, format!("MAC address: {what}"), "word mac address"))
    }

    /// `scheme://user@host:port/path?query#fragment` (RFC 3986, section 3).
    fn url(&self, typed: &str) -> Option<Vec<Part<'t, 'a>>> {
        let (scheme, rest) = typed.split_once("://")?;
        let (what, key, usual) = match scheme.to_ascii_lowercase().as_str() {
            "ws" => ("a WebSocket, readable for everyone on the way", "word websocket", 80),
            "wss" => ("a WebSocket inside of TLS", "layer tls", 443),
            "http" => ("HTTP, readable for everyone on the way", "layer http", 80),
            "https" => ("HTTP inside of TLS", "layer tls", 443),
            _ => return None,
        };
        let mut parts = vec![self.part(format!("{scheme}://"), what, key)];
        let (rest, fragment) = match rest.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment)),
            None => (rest, None),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let host = match authority.rsplit_once('@') {
            Some((user, host)) => {
                parts.push(self.part(
                    format!("{user}@"),
                    "a name, perhaps a password: better not in a URL",
                    "word url",
                ));
                host
            }
            None => authority,
        };
        if host.is_empty() {
            return (target.is_empty() && fragment.is_none()).then_some(parts);
        }
        parts.extend(self.host_and_port(host)?);
        if parts.last().and_then(|part| part.term).is_none_or(|term| term.key != "word port") {
            let what = format!("not written: {scheme} means port {usual}");
            parts.push(self.part(format!("(:{usual})"), what, "word port"));
        }
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let path = if path.is_empty() { "(/)" } else { path };
        parts.push(self.part(
            path,
            "the path: what the server is asked for, in the request's first line",
            "http.request.uri",
        ));
        if let Some(query) = query {
            parts.push(self.part(
                format!("?{query}"),
                "the query: more for the server, behind the path",
                "http.request.uri",
            ));
        }
        if let Some(fragment) = fragment {
            let what = match scheme.to_ascii_lowercase().as_str() {
                "ws" | "wss" => "the fragment: a WebSocket's URL must not have one",
                _ => "the fragment: it stays in the browser and is on no wire",
            };
            parts.push(self.part(format!("#{fragment}"), what, "word url"));
        }
        Some(parts)
    }

    /// `10.7.0.1:80`, `[fd00:7::1]:80`, `localhost:3000`.
    fn socket(&self, typed: &str) -> Option<Vec<Part<'t, 'a>>> {
        typed.contains(':').then(|| self.host_and_port(typed)).flatten().filter(|parts| parts.len() == 2)
    }

    fn host_and_port(&self, typed: &str) -> Option<Vec<Part<'t, 'a>>> {
        let (host, port) = match typed.rsplit_once(':') {
            // The colons of an address in brackets are its own.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (typed, None),
        };
        let host = self.address(host).or_else(|| self.host(host))?;
        let port = match port {
            Some(port) => Some(self.port(port)?),
            None => None,
        };
        Some(std::iter::once(host).chain(port).collect())
    }

    fn host(&self, typed: &str) -> Option<Part<'t, 'a>> {
        let is_label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        let labels = typed.strip_suffix('.').unwrap_or(typed);
        if !labels.split('.').all(is_label)
            || labels.split('.').next_back()?.chars().all(|c| c.is_ascii_digit())
        {
            return None;
        }
        Some(match labels.to_ascii_lowercase().as_str() {
            "localhost" => {
                self.part(typed, "a name for this computer itself: 127.0.0.1 or ::1", "word loopback")
            }
            _ => self.part(typed, "the host's name; DNS finds the address that belongs to it", "layer dns"),
        })
    }

    fn port(&self, typed: &str) -> Option<Part<'t, 'a>> {
        let digits = !typed.is_empty() && typed.chars().all(|c| c.is_ascii_digit());
        let number = typed.parse::<u16>().ok().filter(|_| digits)?;
        Some(self.part(format!(":{typed}"), format!("the port: {}", of_port(number)), "word port"))
    }

    /// `+0.05 ms`: how the story writes times.
    fn time(&self, typed: &str) -> Option<Vec<Part<'t, 'a>>> {
        let (number, unit) = typed.strip_prefix('+').unwrap_or(typed).split_once(' ')?;
        let is_unit = matches!(unit, "s" | "ms" | "µs" | "us" | "ns" | "min");
        number.parse::<f64>().ok().filter(|_| is_unit)?;
        let what = match typed.strip_prefix('+') {
            Some(_) => "so long after the frame that was told before it",
            None => "a time: since the story began, or how long something took",
        };
        Some(vec![self.part(typed, what, "word jitter")])
    }

    /// `tcp vs udp`: one after the other, where no entry compares them.
    fn versus(&self, typed: &str) -> Option<Vec<Part<'t, 'a>>> {
        if find(self.terms, typed).is_some() {
            return None;
        }
        let lower = typed.to_ascii_lowercase();
        let signs = [" vs. ", " vs ", " versus ", " or ", " and "];
        let (at, sign) = signs.iter().find_map(|sign| Some((lower.find(sign)?, sign)))?;
        let (one, other) = (typed.get(..at)?, typed.get(at + sign.len()..)?);
        let known = |text: &str| {
            let text = text.trim().trim_end_matches('?').to_owned();
            let found = find(self.terms, &text).filter(|found| matches!(found.by, By::Name | By::Alias))?;
            let what = format!("{}: {}", found.best.group.one(), found.best.name);
            Some(Part { text, what, term: Some(found.best) })
        };
        Some(vec![known(one)?, known(other)?])
    }

    /// `example.com`: no term, and a name as hosts have it.
    fn name(&self, typed: &str) -> Option<Vec<Part<'t, 'a>>> {
        const ENDS: &[&str] = &[
            "com", "org", "net", "io", "dev", "app", "edu", "gov", "eu", "de", "at", "ch", "fr", "uk",
            "local", "example", "test", "invalid",
        ];
        let (_, end) = typed.rsplit_once('.')?;
        let is_name = ENDS.contains(&end.to_ascii_lowercase().as_str());
        if !is_name || find(self.terms, typed).is_some() {
            return None;
        }
        Some(vec![self.host(typed)?])
    }

    /// `PSH, ACK`: several flags of TCP in one segment.
    fn flags(&self, typed: &str) -> Option<Vec<Part<'t, 'a>>> {
        let all = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"];
        let words = typed.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
        let words: Vec<&str> =
            words.filter(|word| !matches!(word.to_ascii_lowercase().as_str(), "and" | "flags")).collect();
        let is_flag = |word: &&str| all.contains(&word.to_ascii_lowercase().as_str());
        if words.len() < 2 || !words.iter().all(is_flag) || find(self.terms, typed).is_some() {
            return None;
        }
        let flags = words.iter().filter_map(|word| Some((word, find(self.terms, word)?.best)));
        Some(
            flags
                .map(|(word, term)| self.part(*word, "a flag of TCP, set in this segment", term.key))
                .collect(),
        )
    }
}
