//! Records of TLS, as far as the segments so far complete them: those that belong together are told as one.

use crate::event::Host;
use crate::flow::talk::TlsRecord;
use crate::flow::tls::{ContentType, MessageType, Reading, Unread};

/// So many records of those that are told as one are known with all their fields.
const KNOWN: usize = 32;

/// What a record is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A hello, in the open.
    Hello,
    /// Other messages of the handshake.
    Handshake,
    /// What changes nothing for who looks on: a ChangeCipherSpec, a session ticket, new keys.
    Aside,
    /// An alert.
    Alert,
    /// What the programs say, opened.
    Data,
    /// Protected, and not opened.
    Sealed,
}

/// Records of one side that are told as one.
#[derive(Clone, Debug)]
pub(super) struct TlsSaid {
    pub(super) from: Host,
    pub(super) purpose: Purpose,
    /// Their first ones.
    pub(super) records: Vec<TlsRecord>,
    /// How many there are.
    pub(super) count: u64,
    /// How many bytes they have behind their headers.
    pub(super) len: u64,
    /// How many of what was protected came out.
    pub(super) inside: u64,
    /// Why they stay closed, of the first one.
    pub(super) why: Option<Unread>,
}

impl TlsSaid {
    pub(super) fn new(record: TlsRecord) -> TlsSaid {
        let inside = match record.reading {
            Reading::Opened(opened) => opened.len as u64,
            _ => 0,
        };
        TlsSaid {
            from: record.record.side.from,
            purpose: purpose(&record),
            count: 1,
            len: record.record.len as u64,
            inside,
            why: record.why_unread(),
            records: vec![record],
        }
    }

    /// Whether what comes next is told with it.
    pub(super) fn takes(&self, next: &TlsSaid) -> bool {
        let alike = match (self.purpose, next.purpose) {
            (Purpose::Hello | Purpose::Alert, _) | (_, Purpose::Hello | Purpose::Alert) => false,
            (own, other) if own == other => true,
            // A ChangeCipherSpec stands among the records of the handshake.
            (Purpose::Handshake | Purpose::Sealed, Purpose::Aside) => is_change(next),
            (Purpose::Aside, Purpose::Handshake | Purpose::Sealed) => is_change(self),
            _ => false,
        };
        alike && self.from == next.from
    }

    pub(super) fn take(&mut self, next: TlsSaid) {
        // Among others a ChangeCipherSpec is not worth to be counted.
        let (own, other) = (self.purpose == next.purpose || !is_change(self), !is_change(&next));
        if !own {
            (self.purpose, self.count, self.len) = (next.purpose, 0, 0);
        }
        if other || self.purpose == Purpose::Aside {
            self.count += next.count;
            self.len += next.len;
        }
        self.inside += next.inside;
        self.why = self.why.or(next.why);
        let room = KNOWN.saturating_sub(self.records.len());
        self.records.extend(next.records.into_iter().take(room));
    }
}

fn is_change(said: &TlsSaid) -> bool {
    said.records.iter().all(|record| record.record.content == ContentType::CHANGE_CIPHER_SPEC)
}

fn purpose(record: &TlsRecord) -> Purpose {
    if record.why_unread().is_some() {
        return Purpose::Sealed;
    }
    let dull = |kind: MessageType| matches!(kind, MessageType::NEW_SESSION_TICKET | MessageType::KEY_UPDATE);
    match record.content() {
        Some(ContentType::CHANGE_CIPHER_SPEC) => Purpose::Aside,
        Some(ContentType::ALERT) => Purpose::Alert,
        Some(ContentType::APPLICATION_DATA) => Purpose::Data,
        _ if record.messages.iter().any(|message| message.is_hello()) => Purpose::Hello,
        _ if record.messages.is_empty() => Purpose::Handshake,
        _ if record.messages.iter().all(|message| dull(message.kind)) => Purpose::Aside,
        _ => Purpose::Handshake,
    }
}
