//! What the referee says: which rule was broken, by whom, and what is to come of it.

use crate::event::Host;
use crate::flow::http::{Demand, Upgrade};
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
        }
    }

    /// What is wrong with an opening handshake. `asked` and `answered` are the frames that complete the two heads. That a server
    /// refuses breaks no rule.
    pub(crate) fn of_upgrade(upgrade: &Upgrade, asked: Option<u64>, answered: u64) -> Vec<Verdict> {
        let faulty = upgrade.checks.iter().filter(|check| check.fault.is_some());
        let known = faulty.filter_map(|check| HANDSHAKE.iter().find(|(demand, ..)| *demand == check.demand));
        let verdict = |(demand, rule, section): &(Demand, &'static str, &'static str)| {
            let by = demand.of();
            let (must, frame) = match by {
                Host::Client => (Must::Refuse, asked),
                Host::Server => (Must::Fail, Some(answered)),
            };
            let stream = upgrade.answer.side.stream;
            let (severity, frames) = (Severity::Violation, frame.into_iter().collect());
            Verdict { rule, severity, by, section, must, close_code: None, stream, frames }
        };
        known.map(verdict).collect()
    }
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
