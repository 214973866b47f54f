//! What Wireshark says nothing of, because a snap length has cut the header that it would stand in.
//!
//! The bytes that were kept are there all the same, and whoever shows a packet to people shows them. JSON and filters speak
//! Wireshark's language: they leave out what Wireshark leaves out.

use crate::dissect::{FieldValue, Header, Packet};

/// The fields of one packet of which Wireshark says nothing. At most one header is cut: nothing follows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsaid {
    cut: Option<(usize, Cut)>,
}

/// What is missing of a header, as far as Wireshark minds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Options of IPv4: it then reads none of them; and as a source route among them would name the destination, it only knows
    /// this one where they end, or stop making sense, before the cut.
    Ipv4Options { destination: bool },
    /// IPv4's flags, which it reads together with the fragment's place.
    Ipv4Flags,
    /// Options of TCP: it then says nothing of what TCP was doing, nor of an option whose length byte is missing. `end` is
    /// where the bytes that were kept end.
    TcpOptions { end: usize },
    /// TCP's window or more: it then says no more than the ports.
    TcpWindow,
    /// The same, quoted by an ICMP error: beside the ports the sequence number.
    TcpQuote,
    /// UDP's length or checksum: it then does not look for the conversation.
    UdpRest,
    /// A port of TCP or UDP, or the beginning of ICMP: it then does not even say that the protocol is there.
    Beginning,
}

impl Unsaid {
    /// What is left out of this packet.
    pub fn of(packet: &Packet<'_>) -> Unsaid {
        for (index, layer) in packet.layers().iter().enumerate() {
            let kept = layer.bytes().len();
            let cut = match layer.header {
                Header::Tcp(tcp) => match tcp.header_len() {
                    _ if kept < PORTS_END => Some(Cut::Beginning),
                    _ if kept < WINDOW_END && is_quoted(packet, index) => Some(Cut::TcpQuote),
                    _ if kept < WINDOW_END => Some(Cut::TcpWindow),
                    Some(length) if kept < length => Some(Cut::TcpOptions { end: layer.span().bytes.end }),
                    _ => None,
                },
                Header::Udp(_) if kept < PORTS_END => Some(Cut::Beginning),
                Header::Udp(_) if kept < UDP_LEN => Some(Cut::UdpRest),
                Header::Icmp(_) if kept < ICMP_END => Some(Cut::Beginning),
                Header::Ipv4(_) if kept < IPV4_FLAGS_END => Some(Cut::Ipv4Flags),
                Header::Ipv4(ip) => match ip.header_len() {
                    Some(length) if kept < length => {
                        Some(Cut::Ipv4Options { destination: is_destination_known(layer.bytes(), length) })
                    }
                    _ => None,
                },
                _ => None,
            };
            if let Some(cut) = cut {
                return Unsaid { cut: Some((index, cut)) };
            }
        }
        Unsaid::default()
    }

    /// Whether this field of the packet is left out.
    pub fn holds(&self, field: &FieldValue<'_>) -> bool {
        let Some((layer, cut)) = self.cut else { return false };
        field.layer == Some(layer) && cut.leaves_out(field)
    }

    /// Whether nothing at all is said of this header.
    pub fn holds_all_of(&self, layer: usize) -> bool {
        self.cut == Some((layer, Cut::Beginning))
    }
}

/// Where the ports of TCP and UDP end.
const PORTS_END: usize = 4;
/// So much of ICMP must be there.
const ICMP_END: usize = 6;
/// Where IPv4's flags and the fragment's place end.
const IPV4_FLAGS_END: usize = 8;
/// Where TCP's window ends.
const WINDOW_END: usize = 16;
/// How long a UDP header is.
const UDP_LEN: usize = 8;

impl Cut {
    fn leaves_out(self, field: &FieldValue<'_>) -> bool {
        let name = field.name;
        match self {
            Cut::Ipv4Options { destination } => {
                name.starts_with("ip.opt.") || (!destination && name == "ip.dst")
            }
            Cut::Ipv4Flags => name.starts_with("ip.flags"),
            Cut::TcpOptions { end } => {
                name.starts_with("tcp.analysis.") || (name == "tcp.option_kind" && is_alone(field, end))
            }
            Cut::TcpWindow => !matches!(name, "tcp.srcport" | "tcp.dstport"),
            Cut::TcpQuote => !matches!(name, "tcp.srcport" | "tcp.dstport" | "tcp.seq"),
            Cut::UdpRest => name == "udp.stream",
            Cut::Beginning => true,
        }
    }
}

/// Whether an option's kind is the last byte that was kept, and its length should follow (RFC 9293, section 3.1).
fn is_alone(kind: &FieldValue<'_>, end: usize) -> bool {
    kind.span.bytes.end == end && kind.value.number().is_some_and(|kind| kind > 1)
}

/// Whether a layer is what an ICMP error quotes of an IPv4 packet: of a TCP header that is at least eight bytes.
fn is_quoted(packet: &Packet<'_>, index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|before| packet.layers().get(before));
    before.is_some_and(|layer| layer.quoted && matches!(layer.header, Header::Ipv4(_)))
}

/// Whether the kept part of an IPv4 header's options shows that no source route (RFC 791, section 3.1) is still to be followed.
fn is_destination_known(header: &[u8], header_len: usize) -> bool {
    const OPTIONS: usize = 20;
    let mut at = OPTIONS;
    loop {
        let (Some(kind), length) = (header.get(at), header.get(at + 1)) else { return false };
        match (kind, length) {
            (0, _) => return true,
            (1, _) => at += 1,
            (_, None) => return false,
            (_, Some(length)) if *length < 2 || at + usize::from(*length) > header_len => return true,
            (131 | 137, Some(length)) => {
                let next = header.get(at + 2);
                return next.is_some_and(|next| *next < 4 || next % 4 != 0 || next > length);
            }
            (_, Some(length)) => at += usize::from(*length),
        }
    }
}
