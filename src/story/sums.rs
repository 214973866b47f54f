//! Checksums that are wrong in the capture: a receiver drops what comes so (RFC 9293, section 3.1; RFC 1122, section 3.2.1.2). Or the
//! capture was made on the sender's computer, before its network card filled the sum in; that shows where the other end
//! confirms a segment of which the capture holds no sound copy.

use std::collections::VecDeque;

use crate::dissect::{Checksum, Header, Packet};
use crate::event::Host;
use crate::flow::Segment;

use super::progress::before;
use super::step::Step;

/// The keys of what is remarked on a checksum: beside a step's own words.
pub(super) const BAD_SUM: &str = "step story.bad_sum";
pub(super) const BAD_HEADER: &str = "step story.bad_header";
/// The first one was told.
pub(super) const BAD_AGAIN: &str = "step story.bad_again";
/// It arrived all the same.
pub(crate) const SUM_CAME_LATER: &str = "step story.sum_came_later";

/// So many segments of each side wait for what confirms them; of older ones nothing is learned.
const OPEN: usize = 64;

/// A segment, by its frame and its relative numbers.
#[derive(Clone, Copy, Debug)]
struct Unsound {
    frame: u64,
    seq: u32,
    next: u32,
}

#[derive(Clone, Debug, Default)]
struct Side {
    /// A wrong sum was told.
    told: bool,
    /// One of its segments was confirmed, by this frame: its sums are filled in behind the capture.
    later: Option<(u64, u64)>,
    /// Not confirmed so far, and in no sound copy.
    open: VecDeque<Unsound>,
    /// The number after the last one that it said soundly.
    reach: Option<u32>,
    /// The newest number that it has confirmed.
    acked: Option<u32>,
}

/// What was seen of both sides' checksums in one conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    client: Side,
    server: Side,
}

/// What a segment shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The key of the remark on its own sum, where that is wrong and not known to be filled in later.
    pub(crate) wrong: Option<&'static str>,
    /// The newest frame with a wrong sum that it is the first to confirm.
    pub(crate) confirms: Option<u64>,
}

/// Puts what a segment shows into its step.
pub(super) fn remark(step: &mut Step, shown: Shown) {
    step.remarks = shown.confirms.map(|_| SUM_CAME_LATER).into_iter().chain(shown.wrong).collect();
    step.values.extend(shown.confirms.map(|frame| ("unsound", frame.to_string())));
}

impl Sums {
    /// Takes the next segment of the conversation that has reached its receiver.
    pub(crate) fn take(&mut self, packet: &Packet<'_>, segment: &Segment) -> Shown {
        let wrong = wrong(packet);
        let (own, other) = match segment.from {
            Host::Client => (&mut self.client, &mut self.server),
            Host::Server => (&mut self.server, &mut self.client),
        };
        let confirms = segment.ack.and_then(|ack| {
            // Of an ACK that is unsound itself only the very number says something.
            let last = other
                .open
                .iter()
                .rfind(|one| if wrong.is_some() { one.next == ack } else { !before(ack, one.next) })?;
            other.later = other.later.or(Some((last.frame, segment.frame)));
            Some(last.frame)
        });
        if confirms.is_some() {
            other.open.clear();
        }
        if let Some(ack) = segment.ack
            && wrong.is_none()
            && own.acked.is_none_or(|acked| before(acked, ack))
        {
            own.acked = Some(ack);
        }
        if wrong.is_none() {
            own.sound(segment);
            return Shown { wrong, confirms };
        }
        if own.later.is_some() {
            return Shown { wrong: None, confirms };
        }
        own.unsound(segment, other.acked);
        let again = std::mem::replace(&mut own.told, true);
        Shown { wrong: if again { Some(BAD_AGAIN) } else { wrong }, confirms }
    }

    /// A frame of `host`'s whose sum is wrong in the capture, and the one that confirms it; `None` where none has.
    pub(crate) fn filled_in_later(&self, host: Host) -> Option<(u64, u64)> {
        self.side(host).later
    }

    /// Whether a later frame may show that this one has arrived.
    pub(crate) fn waits(&self, host: Host, frame: u64) -> bool {
        self.side(host).open.iter().any(|one| one.frame == frame)
    }

    fn side(&self, host: Host) -> &Side {
        match host {
            Host::Client => &self.client,
            Host::Server => &self.server,
        }
    }
}

impl Side {
    fn sound(&mut self, segment: &Segment) {
        if self.reach.is_none_or(|reach| before(reach, segment.next_seq)) {
            self.reach = Some(segment.next_seq);
        }
        // What it says soundly, the other end has from here.
        self.open.retain(|one| !before(segment.seq, one.next) || !before(one.seq, segment.next_seq));
    }

    fn unsound(&mut self, segment: &Segment, acked: Option<u32>) {
        let (seq, next) = (segment.seq, segment.next_seq);
        let is_known = |number: Option<u32>| number.is_some_and(|number| before(seq, number));
        if seq == next || is_known(self.reach) || is_known(acked) {
            return;
        }
        if self.open.len() == OPEN {
            self.open.pop_front();
        }
        self.open.push_back(Unsound { frame: segment.frame, seq, next });
    }
}

/// Which of a segment's sums is wrong, as a remark; what can't be checked, or was left to the network card in the way that shows, is none.
fn wrong(packet: &Packet<'_>) -> Option<&'static str> {
    let mut own = packet.layers().iter().filter(|layer| !layer.quoted).map(|layer| &layer.header);
    let bad = Some(Checksum::Bad);
    if own.any(|header| matches!(header, Header::Ipv4(view) if view.checksum_status() == bad)) {
        return Some(BAD_HEADER);
    }
    packet.tcp().filter(|tcp| tcp.checksum_status() == bad).map(|_| BAD_SUM)
}
