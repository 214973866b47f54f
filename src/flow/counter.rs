//! Conversations for a table: counted, not explained. By the same rules as the [`Tracker`](super::Tracker)'s, with a quarter of its memory.

use super::arena::Advise;
use super::digest::{Digest, Kind, Member};
use super::register::Register;
use super::rows::Beginning;
use super::table::Row;
use super::tcp::{Counted, Moment, Odd};
use super::{Epoch, Exchange};
use crate::frame::Time;

/// For so many packets at once the conversations are looked up ahead.
const AHEAD: usize = 64;

/// Who wants to be told of each segment; nobody, mostly.
pub(super) trait Listens {
    /// Reads a little of what a conversation's next segment will need.
    fn touch(&self, number: u32) -> u32;

    /// The packet at place `at` of those that are being counted is a segment of that conversation.
    fn segment(&mut self, at: usize, number: u32, member: &Member, conversation: &Counted, odd: Odd);

    /// The segment that comes next shows that the client of that conversation is the end that was taken for the server.
    fn swapped(&mut self, number: u32);
}

impl Listens for () {
    #[inline]
    fn touch(&self, _: u32) -> u32 {
        0
    }

    #[inline]
    fn segment(&mut self, _: usize, _: u32, _: &Member, _: &Counted, _: Odd) {}

    fn swapped(&mut self, _: u32) {}
}

/// Counts the conversations of a capture, or a share of them.
#[derive(Debug, Default)]
pub struct Counter {
    conversations: Register<Counted>,
    /// How many of them have begun on addresses and ports that were used before.
    began_again: u64,
    exchanges: Register<Exchange>,
    epoch: Epoch,
}

impl Counter {
    /// One that has seen nothing yet.
    pub fn new() -> Counter {
        Counter::default()
    }

    /// The same, which tells of each large piece of memory before it is used: the system may then give it in large pages, which
    /// are found sooner.
    pub fn advised(advise: Advise) -> Counter {
        Counter { conversations: Register::advised(advise), ..Counter::default() }
    }

    /// Takes the next packet.
    #[inline]
    pub fn count(&mut self, digest: &Digest) {
        self.count_one(digest, 0, &mut ());
    }

    #[inline]
    fn count_one(&mut self, digest: &Digest, at: usize, listener: &mut impl Listens) {
        let Digest(member) = digest;
        self.epoch.see(member);
        match member.kind {
            Kind::Tcp | Kind::QuotedTcp => {
                let stream = self.tcp_stream(member);
                if member.kind == Kind::Tcp
                    && let Some(conversation) = self.conversations.get_mut(stream)
                    && let Some(odd) = conversation.push(member)
                {
                    if odd.swapped {
                        listener.swapped(stream);
                    }
                    listener.segment(at, stream, member, conversation, odd);
                }
            }
            Kind::Udp | Kind::QuotedUdp => self.datagram(member),
        }
    }

    /// The same for many: while one is counted, what the next ones need is already on its way from memory.
    pub fn count_all(&mut self, digests: &[Digest]) {
        self.count_and_tell(digests, &mut ());
    }

    /// The same for who wants to be told of each segment.
    pub(super) fn count_and_tell(&mut self, digests: &[Digest], listener: &mut impl Listens) {
        for (group, first) in digests.chunks(AHEAD).zip((0..).step_by(AHEAD)) {
            let mut numbers = [0; AHEAD];
            for (Digest(member), number) in group.iter().zip(&mut numbers) {
                *number = self.conversations.guess(member).unwrap_or(0);
            }
            let touched =
                numbers.iter().take(group.len()).filter_map(|number| self.conversations.get(*number));
            std::hint::black_box(touched.fold(0, |sum, conversation| sum ^ conversation.touch()));
            let heard = numbers.iter().take(group.len()).map(|number| listener.touch(*number));
            std::hint::black_box(heard.fold(0, |sum, touched| sum ^ touched));
            let began_again = self.began_again;
            for ((digest, number), at) in group.iter().zip(numbers).zip(first..) {
                // Unless one began again meanwhile, what was guessed is right where its key is.
                if self.began_again != began_again || !self.goes_on(digest, number, at, listener) {
                    self.count_one(digest, at, listener);
                }
            }
        }
    }

