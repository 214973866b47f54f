//! Ctrl-C: in the middle of long work what is known so far is shown, then the run ends; where somebody reads along, it ends at once.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGINT;
use signal_hook::flag;

/// The exit code after Ctrl-C.
const EXIT: i32 = 130;

/// Whether Ctrl-C was typed; the next one ends the run at once.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    typed: Arc<AtomicBool>,
    /// The next one ends the run.
    armed: Arc<AtomicBool>,
}

impl Interrupt {
    /// From now on Ctrl-C is only taken note of, once.
    ///
    /// # Errors
    /// When the system refuses to tell of it.
    pub(crate) fn new() -> io::Result<Interrupt> {
        let interrupt = Interrupt { typed: Arc::default(), armed: Arc::default() };
        // In this order: the second one finds what the first has left.
        flag::register_conditional_shutdown(SIGINT, EXIT, Arc::clone(&interrupt.armed))?;
        flag::register(SIGINT, Arc::clone(&interrupt.armed))?;
        flag::register(SIGINT, Arc::clone(&interrupt.typed))?;
        Ok(interrupt)
    }

    /// Whether it was typed.
    pub(crate) fn typed(&self) -> bool {
        self.typed.load(Ordering::Relaxed)
    }

    /// Nobody asks any more: from now on even the first one ends the run at once.
    pub(crate) fn ends_at_once(&self) {
        self.armed.store(true, Ordering::Relaxed);
    }
}

/// The terminal shows a Ctrl-C as `^C` in the line where it was typed: what comes next, mostly the shell's prompt, gets a line of its own.
pub(crate) fn end_its_line() {
    let mut screen = io::stderr();
    if screen.is_terminal() && io::stdin().is_terminal() {
        // Who can't be told can't see the prompt either.
        drop(writeln!(screen));
    }
}

/// From now on Ctrl-C ends the run at once, and its line.
///
/// # Errors
/// When the system refuses to tell of it.
pub(crate) fn ends_in_its_own_line() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut caught = signal_hook::iterator::Signals::new([SIGINT])?;
        std::thread::spawn(move || {
            if caught.forever().next().is_some() {
                end_its_line();
                // With a code, as everywhere: a shell that saw a signal would end the line once more.
                signal_hook::low_level::exit(EXIT);
            }
        });
    }
    Ok(())
}
