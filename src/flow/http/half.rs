//! One direction: where its messages begin and end. What an answer's body is like depends on its request, so a complete head
//! is handed to the conversation, which says how to go on.

use super::body::{Body, Now};
use super::event::{Event, Lost, Message, Outcome, Why};
use super::framing::{Framing, LengthFault};
use super::head::Head;
use super::held::Held;
use super::limits::Limits;
use super::places::Block;
use super::start::{Looks, looks};
use crate::event::Host;
use crate::flow::stream::{Chunk, Side};

mod breaks;
mod heads;

/// Where what comes of the bytes goes, and within which limits.
pub(super) struct Scope<'s> {
    pub(super) limits: &'s Limits,
    pub(super) sink: &'s mut dyn FnMut(Event<'_>),
}

/// A head that is not complete yet.
#[derive(Clone, Debug, Default)]
struct Partial {
    block: Block,
    /// Where its current line begins.
    line_start: usize,
    /// The first bytes look like those of a start line.
    recognised: bool,
    /// It is one.
    started: bool,
}

#[derive(Clone, Debug, Default)]
enum State {
    /// Between two messages, or before the first.
    #[default]
    Idle,
    Head(Box<Partial>),
    Body(Box<Body>),
    /// Behind a request for another protocol.
    Held(Box<Held>),
    /// No longer HTTP; or, in a tunnel, none.
    Raw,
    /// A start line is looked for, line by line.
    Scan(Box<Block>),
    /// Not HTTP.
    Other,
}

/// What follows the current message of a direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum After {
    /// Another one.
    #[default]
    Http,
    /// It depends on the answer.
    Hold,
    /// Another protocol.
    Raw,
    /// A tunnel.
    Tunnel,
}

/// What a conversation has to know of what was taken.
#[derive(Debug)]
pub(super) enum News {
    Nothing,
    /// A head is complete, and its last byte in that frame.
    Head(Box<Head>, u64),
    /// A start line was found again.
    Resumed,
    /// It begins as the other side's messages do.
    Swapped,
}

/// One direction.
#[derive(Clone, Debug)]
pub(super) struct Half {
    side: Side,
    /// Whether it asks or answers. Where a capture begins in the middle, TCP's client may be the one who answers.
    role: Host,
    /// Nothing can change that any more.
    settled: bool,
    state: State,
    /// The next byte.
    next: u64,
    /// Messages so far.
    count: u64,
    /// It has said a start line.
    known: bool,
    /// Something was lost.
    pub(super) lost: bool,
    pub(super) ended: bool,
    pub(super) after: After,
    tunnel: u8,
}

impl Half {
    pub(super) fn new(side: Side) -> Half {
        Half {
            side,
            role: side.from,
            settled: false,
            state: State::Idle,
            next: 0,
            count: 0,
            known: false,
            lost: false,
            ended: false,
            after: After::Http,
            tunnel: 0,
        }
    }

    /// Its numbering begins anew.
    pub(super) fn begin_anew(&mut self, scope: &mut Scope<'_>) {
        self.flush(Outcome::Unseen, Why::Ended, None, scope);
        let Half { side, role, settled, count, .. } = *self;
        *self = Half { role, settled, count, ..Half::new(side) };
    }

    /// What it keeps and could give up, in bytes.
    pub(super) fn cost(&self) -> usize {
        match &self.state {
            State::Idle | State::Raw | State::Other => 0,
            State::Head(partial) => partial.block.cost(),
            State::Body(body) => body.cost(),
            State::Held(held) => held.cost(),
            State::Scan(block) => block.cost(),
        }
    }

    /// Which direction.
    pub(super) fn side(&self) -> Side {
        self.side
    }

    /// It has the role of the other side: the first bytes have shown it.
    pub(super) fn swap_roles(&mut self) {
        self.role = self.role.other();
        self.settled = true;
        if let State::Head(partial) = &mut self.state {
            partial.recognised = looks(&partial.block.bytes, self.role) == Looks::Http;
        }
    }

    /// Who asks and who answers is known.
    pub(super) fn settle(&mut self) {
        self.settled = true;
    }

    /// The next byte.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The number of the message that is there in part, or comes next.
    pub(super) fn number(&self) -> u64 {
        self.count
    }

    /// Whether it has said a start line of HTTP/1.
    pub(super) fn speaks_http(&self) -> bool {
        self.known
    }

    pub(super) fn is_other(&self) -> bool {
        matches!(self.state, State::Other)
    }

    pub(super) fn is_in_head(&self) -> bool {
        matches!(self.state, State::Head(_))
    }

    pub(super) fn is_in_message(&self) -> bool {
        matches!(self.state, State::Head(_) | State::Body(_))
    }

    /// The other side speaks HTTP: so may this one, from somewhere on.
    pub(super) fn look_again(&mut self) {
        if self.is_other() {
            self.state = State::Scan(Box::default());
            self.lost = true;
        }
    }

