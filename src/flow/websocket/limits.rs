//! How much is kept, and the account of it.

/// How much may be kept. What is not kept is still counted, checked and inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one frame's payload. Of a control frame at least 125 are kept, whatever this says.
    pub frame: usize,
    /// Bytes of one message's content, where that is not the payload of one frame as it is.
    pub message: usize,
    /// Bytes in one conversation, both directions, with the room that inflating needs (about 80 KB in each direction that is
    /// compressed, less between messages).
    pub conversation: usize,
    /// The same in all conversations together.
    pub total: usize,
    /// To how many bytes one message may inflate. Beyond it the message is given up, and with a kept window all that
    /// follow it in its direction.
    pub inflated_message: u64,
    /// How many bytes a direction may inflate to in any case.
    pub inflated_free: u64,
    /// Beyond that: how many bytes for each byte on the wire. Deflate itself can make 1032 of one.
    pub inflated_ratio: u64,
    /// Whether payloads of data frames are looked at. Without it only headers and control frames are read: no content, no
    /// inflating, no verdict on text; all else is the same.
    pub contents: bool,
}

impl Default for Limits {
    /// 16 MiB for a frame and for a message, 32 MiB for a conversation, 64 MiB in all; a message may inflate to 256 MiB, a direction to
    /// 64 MiB and beyond that to 200 times its bytes on the wire.
    fn default() -> Limits {
        Limits {
            frame: 16 << 20,
            message: 16 << 20,
            conversation: 32 << 20,
            total: 64 << 20,
            inflated_message: 256 << 20,
            inflated_free: 64 << 20,
            inflated_ratio: 200,
            contents: true,
        }
    }
}

impl Limits {
    /// For whoever only counts: headers and control frames.
    pub fn headers() -> Limits {
        Limits { frame: 0, message: 0, contents: false, ..Limits::default() }
    }
}

/// What all conversations share: the limits, and how much is kept.
#[derive(Debug, Default)]
pub struct Shared {
    limits: Limits,
    held: usize,
}

impl Shared {
    /// With the default limits.
    pub fn new() -> Shared {
        Shared::default()
    }

    /// With other limits.
    pub fn with_limits(limits: Limits) -> Shared {
        Shared { limits, held: 0 }
    }

    /// The limits.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// How many bytes all conversations keep at the moment, less what is small by its nature (headers, control frames); 0 once
    /// each of them is finished. A buffer that grows may for a while take twice what it keeps; an empty one takes at most 4 KiB.
    pub fn held(&self) -> usize {
        self.held
    }
}

/// What one conversation keeps.
#[derive(Debug, Default)]
pub(super) struct Account {
    held: usize,
}

impl Account {
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// How many of `wanted` bytes may be kept; they are then counted as kept.
    pub(super) fn take(&mut self, wanted: usize, shared: &mut Shared) -> usize {
        let own = shared.limits.conversation.saturating_sub(self.held);
        let all = shared.limits.total.saturating_sub(shared.held);
        let granted = wanted.min(own).min(all);
        self.held += granted;
        shared.held += granted;
        granted
    }

    /// So many bytes are kept, or none of them.
    pub(super) fn take_all(&mut self, wanted: usize, shared: &mut Shared) -> bool {
        let granted = self.take(wanted, shared);
        if granted < wanted {
            self.give_back(granted, shared);
        }
        granted == wanted
    }

    pub(super) fn give_back(&mut self, bytes: usize, shared: &mut Shared) {
        self.held = self.held.saturating_sub(bytes);
        shared.held = shared.held.saturating_sub(bytes);
    }
}

/// The first bytes of something, as many as may be kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    /// How many of them the account knows of.
    counted: usize,
    /// Something was left out, so nothing that follows is kept either.
    full: bool,
}

/// What an empty buffer may go on holding.
const SPARE: usize = 4096;

impl Kept {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Keeps what `limit` allows of the next bytes; how many that are.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        limit: usize,
        account: &mut Account,
        shared: &mut Shared,
    ) -> usize {
        let room = if self.full { 0 } else { limit.saturating_sub(self.bytes.len()) };
        let granted = account.take(bytes.len().min(room), shared);
        self.counted += granted;
        self.full |= granted < bytes.len();
        self.bytes.extend_from_slice(bytes.get(..granted).unwrap_or_default());
        granted
    }

    /// Keeps the next bytes up to `length` in all, whatever the account says: for what is small by its nature.
    pub(super) fn push_small(&mut self, bytes: &[u8], length: usize) -> usize {
        let room = length.saturating_sub(self.bytes.len()).min(bytes.len());
        self.bytes.extend_from_slice(bytes.get(..room).unwrap_or_default());
        room
    }

    /// The last bytes that were kept.
    pub(super) fn last(&mut self, count: usize) -> &mut [u8] {
        let start = self.bytes.len().saturating_sub(count);
        self.bytes.get_mut(start..).unwrap_or_default()
    }

    /// What follows is not kept.
    pub(super) fn stop(&mut self) {
        self.full = true;
    }

    pub(super) fn clear(&mut self, account: &mut Account, shared: &mut Shared) {
        account.give_back(std::mem::take(&mut self.counted), shared);
        self.full = false;
        self.bytes.clear();
        if self.bytes.capacity() > SPARE {
            self.bytes = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_kept_than_each_limit_allows() {
        let limits = Limits { conversation: 10, total: 15, ..Limits::default() };
        let mut shared = Shared::with_limits(limits);
        let (mut one, mut other) = (Account::default(), Account::default());
        let (mut first, mut second, mut third) = (Kept::default(), Kept::default(), Kept::default());
        assert_eq!(first.push(b"0123456", 4, &mut one, &mut shared), 4);
        assert_eq!(first.push(b"7", 100, &mut one, &mut shared), 0, "a gap would be a lie");
        assert_eq!(second.push(b"0123456789", 100, &mut one, &mut shared), 6);
        assert_eq!(third.push(b"0123456789", 100, &mut other, &mut shared), 5);
        assert_eq!((shared.held(), one.held(), third.bytes()), (15, 10, &b"01234"[..]));
        assert!(!other.take_all(1, &mut shared));
        second.clear(&mut one, &mut shared);
        assert!(other.take_all(5, &mut shared));
        first.clear(&mut one, &mut shared);
        third.clear(&mut other, &mut shared);
        other.give_back(5, &mut shared);
        assert_eq!(shared.held(), 0);
    }
}
