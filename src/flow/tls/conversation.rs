//! One conversation: both directions, and what each must know of the other.

use super::cutter::{Cut, Cutter};
use super::event::{Agreed, End, Event};
use super::hello::{ClientHello, ServerHello};
use super::keylog::KeyLog;
use super::limits::Limits;
use super::names::{CipherSuite, Version};
use super::reader::{Desk, Reader};
use crate::event::Host;
use crate::flow::stream::{Ending, Given, Side};

/// What the hellos said.
#[derive(Debug, Default)]
pub(super) struct Hellos {
    /// Who said the client's hello: where a capture begins in the middle, this may be TCP's server.
    pub(super) asks: Option<Host>,
    /// By it the keys are found.
    pub(super) random: Option<[u8; 32]>,
    /// The client speaks before it is answered.
    pub(super) early: bool,
    pub(super) version: Option<Version>,
    pub(super) suite: Option<CipherSuite>,
}

impl Hellos {
    pub(super) fn client(&mut self, hello: &ClientHello, from: Host) {
        self.asks = Some(from);
        self.random = Some(hello.random);
        // After a HelloRetryRequest the second hello says nothing of what the first has brought along.
        self.early |= hello.early_data;
    }

    pub(super) fn server(&mut self, hello: &ServerHello, stream: u32) -> Option<Agreed> {
        self.version = Some(hello.version());
        self.suite = Some(hello.cipher_suite);
        (!hello.is_retry()).then(|| Agreed {
            stream,
            version: hello.version(),
            cipher_suite: hello.cipher_suite,
            resumed: hello.pre_shared_key.is_some(),
        })
    }
}

/// One direction.
#[derive(Debug)]
struct Half {
    cutter: Cutter,
    reader: Reader,
}

impl Half {
    fn new(limits: Limits) -> Half {
        Half { cutter: Cutter::default(), reader: Reader::new(limits) }
    }
}

/// Reads TLS in one conversation. See the [module](super) for what comes in and what goes out.
#[derive(Debug)]
pub struct Conversation {
    limits: Limits,
    hellos: Hellos,
    client: Half,
    server: Half,
}

impl Default for Conversation {
    fn default() -> Conversation {
        Conversation::new(Limits::default())
    }
}

impl Conversation {
    /// One that has seen nothing yet.
    pub fn new(limits: Limits) -> Conversation {
        let (client, server) = (Half::new(limits), Half::new(limits));
        Conversation { limits, hellos: Hellos::default(), client, server }
    }

    /// Takes what the reassembly hands on of this conversation. The first byte of TLS need not be that of the stream: what
    /// was said before it, to a proxy for example, is then not pushed. `keys` may come to know more from one call to the
    /// next; `sink` gets all that comes of it, in order.
    pub fn push(&mut self, given: &Given<'_>, keys: &KeyLog, sink: &mut dyn FnMut(Event<'_>)) {
        match given {
            Given::Bytes(chunk) => {
                let sure = self.is_tls(chunk.side.from.other()) == Some(true);
                self.with(chunk.side, keys, sink, |cutter, each| cutter.push(chunk, sure, each));
            }
            Given::Hole(hole) => {
                self.with(hole.side, keys, sink, |cutter, each| cutter.hole(hole, each));
            }
            Given::End(ending) => {
                if !ending.reset {
                    self.flush(ending.side, keys, sink);
                }
                self.end(ending.side, Some(ending), sink);
            }
            Given::Anew(side) => *self.of_mut(side.from) = Half::new(self.limits),
            Given::Forgotten(_) => *self = Conversation::new(self.limits),
            Given::Overlap(_) | Given::Uncompared(_) | Given::GivenUp(_) | Given::Ignored(_) => {}
        }
    }

    /// The capture has ended: tells what still waits, and the end of each direction that spoke and has not ended.
    pub fn finish(&mut self, stream: u32, keys: &KeyLog, sink: &mut dyn FnMut(Event<'_>)) {
        for from in [Host::Client, Host::Server] {
            let side = Side { stream, from };
            self.flush(side, keys, sink);
            if self.is_tls(from) == Some(true) {
                self.end(side, None, sink);
            }
        }
    }

    /// Whether a side speaks TLS; `None` where it is not known yet.
    pub fn is_tls(&self, from: Host) -> Option<bool> {
        self.of(from).cutter.is_tls()
    }

    /// The version that both sides agreed upon; `None` before the ServerHello.
    pub fn version(&self) -> Option<Version> {
        self.hellos.version
    }

    /// How many bytes of memory are held beside the conversation itself: at most [`Limits::memory`].
    pub fn kept(&self) -> usize {
        [&self.client, &self.server].into_iter().map(|half| half.cutter.kept() + half.reader.kept()).sum()
    }

    fn of(&self, from: Host) -> &Half {
        match from {
            Host::Client => &self.client,
            Host::Server => &self.server,
        }
    }

    fn of_mut(&mut self, from: Host) -> &mut Half {
        match from {
            Host::Client => &mut self.client,
            Host::Server => &mut self.server,
        }
    }

    /// What waits for something behind it comes now.
    fn flush(&mut self, side: Side, keys: &KeyLog, sink: &mut dyn FnMut(Event<'_>)) {
        self.with(side, keys, sink, |cutter, each| cutter.finish(side, each));
    }

    fn end(&mut self, side: Side, ending: Option<&Ending>, sink: &mut dyn FnMut(Event<'_>)) {
        let Half { cutter, reader } = self.of_mut(side.from);
        if cutter.is_tls() != Some(true) || reader.end() {
            return;
        }
        sink(Event::End(End {
            side,
            offset: reader.said(),
            frame: ending.map(|ending| ending.frame),
            reset: ending.is_some_and(|ending| ending.reset),
            closed: reader.closed(),
            unfinished: cutter.unfinished(),
        }));
    }

    /// Cuts, and reads what was cut.
    fn with(
        &mut self,
        side: Side,
        keys: &KeyLog,
        sink: &mut dyn FnMut(Event<'_>),
        cut: impl FnOnce(&mut Cutter, &mut dyn FnMut(Cut<'_>)),
    ) {
        let Conversation { hellos, client, server, .. } = self;
        let Half { cutter, reader } = match side.from {
            Host::Client => client,
            Host::Server => server,
        };
        let mut desk = Desk { hellos, keys, sink };
        cut(cutter, &mut |cut| reader.take(side, cut, &mut desk));
    }
}
