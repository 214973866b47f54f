//! The words explain everything that netlab can show, at the levels that are promised, and name no number that is not there.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

use std::collections::BTreeSet;

use netlab::event::TcpState;
use netlab::words::{Book, Level, built_in_files, fill, placeholders, sentences};
use netlab::{dissect, flow, osi, render, story};

fn book() -> Book<'static> {
    Book::built_in().unwrap()
}

/// Fields that a story shows: three levels.
fn shown_by_stories() -> Vec<&'static str> {
    let mut names: Vec<&str> = dissect::all_fields().into_iter().chain(flow::all_fields()).collect();
    names.retain(|name| {
        let header = ["tcp.", "ip.", "ipv6.", "arp.", "eth."].iter().any(|prefix| name.starts_with(prefix));
        header && !name.starts_with("tcp.analysis.") && !name.contains("hdr.") && !name.contains("opts.")
    });
    names
}

fn lacking(keys: impl IntoIterator<Item = String>, levels: &[Level]) -> Vec<String> {
    let book = book();
    let mut lacking = Vec::new();
    for key in keys {
        let Some(entry) = book.find(&key) else {
            lacking.push(format!("{key}: no entry"));
            continue;
        };
        let missing = levels.iter().filter(|level| entry.at(**level).is_none());
        lacking.extend(missing.map(|level| format!("{key}: no {}", level.name())));
    }
    lacking
}

#[test]
fn every_step_has_three_levels() {
    let keys = story::WORDS.iter().map(|key| (*key).to_owned());
    assert_eq!(lacking(keys, &Level::ALL), [""; 0]);
}

#[test]
fn every_way_that_a_conversation_can_go_has_three_levels() {
    assert_eq!(lacking(render::flows::KEYS.map(str::to_owned), &Level::ALL), [""; 0]);
}

#[test]
fn every_sentence_of_a_walk_through_the_layers_has_three_levels() {
    assert_eq!(lacking(osi::KEYS.iter().map(|key| (*key).to_owned()), &Level::ALL), [""; 0]);
    // And what is said of each layer in general.
    let parts = ["", ".unit", ".address", ".device", ".fails", ".misread"];
    let layers = (1..=7).flat_map(|layer| parts.map(|part| format!("layer.{layer}{part}")));
    assert_eq!(lacking(layers, &Level::ALL), [""; 0]);
    let book = book();
    let ours = book.entries().map(|entry| entry.key).filter(|key| key.starts_with("osi."));
    let unused: Vec<_> = ours.filter(|key| !osi::KEYS.contains(key)).collect();
    assert_eq!(unused, [""; 0]);
}

#[test]
fn every_state_has_three_levels() {
    let keys = TcpState::ALL.iter().map(|state| format!("state {state}"));
    assert_eq!(lacking(keys, &Level::ALL), [""; 0]);
}

#[test]
fn every_flag_has_three_levels() {
    let flags = dissect::all_fields().into_iter().filter(|name| name.starts_with("tcp.flags"));
    assert_eq!(lacking(flags.map(str::to_owned), &Level::ALL), [""; 0]);
}

#[test]
fn every_field_that_a_story_shows_has_three_levels() {
    let keys = shown_by_stories().into_iter().map(str::to_owned);
    assert_eq!(lacking(keys, &Level::ALL), [""; 0]);
}

#[test]
fn every_field_of_a_packet_has_the_students_level() {
    let keys = dissect::all_fields().into_iter().chain(flow::all_fields()).map(str::to_owned);
    assert_eq!(lacking(keys, &[Level::Student]), [""; 0]);
}

#[test]
fn steps_name_known_placeholders_and_nothing_else_names_any() {
    let mut unknown = BTreeSet::new();
    for entry in book().entries() {
        let texts = Level::ALL.into_iter().filter_map(|level| entry.at(level)).chain(entry.title);
        for name in texts.flat_map(placeholders) {
            let story = entry.key.starts_with("step ") || entry.key.starts_with("story.");
            let known: &[&str] = match () {
                () if story => story::PLACEHOLDERS,
                () if entry.key.starts_with("osi.") => osi::PLACEHOLDERS,
                () => &[],
            };
            if !known.contains(&name) {
                unknown.insert(format!("{}: {{{name}}}", entry.key));
            }
        }
    }
    assert_eq!(unknown, BTreeSet::new());
}

#[test]
fn titles_name_nobody_but_the_two_hosts() {
    for entry in book().entries() {
        for name in entry.title.into_iter().flat_map(placeholders) {
            assert!(matches!(name, "from" | "to"), "{}: {{{name}}} in its title", entry.key);
        }
    }
}

#[test]
fn a_step_says_something_even_without_any_number() {
    for key in story::WORDS {
        let book = book();
        let entry = book.find(key).unwrap();
        let values = [("from", "client".to_owned()), ("to", "server".to_owned())];
        for level in Level::ALL {
            let text = fill(entry.at(level).unwrap(), &values);
            assert!(!text.is_empty(), "{key}: nothing is left of the level {} without numbers", level.name());
        }
    }
}

/// How many sentences of a text can be heard at once: those under no condition, and of the others those of one condition.
fn heard_at_once(text: &str) -> usize {
    let condition =
        |sentence: &'_ str| sentence.split_once('}').map_or(String::new(), |(name, _)| name.to_owned());
    let all: Vec<String> = sentences(text).into_iter().map(condition).collect();
    let under = |name: &String| all.iter().filter(|other| *other == name).count();
    let (conditions, free): (Vec<_>, Vec<_>) = all.iter().partition(|name| name.starts_with("{if_"));
    free.len() + conditions.into_iter().map(under).max().unwrap_or(0)
}

#[test]
fn friends_hear_no_more_than_two_sentences() {
    let long: Vec<_> = book()
        .entries()
        .filter(|entry| entry.at(Level::Friend).is_some_and(|text| heard_at_once(text) > 2))
        .map(|entry| entry.key)
        .collect();
    assert_eq!(long, [""; 0]);
}

#[test]
fn the_words_that_the_voice_forbids_are_not_there() {
    let mut found = Vec::new();
    for (file, text) in built_in_files() {
        for (index, line) in text.lines().enumerate() {
            let words = line.to_lowercase();
            let words = words.split(|c: char| !c.is_alphabetic());
            for word in words.filter(|word| matches!(*word, "simply" | "obviously" | "basically")) {
                found.push(format!("{file}:{}: {word}", index + 1));
            }
        }
    }
    assert_eq!(found, [""; 0]);
}

#[test]
fn every_record_message_and_alert_of_tls_has_three_levels() {
    use netlab::flow::tls::{AlertDescription, ContentType, MessageType};
    let records = ContentType::KNOWN.iter().map(|one| format!("tls record {one}"));
    let messages = MessageType::KNOWN.iter().map(|one| format!("tls message {one}"));
    let alerts = AlertDescription::KNOWN.iter().map(|one| format!("tls alert {one}"));
    assert_eq!(lacking(records.chain(messages).chain(alerts), &Level::ALL), [""; 0]);
}
