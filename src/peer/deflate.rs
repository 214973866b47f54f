//! permessage-deflate (RFC 7692) around tungstenite, which has none: frames on the wire are compressed, those that
//! tungstenite reads and writes are not.

use std::io::Cursor;

use flate2::{Compression, Decompress, FlushCompress, FlushDecompress, Status};
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};

/// What each message's end leaves out (RFC 7692, section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// An inflated message is at most this long. One that would be longer is handed on as it is, and refused.
const MOST_BYTES: usize = 16 << 20;

/// Both directions of one end.
#[derive(Debug)]
pub(super) struct Deflate {
    compress: flate2::Compress,
    inflate: Decompress,
    /// Whether our messages point back into those before them, and whether the peer's do.
    own_context: bool,
    peer_context: bool,
    /// What came and is no whole frame yet.
    incoming: Vec<u8>,
    /// A compressed message that is not whole yet: its first frame's header, and its bytes.
    message: Option<(FrameHeader, Vec<u8>)>,
    /// The next frame of ours is the first of its message.
    first: bool,
}

/// A frame, its payload unmasked, and how long it was.
type Found = (FrameHeader, Vec<u8>, usize);

/// The first frame, where it is whole; an error where it is none that we read.
fn next_frame(bytes: &[u8]) -> Option<Result<Found, ()>> {
    let mut cursor = Cursor::new(bytes);
    let (header, len) = match FrameHeader::parse(&mut cursor) {
        Ok(found) => found?,
        Err(_) => return Some(Err(())),
    };
    let (Ok(from), Ok(len)) = (usize::try_from(cursor.position()), usize::try_from(len)) else {
        return Some(Err(()));
    };
    if len > MOST_BYTES {
        return Some(Err(()));
    }
    let payload = masked(bytes.get(from..from + len)?, header.mask);
    Some(Ok((header, payload, from + len)))
}

/// Masking and unmasking are the same.
fn masked(payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let key = mask.unwrap_or_default().into_iter().cycle();
    payload.iter().zip(key).map(|(byte, key)| byte ^ key).collect()
}

fn write(header: &FrameHeader, payload: &[u8], to: &mut Vec<u8>) {
    // Writing into memory does not fail.
    if header.format(payload.len() as u64, to).is_ok() {
        to.extend(masked(payload, header.mask));
    }
}

impl Deflate {
    /// For an end whose messages keep their context, and whose peer's do.
    pub(super) fn new(own_context: bool, peer_context: bool) -> Deflate {
        Deflate {
            compress: flate2::Compress::new(Compression::default(), false),
            inflate: Decompress::new(false),
            own_context,
            peer_context,
            incoming: Vec::new(),
            message: None,
            first: true,
        }
    }

    /// Takes in what came; gives the frames that are whole now, not compressed.
    pub(super) fn incoming(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.incoming.extend_from_slice(bytes);
        let mut plain = Vec::new();
        while let Some(found) = next_frame(&self.incoming) {
            let Ok((header, payload, taken)) = found else {
                // No frame that we can read: tungstenite says why.
                plain.append(&mut self.incoming);
                break;
            };
            let raw: Vec<u8> = self.incoming.drain(..taken).collect();
            self.frame(header, payload, &raw, &mut plain);
        }
        plain
    }

    fn frame(&mut self, header: FrameHeader, payload: Vec<u8>, raw: &[u8], plain: &mut Vec<u8>) {
        let last = header.is_final;
        let mut message = match (header.opcode, self.message.take()) {
            (OpCode::Data(Data::Text | Data::Binary), None) if header.rsv1 => (header, payload),
            (OpCode::Data(Data::Continue), Some((first, mut begun)))
                if begun.len() + payload.len() <= MOST_BYTES =>
            {
                begun.extend(payload);
                (first, begun)
            }
            (_, message) => {
                self.message = message;
                plain.extend_from_slice(raw);
                return;
            }
        };
        if !last {
            self.message = Some(message);
            return;
        }
        message.1.extend(TAIL);
        match self.inflate(&message.1) {
            Some(inflated) => {
                let header = FrameHeader { is_final: true, rsv1: false, ..message.0 };
                write(&header, &inflated, plain);
            }
            // With its RSV1 it is refused.
            None => write(&message.0, &[], plain),
        }
    }

    fn inflate(&mut self, compressed: &[u8]) -> Option<Vec<u8>> {
        let mut plain = Vec::with_capacity(4096);
        let before = self.inflate.total_in();
        loop {
            let taken = usize::try_from(self.inflate.total_in() - before).ok()?;
            let rest = compressed.get(taken..)?;
            let had = plain.len();
            plain.reserve(4096);
            let status = self.inflate.decompress_vec(rest, &mut plain, FlushDecompress::Sync).ok()?;
            if plain.len() > MOST_BYTES {
                return None;
            }
            let all_taken = self.inflate.total_in() - before == compressed.len() as u64;
            if status == Status::StreamEnd || all_taken && plain.len() < plain.capacity() {
                break;
            }
            if plain.len() == had && rest.is_empty() {
                break;
            }
        }
        if !self.peer_context {
            self.inflate.reset(false);
        }
        Some(plain)
    }

