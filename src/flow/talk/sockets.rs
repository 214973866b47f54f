//! The conversations that are WebSocket by now.

use std::collections::HashMap;

use super::Said;
use crate::event::Host;
use crate::flow::http::{Upgrade, Verdict as Came};
use crate::flow::stream::{Chunk, Ending, Hole};
use crate::flow::websocket::{Conversation, Event, Negotiated, Rule, Shared};

/// What is known of one.
#[derive(Debug)]
enum Socket {
    /// What the handshake agreed on; its answer has not switched yet.
    Agreed(Negotiated, Opening),
    Open(Box<Conversation>, Opening),
}

/// How the handshake was answered with its 101.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Opening {
    #[default]
    Right,
    /// The client must hang up, without a close frame (RFC 6455, section 4.1).
    Wrong,
    /// The answer came from the end that is taken for the client: whose frames these are is a guess, and nobody is judged.
    Backwards,
}

impl Opening {
    /// Whether an event is to be told: where nothing was opened, no close frame is missing.
    fn tells(self, event: &Event<'_>) -> bool {
        let Event::Verdict(verdict) = event else { return true };
        match self {
            Opening::Right => true,
            Opening::Wrong => !matches!(verdict.rule, Rule::NoClose | Rule::CloseUnanswered),
            Opening::Backwards => false,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Sockets {
    shared: Shared,
    sockets: HashMap<u32, Socket>,
}

impl Sockets {
    /// Notes what an answered handshake agreed on, which its 101 is to begin.
    pub(super) fn agree(&mut self, upgrade: &Upgrade) {
        let stream = upgrade.answer.side.stream;
        if upgrade.code == 101 && !self.is_open(stream) {
            let opening = match upgrade.verdict {
                _ if upgrade.answer.side.from == Host::Client => Opening::Backwards,
                Came::Failed => Opening::Wrong,
                _ => Opening::Right,
            };
            self.sockets.insert(stream, Socket::Agreed(Negotiated::from(upgrade), opening));
        }
    }

    /// Whether a handshake for WebSocket was answered by 101.
    pub(super) fn is_expected(&self, stream: u32) -> bool {
        matches!(self.sockets.get(&stream), Some(Socket::Agreed(..)))
    }

    pub(super) fn is_open(&self, stream: u32) -> bool {
        matches!(self.sockets.get(&stream), Some(Socket::Open(..)))
    }

    /// From here on a conversation is a WebSocket; `answered`: the frame that completes the answer.
    pub(super) fn open(&mut self, stream: u32, answered: u64) {
        let (negotiated, opening) = match self.sockets.remove(&stream) {
            Some(Socket::Agreed(negotiated, opening)) => (negotiated, opening),
            _ => Default::default(),
        };
        let mut conversation = Conversation::new(&negotiated);
        conversation.answered(answered);
        self.sockets.insert(stream, Socket::Open(Box::new(conversation), opening));
    }

    pub(super) fn bytes(&mut self, chunk: &Chunk<'_>, sink: &mut dyn FnMut(Said<'_>)) {
        let stream = chunk.side.stream;
        self.with(stream, sink, |conversation, shared, sink| conversation.bytes(chunk, shared, sink));
    }

    pub(super) fn hole(&mut self, hole: &Hole, sink: &mut dyn FnMut(Said<'_>)) {
        let stream = hole.side.stream;
        self.with(stream, sink, |conversation, shared, sink| conversation.hole(hole, shared, sink));
    }

    pub(super) fn end(&mut self, ending: &Ending, sink: &mut dyn FnMut(Said<'_>)) {
        let stream = ending.side.stream;
        self.with(stream, sink, |conversation, shared, sink| conversation.end(ending, shared, sink));
    }

    /// No more comes of a conversation.
    pub(super) fn finish(&mut self, stream: u32, sink: &mut dyn FnMut(Said<'_>)) {
        self.with(stream, sink, |conversation, shared, sink| conversation.finish(shared, sink));
        self.sockets.remove(&stream);
    }

    pub(super) fn finish_all(&mut self, sink: &mut dyn FnMut(Said<'_>)) {
        let mut streams: Vec<u32> = self.sockets.keys().copied().collect();
        streams.sort_unstable();
        for stream in streams {
            self.finish(stream, sink);
        }
    }

    fn with(
        &mut self,
        stream: u32,
        sink: &mut dyn FnMut(Said<'_>),
        work: impl FnOnce(&mut Conversation, &mut Shared, &mut dyn FnMut(Event<'_>)),
    ) {
        if let Some(Socket::Open(conversation, opening)) = self.sockets.get_mut(&stream) {
            work(conversation, &mut self.shared, &mut |event| {
                if opening.tells(&event) {
                    sink(Said::WebSocket { stream, event });
                }
            });
        }
    }
}
