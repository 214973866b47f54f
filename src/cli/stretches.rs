//! Makes something of many rows on all processors, in their order.

use std::sync::mpsc::sync_channel;
use std::thread;

/// So many rows are worth handing to another thread.
const STRETCH: usize = 512;
/// So many results of each worker may wait: whoever makes them faster than they are taken waits.
const WAITING: usize = 4;
/// More workers than this wait for who takes what they make.
const MOST_WORKERS: usize = 8;

/// Calls `make` with stretch after stretch of `rows`, on several threads where there are enough of them, and `take` on this
/// thread with what came of each, in the rows' order.
///
/// # Errors
/// What `take` gives; nothing more is made then.
pub(crate) fn in_stretches<T: Sync, R: Send, E>(
    rows: &[T],
    make: impl Fn(&[T]) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let stretches = || rows.chunks(STRETCH);
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let workers = processors.min(MOST_WORKERS).min(stretches().len());
    if workers < 2 {
        return stretches().try_for_each(|stretch| take(make(stretch)));
    }
    thread::scope(|scope| {
        let made: Vec<_> = (0..workers)
            .map(|worker| {
                let (give, made) = sync_channel(WAITING);
                let (mut mine, make) = (stretches().skip(worker).step_by(workers), &make);
                scope.spawn(move || {
                    // Nobody wants the next one when the last could not be given.
                    mine.all(|stretch| give.send(make(stretch)).is_ok())
                });
                made
            })
            .collect();
        // A worker that has nothing more to give where something is wanted has panicked: the scope says so.
        stretches().zip(made.iter().cycle()).try_for_each(|(_, made)| made.recv().map_or(Ok(()), &mut take))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_stays() {
        for count in [0, 1, STRETCH, STRETCH + 1, 20 * STRETCH + 7] {
            let rows: Vec<usize> = (0..count).collect();
            let mut all = Vec::new();
            let done = in_stretches(&rows, <[usize]>::to_vec, |stretch| {
                all.extend(stretch);
                Ok::<_, ()>(())
            });
            assert_eq!((done, all), (Ok(()), rows));
        }
    }

    #[test]
    fn who_has_enough_is_given_no_more() {
        let rows = vec![0; 100 * STRETCH];
        let mut taken = 0;
        let done = in_stretches(&rows, <[i32]>::len, |_| {
            taken += 1;
            if taken == 3 { Err("enough") } else { Ok(()) }
        });
        assert_eq!((done, taken), (Err("enough"), 3));
    }
}
