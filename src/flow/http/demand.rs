//! What RFC 6455 demands of the opening handshake, one by one, and whether a head meets it.

use std::ops::Range;

use super::accept::key_len;
use super::extension::{Deflate, DeflateFault, Extension};
use super::fields::{FieldLine, Fields, is_token};
use super::head::Head;
use crate::event::Host;

/// A demand of RFC 6455.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Demand {
    /// The method is GET (sections 4.1, item 2, and 4.2.1, item 1).
    Method,
    /// The version is HTTP/1.1 at least (the same).
    HttpVersion,
    /// There is a Host (4.1, item 4; 4.2.1, item 2).
    Host,
    /// Upgrade names websocket (4.1, item 5; 4.2.1, item 3).
    Upgrade,
    /// Connection names upgrade (4.1, item 6; 4.2.1, item 4).
    Connection,
    /// Sec-WebSocket-Key is there once and is 16 bytes in Base64 (4.1, item 7; 4.2.1, item 5).
    Key,
    /// Sec-WebSocket-Version is 13 (4.1, item 9; 4.2.1, item 6).
    Version,
    /// Sec-WebSocket-Protocol, where there is one, lists tokens, none twice (4.1, item 10).
    Protocols,
    /// Sec-WebSocket-Extensions, where there is one, is written as section 9.1 has it; permessage-deflate as in RFC 7692, section 7.1
    /// (4.1, item 11).
    Extensions,
    /// The answer's status is 101 (4.1, answer 1; 4.2.2, item 5.1).
    Status,
    /// The answer's Upgrade is websocket (4.1, answer 2; 4.2.2, item 5.2).
    AnswerUpgrade,
    /// The answer's Connection names upgrade (4.1, answer 3; 4.2.2, item 5.3).
    AnswerConnection,
    /// Sec-WebSocket-Accept is what the key makes (4.1, answer 4; 4.2.2, item 5.4).
    Accept,
    /// The answer's Sec-WebSocket-Extensions lists only what was offered (4.1, answer 5; 4.2.2, item 5.6).
    AnswerExtensions,
    /// The answer's Sec-WebSocket-Protocol is one of those offered (4.1, answer 6; 4.2.2, item 5.5).
    AnswerProtocol,
}

impl Demand {
    /// Who has to meet it.
    pub fn of(self) -> Host {
        match self {
            Demand::Method
            | Demand::HttpVersion
            | Demand::Host
            | Demand::Upgrade
            | Demand::Connection
            | Demand::Key
            | Demand::Version
            | Demand::Protocols
            | Demand::Extensions => Host::Client,
            Demand::Status
            | Demand::AnswerUpgrade
            | Demand::AnswerConnection
            | Demand::Accept
            | Demand::AnswerExtensions
            | Demand::AnswerProtocol => Host::Server,
        }
    }
}

/// Why a demand is not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The header is not there.
    Missing,
    /// It is there more than once.
    Repeated,
    /// It says something else.
    Other(Vec<u8>),
    /// HTTP/1.0.
    OldHttp,
    /// The key is no Base64 (`None`), or of so many bytes.
    KeyLen(Option<usize>),
    /// It is not written as it must be.
    Malformed(Vec<u8>),
    /// The answer has another status.
    Code(u16),
    /// The key makes something else: see [`Upgrade::accept`].
    Accept(Vec<u8>),
    /// The client did not offer it.
    NotOffered(Vec<u8>),
    /// The parameters of permessage-deflate are wrong.
    Deflate(DeflateFault),
}

/// A demand, and whether it is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What is demanded.
    pub demand: Demand,
    /// The line that it is about, in the stream of the one who has to meet it; `None` where there is none.
    pub line: Option<Range<u64>>,
    /// Why it is not met; `None` where it is.
    pub fault: Option<Fault>,
}

/// A check for each fault, or one without any.
pub(super) fn push_all(checks: &mut Vec<Check>, demand: Demand, line: Range<u64>, faults: Vec<Fault>) {
    if faults.is_empty() {
        checks.push(Check { demand, line: Some(line), fault: None });
        return;
    }
    let failed = |fault| Check { demand, line: Some(line.clone()), fault: Some(fault) };
    checks.extend(faults.into_iter().map(failed));
}

/// The only line of that name; else what is wrong.
pub(super) fn once<'a>(demand: Demand, fields: &'a Fields, name: &'a str) -> Result<FieldLine<'a>, Check> {
    let mut found = fields.named(name).map(|(_, line)| line);
    match (found.next(), found.next()) {
        (Some(line), None) => Ok(line),
        (Some(_), Some(second)) => {
            Err(Check { demand, line: Some(second.line), fault: Some(Fault::Repeated) })
        }
        (None, _) => Err(Check { demand, line: None, fault: Some(Fault::Missing) }),
    }
}

/// That a list has a member.
pub(super) fn names(demand: Demand, fields: &Fields, name: &str, member: &str) -> Check {
    let Some((_, line)) = fields.named(name).next() else {
        return Check { demand, line: None, fault: Some(Fault::Missing) };
    };
    let fault = (!fields.lists(name, member)).then(|| Fault::Other(line.value.bytes.to_vec()));
    Check { demand, line: Some(line.line), fault }
}

/// What is demanded of a request.
pub(super) fn of_client(request: &Head) -> Vec<Check> {
    let fields = request.fields();
    let start = |demand, fault| Check { demand, line: Some(request.start_line()), fault };
    let method = request.method().unwrap_or_default();
    let mut checks = vec![
        start(Demand::Method, (method != b"GET").then(|| Fault::Other(method.to_vec()))),
        start(Demand::HttpVersion, (request.minor_version() == 0).then_some(Fault::OldHttp)),
        only(Demand::Host, fields, "host", |_| None),
        names(Demand::Upgrade, fields, "upgrade", "websocket"),
        names(Demand::Connection, fields, "connection", "upgrade"),
        only(Demand::Key, fields, "sec-websocket-key", |key| {
            Some(key_len(key)).filter(|len| *len != Some(16)).map(Fault::KeyLen)
        }),
        only(Demand::Version, fields, "sec-websocket-version", |version| {
            (version != b"13").then(|| Fault::Other(version.to_vec()))
        }),
    ];
    if let Some((_, line)) = fields.named("sec-websocket-protocol").next() {
        let mut seen: Vec<&[u8]> = Vec::new();
        let mut faults = Vec::new();
        for protocol in fields.members("sec-websocket-protocol") {
            if !is_token(protocol) {
                faults.push(Fault::Malformed(protocol.to_vec()));
            } else if seen.contains(&protocol) {
                faults.push(Fault::Repeated);
            }
            seen.push(protocol);
        }
        push_all(&mut checks, Demand::Protocols, line.line, faults);
    }
    if let Some((_, line)) = fields.named("sec-websocket-extensions").next() {
        let mut faults = Vec::new();
        for extension in Extension::list(fields) {
            if !extension.well_formed {
                faults.push(Fault::Malformed(extension.name));
            } else if extension.is_deflate() {
                faults.extend(Deflate::read(&extension, false).1.into_iter().map(Fault::Deflate));
            }
        }
        push_all(&mut checks, Demand::Extensions, line.line, faults);
    }
    checks
}

/// That a header is there once, and what its value is.
fn only(demand: Demand, fields: &Fields, name: &str, wrong: impl Fn(&[u8]) -> Option<Fault>) -> Check {
    match once(demand, fields, name) {
        Ok(line) => Check { demand, fault: wrong(line.value.bytes), line: Some(line.line) },
        Err(check) => check,
    }
}
