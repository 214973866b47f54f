//! The live ways to show a handshake: the lab, our own two programs on loopback, a real target.

use std::time::Duration;

use anyhow::Context;
use netlab::lab::scenario::Scenario;
use netlab::lab::{Lab, LabError, LabOptions};
use netlab::live::loopback::{self, LoopbackOptions};
use netlab::live::target::{self, TargetOptions};
use netlab::live::{Broken, Probe, Trouble};
use netlab::render::{Hint, StoryHead};
use netlab::story::{Tell, Teller};

use super::handshake::{Args, Attempt, Mode, hints};
use super::live::{Incoming, Live, incoming};
use super::present::Presenter;
use super::quoted::quoted;
use super::save::Saver;
use super::{Exit, Output, Usage};

/// What a client of ours says where nothing else was asked for.
const GREETING: &str = "Hello, server!";

/// Two hosts and a wire of our own.
pub(crate) fn lab(args: &Args, scenario: &Scenario, out: &mut Output) -> anyhow::Result<Attempt> {
    let options = LabOptions {
        exe: own_file()?,
        ipv6: args.ipv6,
        scenario: scenario.clone(),
        step: args.step,
        message: message(args),
    };
    let (sender, receiver) = incoming(args.step)?;
    let lab = match Lab::start(options, move |event| drop(sender.send(Incoming::Live(event)))) {
        Ok(lab) => lab,
        Err(LabError::Broken(broken)) => return not_here("lab", broken),
        Err(error) => return Ok(Attempt::NotHere(format!("no lab, since {error}"))),
    };
    let banner = match scenario.name.as_str() {
        "plain" => {
            "netlab · live in the lab: two hosts, this computer's own TCP; netlab is the wire".to_owned()
        }
        _ => format!("netlab · live in the lab · {}", scenario.title),
    };
    let head = StoryHead { mode: "lab", ..StoryHead::default() };
    let mut presenter = Presenter::new(out, args.bytes, head, banner)?;
    let mut live = Live::new(&mut presenter, Teller::new(Tell::default()));
    live.step = args.step;
    live.hints = hints(args, scenario, Mode::Lab);
    live.saver = saver(args)?;
    let exit = live.run(&receiver, &|number| lab.release(number))?;
    lab.stop();
    // A refusal that the scenario asked for is no failure.
    Ok(Attempt::Told(if exit == Exit::Failed { Exit::Fine } else { exit }))
}

/// Our own server and client on the loopback interface.
pub(crate) fn loopback(
    args: &Args,
    scenario: &Scenario,
    why: &[String],
    out: &mut Output,
) -> anyhow::Result<Attempt> {
    let cannot = if args.step {
        Some("on loopback no frame can be held for --step")
    } else if !scenario.wire.is_empty() {
        Some("on loopback no frame can be lost")
    } else {
        None
    };
    if let Some(cannot) = cannot {
        return Ok(Attempt::NotHere(cannot.to_owned()));
    }
    let options = LoopbackOptions {
        ipv6: args.ipv6,
        client: scenario.client.clone(),
        server: scenario.server.clone(),
        message: message(args),
    };
    let (sender, receiver) = incoming(false)?;
    let session = match loopback::start(options, move |event| drop(sender.send(Incoming::Live(event)))) {
        Ok(session) => session,
        Err(Trouble::Broken(broken)) => return not_here("loopback", broken),
        Err(error) => return Ok(Attempt::NotHere(format!("no loopback, since {error}"))),
    };
    let mut banner = "netlab · live on loopback: our own server and client, seen by a raw capture".to_owned();
    if !why.is_empty() {
        banner.push_str(&format!("; {}. netlab doctor says how to mend it.", why.join("; ")));
    }
    let why = if why.is_empty() { None } else { Some(why.join("; ")) };
    let head = StoryHead { mode: "loopback", why, ..StoryHead::default() };
    let mut presenter = Presenter::new(out, args.bytes, head, banner)?;
    let mut live = Live::new(&mut presenter, Teller::new(Tell::default()));
    live.hints = hints(args, scenario, Mode::Loopback);
    live.saver = saver(args)?;
    let exit = live.run(&receiver, &|_| {})?;
    session.stop();
    Ok(Attempt::Told(if exit == Exit::Failed { Exit::Fine } else { exit }))
}

