//! Which words fit to a layer in this frame: the keys, for the way down and for the way up.

use super::above::{Above, Kind, above};
use super::layer::Layer;
use super::piece::{Carries, Cut};
use super::walk::{BEHIND_UDP, Held, KEY, MASKED, Place, Stop, Unit, UnitKind, Walk};
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
    if let Some(stop @ Stop::Malformed(_)) = &walk.stop {
        // The receiver throws it away where it is damaged.
        let further = |floor: &&mut Floor| floor.place.layer().is_none_or(|layer| layer >= stop.layer());
        floors.iter_mut().filter(further).for_each(|floor| floor.up.clear());
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
        Layer::Network => network(walk, packet),
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
            0 if unread(walk).is_some_and(Above::may_speak) => (vec!["osi.7.unread"], vec![]),
            0 => (vec!["osi.7.none"], vec![]),
            _ => (vec!["osi.7.several"], refused(walk, vec!["osi.up.7.several"])),
        };
    };
    let key = match unit.kind {
        UnitKind::Message if unit.piece.is_some() && unit.is_whole() => {
            return (vec!["osi.7.piece"], refused(walk, vec!["osi.up.7.piece"]));
        }
        UnitKind::Message if unit.text.is_some() && unit.is_whole() => "osi.7.text",
        UnitKind::Message if unit.is_whole() => "osi.7.message",
        UnitKind::Control if unit.is_reserved() => {
            return (vec!["osi.7.control"], vec!["osi.up.7.control"]);
        }
        UnitKind::Control => return (vec!["osi.7.control"], refused(walk, vec!["osi.up.7.control"])),
        UnitKind::Tls => return (vec!["osi.7.tls"], vec![]),
        UnitKind::Hidden => return (vec!["osi.7.hidden"], vec![]),
        UnitKind::Dns => "osi.7.dns",
        UnitKind::Data => "osi.7.data",
        UnitKind::Upgrade if unit.is_whole() => "osi.7.upgrade",
        UnitKind::Http if unit.is_whole() => "osi.7.http",
        _ => return (vec!["osi.7.part"], refused(walk, vec!["osi.up.7.part"])),
    };
    (vec![key], refused(walk, vec!["osi.up.7"]))
}

/// What layer 7 does with what came; of a unit that breaks a rule, why it goes no further.
fn refused(walk: &Walk, else_: Vec<&'static str>) -> Vec<&'static str> {
    let broken = walk.units.iter().find_map(|unit| unit.broken);
    broken.map_or(else_, |rule| vec!["osi.up.7.refused", rule])
}

/// Whether a part of the frame is called so; `whole`: with so many bytes.
fn has_part(walk: &Walk, title: &str, whole: Option<u64>) -> bool {
    let mut parts = walk.parts.iter().chain(walk.sealed.iter().flat_map(|sealed| &sealed.parts));
    parts.any(|part| part.title == title && whole.is_none_or(|whole| part.len == whole))
}

/// A piece of a packet that may hold what a program says: ICMP's holds none.
fn piece_of_transport<'a>(packet: &Packet<'a>) -> Option<Cut<'a>> {
    Cut::of(packet).filter(|cut| cut.carries != Carries::Icmp)
}

/// What stands above IP, where netlab does not read it.
fn unread(walk: &Walk) -> Option<Above> {
    let Some(Stop::Protocol(number)) = walk.stop else { return None };
    Some(above(number))
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
            let (some, all) = (has_part(walk, KEY, None), has_part(walk, KEY, Some(4)));
            match (all, some) {
                (true, _) if shown => down.push("osi.6.mask"),
                (true, _) => down.push("osi.6.key"),
                (_, true) => down.push("osi.6.key.piece"),
                _ if has_part(walk, MASKED, None) => down.push("osi.6.part"),
                _ => {}
            }
            if unit.is_whole() {
                up.push(if shown { "osi.up.6.mask" } else { "osi.up.6.key" });
            }
        } else if unit.inflated.is_none() && unit.text.is_some() {
            down.push("osi.6.plain");
        }
        if unit.inflated.flatten().is_some() && unit.is_whole() && unit.broken.is_none() {
            up.push("osi.up.6.deflate");
        }
    }
    if only(walk).is_some_and(|unit| unit.kind == UnitKind::Control && unit.key.is_some()) {
        down.push("osi.6.key");
        up.push("osi.up.6.key");
    }
    if down.is_empty() {
        down.push(match walk.units.len() {
            2.. if !walk.is_tls_alone() => "osi.6.several",
            _ if unread(walk).is_some_and(Above::may_speak) => "osi.6.unread",
            _ => "osi.6.none",
        });
    }
    if walk.units.len() > 1 && has_part(walk, KEY, None) {
        up.push("osi.up.6.several");
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
    let part =
        |unit: &Unit| unit.kind == UnitKind::Message && unit.here.start >= unit.header && unit.header > 0;
    match only(walk).map(|unit| unit.kind) {
        _ if walk.units.len() > 1 && !walk.is_tls_alone() => {
            (vec!["osi.5.several"], vec!["osi.up.5.several"])
        }
        _ if only(walk).is_some_and(part) => (vec!["osi.5.part"], vec![]),
        Some(UnitKind::Message) if only(walk).is_some_and(|unit| unit.here.end < unit.header) => {
            (vec!["osi.5.piece"], vec!["osi.up.5.piece"])
        }
        Some(UnitKind::Message) if only(walk).is_some_and(|unit| unit.here.start > 0) => {
            (vec!["osi.5.rest"], vec!["osi.up.5.rest"])
        }
        Some(UnitKind::Message) => (vec!["osi.5.frame"], vec!["osi.up.5"]),
        // What a reserved opcode is about, nobody knows; its header is like any other.
        Some(UnitKind::Control) if only(walk).is_some_and(Unit::is_reserved) => {
            (vec!["osi.5.frame"], vec!["osi.up.5"])
        }
        Some(UnitKind::Control) => (vec!["osi.5.control"], vec!["osi.up.5"]),
        Some(UnitKind::Upgrade) => (vec!["osi.5.upgrade"], vec![]),
        _ if unread(walk).is_some_and(Above::may_speak) => (vec!["osi.6.unread"], vec![]),
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
        let mut up = vec!["osi.up.4.tcp"];
        if walk.freed > 0 || walk.value("if_overtaken").is_some() {
            up.push("osi.up.4.late");
        }
        (down, up)
    } else if packet.udp().is_some() {
        (vec!["osi.4.udp"], vec!["osi.up.4.udp"])
    } else if unread(walk).is_some_and(Above::may_speak) {
        (vec!["osi.4.unread"], vec![])
    } else {
        debug_assert!(walk.units.is_empty(), "what no transport carries, no program says");
        (vec!["osi.4.none"], vec![])
    }
}

fn network(walk: &Walk, packet: &Packet<'_>) -> Keys {
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
    let is_network = |above: Above| matches!(above.kind, Kind::Tunnel | Kind::Sealed | Kind::Helper);
    if unread(walk).is_some_and(is_network) {
        down.push("osi.3.unread");
    }
    if has_part(walk, BEHIND_UDP, None) {
        down.push("osi.3.behind");
    }
    if packet.icmpv6().is_some_and(|icmp| icmp.target().is_some()) {
        down.push("osi.3.neighbour");
        up.push("osi.up.3.neighbour");
    } else if icmp {
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
