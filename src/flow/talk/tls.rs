//! A record of TLS as it is told with the frame that completes it.

use super::findings::{Put, Row};
use crate::dissect::{Kind, Text, Value};
use crate::flow::tls::{
    Alert, Body, ClientHello, ContentType, EncryptedExtensions, Event, ExtensionType, MessageType, Reading,
    Record, ServerHello, Unread, Version,
};

/// A record, and what was read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsRecord {
    /// Where it stands, and what its outside says.
    pub record: Record,
    /// How it was read.
    pub reading: Reading,
    /// TLS 1.3 protects it: what its outside says it carries is not what it carries (RFC 8446, section 5.2).
    pub is_opaque: bool,
    /// The messages of the handshake that it completes.
    pub messages: Vec<TlsMessage>,
    /// The alert in it.
    pub alert: Option<Alert>,
    /// Why it can't be read, in words.
    unread: Option<String>,
}

/// A message of the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsMessage {
    /// What it is.
    pub kind: MessageType,
    /// In bytes, without its header of 4.
    pub len: usize,
    /// What it says, where that is read.
    pub body: TlsBody,
}

impl TlsMessage {
    /// Whether it is a hello, of either side.
    pub fn is_hello(&self) -> bool {
        matches!(self.body, TlsBody::ClientHello(_) | TlsBody::ServerHello(_))
    }
}

/// What a message of the handshake says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsBody {
    /// What a client begins with.
    ClientHello(Box<ClientHello>),
    /// What a server answers, or its wish for another hello.
    ServerHello(Box<ServerHello>),
    /// The server's answers that only the client may read.
    EncryptedExtensions(Box<EncryptedExtensions>),
    /// Another message.
    Other,
}

const TLS: Row = ("tls", "TLS", Kind::Mark);
const CONTENT: Row = ("tls.record.content_type", "What it carries", Kind::Number);
const OPAQUE: Row = ("tls.record.opaque_type", "What it says it carries", Kind::Number);
const VERSION: Row = ("tls.record.version", "Version on its outside", Kind::Hex);
const LENGTH: Row = ("tls.record.length", "Bytes behind its header", Kind::Number);
const CHANGE: Row = ("tls.change_cipher_spec", "ChangeCipherSpec", Kind::Mark);
const LEVEL: Row = ("tls.alert_message.level", "Alert: how grave", Kind::Number);
const DESCRIPTION: Row = ("tls.alert_message.desc", "Alert: what it says", Kind::Number);
const KIND: Row = ("tls.handshake.type", "Message of the handshake", Kind::Number);
const MESSAGE_LENGTH: Row = ("tls.handshake.length", "Its length", Kind::Number);
const HELLO_VERSION: Row = ("tls.handshake.version", "Version for old programs", Kind::Hex);
const RANDOM: Row = ("tls.handshake.random", "Random", Kind::Bytes);
const SESSION_ID: Row = ("tls.handshake.session_id", "Session ID", Kind::Bytes);
const SUITE: Row = ("tls.handshake.ciphersuite", "Cipher suite", Kind::Hex);
const EXTENSION: Row = ("tls.handshake.extension.type", "Extension", Kind::Number);
const EXTENSION_LENGTH: Row = ("tls.handshake.extension.len", "Its length", Kind::Number);
const SERVER_NAME: Row = ("tls.handshake.extensions_server_name", "SNI: which host it wants", Kind::Text);
const ALPN: Row = ("tls.handshake.extensions_alpn_str", "ALPN: which protocol", Kind::Text);
const SUPPORTED: Row = ("tls.handshake.extensions.supported_version", "Version", Kind::Hex);
const GROUP: Row = ("tls.handshake.extensions_supported_group", "Way to agree on a key", Kind::Hex);
const SHARE: Row = ("tls.handshake.extensions_key_share_group", "Part of a key, by", Kind::Number);
const RETRY_SHARE: Row =
    ("tls.handshake.extensions_key_share_selected_group", "Wants a part of a key, by", Kind::Number);
