//! `netlab handshake`: a real TCP handshake, live.

use std::path::PathBuf;

use clap::ValueEnum;
use netlab::lab::scenario::Scenario;
use netlab::render::Hint;
use netlab::story::{Subject, Tell};

use super::common::{count, port};
use super::input::Input;
use super::replay::{Telling, ends_of};
use super::{Exit, Output, Usage};
#[cfg(all(feature = "live", target_os = "linux"))]
use super::{live_handshake, live_listen};

/// See a real TCP handshake, live, frame by frame
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Without a target netlab makes two hosts on this computer and is itself the wire between them: no root, no second computer, no \
Internet.

Example: netlab handshake --step
         netlab handshake example.org:443
         netlab handshake --scenario lost-syn --save lost.pcapng")]
pub(crate) struct Args {
    /// A server to connect to, live, over a real interface
    #[arg(value_name = "HOST:PORT")]
    pub(crate) target: Option<String>,

    /// What happens on the wire (--list shows them)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["target", "listen"], hide_possible_values = true, value_parser = scenarios())]
    pub(crate) scenario: Option<String>,

    /// List the scenarios
    #[arg(long)]
    pub(crate) list: bool,

    /// Hold each frame on the wire until you press Enter
    #[arg(long, conflicts_with_all = ["target", "listen"])]
    pub(crate) step: bool,

    /// What the client says [default: a short greeting; to a target: nothing]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with = "listen")]
    pub(crate) message: Option<String>,

    /// IPv4
    #[arg(short = '4', conflicts_with = "ipv6")]
    pub(crate) ipv4: bool,

    /// IPv6
    #[arg(short = '6')]
    pub(crate) ipv6: bool,

    /// Show the handshake of whoever connects to this port
    #[arg(long, value_name = "PORT", conflicts_with = "target", value_parser = port)]
    pub(crate) listen: Option<u16>,

    /// Listen on this address of the computer [default: 127.0.0.1]
    #[arg(long, value_name = "ADDR", requires = "listen")]
    pub(crate) bind: Option<std::net::IpAddr>,

    /// Stop listening after so many connections [default: on Ctrl-C]
    #[arg(long, value_name = "N", requires = "listen", value_parser = count::<u32>)]
    pub(crate) count: Option<u32>,

    /// Capture on this interface [default: the one the route takes]
    #[arg(long, value_name = "NAME")]
    pub(crate) interface: Option<String>,

    /// Give up on a target after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds, requires = "target")]
    pub(crate) timeout: f64,

    /// Show it this way or not at all [default: the best that works here]
    #[arg(long, value_enum, hide_possible_values = true, value_name = "lab|loopback|replay", conflicts_with_all = ["target", "listen"])]
    pub(crate) mode: Option<Mode>,

    /// Keep the frames in this file, for Wireshark
    #[arg(long, value_name = "FILE.pcapng")]
    pub(crate) save: Option<PathBuf>,

    /// Write over a file that exists
    #[arg(long, requires = "save")]
    pub(crate) force: bool,

    /// Show the bytes beside the fields
    #[arg(long)]
    pub(crate) bytes: bool,
}

/// How a handshake is shown.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// two hosts and a wire of our own
    Lab,
    /// our own server and client on the loopback interface
    Loopback,
    /// a bundled capture
    Replay,
}

/// The names of the built-in scenarios, which the shells complete.
fn scenarios() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(Scenario::names("handshake"))
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number <= 3600.0 => Ok(number),
        _ => Err("a number of seconds above 0, up to 3600".to_owned()),
    }
}

pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    if args.list {
        return list(out);
    }
    #[cfg(all(feature = "live", target_os = "linux"))]
    {
        if let Some(target) = &args.target {
            return live_handshake::target(args, target, out);
        }
        if let Some(port) = args.listen {
            return live_listen::run(args, port, out);
        }
    }
    #[cfg(not(all(feature = "live", target_os = "linux")))]
    if args.target.is_some() || args.listen.is_some() {
        anyhow::bail!("a live capture needs Linux, and a netlab built with the feature `live`");
    }
    if args.interface.is_some() {
        let what = "--interface is for a target or --listen; the lab brings its own wire";
        return Err(Usage(what.to_owned()).into());
    }
    own(args, out)
}

/// Our own server and client, in the best way that works here: lab, loopback, a recording. (A simulated lab would stand before
/// the recording.)
fn own(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let name = args.scenario.as_deref().unwrap_or("plain");
    let scenario = Scenario::find("handshake", name).map_err(|error| Usage(error.to_string()))?;
    let mut why = Vec::new();
    for mode in [Mode::Lab, Mode::Loopback, Mode::Replay] {
        if args.mode.is_some_and(|wanted| wanted != mode) {
            continue;
        }
        match attempt(mode, args, &scenario, &why, out)? {
            Attempt::Told(exit) => return Ok(exit),
            Attempt::NotHere(reason) => why.push(reason),
        }
    }
    let why = why.join("; ");
    anyhow::bail!("{why}; netlab doctor says what to type")
}

