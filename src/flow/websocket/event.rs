//! What comes out.

use super::close::CloseBody;
use super::closing::Closing;
use super::head::Head;
use super::rule::Verdict;
use crate::dissect::{Buffer, Span};
use crate::event::Host;

/// One thing that came of the bytes. An offset counts the bytes of its direction as [`Chunk`](crate::flow::stream::Chunk)
/// does.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// A frame is complete.
    Frame(Frame<'a>),
    /// A frame began and its direction ended inside of its payload.
    Unfinished(Frame<'a>),
    /// A message is complete, or can't become so any more. Follows its last frame.
    Message(Message<'a>),
    /// A rule was broken, or something is worth a note. Comes as soon as the byte that proves it, so one about a header comes
    /// before its frame.
    Verdict(Verdict),
    /// From here on nothing more can be read in this direction.
    Lost(Lost),
    /// The connection is over, or the capture of it.
    Closed(Closing),
}

/// Bytes of the stream, and where they stand in a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Of the first byte, in the stream.
    pub offset: u64,
    /// How many bytes.
    pub len: usize,
    /// The frame of the capture that carried them.
    pub packet: u64,
    /// In which bytes of that frame they stand.
    pub buffer: Buffer,
    /// Where in these they begin.
    pub at: usize,
}

impl Piece {
    /// Where in its frame of the capture the piece stands.
    pub fn span(&self) -> Span {
        Span { buffer: self.buffer, bytes: self.at..self.at + self.len, mask: None }
    }
}

/// What carried a WebSocket frame. Bytes of a hole are in none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried<'a> {
    /// The frame of the capture with the first byte.
    pub first: u64,
    /// The one with the last byte, or with the last that was there.
    pub last: u64,
    /// How many frames of the capture carried a part.
    pub packets: u64,
    /// Its bytes in their order, header and payload; of a frame in very many pieces only the first ones, [`PIECES`] of them.
    pub pieces: &'a [Piece],
}

/// How many pieces of a frame are told.
pub const PIECES: usize = 32;

impl Carried<'_> {
    /// Where bytes of the stream stand, as far as `pieces` says: one span, with its frame of the capture, a piece.
    pub fn places(&self, offset: u64, len: u64) -> impl Iterator<Item = (u64, Span)> {
        let end = offset.saturating_add(len);
        self.pieces.iter().filter_map(move |piece| {
            let last = piece.offset.saturating_add(piece.len as u64);
            let (from, to) = (offset.max(piece.offset), end.min(last));
            let skip = usize::try_from(from.checked_sub(piece.offset)?).ok()?;
            let count = usize::try_from(to.checked_sub(from)?).ok()?;
            let start = piece.at + skip;
            (count > 0).then(|| {
                (piece.packet, Span { buffer: piece.buffer, bytes: start..start + count, mask: None })
            })
        })
    }
}

/// A WebSocket frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame<'a> {
    /// Who sent it.
    pub from: Host,
    /// Its number among the frames of its direction, from 0.
    pub number: u64,
    /// Where its header begins in the stream.
    pub offset: u64,
    /// Its header.
    pub head: Head,
    /// What carried it.
    pub carried: Carried<'a>,
    /// The payload without its mask: its first bytes, as many as were kept. All of it when they are as many as
    /// `head.length`.
    pub payload: &'a [u8],
    /// How many bytes of the payload came; less than `head.length` only of a frame that is unfinished. Holes count as well.
    pub arrived: u64,
    /// How many of these are in holes.
    pub missing: u64,
    /// What the frame does.
    pub role: Role<'a>,
    /// All of it came before the server had answered the request: Wireshark does not take it for WebSocket.
    pub early: bool,
}

impl Frame<'_> {
    /// Where its payload begins in the stream.
    pub fn payload_offset(&self) -> u64 {
        self.offset.saturating_add(self.head.size() as u64)
    }

    /// Whether all of the payload is in `payload`.
    pub fn is_whole(&self) -> bool {
        self.payload.len() as u64 == self.head.length
    }
}

