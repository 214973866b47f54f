//! `netlab captures`: what is bundled.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use netlab::render::{Ink, Line, wrap};
use netlab::source::Bundled;

use super::common::Overwrite;
use super::input::nearest;
use super::own::RULE;
use super::{Exit, Output, Usage};

/// List, describe or export the bundled captures
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: netlab captures handshake-lost-syn\n         netlab captures handshake --export handshake.pcapng"
)]
pub(crate) struct Args {
    /// Describe this one only
    name: Option<String>,

    /// Write it to this file, to open it in Wireshark (- for standard output)
    #[arg(long, value_name = "FILE", requires = "name", group = "files")]
    export: Option<PathBuf>,

    #[command(flatten)]
    overwrite: Overwrite,
}

pub(crate) fn run(args: &Args, out: &mut Output) -> anyhow::Result<Exit> {
    let Some(name) = &args.name else {
        list(out)?;
        return Ok(Exit::Fine);
    };
    // Unlike a FILE that is not there, it can never be: netlab holds all that there are.
    let bundled = Bundled::find(name).ok_or_else(|| match nearest(name) {
        Some(near) => Usage(format!("no bundled capture {name}; did you mean {near}?")),
        None => Usage(format!("no bundled capture {name}; netlab captures lists them")),
    })?;
    match &args.export {
        Some(path) => export(&bundled, path, args.overwrite.force, out)?,
        None => describe(&bundled, out)?,
    }
    Ok(Exit::Fine)
}

fn list(out: &mut Output) -> anyhow::Result<()> {
    let all = Bundled::all();
    if out.json() {
        for bundled in &all {
            json(bundled, out)?;
        }
        return Ok(());
    }
    // One for each rule would bury the rest.
    let start = format!("websocket-{RULE}");
    let (rules, all): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|bundled| bundled.name.starts_with(&start));
    let column = all.iter().map(|bundled| bundled.name.len()).max().unwrap_or(0) + 2;
    for bundled in &all {
        out.entry(column, &bundled.name, &bundled.shows)?;
    }
    out.plain("")?;
    out.plain("netlab replay NAME tells its story; netlab captures NAME says more.")?;
    let text = format!(
        "{} more break one rule each: {start}NAME, as docs/websocket-rules.md lists them.",
        rules.len()
    );
    for part in wrap(&text, out.width) {
        out.plain(&part)?;
    }
    Ok(())
}

fn describe(bundled: &Bundled, out: &mut Output) -> anyhow::Result<()> {
    if out.json() {
        return json(bundled, out);
    }
    out.line(&Line::new().with(Ink::Strong, bundled.name.clone()))?;
    let size = bundled.bytes().map_or(0, |bytes| bytes.len());
    for text in [
        format!("shows     {}", bundled.shows),
        format!("frames    {} in {size} bytes", bundled.frames),
        format!("recorded  {}", bundled.recorded),
        format!("SHA-256   {}", bundled.sha256),
        format!("replay    netlab replay {}", bundled.name),
        format!("export    netlab captures {} --export {}", bundled.name, bundled.file_name()),
    ] {
        let (key, value) = text.split_at(10);
        for (index, part) in wrap(value, out.width.saturating_sub(12)).into_iter().enumerate() {
            let key = if index == 0 { key } else { "          " };
            out.line(&Line::from("  ").with(Ink::Faint, key).with(Ink::Plain, part))?;
        }
    }
    Ok(())
}

fn json(bundled: &Bundled, out: &mut Output) -> anyhow::Result<()> {
    let value = serde_json::json!({
        "kind": "capture", "name": bundled.name, "shows": bundled.shows, "recorded": bundled.recorded,
        "frames": bundled.frames, "sha256": bundled.sha256,
    });
    out.object(&value)?;
    Ok(())
}

fn export(bundled: &Bundled, path: &Path, force: bool, out: &mut Output) -> anyhow::Result<()> {
    let bytes = bundled.bytes().context("the index names a capture that is not bundled")?;
    if path.as_os_str() == "-" {
        out.raw(&bytes)?;
        return Ok(());
    }
    let mut file = create(path, force, "pcapng")?;
    file.write_all(&bytes).with_context(|| format!("{}: writing stopped", path.display()))?;
    out.notice(&format!("wrote {}, {} frames", path.display(), bundled.frames));
    Ok(())
}

/// A new file; one that exists needs `--force`. `extension`: how a name for it ends, where a folder was named.
pub(crate) fn create(path: &Path, force: bool, extension: &str) -> anyhow::Result<std::fs::File> {
    if path.is_dir() {
        let inside = path.join("NAME").with_extension(extension);
        return Err(Usage(format!(
            "{} is a folder; name a file in it: {}",
            path.display(),
            inside.display()
        ))
        .into());
    }
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            anyhow::anyhow!("{}: exists already; --force writes over it", path.display())
        }
        _ => anyhow::Error::new(error).context(path.display().to_string()),
    })
}
