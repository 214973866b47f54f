//! What a file is, by its first bytes.

use super::buffer::Buffer;
use super::error::{Cause, Damage};
use super::input::{Raw, Source};
use super::unpack::{Gzip, Lz4, Packing, Zstd, is_skippable, skip_frame};
use super::{Format, pcap, pcapng};

/// Puts what unpacks it around a compressed file.
pub(super) fn packing(mut buffer: Buffer<Raw>) -> Result<Buffer, Cause> {
    loop {
        buffer.fill(4)?;
        return Ok(match Packing::recognise(buffer.ready()) {
            Some(Packing::Gzip) => Buffer::new(Source::Gzip(Box::new(Gzip::new(buffer)))),
            Some(Packing::Zstd) => Buffer::new(Source::Zstd(Box::new(Zstd::new(buffer)))),
            Some(Packing::Lz4) => Buffer::new(Source::Lz4(Box::new(Lz4::new(buffer)))),
            // Both begin so where something about the packing stands first (as pzstd writes it).
            None if is_skippable(buffer.ready()) => {
                if !skip_frame(&mut buffer)? {
                    let at = buffer.offset();
                    return Err(Cause::Packed { by: Packing::Zstd, at, damage: Damage::CutShort });
                }
                continue;
            }
            None => buffer.with_input(Source::Plain),
        });
    }
}

/// Tells the format of a capture, and reads its header.
pub(super) fn format(buffer: &mut Buffer) -> Result<Format, Cause> {
    buffer.fill(16)?;
    let ready = buffer.ready();
    if ready.is_empty() {
        return Err(Cause::Empty);
    }
    let first = ready.first_chunk::<4>().copied().unwrap_or_default();
    if let Some(magic) = pcap::magic(first) {
        return pcap::Pcap::open(buffer, magic).map(Format::Pcap);
    }
    if first == pcapng::SECTION.to_be_bytes() {
        return Ok(Format::Pcapng(pcapng::Pcapng::new()));
    }
    // What comes through a pipe may come in pieces smaller than the longest signature.
    buffer.fill(LONGEST)?;
    Err(name(buffer))
}

/// So far into a file signatures reach: that of a tar archive ends here.
const LONGEST: usize = 262;

/// What it is, as far as it is known, if it is not one of ours.
fn name(buffer: &Buffer) -> Cause {
    let ready = buffer.ready();
    let packed = match Packing::recognise(ready) {
        Some(packing) => Some((packing.name(), packing.command())),
        None => {
            PACKED.iter().find(|(magic, ..)| ready.starts_with(magic)).map(|(_, by, unpack)| (*by, *unpack))
        }
    };
    if let Some((by, unpack)) = packed {
        return match buffer.input().packing() {
            Some(outer) => Cause::PackedTwice { outer, inner: by },
            None => Cause::Compressed { by, unpack },
        };
    }
    // An archive has its magic number behind the first file's name and rights.
    if ready.get(257..262) == Some(b"ustar") {
        return Cause::Compressed { by: "tar", unpack: "tar -xf FILE" };
    }
    if let Some((_, format)) = CAPTURES.iter().find(|(magic, _)| ready.starts_with(magic)) {
        let convert = "`editcap FILE NEW.pcapng`, a tool that comes with Wireshark";
        return Cause::OtherFormat { format, convert };
    }
    let first = ready.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    Cause::NotACapture { first }
}

/// Compressed files and archives that are not unpacked here: first bytes, program, what to type.
const PACKED: [(&[u8], &str, &str); 6] = [
    (&[0xfd, b'7', b'z', b'X', b'Z'], "xz", "unxz FILE"),
    (b"BZh", "bzip2", "bunzip2 FILE"),
    (b"PK\x03\x04", "zip", "unzip FILE"),
    (&[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c], "7-Zip", "7z x FILE"),
    (b"LZIP", "lzip", "lzip -d FILE"),
    (&[0x1f, 0x9d], "compress", "uncompress FILE"),
];

/// Captures of other programs, which `editcap` reads: first bytes, name.
const CAPTURES: [(&[u8], &str); 11] = [
    (b"snoop\0\0\0", "snoop (Solaris)"),
    (b"btsnoop\0", "btsnoop (Bluetooth)"),
    (b"RTSS", "Microsoft Network Monitor 1"),
    (b"GMBU", "Microsoft Network Monitor 2"),
    (b"TRSNIFF data    \x1a", "Sniffer (DOS)"),
    (b"XCP\0", "Sniffer (Windows)"),
    (b"iptrace 1.0", "iptrace (AIX)"),
    (b"iptrace 2.0", "iptrace (AIX)"),
    (b"ObserverPktBufferVersion=", "Observer (Network Instruments)"),
    (b"\x7fver", "EtherPeek, AiroPeek or OmniPeek"),
    (b"\x05VNF", "Visual Networks"),
];
