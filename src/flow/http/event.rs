//! What comes of a stream that speaks HTTP.

use super::fields::Fields;
use super::framing::{Framing, LengthFault, LengthOddity};
use super::head::{Head, HeadFault};
use super::places::Frames;
use super::upgrade::Upgrade;
use crate::flow::stream::{Chunk, Ending, Hole, Side};

/// One message of one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// Whose.
    pub side: Side,
    /// From 0, in its direction; also inside of a tunnel.
    pub number: u64,
    /// Inside of so many tunnels (RFC 9110, section 9.3.6): 0 without a proxy.
    pub tunnel: u8,
}

/// What happened. Who asks is the client and who answers the server, also where TCP has it the other way round, because the
/// capture begins in the middle; a [`Side`] is always TCP's. An offset counts the bytes of its direction, as in [`Given`](crate::flow::stream::Given).
#[derive(Debug)]
pub enum Event<'a> {
    /// The head of a request is complete.
    Request(Request),
    /// The head of an answer is complete.
    Answer(Answer),
    /// The next bytes of a body, without what frames its chunks.
    Content(Content<'a>),
    /// The next bytes of a body are not there.
    ContentHole(Message, Hole),
    /// All of a message was seen, or no more of it will be.
    Finished(Finished),
    /// What came of an opening handshake of WebSocket; right behind its answer.
    Upgrade(Box<Upgrade>),
    /// Both directions are no longer HTTP from here on.
    Switched(Switched),
    /// The next bytes of a direction that is no longer HTTP, or of a tunnel in which it never was.
    Raw(Chunk<'a>),
    /// The next bytes of such a direction are not there.
    RawHole(Hole),
    /// Such a direction is at its end.
    RawEnd(Ending),
    /// What a direction says is not HTTP. It is looked at again once the other one speaks HTTP.
    NotHttp {
        /// Which.
        side: Side,
        /// Of the byte that it was seen at, or of one before.
        offset: u64,
    },
    /// A direction can't be followed from here on, up to where it is `Resumed`.
    Lost(Lost),
    /// A start line was found again. What was said between is not known, and which request an answer belongs to is no longer sure.
    Resumed(Resumed),
    /// Bytes that waited for an answer were thrown away, or no answer came.
    HeldBack(HeldBack),
}

/// What a request wants besides an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Nothing.
    Answer,
    /// Another protocol on this connection (RFC 9110, section 7.8).
    Upgrade,
    /// A tunnel (RFC 9110, section 9.3.6).
    Tunnel,
}

/// A request's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which.
    pub message: Message,
    /// What it says.
    pub head: Head,
    /// How its body ends.
    pub framing: Framing,
    /// What is odd about that.
    pub oddities: Vec<LengthOddity>,
    /// What it wants. What the client says behind it waits for the answer, unless it is `Answer`.
    pub wants: Wants,
}

/// An answer's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which.
    pub message: Message,
    /// The number of the request that it answers; `None` where none was seen. Of 1xx the request is not yet answered.
    pub to: Option<u64>,
    /// Nothing was lost that could make `to` another.
    pub sure: bool,
    /// It came before the end of the request's head.
    pub early: bool,
    /// What it says.
    pub head: Head,
    /// How its body ends.
    pub framing: Framing,
    /// What is odd about that.
    pub oddities: Vec<LengthOddity>,
}

impl Answer {
    /// Whether another answer to the same request follows: 1xx, but not 101 (RFC 9110, section 15.2).
    pub fn is_interim(&self) -> bool {
        is_interim(&self.head)
    }
}

pub(super) fn is_interim(head: &Head) -> bool {
    head.code().is_some_and(|code| (100..200).contains(&code) && code != 101)
}

/// Bytes of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content<'a> {
    /// Whose.
    pub message: Message,
    /// Where they begin in the content: without chunk lines.
    pub at: u64,
    /// The bytes, with their frame and their place.
    pub chunk: Chunk<'a>,
}

