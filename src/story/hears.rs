//! Whose program still hears what the other side says, as a browser and Node's `ws` have it.

use crate::event::Host;
use crate::flow::talk::{Must, Verdict};

use super::heard::{Completed, Does, FrameSaid};

/// What was seen of one side.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// It broke a rule for which the other side must fail the connection: who does reads nothing more of it.
    broke: bool,
    /// Its close frame failed the connection: it reads nothing more.
    failed: bool,
    /// Its close frame came before any of the other side's; that its program may have sent it.
    closes: Option<bool>,
    /// Its end of TCP is over: a FIN of its own, or an RST of either side.
    gone: bool,
}

/// Both sides, as far as the story has come.
#[derive(Debug, Default)]
pub(super) struct Hears {
    client: Side,
    server: Side,
}

/// What the program of a side is told of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Its handler fires.
    Yes,
    /// None does: its own goodbye came first. Whether its program can have said that.
    Closing(bool),
    /// It is gone, or its side reads nothing more.
    Nothing,
}

impl Hears {
    fn side(&self, host: Host) -> &Side {
        match host {
            Host::Client => &self.client,
            Host::Server => &self.server,
        }
    }

    fn side_mut(&mut self, host: Host) -> &mut Side {
        match host {
            Host::Client => &mut self.client,
            Host::Server => &mut self.server,
        }
    }

    /// What the program of `host` is told of what the other side says now.
    pub(super) fn told(&self, host: Host) -> Told {
        let own = self.side(host);
        match own.closes {
            _ if own.failed || own.gone || self.broke(host.other()) => Told::Nothing,
            Some(by_program) => Told::Closing(by_program),
            None => Told::Yes,
        }
    }

    /// Whether `host` has broken a rule for which the other side must fail the connection: no browser does, nor `ws`.
    pub(super) fn broke(&self, host: Host) -> bool {
        self.side(host).broke
    }

    /// The side's end of TCP is over.
    pub(super) fn gone(&mut self, host: Host) {
        self.side_mut(host).gone = true;
    }

    /// Takes in what was said, once it was told.
    pub(super) fn take(&mut self, completed: &Completed) {
        match completed {
            Completed::Frame(said) => {
                self.judge(&said.verdicts);
                self.frame(said);
            }
            Completed::More { verdicts, .. } => self.judge(verdicts),
            _ => {}
        }
    }

    /// Takes in what the referee says of what is not complete.
    pub(super) fn judge(&mut self, verdicts: &[Verdict]) {
        for verdict in verdicts.iter().filter(|verdict| verdict.must == Must::Close) {
            self.side_mut(verdict.by).broke = true;
        }
    }

    fn frame(&mut self, said: &FrameSaid) {
        let Does::Close { answers: false } = said.does else { return };
        let own = self.side_mut(said.frame.from);
        let code = said.frame.close_code;
        own.failed |= fails(code);
        own.closes.get_or_insert(matches!(code, None | Some(1000 | 3000..=4999)));
    }
}

/// Whether a close frame that answers none is the library's own: its side fails the connection and reads no more. (With 1003 a
/// program says that it has read what it cannot use.)
pub(super) fn fails(code: Option<u16>) -> bool {
    matches!(code, Some(1002 | 1007 | 1009))
}

/// The code with which a close frame of the server fails the connection.
pub(super) fn refusal(completed: &Completed) -> Option<u16> {
    match completed {
        Completed::Frame(said) if said.does == (Does::Close { answers: false }) => {
            said.frame.close_code.filter(|code| fails(Some(*code)))
        }
        _ => None,
    }
}
