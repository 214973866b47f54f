//! A message's body while it comes.

use super::chunked::{Chunked, Piece};
use super::event::{Content, Event, Finished, Message, Outcome, Why};
use super::fields::Fields;
use super::framing::Framing;
use super::limits::Limits;
use super::places::{Frames, split};
use crate::flow::stream::{Chunk, Hole};

/// What the bytes that were taken have come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Now {
    /// More is to come.
    More,
    /// It is complete.
    Complete,
    /// It can't be read on.
    Bad(Why),
}

/// A body, and how much of it is still to come.
#[derive(Clone, Debug)]
pub(super) struct Body {
    left: u64,
    chunked: Chunked,
    finished: Finished,
}

impl Body {
    /// One that begins at `offset`.
    pub(super) fn new(message: Message, framing: Framing, offset: u64) -> Body {
        let left = match framing {
            Framing::Length(len) => len,
            Framing::None | Framing::Chunked | Framing::UntilClose | Framing::Unknown => 0,
        };
        let finished = Finished {
            message,
            framing,
            outcome: Outcome::Complete,
            offset,
            wire_len: 0,
            len: 0,
            missing: 0,
            start: Vec::new(),
            frames: Frames::default(),
            chunks: 0,
            extensions: 0,
            trailers: Fields::default(),
            bad_trailers: false,
        };
        Body { left, chunked: Chunked::default(), finished }
    }

    /// What it keeps of lines that are not complete, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.chunked.cost()
    }

    /// What is known of it now.
    pub(super) fn finish(mut self, outcome: Outcome) -> Finished {
        self.finished.outcome = outcome;
        self.finished.chunks = self.chunked.chunks;
        self.finished.extensions = self.chunked.extensions;
        self.finished
    }

    /// How it ends where the connection does.
    pub(super) fn at_close(&self) -> Outcome {
        if self.lasts_until_close() { Outcome::Complete } else { Outcome::Closed }
    }

    /// Whether nothing but the end of its direction ends it.
    pub(super) fn lasts_until_close(&self) -> bool {
        self.finished.framing == Framing::UntilClose
    }

    /// Takes the next bytes; how many were used, at least one.
    pub(super) fn take(
        &mut self,
        chunk: &Chunk<'_>,
        limits: &Limits,
        sink: &mut dyn FnMut(Event<'_>),
    ) -> (usize, Now) {
        let (used, now) = match self.finished.framing {
            Framing::Chunked => {
                let (used, piece) = self.chunked.take(chunk, limits);
                match piece {
                    Piece::Frame => (used, Now::More),
                    Piece::Content => {
                        self.content(&split(chunk, used).0, limits, sink);
                        (used, Now::More)
                    }
                    Piece::End(trailers) => {
                        self.finished.bad_trailers = trailers.is_none();
                        self.finished.trailers = trailers.unwrap_or_default();
                        (used, Now::Complete)
                    }
                    Piece::Bad(why) => (used, Now::Bad(why)),
                }
            }
            Framing::UntilClose => {
                self.content(chunk, limits, sink);
                (chunk.bytes.len(), Now::More)
            }
            Framing::Length(_) | Framing::None | Framing::Unknown => {
                let used = usize::try_from(self.left).unwrap_or(usize::MAX).min(chunk.bytes.len());
                self.left -= used as u64;
                self.content(&split(chunk, used).0, limits, sink);
                (used, if self.left == 0 { Now::Complete } else { Now::More })
            }
        };
        self.finished.wire_len += used as u64;
        self.finished.frames.add(chunk.frame, limits.frames);
        (used, now)
    }

    fn content(&mut self, chunk: &Chunk<'_>, limits: &Limits, sink: &mut dyn FnMut(Event<'_>)) {
        let finished = &mut self.finished;
        // Behind a hole they would not be the first bytes.
        if finished.missing == 0 {
            let room = limits.shown.saturating_sub(finished.start.len());
            finished.start.extend_from_slice(split(chunk, room).0.bytes);
        }
        sink(Event::Content(Content { message: finished.message, at: finished.len, chunk: *chunk }));
        finished.len += chunk.bytes.len() as u64;
    }

    /// Passes a hole, as far as it lies in the content; how much of it that is, and what it has come to. What lies behind may
    /// be anything.
    pub(super) fn hole(&mut self, hole: &Hole, sink: &mut dyn FnMut(Event<'_>)) -> (u64, Now) {
        let ahead = match self.finished.framing {
            Framing::UntilClose => hole.len,
            Framing::Chunked => self.chunked.ahead().unwrap_or(0),
            Framing::Length(_) | Framing::None | Framing::Unknown => self.left,
        };
        let len = hole.len.min(ahead);
        if len > 0 {
            sink(Event::ContentHole(self.finished.message, Hole { len, ..*hole }));
        }
        self.finished.missing += len;
        self.finished.len += len;
        self.finished.wire_len += len;
        match self.finished.framing {
            Framing::UntilClose => (len, Now::More),
            Framing::Chunked => {
                self.chunked.pass(len);
                (len, if len < hole.len { Now::Bad(Why::Hole) } else { Now::More })
            }
            Framing::Length(_) | Framing::None | Framing::Unknown => {
                self.left -= len;
                (len, if self.left == 0 { Now::Complete } else { Now::More })
            }
        }
    }
}
