//! From a secret to the keys of records, and a record opened with them (RFC 8446, sections 5.2, 5.3 and 7.1 to 7.3).

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::ChaCha20Poly1305;
use hkdf::Hkdf;
use sha2::{Sha256, Sha384};

use super::keylog::Secret;
use super::names::CipherSuite;

/// How long the proof is that a record ends with.
pub(super) const TAG: usize = 16;

/// The suites that are decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suite {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
}

impl Suite {
    pub(super) fn of(suite: CipherSuite) -> Option<Suite> {
        match suite.0 {
            0x1301 => Some(Suite::Aes128Gcm),
            0x1302 => Some(Suite::Aes256Gcm),
            0x1303 => Some(Suite::ChaCha20Poly1305),
            _ => None,
        }
    }

    /// Those that a secret of this length may belong to: it is as long as what the suite's hash gives.
    pub(super) fn of_secret(secret: &Secret) -> &'static [Suite] {
        match secret.bytes().len() {
            32 => &[Suite::Aes128Gcm, Suite::ChaCha20Poly1305],
            48 => &[Suite::Aes256Gcm],
            _ => &[],
        }
    }

    pub(super) fn number(self) -> CipherSuite {
        CipherSuite(match self {
            Suite::Aes128Gcm => 0x1301,
            Suite::Aes256Gcm => 0x1302,
            Suite::ChaCha20Poly1305 => 0x1303,
        })
    }
}

/// HKDF-Expand-Label with an empty context (RFC 8446, section 7.1). `None` for a secret that is shorter than the hash of the
/// suite, and for a length that HKDF does not give.
fn expand_label(suite: Suite, secret: &[u8], label: &str, out: &mut [u8]) -> Option<()> {
    let length = u16::try_from(out.len()).ok()?.to_be_bytes();
    let name = u8::try_from("tls13 ".len() + label.len()).ok()?;
    let info: [&[u8]; 5] = [&length, &[name], b"tls13 ", label.as_bytes(), &[0]];
    match suite {
        Suite::Aes256Gcm => Hkdf::<Sha384>::from_prk(secret).ok()?.expand_multi_info(&info, out).ok(),
        Suite::Aes128Gcm | Suite::ChaCha20Poly1305 => {
            Hkdf::<Sha256>::from_prk(secret).ok()?.expand_multi_info(&info, out).ok()
        }
    }
}

/// The secret that follows a KeyUpdate (RFC 8446, section 7.2).
pub(super) fn next_secret(suite: Suite, secret: &Secret) -> Option<Secret> {
    let mut next = [0; Secret::MOST];
    let next = next.get_mut(..secret.bytes().len())?;
    expand_label(suite, secret.bytes(), "traffic upd", next)?;
    Secret::new(next)
}

#[expect(clippy::large_enum_variant, reason = "two of them a conversation, in a box of its own")]
enum Cipher {
    Aes128Gcm(Aes128Gcm),
    Aes256Gcm(Aes256Gcm),
    ChaCha20Poly1305(ChaCha20Poly1305),
}

/// What opens the records of one direction between two changes of keys.
pub(super) struct Keys {
    cipher: Cipher,
    iv: [u8; 12],
}

impl Keys {
    /// The write key and IV of a traffic secret (RFC 8446, section 7.3). `None` where the secret has another length than the
    /// suite's hash.
    pub(super) fn new(suite: Suite, secret: &Secret) -> Option<Keys> {
        if !Suite::of_secret(secret).contains(&suite) {
            return None;
        }
        let (mut short, mut long, mut iv) = ([0; 16], [0; 32], [0; 12]);
        expand_label(suite, secret.bytes(), "iv", &mut iv)?;
        let cipher = match suite {
            Suite::Aes128Gcm => {
                expand_label(suite, secret.bytes(), "key", &mut short)?;
                Cipher::Aes128Gcm(Aes128Gcm::new(&short.into()))
            }
            Suite::Aes256Gcm => {
                expand_label(suite, secret.bytes(), "key", &mut long)?;
                Cipher::Aes256Gcm(Aes256Gcm::new(&long.into()))
            }
            Suite::ChaCha20Poly1305 => {
                expand_label(suite, secret.bytes(), "key", &mut long)?;
                Cipher::ChaCha20Poly1305(ChaCha20Poly1305::new(&long.into()))
            }
        };
        Some(Keys { cipher, iv })
    }

