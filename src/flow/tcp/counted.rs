//! A conversation of which only a table's row is wanted: counted, not explained.

use super::analysis;
use super::head::{Head, begins_another};
use super::seen::Seen;
use super::side::{Reset, Side};
use crate::event::Host;
use crate::flow::digest::Member;
use crate::flow::key::Key;
use crate::flow::register::Keyed;

/// What is odd about a segment.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::flow) struct Odd {
    /// It asks for a sign of life.
    pub(in crate::flow) keep_alive: bool,
    /// It asks for room.
    pub(in crate::flow) probe: bool,
    /// It is an RST that its receiver takes.
    pub(in crate::flow) reset: bool,
    /// It shows that the client is the end that was taken for the server.
    pub(in crate::flow) swapped: bool,
}

/// What a row of a table takes: four lines of a processor's cache, of which a segment that simply follows the last one needs three.
#[derive(Debug)]
#[repr(C)]
pub(in crate::flow) struct Counted {
    pub(in crate::flow) head: Head,
    pub(in crate::flow) client: Side,
    pub(in crate::flow) server: Side,
}

const _: () = assert!(size_of::<Counted>() == 256);

impl Keyed for Counted {
    fn key(&self) -> &Key {
        &self.head.key
    }
}

impl Counted {
    pub(in crate::flow) fn new(seen: &Seen, member: &Member, again: bool) -> Counted {
        Counted { head: Head::new(seen, member, again), client: Side::default(), server: Side::default() }
    }

    /// Whether this segment is a SYN of another incarnation.
    #[inline]
    pub(in crate::flow) fn is_over_with(&self, seen: &Seen, member: &Member) -> bool {
        let sender = match self.head.sender(member) {
            Host::Client => &self.client,
            Host::Server => &self.server,
        };
        begins_another(seen, sender)
    }

    /// Who sent a segment that was taken, and from where both its numbers are counted: its sequence number and what it confirms.
    #[inline]
    pub(in crate::flow) fn numbers(&self, member: &Member) -> (Host, u32, u32) {
        let Counted { head, client, server } = self;
        let from = head.sender(member);
        let (sender, receiver) = match from {
            Host::Client => (client, server),
            Host::Server => (server, client),
        };
        (from, sender.base().unwrap_or(member.seen.seq), receiver.base().unwrap_or(0))
    }

    /// Takes the next segment; gives what is odd about it. `None` where nothing follows from it.
    #[inline]
    pub(in crate::flow) fn push(&mut self, member: &Member) -> Option<Odd> {
        let seen = &member.seen;
        if seen.partial() {
            self.head.glimpse(seen);
            let (head, sender, _) = self.parts(member);
            sender.count_frame(member);
            head.note_frame(member);
            return None;
        }
        let first = self.head.begin(seen, member);
        let swapped = self.head.learn_roles(seen, member);
        if swapped {
            std::mem::swap(&mut self.client, &mut self.server);
        }
        let (head, sender, receiver) = self.parts(member);
        // What the analysis goes by was measured before this segment.
        let known_rtt = head.opening.first_rtt();
        head.opening.take(seen, first);
        sender.count_from(seen);
        receiver.is_confirmed_by(seen);
        if seen.syn() {
            sender.takes_scale(seen, receiver);
        }
        let reset = receiver.reset_by(seen, sender);
        // How much room there is says nothing of what is counted here.
        let (analysis, _) =
            analysis::analyse(seen, &mut sender.memory, &mut receiver.memory, known_rtt, None);
        sender.sent(seen, receiver, reset);
        head.count(&analysis);
        sender.count_frame(member);
        head.note_frame(member);
        Some(Odd {
            keep_alive: analysis.keep_alive,
            probe: analysis.zero_window_probe,
            reset: reset == Reset::Taken,
            swapped,
        })
    }

    /// What is kept of it as a whole, of a segment's sender, and of the other end.
    #[inline(always)]
    fn parts(&mut self, member: &Member) -> (&mut Head, &mut Side, &mut Side) {
        let Counted { head, client, server } = self;
        match head.sender(member) {
            Host::Client => (head, client, server),
            Host::Server => (head, server, client),
        }
    }

    /// The same as [`push`](Counted::push) for a segment that simply follows the last one. Says whether it is one; if not, nothing has
    /// changed.
    #[inline(always)]
    pub(in crate::flow) fn goes_on(&mut self, member: &Member) -> bool {
        let (head, sender, receiver) = self.parts(member);
        if !head.has_roles_for(member) || !head.opening.is_settled() {
            return false;
        }
        let seen = &member.seen;
        let known = sender.is_settled() & receiver.is_settled();
        if !known || !analysis::goes_on(seen, &mut sender.memory, &receiver.memory) {
            return false;
        }
        sender.talked |= seen.len > 0;
        head.opening.goes_on(seen.len > 0);
        sender.count_frame(member);
        head.note_frame(member);
        true
    }

    /// Reads a little of everything that the next segment will need, so that the processor has it at hand by then.
    #[inline]
    pub(in crate::flow) fn touch(&self) -> u32 {
        u32::from(self.head.has_begun()) ^ self.client.memory.touch() ^ self.server.memory.touch()
    }
}
