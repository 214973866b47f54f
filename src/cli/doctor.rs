//! `netlab doctor`: which ways to see live frames work here, and what mends those that do not.

use netlab::render::{Ink, Line, wrap};
use netlab::source::Bundled;

use super::{Exit, Output};

/// Find out which live modes work here, and what to type for the others
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Every mode is really tried, step by step. Exit code 0 if a live one works.\n\nExample: netlab doctor"
)]
pub(crate) struct Args {}

/// Where the second column starts.
const COLUMN: usize = 11;
/// Where the third one starts: all that is said.
const START: usize = COLUMN + 7;

/// One way to show a connection, and whether it works here.
struct Mode {
    name: &'static str,
    /// What it is.
    about: &'static str,
    live: bool,
    found: Result<String, Fault>,
}

/// What is in the way.
struct Fault {
    /// The step that failed, and the system's word for it.
    step: String,
    errno: Option<i32>,
    why: String,
    command: Option<String>,
    cost: Option<&'static str>,
}

pub(crate) fn run(_: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let mut modes = live_modes()?;
    let live = modes.iter().any(|mode| mode.found.is_ok());
    modes.push(replay());
    if out.json() {
        for mode in &modes {
            out.object(&json(mode))?;
        }
    } else {
        text(&modes, live, out)?;
    }
    Ok(if live { Exit::Fine } else { Exit::Failed })
}

fn text(modes: &[Mode], live: bool, out: &mut Output) -> anyhow::Result<()> {
    let mut told: Option<&str> = None;
    for mode in modes {
        let (ink, word) = if mode.found.is_ok() { (Ink::Strong, "works") } else { (Ink::Alarm, "no") };
        for (index, about) in beside(mode.about, out).into_iter().enumerate() {
            let mut line = Line::new();
            if index == 0 {
                line.push(Ink::Strong, mode.name);
                line.pad_to(COLUMN).push(ink, word);
            }
            line.pad_to(START).push(Ink::Plain, about);
            out.line(&line)?;
        }
        match &mode.found {
            Ok(remark) => row("", remark, Ink::Faint, out)?,
            // The same cause twice is told once.
            Err(fault) if told == Some(fault.step.as_str()) => {
                row("", "for the same reason", Ink::Plain, out)?
            }
            Err(fault) => {
                told = Some(&fault.step);
                row("failed", &fault.step, Ink::Plain, out)?;
                row("why", &fault.why, Ink::Plain, out)?;
                row("type", fault.command.as_deref().unwrap_or_default(), Ink::Strong, out)?;
                row("costs", fault.cost.unwrap_or_default(), Ink::Plain, out)?;
            }
        }
    }
    out.plain("")?;
    let advice = if live {
        "netlab handshake and netlab websocket take the first that works."
    } else {
        "No live mode works here. netlab handshake and netlab websocket show a recording."
    };
    out.plain(advice)?;
    Ok(())
}

/// What stands in the third column, in as many lines as it takes.
fn beside(text: &str, out: &Output) -> Vec<String> {
    wrap(text, out.width.saturating_sub(START).max(20))
}

/// A labelled remark below a mode; a command stands on one line, whatever its length, so that it can be copied.
fn row(label: &str, text: &str, ink: Ink, out: &mut Output) -> anyhow::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let whole = label == "type";
    let parts = if whole { vec![text.to_owned()] } else { beside(text, out) };
    for (index, part) in parts.into_iter().enumerate() {
        let mut line = Line::new();
        line.pad_to(COLUMN).push(Ink::Faint, if index == 0 { label } else { "" });
        line.pad_to(START).push(ink, part);
        if whole { out.whole(&line) } else { out.line(&line) }?;
    }
    Ok(())
}

fn json(mode: &Mode) -> serde_json::Value {
    let fault = mode.found.as_ref().err();
    serde_json::json!({
        "kind": "mode",
        "mode": mode.name,
        "live": mode.live,
        "works": mode.found.is_ok(),
        "failed": fault.map(|fault| &fault.step),
        "errno": fault.and_then(|fault| fault.errno),
        "why": fault.map(|fault| &fault.why),
        "command": fault.and_then(|fault| fault.command.as_ref()),
        "cost": fault.and_then(|fault| fault.cost),
    })
}

fn replay() -> Mode {
    let count = Bundled::all().len();
    Mode {
        name: "replay",
        about: "recordings: bundled ones, and files of your own",
        live: false,
        found: Ok(format!("{count} bundled; netlab captures lists them")),
    }
}

const LAB: (&str, &str) = ("lab", "two hosts of our own, and netlab is the wire");
const LOOPBACK: (&str, &str) = ("loopback", "our own server and client on this computer's lo");
const INTERFACE: (&str, &str) =
    ("interface", "real servers: netlab handshake HOST:PORT, netlab websocket URL, --listen");

fn mode((name, about): (&'static str, &'static str), found: Result<String, Fault>) -> Mode {
    Mode { name, about, live: true, found }
}

#[cfg(all(feature = "live", target_os = "linux"))]
fn live_modes() -> anyhow::Result<Vec<Mode>> {
    use anyhow::Context;
    use netlab::live::Probe;

    let exe = std::env::current_exe().context("netlab does not find its own file")?;
    let fault = |probe: Probe| Fault {
        step: probe.broken.to_string(),
        errno: Some(probe.broken.errno),
        why: probe.why,
        cost: probe.mend.as_ref().map(|mend| mend.cost),
        command: probe.mend.map(|mend| mend.command),
    };
    let interfaces = netlab::live::interfaces();
    let there = if interfaces.is_empty() {
        "only lo is up: nothing but this computer can be reached".to_owned()
    } else {
        format!("up: lo, {}", interfaces.join(", "))
    };
    Ok(vec![
        mode(LAB, netlab::lab::probe(&exe).map(|()| String::new()).map_err(fault)),
        mode(LOOPBACK, netlab::live::probe(&exe).map(|()| String::new()).map_err(fault)),
        mode(INTERFACE, netlab::live::probe(&exe).map(|()| there).map_err(fault)),
    ])
}

#[cfg(not(all(feature = "live", target_os = "linux")))]
fn live_modes() -> anyhow::Result<Vec<Mode>> {
    let fault = || Fault {
        step: "netlab was built without live modes".to_owned(),
        errno: None,
        why: "They need Linux, and the feature `live`, which is on by default there.".to_owned(),
        command: None,
        cost: None,
    };
    Ok([LAB, LOOPBACK, INTERFACE].map(|which| mode(which, Err(fault()))).into())
}
