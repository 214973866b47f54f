//! What both sides say before anything is protected, and the server's answers to extensions (RFC 8446, sections 4.1.2, 4.1.3
//! and 4.3.1).
//!
//! Read as far as it goes: what comes after something wrong is left out, and `damaged` says so.

use super::bytes::Bytes;
use super::names::{CipherSuite, ExtensionType, Group, Version, is_grease};

/// An extension: what it is and how many bytes it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// What it is about.
    pub kind: ExtensionType,
    /// In bytes, without type and length.
    pub len: usize,
}

/// What a client begins with (RFC 8446, section 4.1.2). All texts are untrusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientHello {
    /// What old servers look at: TLS 1.2 where the client can do better (section 4.1.2, `legacy_version`).
    pub legacy_version: Version,
    /// By it a keylog knows the session.
    pub random: [u8; 32],
    /// At most 32 bytes; a TLS 1.3 client sends random ones, for boxes on the way.
    pub session_id: Vec<u8>,
    /// In the order of the client's preference.
    pub cipher_suites: Vec<CipherSuite>,
    /// Its extensions, in the order of the wire.
    pub extensions: Vec<Extension>,
    /// Which host it wants to speak with (SNI; RFC 6066, section 3), for anyone to read.
    pub server_name: Option<String>,
    /// Which protocols it would speak (ALPN; RFC 7301), in the order of its preference.
    pub alpn: Vec<String>,
    /// Which versions it can do (`supported_versions`); empty where it does not say so.
    pub versions: Vec<Version>,
    /// Which ways of agreeing on a key it knows.
    pub groups: Vec<Group>,
    /// For which of these it has sent its part.
    pub key_shares: Vec<Group>,
    /// How many sessions before this one it could go on with (`pre_shared_key`).
    pub pre_shared_keys: usize,
    /// It says something before the server has answered (0-RTT).
    pub early_data: bool,
    /// A part could not be read, and all behind it is left out.
    pub damaged: bool,
}

impl ClientHello {
    /// Reads the body of a ClientHello.
    pub fn parse(body: &[u8]) -> ClientHello {
        let mut hello = ClientHello::default();
        hello.damaged = hello.read(Bytes::new(body)).is_none();
        hello
    }

    /// Whether the client can do TLS 1.3.
    pub fn offers_tls13(&self) -> bool {
        self.versions.contains(&Version::TLS13)
    }

    /// The cipher suites without those that only train servers (RFC 8701).
    pub fn real_suites(&self) -> impl Iterator<Item = CipherSuite> {
        self.cipher_suites.iter().copied().filter(|suite| !is_grease(suite.0))
    }

    fn read(&mut self, mut body: Bytes<'_>) -> Option<()> {
        self.legacy_version = Version(body.u16()?);
        self.random = body.array()?;
        self.session_id = body.vector8()?.rest().to_vec();
        self.cipher_suites = body.vector16()?.numbers()?.into_iter().map(CipherSuite).collect();
        // Compression: null alone since TLS 1.3.
        body.vector8()?;
        for_extensions(body, |kind, data| {
            self.extensions.push(Extension { kind, len: data.len() });
            self.extension(kind, data)
        })
    }

    fn extension(&mut self, kind: ExtensionType, mut data: Bytes<'_>) -> Option<()> {
        match kind.0 {
            0 => self.server_name = server_name(data.vector16()?)?,
            16 => self.alpn = protocols(data.vector16()?)?,
            43 => self.versions = data.vector8()?.numbers()?.into_iter().map(Version).collect(),
            10 => self.groups = data.vector16()?.numbers()?.into_iter().map(Group).collect(),
            51 => {
                let mut shares = data.vector16()?;
                while !shares.is_empty() {
                    self.key_shares.push(Group(shares.u16()?));
                    shares.vector16()?;
                }
            }
            41 => {
                let mut identities = data.vector16()?;
                while !identities.is_empty() {
                    identities.vector16()?;
                    identities.take(4)?;
                    self.pre_shared_keys += 1;
                }
            }
            42 => self.early_data = true,
            _ => {}
        }
        Some(())
    }
}

