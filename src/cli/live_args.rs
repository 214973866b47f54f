//! The flags that the live commands share.

use std::path::PathBuf;

use clap::ValueEnum;
#[cfg(all(feature = "live", target_os = "linux"))]
use netlab::quiz::Focus;
#[cfg(all(feature = "live", target_os = "linux"))]
use netlab::story::Subject;
#[cfg(all(feature = "live", target_os = "linux"))]
use netlab::words::Level;

use super::common::{Overwrite, count, port};
use super::picture::PictureArgs;
#[cfg(all(feature = "live", target_os = "linux"))]
use super::quiz::Asker;
use super::{Output, Usage};

/// How something is shown live. The command's own arguments are named `target` and `scenario`.
#[derive(clap::Args, Debug)]
pub(crate) struct LiveArgs {
    /// List the scenarios
    #[arg(long)]
    pub(crate) list: bool,

    /// Hold each frame on the wire until you press Enter
    #[arg(long, conflicts_with_all = ["target", "listen"])]
    pub(crate) step: bool,

    /// Ask before some steps what they will show; in the lab the frame waits on the wire
    #[arg(long, conflicts_with = "listen")]
    pub(crate) quiz: bool,

    /// Wait so long before each next step, for reading; the wire does not wait
    #[arg(long, value_name = "SECONDS", value_parser = super::pace::seconds, conflicts_with_all = ["step", "listen"])]
    pub(crate) pace: Option<f64>,

    /// IPv4
    #[arg(short = '4', conflicts_with = "ipv6")]
    pub(crate) ipv4: bool,

    /// IPv6
    #[arg(short = '6')]
    pub(crate) ipv6: bool,

    /// Show the connection of whoever calls this port
    #[arg(long, value_name = "PORT", conflicts_with_all = ["target", "scenario"], value_parser = port)]
    pub(crate) listen: Option<u16>,

    /// Listen on this address of the computer [default: 127.0.0.1]
    #[arg(long, value_name = "ADDR", requires = "listen")]
    pub(crate) bind: Option<std::net::IpAddr>,

    /// Stop listening after so many connections [default: on Ctrl-C]
    #[arg(long, value_name = "N", requires = "listen", value_parser = count::<u32>)]
    pub(crate) count: Option<u32>,

    /// Capture on this interface [default: the one the route takes]
    #[arg(long, value_name = "NAME")]
    pub(crate) interface: Option<String>,

    /// Give up on a target after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds, requires = "target")]
    pub(crate) timeout: f64,

    /// Show it this way or not at all [default: the best that works here]
    #[arg(long, value_enum, hide_possible_values = true, value_name = "lab|loopback|replay", conflicts_with_all = ["target", "listen"])]
    pub(crate) mode: Option<Mode>,

    /// Keep the frames in this file, for Wireshark
    #[arg(long, value_name = "FILE.pcapng", group = "files")]
    pub(crate) save: Option<PathBuf>,

    /// Show the bytes beside the fields
    #[arg(long)]
    pub(crate) bytes: bool,

    #[command(flatten)]
    pub(crate) picture: PictureArgs,

    #[command(flatten)]
    pub(crate) overwrite: Overwrite,
}

/// How a connection of our own is shown.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// two hosts and a wire of our own
    Lab,
    /// our own server and client on the loopback interface
    Loopback,
    /// a bundled capture
    Replay,
}

impl LiveArgs {
    /// Tells `out` whether a picture is wanted. `interactive`: what is typed is said.
    pub(crate) fn prepare(&self, interactive: bool, out: &mut Output) -> anyhow::Result<()> {
        let one_by_one = [
            ("--list", self.list),
            ("--step", self.step),
            ("--pace", self.pace.is_some()),
            ("--quiz", self.quiz),
            ("--bytes", self.bytes),
            ("--interactive", interactive),
        ];
        self.picture.prepare(self.overwrite.force, &one_by_one, out)?;
        if out.to.is_some() && self.listen.is_some() && self.count != Some(1) {
            let what = "a picture shows one connection, and --listen many: add --count 1";
            return Err(Usage(what.to_owned()).into());
        }
        Ok(())
    }

    /// The questions of a story about `subject`, if any were asked for. `command`: whose story it is.
    #[cfg(all(feature = "live", target_os = "linux"))]
    pub(crate) fn asker(
        &self,
        command: &str,
        subject: Subject,
        level: Level,
    ) -> anyhow::Result<Option<Asker>> {
        let focus = match (command, subject) {
            ("websocket", Subject::Tcp) => Focus::Both,
            ("websocket", _) => Focus::WebSocket,
            _ => Focus::Tcp,
        };
        self.quiz.then(|| Asker::new(focus, level)).transpose()
    }

    /// Whether the student's lines are answers.
    #[cfg(all(feature = "live", target_os = "linux"))]
    pub(crate) fn hears_lines(&self) -> bool {
        self.step || self.quiz
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number <= 3600.0 => Ok(number),
        _ => Err("a number of seconds above 0, up to 3600".to_owned()),
    }
}
