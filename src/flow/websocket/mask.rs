//! The mask (RFC 6455, section 5.3): each byte of a payload XOR the byte of the key at its place, modulo 4.

/// Takes a mask off, or puts it on: the same operation. `place` is that of the first byte in the payload of its frame; only
/// what it leaves when divided by 4 matters.
pub fn mask(bytes: &mut [u8], key: [u8; 4], place: u64) {
    // The key, turned so that it begins with the byte that meets the first one, as often as a word has room for it.
    let mut turned = key;
    turned.rotate_left((place % 4) as usize);
    let [a, b, c, d] = turned;
    let word = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    // Lanes of 32 bytes: what a processor's widest registers take at once.
    let mut lanes = bytes.chunks_exact_mut(32);
    for lane in &mut lanes {
        xor_words(lane, word);
    }
    let left = lanes.into_remainder();
    let whole = left.len() / 8 * 8;
    let (words, rest) = left.split_at_mut(whole);
    xor_words(words, word);
    for (byte, key) in rest.iter_mut().zip(turned.iter().cycle()) {
        *byte ^= key;
    }
}

/// The words of a slice whose length is a multiple of 8.
#[inline(always)]
fn xor_words(bytes: &mut [u8], key: u64) {
    for word in bytes.chunks_exact_mut(8) {
        if let Ok(word) = <&mut [u8; 8]>::try_from(word) {
            *word = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn byte_by_byte(bytes: &mut [u8], key: [u8; 4], place: u64) {
        for (number, byte) in bytes.iter_mut().enumerate() {
            *byte ^= key[((place + number as u64) % 4) as usize];
        }
    }

    #[test]
    fn every_length_from_every_place_is_as_the_definition_says() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        for length in 0..200 {
            for place in [0, 1, 2, 3, 4, 125, u64::MAX - 1, u64::MAX] {
                let mut fast: Vec<u8> = (0..length).map(|byte| (byte * 7) as u8).collect();
                let mut slow = fast.clone();
                mask(&mut fast, key, place);
                byte_by_byte(&mut slow, key, place % 4);
                assert_eq!(fast, slow, "{length} bytes from {place}");
            }
        }
    }

    #[test]
    fn the_masked_hello_of_the_standard_is_hello() {
        // RFC 6455, section 5.7.
        let mut bytes = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
        mask(&mut bytes, [0x37, 0xfa, 0x21, 0x3d], 0);
        assert_eq!(&bytes, b"Hello");
    }
}
