//! Whether the lab can be built here: by building it.

use std::io::Read;
use std::path::Path;

use super::message::{self, Down, Up};
use super::parent::start_child;
use crate::live::{Broken, Probe, Step};

/// Builds a lab in a child of `exe` (netlab's own executable), step by step, and takes it down again.
///
/// # Errors
/// The step that failed, why, and what mends it.
pub fn probe(exe: &Path) -> Result<(), Probe> {
    let (mut child, down) = start_child(exe, &Down::Probe).map_err(|broken| Probe::of(broken, exe))?;
    let mut answer = None;
    if let Some(mut up) = child.stdout.take() {
        answer = message::read::<Up>(&mut up, &mut Vec::new()).ok().flatten();
        // To its end, so that the child is not stopped by a full pipe.
        up.read_to_end(&mut Vec::new()).ok();
    }
    drop(down);
    child.wait().ok();
    match answer {
        Some(Up::Works) => Ok(()),
        Some(Up::Broken(broken)) => Err(Probe::of(broken, exe)),
        Some(Up::Event(_)) | None => Err(Probe::of(Broken { step: Step::Child, errno: 0 }, exe)),
    }
}
