//! `netlab lab-exec`: programs that others wrote, on the lab's two hosts. Not in the overview: it is how the bundled captures
//! of real peers are recorded, and how the tests meet them.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use netlab::event::{Host, LiveEvent, ProgramEvent};
use netlab::lab::{Command, Lab, LabError, StartOptions};
use netlab::live::Probe;
use netlab::render::{StoryHead, escape};
use netlab::story::{Tell, Teller};

use super::common::{Overwrite, count, port};
use super::live::{Incoming, Live, incoming};
use super::present::Presenter;
use super::save::Saver;
use super::{Exit, Output, Usage};

/// Start programs on the lab's two hosts, and see what crosses the wire
///
/// Each program is HOST -- COMMAND..., HOST being client or server; :: stands between them. The client's are started when the
/// server listens; when they have ended, so is the story. What the programs write goes to standard error.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
The hosts' addresses are in the programs' environment: NETLAB_CLIENT, NETLAB_SERVER.

Example: netlab lab-exec --save echo.pcapng server -- node echo.mjs :: client -- node chat.mjs")]
pub(crate) struct Args {
    /// The server listens on this port before the client begins; as often as needed [default: 8080]
    #[arg(long, value_name = "PORT", value_parser = port)]
    ready: Vec<u16>,

    /// The client's programs may run for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = count::<u64>)]
    limit: u64,

    /// IPv6 between the hosts
    #[arg(short = '6')]
    ipv6: bool,

    /// Keep the frames in this file, for Wireshark
    #[arg(long, value_name = "FILE.pcapng", group = "files")]
    save: Option<PathBuf>,

    #[command(flatten)]
    overwrite: Overwrite,

    /// HOST -- COMMAND..., with :: between programs
    #[arg(value_name = "PROGRAM", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    programs: Vec<OsString>,
}

/// Starts them, tells the story (with `-q` nothing but what the programs write), and says how they ended.
pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let exe = std::env::current_exe().context("netlab does not find its own file")?;
    let ready = if args.ready.is_empty() { vec![8080] } else { args.ready.clone() };
    let options = StartOptions {
        exe: exe.clone(),
        ipv6: args.ipv6,
        commands: commands(&args.programs)?,
        ready,
        limit: Duration::from_secs(args.limit),
    };
    let saver = args.save.as_ref().map(|path| Saver::create(path, args.overwrite.force)).transpose()?;
    let (sender, receiver) = incoming(false)?;
    let failed = Arc::new(Mutex::new(None));
    let found = Arc::clone(&failed);
    let lab = Lab::start_programs(options, move |event| {
        if let LiveEvent::Program { host, event, .. } = &event
            && let Some(failure) = hear(*host, event)
        {
            found.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
        }
        drop(sender.send(Incoming::Live(event)));
    });
    let lab = lab.map_err(|error| match error {
        LabError::Broken(broken) => {
            let probe = Probe::of(broken, &exe);
            anyhow::anyhow!("no lab, since {}; netlab doctor says what to type", probe.brief)
        }
        silent => anyhow::anyhow!("{silent}"),
    })?;
    if out.is_quiet() {
        out.mute();
    }
    let banner = "netlab · live in the lab: programs of your own on two hosts; netlab is the wire".to_owned();
    let head = StoryHead { mode: "lab", ..StoryHead::default() };
    let mut presenter = Presenter::new(out, false, head, banner)?;
    let mut live = Live::new(&mut presenter, Teller::new(Tell::default()));
    live.saver = saver;
    let exit = live.run(&receiver, &|_| {});
    lab.stop();
    let exit = exit?;
    let failure = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
    match failure {
        Some(failure) if exit != Exit::Interrupted => anyhow::bail!("{failure}"),
        _ => Ok(exit),
    }
}

/// Says what a program wrote; gives what went wrong with one of the client's.
fn hear(host: Host, event: &ProgramEvent) -> Option<String> {
    match event {
        ProgramEvent::Said { program, line } => {
            let mut stderr = std::io::stderr().lock();
            // Standard error may be closed; there is nobody left to tell then.
            let written = writeln!(stderr, "{host} {}: {}", escape(program), escape(line));
            drop(written);
            None
        }
        ProgramEvent::Exited { program, how } if host == Host::Client && how.code != Some(0) => {
            Some(format!("{program} on the client ended with {how}"))
        }
        _ => None,
    }
}

/// The programs that were typed.
fn commands(words: &[OsString]) -> anyhow::Result<Vec<Command>> {
    let commands = words.split(|word| word == "::").map(command).collect::<anyhow::Result<Vec<Command>>>()?;
    if !commands.iter().any(|command| command.host == Host::Client) {
        let what = "one program must run on the client: when those have ended, the story has";
        return Err(Usage(what.to_owned()).into());
    }
    Ok(commands)
}

fn command(words: &[OsString]) -> anyhow::Result<Command> {
    let Some((host, rest)) = words.split_first() else {
        return Err(Usage("between two :: stands HOST -- COMMAND...".to_owned()).into());
    };
    let host = match host.to_str() {
        Some("client") => Host::Client,
        Some("server") => Host::Server,
        _ => return Err(Usage(format!("{host:?} is no host; there are client and server")).into()),
    };
    let line = match rest.split_first() {
        Some((dashes, line)) if dashes == "--" => line,
        _ => rest,
    };
    if line.is_empty() {
        return Err(Usage(format!("what is to run on the {host}? {host} -- COMMAND...")).into());
    }
    Ok(Command { host, line: line.iter().cloned().map(OsString::into_vec).collect() })
}
