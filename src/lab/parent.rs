//! The parent's side: starts the child, hears what it tells, lets frames through, ends it.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::message::{self, Command as HostCommand, Down, Play, Start, Up};
use super::scenario::{Order, Scenario};
use crate::event::LiveEvent;
use crate::live::{Broken, Step};

/// The hidden argument that makes netlab the lab's child.
pub const CHILD: &str = "__lab-child";

/// Whether this process was started as the lab's child; `main` asks first of all and then calls `child_main`.
pub fn is_child() -> bool {
    std::env::args_os().nth(1).is_some_and(|argument| argument == CHILD)
}

/// What is to be played, and how.
#[derive(Clone, Debug)]
pub struct LabOptions {
    /// What to start again as the child: netlab's own executable. (In a test the running executable is the test.)
    pub exe: PathBuf,
    /// IPv6 between the hosts, not IPv4.
    pub ipv6: bool,
    /// Who does what.
    pub scenario: Scenario,
    /// Hold every frame of the story until it is released.
    pub step: bool,
    /// A router between the hosts, each of which is then in a network of its own: two links, and every packet is seen on
    /// both. Not in step mode.
    pub router: bool,
    /// What the client says: one text, or several in turn.
    pub messages: Vec<Vec<u8>>,
}

/// Programs that are started on the hosts, whoever wrote them.
#[derive(Clone, Debug)]
pub struct StartOptions {
    /// What to start again as the child: netlab's own executable.
    pub exe: PathBuf,
    /// IPv6 between the hosts, not IPv4.
    pub ipv6: bool,
    /// The programs. They have this process's environment and working directory, and `NETLAB_CLIENT` and `NETLAB_SERVER`
    /// hold the hosts' addresses. The story ends when all of the client's have ended.
    pub commands: Vec<HostCommand>,
    /// The client's programs are started once the server listens on all of these ports: at its own address, or at its
    /// loopback's.
    pub ready: Vec<u16>,
    /// For how long the client's programs may run.
    pub limit: Duration,
}

/// Why there is no lab.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A step of building it failed.
    #[error("{0}")]
    Broken(#[from] Broken),
    /// The child ended, or said something that cannot be understood.
    #[error("the lab's child ({}) ended before it was ready{}", exe.display(), after_colon(.said))]
    Silent {
        /// What was started.
        exe: PathBuf,
        /// What it wrote on standard error.
        said: String,
    },
}

fn after_colon(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {}", said.trim_end()) }
}

/// A running lab. Dropping it ends the child and waits for that.
#[derive(Debug)]
pub struct Lab {
    child: Child,
    /// `None` once it is closed: that is what ends the child.
    down: Mutex<Option<ChildStdin>>,
    reader: Option<JoinHandle<()>>,
}

impl Lab {
    /// Builds the lab and lets the scenario begin. `on_event` is called for every event, first with
    /// [`LiveEvent::Ready`], in order, on a thread of the lab's own; the last is [`LiveEvent::Finished`] or
    /// [`LiveEvent::Failed`].
    ///
    /// # Errors
    /// Where the lab cannot be built; `on_event` was not called then.
    pub fn start(
        options: LabOptions,
        on_event: impl FnMut(LiveEvent) + Send + 'static,
    ) -> Result<Lab, LabError> {
        let LabOptions { exe, ipv6, scenario, step, router, messages } = options;
        let play = Down::Play(Box::new(Play { ipv6, scenario, step, router: router && !step, messages }));
        Lab::begin(exe, &play, on_event)
    }

    /// Builds the lab and starts programs on its hosts; their lines and their ends are told as
    /// [`ProgramEvent`](crate::event::ProgramEvent)s. Otherwise as [`start`](Lab::start). When the story is over, or this is
    /// dropped, programs that still run are asked to end (SIGTERM), then made to.
    ///
    /// # Errors
    /// Where the lab cannot be built. That a program cannot be started is told as [`LiveEvent::Failed`].
    pub fn start_programs(
        options: StartOptions,
        on_event: impl FnMut(LiveEvent) + Send + 'static,
    ) -> Result<Lab, LabError> {
        let StartOptions { exe, ipv6, commands, ready, limit } = options;
        let start = Down::Start(Box::new(Start { ipv6, commands, ready, limit }));
        Lab::begin(exe, &start, on_event)
    }

    fn begin(
        exe: PathBuf,
        first: &Down,
        mut on_event: impl FnMut(LiveEvent) + Send + 'static,
    ) -> Result<Lab, LabError> {
        let (mut child, down) = start_child(&exe, first)?;
        let mut up = child.stdout.take().ok_or_else(no_pipe)?;
        let mut rest = Vec::new();
        let first = message::read::<Up>(&mut up, &mut rest);
        let mut lab = Lab { child, down: Mutex::new(Some(down)), reader: None };
        match first {
            Ok(Some(Up::Event(ready))) => on_event(ready),
            Ok(Some(Up::Broken(broken))) => return Err(broken.into()),
            Ok(Some(Up::Works) | None) | Err(_) => {
                lab.close();
                let said = last_words(lab.child.stderr.take());
                return Err(LabError::Silent { exe, said });
            }
        }
        let stderr = lab.child.stderr.take();
        let reader = std::thread::Builder::new().name("lab".to_owned()).spawn(move || {
            let mut ended = false;
            while let Ok(Some(Up::Event(event))) = message::read::<Up>(&mut up, &mut rest) {
                ended |= matches!(event, LiveEvent::Finished { .. } | LiveEvent::Failed(_));
                on_event(event);
            }
            if !ended {
                let said = after_colon(&last_words(stderr));
                on_event(LiveEvent::Failed(format!("the lab's child ended early{said}")));
            }
        });
        lab.reader = Some(reader.map_err(Broken::at(Step::Child))?);
        Ok(lab)
    }

    /// Lets a held frame through; the oldest one is the only one that goes. After the end it does nothing.
    pub fn release(&self, number: u64) {
        self.say(&Down::Release(number));
    }

    /// Has a client that obeys do this. After the end it does nothing.
    pub fn order(&self, order: Order) {
        self.say(&Down::Order(order));
    }

    fn say(&self, what: &Down) {
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipe) = down.as_mut()
            && message::write(pipe, what).is_err()
        {
            *down = None;
        }
    }

    /// Ends it, wherever the story is, and waits until the child is gone and all its events were told.
    pub fn stop(self) {
        drop(self);
    }

    fn close(&self) {
        *self.down.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What the child wrote on standard error before it died; half a sentence is better than none.
fn last_words(stderr: Option<ChildStderr>) -> String {
    let mut said = Vec::new();
    if let Some(stderr) = stderr {
        stderr.take(4096).read_to_end(&mut said).ok();
    }
    String::from_utf8_lossy(&said).into_owned()
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.close();
        // Waiting fails only where somebody else has waited for it already.
        self.child.wait().ok();
        if let Some(reader) = self.reader.take() {
            reader.join().ok();
        }
    }
}

pub(super) fn start_child(exe: &Path, first: &Down) -> Result<(Child, ChildStdin), Broken> {
    let broken = || Broken::at(Step::Child);
    let mut child = Command::new(exe)
        .arg(CHILD)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(broken())?;
    let mut down = child.stdin.take().ok_or_else(no_pipe)?;
    // A child that died at once breaks the pipe; its end is told when its answer is read.
    match message::write(&mut down, first) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(broken()(error)),
        _ => Ok((child, down)),
    }
}

fn no_pipe() -> Broken {
    Broken { step: Step::Child, errno: 0 }
}
