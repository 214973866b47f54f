//! Steps before the first segment: finding the neighbour's MAC address (ARP, RFC 826; IPv6 neighbour discovery, RFC 4861).

use std::net::IpAddr;

use crate::dissect::{NEIGHBOR_ADVERTISEMENT, NEIGHBOR_SOLICITATION, Packet};

use super::step::Shown;
use super::values::{mac, pick};
use super::what::What;

/// Everybody on the link.
const BROADCAST: [u8; 6] = [0xff; 6];

/// What a neighbour frame says.
#[derive(Clone, Debug)]
pub(super) struct Neighbour {
    pub(super) what: What,
    pub(super) words: &'static str,
    pub(super) label: String,
    /// Who sent it.
    pub(super) sender: IpAddr,
    /// The address that is asked for, or that gets the answer.
    pub(super) target: IpAddr,
    pub(super) fields: Vec<Shown>,
    pub(super) values: Vec<(&'static str, String)>,
    pub(super) filter: String,
}

/// `packet` as a neighbour's question or answer; `None` if it is neither.
pub(super) fn read(packet: &Packet<'_>) -> Option<Neighbour> {
    arp(packet).or_else(|| discovery(packet))
}

fn arp(packet: &Packet<'_>) -> Option<Neighbour> {
    let arp = packet.arp()?;
    let (sender, target) = (arp.sender_ip()?, arp.target_ip()?);
    let mut values = addresses(packet);
    let (what, words, label, filter) = match arp.opcode()? {
        _ if sender == target || sender.is_unspecified() => (
            What::ArpAnnouncement,
            "step arp.announcement",
            format!("ARP about {target}"),
            format!("arp.dst.proto_ipv4 == {target}"),
        ),
        1 => (
            What::ArpRequest,
            if packet.macs().is_some_and(|(_, destination)| destination != BROADCAST) {
                "step arp.check"
            } else {
                "step arp.request"
            },
            format!("ARP who has {target}?"),
            format!("arp.opcode == 1 and arp.dst.proto_ipv4 == {target}"),
        ),
        2 => {
            let answer = mac(arp.sender_mac()?);
            values.push(("mac_answer", answer.clone()));
            (
                What::ArpReply,
                "step arp.reply",
                format!("ARP {sender} is at {answer}"),
                format!("arp.opcode == 2 and arp.src.proto_ipv4 == {sender}"),
            )
        }
        _ => return None,
    };
    let about = if what == What::ArpReply { sender } else { target };
    values.push(("target_ip", about.to_string()));
    values.push(("ip_from", sender.to_string()));
    values.push(("ip_to", target.to_string()));
    let names = [
        "eth.dst",
        "eth.src",
        "arp.opcode",
        "arp.src.hw_mac",
        "arp.src.proto_ipv4",
        "arp.dst.hw_mac",
        "arp.dst.proto_ipv4",
    ];
    Some(Neighbour {
        what,
        words,
        label,
        sender: sender.into(),
        target: target.into(),
        fields: pick(packet, &names),
        values,
        filter,
    })
}

fn discovery(packet: &Packet<'_>) -> Option<Neighbour> {
    let icmp = packet.icmpv6()?;
    let (source, destination) = packet.addresses()?;
    let target = icmp.target()?;
    let mut values = addresses(packet);
    values.push(("target_ip", target.to_string()));
    values.push(("ip_from", source.to_string()));
    values.push(("ip_to", destination.to_string()));
    let (what, words, label, filter) = match icmp.kind()? {
        NEIGHBOR_SOLICITATION => (
            What::NdSolicitation,
            "step nd.solicitation",
            format!("ND who has {target}?"),
            format!("icmpv6.type == 135 and icmpv6.nd.ns.target_address == {target}"),
        ),
        NEIGHBOR_ADVERTISEMENT => {
            let answer = icmp.link_address().or(packet.macs().map(|(source, _)| source)).map(mac);
            let label = match &answer {
                Some(answer) => format!("ND {target} is at {answer}"),
                None => format!("ND {target} is here"),
            };
            values.extend(answer.map(|answer| ("mac_answer", answer)));
            let filter = format!("icmpv6.type == 136 and icmpv6.nd.na.target_address == {target}");
            (What::NdAdvertisement, "step nd.advertisement", label, filter)
        }
        _ => return None,
    };
    let names = [
        "eth.dst",
        "eth.src",
        "ipv6.src",
        "ipv6.dst",
        "icmpv6.type",
        "icmpv6.nd.ns.target_address",
        "icmpv6.nd.na.target_address",
        "icmpv6.opt.linkaddr",
    ];
    Some(Neighbour {
        what,
        words,
        label,
        sender: source,
        // An answer to one alone is for that one: a router's question and the answer to it are of another talk.
        target: match what {
            What::NdAdvertisement if !destination.is_multicast() => destination,
            _ => target.into(),
        },
        fields: pick(packet, &names),
        values,
        filter,
    })
}

/// The frame's MAC addresses, for the words.
pub(super) fn addresses(packet: &Packet<'_>) -> Vec<(&'static str, String)> {
    match packet.macs() {
        Some((source, destination)) => vec![("mac_from", mac(source)), ("mac_to", mac(destination))],
        None => Vec::new(),
    }
}