const UNREAD: Row = ("netlab.tls.unread", "Not read, because", Kind::Text);

/// Every field of a record.
pub(super) const ROWS: &[Row] = &[
    TLS,
    CONTENT,
    OPAQUE,
    VERSION,
    LENGTH,
    CHANGE,
    LEVEL,
    DESCRIPTION,
    KIND,
    MESSAGE_LENGTH,
    HELLO_VERSION,
    RANDOM,
    SESSION_ID,
    SUITE,
    EXTENSION,
    EXTENSION_LENGTH,
    SERVER_NAME,
    ALPN,
    SUPPORTED,
    GROUP,
    SHARE,
    RETRY_SHARE,
    UNREAD,
];

impl TlsRecord {
    /// Takes what TLS tells next: a record begins another one in `records`, what follows belongs to the last one there.
    pub(crate) fn gather(records: &mut Vec<TlsRecord>, version: Option<Version>, event: &Event<'_>) {
        match event {
            Event::Record(record, reading) => records.push(TlsRecord::new(*record, *reading, version)),
            Event::Message(message) => {
                let body = match message.body {
                    Body::ClientHello(hello) => TlsBody::ClientHello(Box::new(hello.clone())),
                    Body::ServerHello(hello) => TlsBody::ServerHello(Box::new(hello.clone())),
                    Body::EncryptedExtensions(said) => TlsBody::EncryptedExtensions(Box::new(said.clone())),
                    Body::KeyUpdate { .. } | Body::Other(_) | Body::TooLong => TlsBody::Other,
                };
                if let Some(last) = records.last_mut() {
                    last.messages.push(TlsMessage { kind: message.kind, len: message.len, body });
                }
            }
            Event::Alert(alert) => {
                if let Some(last) = records.last_mut() {
                    last.alert = Some(*alert);
                }
            }
            _ => {}
        }
    }

    fn new(record: Record, reading: Reading, version: Option<Version>) -> TlsRecord {
        let unread = match reading {
            Reading::Unread(why) => Some(why.to_string()),
            _ => None,
        };
        // As in Wireshark: before the ServerHello nobody knows that it is TLS 1.3.
        let is_opaque = record.content == ContentType::APPLICATION_DATA
            && (matches!(reading, Reading::Opened(_)) || version == Some(Version::TLS13));
        TlsRecord { record, reading, is_opaque, messages: Vec::new(), alert: None, unread }
    }

    /// What it carries; `None` where nobody knows.
    pub fn content(&self) -> Option<ContentType> {
        match self.reading {
            Reading::Opened(opened) => Some(opened.content),
            _ if self.is_opaque => None,
            _ => Some(self.record.content),
        }
    }

    /// Why it is not read.
    pub fn why_unread(&self) -> Option<Unread> {
        match self.reading {
            Reading::Unread(why) => Some(why),
            _ => None,
        }
    }

    /// What it holds, in few words: `Client Hello`, `application data, 38 bytes`.
    pub fn summary(&self) -> String {
        let mut parts: Vec<String> = self.messages.iter().map(|message| message.kind.to_string()).collect();
        if let Some(alert) = self.alert {
            parts.push(format!("alert {}", alert.description));
        }
        if parts.is_empty() {
            let what = match (self.reading, self.content()) {
                (Reading::Unread(_), _) => "protected".to_owned(),
                (_, Some(content)) => content.to_string(),
                (_, None) => "protected".to_owned(),
            };
            let bytes = if self.record.len == 1 { "byte" } else { "bytes" };
            parts.push(format!("{what}, {} {bytes}", self.record.len));
        }
        parts.join(", ")
    }