    /// Counts a segment that simply follows the last one of a conversation; says whether it is one.
    #[inline(always)]
    fn goes_on(
        &mut self,
        Digest(member): &Digest,
        number: u32,
        at: usize,
        listener: &mut impl Listens,
    ) -> bool {
        self.epoch.see(member);
        let Some(conversation) = self.conversations.get_mut(number) else { return false };
        if member.kind != Kind::Tcp || conversation.head.key != member.key || !conversation.goes_on(member) {
            return false;
        }
        listener.segment(at, number, member, conversation, Odd::default());
        true
    }

    #[inline]
    fn tcp_stream(&mut self, member: &Member) -> u32 {
        let Counter { conversations, began_again, .. } = self;
        let over = |known: &Counted| known.is_over_with(&member.seen, member);
        let new = |_, again| {
            *began_again += u64::from(again);
            Counted::new(&member.seen, member, again)
        };
        conversations.find(member, over, new).0
    }

    fn datagram(&mut self, member: &Member) {
        let (stream, _) = self.exchanges.find(member, |_| false, |next, _| Exchange::new(next, member));
        if member.kind == Kind::Udp
            && let Some(exchange) = self.exchanges.get_mut(stream)
        {
            exchange.count(member);
        }
    }

    /// How many TCP conversations there are so far.
    pub fn conversation_count(&self) -> usize {
        self.conversations.len()
    }

    /// Whether nothing has shown so far which end of a TCP conversation is the client.
    pub fn are_roles_guessed(&self, stream: u32) -> bool {
        self.conversations.get(stream).is_some_and(|known| known.head.are_roles_guessed())
    }

    /// Every conversation, with those that only an ICMP error has quoted: TCP's first, then UDP's, each in the order of their
    /// numbers.
    pub fn all_rows(&self) -> impl Iterator<Item = Row> {
        self.tcp_rows().chain(self.udp_rows())
    }

    /// Those that had a frame of their own.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.all_rows().filter(|row| row.packets() > 0)
    }

    fn tcp_rows(&self) -> impl Iterator<Item = Row> {
        (0..self.conversations.len() as u32).filter_map(|stream| self.tcp_row(stream, stream))
    }

    fn udp_rows(&self) -> impl Iterator<Item = Row> {
        (0..self.exchanges.len() as u32).filter_map(|stream| self.udp_row(stream, stream))
    }

    /// The TCP conversation of a number, under the number `stream`.
    #[inline(always)]
    pub(super) fn tcp_row(&self, number: u32, stream: u32) -> Option<Row> {
        let counted = self.conversations.get(number)?;
        Some(Row::of_tcp(stream, &counted.head, (&counted.client, &counted.server), self.epoch))
    }

    /// The same of UDP.
    #[inline]
    pub(super) fn udp_row(&self, number: u32, stream: u32) -> Option<Row> {
        self.exchanges.get(number).map(|exchange| Row::of_udp(stream, exchange, self.epoch))
    }

    /// What is known of each TCP conversation's beginning, in the order of their numbers.
    pub(super) fn tcp_beginnings(&self) -> impl Iterator<Item = Beginning> {
        let packets = |known: &Counted| known.client.frames().packets + known.server.frames().packets;
        self.conversations
            .iter()
            .map(move |known| Beginning::of(known.head.first_heard, known.head.first, packets(known)))
    }

    /// The same of UDP.
    pub(super) fn udp_beginnings(&self) -> impl Iterator<Item = Beginning> {
        let of = |exchange: &Exchange| {
            Beginning::of(exchange.first_frame, exchange.tally.first, exchange.tally.packets())
        };
        self.exchanges.iter().map(of)
    }

    /// A moment as a time of the clock again.
    pub(super) fn time(&self, moment: Moment) -> Option<Time> {
        self.epoch.time(moment)
    }
}
