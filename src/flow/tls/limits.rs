//! How much a conversation may keep.

/// How much a conversation may keep, and how much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest message of the handshake of which more than name and length is kept, in bytes.
    pub message: usize,
    /// How many bytes of records are tried in vain in each direction, where a hole left their numbers unknown or the keys do
    /// not fit; every record that opens adds eight times its length. Then no more are tried.
    pub tries: usize,
}

impl Default for Limits {
    /// 64 KiB; 4 MiB.
    fn default() -> Limits {
        Limits { message: 64 << 10, tries: 4 << 20 }
    }
}

impl Limits {
    /// The most that a [`Conversation`](super::Conversation) holds from one call to the next, in bytes: a record that is put
    /// together in each direction (after a hole, the longest record with the frame of each piece), a message of the handshake
    /// in the open and one that was protected, keys. Most hold some hundred. Vectors grow by doubling, which is counted.
    pub fn memory(self) -> usize {
        const RECORDS: usize = 160 << 10;
        const KEYS: usize = 8 << 10;
        2 * (RECORDS + KEYS + 4 * (self.message + 8))
    }
}
