//! `netlab osi --live`: the frame comes from two hosts of our own.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use netlab::event::{LiveEvent, LiveFrame};
use netlab::lab::scenario::{Program, Scenario};
use netlab::lab::{Lab, LabError, LabOptions};
use netlab::live::Trouble;
use netlab::live::loopback::{self, LoopbackOptions};
use netlab::osi::{Finder, Walk, Wanted};
use netlab::story::Seen;

use super::super::incoming::{Incoming, incoming};
use super::super::live_own::{own_file, why_not};
use super::super::save::Saver;
use super::super::{Exit, Output, own};
use super::{Args, CAPTURE, Shown, find, router, show};
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

/// Lab, loopback, a recording: whichever works. A router needs the lab.
pub(super) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let scenario = own::scenario("websocket", Some(SCENARIO))?;
    let text = args.message.as_deref().or(scenario.message.as_deref()).unwrap_or_default();
    let messages = vec![text.as_bytes().to_vec()];
    let routed = args.hops.is_some();
    let mut why = match lab(&scenario, &messages, args)? {
        Heard::Frames(frames) if routed => return router::live(&frames, args, out),
        Heard::Frames(frames) => return told(&frames, "live in the lab", args, out),
        Heard::Interrupted => return Ok(Exit::Interrupted),
        Heard::NotHere(why) => why,
    };
    if !routed {
        match loopback(&scenario, messages, args)? {
            Heard::Frames(frames) => {
                let origin = format!("live on loopback, since there is {why}");
                return told(&frames, &origin, args, out);
            }
            Heard::Interrupted => return Ok(Exit::Interrupted),
            Heard::NotHere(reason) => why = format!("{why}; {reason}"),
        }
    }
    let captures = if routed { router::captures(args.ipv6).to_vec() } else { vec![CAPTURE] };
    if args.save.is_some() {
        let export = format!("netlab captures {} --export FILE", captures.first().unwrap_or(&CAPTURE));
        let what = "--save keeps live frames, and nothing is live here";
        anyhow::bail!("{why}; {what}; for the recording: {export}");
    }
    let names = captures.join(" and ");
    let mut origin =
        format!("a recording ({names}), not live: {why}. netlab doctor says how to see it live.");
    if let Some(text) = &args.message {
        origin.push_str(&format!(" Your message {text:?} was not sent."));
    }
    if routed {
        return router::recorded(&origin, args, out);
    }
    if args.ipv6 {
        origin.push_str(" It was recorded with IPv4.");
    }
    let Some(walk) = find(&Input::from(PathBuf::from(CAPTURE)), CAPTURE, args, out)? else {
        anyhow::bail!("{why}; netlab doctor says what to type");
    };
    show(&Shown { walk: &walk, origin: &origin, hop: None }, args, out)?;
    Ok(Exit::Fine)
}

/// In the lab, with a router between the hosts or without.
fn lab(scenario: &Scenario, messages: &[Vec<u8>], args: &Args) -> anyhow::Result<Heard> {
    let options = LabOptions {
        exe: own_file()?,
        ipv6: args.ipv6,
        scenario: scenario.clone(),
        step: false,
        router: args.hops.is_some(),
        messages: messages.to_vec(),
    };
    let (sender, receiver) = incoming(false)?;
    let lab = match Lab::start(options, move |event| drop(sender.send(Incoming::Live(event)))) {
        Ok(lab) => lab,
        Err(LabError::Broken(broken)) => return Ok(Heard::NotHere(why_not("lab", broken)?)),
        Err(error) => return Ok(Heard::NotHere(format!("no lab, since {error}"))),
    };
    let heard = listen(&receiver, args);
    lab.stop();
    heard
}

/// Our own two programs on the loopback interface.
fn loopback(scenario: &Scenario, messages: Vec<Vec<u8>>, args: &Args) -> anyhow::Result<Heard> {
    let program = |program: &Program| program.clone();
    let options = LoopbackOptions {
        ipv6: args.ipv6,
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
    let heard = listen(&receiver, args);
    session.stop();
    heard
}

/// What the wire did with a frame.
fn seen(live: &LiveFrame) -> Seen {
    Seen { verdict: live.verdict, ..Seen::default() }
}

/// Takes the frames up to the message; with a router up to the end, since each comes twice; so also for a file.
fn listen(receiver: &std::sync::mpsc::Receiver<Incoming>, args: &Args) -> anyhow::Result<Heard> {
    let all = args.hops.is_some() || args.save.is_some();
    let mut finder = Finder::new(Wanted::Message);
    let mut frames = Vec::new();
    for heard in receiver {
        match heard {
            Incoming::Live(LiveEvent::Frame(live)) => {
                let wants_more = finder.push_seen(live.frame(), &seen(&live));
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
pub(super) fn walk(frames: &[LiveFrame], wanted: Wanted) -> anyhow::Result<Walk> {
    let mut finder = Finder::new(wanted);
    for live in frames {
        if !finder.push_seen(live.frame(), &seen(live)) {
            break;
        }
    }
    finder.finish().map_err(|_| anyhow::anyhow!("the two hosts said nothing"))
}

/// Draws the message's frame.
fn told(frames: &[LiveFrame], origin: &str, args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let walk = walk(frames, Wanted::Message)?;
    if let Some(file) = &args.save {
        save(file, frames, &walk, "", args, out)?;
    }
    let origin = format!("frame {}, {origin}", walk.frame);
    show(&Shown { walk: &walk, origin: &origin, hop: None }, args, out)?;
    Ok(Exit::Fine)
}

/// Keeps frames in a file, with the names of the two who speak in `walk`.
pub(super) fn save(
    file: &Path,
    frames: &[LiveFrame],
    walk: &Walk,
    comment: &str,
    args: &Args,
    out: &Output,
) -> anyhow::Result<()> {
    let mut saver = Saver::create(file, args.overwrite.force)?;
    let address = |name| walk.value(name)?.parse::<IpAddr>().ok();
    let named = |host: &str, name| {
        let address = if walk.value("from") == Some(host) { address("src_ip") } else { address("dst_ip") };
        address.map(|address| (address, name))
    };
    let names = [named("client", "client".to_owned()), named("server", "server".to_owned())];
    saver.names(names.into_iter().flatten().collect());
    for live in frames {
        saver.frame(live.link, live.time, &live.bytes, live.original_len, comment)?;
    }
    out.notice(&saver.told().unwrap_or_default());
    Ok(())
}
