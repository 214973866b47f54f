//! What the rows, headings and parts of a walk are called: in the words of the trade, and in everyday words for a friend, with the
//! trade's own in brackets where it is met elsewhere.

use super::{WalkView, count_of};
use crate::osi::hops::Compared;
use crate::osi::{Internet, Layer, Place, Unit, UnitKind};
use crate::words::Level;

/// Who the names are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Names {
    /// Somebody who knows nothing of networks.
    Everyday,
    /// Somebody who learns them.
    Trade,
}

/// Everyday words for a layer: in a column, and in a title.
fn everyday(layer: Layer) -> (&'static str, &'static str) {
    match layer {
        Layer::Application => ("words", "what is said"),
        Layer::Presentation => ("writing", "how it is written"),
        Layer::Session => ("turns", "whose turn it is"),
        Layer::Transport => ("telephone", "from telephone to telephone"),
        Layer::Network => ("towns", "from town to town"),
        Layer::Link => ("next door", "to the house next door"),
        Layer::Physical => ("wire", "the wire"),
    }
}

/// Everyday words for a part of a frame.
fn everyday_part(title: &str) -> Option<&'static str> {
    Some(match title {
        "message" | "message, masked" => "the words",
        "data of the program" => "what the program says",
        "WebSocket header" => "how long the words are (WebSocket)",
        "masking key" => "the four numbers (masking key)",
        "for WebSocket itself" => "about the call itself (WebSocket)",
        "HTTP header" => "question or answer (HTTP)",
        "HTTP body" => "what comes with it (HTTP)",
        "TLS record header" => "the lock (TLS)",
        "TLS message" => "words about the lock (TLS)",
        "TLS, protected" => "what is locked (TLS)",
        "TCP" => "the number that it gets (TCP)",
        "UDP" => "the telephone's number (UDP)",
        "DNS" | "mDNS" | "LLMNR" => "a question about a name (DNS)",
        "IPv4" | "IPv6" => "the name of the house (IP)",
        "outer IPv4" | "outer IPv6" => "the name on the outer letter (IP)",
        "IPv6 hop-by-hop options"
        | "IPv6 routing header"
        | "IPv6 fragment header"
        | "IPv6 destination options"
        | "Authentication header" => "more for the way (IP)",
        "ICMP" | "ICMPv6" => "a word among exchanges (ICMP)",
        "ARP" => "which plug belongs to which house (ARP)",
        "Ethernet" => "the slip for the next house (Ethernet)",
        "VLAN tag" | "Provider's VLAN tag" => "the club that it is for (VLAN)",
        "LLC" => "a slip of an old kind (LLC)",
        "padding" => "filled up with nothing (padding)",
        "behind UDP" => "left over, for nobody (IP)",
        "trailer" => "what hangs on behind (trailer)",
        "quoted packet" => "the letter that it is about",
        "piece of the program's data" => "a piece of what the program says",
        "piece of a packet" => "a piece of a letter",
        unread if unread.starts_with("unread ") => "not read",
        _ => return None,
    })
}

impl Names {
    /// Those of a level.
    pub(in crate::render) fn of(level: Level) -> Names {
        if level == Level::Friend { Names::Everyday } else { Names::Trade }
    }

    pub(in crate::render) fn is_everyday(self) -> bool {
        self == Names::Everyday
    }

    /// One of both.
    pub(in crate::render) fn pick<T>(self, everyday: T, trade: T) -> T {
        if self.is_everyday() { everyday } else { trade }
    }

