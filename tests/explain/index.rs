//! Which frame of which bundled capture shows a term: how `lessons/en/terms/frames.tsv` is made.

use std::collections::BTreeMap;

use netlab::dissect::Packet;
use netlab::event::TcpState;
use netlab::explain::{Notes, Terms};
use netlab::filter::Filter;
use netlab::flow::talk::{Findings, Talks};
use netlab::flow::{Fragments, Segment, Tracker};
use netlab::source::{Bundled, Reader};
use netlab::story::{Seen, Step, Tell, Teller, Told};

/// Walks a bundled capture with all that is known at each frame, and gives the rules that show only at its end.
pub(crate) fn walk(
    capture: &Bundled,
    mut look: impl FnMut(&Packet<'_>, &Tracker, Option<&Segment>, &Findings),
) -> Vec<(String, u64)> {
    let mut reader = Reader::from_bytes(&capture.name, capture.bytes().unwrap()).unwrap();
    let (mut fragments, mut tracker, mut talks) = (Fragments::new(), Tracker::new(), Talks::new());
    while reader.next().unwrap().is_some() {
        for secrets in reader.secrets() {
            talks.keys_mut().add(&secrets.bytes).unwrap();
        }
        let packet = fragments.complete(Packet::new(reader.current().unwrap()));
        let segment = tracker.push(&packet);
        let found = talks.push(&packet, segment.as_ref());
        look(&packet, &tracker, segment.as_ref(), &found);
    }
    let last = talks.finish();
    let rule = |verdict: netlab::flow::talk::Verdict| {
        verdict.frames.first().map(|frame| (format!("rule {}", verdict.rule), *frame))
    };
    last.into_iter().filter_map(rule).collect()
}

/// The steps of a bundled capture.
fn steps(capture: &Bundled) -> Vec<Step> {
    let mut reader = Reader::from_bytes(&capture.name, capture.bytes().unwrap()).unwrap();
    let mut teller = Teller::new(Tell::default());
    let mut told = Vec::new();
    while reader.next().unwrap().is_some() {
        for secrets in reader.secrets() {
            teller.keys_mut().add(&secrets.bytes).unwrap();
        }
        told.extend(teller.frame(&reader.current().unwrap(), &Seen::default()));
    }
    told.extend(teller.finish(None, 0, None).0);
    let step = |told: Told| if let Told::Step(step) = told { Some(*step) } else { None };
    told.into_iter().filter_map(step).collect()
}

/// The states that a step leads to, and LISTEN, which it can only leave.
fn states(step: &Step) -> Vec<TcpState> {
    let changes: Vec<_> = step.states.iter().flat_map(|states| [states.client, states.server]).collect();
    let moved = changes.iter().filter(|change| change.moves()).filter_map(|change| change.after);
    let left = changes.iter().filter_map(|change| change.before).filter(|state| *state == TcpState::Listen);
    moved.chain(left).collect()
}

/// Every hit of every term, by capture: the frame, and whether the field has a value that is not 0.
type Hits = BTreeMap<String, Vec<(String, u64, bool)>>;

pub(crate) fn hits(terms: &Terms<'_>, notes: &Notes<'_>) -> Hits {
    // What a step tells is shown by the frame of that step, whatever else its filter finds.
    let asked = terms.all().iter().filter(|term| !term.is_words_alone(notes) && !term.has_step());
    let parsed: Vec<_> = asked.filter_map(|term| Some((term, Filter::parse(&term.filter(notes)?)))).collect();
    let wrong: Vec<String> = parsed
        .iter()
        .filter_map(|(term, filter)| Some(format!("{}: {}", term.key, filter.as_ref().err()?)))
        .collect();
    assert_eq!(wrong, [""; 0]);
    let filters: Vec<_> = parsed.into_iter().map(|(term, filter)| (term, filter.unwrap())).collect();
    let mut hits = Hits::new();
    for capture in Bundled::all() {
        let mut hit = |key: &str, frame: u64, good: bool| {
            hits.entry(key.to_owned()).or_default().push((capture.name.clone(), frame, good));
        };
        let last = walk(&capture, |packet, tracker, segment, found| {
            let number = packet.frame().number;
            let mut full: BTreeMap<&str, bool> = BTreeMap::new();
            let mut take = |field: netlab::dissect::FieldValue<'_>| {
                let is_zero = field.value.number() == Some(0);
                *full.entry(field.name).or_default() |= !is_zero;
            };
            packet.each_field(&mut take);
            tracker.each_field(packet, segment, &mut take);
            found.each_field(packet, &mut take);
            for (term, filter) in &filters {
                let field = term.field(notes);
                // A name alone asks whether the field is there: that is known already.
                let asks_for = |field: &&str| filter.text().strip_prefix(*field);
                let matches = match field.and_then(|field| Some((field, asks_for(&field)?))) {
                    Some((field, "")) => full.contains_key(field),
                    // What is not there equals nothing.
                    Some((field, rest)) if rest.starts_with(" == ") && !full.contains_key(field) => false,
                    _ => filter.matches(packet, tracker, segment, found, None),
                };
                if matches {
                    hit(term.key, number, field.and_then(|field| full.get(field)) != Some(&false));
                }
            }
            for verdict in &found.verdicts {
                hit(&format!("rule {}", verdict.rule), *verdict.frames.first().unwrap_or(&number), true);
            }
        });
        last.iter().for_each(|(rule, frame)| hit(rule, *frame, true));
        for step in steps(&capture) {
            let Some(frame) = step.frames.first() else { continue };
            hit(step.words, *frame, true);
            states(&step).iter().for_each(|state| hit(&format!("state {state}"), *frame, true));
        }
    }
    hits
}

