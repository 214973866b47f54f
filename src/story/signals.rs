//! What small signals beside the bytes say: SACK blocks (RFC 2018), the two flags of ECN (RFC 3168), the urgent pointer (RFC 9293,
//! section 3.8.5), the bytes of an RST; and which bytes of a repeat are new.

use crate::dissect::TcpSlice;
use crate::event::Host;
use crate::flow::Segment;

use super::progress::{Progress, before};
use super::values::text_of;

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

/// Of a segment that begins with bytes that were sent before, those that were not.
pub(super) fn new_bytes(tcp: &TcpSlice<'_>, segment: &Segment, progress: &Progress) -> Option<String> {
    let next = progress.next(segment.from).filter(|_| !tcp.syn() && !tcp.rst() && segment.len > 1)?;
    let end = segment.seq.wrapping_add(segment.len);
    if !before(segment.seq, next) || !before(next, end) {
        return None;
    }
    let old = next.wrapping_sub(segment.seq) as usize;
    let text = tcp.payload().get(old..).and_then(text_of).map(|text| format!(": “{text}”"));
    let new = capitalised(&listed(&[(next, end)]));
    let are = if end.wrapping_sub(next) == 1 { "is" } else { "are" };
    Some(format!("{new} {are} new{}.", text.unwrap_or_default()))
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What stands beside the stream: the bytes of an RST, and up to where bytes are urgent.
pub(super) fn beside(tcp: &TcpSlice<'_>, segment: &Segment) -> Vec<String> {
    let mut notes = Vec::new();
    if tcp.rst() && segment.len > 0 {
        let bytes = if segment.len == 1 {
            "Its byte is".to_owned()
        } else {
            format!("Its {} bytes are", segment.len)
        };
        let text = text_of(tcp.payload()).map(|text| format!(": “{text}”")).unwrap_or_default();
        notes.push(format!("{bytes} no part of the stream, but a remark on why (RFC 9293, 3.5.3){text}."));
    }
    if let Some(pointer) = tcp.urgent().filter(|_| tcp.urg() && !tcp.syn() && !tcp.rst()) {
        let last = segment.seq.wrapping_add(pointer.into()).wrapping_sub(1);
        let to = segment.from.other();
        notes.push(format!(
            "URG: the {to}'s program should hurry to read up to byte {last}, the last urgent one (pointer {pointer}). New programs should not use this (RFC 6093)."
        ));
    }
    notes
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