    /// Compresses the data frames among these; all are whole.
    pub(super) fn outgoing(&mut self, frames: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rest = frames;
        while let Some(Ok((header, payload, taken))) = next_frame(rest) {
            let (frame, behind) = rest.split_at(taken);
            rest = behind;
            if matches!(header.opcode, OpCode::Control(_)) {
                out.extend_from_slice(frame);
                continue;
            }
            let compressed = self.deflate(&payload, header.is_final);
            let header = FrameHeader { rsv1: self.first, ..header };
            self.first = header.is_final;
            write(&header, &compressed, &mut out);
        }
        out.extend_from_slice(rest);
        out
    }

    fn deflate(&mut self, plain: &[u8], last: bool) -> Vec<u8> {
        if plain.is_empty() {
            // An empty block (RFC 7692, section 7.2.3.6).
            return if last { vec![0] } else { Vec::new() };
        }
        let mut out = Vec::new();
        let before = self.compress.total_in();
        loop {
            let taken = usize::try_from(self.compress.total_in() - before).unwrap_or(plain.len());
            let rest = plain.get(taken..).unwrap_or_default();
            out.reserve(plain.len() + 64);
            if self.compress.compress_vec(rest, &mut out, FlushCompress::Sync).is_err() {
                break;
            }
            let all_taken = self.compress.total_in() - before == plain.len() as u64;
            if all_taken && out.len() < out.capacity() {
                break;
            }
        }
        if last {
            if out.ends_with(&TAIL) {
                out.truncate(out.len() - TAIL.len());
            }
            if !self.own_context {
                self.compress.reset();
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From one end to the other, in pieces of this size.
    fn over(own: &mut Deflate, peer: &mut Deflate, frames: &[u8], size: usize) -> (usize, Vec<u8>) {
        let wire = own.outgoing(frames);
        (wire.len(), wire.chunks(size).flat_map(|piece| peer.incoming(piece)).collect())
    }

    fn text(payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
        let mut frame = Vec::new();
        let header =
            FrameHeader { is_final: true, opcode: OpCode::Data(Data::Text), mask, ..FrameHeader::default() };
        write(&header, payload, &mut frame);
        frame
    }

    #[test]
    fn what_goes_in_comes_out_and_a_second_time_is_shorter_where_context_is_kept() {
        for context in [true, false] {
            let (mut own, mut peer) = (Deflate::new(context, true), Deflate::new(true, context));
            let said = text(b"the same words, and the same words again", Some([1, 2, 3, 4]));
            let (first, came) = over(&mut own, &mut peer, &said, 3);
            assert_eq!(came, said);
            let (second, came) = over(&mut own, &mut peer, &said, 1000);
            assert_eq!(came, said);
            assert_eq!(second < first, context, "{second} and {first} bytes");
        }
    }

    #[test]
    fn empty_and_long_messages_and_control_frames_pass() {
        let (mut own, mut peer) = (Deflate::new(true, true), Deflate::new(true, true));
        let long: Vec<u8> = (0..200_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
        let ping = b"\x89\x01x".to_vec();
        for said in [text(b"", None), text(&long, None), ping] {
            assert_eq!(over(&mut own, &mut peer, &said, 1460).1, said);
        }
    }

    #[test]
    fn fragments_come_as_one_message() {
        let (mut own, mut peer) = (Deflate::new(true, true), Deflate::new(true, true));
        let (_, came) = over(&mut own, &mut peer, b"\x01\x03Hel\x89\x00\x80\x02lo", 1);
        assert_eq!(came, b"\x89\x00\x81\x05Hello");
    }

    #[test]
    fn what_is_no_deflate_is_refused() {
        assert_eq!(Deflate::new(true, true).incoming(b"\xc1\x03\xff\xff\xff"), b"\xc1\x00");
        assert_eq!(Deflate::new(true, true).incoming(b"\xc3\x00"), b"\xc3\x00");
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_taken_in(bytes: Vec<u8>, size in 1usize..40) {
            let mut peer = Deflate::new(true, true);
            for piece in bytes.chunks(size) {
                peer.incoming(piece);
            }
        }

        #[test]
        fn whatever_is_said_arrives(messages: Vec<Vec<u8>>, own: bool, other: bool, mask: Option<[u8; 4]>) {
            let (mut here, mut there) = (Deflate::new(own, other), Deflate::new(other, own));
            for message in messages {
                let said = text(&message, mask);
                proptest::prop_assert_eq!(over(&mut here, &mut there, &said, 7).1, said);
            }
        }
    }
}
