//! Programs of other people, started by the lab's child: each in a process group of its own, none outlives the child.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process, kill_process_group, set_child_subreaper,
    set_parent_process_death_signal, wait, waitid,
};

use super::signal;
use crate::event::Exited;

/// From now on whatever our programs leave behind becomes a child of this process, not of init.
pub(crate) fn adopt_orphans() -> io::Result<()> {
    Ok(set_child_subreaper(Some(rustix::process::getpid()))?)
}

/// Starts a program as the head of a process group, in this thread's network namespace. The kernel kills it when this
/// *thread* ends: it must live as long as the program is to.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    command.process_group(0);
    // SAFETY: between fork and exec only async-signal-safe calls are allowed, and both make nothing but system calls.
    unsafe {
        command.pre_exec(|| {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            signal::obey_again()
        });
    }
    command.spawn()
}

/// Waits for a program's end, and leaves it there for [`Child::wait`]: until then nobody else gets its number.
pub(crate) fn wait_for_end(child: u32) -> io::Result<Exited> {
    loop {
        match waitid(WaitId::Pid(pid(child)?), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Ok(Some(status)) => {
                return Ok(Exited { code: status.exit_status(), signal: status.terminating_signal() });
            }
            Ok(None) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Asks a program and all of its group to end, or makes them.
pub(crate) fn end_group(leader: u32, by_force: bool) -> io::Result<()> {
    let signal = if by_force { Signal::KILL } else { Signal::TERM };
    match kill_process_group(pid(leader)?, signal) {
        // Nobody is left in it.
        Ok(()) | Err(Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Kills whatever our programs have left behind, and waits until nothing of it is there.
pub(crate) fn end_orphans() -> io::Result<()> {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Err(Errno::CHILD) => return Ok(()),
            Err(error) => return Err(error.into()),
            // Some live: a process that dies hands its own children on to us, so this comes to an end.
            Ok(None) => {
                for child in children()? {
                    kill_process(pid(child)?, Signal::KILL).ok();
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

/// The processes whose parent is this one.
fn children() -> io::Result<Vec<u32>> {
    let us = std::process::id();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // One that has ended meanwhile has no such file.
        let Ok(line) = fs::read_to_string(entry.path().join("stat")) else { continue };
        // Its name stands in brackets and may hold anything; behind the last one come its state and its parent.
        let behind = line.rsplit_once(')').map(|(_, rest)| rest);
        let parent = behind.and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
        if parent == Some(us) {
            found.push(number);
        }
    }
    Ok(found)
}

fn pid(number: u32) -> io::Result<Pid> {
    let number = i32::try_from(number).ok().filter(|number| *number > 1);
    number.and_then(Pid::from_raw).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
}
