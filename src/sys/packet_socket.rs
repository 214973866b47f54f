//! AF_PACKET: every Ethernet frame of one interface, in and out.

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};
use std::ptr;

use crate::frame::Time;

/// Of `linux/if_packet.h`.
const PACKET_STATISTICS: libc::c_int = 6;
const PACKET_QDISC_BYPASS: libc::c_int = 20;
const PACKET_IGNORE_OUTGOING: libc::c_int = 23;
/// Of `asm-generic/sockios.h`.
const SIOCGSTAMPNS: libc::c_ulong = 0x8907;
/// Asked for; the host's `net.core.rmem_max` may allow less. Lost frames are counted either way.
const RECEIVE_BUFFER_BYTES: libc::c_int = 4 << 20;

/// A frame that was read: how much of it lies in the buffer, and what the kernel says beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived {
    /// Bytes in the buffer.
    pub(crate) kept: usize,
    /// Bytes on the wire.
    pub(crate) original: usize,
    /// When the kernel saw it.
    pub(crate) time: Time,
}

/// A packet socket. Closing it waits some milliseconds in the kernel.
pub(crate) struct PacketSocket {
    socket: OwnedFd,
}

impl PacketSocket {
    /// The end of a cable that we hold: what comes out of it, not what we put in.
    ///
    /// Opened with no protocol, so that nothing arrives before all is set.
    pub(crate) fn on_cable(index: u32) -> io::Result<PacketSocket> {
        let packet = PacketSocket::open(libc::SOCK_RAW)?;
        packet.option(libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
        packet.option(libc::SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)?;
        // Without it about one run in a hundred loses its first frame for a second.
        packet.option(libc::SOL_PACKET, PACKET_QDISC_BYPASS, 1)?;
        packet.bind(index)?;
        Ok(packet)
    }

    /// For the frames of one interface of this computer that `filter` lets through, in and out.
    ///
    /// On loopback the kernel shows each frame twice, going out and coming in: only the latter are taken. Where an
    /// interface has no Ethernet header (a tunnel), frames begin with the IP header.
    pub(crate) fn on_interface(
        index: u32,
        filter: &[libc::sock_filter],
    ) -> io::Result<(PacketSocket, Hardware)> {
        let mut packet = PacketSocket::open(libc::SOCK_RAW)?;
        packet.attach(filter)?;
        packet.bind(index)?;
        let hardware = packet.hardware()?;
        match hardware {
            Hardware::Ethernet => {}
            Hardware::Loopback => packet.option(libc::SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)?,
            Hardware::Bare => {
                packet = PacketSocket::open(libc::SOCK_DGRAM)?;
                packet.attach(filter)?;
                packet.bind(index)?;
            }
        }
        Ok((packet, hardware))
    }

    /// Lets the kernel give only frames that this classic BPF program accepts.
    fn attach(&self, filter: &[libc::sock_filter]) -> io::Result<()> {
        let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_ptr().cast_mut() };
        let length = mem::size_of_val(&program) as libc::socklen_t;
        // SAFETY: `program` points to `filter` with its length; the kernel copies and checks it before the call returns.
        let result = unsafe {
            libc::setsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_ATTACH_FILTER,
                ptr::from_ref(&program).cast(),
                length,
            )
        };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// What the interface is that this socket is bound to.
    fn hardware(&self) -> io::Result<Hardware> {
        // SAFETY: an all-zero sockaddr_ll is a valid one.
        let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
        let mut length = mem::size_of_val(&address) as libc::socklen_t;
        // SAFETY: the pointer and the length are those of `address`, which lives until the call returns.
        let result = unsafe {
            libc::getsockname(self.socket.as_raw_fd(), ptr::from_mut(&mut address).cast(), &mut length)
        };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(match address.sll_hatype {
            libc::ARPHRD_ETHER => Hardware::Ethernet,
            libc::ARPHRD_LOOPBACK => Hardware::Loopback,
            _ => Hardware::Bare,
        })
    }

    /// A second descriptor of the same socket, for [`last_time`].
    pub(crate) fn second(&self) -> io::Result<OwnedFd> {
        self.socket.try_clone()
    }

    /// Gives the descriptor away.
    pub(crate) fn into_raw(self) -> i32 {
        self.socket.into_raw_fd()
    }

    fn open(kind: libc::c_int) -> io::Result<PacketSocket> {
        let kind = kind | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: socket takes three numbers and gives a new descriptor or -1.
        let socket = unsafe { libc::socket(libc::AF_PACKET, kind, 0) };
        if socket < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new, valid and nobody else's.
        let packet = PacketSocket { socket: unsafe { OwnedFd::from_raw_fd(socket) } };
        packet.option(libc::SOL_SOCKET, libc::SO_RCVBUF, RECEIVE_BUFFER_BYTES)?;
        Ok(packet)
    }

