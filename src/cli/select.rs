//! `--filter` and `--frames`: which of a capture's frames are meant.

use std::collections::VecDeque;

use netlab::dissect::Packet;
use netlab::filter::{Filter, FilterError, Frames};
use netlab::flow::talk::{Findings, Talks};
use netlab::flow::tls::KeyLog;
use netlab::flow::{Fragments, Segment, Tracker};
use netlab::frame::Frame;
use netlab::render::escape;
use netlab::source::Reader;
use unicode_width::UnicodeWidthStr;

use super::common::grouped;
use super::keys::learned;
use super::{Output, Usage};

/// So many columns of a filter are shown around its mistake.
const SHOWN: usize = 72;

/// Which frames, by what is in them.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Select {
    /// Only frames that this display filter matches, in Wireshark's words (docs/filters.md)
    #[arg(long, short = 'Y', value_name = "EXPR")]
    filter: Option<String>,
}

impl Select {
    /// The filter, ready to be asked; `None` where none was given, or an empty one.
    ///
    /// # Errors
    /// [`Pointed`] where it is none: exit code 2.
    pub(crate) fn filter(&self) -> anyhow::Result<Option<Filter>> {
        filter_of(self.filter.as_deref())
    }
}

/// The filter that was typed; an empty one asks for nothing, as in Wireshark.
///
/// # Errors
/// [`Pointed`] where it is none: exit code 2.
pub(crate) fn filter_of(typed: Option<&str>) -> anyhow::Result<Option<Filter>> {
    typed.filter(|text| !text.trim().is_empty()).map(parsed).transpose()
}

/// The filter that was typed, ready to be asked.
///
/// # Errors
/// [`Pointed`] where it is none: exit code 2.
pub(crate) fn parsed(text: &str) -> anyhow::Result<Filter> {
    Filter::parse(text).map_err(|error| Pointed::new(text, error).into())
}

/// Which frames, by their numbers.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct SelectFrames {
    /// Only these frames: 7, 10-20, 10-, -20, or several: 3,7,10-20; at least one must be there
    #[arg(long, value_name = "N-M", value_parser = Frames::parse, allow_hyphen_values = true)]
    pub(crate) frames: Option<Frames>,
}

/// What `--filter` and `--frames` ask for together.
#[derive(Debug)]
pub(crate) struct Choice {
    filter: Option<Filter>,
    frames: Option<Frames>,
}

impl Choice {
    /// The filter, if one was given.
    pub(crate) fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }

    /// `None` where neither was given.
    pub(crate) fn new(select: &Select, by_number: &SelectFrames) -> anyhow::Result<Option<Choice>> {
        let (filter, frames) = (select.filter()?, by_number.frames.clone());
        Ok((filter.is_some() || frames.is_some()).then_some(Choice { filter, frames }))
    }

    /// Whether frames are chosen by their numbers.
    pub(crate) fn by_number(&self) -> bool {
        self.frames.is_some()
    }

    /// The last frame that can be meant; `None` where there is no end.
    pub(crate) fn last(&self) -> Option<u64> {
        self.frames.as_ref().and_then(Frames::last)
    }

    /// Whether a frame is meant, which `tracker` was given last.
    pub(crate) fn meant(
        &self,
        packet: &Packet<'_>,
        tracker: &Tracker,
        segment: Option<&Segment>,
        found: &Findings,
        comment: Option<&str>,
    ) -> bool {
        self.frames.as_ref().is_none_or(|frames| frames.contains(packet.frame().number))
            && self
                .filter
                .as_ref()
                .is_none_or(|filter| filter.matches(packet, tracker, segment, found, comment))
    }

    /// Whether one of the numbers can be a frame of `name`, which has `read` frames in all and is sound.
    ///
    /// # Errors
    /// [`Usage`] where all of them lie beyond its end.
    pub(crate) fn is_within(&self, name: &str, read: u64) -> anyhow::Result<()> {
        match self.frames.as_ref().map(Frames::first) {
            Some(first) if first > read => Err(no_frame(first, name, read).into()),
            _ => Ok(()),
        }
    }

    /// Says on standard error what was not found in `place` (` of conversation 3`).
    pub(crate) fn nothing_found(&self, place: &str, read: u64, out: &Output) {
        let read = if read == 1 { "1 frame read".to_owned() } else { format!("{read} frames read") };
        let those = if self.frames.is_some() { "none of these frames" } else { "no frame" };
        let text = match &self.filter {
            Some(filter) => format!("{those}{place} matches {}; {read}", filter.text()),
            None if place.is_empty() => format!("{those} is there; {read}"),
            None => format!("{those} is a step{place}; {read}"),
        };
        out.notice(&text);
    }

    /// Says on standard error why this conversation is told, and how to see less of it.
    pub(crate) fn told_whole(&self, stream: u32, meant: u64, out: &Output) {
        let frames = if meant == 1 { "1 frame".to_owned() } else { format!("{meant} frames") };
        out.notice(&format!(
            "conversation {stream} is the one with a match ({frames}); with --stream {stream} only its matching steps are told"
        ));
    }

    /// Says on standard error that the numbers go beyond the last frame.
    pub(crate) fn beyond(&self, shown: &str, read: u64, out: &Output) {
        if let Some(last) = self.last().filter(|last| *last > read) {
            out.notice(&format!("{shown}: frame {read} is the last one; --frames asks for {last}"));
        }
    }
}

