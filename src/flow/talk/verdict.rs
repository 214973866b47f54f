//! What the referee says: which rule was broken, by whom, and what is to come of it.

use crate::event::Host;
use crate::flow::http::{Check, Demand, Fault, Head, Upgrade};
use crate::flow::websocket as ws;
pub use crate::flow::websocket::Severity;

/// What the other side must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Must {
    /// Nothing.
    Nothing,
    /// It fails the connection: says goodbye with the close code, and closes (RFC 6455, section 7.1.7).
    Close,
    /// It leaves what came aside.
    Ignore,
    /// It takes the connection for failed: no WebSocket was opened (RFC 6455, section 4.1).
    Fail,
    /// It answers with a status that is an error, and opens nothing (RFC 6455, section 4.2.1).
    Refuse,
}

impl Must {
    /// The same in words, said of `who`; `None` for nothing.
    pub fn words(self, who: Host) -> Option<String> {
        let what = match self {
            Must::Nothing => return None,
            Must::Close => "closes the connection",
            Must::Ignore => "ignores it",
            Must::Fail => "takes the connection for failed and closes it",
            Must::Refuse => "answers with an error and opens nothing",
        };
        Some(format!("the {who} {what}"))
    }
}

/// A rule was broken, or something is worth a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The rule's name, which never changes: `ws.client_must_mask`.
    pub rule: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// Who did it.
    pub by: Host,
    /// Where the rule is written: `RFC 6455, 5.1`.
    pub section: &'static str,
    /// What the other side must do.
    pub must: Must,
    /// The close code that it deserves; `None` where none is due.
    pub close_code: Option<u16>,
    /// Wireshark's `tcp.stream`.
    pub stream: u32,
    /// The frames of the capture that prove it, in their order.
    pub frames: Vec<u64>,
    /// What was found, in a few words: `opcode 15`. May hold untrusted text.
    pub found: Option<String>,
}

/// What a rule of the opening handshake is called, and where it is written.
const HANDSHAKE: &[(Demand, &str, &str)] = &[
    (Demand::Method, "ws.method", "RFC 6455, 4.1"),
    (Demand::HttpVersion, "ws.http_version", "RFC 6455, 4.1"),
    (Demand::Host, "ws.host", "RFC 6455, 4.1"),
    (Demand::Upgrade, "ws.upgrade", "RFC 6455, 4.1"),
    (Demand::Connection, "ws.connection", "RFC 6455, 4.1"),
    (Demand::Key, "ws.key", "RFC 6455, 4.1"),
    (Demand::Version, "ws.version", "RFC 6455, 4.1"),
    (Demand::Protocols, "ws.protocols", "RFC 6455, 4.1"),
    (Demand::Extensions, "ws.extensions", "RFC 6455, 9.1"),
    (Demand::AnswerUpgrade, "ws.answer_upgrade", "RFC 6455, 4.2.2"),
    (Demand::AnswerConnection, "ws.answer_connection", "RFC 6455, 4.2.2"),
    (Demand::Accept, "ws.accept", "RFC 6455, 4.2.2"),
    (Demand::AnswerExtensions, "ws.answer_extensions", "RFC 6455, 4.1"),
    (Demand::AnswerProtocol, "ws.answer_protocol", "RFC 6455, 4.1"),
];

/// Every rule that a verdict can be about: its name, how grave it is, where it is written.
pub fn rules() -> impl Iterator<Item = (&'static str, Severity, &'static str)> {
    let opening = HANDSHAKE.iter().map(|(_, name, section)| (*name, Severity::Violation, *section));
    opening.chain(ws::Rule::all().map(|rule| (rule.name(), rule.severity(), rule.section())))
}

impl Verdict {
    pub(crate) fn of_frame(stream: u32, verdict: &ws::Verdict) -> Verdict {
        let rule = verdict.rule;
        let must = match rule {
            _ if rule.fails_connection() => Must::Close,
            ws::Rule::DataAfterClose => Must::Ignore,
            _ => Must::Nothing,
        };
        Verdict {
            rule: rule.name(),
            severity: rule.severity(),
            by: verdict.by,
            section: rule.section(),
            must,
            close_code: rule.close_code(),
            stream,
            frames: verdict.packets.to_vec(),
            found: verdict.value.and_then(|value| found(rule, value)),
        }
    }

