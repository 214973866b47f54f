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
}

impl Observer {
    /// For the connection between these two.
    pub(super) fn new(client: SocketAddr, server: SocketAddr) -> Observer {
        Observer { client, server, begun: [false; 2] }
    }

    /// What both kernels say now.
    pub(super) fn look(&mut self, hosts: &Hosts) -> io::Result<Sockets> {
        Ok(Sockets { client: self.look_at(hosts, Host::Client)?, server: self.look_at(hosts, Host::Server)? })
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
