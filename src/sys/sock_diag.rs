//! What the kernel says of one TCP connection's socket (`NETLINK_SOCK_DIAG`), asked by its addresses and ports.
//!
//! An exact question, not a dump: some microseconds instead of milliseconds, and it finds half-open connections
//! (SYN-RECEIVED) and TIME-WAIT too. Where there is no connection the kernel answers with the listener.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::netlink::{Netlink, Request, attribute, number};
use crate::event::{Socket, TcpState, Timer, TimerKind};

/// `SOCK_DIAG_BY_FAMILY` of `linux/sock_diag.h`.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
/// `INET_DIAG_INFO` of `linux/inet_diag.h`: the attribute that holds a `struct tcp_info`.
const INET_DIAG_INFO: u16 = 2;
/// Length of the fixed part of an answer (`struct inet_diag_msg`).
const ANSWER_BYTES: usize = 72;

/// No socket at all.
const CLOSED: Socket = Socket { state: TcpState::Closed, timer: None, rto: None, unacked: None, cwnd: None };

/// Asks one host's kernel about its sockets, from any thread.
pub(crate) struct SockDiag(Netlink);

impl SockDiag {
    /// For the network namespace that this thread is in now.
    pub(crate) fn open() -> io::Result<SockDiag> {
        Netlink::open(libc::NETLINK_SOCK_DIAG).map(SockDiag)
    }

    /// The socket of the connection from `local` to `remote`, else the listener at `local`, else CLOSED.
    pub(crate) fn socket(&self, local: SocketAddr, remote: SocketAddr) -> io::Result<Socket> {
        let mut body = vec![family(local), libc::IPPROTO_TCP as u8, 1 << (INET_DIAG_INFO - 1), 0];
        body.extend_from_slice(&u32::MAX.to_ne_bytes()); // any state
        body.extend_from_slice(&local.port().to_be_bytes());
        body.extend_from_slice(&remote.port().to_be_bytes());
        body.extend_from_slice(&sixteen_bytes(local.ip()));
        body.extend_from_slice(&sixteen_bytes(remote.ip()));
        body.extend_from_slice(&[0; 4]); // any interface
        body.extend_from_slice(&[0xff; 8]); // no cookie: whoever has these addresses
        let request = Request::new(SOCK_DIAG_BY_FAMILY, 0).fixed(&body);
        let mut buffer = [0; 4096];
        match self.0.ask(request, &mut buffer) {
            Ok(answer) => Ok(read(answer)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(CLOSED),
            Err(error) => Err(error),
        }
    }
}

fn read(answer: &[u8]) -> Socket {
    let state = answer.get(1).copied().and_then(TcpState::from_linux).unwrap_or(TcpState::Closed);
    let info = attribute(answer, ANSWER_BYTES, INET_DIAG_INFO);
    let listens = state == TcpState::Listen;
    let of_info = |place| info.filter(|_| !listens).and_then(|info| number(info, place));
    Socket {
        state,
        timer: timer(answer),
        rto: of_info(8).filter(|rto| *rto > 0).map(|micros| Duration::from_micros(micros.into())),
        unacked: of_info(24),
        cwnd: of_info(80),
    }
}

fn timer(answer: &[u8]) -> Option<Timer> {
    let kind = match *answer.get(2)? {
        1 => TimerKind::Retransmission,
        2 => TimerKind::KeepAlive,
        3 => TimerKind::TimeWait,
        4 => TimerKind::Probe,
        _ => return None,
    };
    let left = Duration::from_millis(number(answer, 52)?.into());
    Some(Timer { kind, left, retransmits: *answer.get(3)? })
}

fn family(address: SocketAddr) -> u8 {
    if address.is_ipv4() { libc::AF_INET as u8 } else { libc::AF_INET6 as u8 }
}

fn sixteen_bytes(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let mut bytes = [0; 16];
            for (place, byte) in bytes.iter_mut().zip(address.octets()) {
                *place = byte;
            }
            bytes
        }
        IpAddr::V6(address) => address.octets(),
    }
}
