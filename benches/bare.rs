//! The yardstick: reads a pcap file through a large buffer and slices every packet with etherparse, and does nothing else.
//!
//! What `netlab flows` does beside this (telling conversations apart, their numbers, what TCP was doing) may cost as much again,
//! not more: `benches/ratios.sh` compares the two. Ethernet and little-endian pcap only, as `generate` writes it.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::process::ExitCode;
use std::time::Instant;

use etherparse::{SlicedPacket, TransportSlice};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
const READ: usize = 1 << 20;

/// What was seen, so that nothing can be left out as unused.
#[derive(Debug, Default)]
struct Tally {
    packets: u64,
    bytes: u64,
    tcp: u64,
    unread: u64,
}

impl Tally {
    fn packet(&mut self, frame: &[u8]) {
        self.packets += 1;
        self.bytes += frame.len() as u64;
        match black_box(SlicedPacket::from_ethernet(black_box(frame))) {
            Ok(packet) => self.tcp += u64::from(matches!(packet.transport, Some(TransportSlice::Tcp(_)))),
            Err(_) => self.unread += 1,
        }
    }

    /// Takes every whole record; gives how many bytes that was.
    fn records(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some((header, rest)) = rest.split_at_checked(RECORD_HEADER) else { return at };
            let len = header.get(8..12).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
            let Some(frame) = rest.get(..len as usize) else { return at };
            self.packet(frame);
            at += RECORD_HEADER + frame.len();
        }
    }
}

fn pass(path: &str) -> io::Result<Tally> {
    let mut file = File::open(path)?;
    let mut header = [0; FILE_HEADER];
    file.read_exact(&mut header)?;
    if !header.starts_with(&0xa1b2_c3d4u32.to_le_bytes()) {
        return Err(io::Error::other("not a little-endian pcap file with microseconds"));
    }
    let mut tally = Tally::default();
    let mut buffer = vec![0; 2 * READ];
    let mut kept = 0;
    loop {
        let Some(room) = buffer.get_mut(kept..kept + READ) else {
            return Err(io::Error::other("a record longer than the buffer"));
        };
        let read = file.read(room)?;
        if read == 0 {
            return Ok(tally);
        }
        let end = kept + read;
        let taken = tally.records(buffer.get(..end).unwrap_or_default());
        buffer.copy_within(taken..end, 0);
        kept = end - taken;
    }
}

fn main() -> ExitCode {
    let mut stderr = io::stderr();
    let Some(path) = std::env::args().nth(1) else {
        let _ = writeln!(stderr, "usage: bare FILE.pcap");
        return ExitCode::from(2);
    };
    let start = Instant::now();
    match pass(&path) {
        Ok(Tally { packets, bytes, tcp, unread }) => {
            let seconds = start.elapsed().as_secs_f64();
            let _ = writeln!(
                io::stdout(),
                "{packets} packets, {bytes} bytes, {tcp} of TCP, {unread} unread, {seconds:.3} s"
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(stderr, "bare: {path}: {error}");
            ExitCode::FAILURE
        }
    }
}
