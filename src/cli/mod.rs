//! The command line: one file a subcommand, each a short recipe that connects a source to a renderer.

#[cfg(all(feature = "live", target_os = "linux"))]
mod awaited;
mod captures;
mod check;
mod common;
mod conversations;
mod counts;
mod dissect;
mod doctor;
mod explain;
mod flows;
mod handshake;
#[cfg(all(feature = "live", target_os = "linux"))]
mod incoming;
mod input;
#[cfg(all(feature = "live", target_os = "linux"))]
mod interactive;
mod interrupt;
mod keys;
#[cfg(all(feature = "live", target_os = "linux"))]
mod lab_exec;
mod lines;
#[cfg(all(feature = "live", target_os = "linux"))]
mod live;
mod live_args;
#[cfg(all(feature = "live", target_os = "linux"))]
mod live_listen;
#[cfg(all(feature = "live", target_os = "linux"))]
mod live_own;
mod osi;
mod output;
mod own;
mod pace;
mod palette;
mod picture;
mod present;
mod progress;
mod prompt;
mod quiz;
mod quoted;
mod replay;
#[cfg(all(feature = "live", target_os = "linux"))]
mod save;
mod select;
mod shares;
mod shell;
mod showing;
mod start;
mod stdout;
mod stretches;
mod survey;
mod telling;
mod websocket;
#[cfg(all(feature = "live", target_os = "linux"))]
mod websocket_url;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use common::{Format, OutputArgs};
pub(crate) use output::Output;

/// See how a network connection really works
#[derive(Parser, Debug)]
#[command(
    name = "netlab",
    version,
    max_term_width = 100,
    after_help = "Start with: netlab handshake\nEvery command explains itself: netlab help handshake"
)]
struct Cli<C: Subcommand> {
    #[command(subcommand)]
    command: Option<C>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Subcommand, Debug)]
enum Command {
    Handshake(handshake::Args),
    Websocket(websocket::Args),
    Osi(osi::Args),
    Replay(replay::Args),
    Flows(flows::Args),
    Dissect(dissect::Args),
    Check(check::Args),
    Explain(explain::Args),
    Captures(captures::Args),
    Doctor(doctor::Args),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// All that can be typed: the commands, and what no overview has.
#[derive(Subcommand, Debug)]
enum Typed {
    #[command(flatten)]
    Command(Command),
    #[cfg(all(feature = "live", target_os = "linux"))]
    #[command(hide = true)]
    LabExec(lab_exec::Args),
}

/// How a run ended, when it ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All was done, and told.
    Fine,
    /// The story was told, but the work failed: a target that refused, a capture that is damaged.
    Failed,
    /// `check` found a broken rule in a sound file.
    Violation,
    /// Ctrl-C.
    Interrupted,
}

/// What the user typed can't be done as typed; the text says what to type instead. Exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// What was typed. Help and clap's own errors keep to `--width` as all else does.
fn parsed(typed: Vec<OsString>) -> Result<Cli<Typed>, clap::Error> {
    let mut command = Cli::<Typed>::command();
    if let Some(width) = width_of(&typed) {
        // Where an option and its help have no room side by side, the help stands below.
        let below = width < 60;
        command = command
            .term_width(width)
            .next_line_help(below)
            .mut_subcommands(|each| each.next_line_help(below));
    }
    let mut matches = command.try_get_matches_from_mut(typed)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// The columns that `--width` asks for, looked for before anything is parsed, since help is not parsed to its end. One that is
/// refused later is none.
fn width_of(typed: &[OsString]) -> Option<usize> {
    let mut words = typed.iter().map_while(|word| word.to_str()).take_while(|word| *word != "--");
    let width = words.find_map(|word| word.strip_prefix("--width")).map(str::to_owned)?;
    let width = width.strip_prefix('=').map(str::to_owned).or_else(|| words.next().map(str::to_owned))?;
    common::columns(&width).ok().map(usize::from)
}

/// Parses the command line, runs the command, and turns the outcome into an exit code.
pub(crate) fn main() -> ExitCode {
    let cli = match parsed(env::args_os().collect()) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => error.exit(),
        // --help and --version: clap itself would not mind a full disk.
        Err(help) => return printed(help.print().and_then(|()| io::stdout().flush())),
    };
    let mut out = Output::new(&cli.output);
    let result = run(&cli, &mut out).and_then(|exit| {
        out.flush()?;
        Ok(exit)
    });
    match result {
        Ok(Exit::Fine) => ExitCode::SUCCESS,
        Ok(Exit::Failed) => ExitCode::from(1),
        Ok(Exit::Violation) => ExitCode::from(3),
        Ok(Exit::Interrupted) => ExitCode::from(130),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let pointed = error.downcast_ref::<select::Pointed>();
            let usage = pointed.is_some() || error.downcast_ref::<Usage>().is_some();
            // Whatever was told up to here stands before the error.
            let flushed = out.flush();
            drop(flushed);
            out.error(&error);
            for line in pointed.map(select::Pointed::lines).into_iter().flatten() {
                out.below(&line);
            }
            ExitCode::from(if usage { 2 } else { 1 })
        }
    }
}

fn printed(result: io::Result<()>) -> ExitCode {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            // Standard error may be closed, too; there is nobody left to tell then.
            drop(writeln!(io::stderr(), "netlab: standard output: {error}"));
            ExitCode::from(1)
        }
        _ => ExitCode::SUCCESS,
    }
}

fn run(cli: &Cli<Typed>, out: &mut Output) -> anyhow::Result<Exit> {
    if out.format == Format::Csv && !matches!(cli.command, Some(Typed::Command(Command::Flows(_)))) {
        return Err(Usage("--format csv is there for netlab flows alone; use text or json".into()).into());
    }
    let command = match &cli.command {
        None => None,
        Some(Typed::Command(command)) => Some(command),
        #[cfg(all(feature = "live", target_os = "linux"))]
        Some(Typed::LabExec(args)) => return lab_exec::run(args, out),
    };
    use Command::{Explain, Flows, Handshake, Osi, Replay, Websocket};
    let draws = matches!(command, Some(Handshake(_) | Websocket(_) | Replay(_) | Osi(_) | Explain(_)));
    if let Some(form) = out.format.form().filter(|_| !draws) {
        let name = form.name();
        let others = if matches!(command, Some(Flows(_))) { "text, json or csv" } else { "text or json" };
        let what = format!(
            "--format {name} is there for handshake, websocket, replay, osi and explain; use {others}"
        );
        return Err(Usage(what).into());
    }
    match command {
        None => start::run(out),
        Some(Command::Handshake(args)) => handshake::run(args, out),
        Some(Command::Websocket(args)) => websocket::run(args, out),
        Some(Command::Osi(args)) => osi::run(args, out),
        Some(Command::Replay(args)) => replay::run(args, out),
        Some(Flows(args)) => flows::run(args, out),
        Some(Command::Dissect(args)) => dissect::run(args, out),
        Some(Command::Check(args)) => check::run(args, out),
        Some(Command::Explain(args)) => explain::run(args, out),
        Some(Command::Captures(args)) => captures::run(args, out),
        Some(Command::Doctor(args)) => doctor::run(args, out),
        Some(Command::Completions(args)) => shell::completions(args, out),
        Some(Command::Man(args)) => shell::man(args, out),
    }
}

/// The command line as clap describes it, less what is hidden: for the manual and the shells' completions.
pub(crate) fn description() -> clap::Command {
    Cli::<Command>::command()
}

/// Whether the reader of our output went away (`netlab ... | head`): that is no failure of ours.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
