//! The captures that are built into the binary, recorded by netlab itself; `captures/index.toml` says how. A file may be
//! compressed there (`NAME.pcapng.gz`).

use std::borrow::Cow;
use std::io::Read;

use flate2::read::GzDecoder;
use include_dir::{Dir, include_dir};
use serde::Deserialize;

static CAPTURES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/captures");

/// What the index says of one bundled capture.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundled {
    /// `<command>-<scenario>`; the bare command for its default.
    pub name: String,
    /// What it shows, in one sentence.
    pub shows: String,
    /// The command that recorded it.
    pub recorded: String,
    /// How many frames it holds.
    pub frames: u64,
    /// SHA-256 of the file as it is exported, in hex.
    pub sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    #[serde(default)]
    capture: Vec<Bundled>,
}

impl Bundled {
    /// Every one, in the order of the index. A broken index gives none; a test holds it to the files.
    pub fn all() -> Vec<Bundled> {
        let text = CAPTURES.get_file("index.toml").and_then(|file| file.contents_utf8()).unwrap_or_default();
        toml::from_str::<Index>(text).map(|index| index.capture).unwrap_or_default()
    }

    /// The one of this name.
    pub fn find(name: &str) -> Option<Bundled> {
        Bundled::all().into_iter().find(|bundled| bundled.name == name)
    }

    /// The command that shows the same live: the one that recorded it, without the mode and the file. `None` where it takes
    /// programs that may not be there.
    pub fn live(&self) -> Option<String> {
        let mut words = self.recorded.split(' ');
        let mut command = Vec::new();
        while let Some(word) = words.next() {
            match word {
                "--mode" | "--save" => drop(words.next()),
                word => command.push(word),
            }
        }
        let ours =
            |command: &String| command.starts_with("netlab ") && !command.starts_with("netlab lab-exec ");
        Some(command.join(" ")).filter(ours)
    }

    /// The name of the file that it is exported as.
    pub fn file_name(&self) -> String {
        file_name(&self.name)
    }

    /// The bytes of that file; `None` where the index names a file that is not there, or is damaged.
    pub fn bytes(&self) -> Option<Cow<'static, [u8]>> {
        Bundled::bytes_of(&self.name)
    }

    /// The same by name alone: for whoever need not know what the index says.
    pub(crate) fn bytes_of(name: &str) -> Option<Cow<'static, [u8]>> {
        if let Some(file) = CAPTURES.get_file(file_name(name)) {
            return Some(Cow::Borrowed(file.contents()));
        }
        let packed = CAPTURES.get_file(format!("{}.gz", file_name(name)))?.contents();
        let mut bytes = Vec::new();
        GzDecoder::new(packed).read_to_end(&mut bytes).ok()?;
        Some(Cow::Owned(bytes))
    }
}

fn file_name(name: &str) -> String {
    format!("{name}.pcapng")
}
