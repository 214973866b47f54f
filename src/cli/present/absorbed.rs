//! Copies that were kept back while a frame was held: told with the next step.

use netlab::event::Host;
use netlab::frame::in_words;
use netlab::render::{Line, story_absorbed};
use netlab::story::Absorbed;

use super::Presenter;

impl Presenter<'_> {
    /// A copy that was kept back: told with the next step, in one line.
    pub(crate) fn absorb(&mut self, absorbed: Absorbed) -> anyhow::Result<()> {
        if self.out.json() {
            self.json(&story_absorbed(absorbed.frame, absorbed.time, absorbed.from))?;
            self.out.flush()?;
        } else {
            self.absorbed.push(absorbed);
        }
        Ok(())
    }

    /// Copies that were kept back, in one line: `the client had no answer, and sent its own frame again after 1.0 s and 3.0 s`.
    pub(super) fn say_absorbed(&mut self) -> anyhow::Result<()> {
        let absorbed = std::mem::take(&mut self.absorbed);
        for host in [Host::Client, Host::Server] {
            let times: Vec<String> = absorbed
                .iter()
                .filter(|copy| copy.from == host)
                .filter_map(|copy| copy.since)
                .map(in_words)
                .collect();
            let Some((last, others)) = times.split_last() else { continue };
            let list = match others {
                [] => last.clone(),
                _ => format!("{} and {last}", others.join(", ")),
            };
            let copies = if others.is_empty() { "copy" } else { "copies" };
            // It need not be the frame that is held: that may be the answer to it.
            let text = format!(
                "the {host} had no answer, and sent its own frame again after {list}; netlab kept the {copies} back"
            );
            if let Some((picture, _)) = &mut self.picture {
                picture.remark(&text);
                continue;
            }
            for part in netlab::render::wrap(&text, self.out.width - 8) {
                self.out.line(&Line::from("     │  ").with(netlab::render::ink_of(host), part))?;
            }
        }
        Ok(())
    }
}
