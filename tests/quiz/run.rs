//! What a run asks: a few questions, no two of a kind, each before anything of its frame is shown.

use std::collections::BTreeSet;

use netlab::quiz::{Focus, Quiz};
use netlab::story::Told;

use super::conversation::{REQUEST, conversation};
use super::stories::{captures, questions, told};

fn asked(bytes: &[u8], focus: Focus) -> Vec<(&'static str, u32)> {
    asked_by(Quiz::new(focus, true), bytes)
}

fn asked_by(mut quiz: Quiz, bytes: &[u8]) -> Vec<(&'static str, u32)> {
    let mut kinds = Vec::new();
    let mut shown = BTreeSet::new();
    for told in told(bytes) {
        let questions = quiz.ask(&told);
        for (index, entry) in told.iter().enumerate() {
            if let Some((_, question)) = questions.iter().find(|(before, _)| *before == index) {
                let frame = question.frame.unwrap();
                assert!(!shown.contains(&frame), "{}: frame {frame} was shown before", question.kind);
                kinds.push((question.kind, question.number));
            }
            if let Told::Step(step) = entry {
                shown.extend(step.frames.first().copied());
            }
        }
    }
    kinds
}

#[test]
fn a_run_asks_a_few_questions_of_different_kinds() {
    for (name, bytes) in captures() {
        for (focus, most) in [(Focus::Tcp, 5), (Focus::WebSocket, 6), (Focus::Both, 6)] {
            let asked = asked(&bytes, focus);
            let kinds: BTreeSet<_> = asked.iter().map(|(kind, _)| kind).collect();
            assert_eq!(kinds.len(), asked.len(), "{name}: {asked:?}");
            assert!(asked.len() <= most, "{name}: {asked:?}");
            let numbers: Vec<u32> = asked.iter().map(|(_, number)| *number).collect();
            assert_eq!(numbers, (1..=asked.len() as u32).collect::<Vec<_>>(), "{name}");
        }
    }
}

#[test]
fn a_handshake_is_asked_about_from_its_opening_to_its_end() {
    for (name, bytes) in
        captures().into_iter().filter(|(name, _)| name == "handshake" || name == "handshake-ipv6")
    {
        let asked = asked(&bytes, Focus::Tcp);
        assert!((4..=5).contains(&asked.len()), "{name}: {asked:?}");
        assert!(
            asked.iter().any(|(kind, _)| kind.ends_with("fin") || *kind == "tcp.last_state"),
            "{asked:?}"
        );
    }
}

#[test]
fn where_tcp_is_told_in_short_only_its_end_is_asked_about() {
    let chat = super::conversation::chat();
    let asked = asked(&chat, Focus::WebSocket);
    assert!(asked.len() >= 5, "{asked:?}");
    assert!(asked.iter().all(|(kind, _)| kind.starts_with("ws.")), "{asked:?}");
    assert_eq!(asked.last().unwrap().0, "ws.first_fin");
}

#[test]
fn what_seldom_happens_is_asked_about() {
    for (name, kind) in [("handshake-refused", "tcp.refused"), ("handshake-lost-syn", "tcp.call_again")] {
        let (_, bytes) = captures().into_iter().find(|(known, _)| known == name).unwrap();
        let asked = asked(&bytes, Focus::Tcp);
        assert!(asked.iter().any(|(asked, _)| *asked == kind), "{name}: {asked:?}");
    }
}

#[test]
fn a_refused_upgrade_is_asked_about() {
    let made =
        |name: &str, answer: &[u8]| (name.to_owned(), conversation(&[(true, REQUEST), (false, answer)]));
    let refused = ["ws.refused", "ws.page", "ws.version"];
    let bundled = captures().into_iter().filter(|(name, _)| {
        ["websocket-not-upgraded", "websocket-wrong-version", "websocket-bad-accept"].contains(&name.as_str())
    });
    let login = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    let origin = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    let all: Vec<_> = bundled.chain([made("401", login), made("403", origin)]).collect();
    assert_eq!(all.len(), 5);
    for (name, bytes) in all {
        let kinds: BTreeSet<_> = questions(&bytes).iter().map(|(question, _)| question.kind).collect();
        let expected: &[&str] = match name.as_str() {
            // Who asks for version 8 is no page.
            "websocket-wrong-version" => &["ws.refused", "ws.version"],
            "websocket-bad-accept" => &["ws.failed", "ws.page"],
            _ => &["ws.page", "ws.refused"],
        };
        let of_answer = |kind: &&&str| refused.contains(*kind) || **kind == "ws.failed";
        assert_eq!(kinds.iter().filter(of_answer).copied().collect::<Vec<_>>(), expected, "{name}");
        for deep in [true, false] {
            let asked = asked_by(Quiz::new(Focus::WebSocket, deep), &bytes);
            assert!(asked.iter().any(|(kind, _)| expected.contains(kind)), "{name}: {asked:?}");
        }
    }
}

#[test]
fn a_friend_is_not_asked_about_bytes_or_code() {
    let deep =
        ["ws.accept", "ws.page", "ws.header", "ws.mask", "ws.server_mask", "ws.length", "ws.first_byte"];
    for (name, bytes) in captures() {
        let asked = asked_by(Quiz::new(Focus::WebSocket, false), &bytes);
        assert!(asked.iter().all(|(kind, _)| !deep.contains(kind)), "{name}: {asked:?}");
        assert!(name != "chat" || asked.len() >= 3, "{asked:?}");
    }
}
