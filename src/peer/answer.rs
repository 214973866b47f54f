//! A small HTTP server: one short page, whatever is asked.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::program::{Bell, Note};
use crate::event::{Host, ProgramEvent};
use crate::sys::{self, text_of};

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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        tokio::select! {
            biased;
            _ = cancel => {}
            () = answer_all(listener, count, Arc::clone(&bell)) => {}
        }
        io::Result::Ok(())
    })?;
    bell(Host::Server, Note::Ended);
    Ok(())
}

async fn answer_all(listener: TcpListener, count: Option<u32>, bell: Bell) {
    let tell = |event| bell(Host::Server, Note::Did(sys::now(), event));
    let mut answered = 0;
    while count.is_none_or(|count| answered < count) {
        match listener.accept().await {
            Ok((stream, peer)) => {
                tell(ProgramEvent::Accepted(peer));
                if let Err(error) = answer(stream, peer, &tell).await {
                    tell(failed("recv", &error));
                }
                answered += 1;
            }
            Err(error) => {
                tell(failed("accept", &error));
                // Too many open files, for example: again in a while.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
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

fn failed(call: &str, error: &io::Error) -> ProgramEvent {
    let errno = error.raw_os_error().unwrap_or(0);
    ProgramEvent::Failed { call: call.to_owned(), errno, text: text_of(error) }
}
