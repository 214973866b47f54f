//! What the bytes of a step look like: the header of a WebSocket frame bit by bit, its mask worked out, the arithmetic of
//! Sec-WebSocket-Accept, the lines of an HTTP header.

use crate::flow::http::{Accept, Fault, Head, Upgrade};
use crate::flow::talk::WebSocketFrame;
use crate::flow::websocket::{self as ws, LengthForm, Opcode};

use super::values::{bytes_of, grouped, text_of};

/// So many bytes of a payload are worked out: two digits each and a sign before them fit into the narrowest ladder.
const SHOWN: usize = 5;
/// So many characters of a header line are shown, and of a key.
const LINE: usize = 200;
/// So many lines are.
const LINES: usize = 24;
/// So many names of lines that are left out.
const NAMES: usize = 8;
/// No scheme of authentication in IANA's list has so long a name.
const SCHEME: usize = 24;
/// Where the meaning of some bits begins.
const MEANING: usize = 14;

/// The header of a frame, and the first bytes of its payload. `inside_tls`: what crosses the wire is not these bytes.
pub(super) fn frame(frame: &WebSocketFrame, compressed: bool, inside_tls: bool) -> Vec<String> {
    let head = &frame.head;
    let first = first_byte(head);
    let bits = format!("{first:02x} {} {:03b} {:04b}", u8::from(head.fin), head.rsv, head.opcode.number());
    let fin = if head.fin { "FIN" } else { "no FIN" };
    let rsv: String = [(4, ", RSV1"), (2, ", RSV2"), (1, ", RSV3")]
        .iter()
        .filter(|(bit, _)| head.rsv & bit != 0)
        .map(|(_, name)| *name)
        .collect();
    let mut lines = vec![row(&bits, &format!("{fin}{rsv}, {}", opcode(head.opcode)))];
    let (seven, says) = match head.form {
        LengthForm::Seven => (head.length, bytes_of(head.length)),
        LengthForm::Sixteen => (126, "126: see 2 bytes more".to_owned()),
        LengthForm::SixtyFour => (127, "127: see 8 bytes more".to_owned()),
    };
    let mask = if head.key.is_some() { "MASK" } else { "no MASK" };
    let second = u64::from(head.key.is_some()) << 7 | seven;
    lines.push(row(
        &format!("{second:02x} {} {seven:07b}", u8::from(head.key.is_some())),
        &format!("{mask}, {says}"),
    ));
    let bytes = head.length.to_be_bytes();
    let more = bytes.get(bytes.len() - head.form.more_bytes()..).unwrap_or_default();
    if !more.is_empty() {
        let top = head.length >> 63 != 0;
        lines.push(row(&hex(more), &if top { "the top bit is 1".to_owned() } else { bytes_of(head.length) }));
    }
    lines.extend(head.key.map(|key| row(&hex(&key), "masking key")));
    lines.extend(payload(frame, compressed, inside_tls));
    lines
}

/// How many lines the drawing of a header has; the payload's come behind them.
pub(super) fn header_lines(head: &ws::Head) -> usize {
    2 + usize::from(head.form != LengthForm::Seven) + usize::from(head.key.is_some())
}

/// FIN, the reserved bits and the opcode.
pub(super) fn first_byte(head: &ws::Head) -> u8 {
    u8::from(head.fin) << 7 | head.rsv << 4 | head.opcode.number()
}

fn payload(frame: &WebSocketFrame, compressed: bool, inside_tls: bool) -> Vec<String> {
    let shown = frame.payload.get(..frame.payload.len().min(SHOWN)).unwrap_or_default();
    let more = if frame.head.length > shown.len() as u64 { " …" } else { "" };
    let letters: Vec<String> = shown
        .iter()
        .map(|byte| format!(" {}", if (b' '..0x7f).contains(byte) { char::from(*byte) } else { '.' }))
        .collect();
    let control = frame.head.opcode.is_control().then(|| means(frame));
    let what = if compressed { "compressed" } else { "payload" };
    let row = |sign: &str, bytes: &str, what: &str| format!("{sign} {bytes}{more}  {what}");
    let key = match (frame.head.key, shown) {
        (_, []) => return Vec::new(),
        (None, _) => {
            let plain = if compressed { "compressed, no mask" } else { "not masked" };
            return vec![row(" ", &hex(shown), control.as_deref().unwrap_or(plain))];
        }
        (Some(key), _) => key,
    };
    let again: Vec<u8> = key.iter().copied().cycle().take(shown.len()).collect();
    let wire: Vec<u8> = shown.iter().zip(&again).map(|(byte, key)| byte ^ key).collect();
    let mut lines = Vec::new();
    if let Some(means) = control {
        lines.push(row(" ", &hex(shown), &means));
    } else if !compressed {
        lines.push(row(" ", &letters.join(" "), what));
        lines.push(row(" ", &hex(shown), ""));
    } else {
        lines.push(row(" ", &hex(shown), what));
    }
    lines.push(row("^", &hex(&again), "the key"));
    // Inside of TLS the wire has other bytes, which nobody without keys can make these of.
    let end = if inside_tls { "masked, inside TLS" } else { "on the wire" };
    lines.push(row("=", &hex(&wire), end));
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// What the payload of a control frame says: a close frame's code, worked out; of others the text.
fn means(frame: &WebSocketFrame) -> String {
    let masked = if frame.head.key.is_some() { "unmasked: " } else { "" };
    match (frame.head.opcode, frame.close_code, text_of(&frame.payload)) {
        (Opcode::Close, Some(code), _) => {
            let [high, low] = code.to_be_bytes();
            let reason = if frame.close_reason().is_some() { ", then the reason" } else { "" };
            format!("{masked}{high} × 256 + {low} = {code}{reason}")
        }
        (_, _, Some(text)) => format!("{masked}“{text}”"),
        (_, _, None) => format!("{masked}payload"),
    }
}

/// Where a payload ceases to be UTF-8: the first byte that belongs to no character, behind those before it, counted from 1.
pub(super) fn not_utf8(payload: &[u8]) -> Option<String> {
    let at = std::str::from_utf8(payload).err()?.valid_up_to();
    let byte = payload.get(at)?;
    let start = at.saturating_sub(SHOWN - 1);
    let before = if start > 0 { "… " } else { "" };
    let after = if at + 1 < payload.len() { " …" } else { "" };
    let bytes = hex(payload.get(start..=at)?);
    Some(format!("  {before}{bytes}{after}  no UTF-8: {byte:02x} at byte {}", at + 1))
}

fn row(bits: &str, meaning: &str) -> String {
    format!("{bits:<MEANING$} {meaning}")
}

/// Two digits a byte, with spaces between.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// `text (1)`
fn opcode(opcode: Opcode) -> String {
    format!("{} ({})", opcode_name(opcode), opcode.number())
}

/// What an opcode is called.
pub(super) fn opcode_name(opcode: Opcode) -> &'static str {
    match opcode {
        Opcode::Continuation => "continuation",
        Opcode::Text => "text",
        Opcode::Binary => "binary",
        Opcode::Close => "close",
        Opcode::Ping => "ping",
        Opcode::Pong => "pong",
        Opcode::Reserved(_) => "reserved",
    }
}

