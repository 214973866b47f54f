//! The opening handshake of WebSocket: what RFC 6455 demands of a request and of its answer, and what came of it.
//!
//! [`Upgrade`] holds every demand in the order of the RFC, with the header line that it is about, and whether it is met; the
//! arithmetic of Sec-WebSocket-Accept; what was offered and agreed to; and the [`Verdict`].

use std::ops::Range;

use super::accept::{Accept, key_len};
use super::event::Message;
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

/// What came of a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The connection is a WebSocket.
    Opened,
    /// The server answered 101, and the client must fail the connection all the same (RFC 6455, section 4.1): the answer does not
    /// meet the demands.
    Failed,
    /// The server answered something else than 101.
    Refused(Refusal),
}

/// How a server refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It speaks other versions of the protocol: 426, or another code with a list of versions (section 4.4).
    Version(Vec<Vec<u8>>),
    /// 2xx: an answer as if nothing had been asked for. Mostly nobody there knows WebSocket.
    NotUpgraded,
    /// 3xx, with where to. A client may follow, and browsers do not.
    Redirected(Option<Vec<u8>>),
    /// 401, with what it wants to know.
    Unauthorized(Option<Vec<u8>>),
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// Another 4xx.
    ClientError,
    /// 5xx.
    ServerError,
    /// A code beyond.
    Other,
}

/// An opening handshake, once it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// The answer.
    pub answer: Message,
    /// The number of the request; `None` where none is known.
    pub request: Option<u64>,
    /// The status of the answer.
    pub code: u16,
    /// Every demand in the order of the RFC. Without a request: those to the server only. With another status than 101: of
    /// those to the server the status only.
    pub checks: Vec<Check>,
    /// The key, as it was sent.
    pub key: Option<Vec<u8>>,
    /// What the key makes.
    pub accept: Option<Accept>,
    /// The subprotocols that were offered, in the order of preference.
    pub protocols: Vec<Vec<u8>>,
    /// The one that the server chose.
    pub protocol: Option<Vec<u8>>,
    /// The extensions that were offered.
    pub offered: Vec<Extension>,
    /// Those that the server agreed to.
    pub agreed: Vec<Extension>,
    /// permessage-deflate, where it was agreed to without a fault.
    pub deflate: Option<Deflate>,
    /// What came of it.
    pub verdict: Verdict,
}

/// Whether a request asks for another protocol.
pub(super) fn is_asked(request: &Head) -> bool {
    let fields = request.fields();
    fields.members("upgrade").next().is_some() || fields.value("sec-websocket-key").is_some()
}

fn is_websocket(head: &Head) -> bool {
    head.fields().lists("upgrade", "websocket") || head.fields().value("sec-websocket-key").is_some()
}

impl Upgrade {
    /// What is demanded of a request for WebSocket, whatever the answer is; empty for one that asks for something else.
    pub fn checks_of(request: &Head) -> Vec<Check> {
        if is_websocket(request) { of_client(request) } else { Vec::new() }
    }

    /// Of a final answer and its request; `None` where neither is about WebSocket.
    pub(super) fn of(
        request: Option<&Head>,
        answer: &Head,
        message: Message,
        number: Option<u64>,
    ) -> Option<Upgrade> {
        let code = answer.code()?;
        let request = request.filter(|request| is_websocket(request));
        if request.is_none() && !(code == 101 && answer.fields().lists("upgrade", "websocket")) {
            return None;
        }
        let asked = request.map(Head::fields);
        let key = asked.and_then(|fields| fields.value("sec-websocket-key")).map(<[u8]>::to_vec);
        let list = |fields: &Fields| fields.members("sec-websocket-protocol").map(<[u8]>::to_vec).collect();
        let mut upgrade = Upgrade {
            answer: message,
            request: number,
            code,
            checks: request.map(of_client).unwrap_or_default(),
            accept: key.as_deref().map(Accept::of),
            key,
            protocols: asked.map(list).unwrap_or_default(),
            protocol: answer.fields().value("sec-websocket-protocol").map(<[u8]>::to_vec),
            offered: asked.map(Extension::list).unwrap_or_default(),
            agreed: Extension::list(answer.fields()),
            deflate: None,
            verdict: Verdict::Opened,
        };
        upgrade.judge(answer, request.is_some());
        Some(upgrade)
    }

    /// What the client does not meet, or the server.
    pub fn faults(&self, of: Host) -> impl Iterator<Item = (Demand, &Fault)> {
        let one = move |check: &'_ Check| check.demand.of() == of;
        self.checks
            .iter()
            .filter(move |check| one(check))
            .filter_map(|check| Some((check.demand, check.fault.as_ref()?)))
    }

    fn judge(&mut self, answer: &Head, asked: bool) {
        let code = self.code;
        let fault = (code != 101).then_some(Fault::Code(code));
        self.checks.push(Check { demand: Demand::Status, line: Some(answer.start_line()), fault });
        if code != 101 {
            self.verdict = Verdict::Refused(refusal(code, answer.fields()));
            return;
        }
        let fields = answer.fields();
        self.checks.push(names(Demand::AnswerUpgrade, fields, "upgrade", "websocket"));
        self.checks.push(names(Demand::AnswerConnection, fields, "connection", "upgrade"));
        if asked {
            self.checks.push(self.accepts(fields));
            self.extensions(fields);
            self.checks.extend(self.chooses(fields));
        }
        if self.faults(Host::Server).next().is_some() {
            self.verdict = Verdict::Failed;
            self.deflate = None;
        }
    }

