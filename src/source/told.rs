//! What a pcapng file says beside its packets: about its sections, their interfaces, what was lost there, keys.

use super::options::{COMMENT, Clock, Options};
use super::order::Order;
use crate::frame::{LinkType, Time};

/// How many bytes of this are kept of one file, texts and all.
const MAX_TOLD: usize = 1024 * 1024;
/// What one entry counts for, whatever its texts.
const ENTRY: usize = 256;
/// How many bytes of keys are kept of one file.
const MAX_SECRETS: usize = 16 * 1024 * 1024;

/// A part of a pcapng file that was written at once. All texts are untrusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// The hardware that captured (`shb_hardware`).
    pub hardware: Option<String>,
    /// The operating system that captured (`shb_os`).
    pub os: Option<String>,
    /// The program that wrote the section (`shb_userappl`).
    pub application: Option<String>,
    /// What somebody remarked about it (`opt_comment`), in the order of the file.
    pub comments: Vec<String>,
    /// The interfaces captured on, in the order of the file: their numbers count from 0.
    pub interfaces: Vec<Interface>,
}

/// An interface that was captured on. All texts are untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// What its frames begin with.
    pub link: LinkType,
    /// How many bytes of a frame were kept at most; `None` where there was no limit.
    pub snap_len: Option<u32>,
    /// The name that the system has for it: `eth0` (`if_name`).
    pub name: Option<String>,
    /// What it is (`if_description`).
    pub description: Option<String>,
    /// What was captured there, in the language of the program that did it (`if_filter`).
    pub filter: Option<String>,
    /// What somebody remarked about it (`opt_comment`), in the order of the file.
    pub comments: Vec<String>,
    /// What was counted there: the last word of the file on it.
    pub statistics: Option<Statistics>,
}

/// What was counted at an interface. Each is `None` where the file does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// When this was counted.
    pub time: Time,
    /// When capturing began (`isb_starttime`).
    pub start: Option<Time>,
    /// When it ended (`isb_endtime`).
    pub end: Option<Time>,
    /// Frames that came in (`isb_ifrecv`).
    pub received: Option<u64>,
    /// Frames that the interface lost, for lack of room (`isb_ifdrop`).
    pub dropped: Option<u64>,
    /// Frames that the filter took (`isb_filteraccept`).
    pub accepted: Option<u64>,
    /// Frames that the operating system lost before they came to the program (`isb_osdrop`).
    pub dropped_by_os: Option<u64>,
    /// Frames that came to the program (`isb_usrdeliv`).
    pub delivered: Option<u64>,
}

/// Keys by which the conversations in the file can be decrypted. Untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets {
    /// Of what form they are: [`Secrets::TLS_KEY_LOG`], or another number of the pcapng specification.
    pub kind: u32,
    /// The keys in that form.
    pub bytes: Vec<u8>,
}

impl Secrets {
    /// The lines that a browser writes for `SSLKEYLOGFILE`.
    pub const TLS_KEY_LOG: u32 = 0x544c_534b;
}

/// All of it, as far as it was read. What is beyond the limits is left out.
#[derive(Debug, Default)]
pub(super) struct Told {
    sections: Vec<Section>,
    secrets: Vec<Secrets>,
    /// What of the limits is used up, in bytes.
    kept: usize,
    kept_secrets: usize,
    /// The last section was left out, and so is all that is said about it.
    full: bool,
}

impl Told {
    pub(super) fn sections(&self) -> &[Section] {
        &self.sections
    }

    pub(super) fn secrets(&self) -> &[Secrets] {
        &self.secrets
    }

    /// Whether there is room for an entry, which is then taken.
    fn room(&mut self, bytes: usize) -> bool {
        let fits = self.kept + ENTRY + bytes <= MAX_TOLD;
        if fits {
            self.kept += ENTRY + bytes;
        }
        fits
    }

    pub(super) fn section(&mut self, order: Order, options: &[u8]) {
        self.full = !self.room(options.len());
        if self.full {
            return;
        }
        let mut section = Section::default();
        for (kind, value) in (Options { order, bytes: options }) {
            match kind {
                COMMENT => section.comments.push(text(value)),
                2 => section.hardware = Some(text(value)),
                3 => section.os = Some(text(value)),
                4 => section.application = Some(text(value)),
                _ => {}
            }
        }
        self.sections.push(section);
    }

    pub(super) fn interface(&mut self, order: Order, link: LinkType, snap_len: u32, options: &[u8]) {
        // Without this one those behind it would have wrong numbers.
        self.full = self.full || !self.room(options.len());
        let Some(section) = self.sections.last_mut().filter(|_| !self.full) else { return };
        let snap_len = (snap_len > 0).then_some(snap_len);
        let (name, description, filter) = (None, None, None);
        let mut interface =
            Interface { link, snap_len, name, description, filter, comments: Vec::new(), statistics: None };
        for (kind, value) in (Options { order, bytes: options }) {
            match (kind, value) {
                (COMMENT, _) => interface.comments.push(text(value)),
                (2, _) => interface.name = Some(text(value)),
                (3, _) => interface.description = Some(text(value)),
                // 0: as text; other forms are programs for a machine.
                (11, [0, filter @ ..]) => interface.filter = Some(text(filter)),
                _ => {}
            }
        }
        section.interfaces.push(interface);
    }

    /// A statistics block, from its interface's number on.
    pub(super) fn statistics(&mut self, order: Order, id: usize, clock: Clock, body: &[u8]) {
        let last = self.sections.last_mut().filter(|_| !self.full);
        let interface = last.and_then(|section| section.interfaces.get_mut(id));
        let (Some(interface), Some(ticks)) = (interface, order.two_words(body, 4)) else { return };
        let mut statistics = Statistics {
            time: clock.time(ticks),
            start: None,
            end: None,
            received: None,
            dropped: None,
            accepted: None,
            dropped_by_os: None,
            delivered: None,
        };
        for (kind, value) in (Options { order, bytes: body.get(12..).unwrap_or_default() }) {
            let count = order.u64(value, 0);
            let time = order.two_words(value, 0).map(|ticks| clock.time(ticks));
            match kind {
                2 => statistics.start = time,
                3 => statistics.end = time,
                4 => statistics.received = count,
                5 => statistics.dropped = count,
                6 => statistics.accepted = count,
                7 => statistics.dropped_by_os = count,
                8 => statistics.delivered = count,
                _ => {}
            }
        }
        interface.statistics = Some(statistics);
    }

    /// A block of keys: their form, their length, themselves.
    pub(super) fn secret(&mut self, order: Order, body: &[u8]) {
        let length = order.u32(body, 4).and_then(|length| usize::try_from(length).ok());
        let bytes = length.and_then(|length| body.get(8..)?.get(..length));
        let (Some(kind), Some(bytes)) = (order.u32(body, 0), bytes) else { return };
        if self.kept_secrets + ENTRY + bytes.len() <= MAX_SECRETS {
            self.kept_secrets += ENTRY + bytes.len();
            self.secrets.push(Secrets { kind, bytes: bytes.to_vec() });
        }
    }
}

/// Some writers count the zero byte at a text's end as part of it.
fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).trim_end_matches('\0').to_owned()
}
