//! Where netlab runs: as a user without any right, where the lab is forbidden, with the right to capture alone, as root.
//!
//! As root these tests make such places (another user, a chroot, in which the kernel makes no user namespaces); as another
//! user only the first is tested.
#![cfg(all(target_os = "linux", feature = "live"))]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed; what is left out is said"
)]

mod util;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use util::{Run, netlab};

const NOBODY: [&str; 4] = ["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"];

/// A copy of netlab that every user may run, in a folder of its own.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_netlab"), folder.path().join("netlab")).unwrap();
        Place { folder }
    }

    fn exe(&self) -> PathBuf {
        self.folder.path().join("netlab")
    }

    /// Gives the copy the right to capture, as `setcap` does for a user.
    fn with_capture(self) -> Place {
        let status = Command::new("setcap").arg("cap_net_raw+ep").arg(self.exe()).status().unwrap();
        assert!(status.success(), "setcap");
        self
    }

    /// Runs it as a user without any right.
    fn as_nobody(&self, args: &[&str]) -> Run {
        self.run(Command::new("setpriv").args(NOBODY).arg(self.exe()), args)
    }

    /// Runs it as such a user in a chroot, where the kernel makes no user namespaces.
    fn as_nobody_without_namespaces(&self, args: &[&str]) -> Run {
        let root = self.folder.path().join("root");
        fs::create_dir_all(&root).unwrap();
        let script = "mount --rbind / \"$0\" && exec chroot \"$0\" setpriv \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script]).arg(&root).args(NOBODY).arg(self.exe());
        self.run(&mut command, args)
    }

    fn run(&self, command: &mut Command, args: &[&str]) -> Run {
        command.args(args).stdin(Stdio::null()).env_remove("NO_COLOR").output().unwrap().into()
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|about| std::os::unix::fs::MetadataExt::uid(&about) == 0)
}

/// Whether places can be made; in CI they must be.
fn root_can_make_places() -> bool {
    assert!(is_root() || std::env::var_os("NETLAB_CI").is_none(), "CI runs this as root");
    if !is_root() {
        eprintln!("NOT TESTED: only root can make these places");
    }
    is_root()
}

fn first_line(run: &Run) -> &str {
    run.stdout.lines().next().unwrap_or_default()
}

#[test]
fn anybody_may_start_programs_in_the_lab() {
    if !root_can_make_places() {
        return;
    }
    let run = Place::new().as_nobody(&["lab-exec", "-q", "client", "--", "sh", "-c", "id -u"]);
    // Inside, whoever started netlab is root.
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), "client sh: 0\n"));
}

#[test]
fn the_lab_needs_no_right() {
    let run = if is_root() { Place::new().as_nobody(&["handshake"]) } else { netlab(&["handshake"]) };
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(first_line(&run).contains("live in the lab"), "{}", run.stdout);
    assert!(run.stdout.contains("both sides said goodbye"), "{}", run.stdout);
}

#[test]
fn root_sees_the_lab_too() {
    if root_can_make_places() {
        assert!(first_line(&netlab(&["handshake"])).contains("live in the lab"));
    }
}

