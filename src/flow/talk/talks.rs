//! From segments to what is told with each of them.

use std::collections::{HashMap, HashSet};

use super::waiting::Heads;
use super::{
    Findings, HttpMessage, Said, SecureLimits, SecureTotals, Talk, TlsRecord, Verdict, WebSocketFrame,
};
use crate::dissect::Packet;
use crate::event::Host;
use crate::flow::Segment;
use crate::flow::http::{Event, Outcome, Wants, Why};
use crate::flow::stream::{Arrival, Reassembler, Side, Totals};
use crate::flow::tls::{self, KeyLog, Label, Unread};
use crate::flow::websocket::{Event as Ws, WhyLost};

/// So many requests to go on as something else may wait for their answers.
const WAITING: usize = 4096;
/// Of so many conversations it is told that they hide something.
const HIDDEN: usize = 1 << 17;

/// Puts both streams of every conversation together, and follows what is said on them.
#[derive(Debug, Default)]
pub struct Talks {
    streams: Reassembler,
    talk: Talk,
    gathering: Gathering,
}

/// What waits to be told.
#[derive(Debug, Default)]
struct Gathering {
    heads: Heads,
    /// The frame that completes a client's last request to go on as something else.
    asked: HashMap<u32, u64>,
    /// How many conversations are WebSocket.
    sockets: u64,
    /// Conversations of TLS of which it was told that they hide something.
    hidden: HashSet<u32>,
}

impl Talks {
    /// With the limits that each part has.
    pub fn new() -> Talks {
        Talks::default()
    }

    /// With other limits for TLS.
    pub fn with_limits(limits: SecureLimits) -> Talks {
        Talks { talk: Talk::with_limits(limits), ..Talks::default() }
    }

    /// The keys that open TLS; more may be added at any time.
    pub fn keys_mut(&mut self) -> &mut KeyLog {
        self.talk.keys_mut()
    }

    /// Takes the next packet, and what the [tracker](crate::flow::Tracker) said of it; gives what comes of that.
    pub fn push(&mut self, packet: &Packet<'_>, segment: Option<&Segment>) -> Findings {
        let mut found = Findings::default();
        if let Some(arrival) = segment.and_then(|segment| Arrival::new(segment, packet)) {
            let Talks { streams, talk, gathering } = self;
            streams.push(&arrival, &mut |given| {
                found.take(&given);
                talk.push(&given, &mut |said| gathering.take(said, arrival.frame, &mut found));
            });
        }
        found
    }

    /// No more comes: what the referee says only then, in the order of the frames that prove it.
    pub fn finish(&mut self) -> Vec<Verdict> {
        let mut found = Findings::default();
        let Talks { streams, talk, gathering } = self;
        streams.finish(&mut |given| talk.push(&given, &mut |said| gathering.take(said, 0, &mut found)));
        talk.finish(&mut |said| gathering.take(said, 0, &mut found));
        gathering.heads.clear();
        gathering.asked.clear();
        found.verdicts.sort_by_key(|verdict| (verdict.frames.first().copied(), verdict.stream));
        found.verdicts
    }

    /// The streams, for whoever wants to know what they keep.
    pub fn streams(&self) -> &Reassembler {
        &self.streams
    }

    /// How many conversations were WebSocket so far.
    pub fn sockets(&self) -> u64 {
        self.gathering.sockets
    }

    /// What was seen of TLS so far.
    pub fn secure(&self) -> SecureTotals {
        self.talk.secure()
    }

    /// How many bytes are kept of TLS, beside what every conversation needs, and how many conversations of it are followed.
    pub fn secure_kept(&self) -> (usize, usize) {
        self.talk.secure_kept()
    }

    /// How many messages of HTTP are not told, because more heads waited for the end of their bodies than are kept.
    pub fn heads_given_up(&self) -> u64 {
        self.gathering.heads.given_up()
    }

    /// What was given up in all conversations together.
    pub fn totals(&self) -> Totals {
        self.streams.totals()
    }
}

/// Whether a record that is not read for that may hold what a program said.
fn may_hide(why: Unread) -> bool {
    !matches!(why, Unread::NoSecret(Label::ClientHandshake | Label::ServerHandshake))
}

impl Gathering {
    /// Keeps what is told with this frame.
    fn take(&mut self, said: Said<'_>, frame: u64, found: &mut Findings) {
        match said {
            Said::Tls { stream, version, event } => {
                if let tls::Event::Record(record, tls::Reading::Unread(why)) = &event
                    && may_hide(*why)
                    && self.hidden.len() < HIDDEN
                    && self.hidden.insert(stream)
                {
                    found.hidden.push((record.side, *why));
                }
                TlsRecord::gather(&mut found.records, version, &event);
            }
            Said::Http(event) => self.http(event, frame, found),
            // As in Wireshark, nothing is WebSocket before the 101.
            Said::WebSocket { event: Ws::Frame(frame), .. } if frame.early => {}
            Said::WebSocket { event: Ws::Frame(frame), .. } => found.frames.push(WebSocketFrame::new(&frame)),
            Said::WebSocket { event: Ws::Message(message), .. } => {
                if let Some(frame) = found.frames.last_mut().filter(|frame| frame.from == message.from) {
                    frame.completes(&message);
                }
            }
            Said::WebSocket { stream, event: Ws::Verdict(verdict) } => {
                found.verdicts.push(Verdict::of_frame(stream, &verdict));
            }
            Said::WebSocket { stream, event: Ws::Lost(lost) } if lost.why != WhyLost::EndInHeader => {
                found.unread.push(Side { stream, from: lost.from });
            }
            Said::WebSocket { .. } => {}
        }
    }

    fn http(&mut self, event: Event<'_>, frame: u64, found: &mut Findings) {
        match event {
            Event::Request(request) => {
                if request.wants == Wants::Upgrade && self.asked.len() < WAITING {
                    self.asked.insert(request.message.side.stream, request.head.places().last_frame());
                }
                self.heads.put(request.message, request.head);
            }
            Event::Answer(answer) => self.heads.put(answer.message, answer.head),
            Event::Finished(finished) => {
                // As in Wireshark: of what was cut off nothing is told, unless all that there is stands in the FIN's own segment.
                if let Some(head) = self.heads.take(&finished.message)
                    && match finished.outcome {
                        Outcome::Reset => false,
                        Outcome::Closed => head.places().first_frame() == frame,
                        _ => true,
                    }
                {
                    let from = finished.message.side.from;
                    found.messages.push(HttpMessage::new(from, head, finished.len));
                }
            }
            Event::Upgrade(upgrade) => {
                let asked = self.asked.remove(&upgrade.answer.side.stream);
                self.sockets += u64::from(upgrade.code == 101);
                if upgrade.answer.side.from == Host::Client {
                    found.unread.extend(
                        [Host::Client, Host::Server].map(|from| Side { from, ..upgrade.answer.side }),
                    );
                } else if upgrade.request.is_none() {
                    // Its request is not in the capture, or is no HTTP.
                    found.unread.push(Side { from: Host::Client, ..upgrade.answer.side });
                }
                found.verdicts.extend(Verdict::of_upgrade(&upgrade, asked, frame));
            }
            // What answers a wish for WebSocket should be HTTP.
            Event::NotHttp { side, .. } if self.asked.contains_key(&side.stream) => found.unread.push(side),
            // The end of the conversation or of the capture is no fault of what was said.
            Event::Lost(lost) if !matches!(lost.why, Why::Ended | Why::Reset) => found.unread.push(lost.side),
            _ => {}
        }
    }
}
