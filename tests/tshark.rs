//! tshark referees: for every bundled capture and a fresh recording, the same frames, the same numbers, sound checksums, and
//! every step's filter finds its frame.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed: that is what is meant"
)]

#[path = "util/pdml.rs"]
mod pdml;
#[path = "util/referee.rs"]
mod referee;
mod util;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use netlab::source::Bundled;
use referee::tshark_is_here;
use serde_json::Value;
use util::netlab;

const STRICT: [&str; 6] =
    ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"];

const COLUMNS: [&str; 20] = [
    "frame.number",
    "frame.len",
    "eth.src",
    "arp.opcode",
    "ip.src",
    "ip.ttl",
    "ip.checksum.status",
    "ipv6.src",
    "tcp.stream",
    "tcp.srcport",
    "tcp.seq",
    "tcp.seq_raw",
    "tcp.nxtseq",
    "tcp.ack",
    "tcp.len",
    "tcp.flags",
    "tcp.window_size",
    "tcp.options.mss_val",
    "tcp.checksum.status",
    "_ws.malformed",
];

fn tshark(file: &Path, more: &[&str]) -> String {
    let output =
        Command::new("tshark").args(["-n", "-r"]).arg(file).args(STRICT).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// tshark's rows: column by column, empty where there is none.
fn rows(file: &Path) -> Vec<BTreeMap<&'static str, String>> {
    let mut args = vec!["-T", "fields"];
    for column in COLUMNS {
        args.extend(["-e", column]);
    }
    let parse = |line: &str| COLUMNS.into_iter().zip(line.split('\t').map(str::to_owned)).collect();
    tshark(file, &args).lines().map(parse).collect()
}

