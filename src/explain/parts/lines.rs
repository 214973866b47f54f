//! Lines copied off a screen: of an HTTP message, of Wireshark's Info column, of a story, of its filter.

use super::super::search::{By, find};
use super::super::term::{Group, Term};
use super::{Maker, Part};

impl<'t, 'a> Maker<'t, 'a> {
    /// `Upgrade: websocket`: a line of an HTTP header.
    pub(super) fn line(&self, typed: &str) -> Option<Vec<Part<'t, 'a>>> {
        let (name, value) = typed.split_once(": ")?;
        let value = value.trim();
        let is_own = |term: &&Term<'_>| term.group == Group::Headers && term.name.eq_ignore_ascii_case(name);
        let term = self.terms.all().iter().find(is_own)?;
        let mut parts = vec![self.part(format!("{name}:"), "a line of an HTTP header", term.key)];
        let host = if term.key == "http.host" { self.host_and_port(value) } else { None };
        parts.extend(host.unwrap_or_else(|| {
            // A number counts something here, and is no port and no layer.
            let is_number = value.chars().all(|c| c.is_ascii_digit());
            let found = if is_number { None } else { find(self.terms, value) };
            let term = found.filter(|found| matches!(found.by, By::Name | By::Alias)).map(|found| found.best);
            vec![Part { text: value.to_owned(), what: "what it says".to_owned(), term }]
        }));
        Some(parts)
    }

    /// `GET / HTTP/1.1`, `HTTP/1.1 101 Switching Protocols` (RFC 9112, sections 3 and 4).
    pub(super) fn first_line(&self, typed: &str) -> Option<Vec<Part<'t, 'a>>> {
        let version = |text: &str| text.starts_with("HTTP/");
        let (first, rest) = typed.split_once(' ')?;
        if version(first) {
            let (code, phrase) = rest.split_once(' ').unwrap_or((rest, ""));
            code.parse::<u16>().ok().filter(|code| (100..1000).contains(code))?;
            let known = format!("status {code}");
            let key = if self.terms.of_key(&known).is_some() { &known } else { "http.response.code" };
            let mut parts = vec![
                self.part(first, "the version: an answer begins with it", "http.response.version"),
                self.part(code, "the status: how the server answers", key),
            ];
            if !phrase.is_empty() {
                parts.push(self.part(phrase, "the same in words, for people", "http.response.phrase"));
            }
            return Some(parts);
        }
        let (target, last) = rest.rsplit_once(' ')?;
        let is_method = first.chars().all(|c| c.is_ascii_uppercase()) && !first.is_empty();
        (is_method && version(last) && !target.is_empty()).then(|| {
            vec![
                self.part(first, "the method: what is to be done", "http.request.method"),
                self.part(target, "the target: with what", "http.request.uri"),
                self.part(last, "the version, at the end of a request's first line", "http.request.version"),
            ]
        })
    }

    /// `Seq=0`, as Wireshark's Info column has it, or `seq 0`, as a story does; several with spaces between them.
    pub(super) fn value(&self, typed: &str) -> Option<Vec<Part<'t, 'a>>> {
        let known = |name: &str| {
            Some(match name.to_ascii_lowercase().as_str() {
                "seq" => ("tcp.seq", "sequence number, counted from the start of the conversation"),
                "ack" => (
                    "tcp.ack",
                    "acknowledgement number: the next byte that is waited for, counted from the start",
                ),
                "win" => ("tcp.window_size", "window: so many bytes its receiver has room for, scaled"),
                "len" => ("tcp.len", "bytes of the program in this segment"),
                "mss" => {
                    ("tcp.options.mss_val", "the most bytes of data that a segment to the sender may have")
                }
                "ws" => (
                    "tcp.options.wscale.multiplier",
                    "window scale: each window behind the SYN counts so many times",
                ),
                "sack_perm" => ("tcp.options.sack_perm", "the sender understands SACK"),
                "tsval" => ("tcp.options.timestamp.tsval", "the sender's clock when it sent this"),
                "tsecr" => ("tcp.options.timestamp.tsecr", "the other side's clock, sent back"),
                "ttl" => ("ip.ttl", "so many routers less one may pass it on"),
                "id" => ("ip.id", "number of the packet, for its fragments"),
                _ => return None,
            })
        };
        let is_number = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_digit())
                && text.chars().all(|c| c.is_ascii_digit() || c == ',')
        };
        let mut parts = Vec::new();
        let mut words = typed.split_whitespace().map(|word| word.trim_end_matches(',')).peekable();
        while let Some(word) = words.next() {
            let (name, value, text) = match word.split_once('=') {
                Some((name, value)) => (name, value, word.to_owned()),
                None => {
                    let value = words.next_if(|next| is_number(next)).unwrap_or_default();
                    (word, value, format!("{word} {value}").trim_end().to_owned())
                }
            };
            // `WS=128` is a value; `ws` alone is a word of its own.
            let alone = value.is_empty() && name.eq_ignore_ascii_case("sack_perm");
            if !(alone || is_number(value)) {
                return None;
            }
            let (key, what) = known(name)?;
            parts.push(self.part(text, what, key));
        }
        (!parts.is_empty()).then_some(parts)
    }

    /// A display filter of Wireshark: its fields and protocols, and what stands between them.
    pub(super) fn filter(&self, typed: &str) -> Option<Vec<Part<'t, 'a>>> {
        let spaced =
            typed.replace('(', " ( ").replace(')', " ) ").replace('!', " ! ").replace(" !  =", " !=");
        let words: Vec<&str> = spaced.split_whitespace().filter(|word| !matches!(*word, "(" | ")")).collect();
        let mut parts = Vec::new();
        let (mut fields, mut operators) = (0, 0);
        for word in words {
            let operator = match word {
                "==" | "eq" => Some("equals"),
                "!=" | "ne" => Some("does not equal"),
                ">" | "gt" => Some("is more than"),
                "<" | "lt" => Some("is less than"),
                ">=" | "ge" => Some("is at least"),
                "<=" | "le" => Some("is at most"),
                "contains" => Some("has these bytes or letters in it"),
                "matches" => Some("fits this pattern"),
                "and" | "&&" => Some("both must be so"),
                "or" | "||" => Some("one of the two must be so"),
                "not" | "!" => Some("what follows must not be so"),
                _ => None,
            };
            if let Some(what) = operator {
                operators += 1;
                parts.push(Part { text: word.to_owned(), what: what.to_owned(), term: None });
                continue;
            }
            let term = self.terms.of_key(word).or_else(|| self.terms.of_key(&format!("layer {word}")));
            fields += usize::from(term.is_some());
            let what = match term {
                Some(term) if term.key == word => format!("the field: {}", term.name),
                Some(term) => format!("the protocol: {}", term.name),
                None => "the value".to_owned(),
            };
            parts.push(Part { text: word.to_owned(), what, term });
        }
        (fields > 0 && operators > 0).then_some(parts)
    }
}
