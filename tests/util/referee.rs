//! Whether tshark is here to referee.

#![allow(dead_code, reason = "each test file uses its part of this")]

use std::io::Write;
use std::process::Command;

/// Whether tshark is installed; in CI it must be. Where it is not, that is said past the test harness, which would swallow what a
/// passing test prints.
pub(crate) fn tshark_is_here() -> bool {
    let here = Command::new("tshark").arg("--version").output().is_ok();
    assert!(here || std::env::var_os("NETLAB_CI").is_none(), "CI needs tshark");
    if !here {
        drop(writeln!(std::io::stderr(), "NOT REFEREED: tshark is not installed (apt install tshark)"));
    }
    here
}
