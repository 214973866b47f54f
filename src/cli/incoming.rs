//! What a live story hears: its source, the student's lines, signals; all by one channel.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use netlab::event::LiveEvent;

use super::interrupt::end_its_line;
use super::lines::read_line;

/// So many lines may wait until they are wanted; more are left in the pipe.
const WAITING: usize = 1000;

/// What can come in.
pub(crate) enum Incoming {
    /// From the source.
    Live(LiveEvent),
    /// A line that the student typed.
    Line(TypedLine),
    /// The student's input ended.
    NoMoreLines,
    /// Ctrl-C, or the terminal went away.
    Interrupt,
}

/// A line, and its place among those that wait: the place is free again when the line is dropped.
pub(crate) struct TypedLine {
    pub(crate) text: String,
    _place: Option<Arc<()>>,
}

impl From<String> for TypedLine {
    /// One that was asked for: it waits for nobody.
    fn from(text: String) -> TypedLine {
        TypedLine { text, _place: None }
    }
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
        for signal in caught.forever() {
            if signal == signal_hook::consts::SIGINT {
                end_its_line();
            }
            if signals.send(Incoming::Interrupt).is_err() {
                break;
            }
        }
    });
    if lines {
        let typed = sender.clone();
        thread::spawn(move || {
            let places = Arc::new(());
            while let Ok(Some(text)) = read_line(&mut std::io::stdin().lock()) {
                let line = TypedLine { text, _place: Some(Arc::clone(&places)) };
                if typed.send(Incoming::Line(line)).is_err() {
                    return;
                }
                // Somebody at a terminal never comes near this; `yes` does.
                while Arc::strong_count(&places) > WAITING {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            // Nobody may be there to hear it; then it does not matter either.
            drop(typed.send(Incoming::NoMoreLines));
        });
    }
    Ok((sender, receiver))
}
