//! A head while it comes: whether it is one, where it ends, and where the next one begins after something was lost.

use super::super::event::{Event, Resumed, Why};
use super::super::head::Head;
use super::super::places::{Block, split};
use super::super::start::{Looks, begins_with_method, find_start, is_start, looks, without_end};
use super::{After, Half, News, Partial, Scope, State, hand_on};
use crate::event::Host;
use crate::flow::stream::Chunk;

impl Half {
    /// Empty lines before a start line are passed over (RFC 9112, section 2.2).
    pub(super) fn between(&mut self, bytes: &[u8]) -> usize {
        let empty = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if empty < bytes.len() {
            self.state = State::Head(Box::default());
        }
        empty
    }

    pub(super) fn head(&mut self, chunk: &Chunk<'_>, scope: &mut Scope<'_>) -> (usize, News) {
        let State::Head(partial) = &mut self.state else { return (0, News::Nothing) };
        let limits = scope.limits;
        let places = &partial.block.places;
        if self.tunnel > 0 && !self.known && places.list().len() >= limits.places.max(1) {
            // It may have to be handed on with all its frames.
            return (0, self.not_http(chunk.frame, scope));
        }
        let limit = if partial.started { limits.head } else { limits.start_line.min(limits.head) };
        let room = limit.saturating_add(1) - partial.block.bytes.len();
        // The first bytes one by one: what is looked at again begins behind the one that says that it is not HTTP.
        let (piece, _) = split(chunk, if partial.recognised { room } else { 1 });
        let end = if partial.started {
            memchr::memchr(b'\n', piece.bytes)
        } else {
            piece.bytes.iter().position(|byte| *byte < b' ' && !matches!(byte, b'\t' | b'\r'))
        };
        let used = end.map_or(piece.bytes.len(), |end| end + 1);
        partial.block.add(&split(&piece, used).0, limits.places);
        let too_long = partial.block.bytes.len() > limit;
        if !partial.started {
            return (used, self.start(end.is_some(), too_long, chunk.frame, scope));
        }
        if too_long {
            let offset = partial.block.offset;
            self.lose(offset, Some(chunk.frame), Why::HeadTooLong { limit }, scope);
            return (used, News::Nothing);
        }
        let line = partial.block.bytes.get(partial.line_start..).unwrap_or_default();
        if end.is_none() || !without_end(line).is_empty() {
            if end.is_some() {
                partial.line_start = partial.block.bytes.len();
            }
            return (used, News::Nothing);
        }
        let block = std::mem::take(&mut partial.block);
        let offset = block.offset;
        self.state = State::Idle;
        match Head::read(block, self.role, limits) {
            Ok(head) => (used, News::Head(Box::new(head), chunk.frame)),
            Err(fault) => {
                self.lose(offset, Some(chunk.frame), Why::Head(fault), scope);
                (used, News::Nothing)
            }
        }
    }

    /// Looks at a start line, as far as it is there; `stopped`: it ends here, by LF or by what no line has in it.
    fn start(&mut self, stopped: bool, too_long: bool, frame: u64, scope: &mut Scope<'_>) -> News {
        let State::Head(partial) = &mut self.state else { return News::Nothing };
        let role = self.role;
        let may_swap = !self.settled && !self.known && self.tunnel == 0;
        let bytes = partial.block.bytes.as_slice();
        if !partial.recognised {
            let other = match looks(bytes, role.other()) {
                // Any word may begin what is not HTTP.
                Looks::Http if role == Host::Server && !begins_with_method(bytes) => Looks::Not,
                other if may_swap => other,
                _ => Looks::Not,
            };
            match (looks(bytes, role), other) {
                (Looks::Http, _) => partial.recognised = true,
                (_, Looks::Http) => return News::Swapped,
                (Looks::Unclear, _) | (_, Looks::Unclear) if !stopped => return News::Nothing,
                _ => return self.not_http(frame, scope),
            }
        }
        if too_long {
            if !self.known && role == Host::Client && !begins_with_method(bytes) {
                return self.not_http(frame, scope);
            }
            self.known = true;
            let (offset, limit) = (partial.block.offset, bytes.len() - 1);
            self.lose(offset, Some(frame), Why::HeadTooLong { limit }, scope);
            return News::Nothing;
        }
        if stopped {
            if !bytes.ends_with(b"\n") || !is_start(bytes, role) {
                return self.not_http(frame, scope);
            }
            self.known = true;
            partial.started = true;
            partial.line_start = bytes.len();
        }
        News::Nothing
    }

    /// What stands here is no start line.
    pub(super) fn not_http(&mut self, frame: u64, scope: &mut Scope<'_>) -> News {
        let State::Head(partial) = std::mem::take(&mut self.state) else { return News::Nothing };
        let block = partial.block;
        if self.known {
            self.lose(block.offset, Some(frame), Why::NotAMessage, scope);
            // Another start line may begin in it, and a line may go on.
            if block.bytes.ends_with(b"\n") || block.bytes.len() > scope.limits.start_line {
                return self.look_into(block, frame, scope);
            }
            self.state = State::Scan(Box::new(block));
            return News::Nothing;
        }
        let side = self.side;
        (scope.sink)(Event::NotHttp { side, offset: block.offset });
        self.state = State::Other;
        if self.tunnel > 0 || self.after == After::Raw {
            self.go_raw();
            hand_on(&block, side, scope);
        }
        News::Nothing
    }

    /// Looks for a start line.
    pub(super) fn scan(&mut self, chunk: &Chunk<'_>, scope: &mut Scope<'_>) -> (usize, News) {
        let State::Scan(block) = &mut self.state else { return (0, News::Nothing) };
        let limits = scope.limits;
        let (piece, _) = split(chunk, limits.start_line.saturating_add(1) - block.bytes.len());
        let end = memchr::memchr(b'\n', piece.bytes);
        let used = end.map_or(piece.bytes.len(), |end| end + 1);
        block.add(&split(&piece, used).0, limits.places);
        if end.is_none() && block.bytes.len() <= limits.start_line {
            return (used, News::Nothing);
        }
        let block = std::mem::take(&mut **block);
        (used, self.look_into(block, chunk.frame, scope))
    }

    /// Looks for a start line in a whole line.
    fn look_into(&mut self, mut block: Block, frame: u64, scope: &mut Scope<'_>) -> News {
        let short = block.bytes.len() <= scope.limits.start_line;
        let found = find_start(&block.bytes, self.role).filter(|_| short);
        let Some(at) = found else { return News::Nothing };
        block.drop_front(at);
        let resumed = Resumed { side: self.side, offset: block.offset, frame };
        let line_start = block.bytes.len();
        self.state = State::Head(Box::new(Partial { block, line_start, recognised: true, started: true }));
        self.known = true;
        (scope.sink)(Event::Resumed(resumed));
        News::Resumed
    }
}
