//! Our own server and client, acting a scenario out in the best way that works here.

use std::path::PathBuf;

use netlab::lab::scenario::Scenario;
use netlab::render::{Hint, wrap};
use netlab::story::{Refuses, Subject, Tell};

use super::conversations::ends_of;
use super::input::Input;
use super::live_args::{LiveArgs, Mode};
#[cfg(all(feature = "live", target_os = "linux"))]
use super::live_own;
use super::telling::Telling;
use super::{Exit, Output, Usage};

/// How the names of the scenarios begin that show one broken rule each.
pub(crate) const RULE: &str = "rule-";

/// What is to be acted out, by which command.
pub(crate) struct Wanted<'a> {
    /// `handshake`, `websocket`: whose scenarios and captures they are.
    pub(crate) command: &'static str,
    pub(crate) live: &'a LiveArgs,
    pub(crate) scenario: Scenario,
    /// What the client says: one text, or several in turn.
    #[cfg_attr(
        not(all(feature = "live", target_os = "linux")),
        expect(dead_code, reason = "a recording has said its own")
    )]
    pub(crate) messages: Vec<Vec<u8>>,
    /// What was asked for and can't be in a recording, each as a sentence.
    pub(crate) not_recorded: Vec<String>,
    /// What its story is about.
    pub(crate) subject: Subject,
    /// Another scenario that goes well after the first, and what it shows.
    pub(crate) next: (&'static str, &'static str),
}

impl Wanted<'_> {
    /// What the story is about; in step mode every step is told.
    pub(crate) fn subject(&self) -> Subject {
        if self.live.step { Subject::Tcp } else { self.subject }
    }

    /// How it is told.
    pub(crate) fn tell(&self, out: &Output) -> Tell {
        let refuses = Refuses::Longer(self.scenario.server.message_limit());
        Tell { all: out.verbose || out.json(), refuses, ..Tell::default() }
    }
}

/// The built-in scenario of this name, or the one that is played without a name.
pub(crate) fn scenario(command: &str, name: Option<&str>) -> Result<Scenario, Usage> {
    let name = name.unwrap_or(Scenario::first(command));
    Scenario::find(command, name).map_err(|error| Usage(error.to_string()))
}

/// What `--interface` cannot be given for.
pub(crate) fn without_interface(live: &LiveArgs) -> Result<(), Usage> {
    if live.interface.is_some() {
        let what = "--interface is for a target or --listen; the lab brings its own wire";
        return Err(Usage(what.to_owned()));
    }
    Ok(())
}

