//! The stepper's line: what it offers, and what an answer means. Works line by line, in any terminal.

use netlab::dissect::Packet;
use netlab::flow::Tracker;
use netlab::flow::talk::Findings;
use netlab::render::{Ink, Line};
use netlab::story::Step;

use super::Output;
use super::present::Presenter;

/// What the student wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// On to the next frame.
    Next,
    /// Something was shown; ask again.
    Stay,
    /// Enough.
    Quit,
}

/// Asks, and understands answers.
#[derive(Debug, Default)]
pub(crate) struct Prompt {
    asked: bool,
}

impl Prompt {
    /// The line below a frame that waits. The whole list of keys is shown the first time only.
    pub(crate) fn ask(&mut self, out: &mut Output, live: bool) -> anyhow::Result<()> {
        self.offer(if live { "Enter: let it through" } else { "Enter: next" }, out)
    }

    /// The same below a frame that the wire will lose.
    #[cfg(all(feature = "live", target_os = "linux"))]
    pub(crate) fn ask_lost(&mut self, out: &mut Output) -> anyhow::Result<()> {
        self.offer("Enter: the wire loses it", out)
    }

    fn offer(&mut self, enter: &str, out: &mut Output) -> anyhow::Result<()> {
        if out.json() {
            return Ok(());
        }
        let text = if self.asked {
            format!("{enter} · ? help")
        } else {
            format!("{enter} · b back · x bytes · l layers · ? help · q quit")
        };
        self.asked = true;
        out.line(&Line::new().with(Ink::Faint, text))?;
        out.flush()?;
        Ok(())
    }

    /// Does what was typed.
    pub(crate) fn answer(
        &mut self,
        line: &str,
        presenter: &mut Presenter<'_>,
        step: &Step,
    ) -> anyhow::Result<Answer> {
        match line.trim() {
            "" | "n" => return Ok(Answer::Next),
            "q" | "quit" | "exit" | "\u{4}" => return Ok(Answer::Quit),
            _ if presenter.out.json() => {}
            "b" => presenter.again()?,
            "x" => presenter.dump(step)?,
            "l" => layers(presenter.out, step)?,
            "?" | "h" | "help" => help(presenter.out)?,
            other => presenter.out.plain(&format!("No key {other}: ? lists them."))?,
        }
        Ok(Answer::Stay)
    }
}

fn help(out: &mut Output) -> anyhow::Result<()> {
    for line in [
        "  Enter  let this frame go, and on to the next",
        "  b      the step before, once more; again: one further back",
        "  x      this frame's bytes, the numbers of this step marked",
        "  l      this frame's layers, field by field",
        "  q      enough",
    ] {
        out.plain(line)?;
    }
    Ok(())
}

/// The frame's layers and fields.
fn layers(out: &mut Output, step: &Step) -> anyhow::Result<()> {
    let Some(frame) = step.frame() else { return Ok(()) };
    let packet = Packet::new(frame);
    let found = Findings::default();
    for line in
        netlab::render::fields::packet(&packet, &Tracker::new(), None, &found, None, None, out.columns())
    {
        out.line(&line)?;
    }
    Ok(())
}
