//! Every term is explained as promised: three levels, a source, a filter that finds the frame that shows it.
//!
//! `EXAMPLES=overwrite cargo test --test explain` writes `lessons/en/terms/frames.tsv` anew.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

#[path = "explain/index.rs"]
mod index;
mod util;

use std::collections::{BTreeMap, BTreeSet};

use netlab::explain::{By, Entry, Group, Notes, Term, Terms, entry, find, near};
use netlab::filter::Filter;
use netlab::render::fields;
use netlab::source::Bundled;
use netlab::words::{Book, Level};
use util::netlab;

struct All {
    book: Book<'static>,
    notes: Notes<'static>,
    terms: Terms<'static>,
}

impl All {
    fn new() -> All {
        let (book, notes) = (Book::built_in().unwrap(), Notes::built_in().unwrap());
        let terms = Terms::new(&book, &notes);
        All { book, notes, terms }
    }

    fn entry(&self, term: &Term<'static>) -> Entry<'static> {
        entry(term, &self.terms, &self.book, &self.notes, fields::value).unwrap()
    }
}

/// Whether all three levels are promised: the vocabulary, and what a story shows.
fn is_promised(term: &Term<'_>) -> bool {
    let shown = ["tcp.", "ip.", "ipv6.", "arp.", "eth.", "http.", "websocket", "tls"];
    match term.group {
        Group::Fields | Group::Options | Group::Protocols => shown.iter().any(|start| {
            let key = term.key.strip_prefix("layer ").unwrap_or(term.key);
            key.starts_with(start)
        }),
        _ => true,
    }
}

/// Whether a source is one that can be looked up: an RFC by its number, a file of netlab's that is there, a page, a known name.
fn is_source(source: &str) -> bool {
    if let Some(rest) = source.strip_prefix("RFC ") {
        let number = rest.split(',').next().unwrap_or_default();
        return number.parse::<u32>().is_ok_and(|number| (1..10_000).contains(&number));
    }
    if let Some(file) = source.strip_prefix("netlab, ") {
        return std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file).is_file();
    }
    let standards = ["IEEE ", "IANA", "ISO", "ITU", "WHATWG ", "CCSDS ", "LINKTYPE_", "https://", "pcapng "];
    let programs = ["Chromium, ", "ws ", "websockets ", "tungstenite ", "nginx ", "Linux", "Wireshark"];
    standards.iter().chain(&programs).any(|start| source.starts_with(start))
}

#[test]
fn every_term_of_the_vocabulary_has_three_levels_and_a_source() {
    let all = All::new();
    let mut lacking = Vec::new();
    for term in all.terms.all() {
        let entry = all.entry(term);
        let levels: Vec<Level> = if is_promised(term) { Level::ALL.to_vec() } else { vec![Level::Student] };
        lacking.extend(
            levels
                .iter()
                .filter(|level| entry.text(**level).is_none_or(|text| text.is_empty()))
                .map(|level| format!("{}: no {}", term.key, level.name())),
        );
        let named = |source: &&str| is_source(source);
        lacking.extend(
            entry
                .sources()
                .iter()
                .filter(|source| !named(source))
                .map(|source| format!("{}: {source}", term.key)),
        );
        if entry.sources().is_empty() {
            lacking.push(format!("{}: no source", term.key));
        }
    }
    assert_eq!(lacking, [""; 0]);
}

#[test]
fn the_index_of_frames_is_that_of_the_captures() {
    let all = All::new();
    let made = index::index(&all.terms, &all.notes);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/lessons/en/terms/frames.tsv");
    if std::env::var_os("EXAMPLES").is_some_and(|value| value == "overwrite") {
        std::fs::write(path, &made).unwrap();
    }
    // So what has no frame here is shown by no bundled capture, as the entry says.
    let kept = std::fs::read_to_string(path).unwrap();
    let (made, kept): (BTreeSet<&str>, BTreeSet<&str>) = (made.lines().collect(), kept.lines().collect());
    assert_eq!(made.difference(&kept).collect::<Vec<_>>(), [&""; 0], "EXAMPLES=overwrite writes it anew");
    assert_eq!(kept.difference(&made).collect::<Vec<_>>(), [&""; 0], "EXAMPLES=overwrite writes it anew");
}

