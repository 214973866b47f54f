//! Which words fit to a layer in this frame: the keys, for the way down and for the way up.

use super::layer::Layer;
use super::piece::{Carries, Cut};
use super::walk::{Held, Place, Stop, Unit, UnitKind, Walk};
use crate::dissect::{Header, Packet};

/// One layer of the walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Floor {
    /// Which: a layer, or TLS.
    pub place: Place,
    /// What it does on the host that sends: keys of the words.
    pub down: Vec<&'static str>,
    /// What it does on the host that receives.
    pub up: Vec<&'static str>,
}

/// Every key of words that a walk can ask for.
pub const KEYS: &[&str] = &[
    "osi.7.text",
    "osi.7.message",
    "osi.7.piece",
    "osi.7.part",
    "osi.7.several",
    "osi.7.tls.several",
    "osi.7.control",
    "osi.7.upgrade",
    "osi.7.http",
    "osi.7.dns",
    "osi.7.tls",
    "osi.7.hidden",
    "osi.7.data",
    "osi.7.again",
    "osi.7.cut",
    "osi.7.none",
    "osi.6.mask",
    "osi.6.key",
    "osi.6.plain",
    "osi.6.deflate",
    "osi.6.several",
    "osi.6.none",
    "osi.tls.opened",
    "osi.tls.hidden",
    "osi.tls.own",
    "osi.5.frame",
    "osi.5.control",
    "osi.5.upgrade",
    "osi.5.part",
    "osi.5.several",
    "osi.5.none",
    "osi.4.tcp",
    "osi.4.instead",
    "osi.4.udp",
    "osi.4.cut",
    "osi.4.cut.later",
    "osi.4.none",
    "osi.4.udp.fails",
    "osi.3.tunnel",
    "osi.3.ip",
    "osi.3.ip6",
    "osi.3.arp",
    "osi.3.icmp",
    "osi.3.none",
    "osi.2.ethernet",
    "osi.2.vlan",
    "osi.2.padding",
    "osi.2.capture",
    "osi.2.none",
    "osi.1.ethernet",
    "osi.1.padding",
    "osi.1.none",
    "osi.up.1",
    "osi.up.2",
    "osi.up.3",
    "osi.up.3.tunnel",
    "osi.up.3.cut",
    "osi.up.3.bad",
    "osi.up.3.arp",
    "osi.up.3.icmp",
    "osi.up.4.tcp",
    "osi.up.4.bad",
    "osi.up.4.old",
    "osi.up.4.again",
    "osi.up.4.waits",
    "osi.up.4.only",
    "osi.up.4.udp",
    "osi.up.5",
    "osi.up.6.mask",
    "osi.up.6.key",
    "osi.up.tls",
    "osi.up.tls.own",
    "osi.up.tls.hidden",
    "osi.up.7",
    "osi.up.7.part",
    "osi.up.7.piece",
    "osi.up.7.control",
    "osi.up.7.data",
    "osi.lost",
    "osi.stop.link",
    "osi.stop.ether_type",
    "osi.stop.length",
    "osi.stop.arp",
    "osi.stop.icmp",
    "osi.stop.protocol",
    "osi.stop.fragment",
    "osi.stop.tcp",
    "osi.stop.empty",
    "osi.stop.program",
    "osi.stop.again",
    "osi.stop.sealed",
    "osi.stop.not_kept",
    "osi.stop.malformed",
    "osi.four.built",
    "osi.four.arp",
    "osi.four.thin",
    "osi.four.tls",
    "osi.four.websocket",
    "osi.four.socketio",
    "osi.cost",
    "osi.hop",
    "osi.hop.ip6",
];