/// Key and GUID, SHA-1, Base64, and whether that is what the answer says.
pub(super) fn accept(upgrade: &Upgrade) -> Vec<String> {
    let Some(Accept { concatenation, digest, text }) = &upgrade.accept else { return Vec::new() };
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut lines = vec![format!("key + GUID {}", lossy(concatenation)), format!("SHA-1 {digest}")];
    let wrong = upgrade.checks.iter().find_map(|check| match &check.fault {
        Some(Fault::Accept(said)) => Some(format!("The answer says {}: not equal.", lossy(said))),
        Some(Fault::Missing) if check.demand == crate::flow::http::Demand::Accept => {
            Some("The answer says nothing of it.".to_owned())
        }
        _ => None,
    });
    lines.push(match &wrong {
        None if upgrade.code == 101 => format!("Base64 {text}: equal to the answer's"),
        _ => format!("Base64 {text}"),
    });
    lines.extend(wrong.filter(|_| upgrade.code == 101));
    lines
}

/// The lines of a header, those that `wanted` asks for; last, how many more there are, and their names.
pub(super) fn header(head: &Head, wanted: impl Fn(&[u8]) -> bool) -> Vec<String> {
    let (mut lines, mut others) = (Vec::new(), Vec::new());
    for field in head.fields().iter() {
        if wanted(field.name.bytes) && lines.len() < LINES {
            lines.push(format!(
                "{}: {}",
                lossy(field.name.bytes),
                line_value(field.name.bytes, field.value.bytes)
            ));
        } else {
            others.push(field.name.bytes);
        }
    }
    lines.extend(left_out(&others));
    lines
}

/// `(2 more lines, not shown: User-Agent, Cookie)`; each name once.
fn left_out(names: &[&[u8]]) -> Option<String> {
    let mut different: Vec<&[u8]> = Vec::new();
    for name in names {
        if !different.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            different.push(name);
        }
    }
    let mut shown: Vec<String> = different.iter().take(NAMES).map(|name| lossy(name)).collect();
    if different.len() > NAMES {
        shown.push("…".to_owned());
    }
    let lines = if names.len() == 1 { "line" } else { "lines" };
    (!names.is_empty())
        .then(|| format!("({} more {lines}, not shown: {})", grouped(names.len() as u64), shown.join(", ")))
}

/// What a line of a header says; of one that proves who asks, no more than by which scheme (RFC 9110, section 11.6.2).
fn line_value(name: &[u8], value: &[u8]) -> String {
    let is_proof = [&b"authorization"[..], b"proxy-authorization"];
    match is_proof.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        false => lossy(value),
        true => {
            scheme(value).map_or_else(|| "(not shown)".to_owned(), |scheme| format!("{scheme} (not shown)"))
        }
    }
}

/// The scheme of a proof, or of what asks for one: `Basic`. `None` where nothing stands behind it: then it may be the proof itself.
pub(super) fn scheme(value: &[u8]) -> Option<String> {
    let at = value.iter().position(|byte| *byte == b' ')?;
    let (scheme, rest) = value.split_at(at);
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    let fits = !scheme.is_empty() && scheme.len() <= SCHEME && scheme.iter().all(is_token);
    (fits && !rest.trim_ascii().is_empty()).then(|| lossy(scheme))
}

/// The lines that an opening handshake is made of (RFC 6455, section 4.1), and those by which a server asks who is there.
pub(super) fn is_of_handshake(name: &[u8]) -> bool {
    let named = ["host", "upgrade", "connection", "origin", "location", "www-authenticate", "authorization"];
    let prefix = b"sec-websocket-";
    named.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
        || name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Untrusted bytes as text, cut.
pub(super) fn lossy(bytes: &[u8]) -> String {
    let start = bytes.get(..bytes.len().min(LINE)).unwrap_or_default();
    let text = String::from_utf8_lossy(start);
    if bytes.len() > start.len() {
        format!("{text}… ({} bytes)", grouped(bytes.len() as u64))
    } else {
        text.into_owned()
    }
}