#[test]
fn every_filter_finds_the_frame_that_shows_the_term() {
    let all = All::new();
    let mut of_capture: BTreeMap<String, Vec<(String, u64, Filter)>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for term in all.terms.all() {
        let entry = all.entry(term);
        match (&entry.example, &entry.filter) {
            (Some(example), Some(filter)) => {
                let filter = Filter::parse(filter).unwrap_or_else(|error| panic!("{}: {error}", term.key));
                let shown = (term.key.to_owned(), example.frame, filter);
                of_capture.entry(example.capture.clone()).or_default().push(shown);
            }
            (Some(_), None) => wrong.push(format!("{}: a frame, and no filter", term.key)),
            (None, _) if all.notes.frame(term.key).is_some() => {
                wrong.push(format!("{}: its frame is not there", term.key));
            }
            (None, _) => {}
        }
    }
    for capture in Bundled::all() {
        let shown = of_capture.remove(&capture.name).unwrap_or_default();
        let mut found = BTreeSet::new();
        index::walk(&capture, |packet, tracker, segment, findings| {
            for (key, frame, filter) in &shown {
                if *frame == packet.frame().number && filter.matches(packet, tracker, segment, findings, None)
                {
                    found.insert(key.clone());
                }
            }
        });
        let missed = shown.iter().filter(|(key, ..)| !found.contains(key));
        wrong.extend(missed.map(|(key, frame, filter)| {
            format!("{key}: {} frame {frame} does not match {}", capture.name, filter.text())
        }));
    }
    assert_eq!(wrong, [""; 0]);
    assert!(of_capture.is_empty(), "no such capture: {:?}", of_capture.keys());
}

#[test]
fn all_that_is_noted_belongs_to_a_term() {
    let all = All::new();
    let is_term = |key: &str| all.terms.of_key(key).is_some();
    let mut wrong: Vec<String> = Vec::new();
    for key in all.notes.keys() {
        wrong.extend((!is_term(key)).then(|| format!("{key} is no term")));
        let see = all.notes.see(key).iter();
        wrong.extend(
            see.filter(|other| !is_term(other) || **other == key).map(|other| format!("{key}: see {other}")),
        );
        if let Some(capture) = all.notes.best_capture(key) {
            wrong.extend(Bundled::find(capture).is_none().then(|| format!("{key}: show {capture}")));
        }
    }
    wrong.extend(all.notes.shown().filter(|key| !is_term(key)).map(|key| format!("frames.tsv: {key}")));
    wrong.sort();
    assert_eq!(wrong, [""; 0]);
}

/// The key that a text finds.
fn key(all: &All, typed: &str) -> Option<&'static str> {
    find(&all.terms, typed).map(|found| found.best.key)
}

#[test]
fn what_first_readers_type_finds_what_they_mean() {
    let all = All::new();
    for (typed, meant) in [
        ("SYN", "tcp.flags.syn"),
        ("fin", "tcp.flags.fin"),
        ("hang up", "tcp.flags.fin"),
        ("psh flag", "tcp.flags.push"),
        ("1006", "close 1006"),
        ("close code 1001", "close 1001"),
        ("close", "opcode close"),
        ("ping", "word ping"),
        ("ping frame", "opcode ping"),
        ("continuation", "opcode continuation"),
        ("TIME_WAIT", "state TIME-WAIT"),
        ("time wait state", "state TIME-WAIT"),
        ("4", "layer.4"),
        ("layer 4", "layer.4"),
        ("transport", "layer.4"),
        ("session layer", "layer.5"),
        ("sec-websocket-accept", "http.sec_websocket_accept"),
        ("Origin", "word origin"),
        ("ws.client_must_mask", "rule ws.client_must_mask"),
        ("MSS", "tcp.options.mss_val"),
        ("window", "word window"),
        ("what is a port?", "word port"),
        ("tcp.window_size", "tcp.window_size"),
        ("Time to live, in hops", "ip.ttl"),
        ("io.on", "word io.on"),
        ("socket.emit()", "word socket.emit"),
        ("socket.io", "word socket.io"),
        ("WebSocket or Socket.IO", "word websocket or socket.io"),
        ("full duplex", "word full-duplex"),
        ("long polling", "word long-polling"),
        ("tcp/ip", "word tcp/ip"),
        ("SYN-ACK", "step tcp.syn_ack"),
        ("sni", "tls.handshake.extensions_server_name"),
        ("ARP", "layer arp"),
    ] {
        assert_eq!(key(&all, typed), Some(meant), "{typed}");
    }
    for term in all.terms.all() {
        assert_eq!(key(&all, term.key), Some(term.key), "by its own key");
    }
}

