//! A story as NDJSON: one object a line, described in `docs/json.md`.

use serde_json::{Map, Value, json};

use super::verdict::verdict_json;
use crate::event::{Host, Sockets};
use crate::flow::stream::Said;
use crate::story::{Change, FieldValue, Step, Summary};
use crate::words::{Book, Level, fill};

/// What the first object says.
#[derive(Clone, Debug, Default)]
pub struct StoryHead {
    /// `lab`, `loopback`, `interface` or `replay`.
    pub mode: &'static str,
    /// Why it is not a better one; `None` where it is the best, or the one asked for.
    pub why: Option<String>,
    /// Wireshark's `tcp.stream`.
    pub stream: u32,
    /// The client's address and port.
    pub client: Option<String>,
    /// The server's.
    pub server: Option<String>,
    /// Nothing has shown which of them is the client.
    pub roles_guessed: bool,
}

impl StoryHead {
    /// An end's address and port as they stand above its rail: with a question mark where it is a guess which end it is.
    pub fn shown(&self, host: Host) -> Option<String> {
        let end = match host {
            Host::Client => &self.client,
            Host::Server => &self.server,
        };
        end.as_ref().map(|end| if self.roles_guessed { format!("{end} ?") } else { end.clone() })
    }
}

/// The first object.
pub fn story_head(head: &StoryHead) -> Value {
    json!({
        "kind": "story",
        "mode": head.mode,
        "why": head.why,
        "stream": head.stream,
        "hosts": {"client": head.client, "server": head.server},
        "roles_guessed": head.roles_guessed,
    })
}

/// The object of one step. `level` chooses the text.
pub fn story_step(step: &Step, book: &Book<'_>, level: Level) -> Value {
    let entry = book.find(step.words);
    let text = entry.map(|entry| fill(entry.near(level), &step.values));
    let title = entry.and_then(|entry| entry.title).map(|title| fill(title, &step.values));
    let remarks = step.remarks.iter().filter_map(|key| book.find(key));
    let mut notes: Vec<String> = remarks.map(|entry| fill(entry.near(level), &step.values)).collect();
    notes.extend(step.notes.iter().cloned());
    let mut fields = Map::new();
    for field in &step.fields {
        let value = match &field.value {
            FieldValue::Number(number) => json!(number),
            FieldValue::Flag => json!(true),
            FieldValue::Bit(set) => json!(set),
            FieldValue::Text(text) => json!(text),
        };
        // A line of a header that comes several times.
        match fields.get_mut(field.name) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = json!([first.take(), value]),
            None => {
                fields.insert(field.name.to_owned(), value);
            }
        }
    }
    json!({
        "kind": "step",
        "step": step.number,
        "what": step.what.name(),
        "words": step.words,
        "stream": step.stream,
        "frames": step.frames,
        "time": step.time.map(seconds),
        "from": step.from.name(),
        "to": step.from.other().name(),
        "states": step.states.map(|states| json!({"client": change(&states.client), "server": change(&states.server)})),
        "inside": step.inside_tls.then_some("tls"),
        "wire": step.verdict.map(|verdict| format!("{verdict:?}").to_lowercase()),
        "fields": fields,
        "arithmetic": step.sums.iter().map(|sum| sum.sum.as_str()).collect::<Vec<_>>(),
        "drawing": step.drawing,
        "code": step.code,
        "server_code": step.server_code,
        "verdicts": step.verdicts.iter().map(verdict_json).collect::<Vec<_>>(),
        "options": step.options,
        "notes": notes,
        "title": title,
        "text": text,
        "source": entry.map(|entry| entry.sources.clone()).unwrap_or_default(),
        "filter": step.filter,
    })
}

/// The object of a frame that was let through.
pub fn story_released(frame: u64, held: std::time::Duration) -> Value {
    json!({"kind": "released", "frame": frame, "held": seconds(held)})
}

/// The object of a copy that was kept back while a frame was held.
pub fn story_absorbed(frame: u64, time: Option<std::time::Duration>, from: Host) -> Value {
    json!({"kind": "absorbed", "frame": frame, "time": time.map(seconds), "from": from.name()})
}

/// The last object.
pub fn story_summary(summary: &Summary) -> Value {
    json!({
        "kind": "summary",
        "outcome": summary.outcome.name(),
        "only": summary.only.map(Host::name),
        "frames": summary.frames,
        "bytes": summary.bytes,
        "payload": {"client": summary.client_said, "server": summary.server_said},
        "streams": {"client": stream(&summary.client_stream), "server": stream(&summary.server_stream)},
        "turns": summary.turns,
        "handshake": summary.handshake.map(seconds),
        "held": seconds(summary.handshake_held),
        "duration": summary.duration.map(seconds),
        "absorbed": summary.absorbed,
        "dropped": summary.dropped,
        "lost": summary.lost,
        "onclose": summary.onclose.as_ref().map(|told| {
            json!({"code": told.code, "reason": told.reason, "wasClean": told.was_clean})
        }),
        "onerror": summary.onerror,
        "verdicts": summary.verdicts.iter().map(verdict_json).collect::<Vec<_>>(),
        "kernel": summary.sockets.as_ref().map(kernel),
    })
}

fn stream(said: &Said) -> Value {
    json!({
        "bytes": said.bytes,
        "missing": said.missing,
        "cut": said.cut,
        "given_up": said.given_up,
        "again": said.again,
        "conflicts": said.conflicts,
        "ignored": said.ignored,
    })
}

fn change(change: &Change) -> Value {
    let mut kernel = Vec::new();
    if change.kernel_before {
        kernel.push("before");
    }
    if change.kernel_after {
        kernel.push("after");
    }
    json!({
        "before": change.before.map(|state| state.json_name()),
        "after": change.after.map(|state| state.json_name()),
        "kernel": kernel,
    })
}

fn kernel(sockets: &Sockets) -> Value {
    json!({"client": sockets.client.state.json_name(), "server": sockets.server.state.json_name()})
}

/// Seconds with nine digits, as text: a JSON number would lose the last ones.
fn seconds(time: std::time::Duration) -> String {
    format!("{}.{:09}", time.as_secs(), time.subsec_nanos())
}
