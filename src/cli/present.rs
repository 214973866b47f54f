//! Puts a story on the screen or into JSON, step by step, as it comes; or into a picture, once all is there.

mod absorbed;
mod drawing;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use netlab::event::Host;
use netlab::frame::in_words;
use netlab::render::picture::Picture;
use netlab::render::{
    Hint, Ink, LEGEND, Ladder, Line, StoryHead, story_head, story_released, story_step, story_summary,
};
use netlab::story::{Absorbed, Shortener, Step, Summary, What};
use netlab::words::{Book, Level};

use super::Output;
use super::pace::Pace;
use super::picture::Destination;

/// So many steps can be looked back at.
const REMEMBERED: usize = 64;

/// Tells a story to [`Output`].
pub(crate) struct Presenter<'o> {
    pub(crate) out: &'o mut Output,
    book: Book<'static>,
    bytes: bool,
    head: StoryHead,
    banner: String,
    settings: Vec<String>,
    opened: bool,
    /// One step at a time: each is told in full.
    stepping: bool,
    /// How fast the steps of a capture appear: who shows them is asleep meanwhile. (A live story waits without.)
    pub(crate) pace: Pace,
    /// Tells in short what lies below the story's subject.
    short: Shortener,
    /// Copies that were kept back since the last step, to be told in one line.
    absorbed: Vec<Absorbed>,
    /// The steps told so far, the newest last, and how far back the student looks.
    told: VecDeque<Step>,
    back: usize,
    /// The picture that all goes into, and where that goes.
    picture: Option<(Picture, Destination)>,
}

