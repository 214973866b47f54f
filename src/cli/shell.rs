//! `netlab completions` and `netlab man`: for the shell.

use anyhow::Context;
use clap_complete::Shell;

use super::{Exit, Output};

/// Write the completions for a shell to standard output
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: netlab completions bash > ~/.local/share/bash-completion/completions/netlab"
)]
pub(crate) struct CompletionsArgs {
    /// bash, zsh, fish, elvish or powershell
    #[arg(value_enum, hide_possible_values = true)]
    shell: Shell,
}

/// Write the manual page to standard output, or each command's into a folder
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: netlab man | man -l -")]
pub(crate) struct ManArgs {
    /// Write one page a command into this folder
    #[arg(long, value_name = "FOLDER")]
    into: Option<std::path::PathBuf>,
}

pub(crate) fn completions(args: &CompletionsArgs, out: &mut Output) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut super::description(), "netlab", &mut text);
    out.raw(&text)?;
    Ok(Exit::Fine)
}

pub(crate) fn man(args: &ManArgs, out: &mut Output) -> anyhow::Result<Exit> {
    match &args.into {
        Some(folder) => clap_mangen::generate_to(super::description(), folder)
            .with_context(|| format!("{}: the pages could not be written", folder.display()))?,
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(super::description()).render(&mut page)?;
            out.raw(&page)?;
        }
    }
    Ok(Exit::Fine)
}
