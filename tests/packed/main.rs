//! Compressed captures: the same frames as without, whatever form the compression takes; what can't be unpacked is told.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops where something is not as it must be, and says what it leaves out"
)]

mod damaged;

use std::io::{self, Cursor, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use netlab::source::{Cause, Damage, Packing, ReadError, Reader};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// A pcap file with so many frames, no two alike, that can be compressed well but not to nothing.
fn pcap(frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 65535, 1] {
        bytes.extend(word.to_le_bytes());
    }
    let mut noise = 1u32;
    for number in 0..frames {
        let length = 60 + number % 90;
        for word in [1_700_000_000, number, length, length] {
            bytes.extend(word.to_le_bytes());
        }
        for at in 0..length {
            noise = noise.wrapping_mul(1_103_515_245).wrapping_add(12345);
            bytes.push(if at % 4 == 0 { (noise >> 16) as u8 } else { at as u8 });
        }
    }
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn lz4_with(info: FrameInfo, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    lz4_with(FrameInfo::new().content_checksum(true).block_size(BlockSize::Max64KB), bytes)
}

type Pack = fn(&[u8]) -> Vec<u8>;

const PACKINGS: [(Packing, Pack); 3] = [(Packing::Gzip, gzip), (Packing::Zstd, zstd), (Packing::Lz4, lz4)];

/// Every frame's time and bytes, and how it ended.
fn read(bytes: Vec<u8>) -> (Vec<(i128, Vec<u8>)>, Option<ReadError>) {
    let mut frames = Vec::new();
    let mut reader = match Reader::from_bytes("x", bytes) {
        Ok(reader) => reader,
        Err(error) => return (frames, Some(error)),
    };
    loop {
        match reader.next() {
            Ok(Some(frame)) => frames.push((frame.time.unwrap().0, frame.bytes.to_vec())),
            Ok(None) => return (frames, None),
            Err(error) => return (frames, Some(error)),
        }
    }
}

fn same(packed: Vec<u8>, plain: &[u8]) {
    let (frames, error) = read(packed);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(frames, read(plain.to_vec()).0);
}

#[test]
fn each_packing_gives_the_frames_that_were_packed() {
    for frames in [0, 1, 5000] {
        let plain = pcap(frames);
        for (_, pack) in PACKINGS {
            same(pack(&plain), &plain);
        }
    }
}

#[test]
fn several_parts_of_one_packing_are_one_file() {
    let plain = pcap(3000);
    for (_, pack) in PACKINGS {
        for cut in [0, 1, 24, 100_000, plain.len()] {
            let (a, b) = plain.split_at(cut);
            same([pack(a), pack(b), pack(&[])].concat(), &plain);
        }
    }
}

#[test]
fn one_byte_at_a_time_is_fast_enough() {
    struct Slow(Cursor<Vec<u8>>);
    impl Read for Slow {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let first = room.len().min(1);
            self.0.read(&mut room[..first])
        }
    }
    let plain = pcap(300);
    for (packing, pack) in PACKINGS {
        let packed = pack(&plain);
        let length = packed.len() as u64;
        let mut reader = Reader::from_read("slow", Box::new(Slow(Cursor::new(packed)))).unwrap();
        let mut count = 0;
        while reader.next().unwrap().is_some() {
            count += 1;
        }
        // Of compressed files the position counts packed bytes.
        assert_eq!((count, reader.position()), (300, length), "{}", packing.name());
    }
}

#[test]
fn gzip_headers_may_hold_names_comments_and_their_own_checksum() {
    let plain = pcap(20);
    let body = gzip(&plain)[10..].to_vec();
    let mut head = vec![0x1f, 0x8b, 8, 0x1e, 1, 2, 3, 4, 0, 3, 5, 0];
    head.extend(b"extra");
    head.extend(b"capture.pcap\0a comment\0");
    let mut crc = flate2::Crc::new();
    crc.update(&head);
    let sum = (crc.sum() as u16).to_le_bytes();
    same([&head[..], &sum, &body].concat(), &plain);
    let (frames, error) = read([&head[..], &[!sum[0], sum[1]], &body].concat());
    assert!(frames.is_empty());
    assert!(matches!(error.unwrap().cause, Cause::Packed { damage: Damage::Checksum { .. }, .. }));
}