    /// What is wrong with an opening handshake. `asked` and `answered` are the frames that complete the two heads. That a server
    /// refuses breaks no rule.
    pub(crate) fn of_upgrade(upgrade: &Upgrade, asked: Option<u64>, answered: u64) -> Vec<Verdict> {
        if upgrade.answer.side.from == Host::Client {
            return Vec::new(); // Who is who is a guess: nobody is judged for it.
        }
        // Of a key that is none nothing can be made: what the server answers to that is not held against it.
        let known = |check: &&Check| check.demand != Demand::Accept || upgrade.accept.is_some();
        let due = upgrade.accept.as_ref().map(|accept| accept.text.as_str());
        let verdict = |check: &Check| {
            let frame = match check.demand.of() {
                Host::Client => asked,
                Host::Server => Some(answered),
            };
            Verdict::of_check(check, due, upgrade.answer.side.stream, frame)
        };
        upgrade.checks.iter().filter(known).filter_map(verdict).collect()
    }

    /// The same of a request alone, before anybody has answered.
    pub(crate) fn of_request(request: &Head, stream: u32) -> Vec<Verdict> {
        let frame = Some(request.places().last_frame());
        let checks = Upgrade::checks_of(request);
        checks.iter().filter_map(|check| Verdict::of_check(check, None, stream, frame)).collect()
    }

    fn of_check(check: &Check, due: Option<&str>, stream: u32, frame: Option<u64>) -> Option<Verdict> {
        let (demand, rule, section) = HANDSHAKE.iter().find(|(demand, ..)| *demand == check.demand)?;
        let found = Some(wrong(check.fault.as_ref()?, due));
        let by = demand.of();
        let must = match by {
            Host::Client => Must::Refuse,
            Host::Server => Must::Fail,
        };
        let (severity, frames) = (Severity::Violation, frame.into_iter().collect());
        Some(Verdict { rule, severity, by, section, must, close_code: None, stream, frames, found })
    }
}

/// What the number of a verdict says.
fn found(rule: ws::Rule, value: u64) -> Option<String> {
    use ws::Rule;
    Some(match rule {
        Rule::ReservedBit => {
            let set = [(4, "RSV1"), (2, "RSV2"), (1, "RSV3")].into_iter().filter(|(bit, _)| value & bit != 0);
            set.map(|(_, name)| name).collect::<Vec<_>>().join(" and ")
        }
        Rule::CompressedBitMisplaced | Rule::ReservedOpcode | Rule::ControlFragmented => {
            format!("opcode {value}")
        }
        Rule::ControlTooLong => format!("{value} bytes"),
        Rule::LengthNotMinimal | Rule::LengthTopBit => format!("a length of {value}"),
        Rule::TextNotUtf8 => format!("at byte {} of the message", value.saturating_add(1)),
        Rule::CloseReasonNotUtf8 => format!("at byte {} of the reason", value.saturating_add(1)),
        Rule::ForbiddenCloseCode => format!("code {value}"),
        Rule::DeflateData | Rule::DeflateUnfinished => format!("after {value} bytes"),
        Rule::DeflateWindow => format!("a window of {value} bits was agreed on"),
        Rule::MaskingKeyRepeated => {
            let [_, _, _, _, a, b, c, d] = value.to_be_bytes();
            format!("the key is {a:02x} {b:02x} {c:02x} {d:02x}")
        }
        _ => return None,
    })
}

/// What is wrong with a line of the handshake. `due`: what the key makes.
fn wrong(fault: &Fault, due: Option<&str>) -> String {
    match fault {
        Fault::Missing => "it is missing".to_owned(),
        Fault::Repeated => "it is there more than once".to_owned(),
        Fault::Other(text) | Fault::Malformed(text) => format!("it says {}", quoted(text)),
        Fault::OldHttp => "HTTP/1.0".to_owned(),
        Fault::KeyLen(None) => "it is no Base64".to_owned(),
        Fault::KeyLen(Some(count)) => format!("it has {count} bytes, not 16"),
        Fault::Code(code) => format!("status {code}"),
        Fault::Accept(text) => match due {
            Some(due) => {
                format!("it says {}, and the key makes {}", quoted(text), quoted(due.as_bytes()))
            }
            None => format!("it says {}", quoted(text)),
        },
        Fault::NotOffered(text) => format!("{} was not offered", quoted(text)),
        Fault::Deflate(_) => "the parameters of permessage-deflate".to_owned(),
    }
}

/// At most so many characters of what was said are repeated.
const SHOWN: usize = 60;

fn quoted(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let cut: String = text.chars().take(SHOWN).collect();
    format!("\u{201c}{cut}{}\u{201d}", if cut.len() < text.len() { "\u{2026}" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rules_share_a_name() {
        let mut names: Vec<_> = rules().map(|(name, ..)| name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(names.iter().all(|name| name.starts_with("ws.")));
    }
}
