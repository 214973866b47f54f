//! What is told of a conversation.

use super::cutter::Gap;
use super::hello::{ClientHello, EncryptedExtensions, ServerHello};
use super::names::{AlertDescription, AlertLevel, CipherSuite, MessageType, Version};
use super::opener::{Epoch, Opened, Unread};
use super::record::Record;
use crate::dissect::Buffer;
use crate::flow::stream::{Chunk, Ending, Given, Hole, HoleKind, Side};

/// One thing that came of the bytes. A record is told before what it holds.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// What this side says is no TLS: nothing more comes of it.
    NotTls(NotTls),
    /// A record, and how it was read.
    Record(Record, Reading),
    /// A message of the handshake has come whole, with the record told last.
    Message(Message<'a>),
    /// An alert, in the record told last.
    Alert(Alert),
    /// Both sides agree: what the ServerHello says (of a HelloRetryRequest nothing).
    Agreed(Agreed),
    /// Bytes of the program, out of the record told last.
    Data(Data<'a>),
    /// Bytes of the program that could not be read stand here.
    Missing(Missing),
    /// Bytes, there or not, in which no record could be found.
    Gap(Gap),
    /// A direction is at its end.
    End(End),
}

/// Bytes that are no TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotTls {
    /// Whose.
    pub side: Side,
    /// Of the first of them.
    pub offset: u64,
}

/// How a record was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It is not protected.
    Plain,
    /// It was, and is readable now.
    Opened(Opened),
    /// It is protected, or not all there.
    Unread(Unread),
}

/// A message of the handshake.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Whose.
    pub side: Side,
    /// What it is.
    pub kind: MessageType,
    /// In bytes, without its header of 4.
    pub len: usize,
    /// By which keys it was protected; `None` where anybody could read it.
    pub epoch: Option<Epoch>,
    /// Where the record stands in the stream that its first byte is in.
    pub offset: u64,
    /// The frame that carried the first byte of that record.
    pub first_frame: u64,
    /// The frame that carried the last byte of the record with its last byte.
    pub last_frame: u64,
    /// What it says.
    pub body: Body<'a>,
}

/// What a message of the handshake says.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// What a client begins with.
    ClientHello(&'a ClientHello),
    /// What a server answers, or its wish for another hello ([`ServerHello::is_retry`]).
    ServerHello(&'a ServerHello),
    /// The server's answers that only the client may read.
    EncryptedExtensions(&'a EncryptedExtensions),
    /// From here on the sender protects with new keys; and whether the other side shall do so as well (RFC 8446, section
    /// 4.6.3).
    KeyUpdate {
        /// It shall.
        requested: bool,
    },
    /// Another message, known by name and length.
    Other(&'a [u8]),
    /// It was longer than what is kept ([`Limits::message`](super::Limits::message)).
    TooLong,
}

/// What both sides have agreed upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The stream.
    pub stream: u32,
    /// Which version follows.
    pub version: Version,
    /// How it is protected.
    pub cipher_suite: CipherSuite,
    /// An earlier session goes on (TLS 1.3's pre-shared key): no certificate is shown.
    pub resumed: bool,
}

/// Says why the sender stops, or warns (RFC 8446, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Whose.
    pub side: Side,
    /// Warning or fatal.
    pub level: AlertLevel,
    /// What it says.
    pub description: AlertDescription,
    /// By which keys it was protected; `None` where anybody could read it.
    pub epoch: Option<Epoch>,
    /// How many bytes the program had said before it, as far as they were read.
    pub offset: u64,
    /// The frame that carried the last byte of its record.
    pub frame: u64,
}

/// Bytes of the program that were protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Data<'a> {
    /// The record that they stood in: its place in the stream, its frames.
    pub record: Record,
    /// Of the first of them, in what the program on this side said: from 0, protection left away.
    pub offset: u64,
    /// What was said; never empty.
    pub bytes: &'a [u8],
}

/// Bytes of the program that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Whose.
    pub side: Side,
    /// Of the first of them, in what the program on this side said.
    pub offset: u64,
    /// How many they are at most: padding and messages of TLS itself may be among them. Offsets behind them count them as
    /// so many.
    pub at_most: u64,
    /// The frame with the record behind them.
    pub before: u64,
}

/// The end of a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Whose.
    pub side: Side,
    /// How many bytes the program said, as far as they were read.
    pub offset: u64,
    /// The frame with the FIN or the RST; `None` where the capture ends.
    pub frame: Option<u64>,
    /// It was an RST.
    pub reset: bool,
    /// It had said `close_notify`. Without it an end may be forged (RFC 8446, section 6.1). `None` where this could not be
    /// read.
    pub closed: Option<bool>,
    /// How many bytes of a record are there whose rest is not.
    pub unfinished: usize,
}

impl Event<'_> {
    /// A protected `close_notify` is the end of what a side says, before TCP's (RFC 8446, section 6.1): the same as
    /// [`Event::given`] would tell that end. `None` for all else.
    pub fn closes(&self) -> Option<Ending> {
        match *self {
            Event::Alert(Alert {
                side,
                description: AlertDescription::CLOSE_NOTIFY,
                epoch: Some(_),
                offset,
                frame,
                ..
            }) => Some(Ending { side, offset, frame, reset: false }),
            _ => None,
        }
    }

    /// The same for the next stage, which reads what the program said as it would read a stream without TLS: bytes, holes,
    /// ends. A chunk's frame is the one that made its record whole. `None` for all that is TLS's own.
    pub fn given(&self) -> Option<Given<'_>> {
        match *self {
            Event::Data(Data { record, offset, bytes }) => {
                let (frame, buffer) = (record.last_frame, Buffer::Decrypted);
                Some(Given::Bytes(Chunk { side: record.side, offset, bytes, frame, buffer, at: 0 }))
            }
            Event::Missing(Missing { side, offset, at_most, before }) => Some(Given::Hole(Hole {
                side,
                offset,
                len: at_most,
                kind: HoleKind::NotCaptured,
                after: None,
                before: Some(before),
            })),
            Event::End(End { side, offset, frame: Some(frame), reset, .. }) => {
                Some(Given::End(Ending { side, offset, frame, reset }))
            }
            _ => None,
        }
    }
}
