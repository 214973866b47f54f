//! Questions about WebSocket: its opening handshake, its frames, its end. As in `tcp`, the right answer is what the step shows.

use crate::event::Host;
use crate::flow::talk::Must;
use crate::story::{Step, What};

use super::question::Choice;
use super::scene::{Draft, Scene, bit, number, text, value};
use super::tcp::{first_goodbye, who};

/// Frames that carry what the programs say.
const DATA: &[What] = &[What::WsText, What::WsBinary, What::WsFragment, What::WsFragmentLast];

/// Which code says yes?
pub(super) fn status(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::WsOpened])?;
    let code = number(step, "http.response.code")?;
    let named =
        |code: u64, phrase: &str, slip| Choice::new(format!("{code} {phrase}"), slip).or(code.to_string());
    // The phrase is the standard's: what a server says there may be anything.
    let draft = Draft::new(step, named(code, "Switching Protocols", None));
    let draft =
        draft.wrong(named(200, "OK", Some("ok"))).wrong(named(301, "Moved Permanently", Some("moved")));
    Some(draft.wrong(named(426, "Upgrade Required", Some("required"))))
}

/// How does Sec-WebSocket-Accept end?
pub(super) fn accept(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::WsOpened])?;
    let accept = value(step, "accept").filter(|accept| accept.len() == 28)?;
    if !accept.ends_with('=') || accept.ends_with("==") {
        return None;
    }
    let tail = accept.get(24..)?;
    let draft = Draft::new(step, Choice::new("one =", None).or("=").or("one").or("1").or(tail).or(accept));
    let draft =
        draft.wrong(Choice::new("two: ==, as in the key", Some("as_the_key")).or("==").or("two").or("2"));
    let draft =
        draft.wrong(Choice::new("none: it is 40 hex digits", Some("hex")).or("none").or("hex").or("0"));
    Some(draft.value("accept", accept))
}

/// No 101: what is the connection now?
pub(super) fn refused(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::WsRefused])?;
    let code = number(step, "http.response.code")?;
    let draft = Draft::new(step, Choice::new("HTTP, as before", None).or("HTTP"));
    let draft = draft.wrong(Choice::new("a WebSocket", Some("opened")).or("WebSocket"));
    let draft = draft.wrong(Choice::new("none: TCP was reset", Some("reset")).or("none").or("reset"));
    let later = Choice::new("a WebSocket that has to wait", Some("later")).or("wait");
    Some(draft.wrong(later).value("code", code))
}

/// Nothing was opened: what is the page told?
pub(super) fn page(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.answer(&[What::WsRefused, What::WsFailed])?;
    // Nothing fires where no page can be there.
    let code = number(step, "http.response.code").filter(|_| !step.code.is_empty())?;
    let never = Choice::new("onerror, then onclose with 1006", None).or("1006").or("onerror");
    let status = Choice::new(format!("onclose with {code}"), Some("status")).or(code.to_string());
    let draft = Draft::new(step, never).wrong(status);
    let draft = draft.wrong(Choice::new("onopen, then onclose with 1000", Some("opened")).or("onopen"));
    Some(draft.wrong(Choice::new("nothing fires", Some("silence")).or("nothing")).value("code", code))
}

/// The client's version was refused: which one does the server speak? That it is the standard's can be known, and no other.
pub(super) fn version(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::WsRefused])?;
    let asked = scene.before.of(step.from.other()).version?;
    let spoken: u64 =
        value(step, "versions")?.parse().ok().filter(|spoken| *spoken == STANDARD && *spoken != asked)?;
    let draft = Draft::new(step, Choice::number(spoken, None)).wrong_number(asked, "asked");
    Some(draft.wrong_number(asked.saturating_add(1), "one_more").value("asked", asked))
}

/// 101, and a rule is broken in it: what must the client do?
pub(super) fn failed(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.answer(&[What::WsFailed])?;
    if step.verdicts.iter().all(|verdict| verdict.must != Must::Fail) {
        return None;
    }
    let draft = Draft::new(step, Choice::new("end the connection at once", None).or("end"));
    let draft = draft.wrong(Choice::new("talk on: it was a yes", Some("talks")).or("talk on"));
    let draft =
        draft.wrong(Choice::new("say goodbye, and wait for theirs", Some("close_frame")).or("goodbye"));
    Some(draft.wrong(Choice::new("ask again on the same connection", Some("again")).or("ask again")))
}

