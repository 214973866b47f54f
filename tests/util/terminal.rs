//! netlab in a real pseudo-terminal: what a person types, what a person sees.

#![allow(dead_code, reason = "each test file uses its part of this")]

use std::io::{Read, Write};
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pty};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// A running netlab and its terminal.
pub(crate) struct Terminal {
    pty: Arc<Pty>,
    child: std::process::Child,
    reader: JoinHandle<()>,
    stop: Arc<AtomicBool>,
    bytes: Receiver<Vec<u8>>,
    /// All that was shown so far.
    pub(crate) seen: String,
    /// What was shown before the newest wait.
    mark: usize,
}

impl Terminal {
    /// Starts netlab in a terminal of this many columns.
    pub(crate) fn start(args: &[&str], columns: u16) -> Terminal {
        let (pty, pts) = pty_process::blocking::open().expect("a pseudo-terminal");
        pty.resize(pty_process::Size::new(50, columns)).expect("its size");
        let child = Command::new(env!("CARGO_BIN_EXE_netlab"))
            .args(args)
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .spawn(pts)
            .expect("netlab starts");
        let (sender, bytes) = channel();
        let pty = Arc::new(pty);
        let stop = Arc::new(AtomicBool::new(false));
        let (from, stopped) = (Arc::clone(&pty), Arc::clone(&stop));
        let reader = thread::spawn(move || {
            let mut part = [0; 4096];
            while !stopped.load(Ordering::Relaxed) {
                // Not blocked in a read for ever: the terminal must be able to go away.
                let wait = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
                let ready = poll(&mut [PollFd::new(&*from, PollFlags::IN)], Some(&wait)).expect("poll");
                if ready == 0 {
                    continue;
                }
                match (&*from).read(&mut part) {
                    Ok(count) if count > 0 && sender.send(part[..count].to_vec()).is_ok() => {}
                    _ => break,
                }
            }
        });
        Terminal { pty, child, reader, stop, bytes, seen: String::new(), mark: 0 }
    }

    /// Types.
    pub(crate) fn type_text(&mut self, text: &str) {
        (&*self.pty).write_all(text.as_bytes()).expect("the terminal takes it");
    }

    /// Waits until `text` is shown, after what was waited for before; gives all that was shown from there up to its end.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        self.wait_for_within(text, Duration::from_secs(20))
    }

    /// The same with a limit of its own.
    pub(crate) fn wait_for_within(&mut self, text: &str, limit: Duration) -> String {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(at) = self.seen[self.mark..].find(text) {
                let end = self.mark + at + text.len();
                let shown = self.seen[self.mark..end].to_owned();
                self.mark = end;
                return shown;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(part) => self.seen.push_str(&String::from_utf8_lossy(&part)),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("{text:?} was not shown; this was:\n{}", self.seen)
                }
            }
        }
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("it ends");
        while let Ok(part) = self.bytes.recv_timeout(Duration::from_millis(200)) {
            self.seen.push_str(&String::from_utf8_lossy(&part));
        }
        (status, self.seen)
    }

    /// The terminal goes away, as when its window is closed; waits for netlab's end.
    pub(crate) fn close(self) -> ExitStatus {
        let Terminal { pty, mut child, reader, stop, .. } = self;
        stop.store(true, Ordering::Relaxed);
        reader.join().expect("the reader ends");
        drop(pty);
        child.wait().expect("it ends")
    }

    /// The process, to be asked about while it runs.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}
