//! All conversations of a capture, within the limits of what they may keep.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::arrival::{Arrival, Doubt};
use super::direction::{Direction, Passed};
use super::given::{Given, Overlap, Side, WhyGivenUp};
use super::limits::Limits;
use super::outlet::To;
use crate::event::Host;

/// What a direction has said so far, in bytes unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Handed on.
    pub bytes: u64,
    /// Passed because no frame carried them.
    pub missing: u64,
    /// Passed because a snap length had cut them.
    pub cut: u64,
    /// Passed because they had been given up.
    pub given_up: u64,
    /// Said again, whether they could be compared or not.
    pub again: u64,
    /// How many overlaps had two contents.
    pub conflicts: u64,
    /// That belong nowhere.
    pub ignored: u64,
}

impl Said {
    pub(super) fn overlap(&mut self, overlap: &Overlap<'_>) {
        self.again += overlap.later.bytes.len() as u64;
        self.conflicts += u64::from(!overlap.damaged && overlap.earlier.bytes != overlap.later.bytes);
    }

    /// Passed, for whatever reason.
    pub fn holes(&self) -> u64 {
        self.missing + self.cut + self.given_up
    }
}

/// What was given up in all conversations together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes that waited and were thrown away.
    pub given_up: u64,
    /// Conversations that were forgotten.
    pub forgotten: u64,
}

#[derive(Debug, Default)]
struct Conversation {
    client: Direction,
    server: Direction,
    /// The frame that it last sent.
    last: u64,
}

impl Conversation {
    /// `known`: it was followed before, and forgotten.
    fn new(known: bool) -> Conversation {
        let direction = || if known { Direction::resumed() } else { Direction::default() };
        Conversation { client: direction(), server: direction(), last: 0 }
    }

    fn of(&mut self, host: Host) -> (&mut Direction, &mut Direction) {
        match host {
            Host::Client => (&mut self.client, &mut self.server),
            Host::Server => (&mut self.server, &mut self.client),
        }
    }

    fn waiting(&self) -> usize {
        self.client.waiting() + self.server.waiting()
    }

    fn history_size(&self) -> usize {
        self.client.out.history_size() + self.server.out.history_size()
    }
}

/// Hashes the number of a conversation. The tracker counts them, so nobody can choose numbers that collide.
#[derive(Clone, Copy, Debug, Default)]
struct Count(u64);

type Counted = BuildHasherDefault<Count>;

