//! Tells one conversation of a capture, to its end or to the damage.

use std::net::SocketAddr;

use netlab::quiz::Focus;
use netlab::render::{Hint, StoryHead};
use netlab::story::{Seen, Shortener, Subject, Tell, Teller};

use super::common::grouped;
use super::input::{Input, note_unread, unread_link};
use super::interrupt::ends_in_its_own_line;
use super::keys::Keys;
use super::pace::Pace;
use super::present::Presenter;
use super::progress::{Progress, WATCHED};
use super::quiz::{Asker, focus};
use super::select::ChosenSteps;
use super::showing::Showing;
use super::{Exit, Output};

/// A capture that is to be told.
pub(crate) struct Telling<'a> {
    pub(crate) input: &'a Input,
    /// How it is named on the screen.
    pub(crate) shown: &'a str,
    pub(crate) tell: Tell,
    pub(crate) banner: String,
    /// Why it is shown instead of something live.
    pub(crate) why: Option<String>,
    pub(crate) step: bool,
    pub(crate) speed: Option<f64>,
    /// So many seconds between two steps.
    pub(crate) pace: Option<f64>,
    /// With questions.
    pub(crate) quiz: bool,
    pub(crate) bytes: bool,
    /// What it is about, where all its steps are told.
    pub(crate) subject: Subject,
    pub(crate) hints: Vec<Hint>,
    /// Which of its steps; `None`: all.
    pub(crate) chosen: Option<ChosenSteps>,
    /// The command with which keys are given.
    pub(crate) with_keys: Option<String>,
    /// Keys for what is in TLS, beside those that the capture brings along.
    pub(crate) keys: Option<Keys>,
}

impl Telling<'_> {
    /// Tells one conversation. (`benches/instructions.sh` counts what happens in here by this name.)
    #[inline(never)]
    pub(crate) fn run(mut self, out: &mut Output) -> anyhow::Result<Exit> {
        let (stream, mut others) = (self.tell.stream, 0);
        let head = StoryHead { mode: "replay", why: self.why, stream, ..StoryHead::default() };
        let mut presenter = Presenter::new(out, self.bytes, head, self.banner)?;
        presenter.pace = Pace::new(self.pace);
        let mut keys = self.keys.unwrap_or_default();
        let focus =
            if self.quiz { Some(focus(self.input, &self.tell, self.subject, keys.log())?) } else { None };
        // Who asks for some steps wants to see just these.
        let tcp = self.chosen.is_some() || matches!(focus, Some(Focus::Tcp | Focus::Both));
        presenter.about(Shortener::of_recording(if tcp { Subject::Tcp } else { self.subject }));
        let mut showing = Showing {
            speed: self.speed,
            paced: self.pace.is_some(),
            step: self.step,
            asker: focus.map(|focus| Asker::new(focus, presenter.out.level)).transpose()?,
            ..Showing::default()
        };
        if showing.waits() {
            ends_in_its_own_line()?;
        }
        let mut teller = Teller::new(self.tell);
        *teller.keys_mut() = keys.log();
        let mut reader = self.input.open()?;
        // Somebody who thinks, or wants to wait, makes no long work.
        let progress = (!showing.waits()).then(|| Progress::new(self.shown));
        let mut ends = None;
        let (mut read, mut unread) = (0, None);
        let damage = loop {
            if self.chosen.is_none() {
                // A look now and then, however many there are.
                reader.pass_over(|frame| {
                    let passed = !frame.number.is_multiple_of(WATCHED) && teller.is_of_others(frame);
                    read = if passed { frame.number } else { read };
                    passed
                });
            }
            match reader.next() {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
            keys.learn(&reader, teller.keys_mut(), self.shown, presenter.out);
            if let Some(chosen) = &mut self.chosen {
                chosen.learn(&reader);
            }
            let Some(frame) = reader.current() else { break None };
            read = frame.number;
            note_unread(&frame, &mut unread);
            if let Some(chosen) = &mut self.chosen {
                chosen.see(frame, reader.comment());
            }
            let seen = Seen::of_comment(reader.comment());
            let told = teller.frame(&frame, &seen);
            others = others.max(teller.conversations());
            if told.is_empty() {
                if let Some(progress) = &progress {
                    progress.show(&reader, read, presenter.out);
                }
                continue;
            }
            // Mostly they stay the same: their names are not made anew for each frame.
            name_ends(&teller, &mut ends, &mut presenter);
            presenter.roles_guessed(teller.are_roles_guessed());
            if showing.tell_each(&mut presenter, told, self.chosen.as_ref())? {
                return Ok(Exit::Fine);
            }
        };
        name_ends(&teller, &mut ends, &mut presenter);
        let (told, summary) = teller.finish(None, 0, None);
        if summary.frames == 0 && damage.is_none() {
            let lacking = format!("no TCP conversation {stream}");
            return Err(nothing_to_tell(self.shown, &lacking, read, unread));
        }
        if showing.tell_each(&mut presenter, told, self.chosen.as_ref())? {
            return Ok(Exit::Fine);
        }
        if let Some(chosen) = &self.chosen {
            chosen.finish(self.shown, showing.told, damage.is_none(), presenter.out)?;
            if showing.told == 0 {
                return ended(damage.map(anyhow::Error::from));
            }
        }
        presenter.left_out(showing.left_out)?;
        if let Some(damage) = damage {
            if summary.frames > 0 {
                presenter.summary(&summary, &[])?;
            }
            return Err(damage.into());
        }
        let seen = teller.secure();
        if let Some(command) =
            self.with_keys.filter(|_| seen.conversations > seen.opened && !keys.are_named())
        {
            self.hints.insert(0, Hint { command, shows: "what is inside, by its keys" });
        }
        if presenter.is_about_websocket() {
            for hint in self.hints.iter_mut().filter(|hint| hint.command == "netlab handshake") {
                *hint = Hint { command: "netlab websocket".to_owned(), shows: "a WebSocket, live" };
            }
        }
        presenter.summary(&summary, &self.hints)?;
        if let Some((text, _)) = keys.useless(teller.secure(), "this conversation") {
            presenter.out.notice(&text);
        }
        showing.score(&mut presenter)?;
        if self.input.is_once() && others > 1 {
            let more = grouped(others as u64 - 1);
            out.notice(&format!("{more} more in this capture: --stream 1 ..."));
        }
        Ok(Exit::Fine)
    }
}

/// Tells the screen who talks to whom, if that is not what it was told last.
fn name_ends(teller: &Teller, known: &mut Option<(SocketAddr, SocketAddr)>, presenter: &mut Presenter<'_>) {
    let ends = teller.ends();
    if let (Some((client, server)), true) = (ends, ends != *known) {
        presenter.ends(Some(client), Some(server));
        *known = ends;
    }
}

/// Why there is no story.
pub(crate) fn nothing_to_tell(
    shown: &str,
    lacking: &str,
    read: u64,
    unread: Option<(u64, u16)>,
) -> anyhow::Error {
    match unread {
        _ if read == 0 => anyhow::anyhow!("{shown}: not one frame in it, so there is nothing to tell"),
        Some(frame) => unread_link(shown, frame),
        None => anyhow::anyhow!("{shown}: {lacking} in it; netlab dissect shows its frames"),
    }
}

/// How it ended, where all that could be told was.
///
/// # Errors
/// The damage.
pub(crate) fn ended(damage: Option<anyhow::Error>) -> anyhow::Result<Exit> {
    damage.map_or(Ok(Exit::Fine), Err)
}
