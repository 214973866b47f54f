//! TLS around what a program says: rustls over bytes in memory, so that each of its records goes out when the wire is quiet.
//!
//! In the lab the server has a certificate that was made a moment ago, and the client trusts that one alone. To a server on a
//! real network the client trusts whom this computer trusts.

use std::io::{Read, Write};
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, Connection, RootCertStore,
    ServerConfig, ServerConnection, SupportedProtocolVersion,
};

use super::StartTls;
use super::actor::{Actor, Failed};
use super::program::{Bell, Note};
use crate::event::{Host, ProgramEvent};
use crate::sys;

/// What this room calls itself where something fails.
const CALL: &str = "tls";

/// One end of it.
pub(super) struct Tls {
    connection: Connection,
    /// The other side has said that no more comes (close_notify).
    pub(super) peer_ended: bool,
    said_farewell: bool,
}

impl Tls {
    /// Protects these bytes; what is to cross the wire.
    pub(super) fn seal(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Failed> {
        self.connection
            .writer()
            .write_all(bytes)
            .map_err(|error| Failed::because(CALL, error.to_string()))?;
        Ok(self.outgoing())
    }

    /// Takes in what came over the wire; what the other program has said in it.
    pub(super) fn open(&mut self, mut wire: &[u8]) -> Result<Vec<u8>, Failed> {
        let mut said = Vec::new();
        while !wire.is_empty() {
            let taken = self.connection.read_tls(&mut wire);
            // Behind its close_notify nothing counts any more (RFC 8446, section 6.1), and nothing is taken.
            if taken.map_err(|error| Failed::because(CALL, error.to_string()))? == 0 {
                break;
            }
            let state = self.connection.process_new_packets().map_err(|error| because(&error))?;
            self.peer_ended |= state.peer_has_closed();
            // That it has no more, or is at its end, is no fault here.
            let _ = self.connection.reader().read_to_end(&mut said);
        }
        Ok(said)
    }

    /// What was said behind the handshake before anybody has asked for it.
    pub(super) fn early(&mut self) -> Vec<u8> {
        let mut said = Vec::new();
        let _ = self.connection.reader().read_to_end(&mut said);
        said
    }

    /// Says that no more will be said (close_notify), once. `hung_up`: the other side may hear nothing more.
    pub(super) fn farewell(&mut self, hung_up: bool) -> Vec<u8> {
        if std::mem::replace(&mut self.said_farewell, true) || hung_up {
            return Vec::new();
        }
        self.connection.send_close_notify();
        self.outgoing()
    }

    /// What rustls wants to say.
    pub(super) fn outgoing(&mut self) -> Vec<u8> {
        let mut wire = Vec::new();
        // Writing into memory does not fail.
        while self.connection.wants_write() && self.connection.write_tls(&mut wire).is_ok() {}
        wire
    }
}

impl Actor {
    /// From here on everything is said inside of TLS; returns when the handshake is done.
    pub(super) async fn start_tls(&mut self, how: &StartTls) -> Result<(), Failed> {
        let keys = how.keys.then(|| Arc::new(Secrets { bell: Arc::clone(&self.bell), host: self.host }));
        let mut connection = match self.host {
            Host::Client => client(how, keys)?,
            Host::Server => server(how, keys)?,
        };
        connection.set_buffer_limit(None);
        let mut tls = Tls { connection, peer_ended: false, said_farewell: false };
        loop {
            let wire = tls.outgoing();
            if !wire.is_empty() {
                self.write(&wire).await?;
            }
            if !tls.connection.is_handshaking() {
                break;
            }
            let mut came = std::mem::take(&mut self.unread);
            if came.is_empty() {
                came = self.read().await?;
            }
            if came.is_empty() {
                return Err(Failed::because(
                    CALL,
                    format!("the {} hung up in the handshake", self.host.other()),
                ));
            }
            match tls.open(&came) {
                Ok(said) => self.early.extend(said),
                Err(failed) => {
                    // The alert says why; if it can't be sent any more, the reason stays the same.
                    let alert = tls.outgoing();
                    let _ = self.write(&alert).await;
                    return Err(failed);
                }
            }
        }
        self.early.extend(tls.early());
        self.tls = Some(Box::new(tls));
        Ok(())
    }
}

fn client(how: &StartTls, keys: Option<Arc<Secrets>>) -> Result<Connection, Failed> {
    let roots = if how.system_trust { of_this_computer()? } else { of_the_lab()? };
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
    let verifier: Arc<dyn ServerCertVerifier> =
        verifier.build().map_err(|error| Failed::because(CALL, error.to_string()))?;
    let config = ClientConfig::builder_with_provider(provider()).with_protocol_versions(versions(how));
    let config =
        config.map_err(|error| because(&error))?.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = how.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    // Each run is a session of its own.
    config.resumption = rustls::client::Resumption::disabled();
    if let Some(keys) = keys {
        config.key_log = keys;
    }
    let name = ServerName::try_from(how.server_name.clone())
        .map_err(|_| Failed::because(CALL, format!("{:?} is no name of a server", how.server_name)))?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(|error| because(&error))?;
    Ok(Connection::Client(connection))
}

fn server(how: &StartTls, keys: Option<Arc<Secrets>>) -> Result<Connection, Failed> {
    let identity = identity()?;
    let config = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions(how));
    let config = config.map_err(|error| because(&error))?.with_no_client_auth();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.clone()));
    let config = config.with_single_cert(vec![identity.certificate.clone()], key);
    let mut config = config.map_err(|error| because(&error))?;
    config.alpn_protocols = how.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    if let Some(keys) = keys {
        config.key_log = keys;
    }
    let connection = ServerConnection::new(Arc::new(config)).map_err(|error| because(&error))?;
    Ok(Connection::Server(connection))
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// In the lab TLS 1.3; a real server may know only what came before.
fn versions(how: &StartTls) -> &'static [&'static SupportedProtocolVersion] {
    static NEWEST: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
    if how.system_trust { rustls::ALL_VERSIONS } else { NEWEST }
}

