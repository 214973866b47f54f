//! Shows the steps of a live story: one after the other, each when its turn has come.

use std::time::Duration;

use netlab::event::Verdict;
use netlab::frame::Time;
use netlab::quiz::Question;
use netlab::render::story_released;
use netlab::story::{Told, What};

use super::{Held, Live, MOST_BEHIND, Neighbour, TypedLine, Waiting, Why, Wish};
use crate::cli::prompt::Answer;
use crate::cli::quiz::Then;

impl Live<'_, '_> {
    /// Takes in what is to be told, with the questions about it.
    pub(super) fn tell_each(&mut self, told: Vec<Told>) -> anyhow::Result<()> {
        let asked = self.asker.as_mut().map(|asker| asker.questions(&told)).unwrap_or_default();
        let mut asked = asked.into_iter().peekable();
        for (index, told) in told.into_iter().enumerate() {
            let question = asked.next_if(|(before, _)| *before == index).map(|(_, question)| question);
            self.tell(told, question)?;
        }
        Ok(())
    }

    /// Takes in what is to be told; it waits while another frame stands on the wire.
    fn tell(&mut self, told: Told, question: Option<Question>) -> anyhow::Result<()> {
        let mut step = match told {
            Told::Absorbed(absorbed) => return self.presenter.absorb(absorbed),
            Told::Step(step) => step,
        };
        match step.what {
            What::TcpSyn if self.first_syn.is_none() => self.first_syn = step.at,
            What::ArpRequest | What::NdSolicitation if self.neighbour == Neighbour::NotAsked => {
                self.neighbour = Neighbour::Asked;
            }
            What::ArpReply | What::NdAdvertisement => self.neighbour = Neighbour::Answered,
            _ => {}
        }
        let lost = step.verdict == Some(Verdict::Doomed);
        if lost {
            step.verdict = Some(Verdict::Dropped);
        }
        self.keep_step(&step);
        if lost {
            step.verdict = Some(Verdict::Held);
        }
        self.behind.push_back(Waiting { step, lost, question, asked: false });
        Ok(())
    }

    /// Shows what waits to be told, up to a question or a frame that stands on the wire, at the pace that was asked for.
    fn show(&mut self, wish: &dyn Fn(Wish)) -> anyhow::Result<()> {
        while self.held.is_none()
            && self.asking.is_none()
            && (self.pace.is_due() || self.behind.len() >= MOST_BEHIND)
        {
            let Some(mut waiting) = self.behind.pop_front() else { break };
            let held = waiting.step.verdict == Some(Verdict::Held);
            if let (Some(question), Some(asker)) = (waiting.question.take(), &mut self.asker) {
                self.presenter.open()?;
                if question.is_about_tcp() {
                    self.presenter.in_full()?;
                }
                asker.ask(&question, held, self.presenter.out)?;
                self.asking = Some(question);
                waiting.asked = true;
                self.behind.push_front(waiting);
                break;
            }
            let Waiting { step, lost, asked, .. } = waiting;
            let Some(&number) = step.frames.first().filter(|_| held) else {
                if self.presenter.step(*step)? {
                    self.pace.shown();
                }
                continue;
            };
            let why = match (self.step, asked) {
                (true, _) => Why::Step,
                (false, true) => Why::Asked,
                (false, false) => Why::Passing,
            };
            if why == Why::Step {
                self.presenter.before(&step)?;
                self.ask(lost)?;
            } else {
                wish(Wish::Release(number));
            }
            self.held = Some(Held { number, step: *step, lost, going: why != Why::Step, why });
        }
        Ok(())
    }

    fn ask(&mut self, lost: bool) -> anyhow::Result<()> {
        if lost {
            return self.prompt.ask_lost(self.presenter.out);
        }
        self.prompt.ask(self.presenter.out, true)
    }

    pub(super) fn released(&mut self, number: u64, time: Time, held: Duration) -> anyhow::Result<()> {
        self.teller.released(time, held);
        match self.held.take() {
            Some(Held { number: waiting, mut step, lost, why, .. }) if waiting == number => {
                let mut seen = true;
                if why != Why::Step {
                    step.verdict = Some(if lost { Verdict::Dropped } else { Verdict::Passed });
                    if why == Why::Asked {
                        self.presenter.goes_on(number, held)?;
                    }
                    seen = self.presenter.step(step)?;
                } else if lost {
                    step.verdict = Some(Verdict::Dropped);
                    self.presenter.after(step, None)?;
                    self.lost_in_json(number, held)?;
                } else {
                    self.presenter.after(step, Some(held))?;
                }
                if seen {
                    self.pace.shown();
                }
            }
            other => self.held = other,
        }
        Ok(())
    }

    fn lost_in_json(&mut self, number: u64, held: Duration) -> anyhow::Result<()> {
        if self.presenter.out.json() {
            let mut value = story_released(number, held);
            if let Some(object) = value.as_object_mut() {
                object.insert("lost".to_owned(), true.into());
            }
            self.presenter.out.object(&value)?;
            self.presenter.out.flush()?;
        }
        Ok(())
    }

    /// Shows what can be shown, and takes the student's lines while a question or a frame waits; whether that is enough.
    pub(super) fn answers(&mut self, wish: &dyn Fn(Wish)) -> anyhow::Result<bool> {
        loop {
            if self.asking.is_some() && self.behind.len() >= MOST_BEHIND {
                self.asking = None;
                self.presenter.out.notice("very much came meanwhile: the question is over");
            }
            self.show(wish)?;
            if self.asking.is_none() && self.held.as_ref().is_none_or(|held| held.going) {
                return Ok(false);
            }
            let Some(TypedLine { text: line, .. }) = self.lines.pop_front() else {
                if let Some(held) = self.held.as_ref().filter(|_| self.no_more_lines) {
                    let text = format!(
                        "the input has ended: frame {} stays where it is, and the story ends here; each line lets one frame through",
                        held.number
                    );
                    self.presenter.out.notice(&text);
                }
                return Ok(self.no_more_lines);
            };
            if let (Some(question), Some(asker)) = (&self.asking, &mut self.asker) {
                match asker.take(&line, question, self.presenter.out)? {
                    Then::Over => self.asking = None,
                    Then::Waits => {}
                    Then::Quit => return Ok(true),
                }
                continue;
            }
            let Some(Held { number, step, lost, going, .. }) = &mut self.held else { continue };
            let lost = *lost;
            match self.prompt.answer(&line, self.presenter, step)? {
                Answer::Next => {
                    *going = true;
                    wish(Wish::Release(*number));
                }
                Answer::Stay => self.ask(lost)?,
                Answer::Quit => return Ok(true),
            }
        }
    }

    /// How the quiz went.
    pub(super) fn score(&mut self) -> anyhow::Result<()> {
        self.asker.as_ref().map_or(Ok(()), |asker| asker.score(self.presenter.out))
    }
}
