//! `netlab osi --live`: the frame comes from two hosts of our own.

use std::path::PathBuf;

use netlab::event::{LiveEvent, LiveFrame};
use netlab::lab::scenario::{Program, Scenario};
use netlab::lab::{Lab, LabError, LabOptions};
use netlab::live::Trouble;
use netlab::live::loopback::{self, LoopbackOptions};
use netlab::osi::{Finder, Walk, Wanted, hops};

use super::super::incoming::{Incoming, incoming};
use super::super::live_own::{own_file, why_not};
use super::super::{Exit, Output, own};
use super::{Args, CAPTURE, Shown, find, show};
use crate::cli::input::Input;

/// The scenario whose message is walked.
const SCENARIO: &str = "tutorial";

/// What came of trying.
enum Heard {
    /// The frames, up to the message.
    Frames(Vec<LiveFrame>),
    /// Ctrl-C.
    Interrupted,
    /// It can't be had here, and why.
    NotHere(String),
}

/// Lab, loopback, a recording: whichever works.
pub(super) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let scenario = own::scenario("websocket", Some(SCENARIO))?;
    let text = args.message.as_deref().or(scenario.message.as_deref()).unwrap_or_default();
    let messages = vec![text.as_bytes().to_vec()];
    let routed = args.hops.is_some();
    let mut why = match lab(&scenario, &messages, routed)? {
        Heard::Frames(frames) => return told(&frames, "live in the lab", args, out),
        Heard::Interrupted => return Ok(Exit::Interrupted),
        Heard::NotHere(why) => why,
    };
    if routed {
        anyhow::bail!("a router needs the lab: {why}; netlab doctor says what to type");
    }
    match loopback(&scenario, messages)? {
        Heard::Frames(frames) => {
            let origin = format!("live on loopback, since there is {why}");
            return told(&frames, &origin, args, out);
        }
        Heard::Interrupted => return Ok(Exit::Interrupted),
        Heard::NotHere(reason) => why = format!("{why}; {reason}"),
    }
    let Some(walk) = find(&Input::from(PathBuf::from(CAPTURE)), CAPTURE, args, out)? else {
        anyhow::bail!("{why}; netlab doctor says what to type");
    };
    let mut origin =
        format!("a recording ({CAPTURE}), not live: {why}. netlab doctor says how to see it live.");
    if let Some(text) = &args.message {
        origin.push_str(&format!(" Your message {text:?} was not sent."));
    }
    show(&Shown { walk: &walk, origin: &origin, hop: None }, args, out)?;
    Ok(Exit::Fine)
}

/// In the lab, with a router between the hosts or without.
fn lab(scenario: &Scenario, messages: &[Vec<u8>], routed: bool) -> anyhow::Result<Heard> {
    let options = LabOptions {
        exe: own_file()?,
        ipv6: false,
        scenario: scenario.clone(),
        step: false,
        router: routed,
        messages: messages.to_vec(),
    };
    let (sender, receiver) = incoming(false)?;
    let lab = match Lab::start(options, move |event| drop(sender.send(Incoming::Live(event)))) {
        Ok(lab) => lab,
        Err(LabError::Broken(broken)) => return Ok(Heard::NotHere(why_not("lab", broken)?)),
        Err(error) => return Ok(Heard::NotHere(format!("no lab, since {error}"))),
    };
    let heard = listen(&receiver, routed);
    lab.stop();
    heard
}

/// Our own two programs on the loopback interface.
fn loopback(scenario: &Scenario, messages: Vec<Vec<u8>>) -> anyhow::Result<Heard> {
    let program = |program: &Program| program.clone();
    let options = LoopbackOptions {
        ipv6: false,
        client: program(&scenario.client),
        server: program(&scenario.server),
        messages,
    };
    let (sender, receiver) = incoming(false)?;
    let session = match loopback::start(options, move |event| drop(sender.send(Incoming::Live(event)))) {
        Ok(session) => session,
        Err(Trouble::Broken(broken)) => return Ok(Heard::NotHere(why_not("loopback", broken)?)),
        Err(error) => return Ok(Heard::NotHere(format!("no loopback, since {error}"))),
    };
    let heard = listen(&receiver, false);
    session.stop();
    heard
}

/// Takes the frames up to the message; with a router up to the end, since each comes twice.
fn listen(receiver: &std::sync::mpsc::Receiver<Incoming>, all: bool) -> anyhow::Result<Heard> {
    let mut finder = Finder::new(Wanted::Message);
    let mut frames = Vec::new();
    for heard in receiver {
        match heard {
            Incoming::Live(LiveEvent::Frame(live)) => {
                let wants_more = finder.push(live.frame());
                frames.push(live);
                if !wants_more && !all {
                    break;
                }
            }
            Incoming::Live(LiveEvent::Finished { .. }) => break,
            Incoming::Live(LiveEvent::Failed(why)) => anyhow::bail!("{why}"),
            Incoming::Interrupt => return Ok(Heard::Interrupted),
            Incoming::Live(_) | Incoming::Line(_) | Incoming::NoMoreLines => {}
        }
    }
    Ok(Heard::Frames(frames))
}

/// The walk of one of these frames.
fn walk<'f>(frames: impl Iterator<Item = &'f LiveFrame>, wanted: Wanted) -> anyhow::Result<Walk> {
    let mut finder = Finder::new(wanted);
    for live in frames {
        if !finder.push(live.frame()) {
            break;
        }
    }
    finder.finish().map_err(|_| anyhow::anyhow!("the two hosts said nothing"))
}

/// Draws the message's frame.
fn told(frames: &[LiveFrame], origin: &str, args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let first = walk(frames.iter(), Wanted::Message)?;
    let origin = format!("frame {}, {origin}", first.frame);
    if args.hops.is_none() {
        show(&Shown { walk: &first, origin: &origin, hop: None }, args, out)?;
        return Ok(Exit::Fine);
    }
    // The same packet behind the router; and the first link alone, so that nothing is counted twice.
    let behind = frames.iter().find(|live| live.number > first.frame && hops::is_same(&first, &live.frame()));
    let behind = behind.ok_or_else(|| anyhow::anyhow!("the router did not pass the message on"))?;
    let link: Vec<&LiveFrame> =
        frames.iter().filter(|live| hops::is_on_link_of(&first, &live.frame())).collect();
    let first = walk(link.into_iter(), Wanted::Frame(first.frame))?;
    let second = walk(std::iter::once(behind), Wanted::Frame(behind.number))?;
    let hop = hops::hop(&first, &second);
    show(&Shown { walk: &first, origin: &origin, hop: Some(&hop) }, args, out)?;
    Ok(Exit::Fine)
}
