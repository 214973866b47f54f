//! TLS on the streams: bytes of both directions come in as the [reassembly](super::stream) hands them on, with the secrets of
//! sessions where they are known; records, messages of the handshake, alerts, and what the programs said go out.
//!
//! A [`Conversation`] is given each [`Given`](super::stream::Given) of one TCP conversation and tells [`Event`]s: every record
//! with its place in the stream and the frames that carried it ([`Record`]); how it was read ([`Reading`]); the hellos with all
//! that anybody on the way can see of them (server name, ALPN, versions, suites); and, with keys, the bytes of the programs
//! ([`Data`]), which [`Event::given`] hands to the next stage in the form of a stream without TLS.
//!
//! **Keys** come as a [`KeyLog`]: the lines of an `SSLKEYLOGFILE`, or of a pcapng's decryption secrets block. TLS 1.3 is
//! decrypted (RFC 8446) with AES-128-GCM, AES-256-GCM and ChaCha20-Poly1305; key updates are followed. What is not read says
//! why ([`Unread`]): no keys, keys of another session, a hole, early data (0-RTT), TLS 1.2 and older, another suite.
//!
//! **Holes.** Where bytes are missing, the next record is looked for, and its number is tried within [`Limits::tries`]; that it
//! opens is the proof. Nothing is handed on that its tag does not confirm.
//!
//! **Parsed by hand.** tls-parser reads the same messages, but it brings a parser framework with it, has no record that is cut
//! over segments, and gives up a hello at its first fault, of which what came before shall be shown.
//!
//! A conversation holds at most [`Limits::memory`]. No bytes make this panic. Knows nothing of what the programs said: that
//! begins with HTTP.

mod bytes;
mod conversation;
mod crypto;
mod cutter;
mod event;
mod hello;
mod keylog;
mod limits;
mod messages;
mod names;
mod opener;
mod reader;
mod record;
mod seeker;

pub use conversation::Conversation;
pub use cutter::Gap;
pub use event::{Agreed, Alert, Body, Data, End, Event, Message, Missing, NotTls, Reading};
pub use hello::{ClientHello, EncryptedExtensions, Extension, ServerHello};
pub use keylog::{BadLine, KeyLog, KeyLogLimits, Label, NotAKeyLog, Secret, Session, WhyBad};
pub use limits::Limits;
pub use names::{
    AlertDescription, AlertLevel, CipherSuite, ContentType, ExtensionType, Group, MessageType, Version,
    is_grease,
};
pub use opener::{Epoch, Opened, Unread};
pub use record::Record;
pub(super) use record::may_begin;