#[test]
fn a_number_or_an_address_without_an_entry_is_what_it_is_one_of() {
    let all = All::new();
    for (typed, meant) in [
        ("3000", "close 3000-3999"),
        ("4000", "close 4000-4999"),
        ("4999", "close 4000-4999"),
        ("1020", "close 1016-2999"),
        ("999", "close 0-999"),
        ("0", "close 0-999"),
        ("close code 65535", "close 5000-65535"),
        ("close 404", "close 0-999"),
        ("5173", "word port"),
        ("65535", "word port"),
        ("port 3000", "word port"),
        ("418", "http.response.code"),
        ("http 302", "http.response.code"),
        ("10.7.0.1", "word ip address"),
        ("fe80::1", "word ip address"),
        ("127.0.0.2", "word loopback"),
        ("::1", "word loopback"),
        ("02:00:0a:07:00:01", "word mac address"),
    ] {
        let found = find(&all.terms, typed).unwrap_or_else(|| panic!("{typed}"));
        assert_eq!((found.best.key, found.by), (meant, By::Kind), "{typed}");
    }
    for typed in ["65536", "70000", "close 70000", "status 999", "10.7.0", "02:00:0a:07:00"] {
        assert_eq!(key(&all, typed), None, "{typed}");
    }
    let run = netlab(&["explain", "4000"]);
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.contains("lies in the range of close codes 4000-4999"), "{}", run.stderr);
    assert!(run.stdout.contains("port (word: netlab explain 'word port')"), "{}", run.stdout);
    assert_eq!(netlab(&["explain", "70000"]).code, Some(2));
}

#[test]
fn codes_have_their_numbers_as_names() {
    let all = All::new();
    for (typed, meant) in [
        ("0x1", "opcode text"),
        ("0x9", "opcode ping"),
        ("opcode 9", "opcode ping"),
        ("opcode 0x0A", "opcode pong"),
        ("opcode 0", "opcode continuation"),
        ("opcode 11", "opcode reserved"),
        ("0x001", "tcp.flags.fin"),
        ("0x012", "step tcp.syn_ack"),
        ("0x0806", "layer arp"),
        ("101", "status 101"),
        ("http 404", "status 404"),
        ("Upgrade Required", "status 426"),
        ("1000", "close 1000"),
        ("8080", "word port"),
        ("closing handshake", "opcode close"),
        ("nagle", "word nagle"),
        ("cors", "word cors"),
        ("jwt", "word token"),
        ("FIN-ACK", "tcp.flags.fin"),
    ] {
        assert_eq!(
            find(&all.terms, typed).map(|found| (found.best.key, found.by)),
            Some((meant, By::Name)),
            "{typed}"
        );
    }
}

#[test]
fn what_no_frame_shows_says_what_to_look_for_instead() {
    let shown = |term: &str| netlab(&["explain", term, "--width=100", "--color=never"]).stdout;
    let abnormal = shown("1006");
    assert!(
        abnormal.contains("none: no frame ever holds 1006") && !abnormal.contains("header,"),
        "{abnormal}"
    );
    let broadcast = shown("broadcast");
    assert!(broadcast.contains("another thing") && !broadcast.contains("Ethernet header"), "{broadcast}");
    let osi = shown("OSI");
    assert!(!osi.contains("Wireshark") && !osi.contains("shown by"), "{osi}");
    let all = All::new();
    for term in all.terms.all() {
        assert!(all.entry(term).instead.is_none() || all.notes.frame(term.key).is_none(), "{}", term.key);
    }
}

