//! The `netlab` command.

fn main() {}
