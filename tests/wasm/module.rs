//! The core as a module of WebAssembly: a capture goes in byte by byte, its first conversation's story comes out as `netlab replay
//! --format json` tells it, or all its frames as `netlab dissect` shows them. `.ci/wasm` builds it for a target that has no files, no
//! threads and no sockets; `run.mjs` beside it runs it in Node and compares.
#![allow(unsafe_code, reason = "a name that others call must stay as it is; nothing else here is unsafe")]

use std::cell::RefCell;
use std::error::Error;
use std::net::SocketAddr;

use netlab::dissect::Packet;
use netlab::flow::talk::Talks;
use netlab::flow::tls::KeyLog;
use netlab::flow::{Counter, Digest, Fragments, Tracker};
use netlab::render::{
    Line, StoryHead, fields, story_absorbed, story_head, story_step, story_summary, write_json,
};
use netlab::source::{Reader, Secrets};
use netlab::story::{Refuses, Seen, Tell, Teller, Told};
use netlab::words::{Book, Level};

type Outcome = Result<Vec<u8>, Box<dyn Error>>;
type Ends = Option<(SocketAddr, SocketAddr)>;

thread_local! {
    static CAPTURE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static OUTPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One more byte of the capture.
#[unsafe(no_mangle)]
pub extern "C" fn push(byte: u8) {
    CAPTURE.with_borrow_mut(|capture| capture.push(byte));
}

/// Tells the story of what was pushed. Gives how many bytes it has.
#[unsafe(no_mangle)]
pub extern "C" fn story() -> usize {
    show(told)
}

/// Shows all fields of what was pushed, 80 columns wide. Gives how many bytes that takes.
#[unsafe(no_mangle)]
pub extern "C" fn dissect() -> usize {
    show(dissected)
}

/// A byte of what was told last.
#[unsafe(no_mangle)]
pub extern "C" fn byte(index: usize) -> u8 {
    OUTPUT.with_borrow(|output| output.get(index).copied().unwrap_or_default())
}

/// How deep explanations go.
const LEVEL: Level = Level::Student;

fn show(how: fn(&[u8]) -> Outcome) -> usize {
    let output = how(&CAPTURE.take()).unwrap_or_else(|error| error.to_string().into_bytes());
    let length = output.len();
    OUTPUT.set(output);
    length
}

fn told(capture: &[u8]) -> Outcome {
    let mut tell = Tell { all: true, refuses: Refuses::Recorded, ..Tell::default() };
    (tell.ends, tell.several) = conversations(capture)?;
    let (book, mut teller, mut out) = (Book::built_in()?, Teller::new(tell), Vec::new());
    let mut reader = Reader::from_bytes("capture", capture.to_vec())?;
    while reader.next()?.is_some() {
        learn(&reader, teller.keys_mut());
        let Some(frame) = reader.current() else { break };
        let told = teller.frame(&frame, &Seen::of_comment(reader.comment()));
        tell_each(told, &teller, &book, &mut out)?;
    }
    let (told, summary) = teller.finish(None, 0, None);
    tell_each(told, &teller, &book, &mut out)?;
    object(&story_summary(&summary), &mut out)?;
    Ok(out)
}

fn tell_each(told: Vec<Told>, teller: &Teller, book: &Book<'_>, out: &mut Vec<u8>) -> std::io::Result<()> {
    for told in told {
        if out.is_empty() {
            let (client, server) = teller.ends().unzip();
            let text = |end: Option<SocketAddr>| end.map(|end| end.to_string());
            let ends = (text(client), text(server));
            let head = StoryHead { mode: "replay", client: ends.0, server: ends.1, ..StoryHead::default() };
            object(&story_head(&head), out)?;
        }
        match told {
            Told::Step(step) => object(&story_step(&step, book, LEVEL), out)?,
            Told::Absorbed(copy) => object(&story_absorbed(copy.frame, copy.time, copy.from), out)?,
        }
    }
    Ok(())
}

fn object(value: &serde_json::Value, out: &mut Vec<u8>) -> std::io::Result<()> {
    write_json(out, value)?;
    out.push(b'\n');
    Ok(())
}

/// Both ends of the first conversation of TCP, and whether there are others.
fn conversations(capture: &[u8]) -> Result<(Ends, bool), Box<dyn Error>> {
    let mut reader = Reader::from_bytes("capture", capture.to_vec())?;
    let (mut counter, mut fragments) = (Counter::new(), Fragments::new());
    while let Some(frame) = reader.next()? {
        if let Some(digest) = Digest::of(&fragments.complete(Packet::new(frame))) {
            counter.count(&digest);
        }
    }
    let mut rows = counter.all_rows().filter(|row| row.tcp.is_some());
    Ok((rows.next().map(|row| (row.client, row.server)), rows.next().is_some()))
}

/// The keys that the capture brings along, once they are read.
fn learn(reader: &Reader, known: &mut KeyLog) {
    for block in reader.secrets().iter().filter(|block| block.kind == Secrets::TLS_KEY_LOG) {
        // A bad line opens nothing, which the story tells.
        let _ = known.add(&block.bytes);
    }
}

fn dissected(capture: &[u8]) -> Outcome {
    let mut reader = Reader::from_bytes("capture", capture.to_vec())?;
    let (mut fragments, mut tracker, mut talks) = (Fragments::new(), Tracker::new(), Talks::new());
    let (mut start, mut out) = (None, String::new());
    while reader.next()?.is_some() {
        learn(&reader, talks.keys_mut());
        let Some(frame) = reader.current() else { break };
        let packet = fragments.complete(Packet::new(frame));
        let segment = tracker.push(&packet);
        let found = talks.push(&packet, segment.as_ref());
        start = start.or(frame.time);
        let mut lines =
            fields::packet(&packet, &tracker, segment.as_ref(), &found, reader.comment(), start, 80);
        lines.push(Line::new());
        out.extend(lines.iter().map(|line| line.text() + "\n"));
    }
    Ok(out.into_bytes())
}
