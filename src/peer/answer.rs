//! A small HTTP server: one short page, whatever is asked.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::actor::failed;
use super::callers::Callers;
use super::program::{Bell, Note};
use crate::event::{Host, ProgramEvent};
use crate::sys;

/// A client that says nothing, or does not close, is waited for so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// A longer question is cut here.
const MAX_REQUEST_BYTES: usize = 16 * 1024;

/// Answers whoever connects, one after the other, `count` times (`None`: for ever) or until it is cancelled.
pub(crate) fn serve(
    listener: std::net::TcpListener,
    count: Option<u32>,
    bell: Bell,
    cancel: oneshot::Receiver<()>,
) -> io::Result<()> {
    let callers = Callers { listener, count, at_once: 1, bell, cancel };
    callers.each(|stream, peer, bell| async move {
        let tell = |event| bell(Host::Server, Note::Did(sys::now(), event));
        if let Err(error) = answer(stream, peer, &tell).await {
            tell(failed("recv")(error).into());
        }
    })
}

async fn answer(mut stream: TcpStream, peer: SocketAddr, tell: &impl Fn(ProgramEvent)) -> io::Result<()> {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    while !is_whole(&request) && request.len() < MAX_REQUEST_BYTES {
        let Ok(read) = timeout(PATIENCE, stream.read(&mut part)).await else { break };
        let count = read?;
        if count == 0 {
            tell(ProgramEvent::EndOfStream);
            break;
        }
        tell(ProgramEvent::Received(count));
        request.extend_from_slice(part.get(..count).unwrap_or_default());
    }
    if !request.is_empty() {
        let page = page(peer);
        stream.write_all(&page).await?;
        tell(ProgramEvent::Sent(page.len()));
    }
    stream.shutdown().await?;
    // Closed with something unread, the connection would end with RST.
    while let Ok(Ok(count)) = timeout(PATIENCE, stream.read(&mut part)).await {
        if count == 0 {
            tell(ProgramEvent::EndOfStream);
            break;
        }
        tell(ProgramEvent::Received(count));
    }
    drop(stream);
    tell(ProgramEvent::Closed);
    Ok(())
}

/// The empty line that ends an HTTP request's head.
fn is_whole(request: &[u8]) -> bool {
    request.windows(4).any(|four| four == b"\r\n\r\n") || request.windows(2).any(|two| two == b"\n\n")
}

fn page(peer: SocketAddr) -> Vec<u8> {
    let body = format!(
        "<!doctype html>\n<title>netlab</title>\n<p>Hello, {peer}. The terminal that started netlab shows how this \
         connection was opened.\n"
    );
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head, body].concat().into_bytes()
}