/// A frame was asked for that is not there.
pub(crate) fn no_frame(wanted: u64, name: &str, read: u64) -> Usage {
    let frames = match read {
        0 => "not one frame".to_owned(),
        1 => "one frame".to_owned(),
        count => format!("{} frames", grouped(count)),
    };
    Usage(format!("there is no frame {wanted}: {name} holds {frames}"))
}

/// Follows every frame of a capture, and says which are meant.
#[derive(Debug)]
pub(crate) struct Follower {
    pub(crate) tracker: Tracker,
    fragments: Fragments,
    /// Where the filter asks for what shows in them.
    talks: Option<Talks>,
    /// So many of the capture's own keys were taken.
    taken: usize,
}

impl Follower {
    /// From the first frame on.
    pub(crate) fn new(filter: Option<&Filter>) -> Follower {
        let talks = filter.is_some_and(Filter::asks_for_streams).then(Talks::new);
        Follower { tracker: Tracker::new(), fragments: Fragments::new(), talks, taken: 0 }
    }

    /// The same with keys for what is in TLS.
    pub(crate) fn with_keys(filter: Option<&Filter>, keys: KeyLog) -> Follower {
        let mut follower = Follower::new(filter);
        if let Some(talks) = &mut follower.talks {
            *talks.keys_mut() = keys;
        }
        follower
    }

    /// Takes the keys that the capture has brought along by now.
    pub(crate) fn learn(&mut self, reader: &Reader) {
        if let Some(talks) = &mut self.talks {
            learned(reader, &mut self.taken, talks.keys_mut());
        }
    }

    /// Takes the next frame; whether it is meant.
    pub(crate) fn take(&mut self, frame: Frame<'_>, comment: Option<&str>, choice: &Choice) -> bool {
        self.follow(frame, |packet, tracker, segment, found| {
            choice.meant(packet, tracker, segment, found, comment)
        })
    }

    /// Takes the next frame; `look` sees what it means.
    pub(crate) fn follow<R>(
        &mut self,
        frame: Frame<'_>,
        look: impl FnOnce(&Packet<'_>, &Tracker, Option<&Segment>, &Findings) -> R,
    ) -> R {
        let packet = self.fragments.complete(Packet::new(frame));
        let segment = self.tracker.push(&packet);
        let found =
            self.talks.as_mut().map(|talks| talks.push(&packet, segment.as_ref())).unwrap_or_default();
        look(&packet, &self.tracker, segment.as_ref(), &found)
    }
}

/// Steps that are told, chosen by their frames.
#[derive(Debug)]
pub(crate) struct ChosenSteps {
    choice: Choice,
    stream: u32,
    follower: Follower,
    /// The frames that are meant, in their order.
    meant: VecDeque<u64>,
    read: u64,
}

impl ChosenSteps {
    /// So many frames may wait for their steps.
    const WAITING: usize = 1 << 16;

