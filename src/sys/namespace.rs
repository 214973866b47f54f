//! Namespaces of our own: a user namespace in which we may make networks, and network namespaces in it.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::process::{DumpableBehavior, getegid, geteuid, set_dumpable_behavior};
use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};

/// Makes the files of this process in `/proc` its own again. After `setcap` on the executable they belong to root, and
/// writing `uid_map` would fail with EACCES.
pub(crate) fn become_dumpable() -> io::Result<()> {
    Ok(set_dumpable_behavior(DumpableBehavior::Dumpable)?)
}

/// Enters a new user namespace. Only while the process has one thread: the kernel answers EINVAL later.
pub(crate) fn unshare_user() -> io::Result<()> {
    // SAFETY: of what unshare can do, only CLONE_FILES breaks Rust's promises about descriptors; it is not asked for.
    unsafe { unshare_unsafe(UnshareFlags::NEWUSER) }?;
    Ok(())
}

/// The effective user and group, to be asked before [`unshare_user`]: after it both are "nobody" until they are mapped.
pub(crate) fn who_am_i() -> (u32, u32) {
    (geteuid().as_raw(), getegid().as_raw())
}

/// Gives up setgroups in our user namespace, which the kernel demands before `gid_map`.
pub(crate) fn deny_setgroups() -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")
}

/// Makes the user outside root in our user namespace.
pub(crate) fn map_user(uid: u32) -> io::Result<()> {
    fs::write("/proc/self/uid_map", format!("0 {uid} 1"))
}

/// Makes the group outside root's in our user namespace.
pub(crate) fn map_group(gid: u32) -> io::Result<()> {
    fs::write("/proc/self/gid_map", format!("0 {gid} 1"))
}

/// Makes a network namespace, moves this thread into it, and gives a descriptor to find it again.
pub(crate) fn new_net_namespace() -> io::Result<OwnedFd> {
    // SAFETY: as above; CLONE_NEWNET changes which network this thread sees and nothing that Rust relies on.
    unsafe { unshare_unsafe(UnshareFlags::NEWNET) }?;
    Ok(fs::File::open("/proc/thread-self/ns/net")?.into())
}

/// Moves this thread into a network namespace.
pub(crate) fn enter_net_namespace(namespace: impl AsFd) -> io::Result<()> {
    Ok(move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?)
}

/// Writes a kernel setting by its dotted name (`net.ipv4.tcp_syn_retries`). Those of the network follow the calling
/// thread's namespace.
pub(crate) fn set(name: &str, value: &str) -> io::Result<()> {
    fs::write(format!("/proc/sys/{}", name.replace('.', "/")), value)
}
