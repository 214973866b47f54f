//! `netlab flows`: the table of conversations of any capture, however large.

mod sort;
mod text;

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

use netlab::filter::Filter;
use netlab::flow::{Row, Rows};
use netlab::render::flows;
use netlab::source::Reader;

use super::common::{Format, count};
use super::input::{Input, unread_link};
use super::interrupt::Interrupt;
use super::progress::Progress;
use super::select::filter_of;
use super::stretches::in_stretches;
use super::survey::{Survey, survey};
use super::{Exit, Output, Usage};

/// List the conversations of captures, however large
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: netlab flows trace.pcapng --sort bytes --top 10\n         netlab flows trace.pcapng --format csv > trace.csv"
)]
pub(crate) struct Args {
    /// Capture files, - for standard input, or names of bundled captures (netlab captures)
    #[arg(value_name = "FILE|NAME", required = true)]
    files: Vec<PathBuf>,

    /// Only conversations of which a frame matches this display filter, in Wireshark's words; they are shown in full
    /// (docs/filters.md)
    #[arg(long, short = 'Y', value_name = "EXPR")]
    filter: Option<String>,

    /// Count the WebSocket messages that each side has sent (not those inside of TLS, keys or not). Takes about twice as long
    #[arg(long)]
    messages: bool,

    /// What comes first: the earliest (start), the most bytes, the slowest handshake (rtt) ...
    #[arg(long, value_name = "KEY", value_enum, default_value_t)]
    sort: sort::Key,

    /// The other way round: what --sort puts first comes last
    #[arg(long)]
    reverse: bool,

    /// Only the first N of each file, as they are sorted
    #[arg(long, value_name = "N", value_parser = count::<u64>)]
    top: Option<u64>,
}

/// Reads file after file, and shows the conversations of each.
pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    if args.files.iter().filter(|file| Input::from((*file).clone()).is_stdin()).count() > 1 {
        return Err(Usage("standard input (-) can be read only once".into()).into());
    }
    let filter = filter_of(args.filter.as_deref())?;
    let interrupt = Interrupt::new()?;
    let mut shown = Shown {
        wanted: Wanted { args, filter: filter.as_ref() },
        several: args.files.len() > 1,
        told: text::Told::default(),
        any: false,
    };
    let mut exit = Exit::Fine;
    for file in &args.files {
        match one(&Input::from(file.clone()), &mut shown, &interrupt, out) {
            Ok(Exit::Interrupted) => return Ok(Exit::Interrupted),
            Ok(_) => {}
            Err(Stop::Output(error)) => return Err(error),
            Err(Stop::Input(error)) => {
                // What was shown of it stands before what is wrong with it.
                out.flush()?;
                out.error(&error);
                exit = Exit::Failed;
            }
        }
    }
    shown.told.closing(out)?;
    Ok(exit)
}

/// Why a file is not done with.
enum Stop {
    /// It is damaged, or can't be opened: the others are still read.
    Input(anyhow::Error),
    /// Nothing can be written any more.
    Output(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Stop {
    fn from(error: E) -> Stop {
        Stop::Output(error.into())
    }
}

fn one(file: &Input, shown: &mut Shown<'_>, interrupt: &Interrupt, out: &mut Output) -> Result<Exit, Stop> {
    let name = file.shown();
    let mut reader = file.open().map_err(Stop::Input)?;
    let progress = Progress::new(&name);
    let mut watch = |reader: &Reader, frames| {
        progress.show(reader, frames, out);
        if interrupt.typed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let survey = survey(&mut reader, shown.wanted.filter, shown.wanted.args.messages, &mut watch);
    out.clear_bar();
    let interrupted = survey.interrupted || interrupt.typed();
    if interrupted {
        // Nobody asks any more: the next one ends even a long table.
        interrupt.ends_at_once();
    }
    shown.survey(&survey, file, out)?;
    if interrupted {
        shown.told.closing(out)?;
        out.flush()?;
        out.notice(&format!("{name}: interrupted; this is what was read up to frame {}", survey.frames));
        return Ok(Exit::Interrupted);
    }
    if let Some(damage) = survey.damage {
        return Err(Stop::Input(damage.into()));
    }
    if let Some(unread) = survey.unread {
        return Err(Stop::Input(unread_link(&name, unread)));
    }
    Ok(Exit::Fine)
}

/// What was asked for.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    args: &'a Args,
    filter: Option<&'a Filter>,
}

/// What was shown so far.
struct Shown<'a> {
    wanted: Wanted<'a>,
    several: bool,
    told: text::Told,
    /// Whether anything was.
    any: bool,
}

impl Shown<'_> {
    fn survey(&mut self, survey: &Survey, file: &Input, out: &mut Output) -> anyhow::Result<()> {
        let mut order = sort::order(&survey.rows, self.wanted.args.sort, self.wanted.args.reverse);
        if let Some(top) = self.wanted.args.top {
            order.truncate(usize::try_from(top).unwrap_or(usize::MAX));
        }
        if let Some(filter) = self.wanted.filter.filter(|_| order.is_empty() && survey.frames > 0) {
            // What was shown of other files stands before it.
            out.flush()?;
            out.notice(&text::nothing_found(survey, filter, &file.shown()));
            if out.format == Format::Text {
                return Ok(());
            }
        }
        // As it was typed: a program may look for it again.
        let typed = self.several.then(|| file.path().display().to_string());
        let typed = typed.as_deref();
        match out.format {
            // No picture gets here.
            Format::Text | Format::Mermaid | Format::Svg | Format::Html => {
                if self.any {
                    out.plain("")?;
                }
                self.told.table(survey, &order, self.wanted, file, out)?;
            }
            Format::Json => json(&survey.rows, &order, typed, out)?,
            Format::Csv => {
                if !self.any {
                    flows::csv_head(self.several, self.wanted.args.messages, out)?;
                }
                let messages = self.wanted.args.messages;
                let lines = |some: &[u32]| {
                    let mut text = Vec::new();
                    flows::csv_rows(some_of(&survey.rows, some), typed, messages, &mut text).map(|()| text)
                };
                in_stretches(&order, lines, |text| out.write_all(&text?))?;
            }
        }
        self.any = true;
        Ok(())
    }
}

/// The rows at some places.
fn some_of<'r>(rows: &'r Rows, places: &'r [u32]) -> impl Iterator<Item = Row> + 'r {
    places.iter().filter_map(|place| rows.get(*place as usize))
}

fn json(rows: &Rows, order: &[u32], file: Option<&str>, out: &mut Output) -> anyhow::Result<()> {
    let lines = |some: &[u32]| {
        let mut text = Vec::new();
        for row in some_of(rows, some) {
            flows::conversation(&row, file, None, &mut text);
        }
        text
    };
    in_stretches(order, lines, |text| Ok(out.write_all(&text)?))
}
