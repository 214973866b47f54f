//! The same packet on both sides of a router: what changed, and what did not.

use super::walk::Walk;
use crate::dissect::{Header, Packet};
use crate::frame::Frame;
use crate::story::pick;

/// What is compared, in the order of the bytes: a field, and what it is called.
const FIELDS: &[(&str, &str)] = &[
    ("eth.dst", "MAC, to"),
    ("eth.src", "MAC, from"),
    ("ip.ttl", "TTL"),
    ("ip.checksum", "IP checksum"),
    ("ip.src", "IP, from"),
    ("ip.dst", "IP, to"),
    ("ipv6.hlim", "hop limit"),
    ("ipv6.src", "IP, from"),
    ("ipv6.dst", "IP, to"),
    ("tcp.srcport", "port, from"),
    ("tcp.dstport", "port, to"),
    ("tcp.seq_raw", "sequence number"),
    ("tcp.checksum", "TCP checksum"),
];

/// So many bytes of the payload are shown.
const SHOWN: usize = 4;

/// One thing on both sides of the router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Wireshark's name; empty for the payload.
    pub field: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Its value before the router.
    pub before: String,
    /// And behind it.
    pub after: String,
}

impl Compared {
    /// Whether the router has changed it.
    pub fn is_changed(&self) -> bool {
        self.before != self.after
    }
}

/// A packet's way over one router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The frame before the router, and the one behind it.
    pub frames: (u64, u64),
    /// The bytes of both.
    pub bytes: (Vec<u8>, Vec<u8>),
    /// What was compared.
    pub rows: Vec<Compared>,
}

impl Hop {
    /// The key of the words that say what is to be learnt of it: IPv6's header has no checksum.
    pub fn key(&self) -> &'static str {
        let ipv6 = self.rows.iter().any(|row| row.field == "ipv6.hlim");
        if ipv6 { "osi.hop.ip6" } else { "osi.hop" }
    }
}

/// The segment of a frame: header, options, data.
fn segment<'a>(packet: &Packet<'a>) -> Option<&'a [u8]> {
    let tcp = packet.layers().iter().find(|layer| !layer.quoted && matches!(layer.header, Header::Tcp(_)));
    tcp.map(|layer| layer.bytes())
}

/// Whether a frame holds the same segment between the same hosts as this one, on another link: with other MAC addresses.
pub fn is_same(walk: &Walk, other: &Frame<'_>) -> bool {
    let (one, other) = (Packet::new(walk.as_frame()), Packet::new(*other));
    one.addresses() == other.addresses()
        && segment(&one).is_some()
        && segment(&one) == segment(&other)
        && one.macs() != other.macs()
}

/// Whether a frame is on the link of this one: from or for one of the two that speak in it.
pub fn is_on_link_of(walk: &Walk, other: &Frame<'_>) -> bool {
    let ours = Packet::new(walk.as_frame()).macs();
    ours.zip(Packet::new(*other).macs())
        .is_some_and(|((one, two), (from, to))| [one, two].iter().any(|mac| *mac == from || *mac == to))
}

/// Compares a packet before a router and behind it.
pub fn hop(before: &Walk, after: &Walk) -> Hop {
    let names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
    let all = |walk: &Walk| pick(&Packet::new(walk.as_frame()), &names);
    let (one, other) = (all(before), all(after));
    let mut rows = Vec::new();
    for (field, title) in FIELDS {
        let find = |fields: &[crate::story::Shown]| {
            let value = fields.iter().find(|shown| shown.name == *field).map(|shown| &shown.value);
            value.map(|value| match value {
                crate::story::FieldValue::Number(number) if field.ends_with("checksum") => {
                    format!("0x{number:04x}")
                }
                value => value.to_string(),
            })
        };
        if let (Some(before), Some(after)) = (find(&one), find(&other)) {
            rows.push(Compared { field, title, before, after });
        }
    }
    let payload = |walk: &Walk| {
        let bytes = Packet::new(walk.as_frame()).tcp_payload().to_vec();
        let start: Vec<String> = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
        (bytes.len(), start.join(" "), bytes)
    };
    let more = |len| if len > SHOWN { " …" } else { "" };
    let ((len, start, bytes), (other_len, other_start, others)) = (payload(before), payload(after));
    let same = bytes == others;
    rows.push(Compared {
        field: "",
        title: "payload",
        before: format!("{len} bytes, {start}{}", more(len)),
        after: format!(
            "{other_len} bytes, {other_start}{}{}",
            more(other_len),
            if same { "" } else { " (differs)" }
        ),
    });
    Hop { frames: (before.frame, after.frame), bytes: (before.bytes.clone(), after.bytes.clone()), rows }
}
