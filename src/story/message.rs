//! Steps of what the programs say: messages of HTTP, the opening handshake of WebSocket, its frames.

use crate::dissect::{FieldValue as Field, Value};
use crate::event::Host;
use crate::flow::http::{Extension, StartLine, Upgrade, Verdict as Came};
use crate::flow::talk::Must;
use crate::flow::websocket::{Answer, MessageKind, Opcode};

use super::drawn::Drawn;
use super::heard::{Completed, Does, FrameSaid, HttpSaid};
use super::hears::Told;
use super::step::{FieldValue, Shown, Step, What};
use super::values::{bytes_of, close_code, grouped, text_of};
use super::{drawing, program, tls};

/// So many bytes are written out in a sentence.
const BYTES: usize = 4;

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
            frame(step, *said, drawn, after);
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
        Completed::Frame(said) => of_frame(said),
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

fn of_frame(said: &FrameSaid) -> What {
    let head = &said.frame.head;
    match (said.does, head.opcode, head.fin) {
        (Does::NoLength, ..) => What::WsUnreadable,
        (Does::Part(None), ..) | (Does::Unknown, ..) => What::WsUnknown,
        (Does::Part(_), _, false) => What::WsFragment,
        (Does::Part(_), Opcode::Text, true) => What::WsText,
        (Does::Part(_), Opcode::Binary, true) => What::WsBinary,
        (Does::Part(_), _, true) => What::WsFragmentLast,
        (Does::Ping, ..) => What::WsPing,
        (Does::Pong(_), ..) => What::WsPong,
        (Does::Close { answers: false }, ..) => What::WsClose,
        (Does::Close { answers: true }, ..) => What::WsCloseAnswer,
    }
}

fn http(step: &mut Step, said: HttpSaid) {
    let HttpSaid { message, upgrade, frames, segments, verdicts, .. } = said;
    let head = &message.head;
    step.frames = frames;
    step.fields = message.fields().iter().filter_map(shown).collect();
    placed(step, message.place());
    step.label = message.summary();
    step.filter = at_frame(step, if head.code().is_some() { "http.response" } else { "http.request" });
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
            value("body", grouped(message.len));
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
    carried(step, segments);
    step.verdicts = verdicts;
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

fn frame(step: &mut Step, said: FrameSaid, drawn: &mut Drawn, after: &dyn Fn(u64) -> Option<String>) {
    let frame = &said.frame;
    let head = &frame.head;
    step.frames = said.frames.clone();
    step.fields = frame.fields().iter().filter_map(shown).collect();
    placed(step, frame.place.as_ref().map(|(frame, _)| *frame));
    step.filter = match said.does {
        // It is never complete, so no frame of the capture has it.
        Does::NoLength => at_frame(step, "tcp.len > 0"),
        _ => at_frame(step, &format!("websocket.opcode == {}", head.opcode.number())),
    };
    let whole = said.whole;
    let compressed = whole.map_or(head.rsv1(), |whole| whole.compressed);
    let mut value = |name: &'static str, value: String| step.values.push((name, value));
    value("header", head.size().to_string());
    value("opcode", head.opcode.number().to_string());
    let text = frame.text().map(|text| match text_of(text) {
        Some(text) => format!("“{text}”"),
        None if text.is_empty() => "“”".to_owned(),
        None => format!("{} that no screen shows as they are", bytes_of(text.len() as u64)),
    });
    if let Some(text) = &text {
        value("text", text.clone());
    }
    // Of a message that is one frame its own size counts, of all else the payload's.
    let size = whole.filter(|whole| whole.compressed).map_or(Some(head.length), |whole| whole.len);
    // "The same 0 bytes" says nothing of a ping; of a text they are worth a word.
    // What was compressed has two sizes, and says both.
    let packs = whole.is_some_and(|whole| whole.compressed);
    if let Some(len) = size.filter(|len| !packs && (*len > 0 || matches!(said.does, Does::Part(_)))) {
        value("len", grouped(len));
    }
    if let Some(whole) = whole {
        if let Some(len) = whole.len {
            value("size", grouped(len));
        }
        if whole.compressed {
            value("packed", grouped(whole.wire_len));
            let came_to = match whole.len {
                Some(len) if whole.wire_len < len => "if_gains",
                Some(_) => "if_vain",
                None => "if_shut",
            };
            value(came_to, String::new());
        }
    }
    match said.does {
        Does::Part(Some(part)) => {
            value("part", (part + 1).to_string());
            if let Some(whole) = whole {
                value("of", whole.first.to_string());
            }
        }
        Does::Pong(Answer::Unasked) => value("if_unasked", String::new()),
        Does::Pong(Answer::To { packet, passed, .. }) => {
            match passed {
                0 => {}
                1 => {
                    step.notes.push("1 older ping gets no pong of its own; the newest is enough.".to_owned())
                }
                more => step.notes.push(format!(
                    "{} older pings get no pong of their own; the newest is enough.",
                    grouped(more)
                )),
            }
            value("of", packet.to_string());
            if let Some(wait) = after(packet) {
                value("wait", wait);
            }
        }
        _ => {}
    }
    if let Some(code) = frame.close_code {
        value("close_code", close_code(code));
    }
    if let Some(reason) = frame.close_reason().and_then(text_of) {
        value("reason", format!("“{reason}”"));
    }
    masking(step, &said);
    let broken = said.verdicts.iter().any(|verdict| verdict.must == Must::Close);
    let mut when = |holds: bool, name: &'static str| {
        if holds {
            step.values.push((name, String::new()));
        }
    };
    when(!said.late && !broken, "if_due");
    when(said.late && !broken, "if_late");
    when(!drawn.failed, "if_open");
    when(!broken, "if_right");
    when(broken, "if_wrong");
    if let Does::Close { answers } = said.does {
        let first = *drawn.goodbye.get_or_insert(frame.close_code);
        when(answers && first.is_some() && first == frame.close_code, "if_same");
        when(answers && first.is_some() && first != frame.close_code, "if_other");
    }
    if drawn.failed && frame.from == Host::Client && !std::mem::replace(&mut drawn.goes_on, true) {
        let note = "The client talks as if the answer were right. A browser would have hung up.";
        step.notes.push(note.to_owned());
    }
    step.label = label(&said, text);
    step.drawing = drawing::frame(frame, compressed);
    let alone = head.fin && head.opcode == Opcode::Text && !compressed;
    if alone && said.verdicts.iter().any(|verdict| verdict.rule == "ws.text_not_utf8") {
        step.drawing.extend(drawing::not_utf8(&frame.payload));
    }
    if !broken && !drawn.failed && !said.late {
        programs(step, &said, drawn);
    }
    let is_part = matches!(said.does, Does::Part(_));
    let news = match said.does {
        Does::Part(_) => drawn.news(head),
        Does::Ping | Does::Pong(_) | Does::Close { .. } => drawn.control(frame),
        Does::Unknown | Does::NoLength => 0..0,
    };
    let new = is_part && drawn.is_first(head.key.is_some());
    step.full = new || broken;
    step.news = if step.full { 0..step.drawing.len() } else { news };
    step.again = !broken && drawn.kinds.contains(&step.what);
    step.values.push((if step.again { "if_again" } else { "if_new" }, String::new()));
    if step.full && !step.again {
        drawn.kinds.push(step.what);
    }
    carried(step, Some(said.segments));
    step.verdicts = said.verdicts;
}