impl Hasher for Count {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32((self.0 as u32) << 8 | u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        // The table looks at the topmost bits and at the lowest ones.
        self.0 = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 32;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Puts the streams of all conversations together.
#[derive(Debug, Default)]
pub struct Reassembler {
    limits: Limits,
    conversations: HashMap<u32, Conversation, Counted>,
    /// No conversation with a number so high was seen before.
    fresh: u32,
    waiting: usize,
    history: usize,
    order: u64,
    totals: Totals,
}

impl Reassembler {
    /// With the default limits.
    pub fn new() -> Reassembler {
        Reassembler::default()
    }

    /// With other limits.
    pub fn with_limits(limits: Limits) -> Reassembler {
        Reassembler { limits, ..Reassembler::default() }
    }

    /// Follows a conversation from where it has come to, the client's direction and the server's.
    pub(in crate::flow) fn resume(
        &mut self,
        stream: u32,
        (client, server): (Passed, Passed),
        sink: &mut dyn FnMut(Given<'_>),
    ) {
        self.leave(stream);
        if self.conversations.len() >= self.limits.conversations.max(1) {
            self.forget(sink);
        }
        let (client, server) = (Direction::passed(&client), Direction::passed(&server));
        self.conversations.insert(stream, Conversation { client, server, last: 0 });
        self.fresh = self.fresh.max(stream.saturating_add(1));
    }

    /// Nobody wants to know more of a conversation.
    pub(in crate::flow) fn leave(&mut self, stream: u32) {
        if let Some(conversation) = self.conversations.remove(&stream) {
            self.waiting -= conversation.waiting();
            self.history -= conversation.history_size();
        }
    }

    /// Forgets a conversation, which then is followed again from where it stands.
    pub(in crate::flow) fn restart(&mut self, stream: u32, sink: &mut dyn FnMut(Given<'_>)) {
        self.leave(stream);
        self.fresh = self.fresh.max(stream.saturating_add(1));
        sink(Given::Forgotten(stream));
    }

    /// Takes the next segment of the capture; `sink` gets all that comes of it, in order.
    pub fn push(&mut self, arrival: &Arrival<'_>, sink: &mut dyn FnMut(Given<'_>)) {
        self.order += 1;
        let (order, stream) = (self.order, arrival.stream);
        if arrival.anew {
            self.restart(stream, sink);
        }
        let full = self.conversations.len() >= self.limits.conversations.max(1);
        if full && !self.conversations.contains_key(&stream) {
            self.forget(sink);
        }
        let known = stream < self.fresh;
        self.fresh = self.fresh.max(stream.saturating_add(1));
        let conversation = self.conversations.entry(stream).or_insert_with(|| Conversation::new(known));
        let before = (conversation.waiting(), conversation.history_size());
        conversation.last = arrival.frame;
        let (sender, receiver) = conversation.of(arrival.from);
        let judged = judged(arrival, sender.filled_in_later);
        let arrival = &judged;
        let history = self.limits.history_per_direction;
        let mut to = To { side: Side { stream, from: arrival.from.other() }, history, sink };
        if let Some(ack) = arrival.ack.filter(|_| !arrival.rst) {
            receiver.confirm(ack, arrival.syn, &mut to);
        }
        if arrival.rst {
            receiver.out.reset(arrival.frame, &mut to);
        }
        to.side.from = arrival.from;
        sender.take(arrival, order, &mut to);
        if conversation.waiting() > self.limits.waiting_per_conversation {
            let spare = self.limits.waiting_per_conversation / 8;
            let goal = self.limits.waiting_per_conversation - spare;
            let waiting = conversation.waiting();
            let chosen = oldest([(stream, &*conversation)].into_iter(), waiting - goal);
            self.totals.given_up += give_up(conversation, chosen, WhyGivenUp::Conversation, sink);
        }
        let after = (conversation.waiting(), conversation.history_size());
        self.waiting = self.waiting + after.0 - before.0;
        self.history = self.history + after.1 - before.1;
        if self.waiting > self.limits.waiting {
            self.make_room(sink);
        }
        if self.history > self.limits.history {
            self.forget_histories();
        }
    }

    /// The capture has ended: hands on all that waits, past every hole, and forgets everything but what was counted.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Given<'_>)) {
        let mut streams: Vec<u32> = self.conversations.keys().copied().collect();
        streams.sort_unstable();
        for stream in streams {
            let Some(conversation) = self.conversations.get_mut(&stream) else { continue };
            for from in [Host::Client, Host::Server] {
                let mut to = To { side: Side { stream, from }, history: 0, sink };
                let (direction, _) = conversation.of(from);
                direction.finish(&mut to);
                direction.out.drop_history();
            }
        }
        self.waiting = self.conversations.values().map(Conversation::waiting).sum();
        self.history = self.conversations.values().map(Conversation::history_size).sum();
    }

    /// What a side has said so far; `None` for a conversation that is not known, or no longer.
    pub fn said(&self, side: Side) -> Option<Said> {
        let conversation = self.conversations.get(&side.stream)?;
        Some(match side.from {
            Host::Client => conversation.client.out.said,
            Host::Server => conversation.server.out.said,
        })
    }

    /// How many numbers an ACK of `ack`, counted from the zero of `side`, reaches past what came without a gap; 0 where all
    /// before it came, or was passed as a hole already. A FIN that came is counted as nothing.
    pub fn lacks_before(&self, side: Side, ack: u32) -> u64 {
        let Some(conversation) = self.conversations.get(&side.stream) else { return 0 };
        match side.from {
            Host::Client => conversation.client.lacks_before(ack),
            Host::Server => conversation.server.lacks_before(ack),
        }
    }

    /// What was given up so far.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// How many bytes wait, with the room around them: at most [`Limits::waiting`].
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many bytes are remembered for comparing, with the room around them: at most [`Limits::history`].
    pub fn history(&self) -> usize {
        self.history
    }

    /// How many conversations are followed now: at most [`Limits::conversations`].
    pub fn conversations(&self) -> usize {
        self.conversations.len()
    }

    /// Forgets an eighth of all conversations.
    fn forget(&mut self, sink: &mut dyn FnMut(Given<'_>)) {
        let key = |(stream, conversation): (&u32, &Conversation)| {
            let over = conversation.client.out.is_over() && conversation.server.out.is_over();
            (!over, conversation.last, *stream)
        };
        let mut all: Vec<_> = self.conversations.iter().map(key).collect();
        let count = (all.len() / 8).max(1);
        all.sort_unstable();
        for (_, _, stream) in all.into_iter().take(count) {
            let Some(mut conversation) = self.conversations.remove(&stream) else { continue };
            self.waiting -= conversation.waiting();
            self.history -= conversation.history_size();
            let chosen = oldest([(stream, &conversation)].into_iter(), usize::MAX);
            self.totals.given_up += give_up(&mut conversation, chosen, WhyGivenUp::Forgotten, sink);
            self.totals.forgotten += 1;
            sink(Given::Forgotten(stream));
        }
    }

    /// Gives up what has waited longest, until an eighth of the limit is free.
    fn make_room(&mut self, sink: &mut dyn FnMut(Given<'_>)) {
        let goal = self.limits.waiting - self.limits.waiting / 8;
        let all = self.conversations.iter().map(|(stream, conversation)| (*stream, conversation));
        for chosen in oldest(all, self.waiting - goal) {
            let Some(conversation) = self.conversations.get_mut(&chosen.side.stream) else { continue };
            let before = conversation.waiting();
            self.totals.given_up += give_up(conversation, vec![chosen], WhyGivenUp::Total, sink);
            self.waiting = self.waiting + conversation.waiting() - before;
        }
    }

    /// Those that have been silent longest forget what they said, until an eighth of the limit is free.
    fn forget_histories(&mut self) {
        let goal = self.limits.history - self.limits.history / 8;
        let with = self.conversations.iter().filter(|(_, conversation)| conversation.history_size() > 0);
        let mut all: Vec<_> = with.map(|(stream, conversation)| (conversation.last, *stream)).collect();
        all.sort_unstable();
        for (_, stream) in all {
            if self.history <= goal {
                break;
            }
            let Some(conversation) = self.conversations.get_mut(&stream) else { continue };
            self.history -= conversation.history_size();
            conversation.client.out.drop_history();
            conversation.server.out.drop_history();
        }
    }
}

/// A segment as it counts where it may be damaged: without its ACK and its RST, or like any other where its sender's sums are filled in
/// behind the capture.
#[inline]
fn judged<'a>(arrival: &Arrival<'a>, filled_in_later: bool) -> Arrival<'a> {
    match arrival.doubt {
        Doubt::Damaged if filled_in_later => {
            Arrival { doubt: Doubt::of(arrival.len, false, arrival.syn), ..*arrival }
        }
        Doubt::Damaged => Arrival { ack: None, rst: false, ..*arrival },
        _ => *arrival,
    }
}

/// A piece that is to be given up.
struct Chosen {
    order: u64,
    side: Side,
    offset: u64,
    cost: usize,
}

/// The pieces that came first, so many that they cost `wanted` together.
fn oldest<'c>(all: impl Iterator<Item = (u32, &'c Conversation)>, wanted: usize) -> Vec<Chosen> {
    let mut pieces = Vec::new();
    for (stream, conversation) in all {
        for (from, direction) in [(Host::Client, &conversation.client), (Host::Server, &conversation.server)]
        {
            let side = Side { stream, from };
            pieces.extend(direction.pieces().map(|(order, offset, cost)| Chosen {
                order,
                side,
                offset,
                cost,
            }));
        }
    }
    pieces.sort_unstable_by_key(|chosen| (chosen.order, chosen.offset));
    let mut sum = 0;
    let enough = |chosen: &Chosen| {
        let more = sum < wanted;
        sum += chosen.cost;
        more
    };
    let count = pieces.iter().map(enough).take_while(|more| *more).count();
    pieces.truncate(count);
    pieces
}

/// Gives up what was chosen of a conversation; how many bytes that were.
fn give_up(
    conversation: &mut Conversation,
    chosen: Vec<Chosen>,
    why: WhyGivenUp,
    sink: &mut dyn FnMut(Given<'_>),
) -> u64 {
    let mut bytes = 0;
    for Chosen { side, offset, .. } in chosen {
        let mut count = |given: Given<'_>| {
            if let Given::GivenUp(piece) = given {
                bytes += piece.len;
            }
            sink(given);
        };
        let mut to = To { side, history: 0, sink: &mut count };
        conversation.of(side.from).0.give_up(offset, why, &mut to);
    }
    bytes
}
