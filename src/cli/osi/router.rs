//! `netlab osi --hops 1`: the same packet on both sides of a router, live from the lab or from two recordings of it.

use std::path::{Path, PathBuf};

use netlab::event::LiveFrame;
use netlab::frame::Time;
use netlab::osi::{Wanted, hops};

use super::super::input::Input;
use super::super::{Exit, Output};
use super::live::{save, walk};
use super::{Args, Shown, show};

/// What the two sides are called: in the names of files, and in the comments of their frames.
const SIDES: [&str; 2] = ["client", "server"];

/// The bundled captures of both sides, the client's first.
pub(super) fn captures(ipv6: bool) -> [&'static str; 2] {
    if ipv6 {
        ["osi-router-ipv6-client", "osi-router-ipv6-server"]
    } else {
        ["osi-router-client", "osi-router-server"]
    }
}

/// From the frames of both links, as they came.
pub(super) fn live(frames: &[LiveFrame], args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let message = walk(frames, Wanted::Message)?;
    let (client, server): (Vec<_>, Vec<_>) =
        frames.iter().cloned().partition(|live| hops::is_on_link_of(&message, &live.frame()));
    let sides = [counted(client), counted(server)];
    if let Some(file) = &args.save {
        for (frames, name) in sides.iter().zip(SIDES) {
            let comment = format!("on the {name}'s side of the router");
            save(&beside(file, name), frames, &message, &comment, args, out)?;
        }
    }
    tell(&sides, "live in the lab", args, out)
}

/// From the bundled captures.
pub(super) fn recorded(origin: &str, args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let [client, server] = captures(args.ipv6);
    tell(&[read(client)?, read(server)?], origin, args, out)
}

/// Each link has a capture of its own, so it counts its own frames.
fn counted(mut frames: Vec<LiveFrame>) -> Vec<LiveFrame> {
    for (number, live) in (1..).zip(&mut frames) {
        live.number = number;
    }
    frames
}

/// `x.pcapng` for the client's side: `x-client.pcapng`.
fn beside(file: &Path, side: &str) -> PathBuf {
    let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    let name = format!("{}-{side}", part(file.file_stem()));
    match file.extension() {
        Some(end) => file.with_file_name(format!("{name}.{}", part(Some(end)))),
        None => file.with_file_name(name),
    }
}

fn read(name: &str) -> anyhow::Result<Vec<LiveFrame>> {
    let mut reader = Input::from(PathBuf::from(name)).open()?;
    let mut frames = Vec::new();
    while reader.next()?.is_some() {
        let Some(frame) = reader.current() else { break };
        frames.push(LiveFrame {
            number: frame.number,
            time: frame.time.unwrap_or(Time(0)),
            link: frame.link,
            bytes: frame.bytes.to_vec(),
            original_len: frame.original_len,
            from: None,
            sockets: None,
            verdict: None,
        });
    }
    Ok(frames)
}

/// Draws the message's frame on the client's link, and what the router has made of it.
fn tell(sides: &[Vec<LiveFrame>; 2], origin: &str, args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let [client, server] = sides;
    let first = walk(client, Wanted::Message)?;
    let behind = server.iter().find(|live| hops::is_same(&first, &live.frame()));
    let behind = behind.ok_or_else(|| anyhow::anyhow!("the router did not pass the message on"))?;
    let second = walk(server, Wanted::Frame(behind.number))?;
    let hop = hops::hop(&first, &second);
    let origin = format!("frame {} on the client's side of a router, {origin}", first.frame);
    show(&Shown { walk: &first, origin: &origin, hop: Some(&hop) }, args, out)?;
    Ok(Exit::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_has_a_file_of_its_own() {
        assert_eq!(beside(Path::new("a/x.pcapng"), "client"), Path::new("a/x-client.pcapng"));
        assert_eq!(beside(Path::new("x"), "server"), Path::new("x-server"));
        assert_eq!(beside(Path::new("/tmp/x.y.pcapng"), "server"), Path::new("/tmp/x.y-server.pcapng"));
    }
}
