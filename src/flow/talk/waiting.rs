//! Heads of HTTP that wait for the end of their bodies: as in Wireshark, a message is told with the frame that completes it.

use std::collections::HashMap;

use crate::flow::http::{Head, Message};

/// So many heads may wait.
const HEADS: usize = 4096;
/// So many bytes they may take, all together.
const BYTES: usize = 16 << 20;

/// A head that waits.
#[derive(Debug)]
struct Waiting {
    head: Head,
    /// The frame with its last byte.
    since: u64,
}

/// All of them. Where there are too many, those that have waited longest are given up, until an eighth of the room is free.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    waiting: HashMap<Message, Waiting>,
    bytes: usize,
    given_up: u64,
}

impl Heads {
    /// This one waits from here on.
    pub(crate) fn put(&mut self, message: Message, head: Head) {
        // Of one with the same name the end was never seen: a conversation that another one follows on the same ports.
        drop(self.take(&message));
        self.bytes += head.cost();
        let since = head.places().last_frame();
        self.waiting.insert(message, Waiting { head, since });
        if self.waiting.len() > HEADS || self.bytes > BYTES {
            self.make_room();
        }
    }

    /// Its body is complete; `None` where it was given up, or never said.
    pub(crate) fn take(&mut self, message: &Message) -> Option<Head> {
        let Waiting { head, .. } = self.waiting.remove(message)?;
        self.bytes -= head.cost();
        Some(head)
    }

    /// No body will be complete any more.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.bytes = 0;
    }

    /// How many were given up.
    pub(super) fn given_up(&self) -> u64 {
        self.given_up
    }

    fn make_room(&mut self) {
        let mut oldest: Vec<(u64, Message)> =
            self.waiting.iter().map(|(message, waiting)| (waiting.since, *message)).collect();
        oldest.sort_unstable_by_key(|(since, _)| *since);
        for (_, message) in oldest {
            if self.waiting.len() <= HEADS / 8 * 7 && self.bytes <= BYTES / 8 * 7 {
                break;
            }
            self.given_up += u64::from(self.take(&message).is_some());
        }
    }
}
