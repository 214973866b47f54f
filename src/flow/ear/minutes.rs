//! What is heard of packets: digests, and beside them the data of their segments, to be handed to another thread together.

use crate::dissect::{Checksum, Packet, TcpSlice};
use crate::flow::Digest;
use crate::frame::Frame;

/// A packet's digest, and what was kept of its data.
#[derive(Clone, Copy, Debug)]
pub struct Overheard<'a> {
    digest: Digest,
    noted: Noted,
    bytes: &'a [u8],
}

/// What is to be known of a segment beside its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Noted {
    /// Its data can be read.
    Sound,
    /// Its checksum is wrong.
    Damaged,
    /// It is no segment that says anything.
    Mute,
}

impl<'a> Overheard<'a> {
    /// Of a packet; `None` where [`Digest::of`] gives none.
    pub fn of(packet: &'a Packet<'_>) -> Option<Overheard<'a>> {
        let digest = Digest::of(packet)?;
        Some(match packet.tcp() {
            Some(tcp) => Overheard::new(digest, tcp, packet.tcp_payload()),
            None => Overheard { digest, noted: Noted::Mute, bytes: &[] },
        })
    }

    /// The same of a frame of the most usual build: see [`Digest::of_plain`].
    #[inline(always)]
    pub fn of_plain(frame: &Frame<'a>) -> Option<Overheard<'a>> {
        let (digest, tcp) = Digest::of_plain_tcp(frame)?;
        Some(Overheard::new(digest, tcp, tcp.payload()))
    }

    #[inline]
    fn new(digest: Digest, tcp: TcpSlice<'_>, bytes: &'a [u8]) -> Overheard<'a> {
        let noted = if tcp.is_malformed() {
            Noted::Mute
        } else if tcp.checksum_status() == Some(Checksum::Bad) {
            Noted::Damaged
        } else {
            Noted::Sound
        };
        Overheard { digest, noted, bytes }
    }

    /// Which of `shares` equal shares of all conversations it belongs to: see [`Digest::share`].
    #[inline]
    pub fn share(&self, shares: usize) -> usize {
        self.digest.share(shares)
    }
}

/// What was overheard of many packets.
#[derive(Debug, Default)]
pub struct Minutes {
    pub(super) digests: Vec<Digest>,
    notes: Vec<Note>,
    bytes: Vec<u8>,
}

/// What is noted of one packet.
#[derive(Clone, Copy, Debug)]
struct Note {
    noted: Noted,
    first: First,
    /// Where its data begins.
    start: u32,
}

/// The first bytes of a segment's data, 0 where there are fewer. They are mostly all that has to be known of it, and who reads only
/// them does not wait until another processor has handed the data over.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct First(pub(super) [u8; 4]);

impl First {
    #[inline]
    pub(super) fn of(bytes: &[u8]) -> First {
        First(bytes.first_chunk().copied().unwrap_or_else(|| {
            let at = |place| bytes.get(place).copied().unwrap_or_default();
            [at(0), at(1), at(2), 0]
        }))
    }
}

impl Minutes {
    /// With room for so many packets and so many bytes of their data.
    pub fn with_capacity(packets: usize, bytes: usize) -> Minutes {
        Minutes {
            digests: Vec::with_capacity(packets),
            notes: Vec::with_capacity(packets),
            bytes: Vec::with_capacity(bytes),
        }
    }

    /// Adds another packet's.
    #[inline(always)]
    pub fn push(&mut self, overheard: &Overheard<'_>) {
        let Overheard { digest, noted, bytes } = overheard;
        self.digests.push(*digest);
        self.notes.push(Note { noted: *noted, first: First::of(bytes), start: self.bytes.len() as u32 });
        self.bytes.extend_from_slice(bytes);
    }

    /// How many packets there are, and how many bytes of data.
    #[inline]
    pub fn len(&self) -> (usize, usize) {
        (self.digests.len(), self.bytes.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }

    /// What was added, in its order.
    pub fn iter(&self) -> impl Iterator<Item = Overheard<'_>> {
        self.digests.iter().zip(&self.notes).enumerate().map(|(at, (digest, note))| Overheard {
            digest: *digest,
            noted: note.noted,
            bytes: self.bytes(at),
        })
    }

    /// Forgets all, and keeps the room for more.
    pub fn clear(&mut self) {
        self.digests.clear();
        self.notes.clear();
        self.bytes.clear();
    }

    /// The data of the packet at a place, its first bytes once more, and whether it may have been damaged; `None` where it says
    /// nothing.
    #[inline]
    pub(super) fn data(&self, at: usize) -> Option<(&[u8], First, bool)> {
        let Note { noted, first, .. } = *self.notes.get(at)?;
        (noted != Noted::Mute).then(|| (self.bytes(at), first, noted == Noted::Damaged))
    }

    #[inline]
    fn bytes(&self, at: usize) -> &[u8] {
        let start = self.notes.get(at).map_or(0, |note| note.start as usize);
        let end = self.notes.get(at + 1).map_or(self.bytes.len(), |note| note.start as usize);
        self.bytes.get(start..end).unwrap_or_default()
    }
}
