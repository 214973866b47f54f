//! Steps of what the programs say: messages of HTTP, the opening handshake of WebSocket, its frames.

mod frame;

use crate::dissect::{FieldValue as Field, Value};
use crate::flow::http::Head;
use crate::flow::http::{Extension, StartLine, Upgrade, Verdict as Came};

use super::drawn::Drawn;
use super::heard::{Carried, Completed, HttpSaid};
use super::step::{FieldValue, Shown, Step};
use super::values::{grouped, text_of};
use super::what::What;
use super::{drawing, program, tls};

/// So many bytes are written out in a sentence.
const BYTES: usize = 4;

/// Said where the server had to refuse, and did not.
const OPENED_WRONGLY: &str =
    "The request broke a rule, and the server opens all the same: what program runs there can't be told.";

/// Makes `step`, blank so far, the step of what was completed. `after`: how long after a frame of the capture it came, in words.
pub(super) fn describe(
    step: &mut Step,
    completed: Completed,
    drawn: &mut Drawn,
    after: &dyn Fn(u64) -> Option<String>,
) {
    match completed {
        Completed::Tls(said) => tls::describe(step, *said, &mut drawn.tls),
        Completed::Http(said) => {
            step.inside_tls = said.inside;
            drawn.no_node |= said.upgrade.is_some() && said.message.head.fields().value("server").is_some();
            http(step, *said);
            drawn.failed |= step.what == What::WsFailed;
            if step.what == What::WsAsked {
                drawn.wrong = !step.verdicts.is_empty();
            } else if step.what == What::WsOpened && drawn.wrong {
                drawn.no_node = true;
                step.notes.push(OPENED_WRONGLY.to_owned());
            }
            if drawn.no_node {
                step.server_code.clear();
            }
            drawn.no_page |= step.what == What::WsAsked && !step.verdicts.is_empty();
            if drawn.no_page {
                step.code.clear();
            }
        }
        Completed::Frame(said) => {
            step.inside_tls = said.inside;
            frame::describe(step, *said, drawn, after);
        }
        Completed::NotHttp { start, asked, .. } => {
            step.label = "no HTTP".to_owned();
            if let Some(text) = text_of(&start) {
                step.values.push(("text", format!("“{text}”")));
                step.label = format!("no HTTP: “{text}”");
            }
            if asked {
                step.values.push(("if_asked", String::new()));
                step.code.extend(Some(program::fails()).filter(|_| drawn.page_waits()));
                drawn.failed = true;
            }
            step.filter = at_frame(step, "tcp.len > 0");
            step.full = true;
        }
        Completed::More { count, verdicts, .. } => {
            step.label = format!("{} more", grouped(count));
            step.values.push(("count", grouped(count)));
            step.filter = at_frame(step, "(http or websocket)");
            step.verdicts = verdicts;
        }
    }
    tls::inside(step);
}

/// What a completed thing is, and the key of its words.
pub(super) fn kind(completed: &Completed) -> (What, &'static str) {
    let what = match completed {
        Completed::Tls(said) => tls::kind(said),
        Completed::Http(said) => match (&said.upgrade, said.asks) {
            (Some(upgrade), _) => match upgrade.verdict {
                Came::Opened => What::WsOpened,
                Came::Failed => What::WsFailed,
                Came::Refused(_) => What::WsRefused,
            },
            (None, true) => What::WsAsked,
            (None, false) if said.message.head.code().is_some() => What::HttpAnswer,
            (None, false) => What::HttpRequest,
        },
        Completed::Frame(said) => frame::kind(said),
        Completed::NotHttp { .. } => What::HttpNone,
        Completed::More { .. } => What::More,
    };
    let words = match completed {
        Completed::Http(said) if said.tunnel && what == What::HttpRequest => Some(&"step http.connect"),
        Completed::Http(said) if said.tunnel && what == What::HttpAnswer => Some(&"step http.tunnel"),
        Completed::Http(said) if what == What::WsAsked && !said.verdicts.is_empty() => {
            Some(&"step ws.asked_wrongly")
        }
        _ => super::WORDS.iter().find(|words| words.strip_prefix("step ") == Some(what.name())),
    };
    (what, words.copied().unwrap_or_default())
}

/// So many schemes are named of one header.
const SCHEMES: usize = 4;

