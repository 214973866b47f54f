//! A verdict of the referee as JSON; the form is described in `docs/json.md`.

use serde_json::{Value, json};

use crate::flow::stream::Side;
use crate::flow::talk::{Severity, Verdict};

/// The object of a verdict.
pub fn verdict_json(verdict: &Verdict) -> Value {
    json!({
        "kind": "verdict",
        "rule": verdict.rule,
        "severity": match verdict.severity {
            Severity::Violation => "violation",
            Severity::Note => "note",
        },
        "by": verdict.by.name(),
        "section": verdict.section,
        "must": verdict.must.words(verdict.by.other()),
        "close_code": verdict.close_code,
        "stream": verdict.stream,
        "frames": verdict.frames,
        "found": verdict.found,
    })
}

/// The object that says that a direction can't be read on, or what TLS hides: then `why` says why it stays closed.
pub fn unread_json(side: Side, frame: u64, why: Option<String>) -> Value {
    json!({"kind": "unread", "stream": side.stream, "by": side.from.name(), "frames": [frame], "why": why})
}

/// What the words about a rule say behind its name and `section`, which need not be cited once more:
/// `(RFC 6455, 4.1, item 7)` is `(item 7)` there.
pub fn without_section(text: &str, section: &str) -> String {
    let text = text.replace(&format!(" ({section})"), "");
    [", ", "; "].iter().fold(text, |text, mark| text.replace(&format!("({section}{mark}"), "("))
}

/// Under which key the words about its rule stand.
pub fn verdict_key(verdict: &Verdict) -> String {
    format!("rule {}", verdict.rule)
}