    fn option(&self, level: libc::c_int, name: libc::c_int, value: libc::c_int) -> io::Result<()> {
        let length = mem::size_of_val(&value) as libc::socklen_t;
        // SAFETY: the pointer and the length are those of `value`, which lives until the call returns.
        let result = unsafe {
            libc::setsockopt(self.socket.as_raw_fd(), level, name, ptr::from_ref(&value).cast(), length)
        };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    fn bind(&self, index: u32) -> io::Result<()> {
        // SAFETY: an all-zero sockaddr_ll is a valid one.
        let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
        address.sll_ifindex = index as i32;
        let length = mem::size_of_val(&address) as libc::socklen_t;
        // SAFETY: the pointer and the length are those of `address`, which lives until the call returns.
        let result = unsafe { libc::bind(self.socket.as_raw_fd(), ptr::from_ref(&address).cast(), length) };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// The next frame that has arrived; `None` where there is none now.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<Arrived>> {
        let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
        let mut control = [0u64; 16];
        // SAFETY: an all-zero msghdr is a valid one.
        let mut message: libc::msghdr = unsafe { mem::zeroed() };
        message.msg_iov = &mut part;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = mem::size_of_val(&control) as _;
        // SAFETY: all that `message` points to lives until the call returns, with the lengths given.
        let got = unsafe { libc::recvmsg(self.socket.as_raw_fd(), &mut message, libc::MSG_TRUNC) };
        let Ok(original) = usize::try_from(got) else {
            let error = io::Error::last_os_error();
            return match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(None),
                _ => Err(error),
            };
        };
        let time = kernel_time(&message).unwrap_or_else(crate::sys::now);
        Ok(Some(Arrived { kept: original.min(buffer.len()), original, time }))
    }

    /// Sends a frame.
    pub(crate) fn send(&self, frame: &[u8]) -> io::Result<()> {
        // SAFETY: the pointer and the length are those of a live slice; the kernel only reads it.
        let sent = unsafe { libc::send(self.socket.as_raw_fd(), frame.as_ptr().cast(), frame.len(), 0) };
        if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// How many frames were lost because the socket's buffer was full, since this was last asked.
    pub(crate) fn lost(&self) -> io::Result<u64> {
        lost(&self.socket)
    }
}

/// How many frames a packet socket lost because its buffer was full, since this was last asked.
pub(crate) fn lost(socket: &impl AsFd) -> io::Result<u64> {
    let mut counts = [0u32; 2]; // struct tpacket_stats: packets, drops
    let mut length = mem::size_of_val(&counts) as libc::socklen_t;
    // SAFETY: the pointer and the length are those of `counts`, which lives until the call returns.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_PACKET,
            PACKET_STATISTICS,
            counts.as_mut_ptr().cast(),
            &mut length,
        )
    };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(counts[1].into()) }
}

/// When the kernel saw the frame that was last read from a packet socket. The first call, before any frame, switches the
/// time stamps on and gives `None`.
pub(crate) fn last_time(socket: &impl AsFd) -> Option<Time> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: SIOCGSTAMPNS writes a timespec to the pointer, which lives until the call returns.
    let result =
        unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), SIOCGSTAMPNS as _, ptr::from_mut(&mut time)) };
    (result == 0).then(|| Time(i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)))
}

/// What kind of interface it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hardware {
    /// Ethernet, Wi-Fi, and what looks like it.
    Ethernet,
    /// `lo`: Ethernet headers with zeros in them.
    Loopback,
    /// No header that we know: frames begin with the IP header.
    Bare,
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// The time stamp beside a message.
fn kernel_time(message: &libc::msghdr) -> Option<Time> {
    // SAFETY: `message` was filled by recvmsg; the macros walk its control buffer within the length it gave.
    let mut header = unsafe { libc::CMSG_FIRSTHDR(message) };
    while !header.is_null() {
        // SAFETY: the macros gave a header that lies wholly in the control buffer.
        let (level, kind) = unsafe { ((*header).cmsg_level, (*header).cmsg_type) };
        if level == libc::SOL_SOCKET && kind == libc::SCM_TIMESTAMPNS {
            // SAFETY: the data of such a header is a timespec; it may lie unaligned.
            let time: libc::timespec = unsafe { ptr::read_unaligned(libc::CMSG_DATA(header).cast()) };
            return Some(Time(i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)));
        }
        // SAFETY: as for the first.
        header = unsafe { libc::CMSG_NXTHDR(message, header) };
    }
    None
}
