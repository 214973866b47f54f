//! Start lines: what is one, by its first bytes and as a whole (RFC 9112, sections 3 and 4).

use crate::event::Host;

use super::fields::{is_token, is_token_byte};

/// No registered method is so long (IANA's registry: at most 17 letters).
const LONGEST_METHOD: usize = 32;
/// How a status line begins, up to the minor version.
const VERSION: &[u8] = b"HTTP/1.";

/// What the first bytes of a line are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// The beginning of a start line.
    Http,
    /// Too little to say.
    Unclear,
    /// Of none.
    Not,
}

/// What a line is that begins with these bytes.
pub(super) fn looks(bytes: &[u8], from: Host) -> Looks {
    match from {
        Host::Client => looks_like_request(bytes),
        Host::Server => looks_like_status(bytes),
    }
}

fn looks_like_request(bytes: &[u8]) -> Looks {
    let Some(space) = bytes.iter().take(LONGEST_METHOD + 1).position(|byte| !is_token_byte(*byte)) else {
        return if bytes.len() > LONGEST_METHOD { Looks::Not } else { Looks::Unclear };
    };
    if space == 0 || bytes.get(space) != Some(&b' ') {
        return Looks::Not;
    }
    match bytes.get(space + 1) {
        None => Looks::Unclear,
        Some(byte) if byte.is_ascii_control() => Looks::Not,
        Some(_) => Looks::Http,
    }
}

fn looks_like_status(bytes: &[u8]) -> Looks {
    let matches = |(at, byte): (usize, &u8)| match at {
        0..=6 => VERSION.get(at) == Some(byte),
        7 => byte.is_ascii_digit(),
        _ => *byte == b' ',
    };
    if !bytes.iter().take(9).enumerate().all(matches) {
        Looks::Not
    } else if bytes.len() < 9 {
        Looks::Unclear
    } else {
        Looks::Http
    }
}

/// A line without its end.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Where in a request line the version begins; `None` where it has none of HTTP/1.
pub(super) fn version_at(line: &[u8]) -> Option<usize> {
    let line = without_end(line);
    let (before, version) = line.split_at_checked(line.len().checked_sub(VERSION.len() + 1)?)?;
    let digit = version.strip_prefix(VERSION)?;
    (digit.first()?.is_ascii_digit() && before.ends_with(b" ")).then_some(before.len())
}

/// Whether a whole line is a start line.
pub(super) fn is_start(line: &[u8], from: Host) -> bool {
    match from {
        Host::Client => looks_like_request(line) == Looks::Http && has_target(line),
        Host::Server => looks_like_status(line) == Looks::Http && has_code(line),
    }
}

fn has_target(line: &[u8]) -> bool {
    let method = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    let target = version_at(line).and_then(|version| line.get(method..version));
    target.is_some_and(|target| !target.trim_ascii().is_empty())
}

fn has_code(line: &[u8]) -> bool {
    let code = line.get(9..).unwrap_or_default().trim_ascii_start();
    let digits = code.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits == 3 && code.get(3).is_none_or(u8::is_ascii_whitespace)
}

/// IANA's registry of methods, and some that are in wide use.
const METHODS: &[&str] = &[
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "OPTIONS",
    "ORDERPATCH",
    "PATCH",
    "POST",
    "PROPFIND",
    "PROPPATCH",
    "PUT",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
    "M-SEARCH",
    "NOTIFY",
    "PURGE",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
];

/// Whether the first word is a method that everybody knows.
pub(super) fn begins_with_method(line: &[u8]) -> bool {
    let word = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    METHODS.iter().any(|method| method.as_bytes() == word)
}

/// Where in a line a start line begins, behind whatever else stands there.
pub(super) fn find_start(line: &[u8], from: Host) -> Option<usize> {
    match from {
        Host::Client => find_request(line),
        Host::Server => memchr::memmem::rfind_iter(line, VERSION)
            .find(|at| line.get(*at..).is_some_and(|rest| is_start(rest, from))),
    }
}