/// What a server answers (RFC 8446, section 4.1.3), and its wish for another hello (section 4.1.4). All texts are untrusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerHello {
    /// What old clients look at.
    pub legacy_version: Version,
    /// Of a HelloRetryRequest always the same one.
    pub random: [u8; 32],
    /// In TLS 1.3 the client's own, sent back.
    pub session_id: Vec<u8>,
    /// Which one the server has chosen.
    pub cipher_suite: CipherSuite,
    /// Its extensions, in the order of the wire.
    pub extensions: Vec<Extension>,
    /// `supported_versions`: which one the server has chosen, where it is TLS 1.3 or later.
    pub selected_version: Option<Version>,
    /// Which way of agreeing on a key the server has chosen (of a HelloRetryRequest: which it asks the client's part for).
    pub key_share: Option<Group>,
    /// Which of the client's earlier sessions goes on, counted from 0 (`pre_shared_key`).
    pub pre_shared_key: Option<u16>,
    /// Which protocol follows, where this is said in the open (TLS 1.2).
    pub alpn: Option<String>,
    /// A part could not be read, and all behind it is left out.
    pub damaged: bool,
}

impl ServerHello {
    /// The random by which a HelloRetryRequest is known: the SHA-256 of its name (RFC 8446, section 4.1.3).
    pub const RETRY_RANDOM: [u8; 32] = [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2,
        0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    ];

    /// Reads the body of a ServerHello.
    pub fn parse(body: &[u8]) -> ServerHello {
        let mut hello = ServerHello::default();
        hello.damaged = hello.read(Bytes::new(body)).is_none();
        hello
    }

    /// It is a HelloRetryRequest: the client shall say its hello again, with another part of the key.
    pub fn is_retry(&self) -> bool {
        self.random == ServerHello::RETRY_RANDOM
    }

    /// Which version follows.
    pub fn version(&self) -> Version {
        self.selected_version.unwrap_or(self.legacy_version)
    }

    fn read(&mut self, mut body: Bytes<'_>) -> Option<()> {
        self.legacy_version = Version(body.u16()?);
        self.random = body.array()?;
        self.session_id = body.vector8()?.rest().to_vec();
        self.cipher_suite = CipherSuite(body.u16()?);
        body.u8()?;
        for_extensions(body, |kind, mut data| {
            self.extensions.push(Extension { kind, len: data.len() });
            match kind.0 {
                43 => self.selected_version = Some(Version(data.u16()?)),
                51 => self.key_share = Some(Group(data.u16()?)),
                41 => self.pre_shared_key = Some(data.u16()?),
                16 => self.alpn = protocols(data.vector16()?)?.into_iter().next(),
                _ => {}
            }
            Some(())
        })
    }
}

/// The server's answers that only the client may read (RFC 8446, section 4.3.1). All texts are untrusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncryptedExtensions {
    /// Its extensions, in the order of the wire.
    pub extensions: Vec<Extension>,
    /// Which protocol follows (ALPN).
    pub alpn: Option<String>,
    /// What the client said before it was answered is taken.
    pub early_data: bool,
    /// A part could not be read, and all behind it is left out.
    pub damaged: bool,
}

impl EncryptedExtensions {
    /// Reads the body of EncryptedExtensions.
    pub fn parse(body: &[u8]) -> EncryptedExtensions {
        let mut told = EncryptedExtensions::default();
        let read = for_extensions(Bytes::new(body), |kind, mut data| {
            told.extensions.push(Extension { kind, len: data.len() });
            match kind.0 {
                16 => told.alpn = protocols(data.vector16()?)?.into_iter().next(),
                42 => told.early_data = true,
                _ => {}
            }
            Some(())
        });
        told.damaged = read.is_none();
        told
    }
}

