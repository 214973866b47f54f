//! `netlab doctor` really tries each mode, and names what is in the way with the command that mends it.
#![cfg(all(feature = "live", target_os = "linux"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod util;

use std::process::Command;

use util::netlab;

/// `unshare` (util-linux) makes a namespace in which a limit of the kernel is ours to set to 0.
fn where_forbidden(limit: &str, what: &str) -> String {
    let script = format!("echo 0 > /proc/sys/user/{limit} && exec {} {what}", env!("CARGO_BIN_EXE_netlab"));
    let run =
        Command::new("unshare").args(["--user", "--map-root-user", "sh", "-c", &script]).output().unwrap();
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn each_mode_is_one_object() {
    let run = netlab(&["doctor", "--format=json"]);
    let modes = run.json();
    let names: Vec<&str> = modes.iter().map(|mode| mode["mode"].as_str().unwrap()).collect();
    assert_eq!(names, ["lab", "loopback", "interface", "replay"]);
    let live = modes.iter().any(|mode| mode["live"] == true && mode["works"] == true);
    assert_eq!(run.code, Some(if live { 0 } else { 1 }));
    for mode in modes {
        assert_eq!(mode["works"] == true, mode["failed"].is_null(), "{mode}");
        assert_eq!(mode["works"] == true, mode["why"].is_null(), "{mode}");
    }
}

#[test]
fn a_limit_of_0_is_named_with_the_command_that_raises_it() {
    let told = where_forbidden("max_net_namespaces", "doctor --width=200 --color=never");
    assert!(told.contains("failed making a network namespace"), "{told}");
    assert!(told.contains("type   sudo sysctl user.max_net_namespaces=10000"), "{told}");
}

#[test]
fn where_nothing_is_live_the_recording_is_shown_and_says_why() {
    let told = where_forbidden("max_net_namespaces", "handshake --color=never --width=200");
    assert!(told.starts_with("netlab · a recording (handshake), not live: no lab, since this system's limit of namespaces is used up;"), "{told}");
}

#[test]
fn what_is_said_of_a_mode_stays_in_its_column() {
    for width in [40, 80] {
        let told = netlab(&["doctor", &format!("--width={width}"), "--color=never"]).stdout;
        let modes = told.split("\n\n").next().unwrap();
        let names = ["lab ", "loopback ", "interface ", "replay "];
        let in_place =
            |line: &str| names.iter().any(|name| line.starts_with(name)) || line.starts_with("           ");
        let out: Vec<&str> = modes.lines().filter(|line| !in_place(line)).collect();
        assert_eq!(out, [""; 0], "{told}");
        let wide = |line: &&str| line.chars().count() > width && !line.trim_start().starts_with("type");
        assert_eq!(modes.lines().find(wide), None, "{told}");
    }
}
