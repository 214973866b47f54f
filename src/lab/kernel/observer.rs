//! Looks at both ends of the connection, in both kernels.

use std::io;
use std::net::SocketAddr;

use super::build::Hosts;
use crate::event::{Host, Socket, Sockets, TcpState};

/// Knows the connection's addresses, and whether a host has had a socket of its own for it.
pub(super) struct Observer {
    client: SocketAddr,
    server: SocketAddr,
    begun: [bool; 2],
    /// The kernel does not answer: its module for this may be missing, and it then says "no socket" of all.
    blind: bool,
}

impl Observer {
    /// For the connection between these two. Where `listening`, the server's listener must be seen, else nothing that is
    /// seen can be believed.
    pub(super) fn new(hosts: &Hosts, client: SocketAddr, server: SocketAddr, listening: bool) -> Observer {
        let mut observer = Observer { client, server, begun: [false; 2], blind: false };
        let seen = observer.look(hosts).map(|sockets| sockets.server.state);
        observer.blind |= listening && seen != Some(TcpState::Listen);
        observer
    }

    /// What both kernels say now; `None` where they do not answer.
    pub(super) fn look(&mut self, hosts: &Hosts) -> Option<Sockets> {
        if self.blind {
            return None;
        }
        let client = self.look_at(hosts, Host::Client);
        let server = self.look_at(hosts, Host::Server);
        match (client, server) {
            (Ok(client), Ok(server)) => Some(Sockets { client, server }),
            _ => {
                self.blind = true;
                None
            }
        }
    }

    fn look_at(&mut self, hosts: &Hosts, host: Host) -> io::Result<Socket> {
        let (local, remote, begun) = match host {
            Host::Client => (self.client, self.server, &mut self.begun[0]),
            Host::Server => (self.server, self.client, &mut self.begun[1]),
        };
        let mut socket = hosts.of(host).sockets.socket(local, remote)?;
        match socket.state {
            // Its own socket is gone: the listener that the kernel finds instead is not this connection.
            TcpState::Listen if *begun => {
                socket =
                    Socket { state: TcpState::Closed, timer: None, rto: None, unacked: None, cwnd: None };
            }
            TcpState::Listen | TcpState::Closed => {}
            _ => *begun = true,
        }
        Ok(socket)
    }
}
