//! Reading, dissecting, following and putting streams together costs no memory a packet, and a length that lies costs none at all.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use netlab::dissect::Packet;
use netlab::flow::stream::{Arrival, Given, Reassembler};
use netlab::flow::{Conversation, Tracker};
use netlab::source::{Cause, Reader};

/// Counts what is allocated.
struct Counting;

static CALLS: AtomicUsize = AtomicUsize::new(0);
static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator can't be written without; it only passes on to the system's")]
// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`; the pointer is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A pcap file of any length, made while it is read: one conversation, segment after segment.
struct Endless {
    packets: u32,
    made: u32,
    ready: Vec<u8>,
    at: usize,
}

const PAYLOAD: usize = 1400;

impl Endless {
    fn new(packets: u32) -> Endless {
        let mut ready = Vec::new();
        for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, 101] {
            ready.extend(word.to_le_bytes());
        }
        Endless { packets, made: 0, ready, at: 0 }
    }

    fn make(&mut self) {
        let length = (40 + PAYLOAD) as u32;
        self.ready.clear();
        self.at = 0;
        for word in [1_700_000_000 + self.made / 1000, self.made % 1000, length, length] {
            self.ready.extend(word.to_le_bytes());
        }
        let total = (length as u16).to_be_bytes();
        self.ready
            .extend([0x45, 0, total[0], total[1], 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 7, 0, 1, 10, 7, 0, 2]);
        let seq = self.made.wrapping_mul(PAYLOAD as u32).to_be_bytes();
        self.ready.extend([0x9c, 0x40, 0x1f, 0x90, seq[0], seq[1], seq[2], seq[3], 0, 0, 0, 1]);
        self.ready.extend([0x50, 0x10, 0xfa, 0xf0, 0, 0, 0, 0]);
        self.ready.resize(16 + length as usize, b'x');
        self.made += 1;
    }
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at == self.ready.len() && self.made < self.packets {
            self.make();
        }
        let left = &self.ready[self.at..];
        let count = left.len().min(out.len());
        out[..count].copy_from_slice(&left[..count]);
        self.at += count;
        Ok(count)
    }
}

/// A packed beginning, and then the same packed part again and again.
struct Again {
    ready: io::Cursor<Vec<u8>>,
    part: Vec<u8>,
    left: u32,
}

impl Read for Again {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.ready.read(out)? {
            0 if self.left > 0 => {
                self.left -= 1;
                self.ready.get_mut().clone_from(&self.part);
                self.ready.set_position(0);
                self.ready.read(out)
            }
            count => Ok(count),
        }
    }
}

/// A hundred packets a part; what reading them takes: calls of the allocator after the first parts, and bytes at most.
fn packed(pack: impl Fn(&[u8]) -> Vec<u8>) -> (usize, usize) {
    let mut plain = Vec::new();
    Endless::new(100).read_to_end(&mut plain).unwrap();
    let (head, records) = plain.split_at(24);
    let part = pack(records);
    let mut ready = Vec::with_capacity(part.len());
    ready.extend(pack(head));
    let again = Again { ready: io::Cursor::new(ready), part, left: 150 };
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    let mut reader = Reader::from_read("packed", Box::new(again)).unwrap();
    let (mut count, mut calls) = (0, 0);
    while reader.next().unwrap().is_some() {
        count += 1;
        if count == 3000 {
            calls = CALLS.load(Relaxed);
        }
    }
    assert_eq!(count, 15_000);
    (CALLS.load(Relaxed) - calls, PEAK.load(Relaxed) - before)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    let info = FrameInfo::new().block_mode(BlockMode::Linked).block_size(BlockSize::Max64KB);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// A zstd frame with a window of 2 to the power of `log` bytes, of blocks that are not compressed.
fn zstd_with_window(log: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, (log - 10) << 3];
    for block in content.chunks(128 << 10) {
        out.extend(&((block.len() as u32) << 3).to_le_bytes()[..3]);
        out.extend(block);
    }
    out.extend([1, 0, 0]);
    out
}

