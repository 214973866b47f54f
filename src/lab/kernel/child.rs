//! The hidden child: reads what is to be played, builds the lab, plays, and ends; at the latest when its parent is gone.

use std::io;
use std::process::ExitCode;

use super::build::{Plan, build};
use super::{guests, stage};
use crate::lab::message::{self, Down, Up};
use crate::live::{Broken, Step};
use crate::sys::signal;

/// The lab's child, from its first line to its exit code. To be called by `main` before any thread exists: a process with
/// two threads may not enter a user namespace.
///
/// Standard input and output are pipes to the parent. Signals from the terminal are left to the parent: when it ends, the
/// pipe does, and then the child.
pub fn child_main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        // The parent has gone, or speaks another language (it is not netlab): nobody to tell.
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    signal::leave_to_parent()?;
    let mut rest = Vec::new();
    match message::read::<Down>(&mut io::stdin(), &mut rest)? {
        Some(Down::Play(play)) => {
            let scenario = Some(&play.scenario);
            let plan = Plan { ipv6: play.ipv6, step: play.step, router: play.router, scenario };
            match build(&plan) {
                Ok(hosts) => stage::play(hosts, *play, rest),
                Err(broken) => tell(&Up::Broken(broken)),
            }
        }
        Some(Down::Start(start)) => {
            let plan = Plan { ipv6: start.ipv6, step: false, router: false, scenario: None };
            match build(&plan) {
                Ok(hosts) => guests::play(hosts, *start, rest),
                Err(broken) => tell(&Up::Broken(broken)),
            }
        }
        Some(Down::Probe) => match build(&Plan { ipv6: false, step: false, router: false, scenario: None }) {
            Ok(_) => tell(&Up::Works),
            Err(broken) => tell(&Up::Broken(broken)),
        },
        Some(Down::Release(_) | Down::Order(_)) | None => {
            Err(io::Error::other(Broken { step: Step::Child, errno: 0 }))
        }
    }
}

fn tell(message: &Up) -> io::Result<()> {
    message::write(&mut io::stdout(), message)
}
