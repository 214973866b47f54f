//! What the words' placeholders stand for, and how fields are picked from a packet.

use std::fmt;

use crate::dissect::{Packet, Value};

use super::step::{FieldValue, Shown};

/// Every placeholder that words may use. A test holds the words to it. Those that begin with `if_` stand for nothing: a
/// sentence with one is told only where it is so.
pub const PLACEHOLDERS: &[&str] = &[
    "from",
    "to",
    "client",
    "server",
    "frame",
    "seq",
    "seq_raw",
    "ack",
    "ack_raw",
    "next",
    "isn",
    "if_isn_large",
    "if_isn_small",
    "if_part",
    "if_all",
    "if_window",
    "if_calls",
    "if_syn_ack",
    "if_ack",
    "if_routed",
    "if_same_place",
    "len",
    "text",
    "window",
    "scale",
    "mss",
    "ip_from",
    "ip_to",
    "mac_from",
    "mac_to",
    "target_ip",
    "mac_answer",
    "of",
    "wait",
    "wanted",
    "acked",
    "early",
    "crossed",
    "unsound",
    "method",
    "uri",
    "host",
    "code",
    "phrase",
    "body",
    "key",
    "accept",
    "protocols",
    "protocol",
    "extensions",
    "versions",
    "location",
    "challenge",
    "scheme",
    "if_no_challenge",
    "packed",
    "header",
    "masking_key",
    "masked",
    "xor",
    "part",
    "size",
    "close_code",
    "reason",
    "opcode",
    "count",
    "frames",
    "list",
    "apart",
    "begin",
    "if_unasked",
    "if_cut",
    "if_plain",
    "if_bare",
    "if_masked",
    "if_zero",
    "if_gains",
    "if_asked",
    "if_vain",
    "if_shut",
    "if_new",
    "if_again",
    "if_due",
    "if_late",
    "if_open",
    "if_right",
    "if_wrong",
    "if_same",
    "if_other",
    "if_leaves",
    "if_rules",
    "if_long",
    "if_fails",
    "if_anew",
    "if_ends",
    "if_arrives",
    "if_lost",
    "sni",
    "alpn",
    "version",
    "suite",
    "group",
    "records",
    "lengths",
    "inside",
    "why",
    "alert",
    "if_certificate",
    "if_signed",
    "if_finished",
    "if_ticket",
    "if_update",
    "if_change",
    "if_change12",
    "if_close",
    "if_error",
    "if_tls12",
    "if_tls13",
];

/// What a program says is shown whole up to so many characters.
const WHOLE: usize = 80;
/// So many are shown of all that is longer: then they have room on one line.
const START: usize = 40;
/// Lines behind the first are shown where they have no more than so many.
const FEW: usize = 10;
/// A character of UTF-8 has at most so many bytes.
const WIDEST: usize = 4;

/// So many bytes are enough for [`start_of`].
pub(super) const LOOKED_AT: usize = (WHOLE + 1) * WIDEST;

/// A number with a comma between groups of three digits: `3,141,592,653`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 byte`, `2,000 bytes`.
pub(super) fn bytes_of(count: u64) -> String {
    format!("{} {}", grouped(count), if count == 1 { "byte" } else { "bytes" })
}

/// A MAC address, as Wireshark writes it.
pub(crate) fn mac(address: [u8; 6]) -> String {
    address.map(|byte| format!("{byte:02x}")).join(":")
}

/// As much of a text as is shown, and whether that is not all. Never are only a few characters left out.
pub(super) fn start_of(text: &str) -> (&str, bool) {
    let end = |count| text.char_indices().nth(count).map(|(at, _)| at);
    match end(WHOLE).and(end(START)) {
        Some(at) => (text.get(..at).unwrap_or(text), true),
        None => (text, false),
    }
}

