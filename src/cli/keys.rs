//! `--keylog`: the keys of TLS sessions, from a file and from the capture itself.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

use anyhow::Context;
use netlab::flow::talk::SecureTotals;
use netlab::flow::tls::{BadLine, KeyLog};
use netlab::source::{Cause, Reader, Secrets};

use super::Output;
use super::common::grouped;

/// So much of a keylog is read at once.
const BATCH: usize = 1 << 20;
/// No line of a file that may be a keylog is longer.
const MOST_LINE: u64 = 64 << 10;
/// So many damaged lines are told one by one.
const TOLD: usize = 3;

/// With which keys.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct KeysArg {
    /// Keys that open TLS 1.3, in a file that a browser or Node wrote (SSLKEYLOGFILE)
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,
}

/// The keys that are known.
#[derive(Default)]
pub(crate) struct Keys {
    file: Option<PathBuf>,
    /// What the file has.
    log: KeyLog,
    /// So many of the capture's own were taken.
    taken: usize,
    /// Of the capture's own keys, what can't be read was told.
    complained: bool,
}

impl Keys {
    /// Reads the file, if one was named. Lines that can't be read are told on standard error, and passed over.
    ///
    /// # Errors
    /// When it can't be read, or is no keylog.
    pub(crate) fn new(arg: &KeysArg, out: &Output) -> anyhow::Result<Keys> {
        let mut log = KeyLog::new();
        if let Some(file) = &arg.keylog {
            let shown = file.display();
            let opened = File::open(file).map_err(Cause::from).with_context(|| shown.to_string())?;
            read(BufReader::new(opened), &mut log).with_context(|| shown.to_string())?;
            complain(&shown.to_string(), log.bad_lines(), log.bad_count(), out);
            if log.is_empty() {
                out.notice(&format!("{shown}: there is no key in it yet"));
            }
        }
        Ok(Keys { file: arg.keylog.clone(), log, taken: 0, complained: false })
    }

    /// Whether a file was named.
    pub(crate) fn are_named(&self) -> bool {
        self.file.is_some()
    }

    /// All that is known before the capture is read.
    pub(crate) fn log(&self) -> KeyLog {
        self.log.clone()
    }

    /// Gives `known` the keys that the capture has brought along since the last call.
    pub(crate) fn learn(&mut self, reader: &Reader, known: &mut KeyLog, shown: &str, out: &Output) {
        let before = known.bad_count();
        let Some(bad) = learned(reader, &mut self.taken, known) else { return };
        if bad > before && !self.complained {
            self.complained = true;
            let last = known.bad_lines().last().map_or_else(String::new, |bad| format!(": {}", bad.why));
            out.notice(&format!("{shown}: a line of the keys that it brings along can't be read{last}"));
        }
    }

    /// What to say where the file's keys were of no use, and whether anything stayed closed that they might have opened. `seen`: what
    /// came of the whole capture.
    pub(crate) fn useless(&self, seen: SecureTotals, shown: &str) -> Option<(String, bool)> {
        let file = self.file.as_ref().filter(|_| !self.log.is_empty())?.display();
        let sessions = match self.log.len() {
            1 => "the session".to_owned(),
            count => format!("any of the {} sessions", grouped(count as u64)),
        };
        let text = match seen {
            SecureTotals { conversations: 0, .. } => {
                format!("{file} is not needed: there is no TLS in {shown}")
            }
            SecureTotals { known: 0, .. } => {
                format!("{file} does not fit: {sessions} that it has keys for is not in {shown}")
            }
            SecureTotals { opened: 0, older: 1.., .. } => {
                format!(
                    "{file} knows a session in {shown}, but of a version that is not decrypted yet: only TLS 1.3 is"
                )
            }
            SecureTotals { opened: 0, .. } => {
                format!("{file}: it knows a session in {shown}, but its keys open nothing there")
            }
            _ => return None,
        };
        Some((text, seen.conversations > 0))
    }
}

/// Gives `known` the keys that a capture has brought along, but for `taken` blocks that were taken before. How many lines could not
/// be read by then; `None` where nothing is new.
pub(crate) fn learned(reader: &Reader, taken: &mut usize, known: &mut KeyLog) -> Option<u64> {
    let secrets = reader.secrets();
    if secrets.len() == *taken {
        return None;
    }
    let new = secrets.get(*taken..).unwrap_or_default();
    *taken = secrets.len();
    for block in new.iter().filter(|block| block.kind == Secrets::TLS_KEY_LOG) {
        // A block without one line that is right has only bad ones, which are counted.
        let _ = known.add(&block.bytes);
    }
    Some(known.bad_count())
}

/// What is said where conversations of TLS were forgotten.
pub(crate) fn forgotten(shown: &str, count: u64) -> String {
    let conversations = if count == 1 { "conversation" } else { "conversations" };
    format!(
        "{shown}: {} {conversations} of TLS had to be forgotten: netlab follows a limited number at a time",
        grouped(count)
    )
}

/// Reads a keylog of any length, some of it at a time.
fn read(mut file: impl BufRead, log: &mut KeyLog) -> anyhow::Result<()> {
    let (mut batch, mut first) = (Vec::new(), true);
    loop {
        batch.clear();
        while batch.len() < BATCH {
            let line = file.by_ref().take(MOST_LINE).read_until(b'\n', &mut batch);
            let count = line.map_err(Cause::from)? as u64;
            let cut = count == MOST_LINE && !batch.ends_with(b"\n");
            anyhow::ensure!(
                !cut,
                "this is no keylog: a line of it has more than {} bytes",
                grouped(MOST_LINE)
            );
            if count == 0 {
                break;
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
        // Where it began as a keylog, what is damaged is told line by line.
        match log.add(&batch) {
            Err(error) if first => return Err(error.into()),
            _ => first = false,
        }
    }
}

fn complain(shown: &str, bad: &[BadLine], count: u64, out: &Output) {
    for bad in bad.iter().take(TOLD) {
        out.notice(&format!("{shown}: {bad}; it is passed over"));
    }
    if count > TOLD as u64 {
        let more = count - TOLD as u64;
        let lines = if more == 1 { "line" } else { "lines" };
        out.notice(&format!("{shown}: {} more {lines} can't be read", grouped(more)));
    }
}
