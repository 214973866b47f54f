//! Any bytes as a file, read to its end or to the error that ends it: a capture of any form, compressed or not.
//!
//! Input: the file itself. It is read at once and, the same again, in pieces of a few bytes: both readings agree, an error is
//! told once, its message is one tame line.

#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use netlab::source::{ReadError, Reader};
use netlab_fuzz::assert_tame;

/// So many frames are read of one input: a compressed one may hold very many.
const MAX_FRAMES: u64 = 20_000;

/// Gives its bytes in pieces, as a pipe does.
struct Pieces {
    bytes: Vec<u8>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let left = self.bytes.get(self.at..).unwrap_or_default();
        let count = left.len().min(out.len()).min(1 + self.at % 13);
        for (to, from) in out.iter_mut().zip(left.iter().take(count)) {
            *to = *from;
        }
        self.at += count;
        Ok(count)
    }
}

/// Whether a packed file begins like this. How far such a one can be read before damage, the unpacker says: it may stop earlier
/// in a small piece.
fn is_packed(input: &[u8]) -> bool {
    [&[0x1f, 0x8b][..], &[0x28, 0xb5, 0x2f, 0xfd], &[0x04, 0x22, 0x4d, 0x18]]
        .iter()
        .any(|magic| input.starts_with(magic))
        || matches!(input, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// What a reading came to: frames, a sum over all that they say, and how it ended.
fn read(opened: Result<Reader, ReadError>) -> (u64, u64, Option<String>) {
    let told = |error: &ReadError| {
        let text = format!("{error}: {}", error.cause);
        assert_tame(&text);
        text
    };
    let mut reader = match opened {
        Ok(reader) => reader,
        Err(error) => return (0, 0, Some(told(&error))),
    };
    let (mut count, mut sum) = (0u64, 0u64);
    loop {
        match reader.next() {
            Ok(Some(frame)) => {
                count += 1;
                assert_eq!(frame.number, count);
                sum = frame
                    .bytes
                    .iter()
                    .fold(sum, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
                sum = sum.wrapping_add(frame.original_len.into()).wrapping_add(frame.link.number().into());
                sum = sum.wrapping_add(frame.time.map_or(1, |time| time.0 as u64));
            }
            Ok(None) => break,
            Err(error) => {
                let text = told(&error);
                assert!(matches!(reader.next(), Ok(None)), "an error is told once");
                return (count, sum, Some(text));
            }
        }
        sum = sum.wrapping_add(reader.comment().map_or(0, |comment| comment.len() as u64));
        if count >= MAX_FRAMES {
            break;
        }
    }
    (count, sum.wrapping_add(reader.names().len() as u64), None)
}

fuzz_target!(|input: &[u8]| {
    let at_once = read(Reader::from_bytes("x", input.to_vec()));
    let pieces = Pieces { bytes: input.to_vec(), at: 0 };
    let in_pieces = read(Reader::from_read("x", Box::new(pieces)));
    if is_packed(input) && at_once.2.is_some() {
        assert!(in_pieces.2.is_some(), "damage is told, however the file comes: {at_once:?}");
    } else {
        assert_eq!(at_once, in_pieces);
    }
});
