//! Every rule of WebSocket is broken in the lab by the scenario that docs/websocket-rules.md names, with a real peer at the other end,
//! and the referee finds it, and nothing else; the bundled capture of the same name shows the same.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod util;

use std::collections::{BTreeMap, BTreeSet};

use netlab::flow::talk::{Severity, rules};
use netlab::render::without_section;
use netlab::source::Bundled;
use netlab::words::{Book, Level, fill};
use util::netlab;

/// The rules that each scenario shows, by the tables of the document.
fn shown() -> BTreeMap<String, BTreeSet<String>> {
    let text = include_str!("../docs/websocket-rules.md");
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| `ws.")) {
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let scenario = cells[cells.len() - 2].to_owned();
        shown.entry(scenario).or_default().insert(cells[1].to_owned());
    }
    shown
}

/// What the referee finds in a capture, and its exit code.
fn found(capture: &str) -> (BTreeSet<String>, Option<i32>) {
    let run = netlab(&["check", capture, "--format=json"]);
    let verdicts = run.json().into_iter().filter(|object| object["kind"] == "verdict");
    let rules = verdicts.map(|verdict| verdict["rule"].as_str().unwrap().to_owned()).collect();
    (rules, run.code)
}

/// 3 where one of them is a violation.
fn exit_code(of: &BTreeSet<String>) -> Option<i32> {
    let violated = rules().any(|(rule, severity, _)| severity == Severity::Violation && of.contains(rule));
    Some(if violated { 3 } else { 0 })
}

#[test]
#[cfg(all(target_os = "linux", feature = "live"))]
fn each_is_broken_in_the_lab_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.pcapng");
    let path = file.to_str().unwrap();
    for (scenario, rules) in shown() {
        let args = ["websocket", "--mode=lab", "--scenario", &scenario, "--save", path, "--force"];
        let run = netlab(&args);
        assert_eq!(run.code, Some(0), "{scenario}: {}", run.stderr);
        assert_eq!(found(path), (rules.clone(), exit_code(&rules)), "{scenario}: {}", run.stdout);
    }
}

#[test]
fn its_bundled_capture_shows_the_same() {
    for (scenario, rules) in shown() {
        let capture = format!("websocket-{scenario}");
        assert_eq!(found(&capture), (rules.clone(), exit_code(&rules)), "{capture}");
    }
}

#[test]
fn the_other_bundled_captures_break_none() {
    let shown = shown();
    for bundled in Bundled::all() {
        if bundled.name.strip_prefix("websocket-").is_none_or(|scenario| !shown.contains_key(scenario)) {
            let (rules, code) = found(&bundled.name);
            assert_eq!(code, Some(0), "{}: {rules:?}", bundled.name);
        }
    }
}

#[test]
fn every_rule_is_shown() {
    let all: BTreeSet<String> = rules().map(|(rule, ..)| rule.to_owned()).collect();
    let shown: BTreeSet<String> = shown().into_values().flatten().collect();
    assert_eq!(shown, all);
    assert!(all.len() > 35, "{}", all.len());
}

/// How often a text cites a section by its number: `5.1` stands in `(5.1)` and not in `5.1.2`.
fn cited(text: &str, number: &str) -> usize {
    let is_number = |c: char| c.is_ascii_digit();
    let inside = |at: usize| {
        let (before, after) = (&text[..at], &text[at + number.len()..]);
        let longer = after.starts_with(is_number)
            || after.strip_prefix('.').is_some_and(|more| more.starts_with(is_number));
        longer || before.ends_with(is_number) || before.ends_with('.')
    };
    text.match_indices(number).filter(|(at, _)| !inside(*at)).count()
}

#[test]
fn no_verdict_names_its_section_twice() {
    assert_eq!((cited("(5.1), 5.1.2, 15.1, 4.5.1 and 5.1.", "5.1"), cited("(RFC 7692, 6)", "6")), (2, 1));
    let book = Book::built_in().unwrap();
    for (rule, _, section) in rules() {
        let entry = book.find(&format!("rule {rule}")).unwrap();
        let (_, number) = section.split_once(", ").unwrap();
        for level in Level::ALL {
            let text = without_section(&fill(entry.near(level), &[]), section);
            assert_eq!(cited(&text, number), 0, "{rule}, {section}: {text}");
        }
    }
    let capture = "websocket-abnormal-1006";
    for args in [&["check", capture][..], &["replay", capture], &["replay", capture, "-v"]] {
        let shown = netlab(&[args, &["--level=engineer", "--width=200"]].concat()).stdout;
        let paragraph =
            shown.lines().skip_while(|line| !line.contains("ws.no_close")).take(4).collect::<String>();
        assert_eq!(cited(&paragraph, "7.1.5"), 1, "{args:?}: {paragraph}");
    }
}
