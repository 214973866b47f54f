//! `--sort`, `--reverse`, `--top`: which conversations come first.

use std::cmp::{Ordering, Reverse};

use clap::ValueEnum;
use netlab::flow::{Row, Rows};
use netlab::frame::Time;

/// What conversations are put in order by.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Key {
    /// when they began
    #[default]
    Start,
    /// their numbers, TCP before UDP
    Stream,
    /// the client's address and port
    Client,
    /// the server's address and port
    Server,
    /// the longest first
    Duration,
    /// those of most frames first
    Packets,
    /// those of most bytes first
    Bytes,
    /// the slowest handshake first
    Rtt,
    /// those that sent again most often first
    Retransmissions,
    /// how they went, by the alphabet
    Outcome,
    /// what they carry, by the alphabet
    Carries,
}

/// What a row is put in order by; `None` where it has no such thing.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Number(i128),
    /// Numbers of which the greatest comes first.
    Most(Reverse<i128>),
    Address(std::net::SocketAddr),
    Word(&'static str),
}

impl Key {
    /// What `--sort` takes for it.
    pub(super) fn word(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn of(self, row: &Row) -> Option<Value> {
        let most = |number: i128| Value::Most(Reverse(number));
        let tcp = row.tcp.as_ref();
        match self {
            Key::Start => row.start.map(|start| Value::Number(start.0)),
            // They come in this order.
            Key::Stream => Some(Value::Number(0)),
            Key::Client => Some(Value::Address(row.client)),
            Key::Server => Some(Value::Address(row.server)),
            Key::Duration => row.duration.map(|nanos| most(nanos.into())),
            Key::Packets => Some(most(row.packets().into())),
            Key::Bytes => Some(most(row.bytes().into())),
            Key::Rtt => tcp?.handshake_rtt.map(|nanos| most(nanos.into())),
            Key::Retransmissions => tcp.map(|tcp| most(tcp.retransmissions.into())),
            Key::Outcome => tcp.map(|tcp| Value::Word(tcp.outcome.word())),
            Key::Carries => row.carries.word().map(Value::Word),
        }
    }
}

/// The places of rows, in order; those that are alike as they came, `reverse` or not.
pub(super) fn order(rows: &Rows, key: Key, reverse: bool) -> Vec<u32> {
    let places = 0..rows.len() as u32;
    if key == Key::Stream {
        return if reverse { places.rev().collect() } else { places.collect() };
    }
    if key == Key::Start
        && let Some(order) = by_start(rows, reverse)
    {
        return order;
    }
    sorted(rows.len(), |at| key.of(&rows.get(at)?), reverse)
}

/// By when they began, which is what everybody gets: without making a row of each, and with little to move about. `None` where a file
/// spans centuries.
fn by_start(rows: &Rows, reverse: bool) -> Option<Vec<u32>> {
    let first = (0..rows.len()).find_map(|at| rows.start(at));
    let since = |start: Option<Time>| match (start, first) {
        (Some(start), Some(first)) => i64::try_from(start - first)
            .ok()
            .filter(|since| since.checked_abs().is_some_and(|nanos| nanos < i64::MAX)),
        // Whoever has no time comes last, either way.
        _ => Some(if reverse { i64::MIN } else { i64::MAX }),
    };
    let mut keys = Vec::with_capacity(rows.len());
    for at in 0..rows.len() {
        keys.push(since(rows.start(at))?);
    }
    // TCP's mostly are in order by now, and so are UDP's: such runs are found, and put together.
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    let key = |at: &u32| keys.get(*at as usize).copied();
    if reverse {
        order.sort_by_key(|at| Reverse(key(at)));
    } else {
        order.sort_by_key(key);
    }
    Some(order)
}

/// The places of so many, by what `key` gives of each.
fn sorted<K: Ord>(count: usize, key: impl Fn(usize) -> Option<K>, reverse: bool) -> Vec<u32> {
    let mut keys = Vec::with_capacity(count);
    keys.extend((0..count).map(|at| (key(at), at as u32)));
    keys.sort_by(|(one, _), (other, _)| compare(one.as_ref(), other.as_ref(), reverse));
    keys.into_iter().map(|(_, at)| at).collect()
}

fn compare<K: Ord>(one: Option<&K>, other: Option<&K>, reverse: bool) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) if reverse => other.cmp(one),
        (Some(one), Some(other)) => one.cmp(other),
        // Whoever has nothing to be measured by comes last, either way.
        (one, other) => other.is_some().cmp(&one.is_some()),
    }
}