/// Lab, loopback, a recording: whichever works. (A simulated lab would stand before the recording.)
pub(crate) fn run(wanted: &Wanted<'_>, out: &mut Output) -> anyhow::Result<Exit> {
    without_interface(wanted.live)?;
    let mut why = Vec::new();
    for mode in [Mode::Lab, Mode::Loopback, Mode::Replay] {
        if wanted.live.mode.is_some_and(|only| only != mode) {
            continue;
        }
        match attempt(mode, wanted, &why, out)? {
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

fn attempt(mode: Mode, wanted: &Wanted<'_>, why: &[String], out: &mut Output) -> anyhow::Result<Attempt> {
    match mode {
        #[cfg(all(feature = "live", target_os = "linux"))]
        Mode::Lab => live_own::lab(wanted, out),
        #[cfg(all(feature = "live", target_os = "linux"))]
        Mode::Loopback => live_own::loopback(wanted, why, out),
        #[cfg(not(all(feature = "live", target_os = "linux")))]
        Mode::Lab | Mode::Loopback => {
            let built = "netlab can be live only on Linux, built with the feature `live`";
            Ok(Attempt::NotHere(if why.is_empty() { built.to_owned() } else { String::new() }))
        }
        Mode::Replay => recording(wanted, why, out),
    }
}

/// The bundled capture of the same scenario.
fn recording(wanted: &Wanted<'_>, why: &[String], out: &mut Output) -> anyhow::Result<Attempt> {
    let Wanted { live, scenario, .. } = wanted;
    if scenario.client.obeys() {
        return Ok(Attempt::NotHere("a recording says only what it has said".to_owned()));
    }
    let name = capture_of(wanted);
    let input = Input::from(PathBuf::from(&name));
    if input.bundled().is_none() {
        return Ok(Attempt::NotHere(format!("no capture of the scenario {} is bundled", scenario.name)));
    }
    if live.save.is_some() {
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
    for not_so in &wanted.not_recorded {
        banner.push_str(&format!(" {not_so}"));
    }
    if live.ipv6 && !name.ends_with("-ipv6") {
        banner.push_str(" It was recorded with IPv4.");
    }
    let hints = hints(wanted, Mode::Replay);
    let tell = Tell { ends: ends_of(&input)?, refuses: Refuses::Recorded, ..wanted.tell(out) };
    let telling = Telling {
        input: &input,
        shown: &name,
        tell,
        banner,
        why,
        step: live.step,
        speed: None,
        pace: live.pace,
        quiz: live.quiz,
        bytes: live.bytes,
        subject: wanted.subject(),
        hints,
        chosen: None,
        keys: None,
        with_keys: None,
    };
    telling.run(out).map(Attempt::Told)
}

/// Commands that go well after this one, and work here.
pub(crate) fn hints(wanted: &Wanted<'_>, shown: Mode) -> Vec<Hint> {
    let Wanted { command, live, scenario, .. } = wanted;
    let hint = |command: &str, shows| Hint { command: command.to_owned(), shows };
    let is_first = scenario.name == Scenario::first(command);
    let mut hints = Vec::new();
    match shown {
        Mode::Lab if !live.step => {
            let command = match scenario.name.as_str() {
                _ if is_first => format!("netlab {command} --step"),
                name => format!("netlab {command} --scenario {name} --step"),
            };
            hints.push(hint(&command, "you hold each frame on the wire"));
        }
        Mode::Lab if !live.quiz && !scenario.client.obeys() => {
            let command = format!("netlab {command} --quiz");
            hints.push(hint(&command, "say what comes next, then see it"));
        }
        Mode::Replay if !live.step => {
            let command = format!("netlab replay {} --step", capture_of(wanted));
            hints.push(hint(&command, "one frame at a time"));
        }
        _ => {}
    }
    let (next, shows) = wanted.next;
    if is_first && shown == Mode::Loopback && needs_wire(command, next) {
        hints.push(hint(&format!("netlab replay {command}-{next}"), shows));
    } else if is_first {
        hints.push(hint(&format!("netlab {command} --scenario {next}"), shows));
    } else if hints.is_empty() {
        // The longer stories have room for one hint.
        hints.push(hint(&format!("netlab {command} --list"), "what else can happen on the wire"));
    }
    if shown != Mode::Lab && live.mode != Some(shown) {
        hints.push(hint("netlab doctor", "what keeps the lab from working here"));
    }
    hints
}

/// Whether a scenario needs a wire in our own hands.
fn needs_wire(command: &str, name: &str) -> bool {
    Scenario::find(command, name).is_ok_and(|scenario| !scenario.wire.is_empty())
}

/// The bundled capture of a scenario.
fn capture_of(wanted: &Wanted<'_>) -> String {
    match (wanted.command, wanted.scenario.name.as_str()) {
        ("handshake", "plain") if wanted.live.ipv6 => "handshake-ipv6".to_owned(),
        ("handshake", "plain") => "handshake".to_owned(),
        (command, name) => format!("{command}-{name}"),
    }
}

/// Prints the scenarios of a command.
pub(crate) fn list(command: &str, out: &mut Output) -> anyhow::Result<Exit> {
    let all = Scenario::all(command)?;
    if out.json() {
        for scenario in &all {
            let value = serde_json::json!({
                "kind": "scenario", "name": scenario.name, "title": scenario.title, "about": scenario.about,
            });
            out.object(&value)?;
        }
        return Ok(Exit::Fine);
    }
    // One for each rule would bury the rest.
    let (rules, all): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|scenario| scenario.name.starts_with(RULE));
    let column = all.iter().map(|scenario| scenario.name.len()).max().unwrap_or(0) + 2;
    for scenario in &all {
        out.entry(column, &scenario.name, &format!("{}. {}", scenario.title, scenario.about))?;
    }
    out.plain("")?;
    out.plain(&format!("netlab {command} --scenario NAME acts one out."))?;
    if !rules.is_empty() {
        let text = format!(
            "{} more break one rule each: {RULE}NAME, as docs/websocket-rules.md lists them.",
            rules.len()
        );
        for part in wrap(&text, out.width) {
            out.plain(&part)?;
        }
    }
    Ok(Exit::Fine)
}
