//! The conversations that are WebSocket by now.

use std::collections::HashMap;

use super::Said;
use crate::flow::http::Upgrade;
use crate::flow::stream::{Chunk, Ending, Hole};
use crate::flow::websocket::{Conversation, Negotiated, Shared};

/// What is known of one.
#[derive(Debug)]
enum Socket {
    /// What the handshake agreed on; its answer has not switched yet.
    Agreed(Negotiated),
    Open(Box<Conversation>),
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
            self.sockets.insert(stream, Socket::Agreed(Negotiated::from(upgrade)));
        }
    }

    /// Whether a handshake for WebSocket was answered by 101.
    pub(super) fn is_expected(&self, stream: u32) -> bool {
        matches!(self.sockets.get(&stream), Some(Socket::Agreed(_)))
    }

    pub(super) fn is_open(&self, stream: u32) -> bool {
        matches!(self.sockets.get(&stream), Some(Socket::Open(_)))
    }

    /// From here on a conversation is a WebSocket.
    pub(super) fn open(&mut self, stream: u32) {
        let negotiated = match self.sockets.remove(&stream) {
            Some(Socket::Agreed(negotiated)) => negotiated,
            _ => Negotiated::default(),
        };
        self.sockets.insert(stream, Socket::Open(Box::new(Conversation::new(&negotiated))));
    }

    pub(super) fn bytes(&mut self, chunk: &Chunk<'_>, sink: &mut dyn FnMut(Said<'_>)) {
        let stream = chunk.side.stream;
        self.with(stream, |conversation, shared| {
            conversation.bytes(chunk, shared, &mut |event| sink(Said::WebSocket { stream, event }));
        });
    }

    pub(super) fn hole(&mut self, hole: &Hole, sink: &mut dyn FnMut(Said<'_>)) {
        let stream = hole.side.stream;
        self.with(stream, |conversation, shared| {
            conversation.hole(hole, shared, &mut |event| sink(Said::WebSocket { stream, event }));
        });
    }

    pub(super) fn end(&mut self, ending: &Ending, sink: &mut dyn FnMut(Said<'_>)) {
        let stream = ending.side.stream;
        self.with(stream, |conversation, shared| {
            conversation.end(ending, shared, &mut |event| sink(Said::WebSocket { stream, event }));
        });
    }

    /// No more comes of a conversation.
    pub(super) fn finish(&mut self, stream: u32, sink: &mut dyn FnMut(Said<'_>)) {
        self.with(stream, |conversation, shared| {
            conversation.finish(shared, &mut |event| sink(Said::WebSocket { stream, event }));
        });
        self.sockets.remove(&stream);
    }

    pub(super) fn finish_all(&mut self, sink: &mut dyn FnMut(Said<'_>)) {
        let mut streams: Vec<u32> = self.sockets.keys().copied().collect();
        streams.sort_unstable();
        for stream in streams {
            self.finish(stream, sink);
        }
    }

    fn with(&mut self, stream: u32, work: impl FnOnce(&mut Conversation, &mut Shared)) {
        if let Some(Socket::Open(conversation)) = self.sockets.get_mut(&stream) {
            work(conversation, &mut self.shared);
        }
    }
}
