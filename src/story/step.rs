//! A step: one thing that happened, and everything that tells it.

use std::ops::Range;
use std::time::Duration;

use crate::dissect::Span;
use crate::event::{self, Host, Sockets, TcpState};
use crate::flow::talk::Verdict;
use crate::frame::{LinkType, Time};

/// What a step is: the closed list that JSON's `what` takes its value from (docs/json.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Who has this IP address?
    ArpRequest,
    /// I have it.
    ArpReply,
    /// An ARP frame about the sender's own address.
    ArpAnnouncement,
    /// IPv6: who has this address?
    NdSolicitation,
    /// IPv6: I have it.
    NdAdvertisement,
    /// The first segment of a connection.
    TcpSyn,
    /// The answer to it.
    TcpSynAck,
    /// A segment that only acknowledges; the third of the handshake is one.
    TcpAck,
    /// A segment with bytes in it.
    TcpData,
    /// The sender has said all it wants to say.
    TcpFin,
    /// The connection is cut, or was never there.
    TcpRst,
    /// Any of these again.
    TcpRetransmission,
    /// The same acknowledgement again: something is missing.
    TcpDuplicateAck,
    /// Bytes that come after later ones.
    TcpOutOfOrder,
    /// Are you still there?
    TcpKeepAlive,
    /// An ICMP or ICMPv6 error about the conversation.
    IcmpError,
    /// The client begins TLS.
    TlsClientHello,
    /// The server takes one of its offers.
    TlsServerHello,
    /// The server asks for another hello.
    TlsRetry,
    /// Other messages of TLS's handshake.
    TlsHandshake,
    /// Records of TLS that change nothing for who looks on.
    TlsAside,
    /// Records of TLS whose content the keys have opened; what is said in them follows.
    TlsData,
    /// Records of TLS that stay closed.
    TlsSealed,
    /// An alert of TLS.
    TlsAlert,
    /// A request of HTTP is complete.
    HttpRequest,
    /// An answer of HTTP is.
    HttpAnswer,
    /// What should answer a request of HTTP is none.
    HttpNone,
    /// A request for WebSocket.
    WsAsked,
    /// The server agrees.
    WsOpened,
    /// The server agrees, and its answer is wrong.
    WsFailed,
    /// The server does not agree.
    WsRefused,
    /// A frame that is a whole text.
    WsText,
    /// A frame that is a whole message of bytes.
    WsBinary,
    /// A part of a message, not the last.
    WsFragment,
    /// The last part.
    WsFragmentLast,
    /// Asks for a pong.
    WsPing,
    /// Answers a ping.
    WsPong,
    /// The sender will say no more.
    WsClose,
    /// So will the other side.
    WsCloseAnswer,
    /// A frame whose opcode has no meaning.
    WsUnknown,
    /// A frame with a length that is none: behind it nothing can be read.
    WsUnreadable,
    /// More of these in the same segment.
    More,
    /// To the end nothing came back; belongs to no frame of its own.
    NoAnswer,
    /// Several of these, told in short. Only people see it: JSON has each one.
    Folded,
}

impl What {
    /// Every one that JSON has.
    pub const ALL: [What; 43] = [
        What::ArpRequest,
        What::ArpReply,
        What::ArpAnnouncement,
        What::NdSolicitation,
        What::NdAdvertisement,
        What::TcpSyn,
        What::TcpSynAck,
        What::TcpAck,
        What::TcpData,
        What::TcpFin,
        What::TcpRst,
        What::TcpRetransmission,
        What::TcpDuplicateAck,
        What::TcpOutOfOrder,
        What::TcpKeepAlive,
        What::IcmpError,
        What::TlsClientHello,
        What::TlsServerHello,
        What::TlsRetry,
        What::TlsHandshake,
        What::TlsAside,
        What::TlsData,
        What::TlsSealed,
        What::TlsAlert,
        What::HttpRequest,
        What::HttpAnswer,
        What::HttpNone,
        What::WsAsked,
        What::WsOpened,
        What::WsFailed,
        What::WsRefused,
        What::WsText,
        What::WsBinary,
        What::WsFragment,
        What::WsFragmentLast,
        What::WsPing,
        What::WsPong,
        What::WsClose,
        What::WsCloseAnswer,
        What::WsUnknown,
        What::WsUnreadable,
        What::More,
        What::NoAnswer,
    ];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            What::ArpRequest => "arp.request",
            What::ArpReply => "arp.reply",
            What::ArpAnnouncement => "arp.announcement",
            What::NdSolicitation => "nd.solicitation",
            What::NdAdvertisement => "nd.advertisement",
            What::TcpSyn => "tcp.syn",
            What::TcpSynAck => "tcp.syn_ack",
            What::TcpAck => "tcp.ack",
            What::TcpData => "tcp.data",
            What::TcpFin => "tcp.fin",
            What::TcpRst => "tcp.rst",
            What::TcpRetransmission => "tcp.retransmission",
            What::TcpDuplicateAck => "tcp.duplicate_ack",
            What::TcpOutOfOrder => "tcp.out_of_order",
            What::TcpKeepAlive => "tcp.keep_alive",
            What::IcmpError => "icmp.error",
            What::TlsClientHello => "tls.client_hello",
            What::TlsServerHello => "tls.server_hello",
            What::TlsRetry => "tls.retry",
            What::TlsHandshake => "tls.handshake",
            What::TlsAside => "tls.aside",
            What::TlsData => "tls.data",
            What::TlsSealed => "tls.sealed",
            What::TlsAlert => "tls.alert",
            What::HttpRequest => "http.request",
            What::HttpAnswer => "http.answer",
            What::HttpNone => "http.none",
            What::WsAsked => "ws.asked",
            What::WsOpened => "ws.opened",
            What::WsFailed => "ws.failed",
            What::WsRefused => "ws.refused",
            What::WsText => "ws.text",
            What::WsBinary => "ws.binary",
            What::WsFragment => "ws.fragment",
            What::WsFragmentLast => "ws.fragment_last",
            What::WsPing => "ws.ping",
            What::WsPong => "ws.pong",
            What::WsClose => "ws.close",
            What::WsCloseAnswer => "ws.close_answer",
            What::WsUnknown => "ws.unknown",
            What::WsUnreadable => "ws.unreadable",
            What::More => "story.more",
            What::NoAnswer => "story.no_answer",
            What::Folded => "story.folded",
        }
    }

    /// Whether a program said it, on the stream that segments carry: it stands behind the step of the segment that completes it,
    /// and moves no state of TCP.
    pub fn is_said(self) -> bool {
        let name = self.name();
        ["http.", "ws.", "tls."].iter().any(|start| name.starts_with(start)) || self == What::More
    }
}

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
            sockets: None,
            bytes: Vec::new(),
            original_len: 0,
            link,
            at: None,
        }
    }
}
