//! Signals that the lab's child leaves to its parent.

use std::io;

/// Ctrl-C, a closed terminal, Ctrl-\, Ctrl-Z.
const OF_TERMINAL: [libc::c_int; 4] = [libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, libc::SIGTSTP];

/// From now on Ctrl-C and a closed terminal do not end this process: they reach the parent too, and the child ends when
/// the parent closes its pipe, with all its frames told.
pub(crate) fn leave_to_parent() -> io::Result<()> {
    dispose(libc::SIG_IGN)
}

/// What was left to the parent has its usual meaning again: for a program that is about to be started, which would inherit
/// the rest. Makes nothing but system calls.
pub(super) fn obey_again() -> io::Result<()> {
    dispose(libc::SIG_DFL)
}

fn dispose(how: libc::sighandler_t) -> io::Result<()> {
    for signal in OF_TERMINAL {
        // SAFETY: neither SIG_IGN nor SIG_DFL is a handler of ours, so no code runs in a signal's context.
        if unsafe { libc::signal(signal, how) } == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}