    /// Those of one conversation.
    pub(crate) fn new(choice: Choice, stream: u32, keys: KeyLog) -> ChosenSteps {
        let follower = Follower::with_keys(choice.filter(), keys);
        ChosenSteps { choice, stream, follower, meant: VecDeque::new(), read: 0 }
    }

    /// Takes the keys that the capture has brought along by now.
    pub(crate) fn learn(&mut self, reader: &Reader) {
        self.follower.learn(reader);
    }

    /// Takes every frame of the capture, before it is told.
    pub(crate) fn see(&mut self, frame: Frame<'_>, comment: Option<&str>) {
        self.read = frame.number;
        let meant = self.follower.take(frame, comment, &self.choice);
        let other = self.follower.tracker.streams().tcp.is_some_and(|stream| stream != self.stream);
        if other || !meant {
            return;
        }
        if self.meant.len() == Self::WAITING {
            self.meant.pop_front();
        }
        self.meant.push_back(frame.number);
    }

    /// Whether the step that is about this frame is to be told.
    pub(crate) fn tells(&self, frame: Option<u64>) -> bool {
        frame.is_some_and(|frame| self.meant.binary_search(&frame).is_ok())
    }

    /// Says on standard error that no step was told, and that the numbers go beyond the last frame. `sound`: the capture was read
    /// to its end.
    ///
    /// # Errors
    /// [`Usage`] where no frame that was asked for is in it.
    pub(crate) fn finish(&self, shown: &str, told: u64, sound: bool, out: &Output) -> anyhow::Result<()> {
        // Where it is damaged, that says where reading stopped.
        if sound {
            self.choice.is_within(shown, self.read)?;
            self.choice.beyond(shown, self.read, out);
        }
        if told == 0 {
            self.choice.nothing_found(&format!(" of conversation {}", self.stream), self.read, out);
        }
        Ok(())
    }
}

/// A mistake in something typed, and where in it.
#[derive(Debug, thiserror::Error)]
#[error("--filter: {error}")]
pub(crate) struct Pointed {
    text: String,
    error: FilterError,
}

impl Pointed {
    fn new(text: &str, error: FilterError) -> Pointed {
        Pointed { text: text.to_owned(), error }
    }

    /// What was typed, and a caret under the mistake.
    pub(crate) fn lines(&self) -> [String; 2] {
        let position = &self.error.position;
        let part = |from: usize, to: usize| escape(self.text.get(from..to).unwrap_or_default()).into_owned();
        let before = last_columns(part(0, position.start), SHOWN / 2);
        let (meant, _) = first_columns(&part(position.start, position.end), SHOWN / 2);
        let room = SHOWN.saturating_sub(before.width() + meant.width());
        let (after, cut) = first_columns(&part(position.start, self.text.len()), room + meant.width());
        let dots = if cut { "..." } else { "" };
        let carets = "^".repeat(meant.width().max(1));
        [format!("  {before}{after}{dots}"), format!("  {}{carets}", " ".repeat(before.width()))]
    }
}

/// The end of a text, no wider than so many columns.
fn last_columns(text: String, columns: usize) -> String {
    if text.width() <= columns {
        return text;
    }
    let mut from = text.len();
    for (at, _) in text.char_indices().rev() {
        if text.get(at..).map_or(0, UnicodeWidthStr::width) > columns {
            break;
        }
        from = at;
    }
    format!("...{}", text.get(from..).unwrap_or_default())
}

/// The beginning of a text, no wider than so many columns, and whether anything was left out.
fn first_columns(text: &str, columns: usize) -> (String, bool) {
    let mut to = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if text.get(..end).map_or(0, UnicodeWidthStr::width) > columns {
            break;
        }
        to = end;
    }
    (text.get(..to).unwrap_or_default().to_owned(), to < text.len())
}
