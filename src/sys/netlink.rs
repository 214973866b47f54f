//! Netlink: messages with nested attributes to the kernel, and its answers.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Length of the header of every message (`struct nlmsghdr`).
const HEADER_BYTES: usize = 16;
const ALIGNMENT: usize = 4;

/// A request, put together piece by piece.
pub(crate) struct Request {
    bytes: Vec<u8>,
}

impl Request {
    /// A request of this kind (`RTM_NEWLINK` ...). It will be acknowledged, unless it is a question.
    pub(crate) fn new(kind: u16, flags: libc::c_int) -> Request {
        let flags = (libc::NLM_F_REQUEST | flags) as u16;
        let mut bytes = vec![0; HEADER_BYTES];
        bytes.splice(4..6, kind.to_ne_bytes());
        bytes.splice(6..8, flags.to_ne_bytes());
        bytes.splice(8..12, 1u32.to_ne_bytes());
        Request { bytes }
    }

    /// Adds bytes as they are: the fixed part of this kind of message.
    pub(crate) fn fixed(mut self, bytes: &[u8]) -> Request {
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNMENT), 0);
        self
    }

    /// Adds an attribute: its length is exact, the padding after it is not counted.
    pub(crate) fn attribute(mut self, kind: u16, value: &[u8]) -> Request {
        let length = (4 + value.len()) as u16;
        self.bytes.extend_from_slice(&length.to_ne_bytes());
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        self.fixed(value)
    }

    /// Adds an attribute that is text, with the zero that ends it.
    pub(crate) fn text(self, kind: u16, value: &str) -> Request {
        self.attribute(kind, format!("{value}\0").as_bytes())
    }

    /// Adds an attribute that holds what `fill` adds.
    pub(crate) fn nested(mut self, kind: u16, fill: impl FnOnce(Request) -> Request) -> Request {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.splice(start + 2..start + 4, kind.to_ne_bytes());
        let mut filled = fill(self);
        let length = (filled.bytes.len() - start) as u16;
        filled.bytes.splice(start..start + 2, length.to_ne_bytes());
        filled
    }

    fn finish(mut self) -> Vec<u8> {
        let length = self.bytes.len() as u32;
        self.bytes.splice(0..4, length.to_ne_bytes());
        self.bytes
    }
}

/// A netlink socket. It speaks to the network namespace in which it was opened, whatever thread uses it later.
pub(crate) struct Netlink {
    socket: OwnedFd,
}

impl Netlink {
    /// Opens one for `NETLINK_ROUTE` or `NETLINK_SOCK_DIAG`.
    pub(crate) fn open(protocol: libc::c_int) -> io::Result<Netlink> {
        // SAFETY: socket takes three numbers and gives a new descriptor or -1.
        let socket = unsafe { libc::socket(libc::AF_NETLINK, libc::SOCK_RAW | libc::SOCK_CLOEXEC, protocol) };
        if socket < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new, valid and nobody else's.
        Ok(Netlink { socket: unsafe { OwnedFd::from_raw_fd(socket) } })
    }

    /// Sends a request and waits for the kernel's word that it was done.
    pub(crate) fn do_it(&self, request: Request) -> io::Result<()> {
        let mut buffer = [0; 4096];
        self.ask(request, &mut buffer).map(drop)
    }

    /// Sends a question and gives the body of the answer; empty for an acknowledgement.
    pub(crate) fn ask<'a>(&self, request: Request, buffer: &'a mut [u8; 4096]) -> io::Result<&'a [u8]> {
        let bytes = request.finish();
        // SAFETY: the pointer and the length are those of a live Vec; the kernel only reads it.
        let sent = unsafe { libc::send(self.socket.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), 0) };
        if sent < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the pointer and the length are those of a live buffer that nobody else uses meanwhile.
        let got = unsafe { libc::recv(self.socket.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), 0) };
        let got = usize::try_from(got).map_err(|_| io::Error::last_os_error())?;
        let answer = buffer.get(..got).unwrap_or_default();
        let short =
            || io::Error::new(io::ErrorKind::UnexpectedEof, "the kernel's netlink answer is cut short");
        let length = number(answer, 0).ok_or_else(short)? as usize;
        let kind = answer.get(4..6).and_then(|bytes| bytes.try_into().ok()).map(u16::from_ne_bytes);
        let body = answer.get(HEADER_BYTES..length.min(got)).ok_or_else(short)?;
        if kind == Some(libc::NLMSG_ERROR as u16) {
            return match number(body, 0).ok_or_else(short)? as i32 {
                0 => Ok(&[]),
                error => Err(io::Error::from_raw_os_error(-error)),
            };
        }
        Ok(body)
    }
}

/// The number of four bytes at `place`, in this computer's order, as netlink has them.
pub(super) fn number(bytes: &[u8], place: usize) -> Option<u32> {
    let bytes = bytes.get(place..place + mem::size_of::<u32>())?;
    bytes.try_into().ok().map(u32::from_ne_bytes)
}

/// The value of the first attribute of this kind, in an answer whose fixed part has so many bytes.
pub(super) fn attribute(answer: &[u8], fixed: usize, wanted: u16) -> Option<&[u8]> {
    let mut rest = answer.get(fixed..)?;
    loop {
        let word = |place: usize| {
            rest.get(place..place + 2).and_then(|bytes| bytes.try_into().ok()).map(u16::from_ne_bytes)
        };
        let (length, kind) = (usize::from(word(0)?), word(2)?);
        if kind == wanted {
            return rest.get(4..length);
        }
        rest = rest.get(length.max(4).next_multiple_of(4)..)?;
    }
}
