//! Flags that every subcommand has.

use std::ffi::OsStr;

use clap::ValueEnum;
use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use netlab::lab::scenario::Scenario;
use netlab::render::picture::Form;
use netlab::render::units;
use netlab::words::Level;

/// How deep an explanation goes.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LevelArg {
    /// the gist, for a friend who knows no networks
    Friend,
    /// what it is, why it is there, what would break without it
    #[default]
    Student,
    /// bits, limits, the RFC, what real systems do
    Engineer,
}

impl From<LevelArg> for Level {
    fn from(arg: LevelArg) -> Level {
        match arg {
            LevelArg::Friend => Level::Friend,
            LevelArg::Student => Level::Student,
            LevelArg::Engineer => Level::Engineer,
        }
    }
}

/// What comes out.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// for people
    #[default]
    Text,
    /// for programs: one JSON object a line, described in docs/json.md
    Json,
    /// for spreadsheets: a table with commas (flows only)
    Csv,
    /// for notes: a diagram in Mermaid's language
    Mermaid,
    /// for slides: a ladder, a tower, a header
    Svg,
    /// for a browser: one page with all that it needs
    Html,
}

impl Format {
    /// What a story is drawn as; `None` for what is no picture.
    pub(crate) fn form(self) -> Option<Form> {
        match self {
            Format::Mermaid => Some(Form::Mermaid),
            Format::Svg => Some(Form::Svg),
            Format::Html => Some(Form::Html),
            Format::Text | Format::Json | Format::Csv => None,
        }
    }
}

/// When to colour.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ColorWhen {
    /// on a terminal, unless NO_COLOR is set or TERM is dumb; with CLICOLOR_FORCE anywhere
    #[default]
    Auto,
    /// also into a pipe or a file
    Always,
    /// not at all
    Never,
}

/// A count of things of which at least one is wanted.
///
/// # Errors
/// What to type instead.
pub(crate) fn count<N: TryFrom<u64>>(text: &str) -> Result<N, String> {
    let number = number(text).filter(|number| *number > 0);
    number.and_then(|number| N::try_from(number).ok()).ok_or("a whole number from 1, such as 10".to_owned())
}

/// The number of a conversation.
///
/// # Errors
/// What to type instead.
pub(crate) fn stream(text: &str) -> Result<u32, String> {
    let number = number(text).and_then(|number| u32::try_from(number).ok());
    number.ok_or("a conversation's number, from 0; netlab flows lists them".to_owned())
}

/// A port's number.
///
/// # Errors
/// What to type instead.
pub(crate) fn port(text: &str) -> Result<u16, String> {
    let number = number(text).and_then(|number| u16::try_from(number).ok());
    number.ok_or("a port's number, up to 65535, such as 8080".to_owned())
}

pub(super) fn columns(text: &str) -> Result<u16, String> {
    let number = number(text).and_then(|number| u16::try_from(number).ok());
    number
        .filter(|number| (40..=500).contains(number))
        .ok_or("columns, from 40 to 500, such as 80".to_owned())
}

/// Digits alone: a sign is no part of a count.
fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// The name of a built-in scenario of a command. The shells complete it; a wrong one gets one that is like it, and where all of
/// them stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScenarioName {
    pub(crate) command: &'static str,
}

impl TypedValueParser for ScenarioName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        let typed = value.to_string_lossy();
        let names = || Scenario::names(self.command).into_iter();
        if names().any(|name| *name == *typed) {
            return Ok(typed.into_owned());
        }
        let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(command);
        let arg = arg.map(ToString::to_string).unwrap_or_default();
        error.insert(ContextKind::InvalidArg, ContextValue::String(arg));
        error.insert(ContextKind::InvalidValue, ContextValue::String(typed.to_string()));
        let scored = names().map(|name| (strsim::jaro_winkler(&typed, name), name));
        let near = scored.filter(|(score, _)| *score > 0.7).max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, near)) = near {
            error.insert(ContextKind::SuggestedValue, ContextValue::String(near.to_owned()));
        }
        let list = format!("netlab {} --list shows all that there are", self.command);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![list.into()]));
        Err(error)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Scenario::names(self.command).into_iter().map(PossibleValue::new)))
    }
}

/// How the output looks. The same everywhere.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// How deep the explanations go (handshake, websocket, osi, replay, flows, check, explain)
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "friend|student|engineer"
    )]
    pub(crate) level: LevelArg,

    /// Text for people, JSON for programs (one object a line), CSV for spreadsheets (flows); pictures (handshake, websocket,
    /// replay, osi, explain): mermaid for notes, svg for slides, html for a browser [default: text]
    #[arg(
        long,
        global = true,
        value_enum,
        hide_possible_values = true,
        value_name = "text|json|csv|mermaid|svg|html"
    )]
    pub(crate) format: Option<Format>,

    /// When to use colour (NO_COLOR and CLICOLOR_FORCE count for auto)
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "auto|always|never"
    )]
    pub(crate) color: ColorWhen,

    /// Columns to write for, from 40 [default: the terminal's, else 80]
    #[arg(long, global = true, value_parser = columns)]
    pub(crate) width: Option<u16>,

    /// Sentences instead of drawings, columns and colour: for screen readers
    #[arg(long, global = true)]
    pub(crate) plain: bool,

    /// ASCII only, as where the locale is not UTF-8
    #[arg(long, global = true)]
    pub(crate) ascii: bool,

    /// No notices on standard error
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// Every step in full (handshake, websocket, replay), every note (check), all levels (explain)
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// Whether a file that exists may be written over: for every command that writes one, at the same place of its help.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(crate) struct Overwrite {
    /// Write over a file that exists
    #[arg(long, requires = "files", help_heading = "Output", display_order = 0)]
    pub(crate) force: bool,
}

/// `2,000`.
pub(crate) fn grouped(count: u64) -> String {
    let mut text = String::new();
    units::grouped(count, &mut text);
    text
}
