//! All words of the questions are there, and no sentence of them lacks its number.

use std::collections::BTreeSet;

use netlab::quiz::{PLACEHOLDERS, words};
use netlab::words::{Book, Level, fill_sentences, placeholders, question_files, sentences};

use super::stories::{captures, questions};

#[test]
fn every_question_has_its_words_and_no_words_are_left_over() {
    let book = Book::questions().unwrap();
    let needed: BTreeSet<String> = words().into_iter().collect();
    let there: BTreeSet<String> = book.entries().map(|entry| entry.key.to_owned()).collect();
    assert_eq!(there, needed);
    for entry in book.entries().filter(|entry| entry.key.starts_with("question ")) {
        for level in Level::ALL {
            assert!(entry.at(level).is_some(), "{}: no {}", entry.key, level.name());
        }
        let friend = sentences(entry.at(Level::Friend).unwrap());
        assert!(friend.len() <= 2, "{}: {friend:?}", entry.key);
    }
}

#[test]
fn a_friend_is_asked_in_words_of_a_call() {
    let book = Book::questions().unwrap();
    let deep =
        ["ws.accept", "ws.page", "ws.header", "ws.mask", "ws.server_mask", "ws.length", "ws.first_byte"];
    for entry in book.entries() {
        let Some(kind) = entry.key.strip_prefix("ask ") else { continue };
        let friend = entry.at(Level::Friend);
        assert_eq!(friend.is_none(), deep.contains(&kind), "{kind}");
        let friend: String = friend
            .unwrap_or_default()
            .split('{')
            .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest))
            .collect();
        for jargon in ["seq", " ack ", "segment", "FIN", "WebSocket", "opcode", "payload"] {
            assert!(!friend.contains(jargon), "{kind}: {jargon}");
        }
    }
}

#[test]
fn words_name_known_placeholders() {
    for entry in Book::questions().unwrap().entries() {
        let texts = Level::ALL.into_iter().filter_map(|level| entry.at(level));
        for name in texts.flat_map(placeholders) {
            assert!(PLACEHOLDERS.contains(&name), "{}: {{{name}}}", entry.key);
        }
        assert_eq!(entry.title.map(placeholders).unwrap_or_default(), [""; 0], "{}", entry.key);
    }
}

#[test]
fn no_sentence_is_left_out_for_want_of_a_number() {
    let book = Book::questions().unwrap();
    for (name, bytes) in captures() {
        for (question, _) in questions(&bytes) {
            let mut values = question.values.clone();
            values.push(("right", question.right().unwrap().text.clone()));
            let slips =
                question.choices.iter().filter_map(|choice| Some((choice.slip?, choice.text.clone())));
            let slips = slips.map(|(slip, given)| (format!("slip {} {slip}", question.kind), Some(given)));
            let others = ["question", "ask", "hint"].map(|part| (format!("{part} {}", question.kind), None));
            for (key, given) in slips.chain(others) {
                let mut values = values.clone();
                values.extend(given.map(|given| ("given", given)));
                for text in Level::ALL.into_iter().filter_map(|level| book.find(&key).unwrap().at(level)) {
                    let filled = fill_sentences(text, &values);
                    assert_eq!(filled.len(), sentences(text).len(), "{name}: {key}: {filled:#?}");
                }
            }
        }
    }
}

#[test]
fn the_words_that_the_voice_forbids_are_not_there() {
    for (file, text) in question_files() {
        for (index, line) in text.lines().enumerate() {
            let line = line.to_lowercase();
            let mut words = line.split(|c: char| !c.is_alphabetic());
            let found = words.find(|word| matches!(*word, "simply" | "obviously" | "basically" | "just"));
            assert_eq!(found, None, "{file}:{}", index + 1);
            assert!(line.len() <= 104 && !line.contains('!'), "{file}:{}: {line}", index + 1);
        }
    }
}
