//! HTTP in all conversations of a capture.

use hashbrown::HashMap;

use super::conversation::Conversation;
use super::event::Event;
use super::half::Scope;
use super::limits::Limits;
use crate::flow::stream::{Given, Hole, Side};

/// A conversation, and when it was last heard.
#[derive(Debug)]
struct Entry {
    /// `None` where neither direction speaks HTTP.
    conversation: Option<Box<Conversation>>,
    /// How many pieces had come before its last.
    last: u64,
}

/// Reads HTTP/1 on the streams of all conversations: takes what the [`Reassembler`](crate::flow::stream::Reassembler) hands on.
#[derive(Debug)]
pub struct Http {
    limits: Limits,
    conversations: HashMap<u32, Entry>,
    kept: usize,
    order: u64,
}

impl Default for Http {
    fn default() -> Http {
        Http::with_limits(Limits::default())
    }
}

impl Http {
    /// With the default limits.
    pub fn new() -> Http {
        Http::default()
    }

    /// With other limits. A head may always have 64 bytes, a start line 32, the line before a chunk 16.
    pub fn with_limits(limits: Limits) -> Http {
        Http { limits: limits.sane(), conversations: HashMap::new(), kept: 0, order: 0 }
    }

    /// Takes what was handed on next; `sink` gets all that comes of it, in order.
    pub fn push(&mut self, given: &Given<'_>, sink: &mut dyn FnMut(Event<'_>)) {
        let (stream, begins) = match given {
            Given::Bytes(chunk) => (chunk.side.stream, true),
            Given::Hole(hole) => (hole.side.stream, true),
            Given::End(ending) => (ending.side.stream, false),
            Given::Anew(side) => (side.stream, false),
            Given::Forgotten(stream) => return self.forget(*stream, sink),
            Given::Overlap(_) | Given::Uncompared(_) | Given::GivenUp(_) | Given::Ignored(_) => return,
        };
        self.order += 1;
        let order = self.order;
        match self.conversations.get_mut(&stream) {
            Some(entry) => {
                entry.last = order;
                if entry.conversation.is_none() {
                    return;
                }
            }
            None if begins => self.make_room(sink),
            None => return,
        }
        let fresh = || Entry { conversation: Some(Box::new(Conversation::new(stream))), last: order };
        let entry = self.conversations.entry(stream).or_insert_with(fresh);
        let Some(conversation) = &mut entry.conversation else { return };
        let before = conversation.cost();
        let mut scope = Scope { limits: &self.limits, sink };
        match given {
            Given::Bytes(chunk) => conversation.bytes(chunk, &mut scope),
            Given::Hole(hole) => take_hole(conversation, hole, &mut scope),
            Given::End(ending) => conversation.end(ending, &mut scope),
            Given::Anew(side) => conversation.begin_anew(side.from, &mut scope),
            _ => {}
        }
        self.kept = self.kept + conversation.cost() - before;
        let over = conversation.is_over();
        if conversation.is_other() {
            entry.conversation = None;
        }
        if over {
            self.forget(stream, sink);
        }
        if self.kept > self.limits.total {
            self.give_up(sink);
        }
    }

    /// No more comes: tells what is not complete, and forgets all.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Event<'_>)) {
        let mut streams: Vec<u32> = self.conversations.keys().copied().collect();
        streams.sort_unstable();
        for stream in streams {
            self.forget(stream, sink);
        }
    }

    /// Whether a direction is in a body that nothing but its end ends.
    pub(in crate::flow) fn lasts_until_close(&self, side: Side) -> bool {
        let conversation = self.conversations.get(&side.stream).and_then(|entry| entry.conversation.as_ref());
        conversation.is_some_and(|conversation| conversation.lasts_until_close(side.from))
    }

    /// Whether neither side of a conversation speaks HTTP: nothing more will be told of it.
    pub(in crate::flow) fn is_other(&self, stream: u32) -> bool {
        self.conversations.get(&stream).is_some_and(|entry| entry.conversation.is_none())
    }

    /// How many bytes are kept: at most [`Limits::total`]. What a conversation needs in any case is not counted.
    pub fn kept(&self) -> usize {
        self.kept
    }

    /// How many conversations are known: at most [`Limits::conversations`].
    pub fn conversations(&self) -> usize {
        self.conversations.len()
    }

    fn forget(&mut self, stream: u32, sink: &mut dyn FnMut(Event<'_>)) {
        let Some(entry) = self.conversations.remove(&stream) else { return };
        let Some(mut conversation) = entry.conversation else { return };
        self.kept -= conversation.cost();
        conversation.finish(&mut Scope { limits: &self.limits, sink });
    }

    /// Room for another conversation.
    fn make_room(&mut self, sink: &mut dyn FnMut(Event<'_>)) {
        if self.conversations.len() < self.limits.conversations.max(1) {
            return;
        }
        let mut all: Vec<(u64, u32)> =
            self.conversations.iter().map(|(stream, entry)| (entry.last, *stream)).collect();
        all.sort_unstable();
        for (_, stream) in all.iter().take((all.len() / 8).max(1)) {
            self.forget(*stream, sink);
        }
    }

    /// Those that have been silent longest give up what they keep, until an eighth of the limit is free.
    fn give_up(&mut self, sink: &mut dyn FnMut(Event<'_>)) {
        let goal = self.limits.total - self.limits.total / 8;
        let cost = |entry: &Entry| entry.conversation.as_ref().map_or(0, |conversation| conversation.cost());
        let keeping = self.conversations.iter().filter(|(_, entry)| cost(entry) > 0);
        let mut all: Vec<(u64, u32)> = keeping.map(|(stream, entry)| (entry.last, *stream)).collect();
        all.sort_unstable();
        for (_, stream) in all {
            if self.kept <= goal {
                break;
            }
            let Some(entry) = self.conversations.get_mut(&stream) else { continue };
            let Some(conversation) = &mut entry.conversation else { continue };
            self.kept -= conversation.cost();
            conversation.give_up(&mut Scope { limits: &self.limits, sink });
            self.kept += conversation.cost();
        }
    }
}

fn take_hole(conversation: &mut Conversation, hole: &Hole, scope: &mut Scope<'_>) {
    if hole.len > 0 {
        conversation.hole(hole, scope);
    }
}
