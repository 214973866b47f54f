//! Why a live capture cannot begin.

use std::io;
use std::net::SocketAddr;

use super::Broken;
use crate::sys::text_of;

/// Why a live capture cannot begin. What happens after it has begun (refused, no answer) is told as events.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A step failed; `netlab doctor`'s [`Probe::of`](super::Probe::of) says what mends it.
    #[error("{0}")]
    Broken(#[from] Broken),
    /// The target is not `HOST:PORT`.
    #[error(
        "{target:?} is no HOST:PORT ({problem}); for example: example.org:443, 192.0.2.1:80, [2001:db8::1]:80"
    )]
    Target {
        /// What was given.
        target: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The name cannot be resolved.
    #[error("the name {name} has no address: {}", text_of(cause))]
    Name {
        /// The name.
        name: String,
        /// What the resolver said.
        #[source]
        cause: io::Error,
    },
    /// The name has addresses, but none of the family that was asked for.
    #[error("{name} has no IPv{version} address")]
    Family {
        /// The name.
        name: String,
        /// 4 or 6.
        version: u8,
    },
    /// No route leads there.
    #[error("no route leads to {}: {}", address.ip(), text_of(cause))]
    Route {
        /// Where to.
        address: SocketAddr,
        /// What the kernel said.
        #[source]
        cause: io::Error,
    },
    /// There is no such interface.
    #[error("there is no interface {name}; there are: {}", there.join(", "))]
    Interface {
        /// The name that was given.
        name: String,
        /// The names that there are.
        there: Vec<String>,
    },
    /// The port cannot be listened on.
    #[error("cannot listen on {address}: {}", text_of(cause))]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the kernel said.
        #[source]
        cause: io::Error,
    },
}