fn find_request(line: &[u8]) -> Option<usize> {
    let before = line.get(..version_at(line)?)?.trim_ascii_end();
    let space = before.iter().rposition(|byte| *byte == b' ')?;
    let (before, target) = before.split_at_checked(space)?;
    // A path, the asterisk, or a colon as in a URL and in a host's name with its port (RFC 9112, section 3.2).
    let target = target.trim_ascii_start();
    if !target.starts_with(b"/") && target != b"*" && !target.contains(&b':') {
        return None;
    }
    // Behind a body without a line's end only a method that everybody knows can be told from it; the longest, so that the end of
    // another is not taken for one.
    let ends = METHODS.iter().filter(|method| before.ends_with(method.as_bytes()));
    let known = ends.map(|method| before.len() - method.len()).min();
    known.or_else(|| (is_token(before) && is_start(line, Host::Client)).then_some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(text: &str) -> Looks {
        looks(text.as_bytes(), Host::Client)
    }

    #[test]
    fn the_first_bytes_say_what_is_no_request() {
        for unclear in ["", "G", "GET", "GET ", "M-SEARCH"] {
            assert_eq!(is(unclear), Looks::Unclear, "{unclear}");
        }
        assert_eq!(is("GET /"), Looks::Http);
        let long = "A".repeat(40);
        for not in ["\u{16}\u{3}", " GET /", "GET\r\n", "{\"a\": 1}", "GET/ HTTP", &long, "GET \0"] {
            assert_eq!(is(not), Looks::Not, "{not}");
        }
    }

    #[test]
    fn the_first_bytes_say_what_is_no_answer() {
        let is = |text: &str| looks(text.as_bytes(), Host::Server);
        assert_eq!((is("H"), is("HTTP/1.1"), is("HTTP/1.1 ")), (Looks::Unclear, Looks::Unclear, Looks::Http));
        for not in ["220 mail", "HTTP/2", "HTTP/1.x", "HTTP/1.1\r", "http/1.1 "] {
            assert_eq!(is(not), Looks::Not, "{not}");
        }
    }

    #[test]
    fn a_whole_line_is_a_start_line_or_not() {
        for yes in [
            "GET / HTTP/1.1\r\n",
            "OPTIONS * HTTP/1.0\n",
            "GET /a b HTTP/1.1\r\n",
            "X http://a/ HTTP/1.3\r\n",
        ] {
            assert!(is_start(yes.as_bytes(), Host::Client), "{yes}");
        }
        for no in [
            "EHLO example.org\r\n",
            "GET /\r\n",
            "PRI * HTTP/2.0\r\n",
            "HTTP/1.1\r\n",
            "GET HTTP/1.1\r\n",
            "GET / HTTP/1.1 \r\n",
        ] {
            assert!(!is_start(no.as_bytes(), Host::Client), "{no}");
        }
        for yes in ["HTTP/1.1 200 OK\r\n", "HTTP/1.0 404\n", "HTTP/1.1  301 \r\n"] {
            assert!(is_start(yes.as_bytes(), Host::Server), "{yes}");
        }
        for no in ["HTTP/1.1 20\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 OK\r\n"] {
            assert!(!is_start(no.as_bytes(), Host::Server), "{no}");
        }
    }

    #[test]
    fn a_start_line_is_found_behind_the_end_of_a_body() {
        let find = |text: &str, from| find_start(text.as_bytes(), from);
        assert_eq!(find("</html>HTTP/1.1 200 OK\r\n", Host::Server), Some(7));
        assert_eq!(find("see HTTP/1.1 for that\r\n", Host::Server), None);
        assert_eq!(find("{\"a\":1}GET /x HTTP/1.1\r\n", Host::Client), Some(7));
        assert_eq!(find("a=1 UNLOCK /x HTTP/1.1\r\n", Host::Client), Some(4));
        assert_eq!(find("abcGET /x HTTP/1.1\r\n", Host::Client), Some(3));
        assert_eq!(find("DANCE /x HTTP/1.1\r\n", Host::Client), Some(0));
        assert_eq!(find("we speak HTTP/1.1\r\n", Host::Client), None);
    }
}
