//! Conversations in the order of their first packet, found by who speaks with whom.

use super::arena::{Advise, Arena};
use super::digest::Member;
use super::key::{Index, Key};

/// What has a key.
pub(super) trait Keyed {
    fn key(&self) -> &Key;
}

/// All conversations of one protocol.
#[derive(Debug)]
pub(super) struct Register<T> {
    /// The current incarnation of each pair of addresses and ports.
    index: Index,
    items: Arena<T>,
}

impl<T> Default for Register<T> {
    fn default() -> Register<T> {
        Register { index: Index::default(), items: Arena::default() }
    }
}

impl<T> Register<T> {
    /// One that tells of each large piece of memory before it is used.
    pub(super) fn advised(advise: Advise) -> Register<T> {
        Register { items: Arena::advised(advise), ..Register::default() }
    }
}

impl<T: Keyed> Register<T> {
    /// The number of the one that a packet belongs to; one that is `over` gives way to another. `new` makes one of its number and of
    /// whether it begins on addresses and ports that were used before; that is also given.
    #[inline(always)]
    pub(super) fn find(
        &mut self,
        member: &Member,
        over: impl Fn(&T) -> bool,
        new: impl FnOnce(u32, bool) -> T,
    ) -> (u32, bool) {
        let Register { index, items } = self;
        let key_of = |number: u32| items.get(number as usize).map(T::key);
        let next = items.len() as u32;
        let Some(place) = index.find(member.hash, &member.key, key_of) else {
            index.insert(member.hash, next);
            items.push(new(next, false));
            return (next, false);
        };
        let found = items.get(*place as usize);
        if found.is_some_and(|found| !over(found)) {
            return (*place, false);
        }
        *place = next;
        items.push(new(next, true));
        (next, true)
    }

    /// The number that a packet's conversation probably has: to have it ready in time.
    #[inline]
    pub(super) fn guess(&self, member: &Member) -> Option<u32> {
        self.index.guess(member.hash)
    }

    #[inline]
    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.items.get(number as usize)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.items.get_mut(number as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.iter()
    }
}
