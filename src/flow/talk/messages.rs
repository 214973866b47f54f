//! How many WebSocket messages each side sends.

use std::collections::HashMap;

use super::{Said, SecureLimits, Talk};
use crate::dissect::Packet;
use crate::event::Host;
use crate::flow::Segment;
use crate::flow::stream::{Arrival, Given, Reassembler};
use crate::flow::websocket::{Event, MessageEnd, WhyLost};

/// How many WebSocket messages each side of a conversation has sent: whole ones, in however many frames they came, each once.
/// Control frames (ping, pong, close) are no messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    /// The client's.
    pub from_client: u64,
    /// The server's.
    pub from_server: u64,
    /// Something of the client's is missing or can't be read, and where its next frame begins can't be known: there were at least so
    /// many.
    pub client_unread: bool,
    /// The same of the server.
    pub server_unread: bool,
}

impl Messages {
    /// What one side has sent, and whether there may have been more.
    pub fn of(&self, host: Host) -> (u64, bool) {
        match host {
            Host::Client => (self.from_client, self.client_unread),
            Host::Server => (self.from_server, self.server_unread),
        }
    }

    fn unread(&mut self, host: Host) {
        match host {
            Host::Client => self.client_unread = true,
            Host::Server => self.server_unread = true,
        }
    }

    fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Message(message) if message.end == MessageEnd::Final => match message.from {
                Host::Client => self.from_client += 1,
                Host::Server => self.from_server += 1,
            },
            // A capture that ends inside of a header has lost no message.
            Event::Lost(lost) if lost.why != WhyLost::EndInHeader => self.unread(lost.from),
            _ => {}
        }
    }
}

/// Reads what the reassembly hands on, and counts the messages of the conversations that are WebSocket.
#[derive(Debug, Default)]
pub(in crate::flow) struct Reading {
    talk: Talk,
    counts: HashMap<u32, Messages>,
}

impl Reading {
    /// With other limits for TLS.
    pub(in crate::flow) fn with_limits(limits: SecureLimits) -> Reading {
        Reading { talk: Talk::with_limits(limits), ..Reading::default() }
    }

    /// Takes what was handed on next.
    pub(in crate::flow) fn take(&mut self, given: &Given<'_>) {
        let Reading { talk, counts } = self;
        talk.push(given, &mut |said| note(&said, counts));
        if let Given::Forgotten(stream) = given
            && let Some(counted) = counts.get_mut(stream)
        {
            counted.unread(Host::Client);
            counted.unread(Host::Server);
        }
    }

    /// Takes what somebody else has counted of a conversation.
    pub(in crate::flow) fn counted(&mut self, stream: u32, messages: Messages) {
        self.counts.insert(stream, messages);
    }

    /// What was counted of a conversation; `None` where it was not seen to become WebSocket.
    pub(in crate::flow) fn messages(&self, stream: u32) -> Option<Messages> {
        self.counts.get(&stream).copied()
    }

    /// Whether a conversation can't become WebSocket any more.
    pub(in crate::flow) fn is_other(&self, stream: u32) -> bool {
        self.talk.is_other(stream)
    }

    /// No more comes.
    pub(in crate::flow) fn finish(&mut self) {
        let Reading { talk, counts } = self;
        talk.finish(&mut |said| note(&said, counts));
    }
}

fn note(said: &Said<'_>, counts: &mut HashMap<u32, Messages>) {
    // Each WebSocket ends with an event at least: one without a message is counted, too.
    if let Said::WebSocket { stream, event } = said {
        counts.entry(*stream).or_default().take(event);
    }
}

/// Puts both streams of every conversation together, and counts the messages of those that are WebSocket.
#[derive(Debug, Default)]
pub struct MessageCounter {
    streams: Reassembler,
    reading: Reading,
}

impl MessageCounter {
    /// One that has seen nothing yet.
    pub fn new() -> MessageCounter {
        MessageCounter::default()
    }

    /// Takes the next packet, and what the [tracker](crate::flow::Tracker) said of it.
    pub fn push(&mut self, packet: &Packet<'_>, segment: Option<&Segment>) {
        let MessageCounter { streams, reading } = self;
        if let Some(arrival) = segment.and_then(|segment| Arrival::new(segment, packet)) {
            streams.push(&arrival, &mut |given| reading.take(&given));
        }
    }

    /// No more comes: of each conversation that was seen to become WebSocket, by its number (Wireshark's `tcp.stream`), what was
    /// counted.
    pub fn finish(mut self) -> HashMap<u32, Messages> {
        let MessageCounter { streams, reading } = &mut self;
        streams.finish(&mut |given| reading.take(&given));
        reading.finish();
        self.reading.counts
    }
}
