//! WebSocket: the bytes behind the Upgrade come in, in their order; frames, messages and what breaks a rule come out.
//!
//! A [`Conversation`] is given what the [reassembly](super::stream) hands on of both directions, and what the opening
//! handshake has [`Negotiated`]. It hands on [`Event`]s: each [`Frame`] with its header, what carried it and its payload without
//! the mask; each [`Message`], put together, inflated (RFC 7692) and, where it is text, held against UTF-8; each
//! [`Verdict`] of the referee, by [`Rule`]; and in the end how the connection was [closed](Closing) and what the programs
//! at both ends are told of that.
//!
//! **Cut anywhere.** A header or a code point may be split at any byte; the same bytes give the same events in whatever chunks they
//! come.
//!
//! **What is broken does not end it.** After a violation reading goes on as far as the lengths can be trusted. A hole inside of a
//! payload is passed, since its length is known, and takes the rest of that message with it; one in a header, or between
//! two frames, is where it ends, and so is a length that is none ([`Lost`]).
//!
//! **What it costs.** Payloads are kept as far as [`Limits`] allows; lengths are always the true ones. What is not kept is
//! still unmasked, checked and inflated, piece by piece. Time is linear in the bytes and in what they may inflate to. Never
//! panics, whatever the bytes. Knows no words: that begins with the story.

mod carrier;
mod close;
mod closing;
mod conversation;
mod desk;
mod direction;
mod event;
mod head;
mod inflate;
mod judge;
mod limits;
mod mask;
mod message;
mod negotiated;
mod pings;
mod rule;
mod script;
mod utf8;

pub use super::http::Deflate;
pub use close::{CloseBody, CodeClass};
pub use closing::{ABNORMAL, CloseSent, Closing, Failed, NO_STATUS, OnClose, SideClosing, TcpEnd};
pub use conversation::Conversation;
pub use event::{
    Answer, Carried, Event, Frame, Lost, Message, MessageEnd, MessageKind, PIECES, Piece, Role, Unreadable,
    Utf8Verdict, WhyLost,
};
pub use head::{Head, LONGEST_HEAD, LengthForm, Opcode};
pub use limits::{Limits, Shared};
pub use mask::mask;
pub use negotiated::Negotiated;
pub use rule::{Rule, Severity, Verdict};
pub use script::{Checked, check_script};
