//! The `netlab` command: a thin shell around the library.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before anything else: with a second thread the kernel would refuse the child its namespace.
    #[cfg(all(feature = "live", target_os = "linux"))]
    if netlab::lab::is_child() {
        return netlab::lab::child_main();
    }
    cli::main()
}
