//! The live ways to show a handshake: the lab, our own two programs on loopback, a real target, whoever connects.

use anyhow::Context;
use netlab::lab::scenario::Scenario;
use netlab::lab::{Lab, LabOptions};
use netlab::render::StoryHead;
use netlab::story::{Tell, Teller};

use super::handshake::{Args, Attempt, hints};
use super::live::{Incoming, Live, incoming};
use super::present::Presenter;
use super::save::Saver;
use super::{Exit, Output};

/// What a client of ours says where nothing else was asked for.
const GREETING: &str = "Hello, server!";

fn message(args: &Args) -> Vec<u8> {
    args.message.as_deref().unwrap_or(GREETING).as_bytes().to_vec()
}

/// Two hosts and a wire of our own.
pub(crate) fn lab(args: &Args, scenario: &Scenario, out: &mut Output) -> anyhow::Result<Attempt> {
    let options = LabOptions {
        exe: std::env::current_exe().context("netlab does not find its own file")?,
        ipv6: args.ipv6,
        scenario: scenario.clone(),
        step: args.step,
        message: message(args),
    };
    let (sender, receiver) = incoming(args.step)?;
    let started = Lab::start(options, move |event| drop(sender.send(Incoming::Live(event))));
    let lab = match started {
        Ok(lab) => lab,
        Err(error) => return Ok(Attempt::NotHere(format!("the lab does not work here ({error})"))),
    };
    let mut banner =
        "netlab · live in the lab: two hosts, this computer's own TCP; netlab is the wire".to_owned();
    if scenario.name != "plain" {
        banner = format!("netlab · live in the lab · {}", scenario.title);
    }
    let head = StoryHead { mode: "lab", ..StoryHead::default() };
    let mut presenter = Presenter::new(out, args.bytes, head, banner)?;
    let mut live = Live::new(&mut presenter, Teller::new(Tell::default()));
    live.step = args.step;
    live.hints = hints(args, scenario);
    live.saver = saver(args)?;
    let end = live.run(&receiver, &|number| lab.release(number))?;
    drop(lab);
    // A refusal that the scenario asked for is no failure.
    Ok(Attempt::Told(if end.exit == Exit::Failed { Exit::Fine } else { end.exit }))
}

fn saver(args: &Args) -> anyhow::Result<Option<Saver>> {
    args.save.as_ref().map(|path| Saver::create(path, args.force)).transpose()
}

/// Our own server and client on the loopback interface.
pub(crate) fn loopback(
    args: &Args,
    scenario: &Scenario,
    why: &[String],
    out: &mut Output,
) -> anyhow::Result<Attempt> {
    let _ = (args, scenario, why, out);
    Ok(Attempt::NotHere("loopback is not there yet".to_owned()))
}

pub(crate) fn target(args: &Args, target: &str, out: &mut Output) -> anyhow::Result<Exit> {
    let _ = (args, target, out);
    anyhow::bail!("not yet")
}

pub(crate) fn listen(args: &Args, port: u16, out: &mut Output) -> anyhow::Result<Exit> {
    let _ = (args, port, out);
    anyhow::bail!("not yet")
}
