//! The pictures in `docs/` are what netlab draws: `SNAPSHOTS=overwrite cargo test --test pictures docs::` (or `.ci/pictures`) draws them
//! anew; then look at them.

use std::path::Path;

use snapbox::{Data, assert_data_eq, data::DataFormat};

use crate::util::netlab;

fn drawn(name: &str, format: &str) -> String {
    let run = netlab(&["replay", name, "--format", format]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    run.stdout
}

#[test]
fn those_of_the_readme_are_todays() {
    for name in ["handshake", "handshake-lost-syn", "websocket-tutorial"] {
        let path = format!("{}/docs/pictures/{name}.svg", env!("CARGO_MANIFEST_DIR"));
        let expected = Data::read_from(Path::new(&path), Some(DataFormat::Text)).raw();
        assert_data_eq!(Data::text(drawn(name, "svg")).raw(), expected);
        let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
        assert!(readme.contains(&format!("(docs/pictures/{name}.svg)")), "{name} is not in the README");
    }
}

#[test]
fn the_diagram_of_the_documentation_is_todays() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pictures.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once("```mermaid\n").unwrap();
    let (_, after) = rest.split_once("```\n").unwrap();
    let diagram = drawn("handshake-refused", "mermaid");
    let whole = Data::text(format!("{before}```mermaid\n{diagram}```\n{after}")).raw();
    assert_data_eq!(whole, Data::read_from(Path::new(path), Some(DataFormat::Text)).raw());
}
