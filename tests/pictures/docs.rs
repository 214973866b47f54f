//! The pictures in `docs/` are what netlab draws: `SNAPSHOTS=overwrite cargo test --test pictures docs::` (or `.ci/pictures`) draws them
//! anew; then look at them.

use std::path::Path;

use snapbox::{Data, assert_data_eq, data::DataFormat};

use crate::util::netlab;

fn drawn(command: &[&str], format: &str) -> String {
    let run = netlab(&[command, &["--format", format]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    run.stdout
}

#[test]
fn those_of_the_readme_are_todays() {
    for name in ["handshake", "handshake-lost-syn", "websocket-tutorial"] {
        kept(name, &["replay", name]);
        let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
        assert!(readme.contains(&format!("(docs/pictures/{name}.svg)")), "{name} is not in the README");
    }
}

#[test]
fn those_of_the_documentation_are_todays() {
    let commands: [(&str, &[&str]); 3] = [
        ("osi", &["osi"]),
        ("explain-syn", &["explain", "SYN"]),
        ("explain-time-wait", &["explain", "TIME-WAIT"]),
    ];
    for (name, command) in commands {
        kept(name, command);
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pictures.md")).unwrap();
        assert!(text.contains(&format!("(pictures/{name}.svg)")), "{name} is not in docs/pictures.md");
    }
}

/// A kept SVG is what this command draws.
fn kept(name: &str, command: &[&str]) {
    let path = format!("{}/docs/pictures/{name}.svg", env!("CARGO_MANIFEST_DIR"));
    let expected = Data::read_from(Path::new(&path), Some(DataFormat::Text)).raw();
    assert_data_eq!(Data::text(drawn(command, "svg")).raw(), expected);
}

#[test]
fn the_diagram_of_the_documentation_is_todays() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pictures.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once("```mermaid\n").unwrap();
    let (_, after) = rest.split_once("```\n").unwrap();
    let diagram = drawn(&["replay", "handshake-refused"], "mermaid");
    let whole = Data::text(format!("{before}```mermaid\n{diagram}```\n{after}")).raw();
    assert_data_eq!(whole, Data::read_from(Path::new(path), Some(DataFormat::Text)).raw());
}
