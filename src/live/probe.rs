//! Why a live mode cannot be had, and what mends it.
//!
//! Found by doing the real steps: reading settings would miss what a container or a security module forbids. Only once a
//! step has failed, settings are read to tell causes apart that look the same.

use std::fs;
use std::path::Path;

use super::{Broken, Step};

/// A step that failed, why that is, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{broken}")]
pub struct Probe {
    /// The step, and the system's number for the error.
    pub broken: Broken,
    /// The same in a few plain words, for the middle of a sentence.
    pub brief: String,
    /// Why it fails, in a sentence or two.
    pub why: String,
    /// What mends it.
    pub mend: Option<Mend>,
}

/// What mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mend {
    /// The command, exactly as to be typed.
    pub command: String,
    /// What that costs, in a sentence.
    pub cost: &'static str,
}

/// What is known of the place where a step failed.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    root: bool,
    container: bool,
    chroot: bool,
    /// `kernel.unprivileged_userns_clone` is there and 0.
    debian_forbids: bool,
    /// `kernel.apparmor_restrict_unprivileged_userns` is there and 1.
    apparmor_forbids: bool,
}

const UNTIL_RESTART: &str =
    "lasts until the computer starts again; every user's programs may then make namespaces";

impl Probe {
    /// Finds out why this step failed here; `exe` is netlab's own executable.
    pub fn of(broken: Broken, exe: &Path) -> Probe {
        let (why, mend) = explain(broken, here(), exe);
        Probe { broken, brief: brief(broken), why: why.to_owned(), mend }
    }
}

fn here() -> Place {
    let is = |path: &str, value: &str| fs::read_to_string(path).is_ok_and(|text| text.trim() == value);
    let container = ["/.dockerenv", "/run/.containerenv"].iter().any(|path| Path::new(path).exists())
        || std::env::var_os("container").is_some()
        || std::env::var_os("KUBERNETES_SERVICE_HOST").is_some();
    Place {
        root: crate::sys::namespace::who_am_i().0 == 0,
        container,
        chroot: is_chroot(),
        debian_forbids: is("/proc/sys/kernel/unprivileged_userns_clone", "0"),
        apparmor_forbids: is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"),
    }
}

/// Whether our root is not that of the computer's first process. Where that one can't be looked at, the list of mounts
/// tells: a folder that is no mount is not in it.
fn is_chroot() -> bool {
    use std::os::unix::fs::MetadataExt;
    let file = |path: &str| fs::metadata(path).map(|about| (about.dev(), about.ino()));
    if let (Ok(ours), Ok(first)) = (file("/"), file("/proc/1/root/")) {
        return ours != first;
    }
    fs::read_to_string("/proc/self/mountinfo")
        .is_ok_and(|mounts| !mounts.lines().any(|line| line.split(' ').nth(4) == Some("/")))
}

/// What the step's failure means, in a few words.
fn brief(broken: Broken) -> String {
    use Step::*;
    let words = match (broken.step, broken.errno) {
        (UserNamespace | Setgroups | UidMap | GidMap, libc::EPERM | libc::EACCES) => {
            "this system forbids user namespaces"
        }
        (NetNamespace, libc::EPERM | libc::EACCES) => "this system forbids network namespaces",
        (UserNamespace | NetNamespace, libc::ENOSPC) => "this system's limit of namespaces is used up",
        (UserNamespace | NetNamespace, libc::EINVAL | libc::ENOSYS) => "this kernel has no namespaces",
        (Setgroups | UidMap | GidMap, libc::EROFS) => "/proc is read-only here",
        (Cable, libc::EOPNOTSUPP) => "this kernel has no virtual cables",
        (Capture, libc::EPERM | libc::EACCES) => "a raw capture needs the right CAP_NET_RAW",
        _ => return broken.to_string(),
    };
    words.to_owned()
}

