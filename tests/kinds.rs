//! Every value is of the kind that its field's row says: what a filter is checked against before a packet is there.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed: that is what is meant"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use netlab::dissect::{FieldValue, Kind, Packet, all_protocols, find_field};
use netlab::flow::talk::Talks;
use netlab::flow::{Fragments, Tracker, kind_of};
use netlab::source::{Bundled, Reader};

/// The bundled captures, and those of the truth where they are.
fn captures() -> Vec<Reader> {
    let bundled = Bundled::all().into_iter();
    let mut readers: Vec<Reader> = bundled
        .map(|bundled| Reader::from_bytes(&bundled.name, bundled.bytes().unwrap().to_vec()).unwrap())
        .collect();
    let named = std::env::var_os("NETLAB_TRUTH").filter(|value| !value.is_empty()).map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/truth");
    match std::fs::read_dir(named.unwrap_or(beside).join("captures")) {
        Ok(files) => readers.extend(files.filter_map(|file| Reader::open(&file.unwrap().path()).ok())),
        Err(_) => eprintln!("NOT RUN OVER THE TRUTH: set NETLAB_TRUTH to its folder"),
    }
    readers
}

/// A number is a number, in whatever base it is shown.
fn alike(kind: Kind) -> Kind {
    if kind == Kind::Hex { Kind::Number } else { kind }
}

#[test]
fn every_value_is_of_its_rows_kind() {
    let mut wrong = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for mut reader in captures() {
        let (mut fragments, mut tracker) = (Fragments::new(), Tracker::new());
        let mut talks = Talks::new();
        while let Ok(Some(frame)) = reader.next() {
            let packet = fragments.complete(Packet::new(frame));
            let segment = tracker.push(&packet);
            let mut check = |field: FieldValue<'_>| {
                let of_packet = find_field(field.name);
                let row = kind_of(field.name).or(of_packet.map(|row| row.kind()));
                let kind = alike(field.value.kind());
                if row.map(alike) != Some(kind) {
                    wrong.insert(format!("{}: {kind:?}, and its row says {row:?}", field.name));
                }
                let most = of_packet.and_then(|row| row.max());
                if let (Some(number), Some(most)) = (field.value.number(), most)
                    && number > most
                {
                    wrong.insert(format!("{}: {number}, and its row holds {most} at most", field.name));
                }
                seen.insert(field.name);
            };
            packet.each_field(&mut check);
            tracker.each_field(&packet, segment.as_ref(), &mut check);
            talks.push(&packet, segment.as_ref()).each_field(&packet, &mut check);
            for layer in packet.layers() {
                let name = layer.header.protocol();
                assert!(all_protocols().contains(&name), "{name} is not in the list of protocols");
                assert!(layer.bytes().starts_with(layer.own_bytes()), "{name}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen.len() > 60, "{seen:?}");
}
