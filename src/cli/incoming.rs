//! What a live story hears: its source, the student's lines, signals; all by one channel.

use std::io::BufRead;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use netlab::event::LiveEvent;

/// What can come in.
pub(crate) enum Incoming {
    /// From the source.
    Live(LiveEvent),
    /// A line that the student typed.
    Line(String),
    /// The student's input ended.
    NoMoreLines,
    /// Ctrl-C, or the terminal went away.
    Interrupt,
}

/// The channel that everything comes in by, with the threads that feed it lines and signals.
pub(crate) fn incoming(lines: bool) -> anyhow::Result<(Sender<Incoming>, Receiver<Incoming>)> {
    let (sender, receiver) = channel();
    let signals = sender.clone();
    let mut caught = signal_hook::iterator::Signals::new([
        signal_hook::consts::SIGINT,
        signal_hook::consts::SIGTERM,
        signal_hook::consts::SIGHUP,
    ])?;
    thread::spawn(move || {
        for _ in caught.forever() {
            if signals.send(Incoming::Interrupt).is_err() {
                break;
            }
        }
    });
    if lines {
        let typed = sender.clone();
        thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                if typed.send(Incoming::Line(line)).is_err() {
                    return;
                }
            }
            // Nobody may be there to hear it; then it does not matter either.
            drop(typed.send(Incoming::NoMoreLines));
        });
    }
    Ok((sender, receiver))
}
