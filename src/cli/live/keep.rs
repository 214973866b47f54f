//! Keeps the frames of a live story in a file.

use netlab::event::LiveFrame;
use netlab::frame::Time;
use netlab::story::Step;

use super::Live;

impl Live<'_, '_> {
    pub(super) fn keep_step(&mut self, step: &Step) {
        if self.saver.is_none() || step.frames.is_empty() || step.what.is_said() {
            return;
        }
        let comment = self.presenter.comment(step);
        let Some(time) = step.at else { return };
        self.save(step.link, time, &step.bytes, step.original_len, &comment);
    }

    pub(super) fn keep(&mut self, live: &LiveFrame, comment: &str) {
        self.save(live.link, live.time, &live.bytes, live.original_len, comment);
    }

    /// A full disk ends the saving, not the story; it is told at once and again by the exit code.
    fn save(
        &mut self,
        link: netlab::frame::LinkType,
        time: Time,
        bytes: &[u8],
        original_len: u32,
        comment: &str,
    ) {
        let Some(saver) = &mut self.saver else { return };
        if let Err(error) = saver.frame(link, time, bytes, original_len, comment) {
            self.save_error.get_or_insert(error);
        }
    }
}