/// What a frame does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role<'a> {
    /// It is a part of a message.
    Part {
        /// The number of the message among those of its direction, from 0.
        message: u64,
        /// Which of its frames this is, from 0.
        part: u64,
    },
    /// A continuation, where no message was open.
    Stray,
    /// It asks for an answer.
    Ping,
    /// It answers a ping, or none.
    Pong(Answer),
    /// It says that its sender will say no more. `None`: the bytes of the code did not come.
    Close(Option<CloseBody<'a>>),
    /// Its opcode has no meaning.
    Unknown,
}

/// Which ping a pong answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This one of the other side.
    To {
        /// Its number among the frames of its direction.
        number: u64,
        /// The frame of the capture with its last byte.
        packet: u64,
        /// How many older pings are left without an answer of their own by that; a peer may answer only the last one (RFC
        /// 6455, section 5.5.3).
        passed: u64,
    },
    /// One of several with the same payload that wait: a peer may answer each of them, or only the last (RFC 6455, section 5.5.3).
    OneOf {
        /// How many have this payload.
        count: u64,
        /// The frame of the capture with the oldest of them.
        oldest: u64,
        /// The one with the newest.
        newest: u64,
    },
    /// No ping with this payload waits for an answer: it was sent unasked.
    Unasked,
    /// It can't be said: the payload did not come whole, or more pings are waiting than are remembered.
    Unknown,
}

/// What a message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Text, in UTF-8.
    Text,
    /// Bytes.
    Binary,
}

/// Why the content of a message can't be read from some place on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Bytes of it are in a hole.
    Hole,
    /// What it was compressed against is not known, because a message before it could not be read.
    ContextLost,
    /// It is no valid deflate data, or ends inside of a block.
    Damaged,
    /// It inflates to more than is allowed ([`Limits`](super::Limits)), or there was no room to inflate it.
    Limit,
    /// A reserved bit is set whose meaning nobody agreed on.
    UnknownExtension,
}

/// Whether a message is UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Utf8Verdict {
    /// It need not be: not a text.
    NotText,
    /// All of it is.
    Valid,
    /// It is not.
    Invalid {
        /// Where in the content the first byte stands that belongs to no valid code point.
        at: u64,
    },
    /// It can't be said: not all of it could be read, and what could is fine.
    Unknown,
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageEnd {
    /// With its last frame.
    Final,
    /// Another message began inside of it.
    Interrupted,
    /// Its direction ended, or could not be read any further.
    Cut,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message<'a> {
    /// Who sent it.
    pub from: Host,
    /// Its number among the messages of its direction, from 0.
    pub number: u64,
    /// Text or bytes.
    pub kind: MessageKind,
    /// Whether it was compressed with permessage-deflate.
    pub compressed: bool,
    /// The number of its first frame among those of its direction.
    pub first_frame: u64,
    /// How many frames it came in.
    pub frames: u64,
    /// The frame of the capture with its first byte.
    pub first_packet: u64,
    /// The one with its last byte, or with the last that was there.
    pub last_packet: u64,
    /// Bytes of payload in its frames, as their headers say: its size on the wire, without the headers.
    pub wire_len: u64,
    /// Its size: of a compressed one inflated; `None` where that can't be said.
    pub len: Option<u64>,
    /// Its first bytes, without mask and inflated, as many as were kept.
    pub content: &'a [u8],
    /// From some place on it could not be read.
    pub unreadable: Option<Unreadable>,
    /// Whether it is UTF-8.
    pub utf8: Utf8Verdict,
    /// How it ended.
    pub end: MessageEnd,
}

impl Message<'_> {
    /// Whether all of it is in `content`.
    pub fn is_whole(&self) -> bool {
        self.end == MessageEnd::Final && self.len == Some(self.content.len() as u64)
    }
}

/// Why nothing more can be read in a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyLost {
    /// The length of a frame has its topmost bit set: where the next frame begins can't be known.
    Length,
    /// Bytes of a header are missing.
    HoleInHeader,
    /// Bytes between two frames are missing: where the next one begins can't be known.
    HoleBetweenFrames,
    /// The direction ended inside of a header.
    EndInHeader,
}

/// From here on nothing more can be read in a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Whose bytes.
    pub from: Host,
    /// Where the header begins, or would, that can't be read or trusted.
    pub offset: u64,
    /// The frame of the capture with the last byte that was read; `None` where there was none.
    pub packet: Option<u64>,
    /// Why.
    pub why: WhyLost,
}