/// A certificate and its key.
struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

/// The lab's own, made when it is first needed: it lives as long as this process.
fn identity() -> Result<&'static Identity, Failed> {
    static MADE: OnceLock<Result<Identity, String>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let made = rcgen::generate_simple_self_signed(vec![super::wording::LAB_NAME.to_owned()]);
        let made = made.map_err(|error| error.to_string())?;
        Ok(Identity { certificate: made.cert.der().clone(), key: made.signing_key.serialize_der() })
    });
    made.as_ref().map_err(|error| Failed::because(CALL, error.clone()))
}

fn of_the_lab() -> Result<RootCertStore, Failed> {
    let mut roots = RootCertStore::empty();
    roots.add(identity()?.certificate.clone()).map_err(|error| because(&error))?;
    Ok(roots)
}

fn of_this_computer() -> Result<RootCertStore, Failed> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // What is old or odd among them is no reason to trust the others less.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
        let text = format!("this computer has no list of whom it trusts{why}; install ca-certificates");
        return Err(Failed::because(CALL, text));
    }
    Ok(roots)
}

/// Tells the secrets of a session as soon as they are known.
struct Secrets {
    bell: Bell,
    host: Host,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets of the {}", self.host)
    }
}

impl rustls::KeyLog for Secrets {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        let line = format!("{label} {} {}", hex(client_random), hex(secret));
        (self.bell)(self.host, Note::Did(sys::now(), ProgramEvent::TlsSecret(line)));
    }
}

