//! Both directions of one connection.

use super::closing::{Closing, TcpEnd};
use super::desk::{Both, Desk, Ends};
use super::direction::Direction;
use super::event::Event;
use super::inflate::Inflater;
use super::limits::{Account, Shared};
use super::message::Messages;
use super::negotiated::{Negotiated, window};
use crate::event::Host;
use crate::flow::stream::{Chunk, Ending, Given, Hole};

/// Reads the frames of one connection, from the first byte behind the Upgrade on.
#[derive(Debug)]
pub struct Conversation {
    directions: Both<Direction>,
    ends: Ends,
    account: Account,
    /// How it ended has been told.
    told: bool,
}

impl Conversation {
    /// With what the opening handshake agreed on.
    pub fn new(negotiated: &Negotiated) -> Conversation {
        let direction = |from: Host| {
            let inflater = negotiated.deflate.map(|deflate| Inflater::new(window(&deflate, from)));
            Direction::new(Messages::new(inflater))
        };
        Conversation {
            directions: Both::new(direction(Host::Client), direction(Host::Server)),
            ends: Ends::default(),
            account: Account::default(),
            told: false,
        }
    }

    /// Takes in which frame of the capture the server's answer was complete: before it the client may say nothing.
    pub fn answered(&mut self, packet: u64) {
        self.ends.answered = Some(packet);
    }

    /// Takes what the reassembly gives of this connection, in its order: bytes, holes and ends; the rest changes nothing here.
    /// `sink` gets all that comes of it, in order.
    pub fn push(&mut self, given: &Given<'_>, shared: &mut Shared, sink: &mut dyn FnMut(Event<'_>)) {
        match given {
            Given::Bytes(chunk) => self.bytes(chunk, shared, sink),
            Given::Hole(hole) => self.hole(hole, shared, sink),
            Given::End(ending) => self.end(ending, shared, sink),
            _ => {}
        }
    }

    /// Takes the next bytes of a side. Of a chunk that holds the end of the Upgrade as well, only what is behind it: `offset`,
    /// `bytes` and `at` moved on by as much. Bytes that were taken before are passed over; bytes left out count as a hole.
    pub fn bytes(&mut self, chunk: &Chunk<'_>, shared: &mut Shared, sink: &mut dyn FnMut(Event<'_>)) {
        self.at_desk(chunk.side.from, shared, sink, |direction, desk| direction.bytes(chunk, desk));
    }

    /// Takes a hole in the bytes of a side.
    pub fn hole(&mut self, hole: &Hole, shared: &mut Shared, sink: &mut dyn FnMut(Event<'_>)) {
        self.at_desk(hole.side.from, shared, sink, |direction, desk| {
            direction.hole(hole.offset, hole.len, desk);
        });
    }

    /// Takes the end of a side; an RST ends both, first the side that gets it, as the reassembly tells it. Behind a FIN no more bytes count; behind an RST they may. How the connection ended is told when
    /// both sides have sent a FIN, else at [`finish`](Conversation::finish).
    pub fn end(&mut self, ending: &Ending, shared: &mut Shared, sink: &mut dyn FnMut(Event<'_>)) {
        let from = ending.side.from;
        let end = TcpEnd { packet: ending.frame, reset: ending.reset };
        self.ends.tcp.of_mut(from).get_or_insert(end);
        self.ends.ended_last = Some(from);
        if ending.reset {
            return;
        }
        self.at_desk(from, shared, sink, |direction, desk| direction.finish(desk));
        let fin = |host| self.ends.tcp.of(host).is_some_and(|end| !end.reset);
        if fin(Host::Client) && fin(Host::Server) {
            self.tell_end(sink);
        }
    }

    /// No more comes. Whatever is kept is given back to `shared`, so this must be called once for every conversation.
    pub fn finish(&mut self, shared: &mut Shared, sink: &mut dyn FnMut(Event<'_>)) {
        for host in [Host::Client, Host::Server] {
            self.at_desk(host, shared, sink, |direction, desk| direction.finish(desk));
        }
        self.account.give_back(self.account.held(), shared);
        self.tell_end(sink);
    }

    /// How the connection has ended, as far as is known by now.
    pub fn closing(&self) -> Closing {
        self.ends.closing()
    }

    /// How many bytes it keeps at the moment.
    pub fn held(&self) -> usize {
        self.account.held()
    }

    /// How many frames of a side have begun.
    pub fn frames(&self, from: Host) -> u64 {
        self.directions.of(from).count
    }

    fn tell_end(&mut self, sink: &mut dyn FnMut(Event<'_>)) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        let closing = self.ends.closing();
        self.ends.judge_closing(&closing, sink);
        sink(Event::Closed(closing));
    }

    fn at_desk(
        &mut self,
        from: Host,
        shared: &mut Shared,
        sink: &mut dyn FnMut(Event<'_>),
        work: impl FnOnce(&mut Direction, &mut Desk<'_>),
    ) {
        let Conversation { directions, ends, account, .. } = self;
        let mut desk = Desk { from, packet: None, account, shared, ends, sink };
        work(directions.of_mut(from), &mut desk);
    }
}
