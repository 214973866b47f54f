//! What the programs say, as far as the segments so far complete it: messages of HTTP, frames of WebSocket.
//!
//! [`Speech`] is given what the reassembly hands on of one conversation, and gathers in [`Heard`] what each segment completes.
//! However much one segment completes, what is kept of it is bounded: the rest is counted ([`Completed::More`]).

use std::collections::HashMap;

use crate::event::Host;
use crate::flow::http::{self, Framing, Head, Outcome, StartLine, Upgrade};
use crate::flow::stream::Given;
use crate::flow::talk::{Heads, HttpMessage, Said, SecureTotals, Talk, TlsRecord, Verdict, WebSocketFrame};
use crate::flow::tls::{self, KeyLog, Version};
use crate::flow::websocket::{self as ws, Role};

use super::heard::{Carried, Completed, Does, FrameSaid, Heard, HttpSaid, Whole};
use super::sealed::TlsSaid;
use super::values::{bytes_of, grouped};

/// So many things that one segment completes are told one by one, unless all are asked for.
const FEW: usize = 8;
/// So many at most, even then.
const MOST: usize = 1000;
/// So many answers to a wish for WebSocket may wait for the end of their bodies.
const WAITING: usize = 64;
/// So many frames of the capture are named of each thing, and so many verdicts of those that are only counted.
const NAMED: usize = 32;

/// Follows what both sides say in one conversation.
#[derive(Debug, Default)]
pub(super) struct Speech {
    talk: Talk,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    /// All is told one by one.
    all: bool,
    heads: Heads,
    upgrades: HashMap<http::Message, (Box<Upgrade>, Vec<Verdict>)>,
    /// The newest request is one for a tunnel.
    connects: bool,
    /// And whether it is one for WebSocket; `None` before any.
    asks: Option<bool>,
    /// Whose close frame was seen.
    closed: [bool; 2],
    /// Verdicts on frames that are not complete yet: by whom, and the frame's number.
    early: Vec<(Host, u64, Verdict)>,
    /// The same, of those that were told.
    proved: Vec<(Host, u64, Verdict)>,
    /// The newest frame is among what is told one by one.
    shown: bool,
    /// What the programs say comes out of TLS.
    inside: bool,
    /// What is read now has waited until the other side confirmed it.
    waited: bool,
    /// The newest record, of which the messages may yet come.
    records: Vec<TlsRecord>,
}

impl Speech {
    pub(super) fn new(all: bool) -> Speech {
        Speech { state: State { all, ..State::default() }, ..Speech::default() }
    }

    pub(super) fn keys_mut(&mut self) -> &mut KeyLog {
        self.talk.keys_mut()
    }

    pub(super) fn secure(&self) -> SecureTotals {
        self.talk.secure()
    }

    /// Takes what the segment in `frame`, sent by `carrier`, made the streams hand on.
    pub(super) fn take(&mut self, given: &Given<'_>, (frame, carrier): (u64, Host), heard: &mut Heard) {
        let Speech { talk, state } = self;
        state.waited = matches!(given, Given::Bytes(chunk) if chunk.side.from != carrier);
        talk.push(given, &mut |said| state.take(said, frame, heard));
        if let (Some(Completed::NotHttp { start, .. }), Given::Bytes(chunk)) =
            (heard.completed.last_mut(), given)
            && !state.inside
            && start.is_empty()
        {
            start.extend(chunk.bytes.iter().take(NAMED));
        }
    }

    /// All of a segment was taken: what waits for a frame that it did not complete is said now.
    pub(super) fn taken(&mut self, heard: &mut Heard) {
        self.state.record(heard);
        let State { early, proved, .. } = &mut self.state;
        heard.verdicts.extend(early.iter().map(|(.., verdict)| verdict.clone()));
        let room = MOST.saturating_sub(proved.len());
        proved.extend(early.drain(..).take(room));
    }

    /// No more comes.
    pub(super) fn finish(&mut self, heard: &mut Heard) {
        let Speech { talk, state } = self;
        state.waited = false;
        talk.finish(&mut |said| state.take(said, 0, heard));
        self.taken(heard);
    }
}

impl State {
    fn take(&mut self, said: Said<'_>, frame: u64, heard: &mut Heard) {
        match said {
            Said::Tls { version, event, .. } => self.tls(version, &event, heard),
            Said::Http(event) => self.http(event, frame, heard),
            Said::WebSocket { stream, event } => self.websocket(stream, event, frame, heard),
        }
    }

    fn tls(&mut self, version: Option<Version>, event: &tls::Event<'_>, heard: &mut Heard) {
        // What a record holds is told behind it.
        if matches!(event, tls::Event::Record(..) | tls::Event::Data(_)) {
            self.record(heard);
        }
        self.inside |= matches!(event, tls::Event::Data(_));
        TlsRecord::gather(&mut self.records, version, event);
    }

    /// The newest record is complete, with all that it holds of TLS's own.
    fn record(&mut self, heard: &mut Heard) {
        for next in self.records.drain(..).map(TlsSaid::new).collect::<Vec<_>>() {
            match heard.completed.last_mut() {
                Some(Completed::Tls(last)) if last.takes(&next) => last.take(next),
                _ => {
                    let from = next.from;
                    self.complete(Completed::Tls(Box::new(next)), from, heard);
                }
            }
        }
    }