#[test]
fn zeros_after_gzip_are_padding_and_anything_else_is_told() {
    let plain = pcap(20);
    same([gzip(&plain), vec![0; 5000]].concat(), &plain);
    for (_, pack) in PACKINGS {
        let (frames, error) = read([pack(&plain), b"what is this?".to_vec()].concat());
        assert_eq!(frames.len(), 20);
        assert!(matches!(error.unwrap().cause, Cause::Packed { damage: Damage::Trailing, .. }));
    }
}

#[test]
fn frames_that_carry_something_else_are_passed_over() {
    let plain = pcap(500);
    let skipped = [&[0x5a, 0x2a, 0x4d, 0x18, 5, 0, 0, 0][..], b"index"].concat();
    for (_, pack) in &PACKINGS[1..] {
        let (a, b) = plain.split_at(1000);
        same([skipped.clone(), pack(a), skipped.clone(), pack(b), skipped.clone()].concat(), &plain);
        let (frames, error) = read([pack(&plain), skipped[..10].to_vec()].concat());
        assert_eq!(frames.len(), 500);
        assert!(matches!(error.unwrap().cause, Cause::Packed { damage: Damage::CutShort, .. }));
    }
}

#[test]
fn lz4_in_all_its_forms() {
    let plain = pcap(4000);
    for size in [BlockSize::Max64KB, BlockSize::Max256KB, BlockSize::Max1MB, BlockSize::Max4MB] {
        for mode in [BlockMode::Independent, BlockMode::Linked] {
            for sums in [false, true] {
                let info = FrameInfo::new().block_size(size).block_mode(mode).block_checksums(sums);
                let content = sums.then_some(plain.len() as u64);
                same(lz4_with(info.content_checksum(!sums).content_size(content), &plain), &plain);
            }
        }
    }
    // A frame of large blocks, one of small ones, one of linked ones: each with its own history.
    let (a, b) = plain.split_at(150_000);
    let linked = FrameInfo::new().block_mode(BlockMode::Linked).block_size(BlockSize::Max64KB);
    let large = FrameInfo::new().block_size(BlockSize::Max4MB);
    same([lz4_with(large, a), lz4_with(linked.clone(), b)].concat(), &plain);
    same([lz4_with(linked, a), legacy(b)].concat(), &plain);
    same([legacy(a), lz4(b)].concat(), &plain);
}

/// The old form: a magic number, then blocks with their length.
fn legacy(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x02, 0x21, 0x4c, 0x18];
    for block in bytes.chunks(8 << 20) {
        let block = lz4_flex::block::compress(block);
        packed.extend((block.len() as u32).to_le_bytes());
        packed.extend(block);
    }
    packed
}

#[test]
fn what_is_packed_twice_or_holds_nothing_or_no_capture_is_told_so() {
    let plain = pcap(3);
    let cause = |bytes: Vec<u8>| read(bytes).1.unwrap().cause;
    for (packing, pack) in PACKINGS {
        assert!(matches!(cause(pack(&[])), Cause::Empty), "{packing:?}");
        assert!(matches!(cause(pack(b"hello, world")), Cause::NotACapture { .. }), "{packing:?}");
        for (inner, pack_inner) in PACKINGS {
            let Cause::PackedTwice { outer, inner: named } = cause(pack(&pack_inner(&plain))) else {
                panic!()
            };
            assert_eq!((outer, named), (packing, inner.name()));
        }
    }
}

