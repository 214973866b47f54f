//! What makes two packets belong to one conversation: the same two ends, whichever of them sends.

use std::hash::BuildHasher;
use std::net::SocketAddr;

use hashbrown::{DefaultHashBuilder, HashTable};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    low: SocketAddr,
    high: SocketAddr,
}

impl Key {
    pub(super) fn new(one: SocketAddr, other: SocketAddr) -> Key {
        if one <= other { Key { low: one, high: other } } else { Key { low: other, high: one } }
    }
}

/// Finds a conversation's number by its key. The keys themselves stand in the conversations: a second copy would cost more
/// memory than all the rest of the index.
#[derive(Debug, Default)]
pub(super) struct Index {
    numbers: HashTable<u32>,
    /// Seeded anew in every run, so that no capture can be made to fill one place.
    hasher: DefaultHashBuilder,
}

impl Index {
    /// The number under a key; `key_of` gives the key of a number.
    pub(super) fn find(&mut self, key: &Key, key_of: impl Fn(u32) -> Option<Key>) -> Option<&mut u32> {
        let hash = self.hasher.hash_one(key);
        self.numbers.find_mut(hash, |number| key_of(*number).as_ref() == Some(key))
    }

    /// Adds a number under a key that is not there yet.
    pub(super) fn insert(&mut self, key: &Key, number: u32, key_of: impl Fn(u32) -> Option<Key>) {
        let Index { numbers, hasher } = self;
        let hash = hasher.hash_one(key);
        numbers
            .insert_unique(hash, number, |number| hasher.hash_one(key_of(*number).as_ref().unwrap_or(key)));
    }
}
