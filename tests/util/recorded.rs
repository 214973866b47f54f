//! Captures that were recorded, for what must hold of every one of them.

use std::fs;
use std::path::{Path, PathBuf};

use netlab::frame::Frame;
use netlab::source::Reader;

/// The bundled captures, and the truth captures where they are: in the folder that `NETLAB_TRUTH` names, else in
/// `../shared/truth`.
pub(crate) fn captures() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("NETLAB_TRUTH").filter(|value| !value.is_empty()).map(PathBuf::from);
    let truth = named.unwrap_or_else(|| here.join("../shared/truth")).join("captures");
    let folders = [Some(here.join("captures")), Some(truth).filter(|folder| folder.is_dir())];
    let files = folders.into_iter().flatten().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_none_or(|ending| ending != "toml"));
    files.sort();
    files
}

/// Gives every frame of a capture to `take`. Some are damaged on purpose: what comes before that counts.
pub(crate) fn each_frame(path: &Path, mut take: impl FnMut(Frame<'_>)) {
    let Ok(mut reader) = Reader::open(path) else { return };
    while let Ok(Some(frame)) = reader.next() {
        take(frame);
    }
}
