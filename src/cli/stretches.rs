//! Makes something of many rows on all processors, in their order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

/// So many rows are worth handing to another thread.
const STRETCH: usize = 512;
/// So many results of each processor may wait: whoever makes them faster than they are taken waits.
const WAITING: usize = 4;
/// More processors than this wait for who takes what they make.
const MOST_PROCESSORS: usize = 8;

/// Calls `make` with stretch after stretch of `rows`, where there are enough of them on several threads, of which this is one,
/// and `take` on this thread with what came of each, in the rows' order.
///
/// # Errors
/// What `take` gives; nothing more is made then.
pub(crate) fn in_stretches<T: Sync, R: Send, E>(
    rows: &[T],
    make: impl Fn(&[T]) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let count = rows.len().div_ceil(STRETCH);
    let available = thread::available_parallelism().map_or(1, usize::from);
    let processors = available.min(MOST_PROCESSORS).min(count);
    if processors < 2 {
        return rows.chunks(STRETCH).try_for_each(|stretch| take(make(stretch)));
    }
    // Whoever is free makes the next one. This thread does as well: one that only waited would leave its processor to the others, which
    // the system may keep together on another one.
    let next = AtomicUsize::new(0);
    let made_next = || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        rows.chunks(STRETCH).nth(number).map(|stretch| (number, make(stretch)))
    };
    thread::scope(|scope| {
        let (give, made) = sync_channel(WAITING * processors);
        for _ in 1..processors {
            let (give, made_next) = (give.clone(), &made_next);
            scope.spawn(move || {
                // Nobody wants the next one when the last could not be given.
                while made_next().is_some_and(|made| give.send(made).is_ok()) {}
            });
        }
        drop(give);
        let mut waiting = BTreeMap::new();
        for number in 0..count {
            let result = loop {
                waiting.extend(made.try_iter());
                if let Some(result) = waiting.remove(&number) {
                    break result;
                }
                let own = if waiting.len() < WAITING * processors { made_next() } else { None };
                match own.map_or_else(|| made.recv(), Ok) {
                    Ok((number, result)) => _ = waiting.insert(number, result),
                    // Who was to make it has panicked: the scope says so.
                    Err(_) => return Ok(()),
                }
            };
            take(result)?;
        }
        Ok(())
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
