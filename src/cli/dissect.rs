//! `netlab dissect`: every frame of a capture, its layers, their fields.

use std::path::PathBuf;

use anyhow::bail;
use netlab::dissect::Packet;
use netlab::flow::{Fragments, Tracker};
use netlab::frame::LinkType;
use netlab::render::{Line, Ndjson, fields};

use super::input::Input;
use super::{Exit, Output};

/// Show every frame, layer and field of a capture
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: netlab dissect trace.pcapng\n         netlab dissect trace.pcapng --format json"
)]
pub(crate) struct Args {
    /// Capture file (pcap or pcapng), - for standard input, or the name of a bundled capture
    #[arg(value_name = "FILE|NAME")]
    file: PathBuf,
}

/// Reads, dissects, prints.
pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let mut reader = Input::from(args.file.clone()).open()?;
    let mut fragments = Fragments::new();
    let mut tracker = Tracker::new();
    let mut ndjson = Ndjson::new();
    let mut start = None;
    let mut unread = None;
    while reader.next()?.is_some() {
        let (Some(frame), comment) = (reader.current(), reader.comment()) else { break };
        let packet = fragments.complete(Packet::new(frame));
        let segment = tracker.push(&packet);
        if let (LinkType::Other(number), None) = (frame.link, unread) {
            unread = Some((frame.number, number));
        }
        start = start.or(frame.time);
        if out.json() {
            ndjson.packet(&packet, &tracker, segment.as_ref(), comment, out)?;
            continue;
        }
        let width = out.width;
        for line in fields::packet(&packet, &tracker, segment.as_ref(), comment, start, width) {
            out.line(&line)?;
        }
        out.line(&Line::new())?;
    }
    if let Some((frame, number)) = unread {
        let file = args.file.display();
        bail!(
            "{file}: frame {frame}: link type {number} is not one that netlab reads; the frames' bytes were left alone"
        );
    }
    Ok(Exit::Fine)
}
