//! Which frames of the capture carry a WebSocket frame, and where in them its bytes stand.

use super::event::{Carried, PIECES, Piece};

/// Which packets carried the frame that is being read.
#[derive(Debug, Default)]
pub(super) struct Carrier {
    pub(super) first: u64,
    pub(super) last: u64,
    packets: u64,
    pieces: Vec<Piece>,
}

impl Carrier {
    pub(super) fn add(&mut self, piece: Piece) {
        if self.packets == 0 {
            self.first = piece.packet;
        }
        if self.packets == 0 || self.last != piece.packet {
            self.packets += 1;
        }
        self.last = piece.packet;
        let joins = |last: &Piece| {
            last.packet == piece.packet
                && last.buffer == piece.buffer
                && last.at + last.len == piece.at
                && last.offset + last.len as u64 == piece.offset
        };
        if let Some(last) = self.pieces.last_mut().filter(|last| joins(last)) {
            last.len += piece.len;
        } else if self.pieces.len() < PIECES {
            self.pieces.push(piece);
        }
    }

    pub(super) fn clear(&mut self) {
        self.packets = 0;
        self.pieces.clear();
    }

    pub(super) fn carried(&self) -> Carried<'_> {
        Carried { first: self.first, last: self.last, packets: self.packets, pieces: &self.pieces }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::Buffer;

    #[test]
    fn pieces_of_one_packet_are_joined_and_very_many_are_counted() {
        let mut carrier = Carrier::default();
        let mut add = |offset, packet, at| {
            carrier.add(Piece { offset, len: 1, packet, buffer: Buffer::Frame, at });
        };
        add(0, 7, 54);
        add(1, 7, 55);
        for number in 0..1000 {
            add(2 + number, 8 + number / 2, 60 + (number % 2) as usize);
        }
        let carried = carrier.carried();
        assert_eq!((carried.first, carried.last, carried.packets), (7, 507, 501));
        assert_eq!((carried.pieces.len(), carried.pieces[0].len, carried.pieces[1].len), (PIECES, 2, 2));
        // From the second byte to the third: in two frames of the capture.
        let places: Vec<_> = carried.places(1, 2).map(|(packet, span)| (packet, span.bytes)).collect();
        assert_eq!(places, [(7, 55..56), (8, 60..61)]);
        assert_eq!(carried.places(u64::MAX, 5).count(), 0);
    }
}