/// One test, because the counters are the process's.
#[test]
fn memory_does_not_grow_with_the_file() {
    let mut reader = Reader::from_read("endless", Box::new(Endless::new(150_000))).unwrap();
    let (mut tracker, mut reassembler) = (Tracker::new(), Reassembler::new());
    let (mut count, mut calls, mut bytes) = (0, 0, 0u64);
    while let Some(frame) = reader.next().unwrap() {
        let packet = Packet::new(frame);
        let segment = tracker.push(&packet).unwrap();
        assert_eq!(segment.stream, 0);
        reassembler.push(&Arrival::new(&segment, &packet).unwrap(), &mut |given| {
            let Given::Bytes(chunk) = given else { panic!("{given:?}") };
            bytes += chunk.bytes.len() as u64;
        });
        count += 1;
        if count == 1000 {
            calls = CALLS.load(Relaxed);
            PEAK.store(NOW.load(Relaxed), Relaxed);
        }
    }
    assert_eq!((count, bytes), (150_000, 150_000 * PAYLOAD as u64));
    assert_eq!(CALLS.load(Relaxed) - calls, 0, "calls of the allocator for 149,000 packets");
    assert!(PEAK.load(Relaxed) < 1 << 20, "{} bytes at most", PEAK.load(Relaxed));

    // A conversation that has said little is small.
    assert!(size_of::<Conversation>() <= 1024, "{} bytes", size_of::<Conversation>());

    // Compressed files: gzip and lz4 take their memory once, zstd once a frame.
    let (calls, peak) = packed(gzip);
    assert!(calls == 0 && peak < 1 << 20, "gzip: {calls} calls, {peak} bytes at most");
    let (calls, peak) = packed(lz4);
    assert!(calls == 0 && peak < 1 << 20, "lz4: {calls} calls, {peak} bytes at most");
    let (calls, peak) = packed(zstd);
    assert!(calls < 100 * 120 && peak < 4 << 20, "zstd: {calls} calls, {peak} bytes at most");

    // The window of a zstd file, and little more, however long it is.
    for log in [20, 23] {
        let mut plain = Vec::new();
        Endless::new(20_000).read_to_end(&mut plain).unwrap();
        let packed = zstd_with_window(log, &plain);
        drop(plain);
        let before = NOW.load(Relaxed);
        PEAK.store(before, Relaxed);
        let mut reader = Reader::from_read("packed", Box::new(io::Cursor::new(packed))).unwrap();
        let mut count = 0;
        while reader.next().unwrap().is_some() {
            count += 1;
        }
        assert_eq!(count, 20_000);
        let (window, peak) = (1 << log, PEAK.load(Relaxed) - before);
        // While it grows its first half is there twice.
        assert!(peak < window / 2 * 3 + (2 << 20), "{peak} bytes at most for a window of {window}");
    }

    // A pcapng block that claims 16 MiB, of which nothing is there.
    let before = PEAK.swap(NOW.load(Relaxed), Relaxed).min(NOW.load(Relaxed));
    let mut bytes = Vec::new();
    for word in [0x0a0d_0d0au32, 28, 0x1a2b_3c4d, 1, u32::MAX, u32::MAX, 28, 6, 16 << 20, 0, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    let mut reader = Reader::from_bytes("lying", bytes).unwrap();
    let error = reader.next().expect_err("the block is cut short");
    assert!(matches!(error.cause, Cause::CutShort { .. }), "{}", error.cause);
    assert!(PEAK.load(Relaxed) - before < 256 * 1024, "{} bytes for a lie", PEAK.load(Relaxed) - before);

    // A zstd window of 128 MiB, the largest that is taken, of which nothing is there.
    let before = PEAK.swap(NOW.load(Relaxed), Relaxed).min(NOW.load(Relaxed));
    let window = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3];
    let error = Reader::from_bytes("lying", window).err().expect("there is no block");
    assert!(matches!(error.cause, Cause::Packed { .. }), "{}", error.cause);
    assert!(PEAK.load(Relaxed) - before < 1 << 20, "{} bytes for a lie", PEAK.load(Relaxed) - before);
}