impl Stop {
    /// The key of the words that say why.
    pub fn key(&self) -> &'static str {
        match self {
            Stop::Link(_) => "osi.stop.link",
            Stop::EtherType(_) => "osi.stop.ether_type",
            Stop::Length => "osi.stop.length",
            Stop::Arp => "osi.stop.arp",
            Stop::Icmp => "osi.stop.icmp",
            Stop::Protocol(_) => "osi.stop.protocol",
            Stop::Fragment => "osi.stop.fragment",
            Stop::TcpOnly => "osi.stop.tcp",
            Stop::Empty => "osi.stop.empty",
            Stop::Program => "osi.stop.program",
            Stop::Again(_) => "osi.stop.again",
            Stop::Sealed(_) => "osi.stop.sealed",
            Stop::NotKept(_) => "osi.stop.not_kept",
            Stop::Malformed(_) => "osi.stop.malformed",
        }
    }

    /// The layer that the walk does not get beyond.
    pub fn layer(&self) -> Layer {
        match self {
            Stop::Link(_) | Stop::EtherType(_) | Stop::Length => Layer::Link,
            Stop::Arp | Stop::Icmp | Stop::Protocol(_) | Stop::Fragment => Layer::Network,
            Stop::TcpOnly | Stop::Empty | Stop::Program | Stop::Again(_) | Stop::Sealed(_) => {
                Layer::Transport
            }
            Stop::NotKept(what) | Stop::Malformed(what) => match *what {
                "TCP" | "UDP" | "data of TCP" => Layer::Transport,
                "Ethernet" | "VLAN tag" | "LLC" | "the capture's" => Layer::Link,
                _ => Layer::Network,
            },
        }
    }
}

/// The words for all seven layers.
pub(super) fn floors(walk: &Walk, packet: &Packet<'_>) -> Vec<Floor> {
    let mut floors = Vec::new();
    for layer in Layer::DOWN {
        if layer == Layer::Transport && walk.parts.iter().any(|part| part.place == Place::Tls) {
            let (down, up) = tls(walk);
            floors.push(Floor { place: Place::Tls, down, up });
        }
        floors.push(floor(layer, walk, packet));
    }
    if let Some(held) = walk.held {
        stays(held, &mut floors);
    }
    if walk.lost {
        floors.iter_mut().for_each(|floor| floor.up.clear());
    }
    floors
}

/// The receiver takes it no further than to the layer that holds it.
fn stays(held: Held, floors: &mut [Floor]) {
    let (layer, words) = match held {
        Held::BadHeader => (Layer::Network, "osi.up.3.bad"),
        Held::BadSum => (Layer::Transport, "osi.up.4.bad"),
        Held::Old => (Layer::Transport, "osi.up.4.old"),
        Held::Again => (Layer::Transport, "osi.up.4.again"),
        Held::Waits => (Layer::Transport, "osi.up.4.waits"),
    };
    let at = floors.iter().position(|floor| floor.place == Place::At(layer)).unwrap_or(0);
    // From the top down to it: TLS stands among them.
    for floor in floors.iter_mut().take(at) {
        floor.up.clear();
    }
    if let Some(floor) = floors.get_mut(at) {
        floor.up = vec![words];
    }
}

fn floor(layer: Layer, walk: &Walk, packet: &Packet<'_>) -> Floor {
    let (down, up) = match layer {
        Layer::Application => application(walk, packet),
        Layer::Presentation => presentation(walk),
        Layer::Session => session(walk),
        Layer::Transport => transport(walk, packet),
        Layer::Network => network(packet),
        Layer::Link => link(walk, packet),
        Layer::Physical => match walk.physical {
            Some(physical) if physical.padding > 0 => {
                (vec!["osi.1.ethernet", "osi.1.padding"], vec!["osi.up.1"])
            }
            Some(_) => (vec!["osi.1.ethernet"], vec!["osi.up.1"]),
            None => (vec!["osi.1.none"], vec![]),
        },
    };
    Floor { place: Place::At(layer), down, up }
}

type Keys = (Vec<&'static str>, Vec<&'static str>);

