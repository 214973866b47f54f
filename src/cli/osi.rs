//! `netlab osi`: one real frame through the seven layers, down and up.

use std::path::PathBuf;

#[cfg(all(feature = "live", target_os = "linux"))]
mod live;
#[cfg(all(feature = "live", target_os = "linux"))]
mod router;

use netlab::osi::hops::Hop;
use netlab::osi::{Finder, Layer, NoLayer, Walk, Wanted};
use netlab::render::picture::WalkPicture;
use netlab::render::{Ink, Line, WalkView, hop_json, walk_json, wrap};
use netlab::story::Seen;
use netlab::words::Book;

use super::common::{self, Overwrite};
use super::input::{EMPTY, Input, unread_link};
use super::keys::{Keys, KeysArg};
use super::picture::{PictureArgs, drawn};
use super::select::no_frame;
use super::{Exit, Output};

/// The frame that is walked where nothing else was asked for.
const CAPTURE: &str = "websocket-tutorial";

/// Follow one real frame through the seven layers, and the four of TCP/IP
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Without a capture it is the WebSocket text of the bundled websocket-tutorial.

Example: netlab osi
         netlab osi 4
         netlab osi transport --level engineer
         netlab osi --live --message 'hello'
         netlab osi --hops 1
         netlab osi --hops 1 -6 --save hop.pcapng
         netlab osi --capture websocket-wss --bytes
         netlab osi -o tower.svg
         netlab osi --live --message 'hello' --open
         netlab osi --capture trace.pcapng --frame 7")]
pub(crate) struct Args {
    /// Explain this layer alone: 1 to 7, or its name
    #[arg(value_name = "LAYER", value_parser = layer)]
    layer: Option<Layer>,

    /// Capture file, - for standard input, or the name of a bundled capture
    #[arg(long, value_name = "FILE|NAME")]
    capture: Option<PathBuf>,

    /// Which frame of it [default: the first WebSocket text, else the frame that says most]
    #[arg(long, value_name = "N", value_parser = common::count::<u64>)]
    frame: Option<u64>,

    /// Take it live, from two hosts of our own on this computer
    #[arg(long, conflicts_with_all = ["capture", "frame"])]
    live: bool,

    /// What the client says there [default: My name is John]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, conflicts_with_all = ["capture", "frame"])]
    message: Option<String>,

    /// Put a router between the hosts, and see what changes there (implies --live)
    #[arg(long, value_name = "1", value_parser = hops, conflicts_with_all = ["capture", "frame"])]
    hops: Option<u8>,

    /// Over IPv6 (implies --live)
    #[arg(short = '6', conflicts_with_all = ["capture", "frame"])]
    ipv6: bool,

    /// Keep the live frames in this file, for Wireshark; with --hops each side of the router in its own
    #[arg(long, value_name = "FILE.pcapng", group = "files", conflicts_with_all = ["capture", "frame"])]
    save: Option<PathBuf>,

    /// Show all bytes, each under the sign of its layer
    #[arg(long)]
    bytes: bool,

    #[command(flatten)]
    keys: KeysArg,

    #[command(flatten)]
    picture: PictureArgs,

    #[command(flatten)]
    overwrite: Overwrite,
}

impl Args {
    /// Whether something was asked for that only a live frame has.
    fn is_live(&self) -> bool {
        self.live || self.message.is_some() || self.hops.is_some() || self.ipv6 || self.save.is_some()
    }
}

fn layer(text: &str) -> Result<Layer, NoLayer> {
    text.parse()
}

/// The lab has one router.
fn hops(text: &str) -> Result<u8, &'static str> {
    text.parse().ok().filter(|count| *count == 1).ok_or("there is one router: --hops 1")
}

/// Reads up to the frame, and draws it.
pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    args.picture.prepare(args.overwrite.force, &[], out)?;
    if args.is_live() {
        #[cfg(all(feature = "live", target_os = "linux"))]
        return live::run(args, out);
        #[cfg(not(all(feature = "live", target_os = "linux")))]
        anyhow::bail!("a live frame needs Linux, and a netlab built with the feature `live`");
    }
    let file = args.capture.clone().unwrap_or_else(|| PathBuf::from(CAPTURE));
    let input = Input::from(file);
    let name = input.shown();
    let found = find(&input, &name, args, out)?;
    let Some(walk) = found else {
        if out.to.is_some() {
            anyhow::bail!("{name}: not one frame is in it, so there is nothing to draw");
        }
        if !out.json() {
            out.plain(EMPTY)?;
        }
        return Ok(Exit::Fine);
    };
    let origin = format!("frame {} of {name}", walk.frame);
    show(&Shown { walk: &walk, origin: &origin, hop: None }, args, out)?;
    if let netlab::frame::LinkType::Other(number) = walk.link {
        return Err(unread_link(&name, (walk.frame, number)));
    }
    Ok(Exit::Fine)
}

/// The walk of the frame that was asked for; `None` where the capture holds no frame and none was named.
fn find(input: &Input, name: &str, args: &Args, out: &Output) -> anyhow::Result<Option<Walk>> {
    let mut finder = Finder::new(args.frame.map_or(Wanted::Message, Wanted::Frame));
    let mut keys = Keys::new(&args.keys, out)?;
    *finder.keys_mut() = keys.log();
    let mut reader = input.open()?;
    let mut read = 0;
    loop {
        match reader.next() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            // What was wanted may have come before the damage.
            Err(error) if args.frame.is_some_and(|frame| frame <= read) => {
                out.notice(&error.to_string());
                break;
            }
            Err(error) => return Err(error.into()),
        }
        keys.learn(&reader, finder.keys_mut(), name, out);
        let Some(frame) = reader.current() else { break };
        read = frame.number;
        if !finder.push_seen(frame, &Seen::of_comment(reader.comment())) {
            break;
        }
    }
    match (finder.finish(), args.frame) {
        (Ok(walk), _) => Ok(Some(walk)),
        (Err(_), None) => Ok(None),
        (Err(none), Some(wanted)) => Err(no_frame(wanted, name, none.frames).into()),
    }
}

/// What is drawn.
struct Shown<'a> {
    walk: &'a Walk,
    /// Where the frame comes from, for the first line.
    origin: &'a str,
    /// Its way over a router.
    hop: Option<&'a Hop>,
}

/// Draws it.
fn show(shown: &Shown<'_>, args: &Args, out: &mut Output) -> anyhow::Result<()> {
    let Shown { walk, origin, hop } = shown;
    let book = Book::built_in()?;
    if out.to.is_some() {
        let (level, layer, hop, whole) = (out.level, args.layer, *hop, args.bytes);
        let picture = WalkPicture { walk, book: &book, level, origin, layer, hop, whole };
        return drawn(out, |form, bytes| picture.draw(form, bytes).map(|()| true));
    }
    let view = WalkView {
        walk,
        book: &book,
        level: out.level,
        width: out.width,
        bytes: args.bytes,
        plain: out.plain,
        ascii: out.hand.ascii && !out.json(),
    };
    if out.json() {
        out.object(&walk_json(&view, args.layer))?;
        if let Some(hop) = hop {
            out.object(&hop_json(hop, out.level))?;
        }
        return Ok(());
    }
    for part in wrap(&format!("netlab · one real frame through the layers · {origin}"), out.width) {
        out.line(&Line::new().with(Ink::Faint, part))?;
    }
    let lines = match (args.layer, hop) {
        (Some(layer), _) => view.layer(layer),
        (None, Some(hop)) => view.hop(hop),
        (None, None) => view.lines(),
    };
    for line in lines {
        out.line(&line)?;
    }
    Ok(())
}
