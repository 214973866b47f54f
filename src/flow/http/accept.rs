//! Sec-WebSocket-Accept: how a server shows that it has read the key, step by step (RFC 6455, section 4.2.2, step 5.4).

use data_encoding::{BASE64, DecodeKind};
use sha1::{Digest as _, Sha1};

/// What every server puts behind the key. Whoever does not speak WebSocket would not know it.
pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The arithmetic of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// The key as it was sent, in Base64 still, and the [`GUID`] behind it.
    pub concatenation: Vec<u8>,
    /// SHA-1 of that.
    pub digest: [u8; 20],
    /// The digest in Base64: what the server has to say.
    pub text: String,
}

impl Accept {
    /// For a key, as it stands in its header.
    pub fn of(key: &[u8]) -> Accept {
        let concatenation = [key, GUID.as_bytes()].concat();
        let digest: [u8; 20] = Sha1::digest(&concatenation).into();
        Accept { text: BASE64.encode(&digest), concatenation, digest }
    }
}

/// How many bytes a key has without its Base64; `None` where it is none. It has to have 16 (RFC 6455, section 4.2.1, item 5).
pub fn key_len(key: &[u8]) -> Option<usize> {
    let padding = key.iter().rev().take_while(|byte| **byte == b'=').count();
    match BASE64.decode(key) {
        Ok(bytes) => Some(bytes.len()),
        // The last letter says more bits than count: decoders need not mind (RFC 4648, section 3.5).
        Err(error) if error.kind == DecodeKind::Trailing => (key.len() / 4 * 3).checked_sub(padding),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_comes_out() {
        let accept = Accept::of(b"dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept.concatenation, b"dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
        let digest = [
            0xb3, 0x7a, 0x4f, 0x2c, 0xc0, 0x62, 0x4f, 0x16, 0x90, 0xf6, 0x46, 0x06, 0xcf, 0x38, 0x59, 0x45,
            0xb2, 0xbe, 0xc4, 0xea,
        ];
        assert_eq!(accept.digest, digest);
        assert_eq!(accept.text, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn a_key_has_sixteen_bytes() {
        let cases: [(&[u8], Option<usize>); 7] = [
            (b"dGhlIHNhbXBsZSBub25jZQ==", Some(16)),
            (b"dGhlIHNhbXBsZSBub25jZf==", Some(16)),
            (b"AAAA", Some(3)),
            (b"dGhlIHNhbXBsZSBub25jZQ", None),
            (b"dGhlIHNhbXBsZSBub25j Q==", None),
            (b"", Some(0)),
            (b"====", None),
        ];
        for (key, len) in cases {
            assert_eq!(key_len(key), len, "{}", String::from_utf8_lossy(key));
        }
    }
}
