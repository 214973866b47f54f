//! One conversation: which answer belongs to which request, and where HTTP ends.

use std::collections::VecDeque;

use super::event::{Answer, Event, HeldBack, Outcome, Request, Switched, To, Wants, Why, is_interim};
use super::framing::{Framing, Said};
use super::half::{After, Half, News, Scope};
use super::head::Head;
use super::held::Held;
use super::places::split;
use super::upgrade::{self, Upgrade};
use crate::event::Host;
use crate::flow::stream::{Chunk, Ending, Hole, Side};

/// What of a request's method changes how its answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Head,
    Connect,
    Other,
}

impl Method {
    fn of(head: &Head) -> Method {
        match head.method() {
            Some(b"HEAD") => Method::Head,
            Some(b"CONNECT") => Method::Connect,
            _ => Method::Other,
        }
    }
}

/// A request that waits for its answer.
#[derive(Clone, Debug)]
struct Pending {
    number: u64,
    method: Method,
    wants: Wants,
    /// Its head, where it asks for another protocol.
    asked: Option<Box<Head>>,
}

impl Pending {
    fn cost(&self) -> usize {
        size_of::<Pending>() + self.asked.as_ref().map_or(0, |head| head.cost())
    }
}

/// Both directions.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    /// Who asks.
    client: Half,
    /// Who answers.
    server: Half,
    /// TCP's client is the one who answers.
    swapped: bool,
    pending: VecDeque<Pending>,
    /// What the waiting requests take.
    pending_cost: usize,
    /// The request whose head is not complete yet was answered already.
    answered_early: bool,
}

impl Conversation {
    pub(super) fn new(stream: u32) -> Conversation {
        Conversation {
            client: Half::new(Side { stream, from: Host::Client }),
            server: Half::new(Side { stream, from: Host::Server }),
            swapped: false,
            pending: VecDeque::new(),
            pending_cost: 0,
            answered_early: false,
        }
    }

    fn role(&self, from: Host) -> Host {
        if self.swapped { from.other() } else { from }
    }

    fn half(&mut self, from: Host) -> &mut Half {
        match self.role(from) {
            Host::Client => &mut self.client,
            Host::Server => &mut self.server,
        }
    }