#[test]
fn windows_and_blocks_that_claim_too_much_are_refused() {
    let cause = |bytes: &[u8]| read(bytes.to_vec()).1.unwrap().cause;
    // A window of 2 GiB, of nearly 4 GiB (the content's own size), and of the largest that can be written.
    let windows: [&[u8]; 3] = [
        &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 1, 0, 0],
        &[0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xf0, 0xff, 0xff, 0xff, 1, 0, 0],
        &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 1, 0, 0],
    ];
    for (window, least) in windows.iter().zip([1u64 << 31, 0xffff_fff0, 1 << 41]) {
        let Cause::Window { claimed, limit } = cause(window) else { panic!("{}", cause(window)) };
        assert!(claimed >= least && limit == 128 << 20, "{claimed} {limit}");
    }
    // A block of 2 GB where blocks have 64 KiB, and one in the old form.
    let mut lz4 = lz4(&pcap(3));
    lz4[7..11].copy_from_slice(&0x7fff_ffffu32.to_le_bytes());
    assert!(matches!(cause(&lz4), Cause::Packed { damage: Damage::Block { claimed: 0x7fff_ffff, .. }, .. }));
    let legacy = [0x02, 0x21, 0x4c, 0x18, 0xff, 0xff, 0xff, 0x7f, 0];
    assert!(matches!(
        cause(&legacy),
        Cause::Packed { damage: Damage::Block { claimed: 0x7fff_ffff, .. }, .. }
    ));
}

#[test]
fn what_needs_a_dictionary_is_told_so() {
    let cause = |bytes: &[u8]| read(bytes.to_vec()).1.unwrap().cause;
    let zstd = [0x28, 0xb5, 0x2f, 0xfd, 0x23, 77, 0, 0, 0, 0, 1, 0, 0];
    assert!(matches!(cause(&zstd), Cause::Dictionary { by: Packing::Zstd, id: 77 }), "{}", cause(&zstd));
    let mut lz4 = vec![0x04, 0x22, 0x4d, 0x18, 0x61, 0x40, 77, 0, 0, 0];
    let sum = twox_hash::XxHash32::oneshot(0, &lz4[4..]) >> 8;
    lz4.extend([sum as u8, 0, 0, 0, 0]);
    assert!(matches!(cause(&lz4), Cause::Dictionary { by: Packing::Lz4, id: 77 }), "{}", cause(&lz4));
}

/// The programs pack better than the encoders above: longer windows, other kinds of blocks, several threads' frames.
#[test]
fn what_the_programs_themselves_pack_is_read() {
    let plain = pcap(10_000);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.pcap");
    std::fs::write(&file, &plain).unwrap();
    let commands: [&[&str]; 10] = [
        &["gzip", "-1", "-c"],
        &["gzip", "-9", "-c"],
        &["zstd", "-1", "-q", "-c"],
        &["zstd", "-19", "-q", "-c", "--no-check"],
        &["zstd", "-3", "-q", "-c", "--long=27"],
        &["zstd", "-T2", "-B262144", "-q", "-c"],
        &["lz4", "-q", "-c", "-9"],
        &["lz4", "-q", "-c", "-B4", "-BD", "-BX"],
        &["lz4", "-q", "-c", "--content-size", "--no-frame-crc"],
        &["lz4", "-q", "-c", "-l"],
    ];
    for command in commands {
        let run = std::process::Command::new(command[0]).args(&command[1..]).arg(&file).output();
        let Ok(output) = run else {
            assert!(std::env::var_os("NETLAB_CI").is_none(), "CI needs {}", command[0]);
            eprintln!("NOT TRIED: {} is not installed", command[0]);
            continue;
        };
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.len() < plain.len(), "{command:?}");
        same(output.stdout, &plain);
    }
}

proptest! {
    #[test]
    fn any_bytes_behind_a_packings_first(
        which in 0usize..5,
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let first: [&[u8]; 5] = [
            &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
            &[0x28, 0xb5, 0x2f, 0xfd],
            &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x48],
            &[0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82],
            &[0x02, 0x21, 0x4c, 0x18],
        ];
        read([first[which], &bytes].concat());
    }
}
