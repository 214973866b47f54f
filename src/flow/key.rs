//! What makes two packets belong to one conversation: the same two ends, whichever of them sends.

use std::net::SocketAddr;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    low: SocketAddr,
    high: SocketAddr,
}

impl Key {
    pub(super) fn new(one: SocketAddr, other: SocketAddr) -> Key {
        Key { low: one.min(other), high: one.max(other) }
    }
}
