//! The kinds of steps.

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
    /// A packet that the capture holds twice.
    TcpCopy,
    /// Are you still there?
    TcpKeepAlive,
    /// Is there room again?
    TcpProbe,
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
    pub const ALL: [What; 45] = [
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
        What::TcpCopy,
        What::TcpKeepAlive,
        What::TcpProbe,
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
            What::TcpCopy => "tcp.copy",
            What::TcpKeepAlive => "tcp.keep_alive",
            What::TcpProbe => "tcp.zero_window_probe",
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
