//! What talks to the Linux kernel below the level of sockets: namespaces, netlink, sock_diag, packet sockets, settings.
//!
//! The only room where `unsafe` is allowed; each block says why it is sound. Everything here answers with
//! [`std::io::Error`]: the caller knows which step it was and adds that.
//!
//! The netlink messages are put together by hand ([`netlink`]): seven kinds of message, all of a form that the kernel has
//! promised never to change, against some fifteen crates for a library that types them all.
#![allow(unsafe_code)]

pub(crate) mod filter;
pub(crate) mod link;
pub(crate) mod memory;
pub(crate) mod namespace;
pub(crate) mod netlink;
pub(crate) mod packet_socket;
pub(crate) mod process;
pub(crate) mod route;
pub(crate) mod signal;
pub(crate) mod sock_diag;

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::frame::Time;

/// The time now.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(since.as_nanos() as i128)
}

/// An error's text, without Rust's "(os error 1)".
pub(crate) fn text_of(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}
