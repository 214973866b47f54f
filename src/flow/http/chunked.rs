//! A body in chunks (RFC 9112, section 7.1).

use super::event::Why;
use super::fields::Fields;
use super::limits::Limits;
use super::places::{Block, split};
use super::start::without_end;
use crate::flow::stream::Chunk;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    /// In the line before a chunk.
    #[default]
    Size,
    /// So many bytes of the chunk are still to come.
    Data(u64),
    /// In the line's end behind a chunk.
    DataEnd,
    /// Behind the last chunk.
    Trailers,
}

/// What the next bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// What frames the chunks.
    Frame,
    /// Content.
    Content,
    /// The end of it all; `None`: of a trailer section that is none.
    End(Option<Fields>),
    /// It can't be read on.
    Bad(Why),
}

/// Reads chunks.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunked {
    phase: Phase,
    line: Vec<u8>,
    trailers: Block,
    /// Where the current line of the trailer section begins.
    line_start: usize,
    pub(super) chunks: u64,
    pub(super) extensions: u64,
}

impl Chunked {
    /// What it keeps, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.line.len() + self.trailers.cost()
    }

    /// How many bytes of content come before the next line; `None` where a line comes now.
    pub(super) fn ahead(&self) -> Option<u64> {
        match self.phase {
            Phase::Data(left) => Some(left),
            _ => None,
        }
    }

    /// Passes bytes of content.
    pub(super) fn pass(&mut self, len: u64) {
        if let Phase::Data(left) = &mut self.phase {
            *left = left.saturating_sub(len);
            if *left == 0 {
                self.phase = Phase::DataEnd;
            }
        }
    }

    /// Reads on: how many bytes were used, at least one, and what they are.
    pub(super) fn take(&mut self, chunk: &Chunk<'_>, limits: &Limits) -> (usize, Piece) {
        match self.phase {
            Phase::Size => self.size(chunk.bytes, limits),
            Phase::Data(left) => {
                let used =
                    usize::try_from(left).map_or(chunk.bytes.len(), |left| left.min(chunk.bytes.len()));
                self.pass(used as u64);
                (used, Piece::Content)
            }
            Phase::DataEnd => (1, self.data_end(chunk.bytes)),
            Phase::Trailers => self.trailers(chunk, limits),
        }
    }

    fn size(&mut self, bytes: &[u8], limits: &Limits) -> (usize, Piece) {
        let room = bytes.get(..limits.chunk_line.saturating_add(1) - self.line.len()).unwrap_or(bytes);
        let end = memchr::memchr(b'\n', room);
        let used = end.map_or(room.len(), |end| end + 1);
        self.line.extend_from_slice(room.get(..used).unwrap_or_default());
        if self.line.len() > limits.chunk_line {
            return (used, Piece::Bad(Why::Chunk));
        }
        if end.is_none() {
            return (used, Piece::Frame);
        }
        let line = std::mem::take(&mut self.line);
        let Some(size) = size_of_chunk(&line) else { return (used, Piece::Bad(Why::Chunk)) };
        self.extensions += u64::from(line.contains(&b';'));
        self.phase = if size == 0 { Phase::Trailers } else { Phase::Data(size) };
        self.chunks += u64::from(size > 0);
        (used, Piece::Frame)
    }

    fn data_end(&mut self, bytes: &[u8]) -> Piece {
        match bytes.first() {
            Some(b'\r') if self.line.is_empty() => self.line.push(b'\r'),
            Some(b'\n') => {
                self.line.clear();
                self.phase = Phase::Size;
            }
            _ => return Piece::Bad(Why::Chunk),
        }
        Piece::Frame
    }

    fn trailers(&mut self, chunk: &Chunk<'_>, limits: &Limits) -> (usize, Piece) {
        let room = limits.head.saturating_add(1) - self.trailers.bytes.len();
        let (piece, _) = split(chunk, room);
        let end = memchr::memchr(b'\n', piece.bytes);
        let used = end.map_or(piece.bytes.len(), |end| end + 1);
        self.trailers.add(&split(&piece, used).0, 1);
        if self.trailers.bytes.len() > limits.head {
            return (used, Piece::Bad(Why::TrailersTooLong));
        }
        if end.is_none() {
            return (used, Piece::Frame);
        }
        let line = self.trailers.bytes.get(self.line_start..).unwrap_or_default();
        if !without_end(line).is_empty() {
            self.line_start = self.trailers.bytes.len();
            return (used, Piece::Frame);
        }
        let block = std::mem::take(&mut self.trailers);
        let empty = self.line_start == 0;
        (used, Piece::End(if empty { Some(Fields::default()) } else { Fields::read(block, limits) }))
    }
}

/// The size in a whole chunk line; `None` where there is none. LF alone ends it as well.
fn size_of_chunk(line: &[u8]) -> Option<u64> {
    // httparse takes an empty line for a size of 0.
    line.first().filter(|byte| byte.is_ascii_hexdigit())?;
    let mut whole = without_end(line).to_vec();
    whole.extend_from_slice(b"\r\n");
    match httparse::parse_chunk_size(&whole) {
        Ok(httparse::Status::Complete((len, size))) if len == whole.len() => Some(size),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_before_a_chunk_says_its_size() {
        let cases = [
            ("5\r\n", Some(5)),
            ("00A\n", Some(10)),
            ("ff ; name=\"a\"\r\n", Some(255)),
            ("ffffffffffffffff\r\n", Some(u64::MAX)),
            ("10000000000000000\r\n", None),
            ("\r\n", None),
            ("-1\r\n", None),
            ("0x5\r\n", None),
            ("5 5\r\n", None),
            (";a\r\n", None),
            ("5\rx\r\n", None),
        ];
        for (line, size) in cases {
            assert_eq!(size_of_chunk(line.as_bytes()), size, "{line:?}");
        }
    }
}
