//! Lines that somebody types, or a pipe gives: each of bounded length.

use std::io::{self, BufRead, Read};

/// A longer line is none that anybody types.
pub(crate) const MOST_BYTES: usize = 64 << 10;

/// The next line of standard input; `None` at its end.
pub(crate) fn next_line() -> io::Result<Option<String>> {
    read_line(&mut io::stdin().lock())
}

/// The next line, without its end; `None` at the end of input. Of one that is too long the start, too long as well.
pub(crate) fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let room = MOST_BYTES as u64 + 2;
    let mut bytes = Vec::new();
    if input.by_ref().take(room).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    let mut rest = Vec::new();
    while bytes.last() != Some(&b'\n') && bytes.len() as u64 == room {
        rest.clear();
        let read = input.by_ref().take(room).read_until(b'\n', &mut rest)?;
        if read == 0 || rest.last() == Some(&b'\n') {
            break;
        }
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_up_to_its_limit() {
        let long = "x".repeat(3 * MOST_BYTES);
        let mut input = io::Cursor::new(format!("one\r\n\n{long}\nlast"));
        let mut next = || read_line(&mut input).unwrap();
        assert_eq!(next().as_deref(), Some("one"));
        assert_eq!(next().as_deref(), Some(""));
        let cut = next().unwrap();
        assert!((MOST_BYTES + 1..=MOST_BYTES + 2).contains(&cut.len()), "{}", cut.len());
        assert_eq!(next().as_deref(), Some("last"));
        assert_eq!(next(), None);
    }
}
