//! What small signals beside the bytes say: SACK blocks (RFC 2018), and the two flags of ECN (RFC 3168).

use crate::dissect::TcpSlice;
use crate::event::Host;
use crate::flow::Segment;

use super::progress::before;

/// What the blocks say: what has arrived behind a gap, or has come twice (D-SACK: RFC 2883, section 4).
pub(super) fn sacked(segment: &Segment) -> Vec<String> {
    let Some(ack) = segment.ack else { return Vec::new() };
    let blocks: Vec<(u32, u32)> =
        segment.sack.as_slice().iter().copied().filter(|(left, right)| before(*left, *right)).collect();
    let (twice, beyond): (Vec<_>, Vec<_>) = blocks.into_iter().partition(|(_, right)| !before(ack, *right));
    let (from, mut notes) = (segment.from, Vec::new());
    if !beyond.is_empty() {
        notes.push(format!("SACK: behind the gap the {from} has {} already.", listed(&beyond)));
    }
    if !twice.is_empty() {
        notes.push(format!("SACK: what came twice to the {from} is {}.", listed(&twice)));
    }
    notes
}

/// `bytes 2001 to 3000, byte 4001`.
fn listed(blocks: &[(u32, u32)]) -> String {
    let bytes = |(left, right): &(u32, u32)| match right.wrapping_sub(1) {
        last if last == *left => format!("byte {left}"),
        last => format!("bytes {left} to {last}"),
    };
    blocks.iter().map(bytes).collect::<Vec<_>>().join(", ")
}

/// What was agreed on ECN, and who passes on that packets were marked on the way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ecn {
    asked: bool,
    agreed: bool,
    client_echoes: bool,
    server_echoes: bool,
}

impl Ecn {
    fn echoes(&mut self, host: Host) -> &mut bool {
        match host {
            Host::Client => &mut self.client_echoes,
            Host::Server => &mut self.server_echoes,
        }
    }

    /// Takes the next segment in.
    pub(super) fn take(&mut self, tcp: &TcpSlice<'_>, from: Host) {
        match (tcp.syn(), tcp.ack()) {
            (true, false) => *self = Ecn { asked: tcp.ece() && tcp.cwr(), ..Ecn::default() },
            (true, true) => self.agreed = self.asked && tcp.ece() && !tcp.cwr(),
            (false, _) => *self.echoes(from) = tcp.ece(),
        }
    }

    /// What its two flags say in a segment; nothing where both have not agreed on them, or the same was said just before.
    pub(super) fn notes(mut self, tcp: &TcpSlice<'_>, from: Host) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.agreed || tcp.syn() {
            return notes;
        }
        let to = from.other();
        if tcp.cwr() {
            notes.push(match *self.echoes(to) {
                true => format!("CWR: the {from} has heard of the mark, and sends more slowly now."),
                false => format!("CWR: the {from} sends more slowly now, after a loss or a mark on the way."),
            });
        }
        if tcp.ece() && !*self.echoes(from) {
            notes.push(format!(
                "ECE: a packet of the {to}'s was marked on the way, as it is crowded there. The {from} says so until the {to} slows down (CWR)."
            ));
        }
        notes
    }
}
