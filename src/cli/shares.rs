//! Counts conversations on more than one processor: each worker follows its share of them.

use std::mem;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use netlab::dissect::Packet;
use netlab::flow::{Counter, Digest, Fragments, Rows, Share};
use netlab::frame::Frame;

/// So many digests go to a worker at once.
const BATCH: usize = 2048;
/// So many batches may wait for a worker: who reads faster than they are counted waits.
const WAITING: usize = 16;
/// More workers than this have nothing to do: one reader can't feed them.
const MOST_WORKERS: usize = 4;

/// Takes a capture's frames in its order, gives its conversations in the end.
pub(crate) struct Shares {
    fragments: Fragments,
    workers: Vec<Worker>,
    /// Used as long as there is so little that a worker is not worth the while.
    first: Vec<Digest>,
    /// How many TCP conversations the workers know.
    known: Arc<AtomicUsize>,
}

struct Worker {
    thread: JoinHandle<Share>,
    batches: SyncSender<Vec<Digest>>,
    /// Batches that were counted, to be filled again.
    empty: Receiver<Vec<Digest>>,
    filling: Vec<Digest>,
}

impl Shares {
    pub(crate) fn new() -> Shares {
        Shares {
            fragments: Fragments::new(),
            workers: Vec::new(),
            first: Vec::with_capacity(BATCH),
            known: Arc::default(),
        }
    }

    /// How many TCP conversations the workers know so far, with those that only an ICMP error quotes; all of them once
    /// [`rows`](Shares::rows) has given them, if there were packets enough for workers.
    pub(crate) fn known(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.known)
    }

    /// Takes the next frame; says whether it is a piece of an IP packet that it does not complete.
    #[inline(always)]
    pub(crate) fn frame(&mut self, frame: Frame<'_>) -> bool {
        if let Some(digest) = Digest::of_plain(&frame) {
            self.count(digest);
            return false;
        }
        self.unusual(frame)
    }

    /// The same whatever it holds.
    #[inline(never)]
    fn unusual(&mut self, frame: Frame<'_>) -> bool {
        let mut packet = Packet::unread(frame);
        packet.read();
        let (digest, piece) = match packet.fragment() {
            None => (Digest::of(&packet), false),
            Some(_) => {
                let packet = self.fragments.complete(packet);
                (Digest::of(&packet), !packet.is_reassembled())
            }
        };
        if let Some(digest) = digest {
            self.count(digest);
        }
        piece
    }

    #[inline]
    fn count(&mut self, digest: Digest) {
        let share = digest.share(self.workers.len());
        match self.workers.get_mut(share) {
            Some(worker) => {
                worker.filling.push(digest);
                if worker.filling.len() >= BATCH {
                    worker.hand_over();
                }
            }
            None => {
                self.first.push(digest);
                if self.first.len() >= BATCH {
                    self.hire();
                }
            }
        }
    }

    #[cold]
    fn hire(&mut self) {
        let count = thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS);
        self.workers = (0..count).map(|_| Worker::new(&self.known)).collect();
        for digest in mem::take(&mut self.first) {
            self.count(digest);
        }
    }

    /// Every conversation: TCP's, then UDP's, each in the order of their numbers.
    pub(crate) fn rows(self) -> Rows {
        if self.workers.is_empty() {
            let mut counter = Counter::new();
            counter.count_all(&self.first);
            return Rows::merged(vec![counter.into()]);
        }
        // All get their last batch before any is waited for.
        let threads: Vec<_> = self.workers.into_iter().map(Worker::finish).collect();
        let shares =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        Rows::merged(shares.collect())
    }
}

impl Worker {
    fn new(known: &Arc<AtomicUsize>) -> Worker {
        let (batches, work) = sync_channel(WAITING);
        let (counted, empty) = channel();
        let known = Arc::clone(known);
        let thread = thread::spawn(move || follow(&work, &counted, &known));
        Worker { thread, batches, empty, filling: Vec::with_capacity(BATCH) }
    }

    fn hand_over(&mut self) {
        let next = self.empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH));
        // A worker that is gone has panicked: its thread's end will tell.
        let _gone = self.batches.send(mem::replace(&mut self.filling, next)).is_err();
    }

    fn finish(mut self) -> JoinHandle<Share> {
        self.hand_over();
        self.thread
    }
}

/// One that has its memory in large pages, where the system has them.
fn counter() -> Counter {
    #[cfg(all(feature = "live", target_os = "linux"))]
    return Counter::advised(netlab::in_large_pages);
    #[cfg(not(all(feature = "live", target_os = "linux")))]
    Counter::new()
}

fn follow(work: &Receiver<Vec<Digest>>, counted: &Sender<Vec<Digest>>, known: &AtomicUsize) -> Share {
    let mut counter = counter();
    for mut batch in work {
        let before = counter.conversation_count();
        counter.count_all(&batch);
        known.fetch_add(counter.conversation_count() - before, Ordering::Relaxed);
        batch.clear();
        // The reader may be done.
        let _gone = counted.send(batch).is_err();
    }
    // On this thread, while the others are still counting.
    counter.into()
}
