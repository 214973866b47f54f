//! Every term is explained as promised: three levels, a source, a filter that finds the frame that shows it.
//!
//! `EXAMPLES=overwrite cargo test --test explain` writes `lessons/en/terms/frames.tsv` anew.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod asked;
mod index;
mod pasted;
#[path = "../util/mod.rs"]
mod util;

use std::collections::{BTreeMap, BTreeSet};

use netlab::explain::{By, Entry, Group, Notes, Term, Terms, entry, find};
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
fn what_breaks_one_rule_shows_another_term_only_where_nothing_else_does() {
    let all = All::new();
    let hits = index::hits(&all.terms, &all.notes);
    let example = |key: &str| all.entry(all.terms.all().iter().find(|term| term.key == key).unwrap()).example;
    let mut better = Vec::new();
    for (key, hits) in &hits {
        let Some(example) = example(key) else { continue };
        if !index::is_of_another_rule(&example.capture, key) || all.notes.best_capture(key).is_some() {
            continue;
        }
        let others = hits.iter().filter(|(name, _, good)| *good && !index::is_of_another_rule(name, key));
        better.extend(others.take(1).map(|(name, ..)| format!("{key}: {name}, not {}", example.capture)));
    }
    assert_eq!(better, [""; 0]);
    for (key, capture) in [
        ("close 1009", "websocket-too-big-1009"),
        ("close 1012", "websocket-server-restart-1012"),
        ("rule ws.method", "websocket-rule-method"),
        ("http.sec_websocket_protocol", "websocket-subprotocol"),
    ] {
        assert_eq!(example(key).unwrap().capture, capture, "{key}");
    }
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
        let found = find(&all.terms, typed).unwrap_or_else(|| panic!("{typed}"));
        assert_eq!(found.best.key, meant, "{typed}");
        assert!(matches!(found.by, By::Name | By::Alias), "{typed}: {:?}", found.by);
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
    // What the bits hold is drawn, and what they mean beside it.
    let length = netlab(&["explain", "tcp.hdr_len", "--format=json"]).json().remove(0);
    let cells = length["header"]["cells"].as_array().unwrap();
    let cell = cells.iter().find(|cell| cell["name"] == "tcp.hdr_len").unwrap();
    assert_eq!((&cell["value"], &length["example"]["value"]), (&"10 (means 40)".into(), &"40".into()));
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

#[test]
fn a_rules_filter_finds_nothing_where_it_was_kept_or_says_that_it_finds_candidates() {
    let all = All::new();
    let rules = all.terms.all().iter().filter(|term| term.group == Group::Rules);
    let shown: Vec<(&str, Filter, bool)> = rules
        .filter_map(|term| {
            let entry = all.entry(term);
            let filter = Filter::parse(entry.filter.as_deref()?).unwrap();
            Some((term.key, filter, entry.candidates))
        })
        .collect();
    assert!(shown.len() > 35);
    let mut found_too_much = BTreeSet::new();
    for capture in Bundled::all() {
        let mut found = BTreeSet::new();
        let mut broken = BTreeSet::new();
        let last = index::walk(&capture, |packet, tracker, segment, findings| {
            broken.extend(findings.verdicts.iter().map(|verdict| format!("rule {}", verdict.rule)));
            for (key, filter, _) in &shown {
                if filter.matches(packet, tracker, segment, findings, None) {
                    found.insert((*key).to_owned());
                }
            }
        });
        broken.extend(last.into_iter().map(|(rule, _)| rule));
        found_too_much.extend(found.difference(&broken).cloned());
    }
    let says: BTreeSet<String> =
        shown.iter().filter(|(.., candidates)| *candidates).map(|(key, ..)| (*key).to_owned()).collect();
    let silent: Vec<_> = found_too_much.difference(&says).collect();
    assert_eq!(silent, [&""; 0], "these find frames of talks that keep the rule, and do not say so");
    let text = netlab(&["explain", "ws.no_close", "--width=80", "--color=never"]).stdout;
    assert!(text.contains("it finds candidates; netlab check FILE says"), "{text}");
    let text = netlab(&["explain", "ws.host", "--width=80", "--color=never"]).stdout;
    assert!(text.contains("not http.host") && !text.contains("candidates"), "{text}");
}