#[test]
fn what_it_goes_with_can_be_told_apart() {
    let see = |term: &str| {
        let shown = netlab(&["explain", term, "--width=140", "--color=never"]).stdout;
        shown.lines().find_map(|line| Some(line.trim().strip_prefix("see also")?.trim().to_owned())).unwrap()
    };
    assert_eq!(see("ack"), "acknowledgement; relative acknowledgement number; SYN");
    assert!(see("port").contains("Destination port (tcp.dstport)"), "{}", see("port"));
    assert!(see("ping").starts_with("ping (WebSocket opcode); ICMP; "), "{}", see("ping"));
}

#[test]
fn a_slip_of_the_fingers_is_offered_what_was_meant() {
    let all = All::new();
    for (typed, meant) in [
        ("handshaek", "word handshake"),
        ("websokcet", "word websocket"),
        ("tcp.flag.syn", "tcp.flags.syn"),
        ("sinack", "step tcp.syn_ack"),
    ] {
        assert_eq!(key(&all, typed), None, "{typed}");
        assert!(near(&all.terms, typed).iter().any(|term| term.key == meant), "{typed}");
    }
    let run = netlab(&["explain", "handshaek"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("near it: handshake (word)"), "{}", run.stderr);
    let run = netlab(&["explain", "zzzzzz\u{1b}[2J"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("--all") && !run.stderr.contains('\u{1b}'), "{}", run.stderr);
}

#[test]
fn an_entry_shows_a_header_a_value_and_how_to_open_its_frame() {
    let run = netlab(&["explain", "FIN", "--width=80", "--color=never"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    for part in [
        "tcp.flags.fin == 1",
        "RFC 9293",
        "┃F┃",
        "0                   1",
        "netlab dissect handshake --frames 10",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    let other = netlab(&["dissect", "handshake", "--frames=10", "--filter=tcp.flags.fin == 1"]);
    assert!(other.stdout.contains("FIN"), "{}", other.stdout);
    let engineer = netlab(&["explain", "FIN", "--level=engineer"]).stdout;
    let all = netlab(&["explain", "FIN", "-v"]).stdout;
    assert!(!engineer.contains("  student\n") && all.contains("  friend\n") && all.contains("  student\n"));
}

#[test]
fn json_says_all_that_the_screen_does() {
    let run = netlab(&["explain", "tcp.window_size_value", "--format=json"]);
    let objects = run.json();
    let entry = &objects[0];
    assert_eq!((objects.len(), entry["key"].as_str()), (1, Some("tcp.window_size_value")));
    let cells = entry["header"]["cells"].as_array().unwrap();
    let meant: Vec<_> = cells.iter().filter(|cell| cell["meant"] == true).collect();
    assert_eq!(meant.len(), 1);
    assert_eq!(meant[0]["bits"], serde_json::json!([112, 128]));
    assert_eq!(meant[0]["value"], entry["example"]["value"]);
    assert!(Level::ALL.iter().all(|level| entry["texts"][level.name()].is_string()));
    let listed = netlab(&["explain", "--all", "states", "--format=json"]).json();
    assert_eq!(listed.len(), 11);
    assert_eq!(netlab(&["explain", "--all", "--format=json"]).json().len(), All::new().terms.all().len());
}

#[test]
fn every_entry_fits_its_width() {
    let all = All::new();
    for term in all.terms.all() {
        let entry = all.entry(term);
        for width in [40, 80, 140] {
            let lines = netlab::render::explain::lines(&entry, Level::Student, true, width, width == 140);
            let wide = lines.iter().find(|line| line.width() > width);
            assert!(wide.is_none(), "{} at {width}: {:?}", term.key, wide.map(|line| line.text()));
        }
    }
}

#[test]
fn without_box_drawing_a_header_is_of_ascii_or_a_list() {
    let ascii = netlab(&["explain", "FIN", "--ascii"]).stdout;
    assert!(ascii.is_ascii() && !ascii.contains("\\u{"), "{ascii}");
    assert!(ascii.contains("#=#"), "{ascii}");
    let plain = netlab(&["explain", "FIN", "--plain"]).stdout;
    assert!(plain.contains("bit 111, FIN: the sender has said all = 1 (set): this is it"), "{plain}");
    assert!(!plain.contains('\u{2502}') && plain.contains("bits 0 to 15, Source port = "), "{plain}");
}
