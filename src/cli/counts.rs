//! What a worker may count: conversations, or also what is said in them.

use netlab::dissect::Packet;
use netlab::flow::{Advise, Counter, Digest, Listener, Minutes, Overheard, Share};
use netlab::frame::Frame;

/// So many packets go to a worker at once.
const BATCH: usize = 2048;
/// Where their data goes with them, so many; or fewer, where that is so many bytes.
const LISTENED: usize = 1024;
const MOST_BYTES: usize = 1 << 18;
/// What the last of them may bring: no IP packet has more.
const MOST_DATA: usize = 1 << 16;

/// Who counts a share of the conversations, and what is handed to it of the packets.
pub(crate) trait Counts: Sized + Send + 'static {
    /// What it takes of one packet.
    type One<'f>;
    /// The same of many.
    type Batch: Send;

    /// One that has seen nothing yet, and tells of large pieces of memory before it uses them.
    fn with(advise: Option<Advise>) -> Self;

    /// An empty batch, with room.
    fn batch() -> Self::Batch;

    /// Of a frame of the most usual build; `None` says nothing.
    fn of_plain<'f>(frame: &Frame<'f>) -> Option<Self::One<'f>>;

    /// Of any packet; `None` where it belongs to no conversation.
    fn of<'p>(packet: &'p Packet<'_>) -> Option<Self::One<'p>>;

    /// Which of so many shares it belongs to.
    fn share(one: &Self::One<'_>, shares: usize) -> usize;

    /// Adds it to a batch; whether that is full now.
    fn add(one: &Self::One<'_>, batch: &mut Self::Batch) -> bool;

    /// Takes each out of a batch again.
    fn each(batch: &Self::Batch, take: impl FnMut(&Self::One<'_>));

    /// Forgets what is in a batch, and keeps the room.
    fn clear(batch: &mut Self::Batch);

    /// Counts a batch.
    fn count_all(&mut self, batch: &Self::Batch);

    /// How many TCP conversations there are so far.
    fn conversation_count(&self) -> usize;

    /// No more comes.
    fn finish(self) -> Share;
}

impl Counts for Counter {
    type One<'f> = Digest;
    type Batch = Vec<Digest>;

    fn with(advise: Option<Advise>) -> Counter {
        advise.map_or_else(Counter::new, Counter::advised)
    }

    fn batch() -> Vec<Digest> {
        Vec::with_capacity(BATCH)
    }

    #[inline(always)]
    fn of_plain(frame: &Frame<'_>) -> Option<Digest> {
        Digest::of_plain(frame)
    }

    fn of(packet: &Packet<'_>) -> Option<Digest> {
        Digest::of(packet)
    }

    #[inline(always)]
    fn share(one: &Digest, shares: usize) -> usize {
        one.share(shares)
    }

    #[inline(always)]
    fn add(one: &Digest, batch: &mut Vec<Digest>) -> bool {
        batch.push(*one);
        batch.len() >= BATCH
    }

    fn each(batch: &Vec<Digest>, take: impl FnMut(&Digest)) {
        batch.iter().for_each(take);
    }

    fn clear(batch: &mut Vec<Digest>) {
        batch.clear();
    }

    fn count_all(&mut self, batch: &Vec<Digest>) {
        Counter::count_all(self, batch);
    }

    fn conversation_count(&self) -> usize {
        Counter::conversation_count(self)
    }

    fn finish(self) -> Share {
        self.into()
    }
}

impl Counts for Listener {
    type One<'f> = Overheard<'f>;
    type Batch = Minutes;

    fn with(advise: Option<Advise>) -> Listener {
        advise.map_or_else(Listener::new, Listener::advised)
    }

    fn batch() -> Minutes {
        Minutes::with_capacity(LISTENED, MOST_BYTES + MOST_DATA)
    }

    #[inline(always)]
    fn of_plain<'f>(frame: &Frame<'f>) -> Option<Overheard<'f>> {
        Overheard::of_plain(frame)
    }

    fn of<'p>(packet: &'p Packet<'_>) -> Option<Overheard<'p>> {
        Overheard::of(packet)
    }

    #[inline(always)]
    fn share(one: &Overheard<'_>, shares: usize) -> usize {
        one.share(shares)
    }

    #[inline(always)]
    fn add(one: &Overheard<'_>, batch: &mut Minutes) -> bool {
        batch.push(one);
        let (packets, bytes) = batch.len();
        packets >= LISTENED || bytes >= MOST_BYTES
    }

    fn each(batch: &Minutes, mut take: impl FnMut(&Overheard<'_>)) {
        batch.iter().for_each(|one| take(&one));
    }

    fn clear(batch: &mut Minutes) {
        batch.clear();
    }

    fn count_all(&mut self, batch: &Minutes) {
        Listener::count_all(self, batch);
    }

    fn conversation_count(&self) -> usize {
        Listener::conversation_count(self)
    }

    fn finish(self) -> Share {
        self.into()
    }
}
