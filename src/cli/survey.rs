//! Reads a capture from end to end and keeps its conversations.

use std::ops::ControlFlow;

use netlab::dissect::Packet;
use netlab::flow::{Digest, Fragments, Row, Tracker};
use netlab::frame::{LinkType, Time};
use netlab::source::{ReadError, Reader};

/// After so many frames somebody may look how far it is.
const WATCHED: u64 = 4096;

/// What a capture holds.
#[derive(Debug)]
pub(crate) struct Survey {
    /// Its conversations: TCP's, then UDP's, each in the order of their numbers.
    pub(crate) rows: Vec<Row>,
    /// How many frames were read.
    pub(crate) frames: u64,
    /// When the first frame that has a time was seen.
    pub(crate) first: Option<Time>,
    /// The first frame whose link type netlab does not read, and the file's number for that.
    pub(crate) unread: Option<(u64, u16)>,
    /// Why the reading stopped before the end; the rows are of what was read by then.
    pub(crate) damage: Option<ReadError>,
    /// Whether `watch` stopped it.
    pub(crate) interrupted: bool,
}

/// Reads on to the end, or until the file is damaged, or until `watch`, asked every few thousand frames with how many were
/// read, has had enough.
pub(crate) fn survey(reader: &mut Reader, watch: &mut dyn FnMut(&Reader, u64) -> ControlFlow<()>) -> Survey {
    let mut tracker = Tracker::lean();
    let mut fragments = Fragments::new();
    let (mut frames, mut first, mut unread) = (0, None, None);
    let (mut damage, mut interrupted) = (None, false);
    loop {
        if frames > 0 && frames % WATCHED == 0 && watch(reader, frames).is_break() {
            interrupted = true;
            break;
        }
        let frame = match reader.next() {
            Ok(Some(frame)) => frame,
            Ok(None) => break,
            Err(error) => {
                damage = Some(error);
                break;
            }
        };
        frames += 1;
        if first.is_none() {
            first = frame.time;
        }
        if let (LinkType::Other(number), None) = (frame.link, unread) {
            unread = Some((frame.number, number));
        }
        let packet = fragments.complete(Packet::new(frame));
        tracker.count(&Digest::of(&packet));
    }
    Survey { rows: tracker.rows().collect(), frames, first, unread, damage, interrupted }
}
