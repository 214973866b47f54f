//! Opens what a FILE argument names: a capture file, standard input, or a bundled capture.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use netlab::frame::{Frame, LinkType};
use netlab::source::{Bundled, Cause, ReadError, Reader};

/// What a system calls standard input, beside `-`.
const STDIN: [&str; 3] = ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

/// What is said of a sound capture that holds nothing, as a sentence of its own.
pub(crate) const EMPTY: &str = "There is not one frame in it.";

/// Notes the first frame of a link type that netlab does not read, and that type.
pub(crate) fn note_unread(frame: &Frame<'_>, unread: &mut Option<(u64, u16)>) {
    if let (LinkType::Other(number), None) = (frame.link, &unread) {
        *unread = Some((frame.number, number));
    }
}

/// What is said where such a frame was met.
pub(crate) fn unread_link(shown: &str, (frame, number): (u64, u16)) -> anyhow::Error {
    anyhow::anyhow!(
        "{shown}: frame {frame}: link type {number} is not one that netlab reads; the frames' bytes were left alone"
    )
}

/// A FILE argument, as typed.
#[derive(Clone, Debug)]
pub(crate) struct Input(PathBuf);

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Input {
        Input(path)
    }
}

impl Input {
    /// A fresh reader from the start.
    pub(crate) fn open(&self) -> anyhow::Result<Reader> {
        if self.is_stdin() {
            // Whoever typed `-` would wait, and so would netlab.
            if io::stdin().is_terminal() {
                anyhow::bail!(
                    "standard input is this terminal; send a capture to it: `tcpdump -w - | netlab dissect -`"
                );
            }
            return Ok(Reader::from_read("standard input", Box::new(io::stdin()))?);
        }
        if let Some(bundled) = self.bundled()
            && let Some(bytes) = bundled.bytes()
        {
            return Ok(Reader::from_bytes(&bundled.name, bytes)?);
        }
        match Reader::open(&self.0) {
            Err(error) if is_not_found(&error) && self.looks_like_a_name() => {
                let near = self.0.to_str().and_then(nearest);
                let hint = near.map_or_else(
                    || {
                        "no such file, and no bundled capture of that name (netlab captures lists them)"
                            .to_owned()
                    },
                    |near| format!("no such file, and no bundled capture of that name; did you mean {near}?"),
                );
                Err(anyhow::anyhow!("{}: {hint}", self.0.display()))
            }
            other => Ok(other?),
        }
    }

    /// Whether it is what was sent to netlab, by whichever of its names.
    pub(crate) fn is_stdin(&self) -> bool {
        self.0 == Path::new("-") || (STDIN.iter().any(|name| self.0 == Path::new(name)) && self.is_once())
    }

    /// Whether it can be read only once: standard input, a pipe, a device. Whoever opened it a second time would find it empty, or
    /// wait for a writer who has long gone.
    pub(crate) fn is_once(&self) -> bool {
        let is_file = |path: &Path| fs::metadata(path).is_ok_and(|about| about.is_file());
        self.0 == Path::new("-") || (self.bundled().is_none() && self.0.exists() && !is_file(&self.0))
    }

    /// As it was typed.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// What it is called on the screen.
    pub(crate) fn shown(&self) -> String {
        if self.is_stdin() { "standard input".to_owned() } else { self.0.display().to_string() }
    }

    /// The bundled capture that it names; `./x` never does.
    pub(crate) fn bundled(&self) -> Option<Bundled> {
        Bundled::find(self.0.to_str()?)
    }

    fn looks_like_a_name(&self) -> bool {
        self.0.components().count() == 1 && self.0.extension().is_none()
    }
}

/// The bundled capture whose name is most like what was typed.
pub(crate) fn nearest(typed: &str) -> Option<String> {
    let all = Bundled::all().into_iter();
    let scored = all.map(|bundled| (strsim::jaro_winkler(typed, &bundled.name), bundled.name));
    scored.filter(|(score, _)| *score > 0.7).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

fn is_not_found(error: &ReadError) -> bool {
    matches!(&error.cause, Cause::Io(error) if error.kind() == io::ErrorKind::NotFound)
}
