//! Other people's programs on the hosts: starts them, hears what they write and how they end, and leaves nothing of them.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::build::Hosts;
use crate::event::{Exited, Host};
use crate::frame::Time;
use crate::lab::message::Command as HostCommand;
use crate::sys::{self, namespace, process};

/// So many words may wait to be heard; then a program that writes more waits.
const WAITING: usize = 256;
/// A longer line is told in pieces.
const LINE_BYTES: usize = 4096;
/// What a program wrote just before its end is heard before that.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// Programs that are asked to end have so long, where nobody waits for the story's rest.
const FAREWELL: Duration = Duration::from_secs(1);

/// What is heard of a program, by its place among the programs.
pub(super) enum Word {
    /// It runs.
    Started(usize, Child),
    /// It could not be started.
    NotStarted(usize, io::Error),
    /// It wrote a line.
    Said(usize, Time, String),
    /// It has ended.
    Ended(usize, Time, Exited),
}

impl Word {
    /// Whose it is.
    pub(super) fn of(&self) -> usize {
        match self {
            Word::Started(index, _)
            | Word::NotStarted(index, _)
            | Word::Said(index, ..)
            | Word::Ended(index, ..) => *index,
        }
    }
}

/// One program.
struct Program {
    host: Host,
    name: String,
    line: Vec<Vec<u8>>,
    /// It is being started, or was.
    begun: bool,
    child: Option<Child>,
    ended: Option<Exited>,
}

/// All of them. Dropped, it ends them.
pub(super) struct Programs {
    all: Vec<Program>,
    threads: Vec<JoinHandle<()>>,
    words: Option<Receiver<Word>>,
    sender: SyncSender<Word>,
}

impl Programs {
    /// Takes them in; none is started yet.
    pub(super) fn new(commands: Vec<HostCommand>) -> io::Result<Programs> {
        process::adopt_orphans()?;
        let (sender, words) = mpsc::sync_channel(WAITING);
        let program = |HostCommand { host, line }| {
            let name = line.first().map(|first| name_of(first)).unwrap_or_default();
            Program { host, name, line, begun: false, child: None, ended: None }
        };
        let all = commands.into_iter().map(program).collect();
        Ok(Programs { all, threads: Vec::new(), words: Some(words), sender })
    }

