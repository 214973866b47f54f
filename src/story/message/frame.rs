//! The step of a frame of WebSocket: its header drawn, its mask worked out, the lines of both programs.

use crate::event::Host;
use crate::flow::talk::Must;
use crate::flow::websocket::{Answer, MessageKind, Opcode};
use crate::story::drawn::Drawn;
use crate::story::heard::{Does, FrameSaid};
use crate::story::hears::Told;
use crate::story::step::Step;
use crate::story::values::{bytes_of, close_code, grouped, text_of};
use crate::story::what::What;
use crate::story::{drawing, program};

use super::{BYTES, at_frame, carried, placed, shown};

/// What a frame is.
pub(super) fn kind(said: &FrameSaid) -> What {
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

/// Makes `step`, blank so far, that of a frame. `after`: how long after a frame of the capture it came, in words.
pub(super) fn describe(
    step: &mut Step,
    said: FrameSaid,
    drawn: &mut Drawn,
    after: &dyn Fn(u64) -> Option<String>,
) {
    let frame = &said.frame;
    let head = &frame.head;
    step.frames = said.carried.all();
    step.fields = frame.fields().iter().filter_map(shown).collect();
    placed(step, frame.place.as_ref().map(|(frame, _)| *frame));
    step.filter = match said.does {
        // It is never complete, so no frame of the capture has it.
        Does::NoLength => at_frame(step, "tcp.len > 0"),
        // Nor does Wireshark take it for WebSocket.
        _ if said.early => at_frame(step, "tcp.len > 0"),
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
        Does::Pong(Answer::OneOf { count, oldest, newest }) => {
            let wait = after(newest).map_or(String::new(), |wait| format!(", {wait} before"));
            step.notes.push(format!(
                "{} pings with these bytes wait for an answer, the oldest in frame {oldest}, the newest in frame {newest}{wait}. Which of them it answers nobody can see.",
                grouped(count)
            ));
        }
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
    let broken = said.judged().any(|verdict| verdict.must == Must::Close);
    if matches!(said.does, Does::Close { .. }) {
        step.values.push((goodbye(frame.close_code), String::new()));
    }
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
    step.drawing = drawing::frame(frame, compressed, said.inside);
    let alone = head.fin && head.opcode == Opcode::Text && !compressed;
    if alone && said.judged().any(|verdict| verdict.rule == "ws.text_not_utf8") {
        step.drawing.extend(drawing::not_utf8(&frame.payload));
    }
    // A page can't: before onopen its socket.send throws.
    drawn.no_page |= said.early;
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
    carried(step, &said.carried);
    if said.early {
        let frame = step.frames.first().copied().unwrap_or_default();
        step.notes.push(format!("It was said in frame {frame}, before the server had answered."));
    }
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
        && said.judged().all(|found| found.rule != "ws.masking_key_repeated")
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

/// What a friend hears of the reason, where it is one that needs no other word to be understood.
fn goodbye(code: Option<u16>) -> &'static str {
    match code {
        Some(1001) => "if_leaves",
        Some(1002) => "if_rules",
        Some(1009) => "if_long",
        Some(1011) => "if_fails",
        Some(1012) => "if_anew",
        _ => "if_ends",
    }
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
