//! How much of the streams may be kept.

/// How much may be kept. What waits is counted with 192 bytes a piece for the room around it, so that the number of pieces
/// is limited as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that wait behind a gap, in one conversation. Beyond it the oldest are given up, until an eighth of it is free.
    pub waiting_per_conversation: usize,
    /// The same in all conversations together.
    pub waiting: usize,
    /// How many bytes a direction remembers to compare what comes again; at least half of them where it has said as much.
    pub history_per_direction: usize,
    /// The same in all directions together, as far as memory goes; beyond it those that have been silent longest forget.
    pub history: usize,
    /// How many conversations are followed at a time. Beyond it the eighth of them that is over, or has been silent
    /// longest, is forgotten; one that speaks again begins in its middle.
    pub conversations: usize,
}

impl Default for Limits {
    /// 1 MiB and 16 MiB of waiting bytes; 64 KiB and 8 MiB of history; 131,072 conversations, at about 400 bytes each.
    fn default() -> Limits {
        Limits {
            waiting_per_conversation: 1 << 20,
            waiting: 16 << 20,
            history_per_direction: 64 << 10,
            history: 8 << 20,
            conversations: 1 << 17,
        }
    }
}
