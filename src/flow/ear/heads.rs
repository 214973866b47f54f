//! Heads of HTTP/1.1 that are as they should be, known at a look: which request asks for WebSocket, how long an answer's body is, which
//! answer begins WebSocket. What is not quite so is left to [`http`](crate::flow::http), which reads whatever can be read.

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// An answer.
    Page,
    /// To go on as WebSocket.
    Upgrade,
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It has a body of so many bytes.
    Page(u64),
    /// What follows is WebSocket.
    Switch,
}

/// Heads beyond this are not looked at, in bytes and in lines: they are near the limits of who reads them all.
const LONGEST: usize = 4096;
const MOST_LINES: usize = 64;

/// What a request is that begins and ends with these bytes.
pub(super) fn request(bytes: &[u8]) -> Option<Request> {
    let (line, fields) = split(bytes.strip_prefix(b"GET ")?)?;
    let target = line.strip_suffix(b" HTTP/1.1")?;
    if target.is_empty() || !target.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let (found, len) = Found::of(fields)?;
    match found {
        _ if len != fields.len() => None,
        Found { length: None, upgrade: true, .. } => Some(Request::Upgrade),
        Found { length: None, key: false, .. } => Some(Request::Page),
        _ => None,
    }
}

/// What the answer is that these bytes begin with, and how long its head is.
pub(super) fn answer(bytes: &[u8]) -> Option<(Answer, usize)> {
    let (line, fields) = split(bytes.strip_prefix(b"HTTP/1.1 ")?)?;
    let (code, reason) = line.split_first_chunk::<3>()?;
    let readable = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    if !code.iter().all(u8::is_ascii_digit) || reason.first() != Some(&b' ') || !reason.iter().all(readable) {
        return None;
    }
    let (found, len) = Found::of(fields)?;
    let len = bytes.len() - fields.len() + len;
    match (code, found) {
        (b"101", Found { length: None, upgrade: true, .. }) => Some((Answer::Switch, len)),
        // These never have one.
        (b"204" | b"304" | [b'1', ..], _) => None,
        ([b'2'..=b'5', ..], Found { length: Some(length), .. }) => Some((Answer::Page(length), len)),
        _ => None,
    }
}

/// The first line, and what is behind it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\n', bytes).filter(|end| *end <= LONGEST)?;
    let line = bytes.get(..end)?.strip_suffix(b"\r")?;
    Some((line, bytes.get(end + 1..)?))
}

/// What field lines say of what follows.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    length: Option<u64>,
    /// To WebSocket, and to nothing else.
    upgrade: bool,
    key: bool,
}

impl Found {
    /// Reads field lines up to the empty one; also gives how many bytes they are. `None`: not at a look.
    fn of(bytes: &[u8]) -> Option<(Found, usize)> {
        let (mut found, mut rest) = (Found::default(), bytes);
        for _ in 0..MOST_LINES {
            let end = memchr::memchr(b'\n', rest)?;
            let line = rest.get(..end)?.strip_suffix(b"\r")?;
            rest = rest.get(end + 1..)?;
            if line.is_empty() {
                return Some((found, bytes.len() - rest.len())).filter(|(_, len)| *len <= LONGEST);
            }
            found.line(line)?;
        }
        None
    }

    fn line(&mut self, line: &[u8]) -> Option<()> {
        let colon = memchr::memchr(b':', line)?;
        let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let is_readable = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
        // To the end in any case: so many bytes are compared at once.
        let plain = name.iter().fold(!name.is_empty(), |all, byte| all & is_plain(byte));
        let readable = value.iter().fold(true, |all, byte| all & is_readable(byte));
        if !plain || !readable {
            return None;
        }
        match name.len() {
            7 if name.eq_ignore_ascii_case(b"upgrade") => {
                let once = !std::mem::replace(&mut self.upgrade, true);
                return (once && value.trim_ascii().eq_ignore_ascii_case(b"websocket")).then_some(());
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let digits = value.trim_ascii();
                let text =
                    std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_digit))?;
                return self.length.replace(text.parse().ok()?).is_none().then_some(());
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => return None,
            17 => self.key |= name.eq_ignore_ascii_case(b"sec-websocket-key"),
            _ => {}
        }
        Some(())
    }
}