/// The table of causes.
fn explain(broken: Broken, place: Place, exe: &Path) -> (&'static str, Option<Mend>) {
    use Step::*;
    let command = |command: &str, cost| Some(Mend { command: command.to_owned(), cost });
    match (broken.step, broken.errno) {
        (UserNamespace, libc::ENOSPC) => (
            "The computer's limit of user namespaces is used up, or is 0.",
            command("sudo sysctl user.max_user_namespaces=10000", UNTIL_RESTART),
        ),
        (NetNamespace, libc::ENOSPC) => (
            "The computer's limit of network namespaces is used up, or is 0.",
            command("sudo sysctl user.max_net_namespaces=10000", UNTIL_RESTART),
        ),
        (UserNamespace, libc::EPERM) if place.debian_forbids => (
            "This system lets only root make user namespaces.",
            command("sudo sysctl kernel.unprivileged_userns_clone=1", UNTIL_RESTART),
        ),
        (Setgroups | UidMap | GidMap | NetNamespace, libc::EPERM | libc::EACCES)
            if place.apparmor_forbids =>
        {
            (
                "Ubuntu's AppArmor makes user namespaces useless for programs that it has no profile for.",
                command("sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0", UNTIL_RESTART),
            )
        }
        (UserNamespace, libc::EPERM) if place.chroot => (
            "netlab runs in a chroot, and the kernel makes no user namespaces there; outside the chroot it may well.",
            None,
        ),
        (UserNamespace | NetNamespace, libc::EPERM) if place.container => (
            "The container may make no namespaces (Docker and Podman forbid it unless told otherwise).",
            command(
                "docker run --security-opt seccomp=unconfined ...",
                "for a container that you trust: it may then use every system call",
            ),
        ),
        (UserNamespace, libc::EPERM) => {
            ("The system forbids user namespaces: it may be a container, or a security module says no.", None)
        }
        (NetNamespace, libc::EPERM) if place.root => (
            "This root has not all of root's rights (CAP_SYS_ADMIN is missing), as in most containers.",
            None,
        ),
        (UserNamespace, libc::EINVAL | libc::ENOSYS) | (NetNamespace, libc::EINVAL) => {
            ("This kernel was built without namespaces.", None)
        }
        (Setgroups | UidMap | GidMap, libc::EROFS) => (
            "/proc is read-only here.",
            command(
                "sudo mount -o remount,rw /proc",
                "lasts until the next start; /proc is writable elsewhere too",
            ),
        ),
        (Setgroups | UidMap | GidMap | NetNamespace, libc::EPERM | libc::EACCES) => (
            "User namespaces can be made here but not used: a security module (AppArmor, SELinux) says no.",
            None,
        ),
        (Cable, libc::EOPNOTSUPP) => (
            "The kernel's module for virtual cables is not loaded.",
            command("sudo modprobe veth", "nothing"),
        ),
        (PacketSocket | Capture, libc::EAFNOSUPPORT) => (
            "The kernel's module for packet sockets is not loaded.",
            command("sudo modprobe af_packet", "nothing"),
        ),
        (Capture, libc::EPERM | libc::EACCES) => (
            "A raw capture needs the right CAP_NET_RAW.",
            Some(Mend {
                command: format!("sudo setcap cap_net_raw+ep {}", quoted(exe)),
                cost: "whoever may run this file can then read the network's frames; lost when the file is built or installed anew",
            }),
        ),
        _ => ("The system refused this step.", None),
    }
}

/// For a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(step: Step, errno: i32, place: Place) -> String {
        let (_, mend) = explain(Broken { step, errno }, place, Path::new("/opt/my tools/netlab"));
        mend.map(|mend| mend.command).unwrap_or_default()
    }

    #[test]
    fn causes_that_look_the_same_are_told_apart() {
        let place = Place::default();
        assert_eq!(command(Step::UserNamespace, libc::EPERM, place), "");
        let debian = Place { debian_forbids: true, ..place };
        assert!(command(Step::UserNamespace, libc::EPERM, debian).contains("unprivileged_userns_clone=1"));
        let container = Place { container: true, ..place };
        assert!(command(Step::UserNamespace, libc::EPERM, container).contains("docker run"));
        let chroot = Place { chroot: true, ..container };
        assert_eq!(command(Step::UserNamespace, libc::EPERM, chroot), "", "not the container's fault");
        let ubuntu = Place { apparmor_forbids: true, ..place };
        assert!(command(Step::Setgroups, libc::EACCES, ubuntu).contains("apparmor"));
        assert!(command(Step::UserNamespace, libc::ENOSPC, place).contains("max_user_namespaces"));
    }

    #[test]
    fn a_path_with_a_space_can_be_pasted() {
        let typed = command(Step::Capture, libc::EPERM, Place::default());
        assert_eq!(typed, "sudo setcap cap_net_raw+ep '/opt/my tools/netlab'");
    }
}
