//! Both byte streams of the conversations that are followed, and what a segment shows of them.

use crate::dissect::Packet;
use crate::event::Host;
use crate::flow::Segment;
use crate::flow::stream::{Arrival, Given, HoleKind, Reassembler, Said, Side};
use crate::flow::talk::{Findings, SecureTotals};
use crate::flow::tls::KeyLog;
use crate::frame::Frame;

use super::heard::Heard;
use super::speech::Speech;
use super::tcp::Streams;

/// What both sides have said so far.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    streams: Reassembler,
    speech: Speech,
    /// A segment was cut off when it was captured.
    cut: bool,
}

impl Spoken {
    /// `all`: whatever the programs say is told one by one, however much stands in one segment.
    pub(super) fn new(all: bool) -> Spoken {
        Spoken { speech: Speech::new(all), ..Spoken::default() }
    }

    pub(super) fn keys_mut(&mut self) -> &mut KeyLog {
        self.speech.keys_mut()
    }

    pub(super) fn secure(&self) -> SecureTotals {
        self.speech.secure()
    }

    /// What the streams show with this segment, and what it completes; they take it in if it arrives.
    pub(super) fn take(
        &mut self,
        packet: &Packet<'_>,
        frame: &Frame<'_>,
        segment: &Segment,
        arrives: bool,
    ) -> (Findings, Streams, Heard) {
        self.cut |= frame.bytes.len() < frame.original_len as usize;
        let (mut found, mut heard) = (Findings::default(), Heard::default());
        let arrival = Arrival::new(segment, packet).filter(|_| arrives);
        let (mut passed, mut again, mut copy_of) = (0, 0, None);
        if let Some(arrival) = &arrival {
            let Spoken { streams, speech, .. } = self;
            streams.push(arrival, &mut |given| {
                found.take(&given);
                speech.take(&given, (arrival.frame, arrival.from), &mut heard);
                match given {
                    Given::Hole(hole)
                        if (hole.side.from, hole.kind) == (segment.from.other(), HoleKind::NotCaptured) =>
                    {
                        passed += hole.len;
                    }
                    Given::Overlap(overlap) => {
                        again += overlap.later.bytes.len() as u64;
                        copy_of.get_or_insert(overlap.earlier.frame);
                    }
                    Given::Uncompared(uncompared) => again += uncompared.len,
                    _ => {}
                }
            });
            speech.taken(&mut heard);
        }
        let all_kept = self.streams.totals().given_up == 0;
        let confirmed = Side { stream: segment.stream, from: segment.from.other() };
        let beyond = segment.ack.map_or(0, |ack| self.streams.lacks_before(confirmed, ack));
        let streams = Streams {
            // Of what was cut off or given up nobody knows whether it came before.
            first_time: arrival.is_some()
                && !self.cut
                && all_kept
                && segment.retransmission_of.is_none()
                && !found.overlap,
            copy: again > 0 && again == u64::from(segment.len),
            copy_of,
            exact: false,
            unseen: if all_kept { passed + beyond } else { 0 },
        };
        (found, streams, heard)
    }

    /// Nothing more comes: what became of each side's stream of a conversation, the client's first.
    /// Besides, what shows only then of what the programs said.
    pub(super) fn finish(&mut self, stream: u32) -> (Said, Said, Heard) {
        let mut heard = Heard::default();
        let Spoken { streams, speech, .. } = self;
        streams.finish(&mut |given| {
            let carrier = match given {
                Given::Bytes(chunk) => chunk.side.from,
                _ => Host::Client,
            };
            speech.take(&given, (0, carrier), &mut heard);
        });
        speech.finish(&mut heard);
        let said = |from| streams.said(Side { stream, from }).unwrap_or_default();
        (said(Host::Client), said(Host::Server), heard)
    }
}