    /// Opens the record with this number in `record` (its header of 5 bytes, then what is protected). True: what follows the
    /// header, but for the tag, is now what was said. False: it is another record's number or key, and nothing has changed.
    pub(super) fn open(&self, sequence: u64, record: &mut [u8]) -> bool {
        let Some((header, body)) = record.split_at_mut_checked(5) else { return false };
        let Some((text, tag)) = body.split_last_chunk_mut::<TAG>() else { return false };
        let mut nonce = self.iv;
        for (byte, number) in nonce.iter_mut().skip(4).zip(sequence.to_be_bytes()) {
            *byte ^= number;
        }
        let (nonce, tag) = (nonce.into(), (*tag).into());
        let opened = match &self.cipher {
            Cipher::Aes128Gcm(cipher) => cipher.decrypt_inout_detached(&nonce, header, text.into(), &tag),
            Cipher::Aes256Gcm(cipher) => cipher.decrypt_inout_detached(&nonce, header, text.into(), &tag),
            Cipher::ChaCha20Poly1305(cipher) => {
                cipher.decrypt_inout_detached(&nonce, header, text.into(), &tag)
            }
        };
        opened.is_ok()
    }
}

impl std::fmt::Debug for Keys {
    /// Keys are not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(byte).collect()
    }

    /// What the RFC calls a label is the text behind `tls13 `.
    fn expanded(suite: Suite, secret: &str, label: &str, length: usize) -> Vec<u8> {
        let mut out = vec![0; length];
        expand_label(suite, &hex(secret), label, &mut out).unwrap();
        out
    }

    #[test]
    fn keys_of_the_example_in_rfc_8448_section_3_come_out() {
        let server = "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38";
        assert_eq!(expanded(Suite::Aes128Gcm, server, "key", 16), hex("3fce516009c21727d0f2e4e86ee403bc"));
        assert_eq!(expanded(Suite::Aes128Gcm, server, "iv", 12), hex("5d313eb2671276ee13000b30"));
        let client = "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21";
        assert_eq!(expanded(Suite::Aes128Gcm, client, "key", 16), hex("dbfaa693d1762c5b666af5d950258d01"));
        assert_eq!(expanded(Suite::Aes128Gcm, client, "iv", 12), hex("5bd3c71b836e0b76bb73265f"));
    }

    #[test]
    fn labels_of_quic_come_out_as_in_rfc_9001_appendix_a() {
        let client = "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea";
        assert_eq!(
            expanded(Suite::Aes128Gcm, client, "quic key", 16),
            hex("1f369613dd76d5467730efcbe3b1a22d")
        );
        assert_eq!(expanded(Suite::Aes128Gcm, client, "quic iv", 12), hex("fa044b2f42a3fd3b46fb255c"));
        let chacha = "9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b";
        let key = hex("c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8");
        assert_eq!(expanded(Suite::ChaCha20Poly1305, chacha, "quic key", 32), key);
    }

    #[test]
    fn a_secret_of_another_length_gives_no_keys() {
        let short = Secret::new(&[7; 32]).unwrap();
        let long = Secret::new(&[7; 48]).unwrap();
        assert!(
            Keys::new(Suite::Aes128Gcm, &short).is_some() && Keys::new(Suite::Aes128Gcm, &long).is_none()
        );
        assert!(
            Keys::new(Suite::Aes256Gcm, &long).is_some() && Keys::new(Suite::Aes256Gcm, &short).is_none()
        );
    }

    #[test]
    fn what_does_not_open_stays_as_it_was() {
        let keys = Keys::new(Suite::ChaCha20Poly1305, &Secret::new(&[1; 32]).unwrap()).unwrap();
        let mut record = vec![0x17, 3, 3, 0, 20];
        record.extend([9; 20]);
        let before = record.clone();
        assert!(!keys.open(0, &mut record));
        assert_eq!(record, before);
        assert!(!keys.open(0, &mut record[..10]) && !keys.open(0, &mut []));
    }
}