    /// Starts those of one host.
    pub(super) fn start(
        &mut self,
        host: Host,
        hosts: &Hosts,
        ring: &(impl Fn() + Clone + Send + 'static),
    ) -> io::Result<()> {
        for (index, program) in self.all.iter_mut().enumerate().filter(|(_, program)| program.host == host) {
            program.begun = true;
            let command = command(&program.line, hosts);
            let home = hosts.of(host).namespace.try_clone()?;
            let (sender, ring) = (self.sender.clone(), ring.clone());
            let tell = move |word| {
                // At the end nobody listens any more.
                if sender.send(word).is_ok() {
                    ring();
                }
            };
            let thread = std::thread::Builder::new().name(program.name.clone());
            self.threads.push(thread.spawn(move || run(index, command, &home, tell))?);
        }
        Ok(())
    }

    /// The next thing heard that is to be told, if there is one.
    pub(super) fn hear(&mut self) -> Option<Word> {
        loop {
            let word = self.words.as_ref()?.try_recv().ok()?;
            if let Some(word) = self.note(word) {
                return Some(word);
            }
        }
    }

    /// Takes in what is this room's business of a word; gives those that others want to hear.
    fn note(&mut self, word: Word) -> Option<Word> {
        match word {
            Word::Started(index, child) => {
                self.all.get_mut(index)?.child = Some(child);
                None
            }
            Word::NotStarted(index, _) => {
                self.all.get_mut(index)?.begun = false;
                Some(word)
            }
            Word::Ended(index, _, how) => {
                self.all.get_mut(index)?.ended = Some(how);
                Some(word)
            }
            Word::Said(..) => Some(word),
        }
    }

    /// Where a program runs, and its name.
    pub(super) fn about(&self, index: usize) -> Option<(Host, &str)> {
        self.all.get(index).map(|program| (program.host, program.name.as_str()))
    }

    /// Whether all of a host's have ended.
    pub(super) fn have_ended(&self, host: Host) -> bool {
        self.all.iter().filter(|program| program.host == host).all(|program| program.ended.is_some())
    }

    /// Whether one of a host's has ended badly.
    pub(super) fn one_has_failed(&self, host: Host) -> bool {
        let failed = |how: Exited| how.code != Some(0);
        self.all.iter().any(|program| program.host == host && program.ended.is_some_and(failed))
    }

    /// Whether none runs.
    pub(super) fn are_over(&self) -> bool {
        self.all.iter().all(|program| program.ended.is_some() || !program.begun)
    }

    /// Whether a host has any.
    pub(super) fn has_any(&self, host: Host) -> bool {
        self.all.iter().any(|program| program.host == host)
    }

    /// The names of those of a host that run, and how the others have ended.
    pub(super) fn in_words(&self, host: Host) -> String {
        let told =
            self.all.iter().filter(|program| program.host == host).map(|program| match program.ended {
                Some(how) => format!("{} has ended ({how})", program.name),
                None => format!("{} runs", program.name),
            });
        told.collect::<Vec<_>>().join(", ")
    }

    /// Asks those that run to end, or makes them; and makes those that the ended ones have left in their group.
    pub(super) fn end(&self, by_force: bool) -> io::Result<()> {
        for program in &self.all {
            if let Some(child) = &program.child {
                process::end_group(child.id(), by_force || program.ended.is_some())?;
            }
        }
        Ok(())
    }

    /// Ends all that is still there, without the story: waits until nothing of it is.
    pub(super) fn leave_nothing(&mut self) -> io::Result<()> {
        // One that is just being started cannot be asked yet.
        while self.all.iter().any(|program| program.begun && program.child.is_none()) {
            let Some(Ok(word)) = self.words.as_ref().map(Receiver::recv) else { break };
            self.note(word);
        }
        self.end(false)?;
        let until = Instant::now() + FAREWELL;
        while !self.are_over() {
            let left = until.saturating_duration_since(Instant::now());
            let Some(Ok(word)) = self.words.as_ref().map(|words| words.recv_timeout(left)) else { break };
            self.note(word);
        }
        self.bury()
    }

    /// Kills whatever is left, and reaps it all.
    fn bury(&mut self) -> io::Result<()> {
        self.end(true)?;
        for program in &mut self.all {
            if let Some(mut child) = program.child.take() {
                // Fails only where somebody has reaped it already.
                child.wait().ok();
            }
        }
        process::end_orphans()?;
        // A thread that waits to be heard goes on when nobody listens any more.
        self.words = None;
        for thread in self.threads.drain(..) {
            thread.join().ok();
        }
        Ok(())
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        if self.words.is_some() {
            // There is nobody left to tell of a failure.
            self.leave_nothing().ok();
        }
    }
}

fn name_of(program: &[u8]) -> String {
    let path = OsString::from_vec(program.to_vec());
    let name = Path::new(&path).file_name().unwrap_or(&path);
    name.to_string_lossy().into_owned()
}

fn command(line: &[Vec<u8>], hosts: &Hosts) -> Command {
    let mut words = line.iter().map(|word| OsString::from_vec(word.clone()));
    let mut command = Command::new(words.next().unwrap_or_default());
    command
        .args(words)
        .env("NETLAB_CLIENT", hosts.client.address.ip().to_string())
        .env("NETLAB_SERVER", hosts.server.address.ip().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The life of a program: on a thread of its own, in its host's network.
fn run(index: usize, mut command: Command, home: &OwnedFd, tell: impl Fn(Word) + Clone + Send + 'static) {
    let started = namespace::enter_net_namespace(home).and_then(|()| process::spawn(&mut command));
    let mut child = match started {
        Ok(child) => child,
        Err(error) => return tell(Word::NotStarted(index, error)),
    };
    let number = child.id();
    let (listening, silent) = mpsc::channel::<()>();
    let mut readers = Vec::new();
    if let Some(pipe) = child.stdout.take() {
        readers.push(lines(index, pipe, tell.clone(), listening.clone()));
    }
    if let Some(pipe) = child.stderr.take() {
        readers.push(lines(index, pipe, tell.clone(), listening.clone()));
    }
    drop(listening);
    tell(Word::Started(index, child));
    let how = process::wait_for_end(number).unwrap_or(Exited { code: None, signal: None });
    // Ends when both pipes have; what the program has left behind may keep them open.
    silent.recv_timeout(LAST_WORDS).ok();
    tell(Word::Ended(index, sys::now(), how));
    for reader in readers.into_iter().flatten() {
        reader.join().ok();
    }
}

/// Tells each line that comes out of a pipe, until its end.
fn lines(
    index: usize,
    mut pipe: impl Read + Send + 'static,
    tell: impl Fn(Word) + Send + 'static,
    listening: mpsc::Sender<()>,
) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().spawn(move || {
        let mut line = Vec::new();
        let mut part = [0; LINE_BYTES];
        let say = |line: &[u8]| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            tell(Word::Said(index, sys::now(), String::from_utf8_lossy(line).into_owned()));
        };
        while let Ok(count @ 1..) = pipe.read(&mut part) {
            line.extend_from_slice(part.get(..count).unwrap_or_default());
            while let Some(end) = line.iter().position(|byte| *byte == b'\n') {
                say(line.get(..end).unwrap_or_default());
                line.drain(..=end);
            }
            if line.len() >= LINE_BYTES {
                say(&line);
                line.clear();
            }
        }
        if !line.is_empty() {
            say(&line);
        }
        drop(listening);
    })
}
