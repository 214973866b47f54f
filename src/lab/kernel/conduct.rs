//! The loop of the lab: one, on one thread, so that all that is told is in order.

use std::io;
use std::time::Duration;

use super::carrier::{Carrier, Happened};
use crate::frame::Time;

/// Who knows what the programs on the two hosts do, and when all is over.
pub(super) trait Conductor {
    /// Who carries their frames.
    fn carrier(&mut self) -> &mut Carrier;

    /// Adds what the programs have said since the last time; whether there was something.
    fn hear(&mut self, happened: &mut Vec<(Time, Happened)>) -> bool;

    /// Deals with the next thing that happened, in order of time.
    fn take(&mut self, time: Time, what: Happened) -> io::Result<()>;

    /// Nothing is to be dealt with: goes on as far as it is time to. Whether the end was told.
    fn go_on(&mut self) -> io::Result<bool>;

    /// How long to wait for something to happen before it is time to look again; `None`: as long as it takes.
    fn patience(&self) -> Option<Duration>;
}

/// Conducts to the story's end, or until the parent is gone; whether it was the end.
pub(super) fn conduct(conductor: &mut impl Conductor) -> io::Result<bool> {
    loop {
        let busy = turn(conductor)?;
        if conductor.carrier().is_alone() {
            return Ok(false);
        }
        if !busy && conductor.go_on()? {
            return Ok(true);
        }
        conductor.carrier().flush()?;
        if !busy {
            let patience = conductor.patience();
            conductor.carrier().wait(patience)?;
        }
    }
}

/// Takes all that has happened, in order of time; says whether there was something.
fn turn(conductor: &mut impl Conductor) -> io::Result<bool> {
    let mut happened = conductor.carrier().arrived()?;
    // After the frames: whatever a program said before it caused a frame is there by now.
    let heard = conductor.hear(&mut happened);
    let busy = conductor.carrier().obey()? || heard || !happened.is_empty();
    happened.sort_by_key(|(time, _)| *time);
    for (time, what) in happened {
        conductor.take(time, what)?;
    }
    Ok(busy)
}