/// A value as tshark prints it.
fn printed(value: &Value, tshark: &str) -> String {
    match value {
        Value::Null => String::new(),
        Value::Number(number) if tshark.starts_with("0x") => {
            let number = number.as_u64().unwrap_or_default();
            format!("0x{number:0width$x}", width = tshark.len() - 2)
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn agrees(file: &Path) {
    let name = file.display();
    let theirs = rows(file);
    let ours = netlab(&["dissect", file.to_str().unwrap(), "--format=json"]).json();
    assert_eq!(ours.len(), theirs.len(), "{name}: frames");
    assert!(!theirs.is_empty(), "{name}: no frames");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let frame = &theirs["frame.number"];
        assert_eq!(theirs["_ws.malformed"], "", "{name}: frame {frame} is malformed");
        for column in ["ip.checksum.status", "tcp.checksum.status"] {
            assert!(matches!(theirs[column].as_str(), "" | "1"), "{name}: frame {frame}: {column}");
        }
        for column in &COLUMNS[..COLUMNS.len() - 1] {
            assert_eq!(
                printed(&ours[*column], &theirs[column]),
                theirs[column],
                "{name}: frame {frame}: {column}"
            );
        }
    }
    filters_find_their_frames(file);
}

fn filters_find_their_frames(file: &Path) {
    let story = netlab(&["replay", file.to_str().unwrap(), "--format=json"]).json();
    let mut asked = Vec::new();
    for step in story.iter().filter(|object| object["kind"] == "step") {
        let Some(frame) = step["frames"][0].as_u64() else { continue };
        // What a proxy carries tshark 4.0 does not read as HTTP.
        let what = step["what"].as_str().unwrap();
        if file.ends_with("websocket-through-proxy.pcapng") && what.starts_with("ws.") {
            continue;
        }
        asked.push((step["filter"].as_str().unwrap(), frame));
    }
    let found = finds(file, &asked.iter().map(|(filter, _)| *filter).collect::<Vec<&str>>());
    for (index, (filter, frame)) in asked.iter().enumerate() {
        assert!(found.contains(&(index, *frame)), "{}: {filter} does not find frame {frame}", file.display());
    }
}

/// Which frames each filter finds, by its place in the list: in one run.
fn finds(file: &Path, filters: &[&str]) -> BTreeSet<(usize, u64)> {
    let mut script = String::from("local filters = {\n");
    for filter in filters {
        script.push_str(&format!("[==[{filter}]==],\n"));
    }
    script.push_str(
        "}\nfor index, filter in ipairs(filters) do\n  local listener = Listener.new('frame', filter, true)\n  \
         function listener.packet(packet) print('found', index - 1, packet.number) end\nend\n",
    );
    let asking = tempfile::NamedTempFile::with_suffix(".lua").unwrap();
    std::fs::write(asking.path(), script).unwrap();
    let lua = format!("lua_script:{}", asking.path().display());
    let said = tshark(file, &["-q", "-X", &lua]);
    let found = said.lines().filter_map(|line| line.strip_prefix("found\t")?.split_once('\t'));
    found.map(|(index, number)| (index.parse().unwrap(), number.parse().unwrap())).collect()
}

#[test]
fn every_bundled_capture_agrees() {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for bundled in Bundled::all() {
        let file: PathBuf = folder.path().join(bundled.file_name());
        std::fs::write(&file, bundled.bytes().unwrap()).unwrap();
        agrees(&file);
    }
}

/// Where tshark 4.0 sees other WebSocket frames, and why.
const OTHER_FRAMES: [(&str, &str); 2] = [
    ("websocket-through-proxy", "it does not look into what a proxy carries"),
    ("websocket-rule-length-top-bit", "it reads on behind a length that cannot be"),
];

#[test]
fn the_websocket_frames_of_every_bundled_capture_agree() {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut frames = 0;
    for bundled in Bundled::all().iter().filter(|bundled| bundled.name.starts_with("websocket")) {
        let file: PathBuf = folder.path().join(bundled.file_name());
        std::fs::write(&file, bundled.bytes().unwrap()).unwrap();
        let (ours, theirs) = (pdml::netlabs(&file), pdml::tsharks(&file));
        if let Some((name, why)) = OTHER_FRAMES.iter().find(|(name, _)| *name == bundled.name) {
            assert_ne!(ours, theirs, "{name} agrees; OTHER_FRAMES need not name it: {why}");
            continue;
        }
        let (mut ours, mut theirs) = (pdml::comparable(&ours), pdml::comparable(&theirs));
        // Of what breaks a rule netlab shows no text that is none.
        if netlab(&["check", &bundled.name]).code == Some(3) {
            for row in ours.iter_mut().chain(&mut theirs) {
                row.remove("websocket.payload.text");
            }
        }
        assert_eq!(ours, theirs, "{}", bundled.name);
        frames += ours.len();
    }
    assert!(frames > 200, "{frames} frames");
}

#[test]
#[cfg(all(target_os = "linux", feature = "live"))]
fn a_fresh_recording_agrees() {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for version in ["-4", "-6"] {
        let file = folder.path().join(format!("fresh{version}.pcapng"));
        let run = netlab(&["handshake", "--mode=lab", version, "--save", file.to_str().unwrap()]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        agrees(&file);
        let names = tshark(&file, &["-q", "-z", "hosts"]);
        assert!(names.contains("client") && names.contains("server"), "{names}");
        let comments = tshark(&file, &["-T", "fields", "-e", "frame.comment"]);
        assert!(comments.lines().filter(|line| line.contains("step")).count() >= 11, "{comments}");
    }
}

#[test]
fn every_field_has_wiresharks_name() {
    if !tshark_is_here() {
        return;
    }
    let listed = Command::new("tshark").args(["-G", "fields"]).output().unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout);
    // A field's third column is its name; an option such as SACK permitted is a protocol of its own.
    let known: BTreeSet<&str> = listed.lines().filter_map(|line| line.split('\t').nth(2)).collect();
    let ours = netlab::dissect::all_fields().into_iter().chain(netlab::flow::all_fields());
    // What Wireshark has no field for says so by its name.
    let unknown: Vec<&str> =
        ours.filter(|name| !known.contains(name) && !name.starts_with("netlab.")).collect();
    assert_eq!(unknown, [""; 0]);
    assert!(known.len() > 100_000, "{} fields", known.len());
}
