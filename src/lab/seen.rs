//! What one host has already said on a connection: enough to know a copy when it comes again.

use crate::dissect::Packet;

/// The parts of the sequence space that went by, and the last acknowledgement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// The first sequence number seen; the parts are counted from it.
    first: Option<u32>,
    /// From (inclusive) and to (exclusive), not overlapping.
    parts: Vec<(u32, u32)>,
    /// Sequence number, acknowledgement number, window and RST of every segment that carried nothing: all that can differ
    /// in them and matters.
    empty: Vec<(u32, u32, u16, bool)>,
}

/// A segment's place in the sequence space.
struct Place {
    seq: u32,
    /// SYN and FIN take one number each.
    len: u32,
    rest: (u32, u32, u16, bool),
}

fn place(packet: &Packet<'_>) -> Option<Place> {
    let tcp = packet.tcp()?;
    let seq = tcp.seq()?;
    let len = tcp.payload_len().unwrap_or(0) as u32 + u32::from(tcp.syn()) + u32::from(tcp.fin());
    let ack = tcp.ack_number().filter(|_| tcp.ack()).unwrap_or(0);
    Some(Place { seq, len, rest: (seq, ack, tcp.window().unwrap_or(0), tcp.rst()) })
}

impl Seen {
    /// Whether this segment says nothing that has not been said.
    pub(crate) fn knows(&self, packet: &Packet<'_>) -> bool {
        let Some(place) = place(packet) else { return false };
        if place.len == 0 {
            return self.empty.contains(&place.rest);
        }
        let Some(first) = self.first else { return false };
        let mut from = place.seq.wrapping_sub(first);
        let to = from.wrapping_add(place.len);
        // Walks over the parts that cover it, one after the other.
        while from != to {
            let Some((_, end)) = self.parts.iter().find(|(start, end)| (*start..*end).contains(&from)) else {
                return false;
            };
            from = to.min(*end);
        }
        true
    }

    /// Remembers what this segment says.
    pub(crate) fn add(&mut self, packet: &Packet<'_>) {
        let Some(place) = place(packet) else { return };
        self.empty.push(place.rest);
        if place.len == 0 {
            return;
        }
        let from = place.seq.wrapping_sub(*self.first.get_or_insert(place.seq));
        let mut merged = (from, from.wrapping_add(place.len));
        self.parts.retain(|part| {
            let touches = part.0 <= merged.1 && merged.0 <= part.1;
            if touches {
                merged = (part.0.min(merged.0), part.1.max(merged.1));
            }
            !touches
        });
        self.parts.push(merged);
    }
}