/// How long is the header?
pub(super) fn header(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::WsText, What::WsBinary, What::WsFragment])?;
    let (len, masked) = (number(step, "netlab.websocket.length")?, bit(step, "websocket.mask")?);
    let right: u64 = value(step, "header")?.parse().ok()?;
    let key = 4;
    // Two bytes, the longer forms of the length, the key where there is one.
    let size = |more: u64, masked: bool| 2 + more + if masked { key } else { 0 };
    let more = right.checked_sub(size(0, masked))?;
    let draft = Draft::new(step, Choice::number(right, None));
    let draft = draft.wrong_number(size(more, !masked), if masked { "no_mask" } else { "mask" });
    let draft = match (more, masked) {
        (0, true) => draft.wrong_number(key, "key_only").wrong_number(size(2, true), "long"),
        (0, false) => draft.wrong_number(size(2, false), "long"),
        (2, _) => draft.wrong_number(size(0, masked), "short").wrong_number(size(8, masked), "long"),
        _ => draft.wrong_number(size(2, masked), "short"),
    };
    let kind = if step.what == What::WsBinary { "binary" } else { "text" };
    Some(draft.value("len", len).value("kind", kind))
}

/// What does the mask make of two letters?
pub(super) fn mask(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::WsText])?;
    if value(step, "packed").is_some() {
        return None;
    }
    let key = bytes(text(step, "websocket.masking_key")?)?;
    let payload = bytes(text(step, "websocket.payload")?.get(..4)?)?;
    let (&[k0, k1, k2, _], &[p0, p1]) = (key.as_slice(), payload.as_slice()) else { return None };
    if !p0.is_ascii_graphic() || !p1.is_ascii_graphic() {
        return None;
    }
    let choice = |bytes: [u8; 2], slip| Choice::new(hex(&bytes), slip);
    let draft = Draft::new(step, choice([p0 ^ k0, p1 ^ k1], None))
        .wrong(choice([p0, p1], Some("plain")))
        .wrong(choice([k0, k1], Some("key")))
        .wrong(choice([p0.wrapping_add(k0), p1.wrapping_add(k1)], Some("added")))
        .wrong(choice([p0 ^ k1, p1 ^ k2], Some("shifted")));
    let letters: String = [p0, p1].map(char::from).iter().collect();
    let draft = Draft { choices: draft.choices.into_iter().take(4).collect(), ..draft };
    Some(draft.value("letters", letters).value("plain", hex(&payload)).value("masking_key", hex(&key)))
}

/// Does the server mask, too?
pub(super) fn server_mask(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::WsText])?;
    if step.from != Host::Server || bit(step, "websocket.mask")? {
        return None;
    }
    let draft = Draft::new(step, Choice::new("no", None));
    let draft = draft.wrong(Choice::new("yes, with a key of its own", Some("own_key")).or("yes"));
    Some(draft.wrong(Choice::new("yes, with the client's key", Some("same_key"))))
}

/// What stands in seven bits for a length that does not fit?
pub(super) fn length(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(DATA)?;
    let len = number(step, "netlab.websocket.length")?;
    let seven = number(step, "websocket.payload_length").filter(|seven| *seven > 125)?;
    let other = if seven == 126 { 127 } else { 126 };
    let draft = Draft::new(step, Choice::number(seven, None)).wrong_number(len, "itself");
    Some(draft.wrong_number(125, "largest").wrong_number(other, "other_form").value("len", len))
}

/// Which byte begins the frame?
pub(super) fn first_byte(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::WsText, What::WsBinary])?;
    if number(step, "websocket.rsv")? != 0 || !bit(step, "websocket.fin")? {
        return None;
    }
    let opcode = u8::try_from(number(step, "websocket.opcode")?).ok()?;
    let choice = |byte: u8, slip| Choice::new(hex(&[byte]), slip);
    let other = if opcode == 1 { 2 } else { 1 };
    let draft = Draft::new(step, choice(0x80 | opcode, None)).wrong(choice(opcode, Some("no_fin")));
    let draft = draft.wrong(choice(0x80 | other, Some("other_kind"))).wrong(choice(0x80, Some("part")));
    Some(draft.value("kind", if opcode == 1 { "text" } else { "binary" }))
}

