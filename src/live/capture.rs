//! A raw capture: pnet's channel over a packet socket that we prepared.
//!
//! pnet's own sockets hide the kernel's time, the frames that were lost and the direction; over ours (`socket_fd`) it gives
//! the frames, and a second descriptor of the same socket the rest.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use pnet::datalink::{self, Channel, DataLinkReceiver, NetworkInterface};

use super::{Broken, Step};
use crate::frame::{LinkType, Time};
use crate::sys::packet_socket::{self, Hardware, PacketSocket};
use crate::sys::{self, filter};

/// Longer than any frame, also one that the kernel has put together from several (GRO).
const BUFFER_BYTES: usize = 1 << 18;

/// One interface, captured.
pub(super) struct Capture {
    frames: Box<dyn DataLinkReceiver>,
    socket: OwnedFd,
    link: LinkType,
}

/// A frame as it was captured.
pub(super) struct Captured {
    pub(super) time: Time,
    pub(super) link: LinkType,
    pub(super) bytes: Vec<u8>,
}

impl Capture {
    /// Captures what may belong to TCP conversations at this port.
    pub(super) fn open(interface: &NetworkInterface, port: u16) -> Result<Capture, Broken> {
        Capture::try_open(interface, port).map_err(Broken::at(Step::Capture))
    }

    fn try_open(interface: &NetworkInterface, port: u16) -> io::Result<Capture> {
        let (packet, hardware) = PacketSocket::on_interface(interface.index, &filter::tcp_port(port))?;
        let socket = packet.second()?;
        // Switches the kernel's time stamps on.
        packet_socket::last_time(&socket);
        let config = datalink::Config {
            socket_fd: Some(packet.into_raw()), // pnet closes it
            promiscuous: false,
            read_buffer_size: BUFFER_BYTES,
            read_timeout: Some(Duration::ZERO),
            ..datalink::Config::default()
        };
        let Channel::Ethernet(_, frames) = datalink::channel(interface, config)? else {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        };
        let link = match hardware {
            Hardware::Ethernet | Hardware::Loopback => LinkType::Ethernet,
            Hardware::Bare => LinkType::RawIp,
        };
        Ok(Capture { frames, socket, link })
    }

    /// The next frame; `None` where there is none now.
    pub(super) fn next(&mut self) -> io::Result<Option<Captured>> {
        match self.frames.next() {
            Ok(bytes) => {
                let bytes = bytes.to_vec();
                let time = packet_socket::last_time(&self.socket).unwrap_or_else(sys::now);
                Ok(Some(Captured { time, link: self.link, bytes }))
            }
            Err(error) => match error.kind() {
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(None),
                // pnet's way to say that the descriptor is in error.
                io::ErrorKind::Other => {
                    Err(io::Error::new(io::ErrorKind::NetworkDown, "the interface went down"))
                }
                _ => Err(error),
            },
        }
    }

    /// How many frames were lost since this was last asked.
    pub(super) fn lost(&self) -> u64 {
        packet_socket::lost(&self.socket).unwrap_or(0)
    }
}

impl AsFd for Capture {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// The loopback interface.
pub(super) fn loopback() -> Result<NetworkInterface, Broken> {
    let mut all = datalink::interfaces().into_iter();
    all.find(NetworkInterface::is_loopback).ok_or(Broken { step: Step::Capture, errno: libc::ENODEV })
}

/// The interface of this number.
pub(super) fn numbered(index: u32) -> Option<NetworkInterface> {
    datalink::interfaces().into_iter().find(|interface| interface.index == index)
}

/// The interfaces that frames for this address of ours come in by: also loopback, when we speak to ourselves.
pub(super) fn of_address(address: IpAddr) -> Vec<NetworkInterface> {
    let takes = |interface: &NetworkInterface| {
        let ours = interface.ips.iter().any(|network| network.ip() == address);
        interface.is_up() && (interface.is_loopback() || address.is_unspecified() || ours)
    };
    datalink::interfaces().into_iter().filter(takes).collect()
}