fn http(step: &mut Step, said: HttpSaid) {
    let HttpSaid { message, upgrade, carried: carriers, cut, verdicts, .. } = said;
    let head = &message.head;
    step.frames = carriers.all();
    step.fields = message.fields().iter().filter_map(shown).collect();
    placed(step, message.place());
    step.label = message.summary();
    // What is not whole Wireshark does not take apart.
    step.filter = match (&cut, head.code()) {
        (Some(_), _) => at_frame(step, "tcp.len > 0"),
        (None, Some(_)) => at_frame(step, "http.response"),
        (None, None) => at_frame(step, "http.request"),
    };
    let range = head.range();
    let mut value = |name: &'static str, value: String| step.values.push((name, value));
    value("len", grouped(range.end - range.start));
    match head.start() {
        StartLine::Request { method, target } => {
            value("method", drawing::lossy(method.bytes));
            value("uri", drawing::lossy(target.bytes));
        }
        StartLine::Status { code, reason } => {
            value("code", code.to_string());
            value("phrase", drawing::lossy(reason.bytes));
            match cut {
                Some(_) => value("if_cut", String::new()),
                None => value("body", grouped(message.len)),
            }
        }
    }
    let named = [
        ("host", "host"),
        ("key", "sec-websocket-key"),
        ("accept", "sec-websocket-accept"),
        ("location", "location"),
    ];
    for (name, line) in named {
        if let Some(text) = head.fields().value(line) {
            value(name, drawing::lossy(text));
        }
    }
    let lists = [
        ("protocols", "sec-websocket-protocol"),
        ("versions", "sec-websocket-version"),
        ("extensions", "sec-websocket-extensions"),
    ];
    for (name, line) in lists {
        let members: Vec<String> = head.fields().members(line).take(BYTES).map(drawing::lossy).collect();
        if !members.is_empty() {
            value(name, members.join(", "));
        }
    }
    login(head, &mut step.values);
    match step.what {
        What::WsAsked => {
            step.code.extend(program::asks(head, step.inside_tls));
            step.full = true;
        }
        What::WsOpened | What::WsFailed | What::WsRefused => {
            handshake(step, upgrade.as_deref());
            step.full = true;
        }
        _ => {}
    }
    let only_handshake = step.full;
    let mut lines = drawing::header(head, |name| !only_handshake || drawing::is_of_handshake(name));
    lines.append(&mut step.drawing);
    step.drawing = lines;
    carried(step, &carriers);
    step.notes.extend(cut);
    step.verdicts = verdicts;
}

/// How a server asks who is there, and how the client proves it; never the proof.
fn login(head: &Head, values: &mut Vec<(&'static str, String)>) {
    let schemes = |name: &str| {
        let own = head.fields().iter().filter(|line| line.name.bytes.eq_ignore_ascii_case(name.as_bytes()));
        let mut schemes: Vec<String> = own.filter_map(|line| drawing::scheme(line.value.bytes)).collect();
        schemes.dedup();
        schemes.truncate(SCHEMES);
        (!schemes.is_empty()).then(|| schemes.join(", "))
    };
    match head.code() {
        Some(401) => match schemes("www-authenticate") {
            Some(challenge) => values.push(("challenge", challenge)),
            None if head.fields().value("www-authenticate").is_none() => {
                values.push(("if_no_challenge", String::new()));
            }
            None => {}
        },
        Some(_) => {}
        None => values.extend(schemes("authorization").map(|scheme| ("scheme", scheme))),
    }
}

/// What the answer to the wish for WebSocket means.
fn handshake(step: &mut Step, upgrade: Option<&Upgrade>) {
    let Some(upgrade) = upgrade else { return };
    step.drawing.extend(drawing::accept(upgrade).into_iter().filter(|_| upgrade.code == 101));
    if let Some(protocol) = &upgrade.protocol {
        step.values.push(("protocol", drawing::lossy(protocol)));
    }
    step.values.retain(|(name, _)| *name != "extensions");
    if !upgrade.agreed.is_empty() {
        let name = |extension: &Extension| drawing::lossy(&extension.name);
        let names: Vec<String> = upgrade.agreed.iter().take(BYTES).map(name).collect();
        step.values.push(("extensions", names.join(", ")));
    }
    step.code.push(match step.what {
        What::WsOpened => program::opens(upgrade.protocol.as_deref()),
        _ => program::fails(),
    });
    if step.what == What::WsOpened {
        step.server_code.push("on(\"connection\")".to_owned());
        // The request says how its kind is found, and this one is alike.
        step.again = true;
    }
}

/// Fields keep their places where these are in the frame that the step is about.
fn placed(step: &mut Step, frame: Option<u64>) {
    if frame != step.frames.first().copied() {
        step.fields.iter_mut().for_each(|field| field.span = None);
    }
}

/// Which frames of the capture carried it, where it was more than one.
fn carried(step: &mut Step, carried: &Carried) {
    let Carried { frames, segments, taken_by, .. } = carried;
    if let (Some(first), Some(last)) = (frames.iter().min(), frames.iter().max())
        && first < last
    {
        let count = segments.map(|count| count.max(frames.len() as u64));
        let many = count.map(|count| format!("{} segments, ", grouped(count))).unwrap_or_default();
        step.notes.push(format!("It came in {many}frames {first} to {last}."));
    }
    if let Some(frame) = taken_by {
        step.notes.push(format!("Frame {frame} shows that it arrived."));
    }
}

fn at_frame(step: &Step, what: &str) -> String {
    let frame = step.frames.first().copied().unwrap_or_default();
    format!("frame.number == {frame} and {what}")
}

/// A field as JSON writes it; `None` for one that only says that its protocol is there.
pub(super) fn shown(field: &Field<'_>) -> Option<Shown> {
    let value = match field.value {
        Value::Present => return None,
        Value::Flag(set) => FieldValue::Bit(set),
        Value::Bytes(bytes) => FieldValue::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        Value::Text(text) => FieldValue::Text(text.to_string()),
        other => FieldValue::Number(other.number()?),
    };
    let span = Some(field.span.clone()).filter(|span| !span.bytes.is_empty());
    Some(Shown { name: field.name, value, span })
}
