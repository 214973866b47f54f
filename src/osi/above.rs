//! What stands above IP and netlab does not read: what its number alone tells (IANA, Protocol Numbers).

/// What a protocol is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It brings bytes from program to program, and has ports: layer 4.
    Transport,
    /// It wraps another packet, or another frame.
    Tunnel,
    /// It hides what it carries.
    Sealed,
    /// It serves the network itself, as ICMP does, and has no ports.
    Helper,
    /// Nothing follows.
    Nothing,
    /// netlab does not know it.
    Unknown,
}

/// What is known of a protocol that is not read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Above {
    pub(super) kind: Kind,
    /// What its bytes are called.
    pub(super) title: &'static str,
    /// Where it is described.
    pub(super) rfc: Option<&'static str>,
}

impl Above {
    /// What it is called; `None` where that is not known.
    pub(super) fn name(self) -> Option<&'static str> {
        self.title.strip_prefix("unread ")
    }

    /// Whether a program may speak in it.
    pub(super) fn may_speak(self) -> bool {
        matches!(self.kind, Kind::Transport | Kind::Tunnel | Kind::Sealed | Kind::Unknown)
    }
}

/// Those that a capture may well hold, by their number.
const KNOWN: &[(u8, Kind, &str, &str)] = &[
    (2, Kind::Helper, "unread IGMP", "RFC 9776"),
    (33, Kind::Transport, "unread DCCP", "RFC 4340"),
    (46, Kind::Helper, "unread RSVP", "RFC 2205"),
    (47, Kind::Tunnel, "unread GRE", "RFC 2784"),
    (50, Kind::Sealed, "unread ESP", "RFC 4303"),
    (59, Kind::Nothing, "not read", "RFC 8200, 4.7"),
    (88, Kind::Helper, "unread EIGRP", "RFC 7868"),
    (89, Kind::Helper, "unread OSPF", "RFC 2328"),
    (97, Kind::Tunnel, "unread EtherIP", "RFC 3378"),
    (103, Kind::Helper, "unread PIM", "RFC 7761"),
    (112, Kind::Helper, "unread VRRP", "RFC 9568"),
    (115, Kind::Tunnel, "unread L2TP", "RFC 3931"),
    (132, Kind::Transport, "unread SCTP", "RFC 9260"),
    (136, Kind::Transport, "unread UDP-Lite", "RFC 3828"),
    (137, Kind::Tunnel, "unread MPLS", "RFC 4023"),
];

/// What is known of the protocol of a number.
pub(super) fn above(number: u8) -> Above {
    let known = KNOWN.iter().find(|(known, ..)| *known == number);
    match known {
        Some((_, kind, title, rfc)) => Above { kind: *kind, title, rfc: Some(rfc) },
        None => Above { kind: Kind::Unknown, title: "not read", rfc: None },
    }
}
