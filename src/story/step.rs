//! A step: one thing that happened, and everything that tells it.

use std::ops::Range;
use std::time::Duration;

use crate::dissect::Span;
use crate::event::{self, Host, Sockets, TcpState};
use crate::flow::talk::Verdict;
use crate::frame::{Frame, LinkType, Time};

use super::what::What;

/// The state of one endpoint before and after a step (RFC 9293, section 3.3.2).
///
/// *Before*: the sender before it sent, the receiver before it received. *After*: once both have handled the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// `None` where nobody can know: a capture that begins in the middle.
    pub before: Option<TcpState>,
    /// `None` where nobody can know.
    pub after: Option<TcpState>,
    /// Whether `before` was read from the host's kernel; else it is inferred.
    pub kernel_before: bool,
    /// Whether `after` was read from the host's kernel; else it is inferred.
    pub kernel_after: bool,
}

impl Change {
    /// Whether the step moves this endpoint to another state.
    pub fn moves(&self) -> bool {
        self.before != self.after
    }
}

/// Both endpoints' states around a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct States {
    /// The client's.
    pub client: Change,
    /// The server's.
    pub server: Change,
}

impl States {
    /// That of `host`.
    pub fn of(&self, host: Host) -> &Change {
        match host {
            Host::Client => &self.client,
            Host::Server => &self.server,
        }
    }

    /// That of `host`, to be changed.
    pub fn of_mut(&mut self, host: Host) -> &mut Change {
        match host {
            Host::Client => &mut self.client,
            Host::Server => &mut self.server,
        }
    }
}

/// A calculation that the step rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// With this frame's numbers: `ack 1 = 0 + 1`.
    pub sum: String,
    /// Why, in a few words: `the SYN takes one number`.
    pub why: &'static str,
}

/// A field's value, as JSON writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// A number, also one that Wireshark shows in hex.
    Number(u64),
    /// A flag that is there.
    Flag,
    /// A bit that is set or not.
    Bit(bool),
    /// Text: an address; bytes in hex. Untrusted where a program said it.
    Text(String),
}

/// One field that the step shows, and where in the frame it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Wireshark's name.
    pub name: &'static str,
    /// Its value.
    pub value: FieldValue,
    /// Its bytes; `None` for what follows from other frames (a relative number).
    pub span: Option<Span>,
}

/// Where the segment is told that carries what a program says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carrier {
    /// In a step of its own, above.
    #[default]
    Told,
    /// Nowhere: its number and its time stand here.
    Folded,
    /// Nowhere: it carried the step above, too.
    Shared,
}

/// One thing that happened, explained.
#[derive(Clone, Debug)]
pub struct Step {
    /// From 1, without gaps.
    pub number: u32,
    /// What it is.
    pub what: What,
    /// The key of its words: finer than `what`, such as `step tcp.ack_handshake`.
    pub words: &'static str,
    /// The conversation, as Wireshark's `tcp.stream`; `None` for neighbours' frames.
    pub stream: Option<u32>,
    /// The frames that prove it; the first is the one it is about. Empty where nothing was on the wire.
    pub frames: Vec<u64>,
    /// Since the first frame of the story.
    pub time: Option<Duration>,
    /// Since the step before.
    pub since: Option<Duration>,
    /// Who sent it.
    pub from: Host,
    /// What stands on the arrow: `SYN-ACK`, `ACK, 14 bytes`.
    pub label: String,
    /// The states around it; `None` for what is not TCP.
    pub states: Option<States>,
    /// The fields that matter for it.
    pub fields: Vec<Shown>,
    /// Its arithmetic.
    pub sums: Vec<Sum>,
    /// What the bytes look like, line by line: a header bit by bit, a mask worked out. Untrusted where a program said it.
    pub drawing: Vec<String>,
    /// Which lines of the drawing show what no earlier one did.
    pub news: Range<usize>,
    /// The line of JavaScript at the client that made it, or the handler that it fires there.
    pub code: Vec<String>,
    /// The same at the server, as Node's `ws` has it.
    pub server_code: Vec<String>,
    /// What the referee says of it.
    pub verdicts: Vec<Verdict>,
    /// From here on nobody can know where anything begins that this side says.
    pub lost: Option<Host>,
    /// Its TCP options, in words.
    pub options: Vec<String>,
    /// What the words' placeholders stand for in this frame.
    pub values: Vec<(&'static str, String)>,
    /// The display filter that finds it in Wireshark.
    pub filter: String,
    /// Whether it is one of the three steps of the handshake, or a turn that deserves as much room.
    pub full: bool,
    /// One of its kind was told in full before, or one much like it: it needs fewer words, and how to find it none.
    pub again: bool,
    /// What it carries is told by steps of their own, right behind it: its bytes need no words.
    pub carries: bool,
    /// Where the segment is told that carries it, where it is something that a program says.
    pub carrier: Carrier,
    /// It was said inside of TLS, and keys have opened that.
    pub inside_tls: bool,
    /// What the wire did with the frame; `None` where nobody held the wire.
    pub verdict: Option<event::Verdict>,
    /// Remarks that belong to this step alone: what later frames revealed, what was cut.
    pub notes: Vec<String>,
    /// The keys of more words that belong to it: on a checksum that is wrong.
    pub remarks: Vec<&'static str>,
    /// What both kernels said while the frame stood on the wire.
    pub sockets: Option<Sockets>,
    /// Its bytes, as far as they were kept; empty where no frame belongs to it.
    pub bytes: Vec<u8>,
    /// How many bytes it had on the wire.
    pub original_len: u32,
    /// What its first bytes are.
    pub link: LinkType,
    /// When it was seen.
    pub at: Option<Time>,
}

impl Step {
    /// The frame that the step is about, as far as its bytes were kept; `None` where no frame belongs to it. What a program says has
    /// none of its own: its bytes are those of its segment's step.
    pub fn frame(&self) -> Option<Frame<'_>> {
        let number = self.frames.first().copied()?;
        let (bytes, original_len) = (self.bytes.as_slice(), self.original_len);
        Some(Frame { number, time: self.at, link: self.link, interface: None, bytes, original_len })
    }

    /// A step without number or frame, of which nothing is known but these four.
    pub(super) fn bare(what: What, words: &'static str, from: Host, link: LinkType) -> Step {
        Step {
            number: 0,
            what,
            words,
            stream: None,
            frames: Vec::new(),
            time: None,
            since: None,
            from,
            label: String::new(),
            states: None,
            fields: Vec::new(),
            sums: Vec::new(),
            drawing: Vec::new(),
            news: 0..0,
            code: Vec::new(),
            server_code: Vec::new(),
            verdicts: Vec::new(),
            lost: None,
            options: Vec::new(),
            values: Vec::new(),
            filter: String::new(),
            full: false,
            again: false,
            carries: false,
            carrier: Carrier::Told,
            inside_tls: false,
            verdict: None,
            notes: Vec::new(),
            remarks: Vec::new(),
            sockets: None,
            bytes: Vec::new(),
            original_len: 0,
            link,
            at: None,
        }
    }
}
