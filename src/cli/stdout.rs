//! Standard output, and the bar that may stand on the terminal below what was written.

use std::io::{self, IsTerminal, Stdout, Write};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

/// Standard output, which says its name where it cannot be written, and takes the bar off the screen before anything is.
pub(crate) struct Sheet {
    stdout: Stdout,
    place: Place,
    /// When something was last written that a person sees.
    written: Instant,
    bar: Option<ProgressBar>,
}

/// What becomes of what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is shown where the bar is.
    Terminal,
    /// It goes into a file: nobody sees it yet.
    File,
    /// It goes to another program.
    Pipe,
    /// That program has got something, and may be showing it on the terminal (`| less`).
    PipeInUse,
    /// Nobody wants it.
    #[cfg(all(feature = "live", target_os = "linux"))]
    Nowhere,
}

impl Sheet {
    /// For what standard output is.
    pub(super) fn new() -> Sheet {
        let stdout = io::stdout();
        let place = match stdout.is_terminal() {
            true => Place::Terminal,
            false if is_file(&stdout) => Place::File,
            false => Place::Pipe,
        };
        Sheet { stdout, place, written: Instant::now(), bar: None }
    }

    /// From now on nothing is written.
    #[cfg(all(feature = "live", target_os = "linux"))]
    pub(super) fn mute(&mut self) {
        self.place = Place::Nowhere;
    }

    fn is_mute(&self) -> bool {
        #[cfg(all(feature = "live", target_os = "linux"))]
        return self.place == Place::Nowhere;
        #[cfg(not(all(feature = "live", target_os = "linux")))]
        false
    }

    /// Whether it is a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        self.place == Place::Terminal
    }

    /// Whether a bar can be drawn without being in the way.
    pub(super) fn has_room(&self) -> bool {
        self.place != Place::PipeInUse
    }

    /// For how long nobody has seen anything new.
    pub(super) fn silence(&self) -> Duration {
        self.written.elapsed()
    }

    /// The bar, on the screen from now on if it is not there yet.
    pub(super) fn bar(&mut self, make: impl FnOnce() -> ProgressBar) -> &ProgressBar {
        self.bar.take_if(|bar| bar.is_finished());
        self.bar.get_or_insert_with(make)
    }

    /// Takes the bar off the screen.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn before_writing(&mut self) {
        match self.place {
            Place::File => return,
            Place::Pipe => self.place = Place::PipeInUse,
            _ => {}
        }
        self.clear();
        self.written = Instant::now();
    }
}

impl Drop for Sheet {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(unix)]
fn is_file(stdout: &Stdout) -> bool {
    use std::os::fd::AsFd;
    let file = stdout.as_fd().try_clone_to_owned().map(std::fs::File::from);
    file.and_then(|file| file.metadata()).is_ok_and(|metadata| metadata.is_file())
}

#[cfg(not(unix))]
fn is_file(_: &Stdout) -> bool {
    false
}

fn named(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("standard output: {error}"))
}

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_mute() {
            return Ok(bytes.len());
        }
        self.before_writing();
        self.stdout.write(bytes).map_err(named)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush().map_err(named)
    }
}