/// A payload as text: the beginning of its first line, and of the others where they are short; `None` where it is no text. A segment may begin or end in the
/// middle of a character.
pub(crate) fn text_of(payload: &[u8]) -> Option<String> {
    let cut_off = payload.iter().take(3).take_while(|byte| (0x80..0xc0).contains(*byte)).count();
    let payload = payload.get(cut_off..).filter(|rest| !rest.is_empty())?;
    let text = match std::str::from_utf8(payload) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(payload.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    if text.is_empty() || text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n' | '\u{1b}'))
    {
        return None;
    }
    let line = text.lines().next().filter(|line| !line.trim().is_empty()).unwrap_or(text);
    let whole = text.trim_end();
    let rest = whole.get(line.len()..).unwrap_or_default();
    let (start, _) = start_of(if rest.chars().nth(FEW).is_none() && !rest.is_empty() { whole } else { line });
    Some(if start.len() < whole.len() { format!("{start}…") } else { start.to_owned() })
}

/// The fields of `packet` whose names are in `names`, in the packet's order, each once: of the outermost header that has it.
pub(crate) fn pick(packet: &Packet<'_>, names: &[&str]) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::with_capacity(names.len());
    packet.each_field(&mut |field| {
        if !names.contains(&field.name) || shown.iter().any(|known| known.name == field.name) {
            return;
        }
        let value = match field.value {
            Value::Mac(address) => FieldValue::Text(mac(address)),
            Value::Ipv4(address) => FieldValue::Text(address.to_string()),
            Value::Ipv6(address) => FieldValue::Text(address.to_string()),
            Value::Present => FieldValue::Flag,
            other => match other.number() {
                Some(number) => FieldValue::Number(number),
                None => return,
            },
        };
        let span = Some(field.span).filter(|span| !span.bytes.is_empty());
        shown.push(Shown { name: field.name, value, span });
    });
    shown
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldValue::Number(number) => write!(f, "{number}"),
            FieldValue::Flag | FieldValue::Bit(true) => f.write_str("yes"),
            FieldValue::Bit(false) => f.write_str("no"),
            FieldValue::Text(text) => f.write_str(text),
        }
    }
}

/// A close code with its name: `1000 (normal closure)`.
pub(crate) fn close_code(code: u16) -> String {
    let names = [
        (1000, "normal closure"),
        (1001, "going away"),
        (1002, "protocol error"),
        (1003, "unsupported data"),
        (1005, "it may not be sent: it says that no code was there"),
        (1006, "it may not be sent: it says that no close frame came"),
        (1007, "invalid payload data"),
        (1008, "policy violation"),
        (1009, "message too big"),
        (1010, "extension missing"),
        (1011, "internal error"),
        (1012, "service restart"),
        (1013, "try again later"),
        (1014, "bad gateway"),
        (1015, "it may not be sent: it says that TLS failed"),
    ];
    let known = names.iter().find(|(known, _)| *known == code).map(|(_, name)| *name);
    let name = known.or(match code {
        3000..=3999 => Some("of a library"),
        4000..=4999 => Some("of the two programs"),
        _ => None,
    });
    name.map_or_else(|| code.to_string(), |name| format!("{code} ({name})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        assert_eq!(grouped(3_141_592_653), "3,141,592,653");
        assert_eq!(grouped(12), "12");
        assert_eq!(grouped(123), "123");
    }

    #[test]
    fn a_payload_is_shown_up_to_its_first_line_end() {
        assert_eq!(text_of(b"Hello!").as_deref(), Some("Hello!"));
        assert_eq!(text_of(b"GET / HTTP/1.1\r\nHost: example.com\r\n").as_deref(), Some("GET / HTTP/1.1…"));
        assert_eq!(text_of(b"\xff\xfe"), None);
        assert_eq!(text_of(b"\x14\x03\x03"), None);
        assert_eq!(text_of(b" ").as_deref(), Some(" "));
    }

    #[test]
    fn a_sign_for_more_stands_for_more_than_a_few_letters() {
        for long in [1, 25, START, START + 1, START + 2, WHOLE] {
            let text = "ö".repeat(long);
            assert_eq!(text_of(text.as_bytes()).as_deref(), Some(text.as_str()), "{long}");
        }
        for long in [WHOLE + 1, 1 << 20] {
            let cut = text_of("ö".repeat(long).as_bytes()).unwrap();
            assert_eq!(cut, format!("{}…", "ö".repeat(START)), "{long}");
        }
        assert_eq!(
            text_of(b"a\nb\n").as_deref(),
            Some("a\nb"),
            "the sign would be longer than what it stands for"
        );
        assert_eq!(text_of(b"Dear Bob,\nhow are you?").as_deref(), Some("Dear Bob,…"));
        assert_eq!(text_of(b"Dear Bob,\n\n").as_deref(), Some("Dear Bob,"));
    }

    #[test]
    fn a_character_that_is_cut_in_two_is_left_out() {
        assert_eq!(text_of("wörd".as_bytes().get(2..).unwrap()).as_deref(), Some("rd"));
        assert_eq!(text_of("rdö".as_bytes().get(..3).unwrap()).as_deref(), Some("rd"));
    }
}