impl<'o> Presenter<'o> {
    /// `banner`: the first line, which says what is shown and why.
    pub(crate) fn new(
        out: &'o mut Output,
        bytes: bool,
        head: StoryHead,
        banner: String,
    ) -> anyhow::Result<Presenter<'o>> {
        let book = Book::built_in()?;
        let picture = out.to.take().map(|to| (Picture::new(to.form, out.verbose), to));
        Ok(Presenter {
            out,
            book,
            bytes,
            head,
            banner,
            settings: Vec::new(),
            opened: false,
            pace: Pace::default(),
            stepping: false,
            short: Shortener::default(),
            absorbed: Vec::new(),
            told: VecDeque::new(),
            back: 0,
            picture,
        })
    }

    /// What the story is about: what lies below it is told to people in short, but for `-v` and the stepper.
    pub(crate) fn about(&mut self, short: Shortener) {
        if !self.out.json() && !self.out.verbose {
            self.short = short;
        }
    }

    /// Whether the story is about a WebSocket, as far as is known; of one told in full nobody asks.
    pub(crate) fn is_about_websocket(&self) -> bool {
        self.short.is_websocket()
    }

    /// From here on, what lies below the subject is told in full as well: something was asked about it.
    pub(crate) fn in_full(&mut self) -> anyhow::Result<()> {
        let told = self.short.in_full();
        self.steps(told)
    }

    /// How the lab was set, for `-v`.
    #[cfg(all(feature = "live", target_os = "linux"))]
    pub(crate) fn settings(&mut self, settings: Vec<String>) {
        self.settings = settings;
    }

    /// Who talks to whom, once that is known.
    pub(crate) fn ends(&mut self, client: Option<SocketAddr>, server: Option<SocketAddr>) {
        let known = |end: Option<SocketAddr>| {
            end.map(|end| if end.port() == 0 { end.ip().to_string() } else { end.to_string() })
        };
        self.head.client = known(client).or(self.head.client.take());
        self.head.server = known(server).or(self.head.server.take());
    }

    /// Nothing has shown so far which of them is the client.
    pub(crate) fn roles_guessed(&mut self, guessed: bool) {
        self.head.roles_guessed = guessed;
    }

    /// The first lines. Said with the first step at the latest.
    pub(crate) fn open(&mut self) -> anyhow::Result<()> {
        if self.opened || self.picture.is_some() {
            return Ok(());
        }
        self.opened = true;
        if self.out.json() {
            let head = story_head(&self.head);
            return self.json(&head);
        }
        let (name, rest) = self.banner.split_once(' ').unwrap_or((&self.banner, ""));
        let mut line = Line::new().with(Ink::Strong, name).with(Ink::Plain, format!(" {rest}"));
        if line.width() > self.out.width {
            let mut parts = netlab::render::wrap(&self.banner, self.out.width).into_iter();
            line = Line::from(parts.next().unwrap_or_default());
            for part in parts {
                self.out.line(&line)?;
                line = Line::from(part);
            }
        }
        self.out.line(&line)?;
        if self.out.verbose {
            for setting in std::mem::take(&mut self.settings) {
                self.out.entry(2, "-", &setting)?;
            }
        }
        // Where TCP is told in short, hardly a state is shown.
        let states = !self.ladder().is_for_a_friend() && !self.short.is_websocket();
        let legend = match self.head.mode == "lab" && states {
            true if self.out.plain => "States that are not read from a host's kernel follow from the frames.",
            true => LEGEND,
            false => "",
        };
        for part in netlab::render::wrap(legend, self.out.width) {
            self.out.line(&Line::new().with(Ink::Faint, part))?;
        }
        if legend.is_empty() {
            self.out.plain("")?;
        }
        let [client, server] = [Host::Client, Host::Server].map(|host| self.head.shown(host));
        let lines = self.ladder().hosts(client.as_deref(), server.as_deref());
        self.lines(lines)
    }

    /// A step, whole or in short; whether there was anything to see of it.
    pub(crate) fn step(&mut self, step: Step) -> anyhow::Result<bool> {
        if let Some((picture, _)) = &mut self.picture {
            picture.keep(&step);
        }
        let told = self.short.take(step);
        let seen = !told.is_empty();
        self.steps(told)?;
        Ok(seen)
    }

    fn steps(&mut self, steps: Vec<Step>) -> anyhow::Result<()> {
        for step in steps {
            if let Some(left) = self.pace.left() {
                self.out.flush()?;
                std::thread::sleep(left);
            }
            self.show(step)?;
            self.pace.shown();
        }
        Ok(())
    }

    fn show(&mut self, step: Step) -> anyhow::Result<()> {
        self.open()?;
        self.say_absorbed()?;
        if let Some((picture, _)) = &mut self.picture {
            picture.step(step);
            return Ok(());
        }
        if self.out.json() {
            let value = story_step(&step, &self.book, self.out.level);
            self.json(&value)?;
        } else {
            let lines = self.ladder().step(&step);
            self.lines(lines)?;
        }
        self.remember(step);
        self.out.flush()?;
        Ok(())
    }

    /// A step whose frame stands on the wire.
    pub(crate) fn before(&mut self, step: &Step) -> anyhow::Result<()> {
        self.stepping = true;
        self.open()?;
        self.say_absorbed()?;
        if self.out.json() {
            let value = story_step(step, &self.book, self.out.level);
            self.json(&value)?;
        } else {
            let ladder = self.ladder();
            // A friend has the title on the arrow.
            let title =
                (!ladder.is_for_a_friend()).then(|| Line::new().with(Ink::Strong, ladder.title(step)));
            let mut lines: Vec<Line> = title.into_iter().collect();
            lines.extend(ladder.before(step));
            let called = self.told.iter().any(|step| step.what == What::TcpSyn);
            lines.extend(ladder.kernels(step, called));
            self.lines(lines)?;
        }
        self.out.flush()?;
        Ok(())
    }

    /// The same step, once its frame was let through.
    pub(crate) fn after(&mut self, step: Step, held: Option<Duration>) -> anyhow::Result<()> {
        self.say_absorbed()?;
        if self.out.json() {
            if let (Some(held), Some(&frame)) = (held, step.frames.first()) {
                self.json(&story_released(frame, held))?;
            }
        } else {
            let mut lines = self.ladder().after(&step);
            if let Some(held) = held {
                let text = format!("     │  let through after {} on the wire", in_words(held));
                lines.push(Line::new().with(Ink::Faint, text));
            }
            lines.push(self.ladder().rails());
            self.lines(lines)?;
        }
        self.remember(step);
        self.out.flush()?;
        Ok(())
    }

    /// A frame that was held for a question goes on.
    #[cfg(all(feature = "live", target_os = "linux"))]
    pub(crate) fn goes_on(&mut self, frame: u64, held: Duration) -> anyhow::Result<()> {
        if self.out.json() {
            return self.json(&story_released(frame, held));
        }
        let text = format!("frame {frame} goes on, after {} on the wire", in_words(held));
        let parts = netlab::render::wrap(&text, self.out.width.saturating_sub(8)).into_iter();
        self.lines(parts.map(|part| Line::new().with(Ink::Faint, format!("     │  {part}"))).collect())
    }

    /// The bytes of a step, on request.
    pub(crate) fn dump(&mut self, step: &Step) -> anyhow::Result<()> {
        let lines = self.ladder().dump(step);
        self.lines(lines)?;
        self.out.flush()?;
        Ok(())
    }

    /// The step before the one shown last, once more; each time one further back.
    pub(crate) fn again(&mut self) -> anyhow::Result<()> {
        let index = self.told.len().checked_sub(self.back + 1);
        match index.and_then(|index| self.told.get(index)).cloned() {
            Some(step) => {
                self.back += 1;
                let lines = self.ladder().step(&step);
                self.lines(lines)?;
            }
            None => self.out.plain("There is no step before that one.")?,
        }
        self.out.flush()?;
        Ok(())
    }

    fn remember(&mut self, step: Step) {
        if self.told.len() == REMEMBERED {
            self.told.pop_front();
        }
        self.told.push_back(step);
        self.back = 0;
    }

    /// Steps that were not asked for, in one line.
    pub(crate) fn left_out(&mut self, count: u64) -> anyhow::Result<()> {
        if let Some((picture, _)) = &mut self.picture {
            picture.gap(count);
            return Ok(());
        }
        if count > 0 && !self.out.json() {
            self.open()?;
            let steps = if count == 1 { "step" } else { "steps" };
            let text = format!("     │  {count} {steps} not asked for");
            self.lines(vec![Line::new().with(Ink::Faint, text)])?;
        }
        Ok(())
    }

    /// The steps that still wait to be told together with others.
    pub(crate) fn rest(&mut self) -> anyhow::Result<()> {
        self.open()?;
        let told = self.short.finish();
        self.steps(told)
    }

    /// What it came to, and what to try next.
    pub(crate) fn summary(&mut self, summary: &Summary, hints: &[Hint]) -> anyhow::Result<()> {
        self.rest()?;
        self.say_absorbed()?;
        if self.picture.is_some() {
            // Each paragraph one line; what to type next is no part of the picture.
            let lines = Level::ALL.map(|level| {
                let ladder = Ladder { level, ..self.ladder() };
                let lines = ladder.closing(summary, self.short.folded(), &[], usize::MAX);
                lines.iter().map(Line::text).filter(|text| !text.is_empty()).collect::<Vec<String>>()
            });
            return self.deliver(&lines);
        }
        if self.out.json() {
            self.json(&story_summary(summary))?;
        } else {
            let lines = self.ladder().closing(summary, self.short.folded(), hints, self.out.width);
            self.lines(lines)?;
        }
        self.out.flush()?;
        Ok(())
    }

    /// The comment that goes with a step's frame into a file.
    #[cfg(all(feature = "live", target_os = "linux"))]
    pub(crate) fn comment(&self, step: &Step) -> String {
        use netlab::event::{Host, Verdict};
        let fate = match step.verdict {
            Some(Verdict::Dropped) => "dropped by the wire · ",
            _ => "",
        };
        let end = |host: Host| match host {
            Host::Client => self.head.client.as_deref().unwrap_or("?"),
            Host::Server => self.head.server.as_deref().unwrap_or("?"),
        };
        let entry = self.book.find(step.words);
        let text = entry.and_then(|entry| entry.at(netlab::words::Level::Student)).unwrap_or_default();
        let text = netlab::words::fill(text, &step.values);
        let (from, to) = (step.from, step.from.other());
        format!(
            "{fate}step {} · {from} {} → {to} {} · {}\n{text}",
            step.number,
            end(from),
            end(to),
            step.what.name()
        )
    }

    fn ladder(&self) -> Ladder<'_> {
        Ladder {
            book: &self.book,
            level: self.out.level,
            width: self.out.width,
            verbose: self.out.verbose,
            bytes: self.bytes,
            drawn: self.bytes || self.stepping,
            plain: self.out.plain,
        }
    }

    fn lines(&mut self, lines: Vec<Line>) -> anyhow::Result<()> {
        for line in lines {
            self.out.line(&line)?;
        }
        Ok(())
    }

    fn json(&mut self, value: &serde_json::Value) -> anyhow::Result<()> {
        Ok(self.out.object(value)?)
    }
}
