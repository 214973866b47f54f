//! What the reassembly hands on.

use std::ops::Range;

use crate::dissect::{Buffer, Span};
use crate::event::Host;

/// One direction of one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Side {
    /// Wireshark's `tcp.stream`.
    pub stream: u32,
    /// Whose bytes they are.
    pub from: Host,
}

/// One thing that came of a segment. An offset counts the bytes of its direction from 0; `tcp.seq` of the same byte is one
/// more (modulo 2^32).
#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    /// The next bytes.
    Bytes(Chunk<'a>),
    /// The next bytes are not there.
    Hole(Hole),
    /// Bytes came a second time.
    Overlap(Overlap<'a>),
    /// Bytes came a second time, too late to be compared with the first.
    Uncompared(Uncompared),
    /// Bytes that waited were thrown away, because a limit was reached.
    GivenUp(GivenUp),
    /// Bytes that belong nowhere.
    Ignored(Ignored),
    /// A direction is at its end.
    End(Ending),
    /// A direction's numbering begins anew (its peer had refused the first): its next byte has offset 0 again.
    Anew(Side),
    /// There were too many conversations: all that was known of this one is gone. If it goes on, it begins in its middle.
    Forgotten(u32),
}

/// Bytes in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Whose.
    pub side: Side,
    /// Of its first byte.
    pub offset: u64,
    /// The bytes; never empty.
    pub bytes: &'a [u8],
    /// The frame that carried them.
    pub frame: u64,
    /// In which bytes of that frame they stand.
    pub buffer: Buffer,
    /// Where in these they begin.
    pub at: usize,
}

impl Chunk<'_> {
    /// Where in its frame the chunk stands.
    pub fn span(&self) -> Span {
        Span { buffer: self.buffer, bytes: self.at..self.at + self.bytes.len(), mask: None }
    }
}

/// Why bytes are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoleKind {
    /// No frame of the capture carried them.
    NotCaptured,
    /// A frame carried them, and only its beginning was kept (snap length).
    Cut,
    /// They waited for something before them and were given up.
    GivenUp,
}

/// Bytes of a stream that can't be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Whose.
    pub side: Side,
    /// Of its first byte.
    pub offset: u64,
    /// How many.
    pub len: u64,
    /// Why.
    pub kind: HoleKind,
    /// The frame with the byte before it; `None` where the stream begins with it.
    pub after: Option<u64>,
    /// The frame with the byte behind it (of cut bytes: the frame that carried them); `None` where nothing follows.
    pub before: Option<u64>,
}

/// One of two copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version<'a> {
    /// The frame that carried it.
    pub frame: u64,
    /// The bytes that both have, as this one says them.
    pub bytes: &'a [u8],
}

/// Which of two copies counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The one that came first.
    Earlier,
    /// The one that came second.
    Later,
}

/// Bytes that came twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap<'a> {
    /// Whose.
    pub side: Side,
    /// Of the first byte that both have.
    pub offset: u64,
    /// What came first.
    pub earlier: Version<'a>,
    /// What came second; as many bytes.
    pub later: Version<'a>,
    /// Which of them the stream has.
    pub kept: Kept,
    /// Whether the first had its place in the stream already: then every receiver keeps it (RFC 9293, section 3.10.7.4). Else
    /// it was waiting behind a gap, and what a receiver keeps depends on its kernel.
    pub settled: bool,
    /// One of both came with a wrong checksum: a receiver drops it unread (RFC 9293, section 3.1), so it has said nothing.
    pub damaged: bool,
}

impl Overlap<'_> {
    /// Which bytes differ, from the first to the last, counted from `offset`; `None` where both copies say the same, or one
    /// was damaged on the way.
    pub fn difference(&self) -> Option<Range<usize>> {
        if self.damaged {
            return None;
        }
        let differs = |(one, other): (&u8, &u8)| one != other;
        let mut pairs = self.earlier.bytes.iter().zip(self.later.bytes);
        let first = pairs.clone().position(differs)?;
        let last = pairs.rposition(differs)?;
        Some(first..last + 1)
    }

    /// The frame whose bytes the stream has.
    pub fn kept_frame(&self) -> u64 {
        match self.kept {
            Kept::Earlier => self.earlier.frame,
            Kept::Later => self.later.frame,
        }
    }
}

/// Bytes that came again after the first copy was forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncompared {
    /// Whose.
    pub side: Side,
    /// Of the first of them.
    pub offset: u64,
    /// How many.
    pub len: u64,
    /// The frame with the second copy.
    pub frame: u64,
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyGivenUp {
    /// That of the conversation.
    Conversation,
    /// That of all conversations together.
    Total,
    /// There were more conversations than are followed at a time.
    Forgotten,
}

/// Bytes that waited and were thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// Whose.
    pub side: Side,
    /// Of the first of them.
    pub offset: u64,
    /// How many.
    pub len: u64,
    /// The frame that had carried them.
    pub frame: u64,
    /// Which limit was reached.
    pub why: WhyGivenUp,
}

/// Why bytes belong nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyIgnored {
    /// They lie before the first byte that was seen.
    BeforeStart,
    /// They lie behind the FIN: a receiver ignores them (RFC 9293, section 3.10.7.4).
    AfterEnd,
    /// They would have filled a hole that has already been passed.
    TooLate,
}

/// Bytes that belong nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// Whose.
    pub side: Side,
    /// How many.
    pub len: u64,
    /// The frame that carried them.
    pub frame: u64,
    /// Why.
    pub why: WhyIgnored,
}

/// The end of a direction. Behind an RST more bytes may follow: it may be forged, and only the receiver knows whether it has
/// taken it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Whose.
    pub side: Side,
    /// How many bytes it had, holes included.
    pub offset: u64,
    /// The frame with the FIN or the RST.
    pub frame: u64,
    /// It was an RST, of either side.
    pub reset: bool,
}