    fn http(&mut self, event: http::Event<'_>, frame: u64, heard: &mut Heard) {
        match event {
            http::Event::NotHttp { side, .. } if side.from == Host::Server => {
                let Some(asked) = self.asks else { return };
                self.complete(
                    Completed::NotHttp { from: side.from, start: Vec::new(), asked },
                    side.from,
                    heard,
                );
            }
            http::Event::Request(request) => {
                self.connects = is_connect(&request.head);
                self.asks = Some(asks(&request.head));
                self.heads.put(request.message, request.head);
            }
            http::Event::Answer(answer) => self.heads.put(answer.message, answer.head),
            http::Event::Upgrade(upgrade) if self.upgrades.len() < WAITING => {
                // What is wrong with the request stands there.
                let mut verdicts = Verdict::of_upgrade(&upgrade, None, frame);
                verdicts.retain(|verdict| verdict.by == Host::Server);
                self.upgrades.insert(upgrade.answer, (upgrade, verdicts));
            }
            http::Event::Finished(finished) => {
                let (upgrade, mut verdicts) = match self.upgrades.remove(&finished.message) {
                    Some((upgrade, verdicts)) => (Some(upgrade), verdicts),
                    None => (None, Vec::new()),
                };
                let Some(head) = self.heads.take(&finished.message) else { return };
                let from = finished.message.side.from;
                let cut = cut(&finished);
                let last = finished.frames.last().unwrap_or(head.places().last_frame());
                let carriers = head.places().frames().chain(finished.frames.list().iter().copied());
                let carried = Carried {
                    frames: named(carriers, last),
                    segments: segments_of(&head, &finished),
                    shown_by: Some(frame).filter(|frame| cut.is_none() && !self.waited && *frame > last),
                    taken_by: Some(frame).filter(|_| self.waited),
                };
                let tunnel = match head.code() {
                    Some(code) => self.connects && (200..300).contains(&code),
                    None => is_connect(&head),
                };
                if head.code().is_none() {
                    verdicts = Verdict::of_request(&head, finished.message.side.stream);
                }
                let asks = head.code().is_none() && asks(&head);
                let message = HttpMessage::new(from, head, finished.len);
                let inside = self.inside;
                let said = HttpSaid { message, asks, tunnel, upgrade, carried, cut, verdicts, inside };
                self.complete(Completed::Http(Box::new(said)), from, heard);
            }
            _ => {}
        }
    }

    fn websocket(&mut self, stream: u32, event: ws::Event<'_>, frame: u64, heard: &mut Heard) {
        match event {
            // What is only cut off says no more than its bytes.
            ws::Event::Unfinished(told) if told.head.length >> 63 == 0 => {}
            ws::Event::Frame(told) | ws::Event::Unfinished(told) => {
                let (from, number) = (told.from, told.number);
                let [client, server] = self.closed;
                let late = if from == Host::Client { client } else { server };
                let does = self.does(&told);
                let ws::Carried { last, packets, pieces, .. } = told.carried;
                let early = told.early;
                let carried = Carried {
                    frames: named(pieces.iter().map(|piece| piece.packet), last),
                    segments: Some(packets),
                    shown_by: Some(frame).filter(|frame| !early && !self.waited && *frame > last),
                    taken_by: Some(frame).filter(|_| self.waited),
                };
                let own = |(by, about, _): &mut (Host, u64, Verdict)| (*by, *about) == (from, number);
                let verdicts = self.early.extract_if(.., own).map(|(.., verdict)| verdict).collect();
                let proved = self.proved.extract_if(.., own).map(|(.., verdict)| verdict).collect();
                let frame = WebSocketFrame::new(&told);
                let (whole, inside) = (None, self.inside);
                let said = FrameSaid { frame, does, late, early, whole, carried, verdicts, proved, inside };
                self.complete(Completed::Frame(Box::new(said)), from, heard);
            }
            ws::Event::Message(message) if self.shown => {
                if let Some(Completed::Frame(said)) = heard.completed.last_mut()
                    && said.frame.from == message.from
                    && matches!(said.does, Does::Part(_))
                    && message.end == ws::MessageEnd::Final
                {
                    said.frame.completes(&message);
                    said.whole = Some(Whole {
                        kind: message.kind,
                        compressed: message.compressed,
                        first: message.first_packet,
                        wire_len: message.wire_len,
                        len: message.len,
                    });
                }
            }
            ws::Event::Lost(lost) if lost.why != ws::WhyLost::EndInHeader => heard.lost = Some(lost.from),
            ws::Event::Verdict(found) => {
                let verdict = Verdict::of_frame(stream, &found);
                let own =
                    |said: &FrameSaid| (Some(said.frame.number), said.frame.from) == (found.number, found.by);
                match (heard.completed.last_mut(), found.number) {
                    (Some(Completed::Frame(said)), _) if own(said) => said.verdicts.push(verdict),
                    (Some(Completed::More { from, verdicts, .. }), _) if *from == found.by => {
                        keep(verdicts, verdict);
                    }
                    (_, Some(number)) if self.early.len() < MOST => {
                        self.early.push((found.by, number, verdict));
                    }
                    _ => keep(&mut heard.verdicts, verdict),
                }
            }
            ws::Event::Closed(closing) => {
                let own = closing.client.sent.as_ref().filter(|_| closing.first == Some(Host::Client));
                if own.is_some_and(|own| own.code == Some(1001)) {
                    heard.page_left = closing.server.onclose;
                    return;
                }
                heard.onerror = closing.client.failed.is_some();
                heard.unread = closing.is_over() && closing.client.onclose.is_none();
                heard.onclose = closing.client.onclose;
            }
            _ => {}
        }
    }

