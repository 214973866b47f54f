//! The WebSocket handshake, from both sides: tungstenite makes and judges the two HTTP messages (RFC 6455, section 4).

use std::collections::BTreeMap;

use tokio::time::timeout;
use tungstenite::client::IntoClientRequest;
use tungstenite::error::Error;
use tungstenite::handshake::client::ClientHandshake;
use tungstenite::handshake::machine::TryParse;
use tungstenite::handshake::{HandshakeError, MidHandshake, server};
use tungstenite::http::{HeaderMap, HeaderName, HeaderValue};

use super::Action;
use super::actor::{Actor, Failed, LAST_WORDS};
use super::deflate::Deflate;
use super::pipe::Pipe;
use super::talk::Talk;
use super::wording::{AcceptUpgrade, Compress, Upgrade};
use crate::event::{Host, ProgramEvent};

const CALL: &str = "upgrade";
const PROTOCOL: &str = "sec-websocket-protocol";
const EXTENSIONS: &str = "sec-websocket-extensions";

fn because(error: &Error) -> Failed {
    Failed::because(CALL, cause(error))
}

/// What is wrong with what the other side said, in our words where they say more than the library's.
fn cause(error: &Error) -> String {
    use tungstenite::error::{ProtocolError as Broken, SubProtocolError as Chosen};
    let said = match error {
        Error::Http(answer) => {
            return format!("the server said {}, not 101 Switching Protocols", answer.status());
        }
        Error::Protocol(Broken::WrongHttpVersion) => "the other side does not speak HTTP/1.1",
        Error::Protocol(Broken::MissingUpgradeWebSocketHeader) => {
            "the line Upgrade: websocket is missing, or says something else"
        }
        Error::Protocol(Broken::MissingConnectionUpgradeHeader) => {
            "the line Connection: Upgrade is missing, or says something else"
        }
        Error::Protocol(Broken::SecWebSocketAcceptKeyMismatch) => {
            "Sec-WebSocket-Accept is not what the key makes"
        }
        Error::Protocol(Broken::SecWebSocketSubProtocolError(chosen)) => match chosen {
            Chosen::ServerSentSubProtocolNoneRequested => {
                "the server chose a subprotocol, and the client had asked for none"
            }
            Chosen::InvalidSubProtocol => "the server chose a subprotocol that the client had not asked for",
            Chosen::NoSubProtocol => {
                "the server chose none of the subprotocols that the client had asked for"
            }
        },
        Error::Protocol(broken) => return broken.to_string(),
        other => return other.to_string(),
    };
    said.to_owned()
}

impl Compress {
    /// As a header says it, the same in the offer and in the answer.
    fn header(self) -> &'static str {
        match self {
            Compress::Context => "permessage-deflate",
            Compress::NoContext => {
                "permessage-deflate; client_no_context_takeover; server_no_context_takeover"
            }
        }
    }
}

/// What the answer's header has agreed on, for this side.
fn agreed(headers: &HeaderMap, host: Host) -> Option<Deflate> {
    let said = headers.get(EXTENSIONS)?.to_str().ok()?;
    let mut words = said.split(';').map(str::trim);
    if words.next() != Some("permessage-deflate") {
        return None;
    }
    let words: Vec<&str> = words.collect();
    let client = !words.contains(&"client_no_context_takeover");
    let server = !words.contains(&"server_no_context_takeover");
    Some(match host {
        Host::Client => Deflate::new(client, server),
        Host::Server => Deflate::new(server, client),
    })
}

fn set(headers: &mut HeaderMap, own: &BTreeMap<String, String>) -> Result<(), Failed> {
    for (name, value) in own {
        let header = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value));
        let (Ok(name), Ok(value)) = header else {
            return Err(Failed::because(CALL, format!("no HTTP header: {name}: {value}")));
        };
        headers.insert(name, value);
    }
    Ok(())
}

