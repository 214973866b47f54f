//! How far long work is: on standard error, where that is a terminal, and gone before anything else is written there.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use netlab::render::{escape, units};
use netlab::source::Reader;

use super::Output;

/// Work that is done by then shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often it is drawn anew, at most.
const TIMES_A_SECOND: u8 = 10;

/// So many frames are read between two looks at the clock.
pub(crate) const WATCHED: u64 = 4096;

/// How far one file is read.
pub(crate) struct Progress {
    name: String,
    began: Instant,
    wanted: bool,
}

impl Progress {
    /// Of a file that is about to be read.
    pub(crate) fn new(name: &str) -> Progress {
        let wanted = io::stderr().is_terminal();
        Progress { name: escape(name).into_owned(), began: Instant::now(), wanted }
    }

    /// Shows how far the reader is, every few thousand frames, if nothing else was to be seen for a while.
    pub(crate) fn show(&self, reader: &Reader, frames: u64, out: &mut Output) {
        if !self.wanted || !frames.is_multiple_of(WATCHED) {
            return;
        }
        let passed = self.began.elapsed();
        if passed < PATIENCE {
            return;
        }
        let (position, length) = (reader.position(), reader.file_len());
        let Some(bar) = out.bar(PATIENCE, || bar(&self.name, length)) else { return };
        bar.set_message(pace(position, length, frames, passed));
        bar.set_position(position);
    }
}

fn bar(name: &str, length: Option<u64>) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(TIMES_A_SECOND);
    let bar = ProgressBar::with_draw_target(length, target).with_prefix(name.to_owned());
    let template = match length {
        Some(_) => "{prefix:.dim} {wide_bar:.cyan} {percent:>3} %  {msg}",
        None => "{prefix:.dim} {spinner:.cyan} {msg}",
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("━╸ ")),
        Err(_) => bar,
    }
}

/// `1,203,000 frames, 412 MB/s, 3 s left`.
fn pace(position: u64, length: Option<u64>, frames: u64, passed: Duration) -> String {
    let mut text = String::new();
    units::grouped(frames, &mut text);
    text.push_str(" frames, ");
    let a_second = position as f64 / passed.as_secs_f64();
    units::bytes(a_second as u64).write(&mut text);
    text.push_str("/s");
    if let Some(left) = length.map(|length| length.saturating_sub(position))
        && a_second > 0.0
    {
        text.push_str(", ");
        let seconds = (left as f64 / a_second).ceil() as u64;
        if seconds < 100 {
            text.push_str(&format!("{seconds} s"));
        } else {
            units::time(Duration::from_secs(seconds)).write(&mut text);
        }
        text.push_str(" left");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_the_rate() {
        let second = Duration::from_secs(1);
        assert_eq!(
            pace(100_000_000, Some(300_000_000), 1_203_000, second),
            "1,203,000 frames, 100 MB/s, 2 s left"
        );
        assert_eq!(pace(1_500, None, 7, second), "7 frames, 1.50 kB/s");
    }
}