    fn accepts(&self, fields: &Fields) -> Check {
        let demand = Demand::Accept;
        let line = match once(demand, fields, "sec-websocket-accept") {
            Ok(line) => line,
            Err(check) => return check,
        };
        let said = line.value.bytes;
        let right = self.accept.as_ref().is_some_and(|accept| accept.text.as_bytes() == said);
        let fault = (!right).then(|| Fault::Accept(said.to_vec()));
        Check { demand, line: Some(line.line), fault }
    }

    fn chooses(&self, fields: &Fields) -> Option<Check> {
        let demand = Demand::AnswerProtocol;
        let line = match once(demand, fields, "sec-websocket-protocol") {
            Ok(line) => line,
            // Without one, none was chosen.
            Err(check) => return check.line.is_some().then_some(check),
        };
        let chosen = line.value.bytes;
        // Case counts (section 4.1, answer 6).
        let offered = self.protocols.iter().any(|protocol| protocol == chosen);
        let fault = (!offered).then(|| Fault::NotOffered(chosen.to_vec()));
        Some(Check { demand, line: Some(line.line), fault })
    }

    fn extensions(&mut self, fields: &Fields) {
        let Some((_, line)) = fields.named("sec-websocket-extensions").next() else { return };
        let mut faults = Vec::new();
        for agreed in &self.agreed {
            let offers: Vec<&Extension> = self
                .offered
                .iter()
                .filter(|offered| offered.name.eq_ignore_ascii_case(&agreed.name))
                .collect();
            if !agreed.well_formed {
                faults.push(Fault::Malformed(agreed.name.clone()));
            } else if offers.is_empty() {
                faults.push(Fault::NotOffered(agreed.name.clone()));
            } else if agreed.is_deflate() {
                if self.deflate.is_some() {
                    faults.push(Fault::Repeated);
                    continue;
                }
                let (deflate, found) = agree(&offers, agreed);
                self.deflate = found.is_empty().then_some(deflate);
                faults.extend(found.into_iter().map(Fault::Deflate));
            }
        }
        push_all(&mut self.checks, Demand::AnswerExtensions, line.line, faults);
    }
}

/// What an answer makes of the offers of permessage-deflate: the first that it fits, or what is wrong with it.
fn agree(offers: &[&Extension], agreed: &Extension) -> (Deflate, Vec<DeflateFault>) {
    let (answer, mut faults) = Deflate::read(agreed, true);
    if !faults.is_empty() {
        return (answer, faults);
    }
    for offer in offers {
        let (offer, wrong) = Deflate::read(offer, false);
        let refused = offer.refuses(&answer);
        if wrong.is_empty() && refused.is_empty() {
            return (answer, Vec::new());
        }
        if faults.is_empty() {
            faults = if refused.is_empty() { wrong } else { refused };
        }
    }
    (answer, faults)
}

/// A check for each fault, or one without any.
fn push_all(checks: &mut Vec<Check>, demand: Demand, line: Range<u64>, faults: Vec<Fault>) {
    if faults.is_empty() {
        checks.push(Check { demand, line: Some(line), fault: None });
        return;
    }
    let failed = |fault| Check { demand, line: Some(line.clone()), fault: Some(fault) };
    checks.extend(faults.into_iter().map(failed));
}

/// The only line of that name; else what is wrong.
fn once<'a>(demand: Demand, fields: &'a Fields, name: &'a str) -> Result<FieldLine<'a>, Check> {
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
fn names(demand: Demand, fields: &Fields, name: &str, member: &str) -> Check {
    let Some((_, line)) = fields.named(name).next() else {
        return Check { demand, line: None, fault: Some(Fault::Missing) };
    };
    let fault = (!fields.lists(name, member)).then(|| Fault::Other(line.value.bytes.to_vec()));
    Check { demand, line: Some(line.line), fault }
}

/// What is demanded of a request.
fn of_client(request: &Head) -> Vec<Check> {
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

fn refusal(code: u16, fields: &Fields) -> Refusal {
    let value = |name: &str| fields.value(name).map(<[u8]>::to_vec);
    let versions: Vec<Vec<u8>> = fields.members("sec-websocket-version").map(<[u8]>::to_vec).collect();
    match code {
        426 => Refusal::Version(versions),
        400..500 if !versions.is_empty() => Refusal::Version(versions),
        200..300 => Refusal::NotUpgraded,
        300..400 => Refusal::Redirected(value("location")),
        401 => Refusal::Unauthorized(value("www-authenticate")),
        403 => Refusal::Forbidden,
        404 => Refusal::NotFound,
        400..500 => Refusal::ClientError,
        500..600 => Refusal::ServerError,
        _ => Refusal::Other,
    }
}
