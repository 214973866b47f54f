//! What people see, kept as files: `SNAPSHOTS=overwrite cargo test --test screens` writes them anew; then read them.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed: that is what is meant")]

mod util;

use netlab::source::Bundled;
use snapbox::{Data, assert_data_eq, data::DataFormat};
use unicode_width::UnicodeWidthStr;
use util::netlab;

fn screen(file: &str, args: &[&str]) {
    let run = netlab(args);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let path = format!("{}/tests/screens/{file}", env!("CARGO_MANIFEST_DIR"));
    let format = if file.ends_with(".svg") { DataFormat::TermSvg } else { DataFormat::Text };
    let expected = Data::read_from(std::path::Path::new(&path), Some(format)).raw();
    let actual = if format == DataFormat::TermSvg {
        Data::text(run.stdout).coerce_to(format)
    } else {
        Data::text(run.stdout)
    };
    assert_data_eq!(actual.raw(), expected);
}

#[test]
fn the_handshake_at_80_columns() {
    screen("handshake.80.txt", &["replay", "handshake", "--width=80", "--color=never"]);
}

#[test]
fn the_handshake_at_140_columns() {
    screen("handshake.140.txt", &["replay", "handshake", "--width=140", "--color=never"]);
}

#[test]
fn the_handshake_at_40_columns() {
    screen("handshake.40.txt", &["replay", "handshake", "--width=40", "--color=never"]);
}

#[test]
fn the_handshake_in_colour() {
    screen("handshake.term.svg", &["replay", "handshake", "--width=80", "--color=always"]);
}

#[test]
fn the_handshake_for_a_friend() {
    screen("handshake.friend.txt", &["replay", "handshake", "--width=80", "--level=friend"]);
}

#[test]
fn the_handshake_for_an_engineer_in_full() {
    screen("handshake.engineer.txt", &["replay", "handshake", "--width=80", "--level=engineer", "-v"]);
}

#[test]
fn the_handshake_with_its_bytes() {
    screen("handshake.bytes.txt", &["replay", "handshake", "--width=80", "--bytes"]);
}

#[test]
fn the_handshake_over_ipv6() {
    screen("handshake-ipv6.80.txt", &["replay", "handshake-ipv6", "--width=80"]);
}

#[test]
fn a_refused_handshake() {
    screen("handshake-refused.80.txt", &["replay", "handshake-refused", "--width=80"]);
}

#[test]
fn a_filtered_handshake() {
    screen("handshake-filtered.80.txt", &["replay", "handshake-filtered", "--width=80"]);
}

#[test]
fn a_lost_syn() {
    screen("handshake-lost-syn.80.txt", &["replay", "handshake-lost-syn", "--width=80"]);
}

#[test]
fn a_lost_syn_ack() {
    screen("handshake-lost-synack.80.txt", &["replay", "handshake-lost-synack", "--width=80"]);
}

#[test]
fn the_list_of_captures() {
    screen("captures.80.txt", &["captures", "--width=80"]);
}

#[test]
fn the_list_of_scenarios() {
    screen("scenarios.80.txt", &["handshake", "--list", "--width=80"]);
}

#[test]
fn bare_netlab() {
    screen("netlab.txt", &[]);
}

#[test]
fn no_line_is_wider_than_it_may_be() {
    for bundled in Bundled::all() {
        for width in [40, 60, 80, 100, 119, 120, 140, 200] {
            for more in
                [&[][..], &["-v"], &["--bytes"], &["--level=friend"], &["--level=engineer", "-v", "--bytes"]]
            {
                let width_arg = format!("--width={width}");
                let mut args = vec!["replay", &bundled.name, &width_arg];
                args.extend(more);
                for line in netlab(&args).stdout.lines() {
                    assert!(line.width() <= width, "{args:?}: {} columns: {line}", line.width());
                }
            }
        }
    }
}

#[test]
fn the_run_takes_at_most_60_lines_at_80_columns() {
    for name in ["handshake", "handshake-ipv6", "handshake-refused", "handshake-filtered"] {
        for level in ["friend", "student", "engineer"] {
            let level = format!("--level={level}");
            let lines = netlab(&["replay", name, "--width=80", &level]).stdout.lines().count();
            assert!(lines <= 60, "{name} at {level}: {lines} lines");
        }
    }
}

#[test]
fn no_line_ends_in_spaces() {
    let run = netlab(&["replay", "handshake", "--width=80", "-v", "--bytes"]);
    for line in run.stdout.lines() {
        assert_eq!(line, line.trim_end());
    }
}
