//! The opening handshake of WebSocket: a request, its answer, and what came of it.
//!
//! [`Upgrade`] holds every demand in the order of the RFC, with the header line that it is about, and whether it is met; the
//! arithmetic of Sec-WebSocket-Accept; what was offered and agreed to; and the [`Verdict`].

use super::accept::Accept;
use super::demand::{Check, Demand, Fault, names, of_client, once, push_all};
use super::event::Message;
use super::extension::{Deflate, DeflateFault, Extension};
use super::fields::Fields;
use super::head::Head;
use crate::event::Host;

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
