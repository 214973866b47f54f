//! An HTTP proxy on the server's host, and what a client says to it: CONNECT, and from then on bytes that the proxy carries
//! without reading them (RFC 9110, section 9.3.6).

use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::actor::{Actor, Failed, failed};
use super::{Action, Program};
use crate::event::Host;

impl Actor {
    /// The client's side: asks for a connection to `HOST:PORT`. It fails where the proxy refuses.
    pub(super) async fn tunnel_to(&mut self, target: &str) -> Result<(), Failed> {
        let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        self.put(request.as_bytes()).await?;
        let head = self.receive_head().await?;
        let line = String::from_utf8_lossy(&head);
        let line = line.lines().next().unwrap_or_default();
        match line.split(' ').nth(1) {
            Some(code) if code.starts_with('2') && code.len() == 3 => Ok(()),
            _ => Err(Failed::because("connect", format!("the proxy refused: {line}"))),
        }
    }

    /// The proxy. Whatever is asked for is found on its own host: a server that does these actions.
    pub(super) async fn proxy(&mut self, actions: &[Action]) -> Result<(), Failed> {
        let head = self.receive_head().await?;
        if !head.starts_with(b"CONNECT ") {
            let refusal = b"HTTP/1.1 405 Method Not Allowed\r\nAllow: CONNECT\r\nContent-Length: 0\r\n\r\n";
            self.put(refusal).await?;
            return Err(Failed::because("proxy", "the client did not ask with CONNECT"));
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed("bind"))?;
        let address = listener.local_addr().map_err(failed("bind"))?;
        let bell = Arc::clone(&self.bell);
        let behind = async {
            let (stream, _) = listener.accept().await.map_err(failed("accept"))?;
            // Its segments are on no wire of ours: nobody can say whether that is quiet.
            let program = Program { patient: false, ..Program::default() };
            let mut server = Actor::new(Host::Server, &program, Vec::new(), bell, super::Sockets::default());
            server.line = Some(Box::new(stream));
            if let Err(failed) = server.act_all(actions).await {
                server.fail(failed).await;
            }
            Ok(())
        };
        let carried = async {
            let stream = TcpStream::connect(address).await.map_err(failed("connect"))?;
            self.put(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
            self.carry(stream).await
        };
        let (carried, behind) = tokio::join!(carried, Box::pin(behind));
        carried.and(behind)
    }

    /// Carries bytes both ways, until both sides have said that this was all.
    async fn carry(&mut self, mut server: TcpStream) -> Result<(), Failed> {
        let early = std::mem::take(&mut self.unread);
        server.write_all(&early).await.map_err(failed("send"))?;
        let mut buffer = vec![0; 65536];
        let (mut client_ended, mut server_ended) = (false, false);
        while !(client_ended && server_ended) {
            tokio::select! {
                received = self.receive(), if !client_ended => {
                    client_ended = received? == 0;
                    let bytes = std::mem::take(&mut self.unread);
                    if client_ended {
                        server.shutdown().await.map_err(failed("shutdown"))?;
                    } else {
                        server.write_all(&bytes).await.map_err(failed("send"))?;
                    }
                }
                read = server.read(&mut buffer), if !server_ended => {
                    let count = read.map_err(failed("recv"))?;
                    server_ended = count == 0;
                    if server_ended {
                        self.quiet().await;
                        self.shut_down().await?;
                    } else {
                        self.put(buffer.get(..count).unwrap_or_default()).await?;
                    }
                }
            }
        }
        Ok(())
    }
}