/// In plain words; `netlab doctor` has the details.
fn not_here(mode: &str, broken: Broken) -> anyhow::Result<Attempt> {
    let probe = Probe::of(broken, &own_file()?);
    Ok(Attempt::NotHere(format!("no {mode}, since {}", probe.brief)))
}

/// A real server.
pub(crate) fn target(args: &Args, target: &str, out: &mut Output) -> anyhow::Result<Exit> {
    let options = TargetOptions {
        target: target.to_owned(),
        ipv6: if args.ipv6 { Some(true) } else { args.ipv4.then_some(false) },
        interface: args.interface.clone(),
        timeout: Duration::from_secs_f64(args.timeout),
        message: args.message.as_ref().map(|text| text.as_bytes().to_vec()),
    };
    let (sender, receiver) = incoming(false)?;
    let session = target::start(options, move |event| drop(sender.send(Incoming::Live(event))))
        .map_err(with_what_to_type)?;
    let head = StoryHead { mode: "interface", ..StoryHead::default() };
    let banner = format!("netlab · live: a connection to {target}, seen by a raw capture");
    let mut presenter = Presenter::new(out, args.bytes, head, banner)?;
    let mut live = Live::new(&mut presenter, Teller::new(Tell::default()));
    live.server_name = target.rsplit_once(':').map(|(host, _)| host.trim_matches(['[', ']']).to_owned());
    live.saver = saver(args)?;
    live.hints = after_capture(args);
    let exit = live.run(&receiver, &|_| {})?;
    session.stop();
    Ok(exit)
}

/// What goes well after frames of a real interface.
pub(crate) fn after_capture(args: &Args) -> Vec<Hint> {
    let hint = |command: String, shows| Hint { command, shows };
    let mut hints = Vec::new();
    match &args.save {
        Some(file) => {
            let command = format!("netlab replay {} --step", quoted(file));
            hints.push(hint(command, "the same, one frame at a time"));
        }
        None if !args.bytes => {
            let which = match (&args.target, args.listen) {
                (Some(target), _) => target.clone(),
                (None, Some(port)) => format!("--listen {port}"),
                (None, None) => String::new(),
            };
            let command = format!("netlab handshake {which} --bytes");
            hints.push(hint(command, "the bytes behind the numbers"));
        }
        None => {}
    }
    hints.push(hint("netlab handshake --list".to_owned(), "what can happen on the wire"));
    hints
}

pub(crate) fn saver(args: &Args) -> anyhow::Result<Option<Saver>> {
    args.save.as_ref().map(|path| Saver::create(path, args.force)).transpose()
}

/// The reason, and what mends it.
pub(crate) fn with_what_to_type(trouble: Trouble) -> anyhow::Error {
    match trouble {
        Trouble::Target { .. } => Usage(trouble.to_string()).into(),
        // What was typed is sound; the world has no such thing, like a file that is not there.
        Trouble::Name { .. } => {
            anyhow::anyhow!("{trouble}; look for a slip in it, or give an address, such as 192.0.2.1:80")
        }
        Trouble::Broken(broken) => {
            let Ok(exe) = own_file() else { return broken.into() };
            let probe = Probe::of(broken, &exe);
            match probe.mend {
                Some(mend) => anyhow::anyhow!("{broken}. {} Type: {}", probe.why, mend.command),
                None => anyhow::anyhow!("{broken}. {}", probe.why),
            }
        }
        // Its text holds the cause already.
        other => anyhow::anyhow!("{other}"),
    }
}

fn own_file() -> anyhow::Result<std::path::PathBuf> {
    std::env::current_exe().context("netlab does not find its own file")
}

fn message(args: &Args) -> Vec<u8> {
    args.message.as_deref().unwrap_or(GREETING).as_bytes().to_vec()
}