    /// What it keeps and could give up, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.client.cost() + self.server.cost() + self.pending_cost
    }

    /// Whether neither direction speaks HTTP.
    pub(super) fn is_other(&self) -> bool {
        self.client.is_other() && self.server.is_other()
    }

    /// Whether nothing more can come.
    pub(super) fn is_over(&self) -> bool {
        self.client.ended && self.server.ended
    }

    /// Takes the next bytes of a direction.
    pub(super) fn bytes(&mut self, chunk: &Chunk<'_>, scope: &mut Scope<'_>) {
        let from = chunk.side.from;
        let mut rest = *chunk;
        while !rest.bytes.is_empty() {
            let (used, news) = self.half(from).take(&rest, scope);
            rest = split(&rest, used).1;
            match (news, self.role(from)) {
                (News::Swapped, _) => self.swap_roles(),
                (News::Nothing, _) | (News::Resumed, Host::Client) => {}
                (News::Resumed, Host::Server) => self.skip_answered(),
                (News::Head(head, frame), Host::Client) => self.request(*head, frame, scope),
                (News::Head(head, frame), Host::Server) => self.answer(*head, frame, scope),
            }
            self.look_again();
        }
    }

    /// Nobody has said a start line yet, and now TCP's client begins as if it answered, or the server as if it asked.
    fn swap_roles(&mut self) {
        self.swapped = !self.swapped;
        std::mem::swap(&mut self.client, &mut self.server);
        self.client.swap_roles();
        self.server.swap_roles();
    }

    /// Where one side speaks HTTP, the other may from somewhere on.
    fn look_again(&mut self) {
        if self.client.speaks_http() {
            self.server.settle();
            self.server.look_again();
        }
        if self.server.speaks_http() {
            self.client.settle();
            self.client.look_again();
        }
    }

    /// Answers were lost. Without pipelining the next one belongs to the last request.
    fn skip_answered(&mut self) {
        while self.pending.len() > 1 {
            self.pop();
        }
    }

    fn pop(&mut self) -> Option<Pending> {
        let pending = self.pending.pop_front()?;
        self.pending_cost -= pending.cost();
        Some(pending)
    }

    fn request(&mut self, head: Head, frame: u64, scope: &mut Scope<'_>) {
        let message = self.client.next_message();
        let method = Method::of(&head);
        let wants = match method {
            Method::Connect => Wants::Tunnel,
            _ if upgrade::is_asked(&head) => Wants::Upgrade,
            _ => Wants::Answer,
        };
        let end = head.range().end;
        let (framing, oddities) = Said::of_request(&head);
        if std::mem::take(&mut self.answered_early) && !self.client.lost {
            // The answer has said already what comes behind.
        } else {
            let asked = (wants == Wants::Upgrade).then(|| Box::new(head.clone()));
            let pending = Pending { number: message.number, method, wants, asked };
            if self.pending.len() >= scope.limits.pipelined.max(1) {
                self.pop();
                self.client.lost = true;
            }
            self.pending_cost += pending.cost();
            self.pending.push_back(pending);
            if wants != Wants::Answer && self.client.after == After::Http {
                self.client.after = After::Hold;
            }
        }
        let told = framing.unwrap_or(Framing::Unknown);
        (scope.sink)(Event::Request(Request { message, head, framing: told, oddities, wants }));
        self.client.begin_body(message, framing, (end, frame), scope);
    }

    fn answer(&mut self, head: Head, frame: u64, scope: &mut Scope<'_>) {
        let message = self.server.next_message();
        let interim = is_interim(&head);
        let code = head.code().unwrap_or_default();
        let early = self.pending.is_empty() && self.client.is_in_head();
        let to = match self.pending.front() {
            Some(pending) => Some(pending.number),
            None => early.then(|| self.client.number()),
        };
        let method = self.pending.front().map_or(Method::Other, |pending| pending.method);
        let pending = if interim { None } else { self.pop() };
        self.answered_early |= early && !interim;
        let tunnel = method == Method::Connect && (200..300).contains(&code);
        let (framing, oddities) = Said::of_answer(&head, method == Method::Head || tunnel);
        let end = head.range().end;
        let told = framing.unwrap_or(Framing::Unknown);
        let sure = !self.client.lost && !self.server.lost;
        let (wants, asked) = pending.map_or((Wants::Answer, None), |pending| (pending.wants, pending.asked));
        let judged = (!interim).then(|| Upgrade::of(asked.as_deref(), &head, message, to)).flatten();
        let protocol = head.fields().value("upgrade").unwrap_or_default().to_vec();
        (scope.sink)(Event::Answer(Answer { message, to, sure, early, head, framing: told, oddities }));
        if let Some(upgrade) = judged {
            (scope.sink)(Event::Upgrade(Box::new(upgrade)));
        }
        self.server.begin_body(message, framing, (end, frame), scope);
        let to_what = match code {
            _ if interim => return,
            101 => To::Protocol(protocol),
            _ if tunnel => To::Tunnel,
            _ if wants != Wants::Answer => return self.go_on(scope),
            _ => return,
        };
        let asked = wants == if tunnel { Wants::Tunnel } else { Wants::Upgrade };
        let switched = Switched {
            answer: message,
            to: to_what,
            request: to,
            asked,
            client_side: self.client.side(),
            client: None,
            server: end,
            frame,
        };
        self.switch(switched, scope);
    }

    /// HTTP ends here.
    fn switch(&mut self, mut switched: Switched, scope: &mut Scope<'_>) {
        let tunnel = switched.to == To::Tunnel;
        let in_message = self.client.is_in_message();
        let held = self.client.held_extent().map(|(offset, _)| offset);
        switched.client = (!in_message).then(|| held.unwrap_or(self.client.next()));
        (scope.sink)(Event::Switched(switched));
        while self.pop().is_some() {}
        let enter = |half: &mut Half| if tunnel { half.enter_tunnel(scope.limits) } else { half.go_raw() };
        enter(&mut self.server);
        if in_message {
            self.client.after = if tunnel { After::Tunnel } else { After::Raw };
            return;
        }
        let held = self.client.release();
        enter(&mut self.client);
        self.replay(held, scope);
    }

    /// HTTP goes on behind what asked for something else.
    fn go_on(&mut self, scope: &mut Scope<'_>) {
        let held = self.client.release();
        self.replay(held, scope);
    }

    /// Takes what was held, now that it is known what it is.
    fn replay(&mut self, held: Option<Held>, scope: &mut Scope<'_>) {
        let Some(Held { pieces, dropped, end, .. }) = held else { return };
        let side = self.client.side();
        for piece in &pieces {
            match piece.chunk(side) {
                Ok(chunk) => self.bytes(&chunk, scope),
                Err(hole) => self.client.hole(&hole, scope),
            }
        }
        if let Some(hole) = dropped {
            let Hole { offset, len, .. } = hole;
            (scope.sink)(Event::HeldBack(HeldBack { side, offset, len, given_up: true }));
            self.client.hole(&hole, scope);
        }
        if let Some(end) = end {
            self.client.end(&end, scope);
        }
        self.look_again();
    }

    /// Takes a hole in a direction.
    pub(super) fn hole(&mut self, hole: &Hole, scope: &mut Scope<'_>) {
        self.half(hole.side.from).hole(hole, scope);
        self.look_again();
    }

    /// Whether a direction is in a body that nothing but its end ends.
    pub(super) fn lasts_until_close(&self, from: Host) -> bool {
        let half = if self.role(from) == Host::Client { &self.client } else { &self.server };
        half.lasts_until_close()
    }

    /// Takes the end of a direction.
    pub(super) fn end(&mut self, ending: &Ending, scope: &mut Scope<'_>) {
        self.half(ending.side.from).end(ending, scope);
        self.look_again();
    }

    /// A direction's numbering begins anew.
    pub(super) fn begin_anew(&mut self, from: Host, scope: &mut Scope<'_>) {
        self.half(from).begin_anew(scope);
        if self.role(from) == Host::Client {
            while self.pop().is_some() {}
            self.answered_early = false;
        }
    }

    /// No more of it comes: tells what is not complete.
    pub(super) fn finish(&mut self, scope: &mut Scope<'_>) {
        for half in [&mut self.client, &mut self.server] {
            half.flush(Outcome::Unseen, Why::Ended, None, scope);
        }
        while self.pop().is_some() {}
    }

    /// Gives up what it keeps.
    pub(super) fn give_up(&mut self, scope: &mut Scope<'_>) {
        if self.pending.iter().any(|pending| pending.asked.is_some()) {
            self.client.lost = true;
        }
        for half in [&mut self.client, &mut self.server] {
            half.give_up(scope);
        }
        while self.pop().is_some() {
            self.client.lost = true;
        }
        self.look_again();
    }
}
