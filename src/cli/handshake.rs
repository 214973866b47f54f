//! `netlab handshake`: a real TCP handshake, live.

use std::path::PathBuf;

use clap::ValueEnum;

/// See a real TCP handshake, live, frame by frame
///
/// Without a target netlab makes two hosts on this computer and is itself the wire between them: no root, no second computer,
/// no Internet.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: netlab handshake --step\n         netlab handshake example.org:443\n         netlab handshake --scenario lost-syn --save lost.pcapng"
)]
pub(crate) struct Args {
    /// A server to connect to, live, over a real interface
    #[arg(value_name = "HOST:PORT")]
    pub(crate) target: Option<String>,

    /// What happens on the wire (--list shows them)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["target", "listen"])]
    pub(crate) scenario: Option<String>,

    /// List the scenarios
    #[arg(long)]
    pub(crate) list: bool,

    /// Hold each frame on the wire until you press Enter
    #[arg(long, conflicts_with_all = ["target", "listen"])]
    pub(crate) step: bool,

    /// What the client says [default: a short greeting; to a target: nothing]
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,

    /// IPv4
    #[arg(short = '4', conflicts_with = "ipv6")]
    pub(crate) ipv4: bool,

    /// IPv6
    #[arg(short = '6')]
    pub(crate) ipv6: bool,

    /// Show the handshake of whoever connects to this port
    #[arg(long, value_name = "PORT", conflicts_with = "target")]
    pub(crate) listen: Option<u16>,

    /// Listen on this address of the computer [default: 127.0.0.1]
    #[arg(long, value_name = "ADDR", requires = "listen")]
    pub(crate) bind: Option<std::net::IpAddr>,

    /// Stop listening after so many connections [default: on Ctrl-C]
    #[arg(long, value_name = "N", requires = "listen", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) count: Option<u32>,

    /// Capture on this interface [default: the one the route takes]
    #[arg(long, value_name = "NAME")]
    pub(crate) interface: Option<String>,

    /// Give up on a target after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds)]
    pub(crate) timeout: f64,

    /// Show it this way or not at all [default: the best that works here]
    #[arg(long, value_enum, hide_possible_values = true, value_name = "lab|loopback|replay", conflicts_with_all = ["target", "listen"])]
    pub(crate) mode: Option<Mode>,

    /// Keep the frames in this file, for Wireshark
    #[arg(long, value_name = "FILE.pcapng")]
    pub(crate) save: Option<PathBuf>,

    /// Write over a file that exists
    #[arg(long, requires = "save")]
    pub(crate) force: bool,

    /// Show the bytes beside the fields
    #[arg(long)]
    pub(crate) bytes: bool,
}

/// How a handshake is shown.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// two hosts and a wire of our own
    Lab,
    /// our own server and client on the loopback interface
    Loopback,
    /// a bundled capture
    Replay,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number <= 3600.0 => Ok(number),
        _ => Err("a number of seconds above 0, up to 3600".to_owned()),
    }
}