    fn does(&mut self, frame: &ws::Frame<'_>) -> Does {
        match frame.role {
            _ if frame.head.length >> 63 != 0 => Does::NoLength,
            Role::Part { part, .. } => Does::Part(Some(part)),
            Role::Stray => Does::Part(None),
            Role::Ping => Does::Ping,
            Role::Pong(answer) => Does::Pong(answer),
            Role::Close(_) => {
                let (own, other) = match frame.from {
                    Host::Client => (0, 1),
                    Host::Server => (1, 0),
                };
                if let Some(closed) = self.closed.get_mut(own) {
                    *closed = true;
                }
                Does::Close { answers: self.closed.get(other).copied().unwrap_or_default() }
            }
            Role::Unknown => Does::Unknown,
        }
    }

    /// Keeps it, or counts it. A goodbye is always told.
    fn complete(&mut self, completed: Completed, from: Host, heard: &mut Heard) {
        let limit = if self.all { MOST } else { FEW << u32::from(self.inside) };
        let goodbye = |said: &Completed| matches!(said, Completed::Frame(said) if matches!(said.does, Does::Close { .. }));
        let told = heard.completed.len();
        self.shown = told < limit || (goodbye(&completed) && told < limit + FEW);
        if self.shown {
            heard.completed.push(completed);
            return;
        }
        let found = match completed {
            Completed::Tls(_) | Completed::NotHttp { .. } => Vec::new(),
            Completed::Http(said) => said.verdicts,
            Completed::Frame(said) => said.verdicts,
            Completed::More { verdicts, .. } => verdicts,
        };
        if !matches!(heard.completed.last(), Some(Completed::More { from: own, .. }) if *own == from) {
            heard.completed.push(Completed::More { from, count: 0, verdicts: Vec::new() });
        }
        if let Some(Completed::More { count, verdicts, .. }) = heard.completed.last_mut() {
            *count += 1;
            found.into_iter().for_each(|verdict| keep(verdicts, verdict));
        }
    }
}

/// Whether a request is one for WebSocket, however wrong.
fn asks(head: &Head) -> bool {
    head.fields().value("sec-websocket-key").is_some() || head.fields().lists("upgrade", "websocket")
}

fn is_connect(head: &Head) -> bool {
    matches!(head.start(), StartLine::Request { method, .. } if method.bytes == b"CONNECT")
}

/// How many frames of the capture carried a message, head and body; `None` where not all of its head's are known.
fn segments_of(head: &Head, finished: &http::Finished) -> Option<u64> {
    let places = head.places();
    let both = finished.frames.list().first() == Some(&places.last_frame());
    let count = places.frames().count() as u64 + finished.frames.count();
    places.is_complete().then(|| count - u64::from(both))
}

/// What of a body did not come; `None` of one that is whole, or of which nobody knows.
fn cut(finished: &http::Finished) -> Option<String> {
    if !matches!(finished.outcome, Outcome::Closed | Outcome::Reset | Outcome::Unseen) {
        return None;
    }
    let came = finished.len.saturating_sub(finished.missing);
    Some(match finished.framing {
        Framing::Length(due) => {
            let lacks = due.saturating_sub(came);
            let are = if lacks == 1 { "is" } else { "are" };
            format!(
                "The body is cut off: {} of {} came, {} {are} missing.",
                grouped(came),
                bytes_of(due),
                grouped(lacks)
            )
        }
        Framing::Chunked => {
            format!("The body is cut off: {} came, and not the chunk that ends it.", bytes_of(came))
        }
        _ => format!("Of the body {} came, and not the FIN that would have ended it.", bytes_of(came)),
    })
}

/// One verdict a rule and side is enough where frames are only counted.
fn keep(verdicts: &mut Vec<Verdict>, verdict: Verdict) {
    let known = verdicts.iter().any(|known| (known.rule, known.by) == (verdict.rule, verdict.by));
    if !known && verdicts.len() < NAMED {
        verdicts.push(verdict);
    }
}

/// Frames of the capture, each once: the last one first.
fn named(carried: impl Iterator<Item = u64>, last: u64) -> Vec<u64> {
    let mut frames: Vec<u64> = Vec::new();
    for frame in carried {
        if frames.len() < NAMED && !frames.contains(&frame) {
            frames.push(frame);
        }
    }
    frames.retain(|frame| *frame != last);
    frames.insert(0, last);
    frames
}
