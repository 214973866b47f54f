//! The end of a live story: what is still told, and what it came to.

use netlab::render::{Ink, Line, wrap};
use netlab::story::{Outcome, Summary};

use super::{Failure, Live, Neighbour};
use crate::cli::Exit;

impl Failure {
    /// Who could not do what, and the cause.
    fn sentence(&self) -> String {
        let Failure { call, text } = self;
        let what = match call.as_str() {
            "netlab stopped waiting" => call.as_str(),
            "upgrade" => "The client opened no WebSocket",
            "websocket" => "The client gave the WebSocket up",
            "tls" => "The client gave TLS up",
            "recv" => "The client could read nothing more",
            "send" | "shutdown" => "The client could send nothing more",
            "connect" => "The client could not connect",
            _ => return format!("The client's program was told: {call}: {text}."),
        };
        format!("{what}: {text}.")
    }
}

impl Live<'_, '_> {
    /// Nothing more comes from the source; what is not told yet still is.
    pub(super) fn finish(
        &mut self,
        sockets: Option<netlab::event::Sockets>,
        lost: u64,
    ) -> anyhow::Result<()> {
        let gave_up = match (self.first_syn, &self.failed) {
            (Some(first), Some((failed, _))) => Some(failed.since(first)),
            _ => None,
        };
        let (told, mut summary) = self.teller.finish(sockets, lost, gave_up);
        if self.failed.is_some() && !self.teller.has_begun() {
            summary.outcome = Outcome::Unreachable;
        }
        self.finished = Some(summary);
        self.tell_each(told)
    }

    /// All was told.
    pub(super) fn conclude(&mut self, summary: &Summary) -> anyhow::Result<Exit> {
        if self.failed.is_some() && !self.teller.has_begun() {
            self.why_it_never_began()?;
        }
        let told = matches!(summary.outcome, Outcome::Refused | Outcome::NoAnswer | Outcome::Unreachable);
        let in_vain = self.must_open && !self.opened && !told;
        if let Some((_, failure)) = &self.failed
            && (summary.outcome == Outcome::Open || in_vain)
        {
            self.remark(&failure.sentence())?;
        }
        self.presenter.summary(summary, &self.hints)?;
        self.score()?;
        let exit = match summary.outcome {
            Outcome::Refused | Outcome::NoAnswer | Outcome::Unreachable => Exit::Failed,
            _ if self.must_open && !self.opened => Exit::Failed,
            _ => Exit::Fine,
        };
        Ok(exit)
    }

    /// TCP never began: the client's program failed before its kernel could send a SYN.
    fn why_it_never_began(&mut self) -> anyhow::Result<()> {
        let Some((_, Failure { call, text })) = &self.failed else { return Ok(()) };
        let cause = match self.neighbour {
            Neighbour::Asked => "Nobody on the link answered, so the client had no MAC address to send to:",
            Neighbour::Answered | Neighbour::NotAsked => "No frame of the connection was seen:",
        };
        let text = format!("{cause} no SYN was sent. The client's program was told: {call}: {text}.");
        self.remark(&text)
    }

    /// A line of its own after the last step.
    fn remark(&mut self, text: &str) -> anyhow::Result<()> {
        if self.presenter.out.json() {
            self.presenter.out.notice(text);
            return Ok(());
        }
        self.presenter.rest()?;
        if self.presenter.draws(text) {
            return Ok(());
        }
        let room = self.presenter.out.width.saturating_sub(8);
        for part in wrap(text, room) {
            self.presenter.out.line(&Line::from("     │  ").with(Ink::Alarm, part))?;
        }
        Ok(())
    }
}