    /// A layer, or what stands between two, in a column: `transport`, `telephone`.
    pub(in crate::render) fn place(self, place: Place) -> &'static str {
        match place.layer() {
            Some(layer) => self.pick(everyday(layer).0, layer.name()),
            None => self.pick("lock", "TLS"),
        }
    }

    /// The same in a title: `from telephone to telephone (transport)`.
    pub(in crate::render) fn place_in_full(self, place: Place) -> String {
        match (self, place.layer()) {
            (Names::Everyday, Some(layer)) => format!("{} ({layer})", everyday(layer).1),
            (Names::Everyday, None) => "the lock (TLS)".to_owned(),
            (Names::Trade, _) => self.place(place).to_owned(),
        }
    }

    /// A title where there is little room: `telephone (transport)`.
    pub(super) fn place_in_short(self, place: Place) -> String {
        match (self, place.layer()) {
            (Names::Everyday, Some(layer)) => format!("{} ({layer})", everyday(layer).0),
            _ => self.place_in_full(place),
        }
    }

    /// A layer of the Internet's own; `None`: it is in neither model.
    pub(in crate::render) fn internet(self, layer: Option<Internet>) -> &'static str {
        match layer {
            Some(layer) if self == Names::Trade => layer.name(),
            Some(Internet::Application) => "talk",
            Some(Internet::Transport) => "telephone",
            Some(Internet::Internet) => "towns",
            Some(Internet::Link) => "street",
            None => self.pick("in none of both", "in neither model"),
        }
    }

    /// A part of the frame.
    pub(in crate::render) fn part(self, title: &'static str) -> &'static str {
        everyday_part(title).filter(|_| self.is_everyday()).unwrap_or(title)
    }

    /// What is compared before a router and behind it.
    pub(in crate::render) fn compared(self, row: &Compared) -> &'static str {
        let everyday = match row.field {
            "eth.dst" => "to next house",
            "eth.src" => "from house",
            "ip.ttl" | "ipv6.hlim" => "may go on for",
            "ip.checksum" => "sum over slip 3",
            "ip.src" | "ipv6.src" => "from, at last",
            "ip.dst" | "ipv6.dst" => "to, at last",
            "tcp.srcport" => "from telephone",
            "tcp.dstport" => "to telephone",
            "tcp.seq_raw" => "its number",
            "tcp.checksum" => "sum over words",
            _ => "the words",
        };
        self.pick(everyday, row.title)
    }

    /// A value of such a row, where it reads another way in everyday words.
    pub(in crate::render) fn value(self, row: &Compared, value: &str) -> String {
        match row.field {
            _ if self == Names::Trade => value.to_owned(),
            "ip.ttl" | "ipv6.hlim" => format!("{value} exchanges"),
            "ip.checksum" | "tcp.checksum" => {
                let sum = value.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok());
                sum.map_or_else(|| value.to_owned(), |sum| sum.to_string())
            }
            // What the words begin with, a friend has read above.
            "" => value.split(',').next().unwrap_or(value).to_owned(),
            _ => value.to_owned(),
        }
    }

    /// What is said of a layer in general: the name of a row.
    pub(in crate::render) fn of_entry(self, row: &'static str) -> &'static str {
        match row {
            "unit" => self.pick("piece", row),
            "misread" => self.pick("beware", row),
            _ => row,
        }
    }

    /// What stands over the seven beside the four.
    pub(in crate::render) fn both_models(self) -> &'static str {
        self.pick(
            "Books count seven layers (OSI), the Internet was built with four (TCP/IP)",
            "The seven layers of OSI, and the four that the Internet has",
        )
    }

    /// Over its columns.
    pub(in crate::render) fn columns(self) -> [&'static str; 3] {
        self.pick(["the seven", "the four", "in here"], ["OSI", "TCP/IP", "in this frame"])
    }

    /// What is said of layer 1, and of layer 3 where ARP speaks alone.
    pub(in crate::render) fn in_no_capture(self) -> &'static str {
        self.pick("in no recording", "in no capture")
    }

    /// What stands between two links.
    pub(in crate::render) fn router(self) -> &'static str {
        self.pick("exchange (router)", "router")
    }

    /// A layer that adds nothing.
    pub(in crate::render) fn adds_nothing(self) -> &'static str {
        self.pick("adds nothing here", "adds nothing to this frame")
    }

    /// Layer 1, where the capture tells nothing of it.
    pub(in crate::render) fn not_here(self) -> &'static str {
        self.pick("not in this recording", "not in this capture")
    }

    pub(in crate::render) fn no_ip(self) -> &'static str {
        self.pick("no house is named", "no IP")
    }

    /// A kind of bytes in a bar, where it has an everyday name of its own.
    pub(in crate::render) fn kind<'a>(self, kind: &str, trade: &'a str) -> &'a str {
        match kind {
            _ if self == Names::Trade => trade,
            "link" => "next door",
            "network" => "towns",
            "transport" => "telephone",
            "tls" => "the lock",
            "opening" => "said to get there",
            "protocol" => "writing and turns",
            "message" => "the words",
            _ => trade,
        }
    }
}

impl WalkView<'_> {
    /// What things are called at its level.
    pub(in crate::render) fn names(&self) -> Names {
        Names::of(self.level)
    }

    /// What stands over the way `Down` and the way `Up`.
    pub(in crate::render) fn on(&self, way: &str, host: &str) -> String {
        match (way, self.names()) {
            ("Down", Names::Trade) => {
                format!("Down, on the {host}: each layer puts its own bytes around what it is given.")
            }
            ("Down", Names::Everyday) => {
                format!("Down, at the {host}: each layer puts a wrapping around what it is given.")
            }
            (_, Names::Trade) => {
                format!(
                    "Up, on the {host}: each layer reads its own bytes, takes them off, and hands on the rest."
                )
            }
            (_, Names::Everyday) => {
                format!("Up, at the {host}: each layer takes its wrapping off, and hands on the rest.")
            }
        }
    }

    /// How much the unit of a layer is: `segment, 53 bytes`.
    pub(in crate::render) fn sized(&self, layer: Layer, size: &str) -> String {
        self.names().pick(size.to_owned(), format!("{}, {size}", self.unit(layer)))
    }

    /// What is said in this frame, in few words and without what it says: `text`, `a word about the call (ping)`.
    pub(super) fn kind_of(&self, unit: &Unit) -> String {
        let title = &unit.title;
        match unit.kind {
            _ if self.names() == Names::Trade => title.clone(),
            UnitKind::Message if unit.text.is_some() && unit.is_whole() => String::new(),
            UnitKind::Message => "words".to_owned(),
            UnitKind::Control => format!("a word about the call itself ({title})"),
            UnitKind::Upgrade | UnitKind::Http => format!("“{title}”"),
            UnitKind::Dns => "a question about a name, or its answer (DNS)".to_owned(),
            UnitKind::Tls => "words about the lock (TLS)".to_owned(),
            UnitKind::Hidden => "something behind the lock (TLS)".to_owned(),
            UnitKind::Data => "something".to_owned(),
        }
    }

    /// The same of what only a part is here of: `part of text`, `part of the words`.
    pub(super) fn part_of_kind(&self, unit: &Unit) -> String {
        match unit.kind {
            UnitKind::Message if self.names().is_everyday() => "part of the words".to_owned(),
            _ => format!("part of {}", self.kind_of(unit)),
        }
    }

    /// A part with its size; `where_` says more of it.
    pub(in crate::render) fn part_of(&self, title: &'static str, len: u64, where_: &str) -> String {
        let title = self.names().part(title);
        match where_ {
            "" => format!("{title}, {}", count_of(len)),
            more => format!("{title}, {}, {more}", count_of(len)),
        }
    }
}