/// Which opcode has a later part of a message?
pub(super) fn part(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::WsFragment, What::WsFragmentLast])?;
    let opcode = number(step, "websocket.opcode").filter(|opcode| *opcode == 0)?;
    let named = |opcode: u64, name: &str, slip| {
        Choice::new(format!("{opcode} ({name})"), slip).or(opcode.to_string()).or(name)
    };
    let draft = Draft::new(step, named(opcode, "continuation", None));
    Some(draft.wrong(named(1, "text", Some("text"))).wrong(named(2, "binary", Some("binary"))))
}

/// What does the pong carry?
pub(super) fn pong(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::WsPong])?;
    let payload = text(step, "websocket.payload").filter(|payload| !payload.is_empty())?;
    if scene.before.of(step.from.other()).ping.as_deref() != Some(payload) {
        return None;
    }
    let len = payload.len() / 2;
    let same = Choice::new("the ping's bytes, unchanged", None).or("the same").or(payload);
    let draft = Draft::new(step, same).wrong(Choice::new("nothing", Some("nothing")));
    let draft = draft.wrong(Choice::new("the word pong", Some("word")).or("pong"));
    Some(draft.wrong(Choice::new("the time that has passed", Some("time")).or("the time")).value("len", len))
}

/// Which code does the goodbye carry? A guess, but where a rule was broken that names the code.
pub(super) fn close_code(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::WsClose])?;
    let code = number(step, CLOSE_CODE)?;
    let deserved = scene.before.of(step.from.other()).deserves;
    // Whoever knows the rule would be called wrong.
    if deserved.is_some_and(|deserved| deserved != code) {
        return None;
    }
    let mut draft = Draft::new(step, Choice::number(code, None));
    for (wrong, slip) in [(1000, "normal"), (1001, "away"), (1005, "never"), (1006, "never")] {
        if wrong != code && draft.choices.len() < 4 {
            draft = draft.wrong_number(wrong, slip);
        }
    }
    let draft = draft.value("reason", value(step, "close_code")?);
    Some(if deserved.is_none() { draft.guess() } else { draft })
}

/// What does the other side answer?
pub(super) fn close_answer(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::WsCloseAnswer])?;
    let code = number(step, CLOSE_CODE)?;
    if scene.before.of(step.from.other()).close_code != Some(code) {
        return None;
    }
    let draft = Draft::new(
        step,
        Choice::new(format!("a close frame with {code}"), None).or(code.to_string()).or("close"),
    );
    let draft = draft.wrong(Choice::new("a FIN, and no frame", Some("fin")).or("FIN"));
    let draft = draft.wrong(Choice::new("a close frame with 1006", Some("abnormal")).or("1006"));
    Some(draft.wrong(Choice::new("a pong", Some("pong")).or("pong")).value("code", code))
}

/// The version of RFC 6455.
const STANDARD: u64 = 13;

const CLOSE_CODE: &str = "websocket.payload.close.status_code";

/// Both have said goodbye. Who ends TCP? The server should, and need not.
pub(super) fn first_fin(scene: &Scene<'_>) -> Option<Draft> {
    let step = first_goodbye(scene)?;
    let closes = |host| scene.before.of(host).closes || scene.closes(host);
    if !closes(Host::Client) || !closes(Host::Server) {
        return None;
    }
    let neither = Choice::new("neither: the goodbyes end TCP, too", Some("nobody")).or("neither");
    Some(who(step).wrong(neither).guess())
}

impl Scene<'_> {
    /// The frame itself holds a close frame of `host`.
    fn closes(&self, host: Host) -> bool {
        let close =
            |step: &&&Step| matches!(step.what, What::WsClose | What::WsCloseAnswer) && step.from == host;
        self.group.iter().any(|step| close(&step))
    }
}

/// Two digits a byte, with spaces between.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// The bytes that hex digits stand for.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    data_encoding::HEXLOWER.decode(digits.as_bytes()).ok()
}