#[test]
fn where_namespaces_are_forbidden_a_recording_is_shown_and_says_why() {
    if !root_can_make_places() {
        return;
    }
    let place = Place::new();
    let run = place.as_nobody_without_namespaces(&["handshake", "--message", "hello"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let text = run.stdout.replace('\n', " ");
    for said in ["not live", "user namespace", "netlab doctor", "was not sent", "SYN-ACK"] {
        assert!(text.contains(said), "{said}: {}", run.stdout);
    }
    let run = place.as_nobody_without_namespaces(&["handshake", "-6"]);
    assert!(run.stdout.contains("[fd00:7::2]:8080"), "{}", run.stdout);
    let run = place.as_nobody_without_namespaces(&["handshake", "--format=json"]);
    let head = &run.json()[0];
    assert_eq!(head["mode"], "replay");
    assert!(head["why"].as_str().is_some_and(|why| why.contains("user namespace")), "{head}");
}

#[test]
fn what_was_asked_for_has_no_fallback() {
    if !root_can_make_places() {
        return;
    }
    let place = Place::new();
    for args in [
        &["handshake", "--mode=lab"][..],
        &["handshake", "--mode=loopback"],
        &["handshake", "127.0.0.1:9"],
        &["handshake", "--listen", "0"],
    ] {
        let run = place.as_nobody_without_namespaces(args);
        assert_eq!(run.code, Some(1), "{args:?}: {}", run.stdout);
        assert_eq!(run.stdout, "", "{args:?}");
        assert_eq!(run.stderr.lines().count(), 1, "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains("doctor") || run.stderr.contains("setcap"), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn the_right_to_capture_alone_shows_our_own_handshake_on_loopback() {
    if !root_can_make_places() {
        return;
    }
    let place = Place::new().with_capture();
    let run = place.as_nobody_without_namespaces(&["handshake"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let text = run.stdout.replace('\n', " ");
    assert!(text.contains("live on loopback") && text.contains("netlab doctor"), "{}", run.stdout);
    assert_eq!(run.stdout.matches("── SYN ──").count(), 1, "each frame once: {}", run.stdout);
    assert!(run.stdout.contains("both sides said goodbye"), "{}", run.stdout);
}

#[test]
fn setcap_breaks_no_lab() {
    if !root_can_make_places() {
        return;
    }
    let run = Place::new().with_capture().as_nobody(&["handshake"]);
    assert!(first_line(&run).contains("live in the lab"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn the_right_to_capture_alone_shows_a_server_of_the_users() {
    if !root_can_make_places() {
        return;
    }
    let place = Place::new().with_capture();
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("localhost:{}", server.local_addr().unwrap().port());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let mut said = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut said).unwrap();
        said
    });
    let run = place.as_nobody(&["handshake", &target, "-4", "--message", "hi there"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(served.join().unwrap(), b"hi there");
    assert!(run.stdout.contains("SYN-RECEIVED → ESTABLISHED"), "{}", run.stdout);
}

#[test]
fn doctor_says_what_works_and_what_to_type() {
    if !root_can_make_places() {
        return;
    }
    let place = Place::new();
    let run = place.as_nobody(&["doctor"]);
    assert_eq!(run.code, Some(0), "the lab works: {}", run.stdout);
    let run = place.as_nobody_without_namespaces(&["doctor"]);
    assert_eq!(run.code, Some(1), "nothing live works: {}", run.stdout);
    assert!(run.stdout.contains("setcap cap_net_raw+ep"), "{}", run.stdout);
    let run = place.with_capture().as_nobody_without_namespaces(&["doctor"]);
    assert_eq!(run.code, Some(0), "a live mode works: {}", run.stdout);
}

#[test]
fn a_refused_target_is_told_and_fails() {
    if !root_can_make_places() {
        return;
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let run = netlab(&["handshake", &free.to_string()]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(run.stdout.contains("Refused"), "{}", run.stdout);
}

#[test]
fn what_was_typed_is_looked_at_before_the_rights() {
    if !root_can_make_places() {
        return;
    }
    let place = Place::new();
    for (target, said, code) in [
        ("foo:bar", "no number", 2),
        (":80", "the host is missing", 2),
        ("127.0.0.1:70000", "no number", 2),
        ("http://localhost:80/", "a URL is too much", 2),
        ("no-such-name.invalid:80", "has no address", 1),
    ] {
        let run = place.as_nobody_without_namespaces(&["handshake", target]);
        assert_eq!(run.code, Some(code), "{target}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{target}: {}", run.stderr);
    }
}

#[test]
fn a_neighbour_that_is_not_there_ends_the_story() {
    if !root_can_make_places() {
        return;
    }
    let link = "ip link add v0 type veth peer name v1 && ip link set lo up && ip link set v0 up && \
                ip link set v1 up && ip addr add 192.0.2.1/24 dev v0 && exec \"$@\"";
    let there = |more: &[&str]| -> Run {
        let mut command = Command::new("unshare");
        command.args(["--net", "sh", "-c", link, "sh", env!("CARGO_BIN_EXE_netlab")]);
        command.args(["handshake", "192.0.2.2:80", "--timeout=4", "--width=200"]).args(more);
        command.stdin(Stdio::null()).output().unwrap().into()
    };
    let run = there(&[]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    for said in ["who has 192.0.2.2?", "Nobody on the link answered", "No route to host", "Unreachable"] {
        assert!(run.stdout.contains(said), "{said}: {}{}", run.stdout, run.stderr);
    }
    let run = there(&["--format=json"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let summary = run.json().pop().unwrap();
    assert_eq!((&summary["kind"], &summary["outcome"]), (&"summary".into(), &"unreachable".into()));
}

#[test]
fn a_full_disk_ends_the_saving_and_not_the_story() {
    let run = netlab(&["handshake", "--mode=lab", "--save", "/dev/full", "--force"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(run.stdout.contains("both sides said goodbye"), "{}", run.stdout);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("/dev/full: frame 1 could not be saved"), "{}", run.stderr);
}

#[test]
fn a_live_run_keeps_its_frames_and_needs_force_to_write_over_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.pcapng");
    let path = Path::new(&file).to_str().unwrap();
    let run = netlab(&["handshake", "--mode=lab", "--save", path]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let again = netlab(&["handshake", "--mode=lab", "--save", path]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("--force") && again.stdout.is_empty(), "{}", again.stderr);
    let replayed = netlab(&["replay", path]);
    assert!(replayed.stdout.contains("both sides said goodbye"), "{}", replayed.stdout);
}

#[test]
fn a_websocket_is_seen_the_best_way_that_works() {
    if !root_can_make_places() {
        return;
    }
    let place = Place::new();
    let run = place.as_nobody(&["websocket"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(first_line(&run).contains("live in the lab"), "{}", run.stdout);
    let run = place.as_nobody_without_namespaces(&["websocket", "--send", "hello", "--protocol=chat"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let text = run.stdout.replace('\n', " ");
    for said in ["websocket-chat", "not live", "netlab doctor", "was not sent", "101 Switching Protocols"] {
        assert!(text.contains(said), "{said}: {}", run.stdout);
    }
    let run = place.as_nobody_without_namespaces(&["websocket", "ws://127.0.0.1:9/"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(run.stderr.contains("setcap cap_net_raw+ep"), "{}", run.stderr);
    let run = place.with_capture().as_nobody_without_namespaces(&["websocket", "--send=hello"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(first_line(&run).contains("live on loopback"), "{}", run.stdout);
    assert!(run.stdout.contains("socket.send(\"hello\")"), "{}", run.stdout);
}

#[test]
fn a_walk_through_the_layers_is_taken_the_best_way_that_works() {
    if !root_can_make_places() {
        return;
    }
    let place = Place::new();
    let run = place.as_nobody(&["osi", "--live", "--message=hello"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("live in the lab") && run.stdout.contains("“hello”"), "{}", run.stdout);
    let run = place.as_nobody_without_namespaces(&["osi", "--live", "--message=hello", "-6"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let text = run.stdout.replace('\n', " ");
    for said in [
        "a recording (websocket-tutorial), not live",
        "user namespace",
        "netlab doctor",
        "Your message \"hello\" was not sent",
        "recorded with IPv4",
        "“My name is John”",
    ] {
        assert!(text.contains(said), "{said}: {}", run.stdout);
    }
    let run = place.with_capture().as_nobody_without_namespaces(&["osi", "--live", "--message=hello"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let text = run.stdout.replace('\n', " ");
    assert!(text.contains("live on loopback, since") && text.contains("“hello”"), "{}", run.stdout);
}

#[test]
fn where_no_router_can_be_made_two_recordings_of_one_are_shown() {
    if !root_can_make_places() {
        return;
    }
    // The right to capture is no help: loopback has no router.
    let place = Place::new().with_capture();
    for (more, captures, field) in [
        (&["--message=hello"][..], "osi-router-client and osi-router-server", "ip.ttl"),
        (&["-6"], "osi-router-ipv6-client and osi-router-ipv6-server", "ipv6.hlim"),
    ] {
        let args = [&["osi", "--hops=1"], more].concat();
        let run = place.as_nobody_without_namespaces(&args);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let text = run.stdout.replace('\n', " ");
        let origin = format!("a recording ({captures}), not live");
        for said in [origin.as_str(), "user namespace", "netlab doctor", "→ 63", "Over a router"] {
            assert!(text.contains(said), "{said}: {}", run.stdout);
        }
        assert_eq!(text.contains("was not sent"), more != ["-6"], "{}", run.stdout);
        let objects = place.as_nobody_without_namespaces(&[&args[..], &["--format=json"]].concat()).json();
        let rows = objects[1]["rows"].as_array().unwrap();
        let changed: Vec<&str> = rows
            .iter()
            .filter(|row| row["changed"] == true)
            .map(|row| row["field"].as_str().unwrap())
            .collect();
        assert_eq!(changed[..3], ["eth.dst", "eth.src", field]);
    }
    let run = place.as_nobody_without_namespaces(&["osi", "--hops=1", "--save=/tmp/never.pcapng"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("nothing is live here") && run.stderr.contains("--export"), "{}", run.stderr);
    assert!(!Path::new("/tmp/never-client.pcapng").exists());
}