impl Actor {
    /// The client's side. It fails where the server refuses, or its answer is wrong.
    pub(super) async fn upgrade(&mut self, wanted: &Upgrade) -> Result<(), Failed> {
        let host = match (&wanted.host, self.ends) {
            (Some(host), _) => host.clone(),
            (None, Some((_, server))) => server.to_string(),
            (None, None) => String::new(),
        };
        let request = format!("ws://{host}{}", wanted.path).into_client_request();
        let mut request = request.map_err(|error| because(&error))?;
        let headers = request.headers_mut();
        if !wanted.protocol.is_empty() {
            set(headers, &[(PROTOCOL.to_owned(), wanted.protocol.join(", "))].into())?;
        }
        if let Some(compress) = wanted.compress {
            headers.insert(EXTENSIONS, HeaderValue::from_static(compress.header()));
        }
        set(headers, &wanted.headers)?;
        let asking =
            ClientHandshake::start(Pipe::default(), request, None).map_err(|error| because(&error))?;
        let mut asking = interrupted(asking)?;
        let request = asking.get_mut().get_mut().take();
        self.put(&in_title_case(&request)).await?;

        let head = self.receive_head().await?;
        asking.get_mut().get_mut().put(&head);
        let answer = match asking.handshake() {
            Ok((_, answer)) => answer,
            Err(HandshakeError::Failure(error)) => {
                if let Error::Http(refusal) = &error
                    && refusal.headers().get("connection").is_some_and(|value| value == "close")
                {
                    // The server hangs up, as it says.
                    timeout(LAST_WORDS, self.act_all(&[Action::ReceiveToEnd])).await.unwrap_or(Ok(()))?;
                }
                return Err(because(&error));
            }
            // It is cut short: what came before its end was all.
            Err(HandshakeError::Interrupted(_)) => {
                return Err(Failed::because(CALL, "the connection ended before the answer"));
            }
        };
        let deflate = agreed(answer.headers(), Host::Client).filter(|_| wanted.compress.is_some());
        self.open_talk(wanted.limit, deflate, answer.headers());
        Ok(())
    }

    /// The server's side.
    pub(super) async fn accept_upgrade(&mut self, how: &AcceptUpgrade) -> Result<(), Failed> {
        let head = self.receive_head().await?;
        if let Some(status) = how.status.filter(|status| *status != 101) {
            let answer = refusal(status, &how.headers, &how.body);
            return self.put(&answer).await;
        }
        let request = match server::Request::try_parse(&head) {
            Ok(Some((_, request))) => request,
            Ok(None) => return Err(Failed::because(CALL, "the connection ended before the request")),
            Err(error) => return self.refuse(&error, None).await,
        };
        let mut answer = match server::create_response(&request) {
            Ok(answer) => answer,
            Err(error) => return self.refuse(&error, how.page.as_deref()).await,
        };
        let asked = request.headers();
        let offered = asked.get(PROTOCOL).and_then(|value| value.to_str().ok());
        let first = offered.and_then(|offered| offered.split(',').next()).map(str::trim);
        let protocol = how.protocol.as_deref().or(first).filter(|protocol| !protocol.is_empty());
        let headers = answer.headers_mut();
        if let Some(protocol) = protocol {
            set(headers, &[(PROTOCOL.to_owned(), protocol.to_owned())].into())?;
        }
        let offers = asked.get(EXTENSIONS).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Some(compress) = how.compress.filter(|_| offers.contains("permessage-deflate")) {
            headers.insert(EXTENSIONS, HeaderValue::from_static(compress.header()));
        }
        let deflate = agreed(headers, Host::Server);
        set(headers, &how.headers)?;
        let mut bytes = Vec::new();
        server::write_response(&mut bytes, &answer).map_err(|error| because(&error))?;
        self.put(&in_title_case(&bytes)).await?;
        self.open_talk(how.limit, deflate, answer.headers());
        Ok(())
    }

