//! What people see, kept as files: `SNAPSHOTS=overwrite cargo test --test flows` writes them anew; then read them.

use snapbox::{Data, assert_data_eq, data::DataFormat};
use unicode_width::UnicodeWidthStr;

use crate::made::{Made, outcomes};
use crate::util::{command, netlab_with_input};

/// Run in the folder with the capture, so that its name is short and the same everywhere.
fn shown(args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    outcomes().save(&folder, "class.pcap");
    let output = command(&["flows", "class.pcap"]).args(args).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn screen(file: &str, args: &[&str]) {
    let path = format!("{}/tests/screens/{file}", env!("CARGO_MANIFEST_DIR"));
    let format = if file.ends_with(".svg") { DataFormat::TermSvg } else { DataFormat::Text };
    let expected = Data::read_from(std::path::Path::new(&path), Some(format)).raw();
    let actual = Data::text(shown(args));
    let actual = if format == DataFormat::TermSvg { actual.coerce_to(format) } else { actual };
    assert_data_eq!(actual.raw(), expected);
}

#[test]
fn the_table_at_80_columns() {
    screen("flows.80.txt", &["--width=80"]);
}

#[test]
fn the_table_at_140_columns() {
    screen("flows.140.txt", &["--width=140", "--level=engineer"]);
}

#[test]
fn the_table_at_40_columns() {
    screen("flows.40.txt", &["--width=40", "--level=friend"]);
}

#[test]
fn the_table_in_colour() {
    screen("flows.term.svg", &["--width=120", "--color=always", "--filter=tcp"]);
}

#[test]
fn no_line_is_wider_than_it_may_be_and_none_ends_in_spaces() {
    let mut long = outcomes();
    // Numbers that are as long as they get.
    for port in 2_000..2_200 {
        long.tcp(port, true, "S", (0, 0), b"").after(17_000_000);
    }
    for _ in 0..1_500 {
        long.tcp(2_000, true, "A", (1, 1), &[0; 1_400]);
    }
    for capture in [outcomes(), long, Made::new()] {
        for (index, width) in (40..=160).step_by(4).chain([300]).enumerate() {
            let width_arg = format!("--width={width}");
            let level = ["friend", "student", "engineer"][index % 3];
            let run = netlab_with_input(&["flows", "-", &width_arg, "--level", level], &capture.bytes());
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            for line in run.stdout.lines() {
                assert!(line.width() <= width, "{width}: {} columns: {line}", line.width());
                assert_eq!(line, line.trim_end(), "{width}");
            }
        }
    }
}

#[test]
fn colour_adds_no_word() {
    let colored = shown(&["--width=100", "--color=always"]);
    let mut plain = String::new();
    let mut inside = false;
    for c in colored.chars() {
        match c {
            '\x1b' => inside = true,
            'm' if inside => inside = false,
            _ if inside => {}
            c => plain.push(c),
        }
    }
    assert_eq!(plain, shown(&["--width=100"]));
}
