//! Whether tshark is here to referee, and other programs that take part in tests.

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

/// Whether a program is installed that plays a part in a test; in CI it must be. `asked`: what it answers when all is well;
/// `package`: apt's name of it.
pub(crate) fn tool_is_here(tool: &str, asked: &str, package: &str) -> bool {
    let here = Command::new(tool).arg(asked).output().is_ok_and(|answer| answer.status.success());
    assert!(here || std::env::var_os("NETLAB_CI").is_none(), "CI needs {tool}");
    if !here {
        drop(writeln!(std::io::stderr(), "NOT TESTED: {tool} is not installed (apt install {package})"));
    }
    here
}