/// How a message came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As its head said.
    Complete,
    /// By a hole: nobody knows where it ended.
    Hole,
    /// By what is no chunk where one should be.
    BadChunk,
    /// By a length that nobody can make out.
    Unframed,
    /// The sender closed before it was complete.
    Closed,
    /// The connection was reset.
    Reset,
    /// The capture ended, or the conversation was forgotten.
    Unseen,
    /// Too much waited in all conversations together.
    GivenUp,
}

/// A message as a whole, once no more of it follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Which.
    pub message: Message,
    /// How its body ends.
    pub framing: Framing,
    /// How it ended.
    pub outcome: Outcome,
    /// The first byte behind the head.
    pub offset: u64,
    /// What the body takes in the stream, in bytes: chunk lines and trailers included, and what is missing.
    pub wire_len: u64,
    /// Its content in bytes, with what is missing.
    pub len: u64,
    /// Bytes of the content that are not there.
    pub missing: u64,
    /// The first bytes of the content, as far as they are there and by [`Limits::shown`](super::Limits::shown).
    pub start: Vec<u8>,
    /// Which frames carried the body.
    pub frames: Frames,
    /// How many chunks, without the last, empty one.
    pub chunks: u64,
    /// How many of the chunk lines have an extension (RFC 9112, section 7.1.1).
    pub extensions: u64,
    /// What stood behind the last chunk (section 7.1.2).
    pub trailers: Fields,
    /// A line behind the last chunk is no field line: the trailer section is left out.
    pub bad_trailers: bool,
}

/// To what a connection was switched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// Another protocol, by 101 (RFC 9110, section 15.2.2): what the answer's Upgrade field names, as it was written.
    Protocol(Vec<u8>),
    /// A tunnel, by 2xx to CONNECT. HTTP may begin in it again.
    Tunnel,
}

/// Where HTTP ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switched {
    /// The answer that switched.
    pub answer: Message,
    /// To what.
    pub to: To,
    /// The request that had asked for it; `None` where none is known.
    pub request: Option<u64>,
    /// Whether a request asked for it.
    pub asked: bool,
    /// Which direction is that of the client: of the one who asked. Where a capture begins in the middle, TCP may take the server
    /// for the client.
    pub client_side: Side,
    /// The first byte behind it in the client's direction; `None` where its message goes on still.
    pub client: Option<u64>,
    /// The first byte behind it in the server's direction.
    pub server: u64,
    /// The frame with the last byte of the answer.
    pub frame: u64,
}

/// Why a direction can't be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A hole, where a length or a head would have stood.
    Hole,
    /// A head is longer than is read, or its start line is.
    HeadTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A head can't be read.
    Head(HeadFault),
    /// What stands where a message should begin is none.
    NotAMessage,
    /// Nobody can say where the body ends.
    Length(LengthFault),
    /// The line before a chunk is none, or too long, or the end of a chunk is missing.
    Chunk,
    /// A trailer section is longer than is read.
    TrailersTooLong,
    /// The connection was reset. What still comes is looked through.
    Reset,
    /// The direction ended inside of a head, or the capture did.
    Ended,
    /// Too much waited in all conversations together.
    GivenUp,
}

/// Where a direction can no longer be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Which.
    pub side: Side,
    /// Where what can't be followed begins: the first byte of a head, the first one behind a body, or where a body was broken
    /// off.
    pub offset: u64,
    /// The frame where that showed; `None` where no frame did.
    pub frame: Option<u64>,
    /// Why.
    pub why: Why,
}

/// Where a direction can be followed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// Which.
    pub side: Side,
    /// Of the start line.
    pub offset: u64,
    /// The frame with the end of the start line.
    pub frame: u64,
}

/// Bytes of the client, said behind a request for another protocol, of which nobody knows what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// Whose.
    pub side: Side,
    /// Of the first of them.
    pub offset: u64,
    /// How many.
    pub len: u64,
    /// More waited than is kept; else all of it was kept, and no answer came.
    pub given_up: bool,
}