fn application(walk: &Walk, packet: &Packet<'_>) -> Keys {
    if walk.units.len() > 1 && walk.is_tls_alone() {
        return (vec!["osi.7.tls.several"], vec![]);
    }
    let [unit] = walk.units.as_slice() else {
        return match walk.units.len() {
            0 if walk.stop == Some(Stop::Program) => (vec!["osi.7.data"], vec!["osi.up.7.data"]),
            0 if matches!(walk.stop, Some(Stop::Again(_))) => (vec!["osi.7.again"], vec![]),
            0 if piece_of_transport(packet).is_some() => (vec!["osi.7.cut"], vec![]),
            0 => (vec!["osi.7.none"], vec![]),
            _ => (vec!["osi.7.several"], vec!["osi.up.7"]),
        };
    };
    let key = match unit.kind {
        UnitKind::Message if unit.piece.is_some() && unit.is_whole() => {
            return (vec!["osi.7.piece"], vec!["osi.up.7.piece"]);
        }
        UnitKind::Message if unit.text.is_some() && unit.is_whole() => "osi.7.text",
        UnitKind::Message if unit.is_whole() => "osi.7.message",
        UnitKind::Control => return (vec!["osi.7.control"], vec!["osi.up.7.control"]),
        UnitKind::Tls => return (vec!["osi.7.tls"], vec![]),
        UnitKind::Hidden => return (vec!["osi.7.hidden"], vec![]),
        UnitKind::Dns => "osi.7.dns",
        UnitKind::Data => "osi.7.data",
        UnitKind::Upgrade if unit.is_whole() => "osi.7.upgrade",
        UnitKind::Http if unit.is_whole() => "osi.7.http",
        _ => return (vec!["osi.7.part"], vec!["osi.up.7.part"]),
    };
    (vec![key], vec!["osi.up.7"])
}

/// A piece of a packet that may hold what a program says: ICMP's holds none.
fn piece_of_transport<'a>(packet: &Packet<'a>) -> Option<Cut<'a>> {
    Cut::of(packet).filter(|cut| cut.carries != Carries::Icmp)
}

/// The one unit, if there is only one.
fn only(walk: &Walk) -> Option<&Unit> {
    match walk.units.as_slice() {
        [unit] => Some(unit),
        _ => None,
    }
}

fn presentation(walk: &Walk) -> Keys {
    let (mut down, mut up) = (Vec::new(), Vec::new());
    if let Some(unit) = only(walk).filter(|unit| unit.kind == UnitKind::Message) {
        if unit.inflated.is_some() {
            down.push("osi.6.deflate");
        }
        if unit.key.is_some() {
            // Of a binary or compressed message no letters can be shown.
            let shown = walk.value("plain").is_some();
            down.push(if shown { "osi.6.mask" } else { "osi.6.key" });
            if unit.is_whole() {
                up.push(if shown { "osi.up.6.mask" } else { "osi.up.6.key" });
            }
        } else if unit.inflated.is_none() && unit.text.is_some() {
            down.push("osi.6.plain");
        }
    }
    if only(walk).is_some_and(|unit| unit.kind == UnitKind::Control && unit.key.is_some()) {
        down.push("osi.6.key");
        up.push("osi.up.6.key");
    }
    if down.is_empty() {
        down.push(if walk.units.len() > 1 && !walk.is_tls_alone() { "osi.6.several" } else { "osi.6.none" });
    }
    (down, up)
}

fn tls(walk: &Walk) -> Keys {
    if !walk.sealed.is_empty() {
        (vec!["osi.tls.opened"], vec!["osi.up.tls"])
    } else if matches!(walk.stop, Some(Stop::Sealed(_))) {
        (vec!["osi.tls.hidden"], vec!["osi.up.tls.hidden"])
    } else {
        (vec!["osi.tls.own"], vec!["osi.up.tls.own"])
    }
}

