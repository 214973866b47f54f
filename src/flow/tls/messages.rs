//! Puts the messages of the handshake together: a record may hold several, and one may span many (RFC 8446, section 5.1).

use super::names::MessageType;
use super::record::Record;

/// The type, and the length in three bytes.
const HEADER: usize = 4;

/// A message that has come whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole<'a> {
    pub(super) kind: MessageType,
    pub(super) len: usize,
    /// `None` where it was too long to be kept.
    pub(super) body: Option<&'a [u8]>,
    pub(super) offset: u64,
    pub(super) first_frame: u64,
}

/// The messages of one direction, as long as the same keys protect them.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// The header and what has come of the body, as far as it is kept.
    held: Vec<u8>,
    /// How much of the message has come, with its header.
    come: usize,
    /// The record with its first byte.
    offset: u64,
    first_frame: u64,
    /// Something is missing, so that it is not known where the next one begins.
    lost: bool,
}

fn length(bytes: &[u8]) -> Option<usize> {
    let [_, len @ ..] = *bytes.first_chunk::<HEADER>()?;
    Some(len.into_iter().fold(0, |sum, byte| sum << 8 | usize::from(byte)))
}

/// Whether messages of known kinds fill these bytes exactly.
fn fills(mut bytes: &[u8]) -> bool {
    while let Some(len) = length(bytes) {
        let known = bytes.first().is_some_and(|kind| MessageType(*kind).name().is_some());
        match bytes.get(HEADER + len..) {
            Some(rest) if known => bytes = rest,
            _ => return false,
        }
    }
    bytes.is_empty()
}

impl Messages {
    pub(super) fn kept(&self) -> usize {
        self.held.capacity()
    }

    /// Other keys protect what follows: it begins with a message.
    pub(super) fn restart(&mut self) {
        *self = Messages::default();
    }

    /// Something is missing here.
    pub(super) fn lose(&mut self) {
        *self = Messages { lost: true, ..Messages::default() };
    }

    /// Whether these bytes are read as messages, or as a part of one.
    pub(super) fn takes(&self, bytes: &[u8]) -> bool {
        !self.lost || fills(bytes)
    }

    /// Takes what a record holds. `most`: how long a message may be to be kept.
    pub(super) fn push(
        &mut self,
        mut bytes: &[u8],
        record: &Record,
        most: usize,
        each: &mut dyn FnMut(Whole<'_>),
    ) {
        if !self.takes(bytes) {
            return;
        }
        self.lost = false;
        while !bytes.is_empty() {
            if self.come == 0 {
                (self.offset, self.first_frame) = (record.offset, record.first_frame);
            }
            let wanted = length(&self.held).map_or(HEADER, |len| HEADER + len);
            let (taken, rest) = bytes.split_at_checked(wanted - self.come).unwrap_or((bytes, &[]));
            let kept = taken.len().min((HEADER + most).saturating_sub(self.held.len()));
            self.held.extend_from_slice(taken.get(..kept).unwrap_or_default());
            self.come += taken.len();
            bytes = rest;
            if let (Some(kind), Some(len)) = (self.held.first(), length(&self.held))
                && self.come == HEADER + len
            {
                let body = self.held.get(HEADER..).filter(|body| body.len() == len);
                let (kind, offset, first_frame) = (MessageType(*kind), self.offset, self.first_frame);
                each(Whole { kind, len, body, offset, first_frame });
                (self.held, self.come) = (Vec::new(), 0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Host;
    use crate::flow::stream::Side;
    use crate::flow::tls::names::{ContentType, Version};

    fn record(frame: u64) -> Record {
        Record {
            side: Side { stream: 0, from: Host::Client },
            offset: frame * 100,
            content: ContentType::HANDSHAKE,
            version: Version::TLS12,
            len: 0,
            first_frame: frame,
            last_frame: frame,
        }
    }

    fn told(messages: &mut Messages, bytes: &[u8], frame: u64, most: usize) -> Vec<(u8, usize, bool, u64)> {
        let mut all = Vec::new();
        messages.push(bytes, &record(frame), most, &mut |whole| {
            all.push((whole.kind.0, whole.len, whole.body.is_some(), whole.first_frame));
        });
        all
    }

    #[test]
    fn several_messages_in_a_record_and_one_in_several_records() {
        let mut messages = Messages::default();
        assert_eq!(told(&mut messages, &[14, 0, 0, 0, 20, 0, 0, 2, 1], 1, 9), [(14, 0, true, 1)]);
        assert_eq!(told(&mut messages, &[2, 11, 0], 2, 9), [(20, 2, true, 1)]);
        assert_eq!(told(&mut messages, &[0, 1], 3, 9), []);
        assert_eq!(told(&mut messages, &[9], 4, 9), [(11, 1, true, 2)]);
    }

    #[test]
    fn a_long_message_is_counted_and_not_kept() {
        let mut messages = Messages::default();
        assert_eq!(told(&mut messages, &[11, 0, 1, 0], 1, 8), []);
        assert_eq!(told(&mut messages, &[0; 200], 2, 8), []);
        assert!(messages.kept() < 64);
        assert_eq!(told(&mut messages, &[0; 56], 3, 8), [(11, 256, false, 1)]);
    }

    #[test]
    fn behind_something_missing_only_what_fills_a_record_counts() {
        let mut messages = Messages::default();
        messages.lose();
        assert_eq!(told(&mut messages, &[1, 2, 3, 4, 5], 1, 9), []);
        assert_eq!(told(&mut messages, &[20, 0, 0, 1, 7], 2, 9), [(20, 1, true, 2)]);
    }
}