/// Why TLS failed, plainly.
fn because(error: &rustls::Error) -> Failed {
    use rustls::Error::{AlertReceived, InvalidCertificate, InvalidMessage, PeerIncompatible};
    let text = match error {
        InvalidCertificate(why) => match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet; is this computer's clock right?".to_owned()
            }
            CertificateError::UnknownIssuer => {
                "nobody whom this computer trusts vouches for the server's certificate".to_owned()
            }
            CertificateError::NotValidForNameContext { expected, presented } => {
                let quoted = |name: &String| name.split('"').nth(1).unwrap_or(name).to_owned();
                let names: Vec<String> = presented.iter().take(3).map(quoted).collect();
                let names = names.join(" and ");
                format!("the server's certificate is for {names}, not for {}", expected.to_str())
            }
            CertificateError::NotValidForName => {
                "the server's certificate is another host's".to_owned()
            }
            CertificateError::Revoked => "the server's certificate was revoked".to_owned(),
            other if other.to_string().contains("CaUsedAsEndEntity") => {
                "the server shows a certificate that vouches for others, and no server's; openssl req -x509 makes \
                 one for a server with -addext basicConstraints=CA:FALSE"
                    .to_owned()
            }
            other => {
                let name = format!("{other:?}");
                let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
                format!("the server's certificate can't be trusted ({name})")
            }
        },
        AlertReceived(alert @ (AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure)) => {
            format!("both sides have nothing in common: the other one stopped with the alert {alert:?}")
        }
        AlertReceived(alert) => format!("the other side stopped with the alert {alert:?}"),
        InvalidMessage(_) => "what the other side says is no TLS".to_owned(),
        PeerIncompatible(why) => format!("both sides have nothing in common: {why:?}"),
        other => other.to_string(),
    };
    Failed::because(CALL, text)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::timeout;

    use super::*;
    use crate::peer::Program;
    use crate::peer::program::Sockets;

    fn end(connection: Result<Connection, Failed>) -> Tls {
        Tls { connection: connection.ok().unwrap(), peer_ended: false, said_farewell: false }
    }

    #[test]
    fn what_follows_a_goodbye_is_left_alone() {
        let how = StartTls::default();
        let (mut here, mut there) = (end(client(&how, None)), end(server(&how, None)));
        while here.connection.is_handshaking() || there.connection.is_handshaking() {
            assert!(there.open(&here.outgoing()).is_ok());
            assert!(here.open(&there.outgoing()).is_ok());
        }
        let mut wire = there.seal(b"the end").ok().unwrap();
        wire.extend(there.farewell(false));
        wire.extend([0x17; 20_000]);
        assert_eq!(here.open(&wire).ok().unwrap(), b"the end");
        assert!(here.peer_ended);
    }

    /// The other end of a connection: what it says and hears goes over `stream`.
    async fn carry(stream: &mut TcpStream, tls: &mut Tls, until: impl Fn(&Tls) -> bool) -> Vec<u8> {
        let mut said = Vec::new();
        while !until(tls) {
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "it hung up");
            said.extend(tls.open(&buffer[..count]).ok().unwrap());
            stream.write_all(&tls.outgoing()).await.unwrap();
        }
        said
    }

    /// Whoever types while TLS answers for itself must not lose the answer, or what came with the question.
    #[tokio::test]
    async fn who_stops_waiting_in_the_middle_of_an_answer_loses_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let line = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        // The wire is never quiet until it is let go.
        let (busy, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let bell: Bell = {
            let (busy, asked) = (Arc::clone(&busy), Arc::clone(&asked));
            Arc::new(move |_, note| {
                if let Note::WantsQuiet(quiet) = note {
                    if busy.load(Ordering::Relaxed) {
                        asked.lock().unwrap().push(quiet);
                    } else {
                        let _ = quiet.send(());
                    }
                }
            })
        };
        let mut actor = Actor::new(Host::Client, &Program::default(), Vec::new(), bell, Sockets::default());
        actor.line = Some(Box::new(line));
        let how = StartTls { keys: false, ..StartTls::default() };
        let mut there = end(server(&how, None));
        let (mine, _) = tokio::join!(
            actor.start_tls(&how),
            carry(&mut stream, &mut there, |tls| !tls.connection.is_handshaking())
        );
        assert!(mine.is_ok());
        // What TLS has to say for itself goes out with what comes in; a program's words stand for it.
        actor.tls.as_mut().unwrap().connection.writer().write_all(b"mine, ").unwrap();
        let wire = there.seal(b"hello").ok().unwrap();
        stream.write_all(&wire).await.unwrap();
        busy.store(true, Ordering::Relaxed);
        for _ in 0..2 {
            let heard = timeout(Duration::from_millis(50), actor.receive()).await;
            assert!(heard.is_err(), "the wire is busy");
        }
        assert!(!asked.lock().unwrap().is_empty(), "the answer waits for the wire");
        busy.store(false, Ordering::Relaxed);
        assert_eq!(actor.receive().await.ok(), Some(5));
        assert_eq!(actor.unread, b"hello");
        // The other end reads on: no record is missing.
        assert!(actor.put(b"and you?").await.is_ok());
        let mut heard = Vec::new();
        while heard != b"mine, and you?" {
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).await.unwrap();
            heard.extend(there.open(&buffer[..count]).ok().unwrap());
        }
    }
}
