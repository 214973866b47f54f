//! How much may be kept.

/// What one message may be like, and what all conversations together may keep. What goes beyond is not read, and that is told;
/// nothing that arrives makes the parser keep more. With the defaults that is less than 1 MiB in one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one message's head, its start line and the empty line behind it included; of one trailer section as well.
    pub head: usize,
    /// Field lines in one head, and in one trailer section.
    pub fields: usize,
    /// Bytes of a start line. A recipient should take 8000 at least (RFC 9112, section 3).
    pub start_line: usize,
    /// Bytes of the line before a chunk, its extensions included (RFC 9112, section 7.1.1 asks for a limit).
    pub chunk_line: usize,
    /// In how many pieces a head is known by its frames; of the pieces beyond only the last frame is.
    pub places: usize,
    /// The first bytes of a body that are kept to be shown.
    pub shown: usize,
    /// How many frames of a body are listed; of those beyond only their number and the last one are known.
    pub frames: usize,
    /// Requests that wait for their answer. Of more than so many the oldest is forgotten.
    pub pipelined: usize,
    /// Bytes that the client said behind a request for another protocol, which wait for the answer.
    pub held: usize,
    /// In how many pieces.
    pub held_pieces: usize,
    /// Tunnels inside of each other in which HTTP is looked for.
    pub tunnels: u8,
    /// Bytes of all conversations together: heads that are not complete, held bytes, requests that wait. Beyond it those that
    /// have been silent longest are given up, until an eighth of it is free.
    pub total: usize,
    /// How many conversations are followed at a time. Beyond it the eighth of them that has been silent longest is forgotten.
    pub conversations: usize,
}

impl Default for Limits {
    /// Heads as servers take them: 64 KiB and 100 lines, the first line up to 8 KiB. 64 KiB held, 16 MiB in all, 131,072
    /// conversations.
    fn default() -> Limits {
        Limits {
            head: 64 << 10,
            fields: 100,
            start_line: 8 << 10,
            chunk_line: 4 << 10,
            places: 4096,
            shown: 64,
            frames: 32,
            pipelined: 1024,
            held: 64 << 10,
            held_pieces: 4096,
            tunnels: 4,
            total: 16 << 20,
            conversations: 1 << 17,
        }
    }
}

impl Limits {
    /// With room for the shortest start line, and none longer than a head.
    pub(super) fn sane(self) -> Limits {
        let head = self.head.max(64);
        Limits {
            head,
            start_line: self.start_line.clamp(32, head),
            chunk_line: self.chunk_line.max(16),
            ..self
        }
    }
}