fn session(walk: &Walk) -> Keys {
    let part = |unit: &Unit| unit.kind == UnitKind::Message && unit.here.start >= unit.header;
    match only(walk).map(|unit| unit.kind) {
        _ if walk.units.len() > 1 && !walk.is_tls_alone() => (vec!["osi.5.several"], vec![]),
        _ if only(walk).is_some_and(part) => (vec!["osi.5.part"], vec![]),
        Some(UnitKind::Message) => (vec!["osi.5.frame"], vec!["osi.up.5"]),
        // What a reserved opcode is about, nobody knows; its header is like any other.
        Some(UnitKind::Control) if only(walk).is_some_and(Unit::is_reserved) => {
            (vec!["osi.5.frame"], vec!["osi.up.5"])
        }
        Some(UnitKind::Control) => (vec!["osi.5.control"], vec!["osi.up.5"]),
        Some(UnitKind::Upgrade) => (vec!["osi.5.upgrade"], vec![]),
        _ => (vec!["osi.5.none"], vec![]),
    }
}

fn transport(walk: &Walk, packet: &Packet<'_>) -> Keys {
    if let Some(cut) = piece_of_transport(packet) {
        let key = if cut.header().is_some() { "osi.4.cut" } else { "osi.4.cut.later" };
        (vec![key], vec![])
    } else if packet.tcp().is_some_and(|tcp| tcp.payload_len() == Some(0)) {
        (vec!["osi.4.tcp"], vec!["osi.up.4.only"])
    } else if packet.tcp().is_some() {
        let mut down = vec!["osi.4.tcp"];
        if walk.instead_of.is_some() {
            down.push("osi.4.instead");
        }
        (down, vec!["osi.up.4.tcp"])
    } else if packet.udp().is_some() {
        (vec!["osi.4.udp"], vec!["osi.up.4.udp"])
    } else {
        debug_assert!(walk.units.is_empty(), "what no transport carries, no program says");
        (vec!["osi.4.none"], vec![])
    }
}

fn network(packet: &Packet<'_>) -> Keys {
    let own = || packet.layers().iter().filter(|layer| !layer.quoted).map(|layer| &layer.header);
    let icmp = packet.icmp().is_some() || packet.icmpv6().is_some();
    let (mut down, mut up) = (Vec::new(), Vec::new());
    if own().any(|header| matches!(header, Header::Arp(_))) {
        return (vec!["osi.3.arp"], vec!["osi.up.3.arp"]);
    }
    let is_ip = |header: &&Header<'_>| matches!(header, Header::Ipv4(_) | Header::Ipv6(_));
    if own().filter(is_ip).count() > 1 {
        down.push("osi.3.tunnel");
        up.push("osi.up.3.tunnel");
    }
    // Of a packet in a packet the inner one is told as any other.
    match own().rfind(is_ip) {
        Some(Header::Ipv4(_)) => down.push("osi.3.ip"),
        Some(_) => down.push("osi.3.ip6"),
        None => return (vec!["osi.3.none"], vec![]),
    }
    if icmp {
        down.push("osi.3.icmp");
        up.push("osi.up.3.icmp");
    } else if Cut::of(packet).is_some() {
        up.push("osi.up.3.cut");
    } else {
        up.push("osi.up.3");
    }
    (down, up)
}

fn link(walk: &Walk, packet: &Packet<'_>) -> Keys {
    let has = |wanted: fn(&Header<'_>) -> bool| packet.layers().iter().any(|layer| wanted(&layer.header));
    if has(|header| matches!(header, Header::Ethernet(_))) {
        let mut down = vec!["osi.2.ethernet"];
        if has(|header| matches!(header, Header::Vlan(_))) {
            down.push("osi.2.vlan");
        }
        if walk.parts.iter().any(|part| part.title == "padding") {
            down.push("osi.2.padding");
        }
        return (down, vec!["osi.up.2"]);
    }
    if walk.parts.iter().any(|part| part.place == Place::Capture) {
        return (vec!["osi.2.capture"], vec![]);
    }
    (vec!["osi.2.none"], vec![])
}
