//! Signals that the lab's child leaves to its parent.

use std::io;

/// From now on Ctrl-C and a closed terminal do not end this process: they reach the parent too, and the child ends when
/// the parent closes its pipe, with all its frames told.
pub(crate) fn leave_to_parent() -> io::Result<()> {
    for signal in [libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, libc::SIGTSTP] {
        // SAFETY: SIG_IGN is no handler of ours, so no code runs in a signal's context.
        if unsafe { libc::signal(signal, libc::SIG_IGN) } == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}
