//! One frame comes in; its layers and their fields go out.
//!
//! [`Packet::new`] walks the headers and keeps a borrowed view of each: nothing is allocated, no field is read until
//! someone asks. Every field is one row of data ([`Field`]) with Wireshark's name for it, so that accessor, field list,
//! highlighting and the words agree; its [`Span`] says where it stands. A header that a snap length has cut still gives
//! the fields that are there. Checksums are verified when their status is asked for. Never panics, whatever the bytes.
//!
//! One file a protocol; [`PROTOCOLS`] lists them. Knows nothing of other packets: that is [`flow`](crate::flow), next.

#![deny(clippy::indexing_slicing)]

mod arp;
mod checksum;
mod cooked;
mod dns;
mod dns_data;
mod dns_name;
mod dns_option;
mod dns_record;
mod ethernet;
mod field;
mod header;
mod icmp;
mod icmpv6;
mod icmpv6_options;
mod ipv4;
mod ipv6;
mod link;
mod llc;
mod packet;
mod rest;
mod services;
mod tcp;
mod tcp_option_kinds;
mod tcp_options;
mod udp;
mod walk;

pub use arp::ArpSlice;
pub use cooked::{NullSlice, SllSlice};
pub use dns::{DnsKind, DnsSlice};
pub use dns_name::{Labels, Name, Text};
pub use dns_record::Record;
pub use ethernet::{EthernetSlice, VlanSlice};
pub use field::{Buffer, Checksum, Field, FieldValue, Kind, Span, Value};
pub use header::{Header, Layer};
pub use icmp::IcmpSlice;
pub use icmpv6::{Icmpv6Slice, NEIGHBOR_ADVERTISEMENT, NEIGHBOR_SOLICITATION};
pub use ipv4::Ipv4Slice;
pub use ipv6::{Extension, ExtensionSlice, Ipv6Slice};
pub use llc::LlcSlice;
pub use packet::{Packet, Piece, Transport};
pub use services::{SERVICES, service};
pub(crate) use tcp::TcpFixed;
pub use tcp::TcpSlice;
pub use tcp_option_kinds::{KINDS as OPTION_KINDS, OptionKind};
pub use tcp_options::{SackBlocks, TcpOption, TcpOptions};
pub use udp::UdpSlice;
pub(crate) use walk::{plain_ports, plain_tcp};

/// A protocol that packets are read by.
#[derive(Debug)]
pub struct Protocol {
    /// Wireshark's name for it, to be used in a display filter.
    pub name: &'static str,
    /// What it is called on the screen.
    pub title: &'static str,
    /// Its fields.
    pub tables: &'static [&'static [Field]],
}

/// Everything that packets are read by, from the frame upwards.
pub const PROTOCOLS: &[Protocol] = &[
    Protocol { name: "frame", title: "Frame", tables: &[link::FIELDS] },
    Protocol { name: "eth", title: "Ethernet", tables: &[ethernet::FIELDS] },
    Protocol { name: "vlan", title: "VLAN tag", tables: &[ethernet::VLAN_FIELDS] },
    Protocol { name: "ieee8021ad", title: "Provider's VLAN tag", tables: &[ethernet::SERVICE_FIELDS] },
    Protocol { name: "llc", title: "LLC", tables: &[llc::FIELDS] },
    Protocol { name: "sll", title: "Linux cooked capture", tables: &[cooked::FIELDS, cooked::V2_FIELDS] },
    Protocol { name: "null", title: "BSD loopback", tables: &[cooked::NULL_FIELDS] },
    Protocol { name: "arp", title: "ARP", tables: &[arp::FIELDS] },
    Protocol { name: "ip", title: "IPv4", tables: &[ipv4::FIELDS, ipv4::OPTION_FIELDS, ipv4::MORE] },
    Protocol { name: "ipv6", title: "IPv6", tables: &[ipv6::FIELDS] },
    Protocol { name: "ipv6.ext", title: "Extension headers", tables: ipv6::EXTENSION_TABLES },
    Protocol { name: "icmp", title: "ICMP", tables: &[icmp::FIELDS, icmp::MORE] },
    Protocol { name: "icmpv6", title: "ICMPv6", tables: icmpv6::TABLES },
    Protocol { name: "udp", title: "UDP", tables: &[udp::FIELDS] },
    Protocol { name: "dns", title: "DNS", tables: dns::TABLES },
    Protocol { name: "mdns", title: "mDNS", tables: &[] },
    Protocol { name: "llmnr", title: "LLMNR", tables: &[] },
    Protocol { name: "data", title: "Data", tables: &[rest::FIELDS] },
    Protocol { name: "tcp", title: "TCP", tables: &[tcp::FIELDS, tcp_options::FIELDS, tcp::MORE] },
];

/// The name of every protocol that a packet's headers can belong to ([`Header::protocol`]), and `frame`.
pub fn all_protocols() -> Vec<&'static str> {
    let extensions = Extension::ALL.iter().map(|extension| extension.name());
    let others =
        PROTOCOLS.iter().map(|protocol| protocol.name).filter(|name| !matches!(*name, "ipv6.ext" | "data"));
    others.chain(extensions).collect()
}

/// The row of a field, by Wireshark's name for it.
pub fn find_field(name: &str) -> Option<&'static Field> {
    let mut rows = PROTOCOLS.iter().flat_map(|protocol| protocol.tables).flat_map(|table| table.iter());
    rows.find(|field| field.name == name)
}

/// The name of every field that a packet can give, each once.
pub fn all_fields() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for field in PROTOCOLS.iter().flat_map(|protocol| protocol.tables).flat_map(|table| table.iter()) {
        if !names.contains(&field.name) {
            names.push(field.name);
        }
    }
    names
}