    /// What follows is no longer HTTP.
    pub(super) fn go_raw(&mut self) {
        self.state = State::Raw;
        self.after = After::Http;
    }

    /// What follows is a tunnel: whatever begins in it is new.
    pub(super) fn enter_tunnel(&mut self, limits: &Limits) {
        self.go_raw();
        (self.known, self.lost) = (false, false);
        if self.tunnel < limits.tunnels {
            self.tunnel += 1;
            self.state = State::Idle;
        }
    }

    /// HTTP goes on; what was held, to be taken again.
    pub(super) fn release(&mut self) -> Option<Held> {
        self.after = After::Http;
        match std::mem::take(&mut self.state) {
            State::Held(held) => Some(*held),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// The first byte that is held, and how many there are.
    pub(super) fn held_extent(&self) -> Option<(u64, u64)> {
        match &self.state {
            State::Held(held) => held.extent(self.side),
            _ => None,
        }
    }

    fn lose(&mut self, offset: u64, frame: Option<u64>, why: Why, scope: &mut Scope<'_>) {
        self.lost = true;
        self.state = State::Scan(Box::default());
        (scope.sink)(Event::Lost(Lost { side: self.side, offset, frame, why }));
    }

    /// Takes the next bytes: how many were used, and what has come of them.
    pub(super) fn take(&mut self, chunk: &Chunk<'_>, scope: &mut Scope<'_>) -> (usize, News) {
        let (used, news) = match &mut self.state {
            State::Idle => (self.between(chunk.bytes), News::Nothing),
            State::Head(_) => self.head(chunk, scope),
            State::Body(body) => {
                let (used, now) = body.take(chunk, scope.limits, scope.sink);
                self.next = chunk.offset + used as u64;
                self.body_now(now, Some(chunk.frame), scope);
                (used, News::Nothing)
            }
            State::Held(held) => {
                held.add(chunk, scope.limits);
                (chunk.bytes.len(), News::Nothing)
            }
            State::Raw => {
                (scope.sink)(Event::Raw(*chunk));
                (chunk.bytes.len(), News::Nothing)
            }
            State::Scan(_) => self.scan(chunk, scope),
            State::Other => (chunk.bytes.len(), News::Nothing),
        };
        self.next = chunk.offset + used as u64;
        (used, news)
    }

    /// The number of a message whose head is complete.
    pub(super) fn next_message(&mut self) -> Message {
        let message = Message { side: self.side, number: self.count, tunnel: self.tunnel };
        self.count += 1;
        message
    }

    /// A message's body begins, at `offset`.
    pub(super) fn begin_body(
        &mut self,
        message: Message,
        framing: Result<Framing, LengthFault>,
        (offset, frame): (u64, u64),
        scope: &mut Scope<'_>,
    ) {
        self.next = offset;
        match framing {
            Ok(framing) => {
                self.state = State::Body(Box::new(Body::new(message, framing, offset)));
                if framing == Framing::None {
                    self.finish(Outcome::Complete, scope);
                }
            }
            Err(fault) => {
                self.state = State::Body(Box::new(Body::new(message, Framing::Unknown, offset)));
                self.finish(Outcome::Unframed, scope);
                if !matches!(self.state, State::Held(_)) {
                    self.lose(offset, Some(frame), Why::Length(fault), scope);
                }
            }
        }
    }

    fn body_now(&mut self, now: Now, frame: Option<u64>, scope: &mut Scope<'_>) {
        match now {
            Now::More => {}
            Now::Complete => self.finish(Outcome::Complete, scope),
            Now::Bad(why) => {
                let outcome = if why == Why::Hole { Outcome::Hole } else { Outcome::BadChunk };
                self.finish(outcome, scope);
                self.lose(self.next, frame, why, scope);
            }
        }
    }

    /// The message ends; what follows it begins.
    fn finish(&mut self, outcome: Outcome, scope: &mut Scope<'_>) {
        let State::Body(body) = std::mem::take(&mut self.state) else { return };
        (scope.sink)(Event::Finished(body.finish(outcome)));
        match std::mem::take(&mut self.after) {
            After::Http => {}
            After::Hold => self.state = State::Held(Box::default()),
            After::Raw => self.state = State::Raw,
            After::Tunnel => self.enter_tunnel(scope.limits),
        }
    }
}

/// Hands on bytes that were kept, each with its frame.
fn hand_on(block: &Block, side: Side, scope: &mut Scope<'_>) {
    for place in block.places.list() {
        let start = (place.offset - block.offset) as usize;
        let bytes = block.bytes.get(start..start + place.len).unwrap_or_default();
        let (offset, frame, buffer, at) = (place.offset, place.frame, place.buffer, place.at);
        (scope.sink)(Event::Raw(Chunk { side, offset, bytes, frame, buffer, at }));
    }
}
