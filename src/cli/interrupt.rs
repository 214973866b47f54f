//! Ctrl-C in the middle of long work: what is known so far is shown, then the run ends.

use std::io;
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