/// What came of trying one mode.
pub(crate) enum Attempt {
    /// The story was told in it.
    Told(Exit),
    /// It can't be had here, and why.
    NotHere(String),
}

fn attempt(
    mode: Mode,
    args: &Args,
    scenario: &Scenario,
    why: &[String],
    out: &mut Output,
) -> anyhow::Result<Attempt> {
    match mode {
        #[cfg(all(feature = "live", target_os = "linux"))]
        Mode::Lab => live_handshake::lab(args, scenario, out),
        #[cfg(all(feature = "live", target_os = "linux"))]
        Mode::Loopback => live_handshake::loopback(args, scenario, why, out),
        #[cfg(not(all(feature = "live", target_os = "linux")))]
        Mode::Lab | Mode::Loopback => {
            let built = "netlab can be live only on Linux, built with the feature `live`";
            Ok(Attempt::NotHere(if why.is_empty() { built.to_owned() } else { String::new() }))
        }
        Mode::Replay => recording(args, scenario, why, out),
    }
}

/// The bundled capture of the same scenario.
fn recording(args: &Args, scenario: &Scenario, why: &[String], out: &mut Output) -> anyhow::Result<Attempt> {
    let name = capture_of(args, scenario);
    let input = Input::from(PathBuf::from(&name));
    if input.bundled().is_none() {
        return Ok(Attempt::NotHere(format!("no capture of the scenario {} is bundled", scenario.name)));
    }
    if args.save.is_some() {
        let export = format!("netlab captures {name} --export FILE");
        return Err(Usage(format!(
            "--save keeps live frames, and nothing is live here; for the recording: {export}"
        ))
        .into());
    }
    let why: Vec<&str> = why.iter().map(String::as_str).filter(|why| !why.is_empty()).collect();
    let why = if why.is_empty() { None } else { Some(why.join("; ")) };
    let mut banner = format!("netlab · a recording ({name}), not live");
    if let Some(why) = &why {
        banner.push_str(&format!(": {why}. netlab doctor says how to see it live"));
    }
    banner.push('.');
    if let Some(message) = &args.message {
        banner.push_str(&format!(" Your message {message:?} was not sent."));
    }
    if args.ipv6 && scenario.name != "plain" {
        banner.push_str(" It was recorded with IPv4.");
    }
    let hints = hints(args, scenario, Mode::Replay);
    let tell = Tell { ends: ends_of(&input)?, ..Tell::default() };
    let telling = Telling {
        input: &input,
        shown: &name,
        tell,
        banner,
        why,
        step: args.step,
        speed: None,
        bytes: args.bytes,
        subject: Subject::Tcp,
        hints,
        chosen: None,
    };
    telling.run(out).map(Attempt::Told)
}

/// Commands that go well after this one, and work here.
pub(crate) fn hints(args: &Args, scenario: &Scenario, shown: Mode) -> Vec<Hint> {
    let hint = |command: &str, shows| Hint { command: command.to_owned(), shows };
    let mut hints = Vec::new();
    match shown {
        Mode::Lab if !args.step => {
            let command = match scenario.name.as_str() {
                "plain" => "netlab handshake --step".to_owned(),
                name => format!("netlab handshake --scenario {name} --step"),
            };
            hints.push(hint(&command, "you hold each frame on the wire"));
        }
        Mode::Replay if !args.step => {
            let command = format!("netlab replay {} --step", capture_of(args, scenario));
            hints.push(hint(&command, "one frame at a time"));
        }
        _ => {}
    }
    match scenario.name.as_str() {
        "plain" if shown == Mode::Loopback => {
            hints.push(hint("netlab replay handshake-lost-syn", "the first call is lost"));
        }
        "plain" => hints.push(hint("netlab handshake --scenario lost-syn", "the first call is lost")),
        // The longer stories have room for one hint.
        _ if hints.is_empty() => {
            hints.push(hint("netlab handshake --list", "what else can happen on the wire"))
        }
        _ => {}
    }
    if shown != Mode::Lab && args.mode != Some(shown) {
        hints.push(hint("netlab doctor", "what keeps the lab from working here"));
    }
    hints
}

/// The bundled capture of a scenario.
fn capture_of(args: &Args, scenario: &Scenario) -> String {
    match scenario.name.as_str() {
        "plain" if args.ipv6 => "handshake-ipv6".to_owned(),
        "plain" => "handshake".to_owned(),
        other => format!("handshake-{other}"),
    }
}

fn list(out: &mut Output) -> anyhow::Result<Exit> {
    let all = Scenario::all("handshake")?;
    if out.json() {
        for scenario in &all {
            let value = serde_json::json!({
                "kind": "scenario", "name": scenario.name, "title": scenario.title, "about": scenario.about,
            });
            out.object(&value)?;
        }
        return Ok(Exit::Fine);
    }
    let column = all.iter().map(|scenario| scenario.name.len()).max().unwrap_or(0) + 2;
    for scenario in &all {
        out.entry(column, &scenario.name, &format!("{}. {}", scenario.title, scenario.about))?;
    }
    out.plain("")?;
    out.plain("netlab handshake --scenario NAME acts one out.")?;
    Ok(Exit::Fine)
}
