//! Pictures of a story: where they go, and what shows them.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use anyhow::Context;
use netlab::render::picture::Form;

use super::captures::create;
use super::common::Format;
use super::quoted::quoted;
use super::{Output, Usage};

/// Where a picture goes.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Pictures", group = clap::ArgGroup::new("files").multiple(true))]
pub(crate) struct PictureArgs {
    /// Write the picture to this file; .html, .svg or .mmd says which it is
    #[arg(short, long, value_name = "FILE", group = "files")]
    pub(crate) output: Option<PathBuf>,

    /// Show the picture in the browser; without a format the page
    #[arg(long)]
    pub(crate) open: bool,
}

/// A picture that is wanted, and where.
#[derive(Debug)]
pub(crate) struct Destination {
    /// What it is drawn as.
    pub(crate) form: Form,
    /// `None`: standard output.
    file: Option<PathBuf>,
    force: bool,
    open: bool,
    /// It lies where others look, and is for its user alone.
    private: bool,
}

impl PictureArgs {
    /// Tells `out` which picture is wanted. `not`: flags that are none of a picture, and whether they were given. A file that may
    /// not be written is told before anything happens.
    pub(crate) fn prepare(&self, force: bool, not: &[(&str, bool)], out: &mut Output) -> anyhow::Result<()> {
        let named = self.output.as_deref().and_then(Path::extension).and_then(of_extension);
        let asked = self.output.is_some() || self.open;
        if out.is_text() && asked && !out.format_given {
            out.format = named.unwrap_or(Format::Html);
            if let (Some(file), None) = (&self.output, named) {
                let name = file.display();
                let what = format!(
                    "-o {name}: what shall it be? Name it .html, .svg or .mmd, or add --format html, svg or mermaid"
                );
                return Err(Usage(what).into());
            }
        }
        let Some(form) = out.format.form() else {
            if asked {
                let what = "-o and --open are for pictures: --format html, svg or mermaid; text goes into a file by > FILE";
                return Err(Usage(what.to_owned()).into());
            }
            return Ok(());
        };
        if let (Some(file), Some(other)) =
            (&self.output, named.and_then(Format::form).filter(|other| *other != form))
        {
            let what = format!(
                "-o {}: the name says {}, and --format {}; leave --format out, or name it .{}",
                file.display(),
                other.name(),
                form.name(),
                extension(form)
            );
            return Err(Usage(what).into());
        }
        if let Some((flag, _)) = not.iter().find(|(_, given)| *given) {
            let what = format!(
                "a picture shows the whole story at once: leave {flag} out, or --format {}",
                form.name()
            );
            return Err(Usage(what).into());
        }
        if self.open && form == Form::Mermaid {
            let what = "a browser does not show Mermaid's text: --open with --format html or svg";
            return Err(Usage(what.to_owned()).into());
        }
        let file = match &self.output {
            Some(file) if file.as_os_str() == "-" && self.open => {
                let what = "--open needs a file: name one with -o, or leave -o out";
                return Err(Usage(what.to_owned()).into());
            }
            Some(file) if file.as_os_str() == "-" => None,
            Some(file) => {
                check(file, force, form)?;
                Some(file.clone())
            }
            None if self.open => Some(beside_others(form)),
            None => None,
        };
        out.to = Some(Destination { form, file, force, open: self.open, private: self.output.is_none() });
        Ok(())
    }
}

/// What a file of this name is meant to be.
fn of_extension(extension: &OsStr) -> Option<Format> {
    match extension.to_str()?.to_ascii_lowercase().as_str() {
        "html" | "htm" => Some(Format::Html),
        "svg" => Some(Format::Svg),
        "mmd" | "mermaid" => Some(Format::Mermaid),
        _ => None,
    }
}

/// How the name of such a file ends.
fn extension(form: Form) -> &'static str {
    if form == Form::Mermaid { "mmd" } else { form.name() }
}

/// A new file among those that the system throws away.
fn beside_others(form: Form) -> PathBuf {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let name = format!("netlab-{}-{}.{}", now.as_secs(), std::process::id(), form.name());
    std::env::temp_dir().join(name)
}

/// Whether a file can be there when its picture is ready.
fn check(file: &Path, force: bool, form: Form) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        anyhow::bail!("{}: there is no folder {}", file.display(), folder.display());
    }
    if file.is_dir() || file.exists() && !force {
        // Says which of both it is.
        drop(create(file, false, extension(form))?);
    }
    Ok(())
}

/// Draws the picture that is wanted, and writes it to where it is wanted, if there is one: `draw` says so.
pub(crate) fn drawn(
    out: &mut Output,
    draw: impl FnOnce(Form, &mut Vec<u8>) -> std::io::Result<bool>,
) -> anyhow::Result<()> {
    let Some(to) = out.to.take() else { return Ok(()) };
    let mut picture = Vec::new();
    if draw(to.form, &mut picture)? { deliver(&picture, &to, out) } else { Ok(()) }
}

/// Writes a picture to where it is wanted, and shows it.
pub(crate) fn deliver(picture: &[u8], to: &Destination, out: &mut Output) -> anyhow::Result<()> {
    let Some(file) = &to.file else {
        out.raw(picture)?;
        return Ok(out.flush()?);
    };
    let mut written = create(file, to.force, extension(to.form))?;
    #[cfg(unix)]
    if to.private {
        let own = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        written.set_permissions(own).with_context(|| file.display().to_string())?;
    }
    written.write_all(picture).with_context(|| format!("{}: writing stopped", file.display()))?;
    out.notice(&format!("wrote {}, {} bytes", file.display(), super::common::grouped(picture.len() as u64)));
    if to.open { open(file) } else { Ok(()) }
}

/// Hands a file to the desktop, which knows the user's browser.
fn open(file: &Path) -> anyhow::Result<()> {
    let absolute = std::path::absolute(file)?;
    let by_hand = format!("open it yourself: {}", quoted(&absolute));
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let (program, screen) = if cfg!(target_os = "macos") {
        ("open", true)
    } else {
        ("xdg-open", set("DISPLAY") || set("WAYLAND_DISPLAY") || set("BROWSER"))
    };
    if !screen {
        anyhow::bail!(
            "--open: there is no desktop here (neither DISPLAY nor WAYLAND_DISPLAY is set); {by_hand}"
        );
    }
    let quiet = Stdio::null;
    let ended = Command::new(program).arg(&absolute).stdin(quiet()).stdout(quiet()).stderr(quiet()).status();
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => anyhow::bail!("--open: {program} found no browser ({status}); {by_hand}"),
        Err(error) => anyhow::bail!("--open: {program}: {error}; {by_hand}"),
    }
}
