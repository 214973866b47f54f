//! Counts conversations on more than one processor: each worker follows its share of them.

use std::mem;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use netlab::dissect::Packet;
use netlab::flow::{Advise, Counter, Fragments, Rows, Share};
use netlab::frame::Frame;

use super::counts::Counts;

/// So many batches may wait for a worker: who reads faster than they are counted waits.
const WAITING: usize = 16;
/// More workers than this have nothing to do: one reader can't feed them.
const MOST_WORKERS: usize = 4;

/// Takes a capture's frames in its order, gives its conversations in the end.
pub(crate) struct Shares<C: Counts = Counter> {
    fragments: Fragments,
    crew: Crew<C>,
}

/// Who counts.
struct Crew<C: Counts> {
    workers: Vec<Worker<C>>,
    /// Used as long as there is so little that a worker is not worth the while.
    first: C::Batch,
    /// How many TCP conversations the workers know.
    known: Arc<AtomicUsize>,
}

struct Worker<C: Counts> {
    thread: JoinHandle<Share>,
    batches: SyncSender<C::Batch>,
    /// Batches that were counted, to be filled again.
    empty: Receiver<C::Batch>,
    filling: C::Batch,
}

impl<C: Counts> Shares<C> {
    pub(crate) fn new() -> Shares<C> {
        let crew = Crew { workers: Vec::new(), first: C::batch(), known: Arc::default() };
        Shares { fragments: Fragments::new(), crew }
    }

    /// How many TCP conversations the workers know so far, with those that only an ICMP error quotes; all of them once
    /// [`rows`](Shares::rows) has given them, if there were packets enough for workers.
    pub(crate) fn known(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.crew.known)
    }

    /// Takes the next frame; says whether it is a piece of an IP packet that it does not complete.
    #[inline(always)]
    pub(crate) fn frame(&mut self, frame: Frame<'_>) -> bool {
        if let Some(one) = C::of_plain(&frame) {
            self.crew.count(&one);
            return false;
        }
        self.unusual(frame)
    }

    /// The same whatever it holds.
    #[inline(never)]
    fn unusual(&mut self, frame: Frame<'_>) -> bool {
        let mut packet = Packet::unread(frame);
        packet.read();
        let is_piece = packet.fragment().is_some();
        if is_piece {
            packet = self.fragments.complete(packet);
        }
        if let Some(one) = C::of(&packet) {
            self.crew.count(&one);
        }
        is_piece && !packet.is_reassembled()
    }

    /// Every conversation: TCP's, then UDP's, each in the order of their numbers.
    pub(crate) fn rows(self) -> Rows {
        let Crew { workers, first, .. } = self.crew;
        if workers.is_empty() {
            let mut counts = C::with(None);
            counts.count_all(&first);
            return Rows::merged(vec![counts.finish()]);
        }
        // All get their last batch before any is waited for.
        let threads: Vec<_> = workers.into_iter().map(Worker::finish).collect();
        let shares =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        Rows::merged(shares.collect())
    }
}

impl<C: Counts> Crew<C> {
    #[inline(always)]
    fn count(&mut self, one: &C::One<'_>) {
        let share = C::share(one, self.workers.len());
        match self.workers.get_mut(share) {
            Some(worker) => {
                if C::add(one, &mut worker.filling) {
                    worker.hand_over();
                }
            }
            None => {
                if C::add(one, &mut self.first) {
                    self.hire();
                }
            }
        }
    }

    #[cold]
    fn hire(&mut self) {
        let count = thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS);
        self.workers = (0..count).map(|_| Worker::new(&self.known)).collect();
        let first = mem::replace(&mut self.first, C::batch());
        C::each(&first, |one| self.count(one));
    }
}

impl<C: Counts> Worker<C> {
    fn new(known: &Arc<AtomicUsize>) -> Worker<C> {
        let (batches, work) = sync_channel(WAITING);
        let (counted, empty) = channel();
        let known = Arc::clone(known);
        let thread = thread::spawn(move || follow::<C>(&work, &counted, &known));
        Worker { thread, batches, empty, filling: C::batch() }
    }

    fn hand_over(&mut self) {
        let next = self.empty.try_recv().unwrap_or_else(|_| C::batch());
        // A worker that is gone has panicked: its thread's end will tell.
        let _gone = self.batches.send(mem::replace(&mut self.filling, next)).is_err();
    }

    fn finish(mut self) -> JoinHandle<Share> {
        self.hand_over();
        self.thread
    }
}

/// Memory is in large pages, where the system has them.
fn advise() -> Option<Advise> {
    #[cfg(all(feature = "live", target_os = "linux"))]
    return Some(netlab::in_large_pages);
    #[cfg(not(all(feature = "live", target_os = "linux")))]
    None
}

fn follow<C: Counts>(work: &Receiver<C::Batch>, counted: &Sender<C::Batch>, known: &AtomicUsize) -> Share {
    let mut counts = C::with(advise());
    for mut batch in work {
        let before = counts.conversation_count();
        counts.count_all(&batch);
        known.fetch_add(counts.conversation_count() - before, Ordering::Relaxed);
        C::clear(&mut batch);
        // The reader may be done.
        let _gone = counted.send(batch).is_err();
    }
    // On this thread, while the others are still counting.
    counts.finish()
}