/// Whether a capture is named after the code or the rule that a term is: `websocket-too-big-1009` after `close 1009`.
fn is_named_after(capture: &str, key: &str) -> bool {
    match key.split_once(' ') {
        Some(("close", code)) => capture.ends_with(&format!("-{code}")),
        Some(("rule", name)) => {
            let name = name.rsplit('.').next().unwrap_or(name).replace('_', "-");
            capture.ends_with(&format!("-{name}"))
        }
        _ => false,
    }
}

/// Whether a capture shows one broken rule, and the term is about something else.
pub(crate) fn is_of_another_rule(capture: &str, key: &str) -> bool {
    capture.contains("-rule-") && !is_named_after(capture, key)
}

/// The captures that are looked into first: the one that is there for the term, then those where little else happens; at last those
/// where another rule is broken.
fn rank(capture: &str, key: &str, best: Option<&str>) -> usize {
    let of_program = ["http", "websocket", "ws", "tls"].iter().any(|start| key.contains(start));
    let order: &[&str] = if of_program {
        &["websocket-tutorial", "websocket-chat", "websocket-ping-pong", "websocket-wss", "handshake"]
    } else {
        &["handshake", "handshake-refused", "websocket-tutorial", "handshake-ipv6"]
    };
    match order.iter().position(|name| *name == capture) {
        _ if best == Some(capture) => 0,
        _ if is_named_after(capture, key) => 1,
        Some(place) => place + 2,
        None if is_of_another_rule(capture, key) => order.len() + 3,
        None => order.len() + 2,
    }
}

/// The file: for each term the first frame of the best capture, one with a value if there is any.
pub(crate) fn index(terms: &Terms<'_>, notes: &Notes<'_>) -> String {
    let hits = hits(terms, notes);
    let mut text = String::new();
    for term in terms.all() {
        let Some(hits) = hits.get(term.key).filter(|_| !term.is_words_alone(notes)) else { continue };
        // What has a filter of its own is shown by a frame that it matches.
        let best = notes.best_capture(term.key);
        let hit = hits.iter().min_by_key(|(capture, frame, good)| {
            (
                rank(capture, term.key, best) != 0,
                !*good,
                rank(capture, term.key, best),
                capture.clone(),
                *frame,
            )
        });
        if let Some((capture, frame, _)) = hit {
            text.push_str(&format!("{}\t{capture}\t{frame}\n", term.key));
        }
    }
    text
}
