//! Keeps the frames of a live story in a pcapng file, each as soon as it is shown.

use std::fs::File;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use netlab::frame::{LinkType, Time};
use netlab::source::{PcapngWriter, Secrets};

use super::Usage;
use super::captures::create;

/// The file that `--save` names.
pub(crate) struct Saver {
    path: PathBuf,
    /// Opened at once, so that a wrong name is told before anything happens; its header waits for the first frame, which
    /// knows the link type.
    state: State,
    names: Vec<(IpAddr, String)>,
    /// Keys that the next frames need, as lines of a keylog.
    secrets: String,
    frames: u64,
}

enum State {
    Opened(File),
    Writing(PcapngWriter<File>),
    /// Writing failed; the story goes on without it.
    Broken,
}

impl Saver {
    /// Creates the file; one that exists needs `force`.
    pub(crate) fn create(path: &Path, force: bool) -> anyhow::Result<Saver> {
        if path.as_os_str() == "-" {
            let what = "--save needs a file: standard output shows the story. (./- is a file named -.)";
            return Err(Usage(what.to_owned()).into());
        }
        let file = create(path, force, "pcapng")?;
        Ok(Saver {
            path: path.to_owned(),
            state: State::Opened(file),
            names: Vec::new(),
            secrets: String::new(),
            frames: 0,
        })
    }

    /// The hosts' names, for the name resolution block. Known before the first frame.
    pub(crate) fn names(&mut self, names: Vec<(IpAddr, String)>) {
        self.names = names;
    }

    /// A secret of a TLS session, to stand before the next frame.
    pub(crate) fn secret(&mut self, line: &str) {
        self.secrets.push_str(line);
        self.secrets.push('\n');
    }

    /// Writes one frame, whole, or says why it can't; after that it writes no more.
    pub(crate) fn frame(
        &mut self,
        link: LinkType,
        time: Time,
        bytes: &[u8],
        original_len: u32,
        comment: &str,
    ) -> anyhow::Result<()> {
        let state = std::mem::replace(&mut self.state, State::Broken);
        let mut writer = match state {
            State::Broken => return Ok(()),
            State::Writing(writer) => writer,
            State::Opened(file) => {
                PcapngWriter::new(file, link, &self.names).with_context(|| self.stopped())?
            }
        };
        if !self.secrets.is_empty() {
            let secrets = std::mem::take(&mut self.secrets);
            writer.secrets(Secrets::TLS_KEY_LOG, secrets.as_bytes()).with_context(|| self.stopped())?;
        }
        writer.frame(time, bytes, original_len, Some(comment)).with_context(|| self.stopped())?;
        self.frames += 1;
        self.state = State::Writing(writer);
        Ok(())
    }

    /// What became of it, for a notice at the end.
    pub(crate) fn told(&self) -> Option<String> {
        match self.state {
            State::Broken => None,
            _ => Some(format!("saved {} frames in {}", self.frames, self.path.display())),
        }
    }

    fn stopped(&self) -> String {
        format!("{}: frame {} could not be saved", self.path.display(), self.frames + 1)
    }
}