    /// Says no to a request that is none for a WebSocket, with the status that it deserves, or with a page.
    async fn refuse(&mut self, error: &Error, page: Option<&str>) -> Result<(), Failed> {
        use tungstenite::error::ProtocolError as Broken;
        let header = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let (status, headers) = match error {
            Error::Protocol(Broken::MissingSecWebSocketVersionHeader) => {
                (426, header("Sec-WebSocket-Version", "13"))
            }
            Error::Protocol(
                Broken::MissingConnectionUpgradeHeader | Broken::MissingUpgradeWebSocketHeader,
            ) => (426, header("Upgrade", "websocket")),
            Error::Protocol(Broken::WrongHttpMethod) => (405, header("Allow", "GET")),
            _ => (400, BTreeMap::new()),
        };
        if let Some(page) = page.filter(|_| headers.contains_key("Upgrade")) {
            let html = header("Content-Type", "text/html; charset=utf-8");
            self.put(&refusal(200, &html, page)).await?;
            return Err(because(error));
        }
        let body = format!("This server speaks WebSocket. {error}.\n");
        self.put(&refusal(status, &headers, &body)).await?;
        Err(because(error))
    }

    fn open_talk(&mut self, limit: Option<usize>, deflate: Option<Deflate>, answer: &HeaderMap) {
        let early = std::mem::take(&mut self.unread);
        self.talk = Some(Talk::new(self.host, limit, deflate, &early));
        let protocol = answer.get(PROTOCOL).and_then(|value| value.to_str().ok());
        self.tell(ProgramEvent::Opened { protocol: protocol.map(str::to_owned) });
    }
}

type Asking = MidHandshake<ClientHandshake<Pipe>>;

/// Lets the handshake write its request; then it waits for the answer.
fn interrupted(asking: Asking) -> Result<Asking, Failed> {
    match asking.handshake() {
        Err(HandshakeError::Interrupted(waiting)) => Ok(waiting),
        Err(HandshakeError::Failure(error)) => Err(because(&error)),
        Ok(_) => Err(Failed::because(CALL, "an answer before the question")),
    }
}

/// An answer that is no 101.
fn refusal(status: u16, headers: &BTreeMap<String, String>, body: &str) -> Vec<u8> {
    let reason = tungstenite::http::StatusCode::from_u16(status).ok();
    let reason = reason.and_then(|status| status.canonical_reason()).unwrap_or_default();
    let mut head = format!("HTTP/1.1 {status} {reason}\r\n");
    let mut own = |name: &str, value: &str| {
        if !headers.keys().any(|key| key.eq_ignore_ascii_case(name)) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    };
    if !body.is_empty() {
        own("Content-Type", "text/plain; charset=utf-8");
    }
    own("Content-Length", &body.len().to_string());
    own("Connection", "close");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head.push_str(body);
    head.into_bytes()
}

/// A head with its headers' names as books write them; `http` writes them small, and both mean the same.
fn in_title_case(head: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(head);
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.split_inclusive("\r\n").enumerate() {
        match line.split_once(':').filter(|_| index > 0) {
            Some((name, rest)) => {
                let words: Vec<String> = name.split('-').map(capital).collect();
                out.push_str(&words.join("-"));
                out.push(':');
                out.push_str(rest);
            }
            None => out.push_str(line),
        }
    }
    out.into_bytes()
}

fn capital(word: &str) -> String {
    if word.eq_ignore_ascii_case("websocket") {
        return "WebSocket".to_owned();
    }
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_are_written_as_in_books() {
        let head = b"GET /a:b HTTP/1.1\r\nhost: x:1\r\nsec-websocket-key: Ab=\r\n\r\n";
        let told = String::from_utf8(in_title_case(head)).unwrap();
        assert_eq!(told, "GET /a:b HTTP/1.1\r\nHost: x:1\r\nSec-WebSocket-Key: Ab=\r\n\r\n");
    }

    #[test]
    fn a_refusal_is_whole() {
        let headers = BTreeMap::from([("Connection".to_owned(), "keep-alive".to_owned())]);
        let told = String::from_utf8(refusal(404, &headers, "no\n")).unwrap();
        assert_eq!(
            told,
            "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\nConnection: \
             keep-alive\r\n\r\nno\n"
        );
    }
}
