//! The stages flow one way: a later one may name an earlier one's types, never the other way round.
//!
//! `docs/architecture.md` draws the picture; this test reads every `crate::` path in `src/` and holds them to it.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms that it may use beside itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("frame", &[]),
    ("event", &["frame"]),
    ("words", &[]),
    ("sys", &["frame", "event"]),
    ("source", &["frame", "event"]),
    ("dissect", &["frame", "event", "source"]),
    ("flow", &["frame", "event", "source", "dissect"]),
    ("filter", &["frame", "event", "source", "dissect", "flow"]),
    ("story", &["frame", "event", "source", "dissect", "flow"]),
    ("quiz", &["frame", "event", "source", "dissect", "flow", "story"]),
    ("osi", &["frame", "event", "source", "dissect", "flow", "story"]),
    ("explain", &["source", "dissect", "flow", "story", "words"]),
    ("render", &["frame", "event", "source", "dissect", "flow", "story", "quiz", "osi", "words", "explain"]),
    // The lab and the programs on its hosts share the scenario: one room with two doors.
    ("peer", &["frame", "event", "source", "dissect", "flow", "story", "words", "render", "sys", "lab"]),
    ("live", &["frame", "event", "source", "dissect", "flow", "story", "words", "render", "sys", "peer"]),
    (
        "lab",
        &["frame", "event", "source", "dissect", "flow", "story", "words", "render", "sys", "peer", "live"],
    ),
];

/// Crates that belong to the binary alone.
const BINARY_ONLY: &[&str] =
    &["clap", "clap_complete", "clap_mangen", "anyhow", "colored", "terminal_size", "indicatif"];

/// Crates that only the live rooms may use.
const LIVE_ONLY: &[&str] = &["pnet", "tokio", "rustix", "libc", "signal_hook", "postcard", "tungstenite"];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every line of code in the library and the room that it stands in; comments may point anywhere.
fn lines() -> Vec<(String, String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let mut lines = Vec::new();
    for file in files {
        let place = file.strip_prefix(&source).unwrap().to_path_buf();
        let first = place.components().next().unwrap().as_os_str().to_str().unwrap();
        let room = first.trim_end_matches(".rs").to_owned();
        if matches!(room.as_str(), "main" | "lib" | "cli") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("").to_owned();
            lines.push((room.clone(), format!("{}:{}", place.display(), number + 1), code));
        }
    }
    lines
}

/// The rooms that a line of code names: `crate::flow::Tracker`, `use crate::{frame, event::Host}`.
fn named_rooms(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let list = rest.strip_prefix('{').map_or(rest, |list| list.split('}').next().unwrap_or(list));
        let parts: Vec<&str> = if rest.starts_with('{') { list.split(',').collect() } else { vec![list] };
        for part in parts {
            let word = part.trim().split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or("");
            if !word.is_empty() {
                found.insert(word.to_owned());
            }
        }
    }
    found
}

#[test]
fn a_stage_uses_only_earlier_ones() {
    let mut wrong = Vec::new();
    for (room, place, code) in lines() {
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{place}: the room `{room}` is not in the list of this test"));
            continue;
        };
        for named in named_rooms(&code) {
            let is_room = ROOMS.iter().any(|(name, _)| *name == named);
            if (is_room || named == "cli") && named != room && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{place}: `{room}` may not use `{named}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_library_uses_no_crate_of_the_binary() {
    let names = |code: &str, crates: &[&str]| {
        crates
            .iter()
            .any(|name| code.contains(&format!("{name}::")) || code.contains(&format!("use {name};")))
    };
    let mut wrong = Vec::new();
    for (room, place, code) in lines() {
        if names(&code, BINARY_ONLY) {
            wrong.push(format!("{place}: {}", code.trim()));
        }
        let live = matches!(room.as_str(), "lab" | "live" | "peer" | "sys");
        if !live && names(&code, LIVE_ONLY) {
            wrong.push(format!("{place}: {}", code.trim()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn stages_are_listed_in_their_order() {
    for (index, (room, allowed)) in ROOMS.iter().enumerate() {
        for earlier in *allowed {
            if (*room, *earlier) == ("peer", "lab") {
                continue;
            }
            let place = ROOMS.iter().position(|(name, _)| name == earlier);
            assert!(place.is_some_and(|place| place < index), "`{room}` would use `{earlier}`, a later one");
        }
    }
}
