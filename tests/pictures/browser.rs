//! Chromium and Mermaid, asked by `tests/peers/pictures.mjs`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::referee::tool_is_here;

/// A folder for pictures, in which the script finds what it needs.
pub(crate) struct Browser {
    folder: TempDir,
}

impl Browser {
    /// `None`, said aloud, where it is not installed; in CI that is a failure.
    pub(crate) fn here() -> Option<Browser> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let modules = root.join("target/peers/node_modules");
        let installed =
            ["mermaid", "axe-core", "playwright-core"].iter().all(|name| modules.join(name).is_dir())
                && tool_is_here("node", "--version", "nodejs")
                && tool_is_here("chromium", "--version", "chromium");
        assert!(installed || std::env::var_os("NETLAB_CI").is_none(), "CI needs the peers: .ci/peers");
        if !installed {
            drop(writeln!(std::io::stderr(), "NOT TESTED: no browser for the pictures (.ci/peers)"));
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::copy(root.join("tests/peers/pictures.mjs"), folder.path().join("pictures.mjs")).unwrap();
        std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).unwrap();
        Some(Browser { folder })
    }

    /// A file in its folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What it makes of these files.
    pub(crate) fn look(&self, what: &str, files: &[PathBuf]) -> Vec<Value> {
        let mut command = Command::new("node");
        let output = command.arg(self.file("pictures.mjs")).arg(what).args(files).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A list of texts in what it told.
pub(crate) fn texts(found: &Value, key: &str) -> Vec<String> {
    let list = found[key].as_array().unwrap_or_else(|| panic!("no {key} in {found}"));
    list.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}
