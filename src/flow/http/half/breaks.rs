//! Where a direction breaks off: holes, its end, and what is given up.

use super::super::event::{Event, HeldBack, Outcome, Why};
use super::super::places::Block;
use super::{After, Half, Scope, State, hand_on};
use crate::flow::stream::{Ending, Hole};

impl Half {
    /// Takes a hole.
    pub(in crate::flow::http) fn hole(&mut self, hole: &Hole, scope: &mut Scope<'_>) {
        let end = hole.offset + hole.len;
        let mut passed = 0;
        if let State::Body(body) = &mut self.state {
            let (len, now) = body.hole(hole, scope.sink);
            passed = len;
            self.next = hole.offset + len;
            self.body_now(now, hole.before, scope);
        }
        if passed < hole.len {
            let rest = Hole { offset: hole.offset + passed, len: hole.len - passed, ..*hole };
            self.other_hole(&rest, scope);
        }
        self.next = end;
    }

    /// A hole that is not in a body.
    fn other_hole(&mut self, hole: &Hole, scope: &mut Scope<'_>) {
        let began = match &mut self.state {
            State::Held(held) => return held.add_hole(*hole, scope.limits),
            State::Raw => return (scope.sink)(Event::RawHole(*hole)),
            State::Scan(block) => return **block = Block::default(),
            State::Other | State::Body(_) => return,
            State::Idle => hole.offset,
            State::Head(partial) => partial.block.offset,
        };
        if self.known {
            return self.lose(began, hole.before, Why::Hole, scope);
        }
        // Nothing was known of it, and nothing will be unless the other side speaks HTTP.
        let before = std::mem::replace(&mut self.state, State::Other);
        if self.tunnel > 0 {
            self.state = State::Raw;
            if let State::Head(partial) = before {
                hand_on(&partial.block, self.side, scope);
            }
            (scope.sink)(Event::RawHole(*hole));
        }
    }

    /// Whether it is in a body that nothing but the end of the direction ends.
    pub(in crate::flow::http) fn lasts_until_close(&self) -> bool {
        matches!(&self.state, State::Body(body) if body.lasts_until_close())
    }

    /// Takes the end.
    pub(in crate::flow::http) fn end(&mut self, ending: &Ending, scope: &mut Scope<'_>) {
        match &mut self.state {
            State::Held(held) => held.end = Some(*ending),
            State::Raw => (scope.sink)(Event::RawEnd(*ending)),
            State::Body(body) => {
                let outcome = if ending.reset { Outcome::Reset } else { body.at_close() };
                let why = if ending.reset { Why::Reset } else { Why::Ended };
                self.flush(outcome, why, Some(ending.frame), scope);
            }
            State::Head(_) => {
                let why = if ending.reset { Why::Reset } else { Why::Ended };
                self.flush(Outcome::Closed, why, Some(ending.frame), scope);
                if self.tunnel > 0 && matches!(self.state, State::Raw) {
                    (scope.sink)(Event::RawEnd(*ending));
                }
            }
            State::Idle | State::Scan(_) | State::Other => {}
        }
        self.ended |= !ending.reset;
    }

    /// No more comes, or what was kept is given up: tells what is not complete. What comes all the same is looked through.
    pub(in crate::flow::http) fn flush(
        &mut self,
        outcome: Outcome,
        why: Why,
        frame: Option<u64>,
        scope: &mut Scope<'_>,
    ) {
        match &mut self.state {
            State::Idle | State::Raw | State::Scan(_) | State::Other => {}
            State::Head(_) if self.known => self.lose_head(why, frame, scope),
            State::Head(_) => drop(self.not_http(frame.unwrap_or_default(), scope)),
            State::Body(_) => {
                self.after = After::Http;
                self.finish(outcome, scope);
                match why {
                    Why::Ended => {}
                    Why::Reset => (self.lost, self.state) = (true, State::Scan(Box::default())),
                    _ => self.lose(self.next, frame, why, scope),
                }
            }
            State::Held(held) => {
                let given_up = held.dropped.is_some();
                if let Some((offset, len)) = self.held_extent() {
                    (scope.sink)(Event::HeldBack(HeldBack { side: self.side, offset, len, given_up }));
                }
                self.state = State::Idle;
            }
        }
    }

    fn lose_head(&mut self, why: Why, frame: Option<u64>, scope: &mut Scope<'_>) {
        if let State::Head(partial) = &self.state {
            self.lose(partial.block.offset, frame, why, scope);
        }
    }

    /// Gives up what it keeps, because all conversations together keep too much.
    pub(in crate::flow::http) fn give_up(&mut self, scope: &mut Scope<'_>) {
        match &mut self.state {
            State::Held(held) => held.give_up(self.side),
            State::Scan(block) => **block = Block::default(),
            State::Body(body) if body.cost() == 0 => {}
            _ => self.flush(Outcome::GivenUp, Why::GivenUp, None, scope),
        }
    }
}