    /// Its fields, in the order in which they stand there.
    pub(super) fn each_field<'a>(&'a self, put: &mut Put<'_, 'a>) {
        put.put(TLS, Value::Present);
        if self.is_opaque {
            put.put(OPAQUE, Value::Number(self.record.content.0.into()));
        }
        if let Some(content) = self.content() {
            put.put(CONTENT, Value::Number(content.0.into()));
        }
        put.put(VERSION, Value::Hex(self.record.version.0.into(), 4));
        put.put(LENGTH, Value::Number(self.record.len as u64));
        if let Some(unread) = &self.unread {
            put.put(UNREAD, Value::Text(Text::new(unread.as_bytes())));
        }
        if self.record.content == ContentType::CHANGE_CIPHER_SPEC {
            put.put(CHANGE, Value::Present);
        }
        if let Some(alert) = self.alert {
            put.put(LEVEL, Value::Number(alert.level.0.into()));
            put.put(DESCRIPTION, Value::Number(alert.description.0.into()));
        }
        for message in &self.messages {
            put.put(KIND, Value::Number(message.kind.0.into()));
            put.put(MESSAGE_LENGTH, Value::Number(message.len as u64));
            match &message.body {
                TlsBody::ClientHello(hello) => client_hello(hello, put),
                TlsBody::ServerHello(hello) => server_hello(hello, put),
                TlsBody::EncryptedExtensions(said) => {
                    extensions(said.extensions.iter(), put);
                    texts(ALPN, &said.alpn, put);
                }
                TlsBody::Other => {}
            }
        }
    }
}

fn texts<'a>(row: Row, values: impl IntoIterator<Item = &'a String>, put: &mut Put<'_, 'a>) {
    for value in values {
        put.put(row, Value::Text(Text::new(value.as_bytes())));
    }
}

fn numbers(row: Row, values: impl Iterator<Item = u16>, put: &mut Put<'_, '_>) {
    for value in values {
        let value = value.into();
        put.put(row, if row.2 == Kind::Hex { Value::Hex(value, 4) } else { Value::Number(value) });
    }
}

fn hello<'a>(version: Version, random: &'a [u8; 32], session_id: &'a [u8], put: &mut Put<'_, 'a>) {
    put.put(HELLO_VERSION, Value::Hex(version.0.into(), 4));
    put.put(RANDOM, Value::Bytes(random));
    if !session_id.is_empty() {
        put.put(SESSION_ID, Value::Bytes(session_id));
    }
}

fn extensions<'e>(all: impl Iterator<Item = &'e crate::flow::tls::Extension>, put: &mut Put<'_, '_>) {
    for extension in all {
        let ExtensionType(kind) = extension.kind;
        put.put(EXTENSION, Value::Number(kind.into()));
        put.put(EXTENSION_LENGTH, Value::Number(extension.len as u64));
    }
}

fn client_hello<'a>(said: &'a ClientHello, put: &mut Put<'_, 'a>) {
    hello(said.legacy_version, &said.random, &said.session_id, put);
    numbers(SUITE, said.cipher_suites.iter().map(|suite| suite.0), put);
    extensions(said.extensions.iter(), put);
    texts(SERVER_NAME, &said.server_name, put);
    texts(ALPN, &said.alpn, put);
    numbers(SUPPORTED, said.versions.iter().map(|version| version.0), put);
    numbers(GROUP, said.groups.iter().map(|group| group.0), put);
    numbers(SHARE, said.key_shares.iter().map(|group| group.0), put);
}

fn server_hello<'a>(said: &'a ServerHello, put: &mut Put<'_, 'a>) {
    hello(said.legacy_version, &said.random, &said.session_id, put);
    put.put(SUITE, Value::Hex(said.cipher_suite.0.into(), 4));
    extensions(said.extensions.iter(), put);
    texts(ALPN, &said.alpn, put);
    numbers(SUPPORTED, said.selected_version.iter().map(|version| version.0), put);
    let share = if said.is_retry() { RETRY_SHARE } else { SHARE };
    numbers(share, said.key_share.iter().map(|group| group.0), put);
}
