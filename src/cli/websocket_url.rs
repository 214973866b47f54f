//! `netlab websocket URL`: a real server.

use std::path::Path;
use std::time::Duration;

use netlab::lab::scenario::{Action, HangUp, Program, StartTls, Upgrade};

use super::live_own::Call;
use super::quoted::quoted;
use super::websocket::Args;
use super::{Exit, Output, Usage};

/// What a URL says.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// `HOST:PORT`, as it is connected to.
    address: String,
    /// As the Host header says it: without the scheme's own port.
    host: String,
    /// Path and query.
    path: String,
    /// For wss: whose certificate the server must have.
    inside_tls: Option<String>,
}

/// Speaks with the server, and tells it.
pub(crate) fn run(args: &Args, url: &str, out: &mut Output) -> anyhow::Result<Exit> {
    let place = place(url)?;
    let mut upgrade = Upgrade { path: place.path, host: Some(place.host), ..Upgrade::default() };
    args.ask(&mut upgrade);
    let mut client =
        if args.interactive { obedient(upgrade) } else { caller(upgrade, !args.send.is_empty()) };
    if let Some(server_name) = place.inside_tls {
        let tls = StartTls { server_name, system_trust: true, ..StartTls::default() };
        client.actions.insert(1, Action::StartTls(tls));
    }
    let call = Call {
        shown: url,
        address: place.address,
        client,
        messages: args.send.iter().map(|text| text.as_bytes().to_vec()).collect(),
        again: format!("netlab websocket {}", quoted(Path::new(url))),
        must_open: true,
        waits: ANSWER * args.send.len().max(1) as u32,
        command: "websocket",
        subject: args.subject(),
    };
    call.run(&args.live, out)
}

/// What our client does: it asks, says each message, listens a little, and says goodbye.
fn caller(upgrade: Upgrade, speaks: bool) -> Program {
    let mut actions = vec![Action::Connect, Action::Upgrade(upgrade)];
    if speaks {
        let each = vec![Action::Say("{message}".into()), Action::AwaitAtMostMs(ANSWER.as_millis() as u64)];
        actions.push(Action::EachMessage(each));
    } else {
        actions.push(Action::AwaitAtMostMs(ANSWER.as_millis() as u64));
    }
    let goodbye = HangUp { code: Some(1000), reason: String::new() };
    actions.extend([Action::HangUp(goodbye), Action::AwaitClosed, Action::Close]);
    Program { actions, ..Program::default() }
}

/// A client that does what is typed.
fn obedient(upgrade: Upgrade) -> Program {
    let actions = vec![Action::Connect, Action::Upgrade(upgrade), Action::Obey, Action::Close];
    Program { actions, ..Program::default() }
}

/// A server need not answer; so long it is waited for.
const ANSWER: Duration = Duration::from_secs(1);

/// Takes a URL apart (RFC 6455, section 3).
fn place(url: &str) -> Result<Place, Usage> {
    let wrong = |why: &str| Usage(format!("{url:?}: {why}; for example: ws://localhost:8080/chat"));
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(wrong("a WebSocket's URL begins with ws:// or wss://"));
    };
    let usual = match scheme.to_ascii_lowercase().as_str() {
        "ws" => 80,
        "wss" => 443,
        "http" => return Err(of_the_web(url, scheme, &format!("ws://{rest}"))),
        "https" => return Err(of_the_web(url, scheme, &format!("wss://{rest}"))),
        _ => return Err(wrong("a WebSocket's URL begins with ws:// or wss://")),
    };
    if rest.contains('#') {
        return Err(wrong("a WebSocket's URL has no #fragment"));
    }
    if let Some(bad) = rest.chars().find(|c| c.is_whitespace() || c.is_control() || !c.is_ascii()) {
        return Err(wrong(&format!("{bad:?} must be written as %XX")));
    }
    let (host, path) = match rest.find(['/', '?']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    if host.contains('@') {
        return Err(wrong("netlab sends no user name; put --header 'Authorization: ...' instead"));
    }
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    if name.is_empty() {
        return Err(wrong("the host is missing"));
    }
    if name.contains(':') && !(name.starts_with('[') && name.ends_with(']')) {
        return Err(wrong("an IPv6 address needs brackets"));
    }
    let port = match port.map(str::parse::<u16>) {
        None => usual,
        Some(Ok(port)) if port > 0 => port,
        Some(_) => return Err(wrong("the port is no number from 1 to 65535")),
    };
    let host = if port == usual { name.to_owned() } else { format!("{name}:{port}") };
    let inside_tls = (usual == 443).then(|| name.trim_matches(['[', ']']).to_owned());
    Ok(Place { address: format!("{name}:{port}"), host, path, inside_tls })
}

/// What is said of a page's URL. `same`: the same place by WebSocket.
fn of_the_web(url: &str, scheme: &str, same: &str) -> Usage {
    let same = quoted(Path::new(same));
    Usage(format!(
        "{url:?}: a WebSocket's URL begins with ws:// or wss://, not {scheme}://; type: netlab websocket {same}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_host_port_and_path() {
        let is = |url: &str, address: &str, host: &str, path: &str| {
            let (address, host, path) = (address.to_owned(), host.to_owned(), path.to_owned());
            let place = place(url).unwrap();
            assert_eq!((place.address, place.host, place.path), (address, host, path), "{url}");
            let name = url.strip_prefix("wss://").map(|_| "example.org".to_owned());
            assert_eq!(place.inside_tls, name, "{url}");
        };
        is("ws://example.org", "example.org:80", "example.org", "/");
        is("WS://example.org:8080/chat?room=1", "example.org:8080", "example.org:8080", "/chat?room=1");
        is("ws://[::1]:9000/", "[::1]:9000", "[::1]:9000", "/");
        is("ws://[2001:db8::1]", "[2001:db8::1]:80", "[2001:db8::1]", "/");
        is("wss://example.org/", "example.org:443", "example.org", "/");
        is("wss://example.org:80", "example.org:80", "example.org:80", "/");
        is("ws://localhost:80?x", "localhost:80", "localhost", "/?x");
    }

    #[test]
    fn what_is_none_is_told_with_what_to_type() {
        for (url, problem) in [
            ("localhost:8080", "begins with ws:// or wss://"),
            ("ftp://localhost", "begins with ws:// or wss://"),
            ("ws://", "the host is missing"),
            ("ws://:80/", "the host is missing"),
            ("ws://host:0/", "no number"),
            ("ws://host:http/", "no number"),
            ("ws://::1:80/", "brackets"),
            ("ws://host/a#b", "no #fragment"),
            ("ws://host/a b", "%XX"),
            ("ws://me:secret@host/", "Authorization"),
        ] {
            let told = place(url).unwrap_err().to_string();
            assert!(told.contains(problem) && told.contains("ws://localhost:8080/chat"), "{url}: {told}");
        }
    }

    #[test]
    fn a_pages_url_is_answered_with_the_websockets() {
        for (url, scheme, same) in [
            ("http://localhost:8080/chat", "http", "ws://localhost:8080/chat"),
            ("https://example.org", "https", "wss://example.org"),
            ("HTTP://example.org/?room=1", "HTTP", "'ws://example.org/?room=1'"),
        ] {
            let told = place(url).unwrap_err().to_string();
            assert!(told.contains(&format!("begins with ws:// or wss://, not {scheme}://")), "{told}");
            assert!(told.ends_with(&format!("type: netlab websocket {same}")), "{told}");
        }
    }
}