/// Goes through the extensions at the end of a message; there may be none at all.
fn for_extensions(
    mut body: Bytes<'_>,
    mut each: impl FnMut(ExtensionType, Bytes<'_>) -> Option<()>,
) -> Option<()> {
    if body.is_empty() {
        return Some(());
    }
    let mut extensions = body.vector16()?;
    while !extensions.is_empty() {
        let kind = ExtensionType(extensions.u16()?);
        each(kind, extensions.vector16()?)?;
    }
    Some(())
}

/// The first name of kind 0, a host's (RFC 6066, section 3).
fn server_name(mut list: Bytes<'_>) -> Option<Option<String>> {
    while !list.is_empty() {
        let kind = list.u8()?;
        let name = list.vector16()?;
        if kind == 0 {
            return Some(Some(String::from_utf8_lossy(name.rest()).into_owned()));
        }
    }
    Some(None)
}

fn protocols(mut list: Bytes<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    while !list.is_empty() {
        names.push(String::from_utf8_lossy(list.vector8()?.rest()).into_owned());
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello() -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend([2, 8, 9]); // session id
        body.extend([0, 4, 0x1a, 0x1a, 0x13, 0x01]); // suites, one of GREASE
        body.extend([1, 0]); // compression
        let extensions: &[&[u8]] = &[
            &[0, 0, 0, 8, 0, 6, 0, 0, 3, b'a', b'.', b'b'],
            &[0, 16, 0, 14, 0, 12, 2, b'h', b'2', 8, b'h', b't', b't', b'p', b'/', b'1', b'.', b'1'],
            &[0, 43, 0, 3, 2, 3, 4],
            &[0, 10, 0, 4, 0, 2, 0, 0x1d],
            &[0, 51, 0, 7, 0, 5, 0, 0x1d, 0, 1, 5],
            &[0, 42, 0, 0],
            &[0, 41, 0, 9, 0, 7, 0, 1, 9, 0, 0, 0, 0],
        ];
        let all = extensions.concat();
        body.extend((all.len() as u16).to_be_bytes());
        body.extend(all);
        body
    }

    #[test]
    fn what_a_client_offers_is_read() {
        let hello = ClientHello::parse(&hello());
        assert!(!hello.damaged && hello.offers_tls13() && hello.early_data);
        assert_eq!(hello.server_name.as_deref(), Some("a.b"));
        assert_eq!(hello.alpn, ["h2", "http/1.1"]);
        assert_eq!((hello.session_id.as_slice(), hello.random), (&[8, 9][..], [7; 32]));
        assert_eq!(hello.real_suites().collect::<Vec<_>>(), [CipherSuite(0x1301)]);
        assert_eq!(
            (hello.groups.as_slice(), hello.key_shares.as_slice()),
            (&[Group(0x1d)][..], &[Group(0x1d)][..])
        );
        assert_eq!((hello.pre_shared_keys, hello.extensions.len()), (1, 7));
    }

    #[test]
    fn a_hello_that_ends_early_keeps_what_came_before() {
        let whole = hello();
        for end in 0..whole.len() {
            let cut = ClientHello::parse(&whole[..end]);
            // Before the extensions a hello may end: TLS 1.2 knows hellos without any.
            let before_extensions = 2 + 32 + 3 + 6 + 2;
            assert_eq!(cut.damaged, end != before_extensions, "{end} bytes");
            assert_eq!(cut.random == [7; 32], end >= 34, "{end} bytes");
        }
    }

    #[test]
    fn a_retry_is_known_by_its_random() {
        use sha2::{Digest, Sha256};
        let digest: [u8; 32] = Sha256::digest(b"HelloRetryRequest").into();
        assert_eq!(ServerHello::RETRY_RANDOM, digest);
        let mut body = vec![3, 3];
        body.extend(digest);
        body.extend([0, 0x13, 0x02, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 0x18]);
        let hello = ServerHello::parse(&body);
        assert!(hello.is_retry() && !hello.damaged);
        assert_eq!((hello.version(), hello.key_share), (Version::TLS13, Some(Group(0x18))));
        assert_eq!(hello.cipher_suite.name(), Some("TLS_AES_256_GCM_SHA384"));
    }
}
