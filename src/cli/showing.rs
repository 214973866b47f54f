//! Shows the steps of a capture: at once, at a pace, one by one, with questions before some.

use std::time::Duration;

use netlab::quiz::Question;
use netlab::story::{Step, Told};

use super::lines::next_line;
use super::present::Presenter;
use super::prompt::{Answer, Prompt};
use super::quiz::{Asker, Then};
use super::select::ChosenSteps;

/// How the steps come.
#[derive(Default)]
pub(crate) struct Showing {
    /// As fast as it was, times this.
    pub(crate) speed: Option<f64>,
    /// The presenter lets time pass between two steps.
    pub(crate) paced: bool,
    /// Each waits for Enter.
    pub(crate) step: bool,
    /// Asks before some.
    pub(crate) asker: Option<Asker>,
    pub(crate) prompt: Prompt,
    /// Steps so far.
    pub(crate) told: u64,
    /// Steps since the last one that was told.
    pub(crate) left_out: u64,
}

impl Showing {
    /// Whether somebody reads along: what comes next waits for them.
    pub(crate) fn waits(&self) -> bool {
        self.step || self.speed.is_some() || self.asker.is_some() || self.paced
    }

    /// Tells what comes of one frame, as far as it is among those chosen; whether the reader has had enough.
    pub(crate) fn tell_each(
        &mut self,
        presenter: &mut Presenter<'_>,
        told: Vec<Told>,
        chosen: Option<&ChosenSteps>,
    ) -> anyhow::Result<bool> {
        let asked = self.asker.as_mut().map(|asker| asker.questions(&told)).unwrap_or_default();
        let mut asked = asked.into_iter().peekable();
        for (index, told) in told.into_iter().enumerate() {
            if let Some((_, question)) = asked.next_if(|(before, _)| *before == index)
                && self.ask(presenter, &question)?
            {
                return Ok(true);
            }
            if self.tell(presenter, told, chosen)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How the quiz went.
    pub(crate) fn score(&self, presenter: &mut Presenter<'_>) -> anyhow::Result<()> {
        self.asker.as_ref().map_or(Ok(()), |asker| asker.score(presenter.out))
    }

    fn ask(&mut self, presenter: &mut Presenter<'_>, question: &Question) -> anyhow::Result<bool> {
        let Some(asker) = &mut self.asker else { return Ok(false) };
        presenter.open()?;
        if question.is_about_tcp() {
            presenter.in_full()?;
        }
        asker.ask(question, false, presenter.out)?;
        loop {
            let then = match next_line()? {
                Some(line) => asker.take(&line, question, presenter.out)?,
                None => Then::Quit,
            };
            match then {
                Then::Over => return Ok(false),
                Then::Waits => {}
                Then::Quit => {
                    asker.score(presenter.out)?;
                    return Ok(true);
                }
            }
        }
    }

    fn tell(
        &mut self,
        presenter: &mut Presenter<'_>,
        told: Told,
        chosen: Option<&ChosenSteps>,
    ) -> anyhow::Result<bool> {
        let is_chosen = |frame| chosen.is_none_or(|chosen| chosen.tells(frame));
        let step = match told {
            Told::Step(step) if !is_chosen(step.frames.first().copied()) => {
                self.left_out += 1;
                return Ok(false);
            }
            Told::Step(step) => *step,
            Told::Absorbed(absorbed) if !is_chosen(Some(absorbed.frame)) => return Ok(false),
            Told::Absorbed(absorbed) => {
                presenter.absorb(absorbed)?;
                return Ok(false);
            }
        };
        presenter.left_out(std::mem::take(&mut self.left_out))?;
        self.told += 1;
        if self.step {
            return self.wait_for_enter(presenter, step);
        }
        let in_time = self.speed.zip(step.since).map(|(speed, since)| {
            Duration::try_from_secs_f64(since.as_secs_f64() / speed).unwrap_or(Duration::MAX)
        });
        if let Some(wait) = in_time {
            presenter.out.flush()?;
            std::thread::sleep(wait);
        }
        presenter.step(step)?;
        Ok(false)
    }

    fn wait_for_enter(&mut self, presenter: &mut Presenter<'_>, step: Step) -> anyhow::Result<bool> {
        presenter.before(&step)?;
        loop {
            self.prompt.ask(presenter.out, false)?;
            let Some(line) = next_line()? else {
                presenter.out.plain("")?;
                return Ok(true);
            };
            match self.prompt.answer(&line, presenter, &step)? {
                Answer::Next => {
                    presenter.after(step, None)?;
                    return Ok(false);
                }
                Answer::Stay => {}
                Answer::Quit => return Ok(true),
            }
        }
    }
}