/// The lines of both programs that belong to a frame, as far as each still speaks and hears.
fn programs(step: &mut Step, said: &FrameSaid, drawn: &Drawn) {
    let from = said.frame.from;
    let heard = drawn.hears.told(from.other());
    if drawn.hears.broke(from) {
        return;
    }
    if !drawn.no_page {
        let late = from == Host::Server && heard != Told::Yes;
        match heard {
            Told::Closing(true) if late && said.whole.is_some() => step.code.push(program::too_late()),
            _ if late => {}
            _ => step.code.extend(program::of_frame(said)),
        }
    }
    let deaf = from == Host::Client && heard == Told::Nothing;
    if !drawn.no_node && !deaf {
        let closing = matches!(heard, Told::Closing(_));
        step.server_code.extend(program::of_frame_at_server(said, closing));
    }
}

fn masking(step: &mut Step, said: &FrameSaid) {
    let mut value = |name: &'static str, value: String| step.values.push((name, value));
    let Some(key) = said.frame.head.key else {
        value(if said.frame.from == Host::Server { "if_plain" } else { "if_bare" }, String::new());
        return;
    };
    value("masking_key", drawing::hex(&key));
    if key == [0; 4] {
        value("if_zero", String::new());
    } else if said.frame.from == Host::Client
        && !said.frame.payload.is_empty()
        && said.verdicts.iter().all(|found| found.rule != "ws.masking_key_repeated")
    {
        value("if_masked", String::new());
    }
    let start = said.frame.payload.iter().zip(&key).take(BYTES);
    let wire: Vec<u8> = start.clone().map(|(byte, key)| byte ^ key).collect();
    if wire.is_empty() {
        return;
    }
    value("masked", drawing::hex(&wire));
    let sums: Vec<String> =
        start.take(2).map(|(byte, key)| format!("{byte:02x} ^ {key:02x} = {:02x}", byte ^ key)).collect();
    value("xor", sums.join(", "));
}

/// What stands on the arrow.
fn label(said: &FrameSaid, text: Option<String>) -> String {
    let frame = &said.frame;
    let name = drawing::opcode_name(frame.head.opcode);
    let size = bytes_of(frame.head.length);
    match (said.does, text, frame.close_code) {
        (Does::Close { .. }, _, Some(code)) => format!("close {code}"),
        (Does::Close { .. }, ..) => "close, no code".to_owned(),
        (Does::Part(_), Some(text), _) if frame.head.fin && frame.head.opcode == Opcode::Text => {
            format!("text {text}")
        }
        (Does::Part(Some(part)), ..) if part > 0 || !frame.head.fin => {
            format!("{name}, part {}, {size}", part + 1)
        }
        (Does::Unknown, ..) => format!("opcode {}, {size}", frame.head.opcode.number()),
        (Does::NoLength, ..) => format!("{name}, a length that cannot be"),
        (Does::Part(_), ..) if said.whole.is_some_and(|whole| whole.kind == MessageKind::Binary) => {
            format!("binary, {size}")
        }
        _ => format!("{name}, {size}"),
    }
}

/// Fields keep their places where these are in the frame that the step is about.
fn placed(step: &mut Step, frame: Option<u64>) {
    if frame != step.frames.first().copied() {
        step.fields.iter_mut().for_each(|field| field.span = None);
    }
}

/// Which frames of the capture carried it, where it was more than one; `segments`: how many, if that is known.
fn carried(step: &mut Step, segments: Option<u64>) {
    if step.frames.len() > 1 {
        let mut frames = step.frames.clone();
        frames.sort_unstable();
        let first = frames.first().copied().unwrap_or_default();
        let last = frames.last().copied().unwrap_or_default();
        let many = segments.map(|count| format!("{} segments, ", grouped(count))).unwrap_or_default();
        step.notes.push(format!("It came in {many}frames {first} to {last}."));
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
