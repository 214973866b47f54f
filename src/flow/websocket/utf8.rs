//! Whether bytes that come piece by piece are UTF-8 (RFC 3629). A code point may be cut anywhere.

/// What is known of the bytes so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Utf8 {
    /// The beginning of a code point that is not whole yet.
    begun: [u8; 4],
    /// How many bytes of it there are: 0 to 3.
    count: usize,
    /// How many bytes came before it.
    whole: u64,
    wrong: bool,
}

impl Utf8 {
    /// Takes the next bytes. `Err`: where the first byte stands, counted from the beginning, that belongs to no valid code
    /// point; said once, later bytes are passed over.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), u64> {
        if self.wrong {
            return Ok(());
        }
        let mut left = bytes;
        while self.count > 0 {
            let Some((next, rest)) = left.split_first() else { return Ok(()) };
            let Some(place) = self.begun.get_mut(self.count) else { return self.fail(0) };
            (*place, left) = (*next, rest);
            self.count += 1;
            match std::str::from_utf8(self.begun.get(..self.count).unwrap_or_default()) {
                Ok(_) => {
                    self.whole += self.count as u64;
                    self.count = 0;
                }
                Err(error) if error.error_len().is_some() => return self.fail(0),
                Err(_) => {}
            }
        }
        match std::str::from_utf8(left) {
            Ok(_) => self.whole += left.len() as u64,
            Err(error) if error.error_len().is_some() => return self.fail(error.valid_up_to() as u64),
            Err(error) => {
                let (good, begun) = left.split_at_checked(error.valid_up_to()).unwrap_or((left, &[]));
                self.whole += good.len() as u64;
                for (place, byte) in self.begun.iter_mut().zip(begun) {
                    *place = *byte;
                    self.count += 1;
                }
            }
        }
        Ok(())
    }

    /// No more bytes come. `Err`: where the code point begins that is not whole.
    pub(super) fn end(&mut self) -> Result<(), u64> {
        if self.wrong || self.count == 0 { Ok(()) } else { self.fail(0) }
    }

    fn fail(&mut self, further: u64) -> Result<(), u64> {
        self.wrong = true;
        Err(self.whole + further)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong, with the bytes cut into pieces of this length.
    fn wrong(bytes: &[u8], piece: usize) -> Option<u64> {
        let mut utf8 = Utf8::default();
        let mut found = Vec::new();
        for piece in bytes.chunks(piece) {
            found.extend(utf8.push(piece).err());
        }
        found.extend(utf8.end().err());
        assert!(found.len() <= 1, "said once");
        found.first().copied()
    }

    #[test]
    fn however_it_is_cut_the_answer_is_that_of_the_whole() {
        let texts: [&[u8]; 12] = [
            b"",
            b"plain",
            "größe 日本語 🎈".as_bytes(),
            b"ab\xff\xfe bad",
            b"\xe2\x82",
            b"ok \xf0\x9f\x8e",
            // Longer than need be, a surrogate, beyond the last code point.
            b"\xc0\x80",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xf4\x8f\xbf\xbf",
            b"x\x80",
            b"\xe6\x97A",
        ];
        for text in texts {
            let expected = std::str::from_utf8(text).err().map(|error| error.valid_up_to() as u64);
            for piece in 1..=text.len() + 1 {
                assert_eq!(wrong(text, piece), expected, "{text:x?} in pieces of {piece}");
            }
        }
    }
}
