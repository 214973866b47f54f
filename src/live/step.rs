//! The steps in which a live source is built, so that one that fails can be named.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Starting netlab again as the lab's child.
    Child,
    /// prctl(PR_SET_DUMPABLE).
    Dumpable,
    /// unshare(CLONE_NEWUSER).
    UserNamespace,
    /// Writing /proc/self/setgroups.
    Setgroups,
    /// Writing /proc/self/uid_map.
    UidMap,
    /// Writing /proc/self/gid_map.
    GidMap,
    /// unshare(CLONE_NEWNET).
    NetNamespace,
    /// A veth pair by netlink.
    Cable,
    /// A packet socket.
    PacketSocket,
    /// Links up, checksum offload off, addresses.
    Address,
    /// A sock_diag socket.
    SockDiag,
    /// The programs on the two hosts.
    Programs,
    /// A raw capture of an interface.
    Capture,
    /// A server of our own on a port.
    Listen,
    /// The route to an address.
    Route,
}

/// What was being tried.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Child => "starting netlab again as the lab's child",
            Step::Dumpable => "making the process's own files in /proc writable (prctl PR_SET_DUMPABLE)",
            Step::UserNamespace => "making a user namespace (unshare CLONE_NEWUSER)",
            Step::Setgroups => "writing /proc/self/setgroups",
            Step::UidMap => "writing /proc/self/uid_map",
            Step::GidMap => "writing /proc/self/gid_map",
            Step::NetNamespace => "making a network namespace (unshare CLONE_NEWNET)",
            Step::Cable => "making a virtual cable (veth)",
            Step::PacketSocket => "opening a packet socket",
            Step::Address => "bringing the hosts' interfaces up",
            Step::SockDiag => "asking the kernel about sockets (sock_diag)",
            Step::Programs => "starting the programs on the hosts",
            Step::Capture => "capturing an interface's frames",
            Step::Listen => "listening on a port",
            Step::Route => "finding the route",
        })
    }
}

/// A step that failed, and the kernel's number for why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{step}: {}", in_words(*errno))]
pub struct Broken {
    /// Which.
    pub step: Step,
    /// The system's error number; 0 where it gave none.
    pub errno: i32,
}

impl Broken {
    /// For `map_err`: this step broke.
    pub(crate) fn at(step: Step) -> impl Fn(io::Error) -> Broken {
        move |error| Broken { step, errno: error.raw_os_error().unwrap_or(0) }
    }
}

/// The system's text for an error number, without Rust's "(os error 1)".
pub(crate) fn in_words(errno: i32) -> String {
    if errno == 0 {
        return "the system gave no reason".to_owned();
    }
    crate::sys::text_of(&io::Error::from_raw_os_error(errno))
}
