//! Messages of which only what follows shows whether the server's program was given them.
//!
//! A server may refuse a message for a reason that is on no wire: most of all, its length (close code 1009). Where the story
//! is that of a recording, what follows is there to be read: from such a message on, steps wait until it shows.

use std::collections::VecDeque;

use super::program;
use super::progress::before;
use super::told::Told;

/// So many steps wait at most,
const STEPS: usize = 256;
/// with so many bytes of their frames.
const BYTES: usize = 4 << 20;

/// What became of a message at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Its program was given it.
    Taken,
    /// It was refused, with this close code.
    Refused(u16),
    /// This message or one before it was.
    Unless(u16),
    /// The connection broke before the server said anything more.
    Broken,
    /// Nothing shows it.
    Unknown,
}

/// A step that tells of such a message.
#[derive(Debug)]
struct Message {
    /// The step's number.
    step: u32,
    /// The relative sequence number behind its last byte.
    end: u32,
    fate: Option<Fate>,
}

/// The steps that wait, in their order.
#[derive(Debug, Default)]
pub(super) struct Undecided {
    waiting: VecDeque<Told>,
    bytes: usize,
    messages: VecDeque<Message>,
}

impl Undecided {
    /// The step of this number tells of one.
    pub(super) fn put(&mut self, step: u32, end: u32) {
        self.messages.push_back(Message { step, end, fate: None });
    }

    /// The server goes on as if nothing were wrong, and has confirmed all before `acked`.
    pub(super) fn goes_on(&mut self, acked: u32) {
        for message in self.messages.iter_mut().filter(|message| !before(acked, message.end)) {
            message.fate.get_or_insert(Fate::Taken);
        }
    }

    /// The server refuses what it read last.
    pub(super) fn refuses(&mut self, code: u16) {
        let open = self.messages.iter().filter(|message| message.fate.is_none()).count();
        self.decide(if open == 1 { Fate::Refused(code) } else { Fate::Unless(code) });
    }

    /// All that are still open come to this.
    pub(super) fn decide(&mut self, fate: Fate) {
        self.messages.iter_mut().for_each(|message| {
            message.fate.get_or_insert(fate);
        });
    }

    /// Takes what would be told next; gives what can be told now.
    pub(super) fn pass(&mut self, told: Vec<Told>) -> Vec<Told> {
        if self.messages.is_empty() && self.waiting.is_empty() {
            return told;
        }
        for next in told {
            self.bytes += size(&next);
            self.waiting.push_back(next);
        }
        let mut out = Vec::new();
        while let Some(mut next) = self.waiting.pop_front() {
            let full = self.waiting.len() >= STEPS || self.bytes > BYTES;
            if let Told::Step(step) = &mut next
                && let Some(message) = self.messages.front().filter(|message| message.step == step.number)
            {
                let Some(fate) = message.fate.or(full.then_some(Fate::Unknown)) else {
                    self.waiting.push_front(next);
                    break;
                };
                self.messages.pop_front();
                step.server_code = vec![program::message_at_server(fate)];
            }
            self.bytes -= size(&next);
            out.push(next);
        }
        out
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self) -> Vec<Told> {
        self.decide(Fate::Taken);
        self.pass(Vec::new())
    }
}

fn size(told: &Told) -> usize {
    match told {
        Told::Step(step) => step.bytes.len(),
        Told::Absorbed(_) => 0,
    }
}
