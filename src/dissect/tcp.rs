//! TCP segment header (RFC 9293, section 3.1). Its options are in `tcp_options`.

use super::checksum::{self, Around};
use super::field::{Checksum, Emit, Field, Value};
use super::tcp_options::{self, TcpOptions};

const SRC_PORT: Field = Field::new("tcp.srcport", "Source port", 0..2);
const DST_PORT: Field = Field::new("tcp.dstport", "Destination port", 2..4);
const SEQ: Field = Field::new("tcp.seq_raw", "Sequence number (wire)", 4..8);
const ACK_NUMBER: Field = Field::new("tcp.ack_raw", "Acknowledgement number (wire)", 8..12);
const HDR_LEN: Field = Field::bits("tcp.hdr_len", "Header length", 12..13, 0xf0).times(4);
const FLAGS: Field = Field::bits("tcp.flags", "Flags", 12..14, 0x0fff).hex();
const BOGUS: Field = Field::new("tcp.bogus_header_length", "That length can't be", 12..13).mark();
/// Three bits, which Wireshark takes for one: whether any of them is set.
const RES: Field = Field::flag("tcp.flags.res", "Reserved bits", 12..14, 0x0e00);
const AE: Field = Field::flag("tcp.flags.ae", "AE: accurate ECN", 12..14, 0x0100);
const CWR: Field = Field::flag("tcp.flags.cwr", "CWR: sending less now", 12..14, 0x0080);
const ECE: Field = Field::flag("tcp.flags.ece", "ECE: congestion was seen", 12..14, 0x0040);
const URG: Field = Field::flag("tcp.flags.urg", "URG: urgent pointer counts", 12..14, 0x0020);
const ACK: Field = Field::flag("tcp.flags.ack", "ACK: acknowledgement counts", 12..14, 0x0010);
const PUSH: Field = Field::flag("tcp.flags.push", "PSH: hand it to the program now", 12..14, 0x0008);
const RESET: Field = Field::flag("tcp.flags.reset", "RST: connection broken off", 12..14, 0x0004);
const SYN: Field = Field::flag("tcp.flags.syn", "SYN: the numbering starts here", 12..14, 0x0002);
const FIN: Field = Field::flag("tcp.flags.fin", "FIN: the sender has said all", 12..14, 0x0001);
const WINDOW: Field = Field::new("tcp.window_size_value", "Window (wire)", 14..16);
const CHECKSUM: Field = Field::new("tcp.checksum", "Checksum", 16..18).hex();
const STATUS: Field = Field::new("tcp.checksum.status", "Checksum is", 0..0);
const URGENT: Field = Field::new("tcp.urgent_pointer", "Urgent pointer", 18..20);
/// The fixed header, in wire order.
pub(super) const FIELDS: &[Field] = &[
    SRC_PORT, DST_PORT, SEQ, ACK_NUMBER, HDR_LEN, FLAGS, RES, AE, CWR, ECE, URG, ACK, PUSH, RESET, SYN, FIN,
    WINDOW, CHECKSUM, STATUS, URGENT,
];

const UNCOUNTED_SEQ: Field = Field::new("tcp.seq", "Sequence number (wire)", 4..8);
const UNCOUNTED_ACK: Field = Field::new("tcp.ack", "Acknowledgement number (wire)", 8..12);
const UNSCALED: Field = Field::new("tcp.window_size", "Window (wire)", 14..16);
const LEN: Field = Field::new("tcp.len", "Data bytes", 0..0);
const PAYLOAD: Field = Field::new("tcp.payload", "Data", 0..0).raw();
/// What stands in no byte, or after the header.
pub(super) const MORE: &[Field] = &[LEN, PAYLOAD, BOGUS];
/// What takes the place of the numbers counted from the start in a segment that is not whole.
const UNCOUNTED: &[Field] = &[UNCOUNTED_SEQ, UNCOUNTED_ACK, UNSCALED];

/// The shortest header, in bytes.
const MIN_LEN_BYTES: usize = 20;
const PROTOCOL: u8 = 6;

/// A segment borrowed from its packet: header, options, payload. Nothing is allocated. An accessor is `None` where the
/// capture ends before its field.
#[derive(Clone, Copy, Debug)]
pub struct TcpSlice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
    pub(super) around: Around<'a>,
}

/// The fixed header's numbers, read at once: for whoever needs them of millions of segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TcpFixed {
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    pub(crate) seq: u32,
    /// The field, whatever the flag says.
    pub(crate) ack: u32,
    /// In bytes, by its own field.
    pub(crate) header_len: usize,
    /// All twelve bits.
    pub(crate) flags: u16,
    /// Before scaling.
    pub(crate) window: u16,
}

impl<'a> TcpSlice<'a> {
    /// The numbers up to the window; `None` where the capture ends before that. The rows of [`FIELDS`] say the same, one by one.
    #[inline]
    pub(crate) fn fixed(self) -> Option<TcpFixed> {
        let [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, f0, f1, w0, w1] = *self.bytes.first_chunk()?;
        Some(TcpFixed {
            src_port: u16::from_be_bytes([s0, s1]),
            dst_port: u16::from_be_bytes([d0, d1]),
            seq: u32::from_be_bytes([q0, q1, q2, q3]),
            ack: u32::from_be_bytes([a0, a1, a2, a3]),
            header_len: usize::from(f0 >> 4) * 4,
            flags: u16::from_be_bytes([f0 & 0x0f, f1]),
            window: u16::from_be_bytes([w0, w1]),
        })
    }

    /// Source and destination address as they stand in the IP header, one after the other.
    #[inline]
    pub(crate) fn addresses(self) -> &'a [u8] {
        self.around.addresses
    }

    /// The same as [`len_after_header`](TcpSlice::len_after_header), [`is_partial`](TcpSlice::is_partial) and
    /// [`payload`](TcpSlice::payload), by a header length that is known already.
    #[inline]
    pub(crate) fn after_header(self, header_len: usize) -> (Option<usize>, bool, &'a [u8]) {
        let Around { quoted, fragment, reported, .. } = self.around;
        let kept = if header_len < MIN_LEN_BYTES { None } else { self.bytes.get(header_len..) };
        let partial = quoted || fragment || header_len > reported;
        (reported.checked_sub(header_len), partial, kept.unwrap_or_default())
    }

    /// Whether its only option is the timestamps, behind the two fillers that kernels put there.
    #[inline]
    pub(crate) fn has_timestamps_only(self, header_len: usize) -> bool {
        header_len == 32 && self.bytes.get(20..24) == Some(&[1, 1, 8, 10]) && self.bytes.len() >= header_len
    }

    /// The sender's port.
    pub fn src_port(self) -> Option<u16> {
        SRC_PORT.get(self.bytes).map(|port| port as u16)
    }

    /// The receiver's port.
    pub fn dst_port(self) -> Option<u16> {
        DST_PORT.get(self.bytes).map(|port| port as u16)
    }

    /// Sequence number as on the wire, not relative.
    pub fn seq(self) -> Option<u32> {
        SEQ.get(self.bytes).map(|number| number as u32)
    }

    /// Acknowledgement number as on the wire, also where the ACK flag says that it means nothing.
    pub fn ack_number(self) -> Option<u32> {
        ACK_NUMBER.get(self.bytes).map(|number| number as u32)
    }

    /// The header's length with its options, in bytes, by its own field.
    pub fn header_len(self) -> Option<usize> {
        HDR_LEN.get(self.bytes).map(|length| length as usize)
    }

    /// All twelve bits, the reserved ones too.
    pub fn flags(self) -> Option<u16> {
        FLAGS.get(self.bytes).map(|flags| flags as u16)
    }

    fn has(self, flag: &Field) -> bool {
        flag.get(self.bytes) == Some(1)
    }

    /// The numbering starts here.
    pub fn syn(self) -> bool {
        self.has(&SYN)
    }

    /// The acknowledgement number counts.
    pub fn ack(self) -> bool {
        self.has(&ACK)
    }

    /// The sender has said all.
    pub fn fin(self) -> bool {
        self.has(&FIN)
    }

    /// The connection is broken off.
    pub fn rst(self) -> bool {
        self.has(&RESET)
    }

    /// The data is to be handed to the program now.
    pub fn psh(self) -> bool {
        self.has(&PUSH)
    }

    /// The urgent pointer counts.
    pub fn urg(self) -> bool {
        self.has(&URG)
    }

    /// The sender has seen congestion notices (or, in a SYN, can understand them).
    pub fn ece(self) -> bool {
        self.has(&ECE)
    }

    /// The sender has slowed down (or, in a SYN, can).
    pub fn cwr(self) -> bool {
        self.has(&CWR)
    }

    /// Accurate ECN.
    pub fn ae(self) -> bool {
        self.has(&AE)
    }

    /// How many bytes may still be sent to this sender, before scaling.
    pub fn window(self) -> Option<u16> {
        WINDOW.get(self.bytes).map(|window| window as u16)
    }

    /// The checksum as it stands there.
    pub fn checksum(self) -> Option<u16> {
        CHECKSUM.get(self.bytes).map(|checksum| checksum as u16)
    }

    /// Where urgent data ends, counted from the sequence number.
    pub fn urgent(self) -> Option<u16> {
        URGENT.get(self.bytes).map(|pointer| pointer as u16)
    }

    /// The options, as far as they were kept.
    pub fn options(self) -> TcpOptions<'a> {
        let end = self.header_len().unwrap_or(0).min(self.bytes.len());
        TcpOptions::new(self.bytes.get(MIN_LEN_BYTES..end).unwrap_or_default())
    }

    /// How many data bytes the segment carried on the wire, by the IP header; `None` where the capture ends before the
    /// header's length or that is impossible.
    pub fn payload_len(self) -> Option<usize> {
        let header = self.header_len().filter(|length| *length >= MIN_LEN_BYTES)?;
        self.around.reported.checked_sub(header)
    }

    /// What was kept of the data.
    pub fn payload(self) -> &'a [u8] {
        let header = self.header_len().filter(|length| *length >= MIN_LEN_BYTES);
        header.and_then(|length| self.bytes.get(length..)).unwrap_or_default()
    }

    /// Inside an ICMP error: a copy of what somebody had sent.
    pub fn is_quoted(self) -> bool {
        self.around.quoted
    }

    /// Whether the checksum is right; `None` where the capture ends before it.
    pub fn checksum_status(self) -> Option<Checksum> {
        let told = CHECKSUM.get(self.bytes)?;
        if self.around.fragment || self.bytes.len() < self.around.reported || self.around.addresses.is_empty()
        {
            return Some(Checksum::Unverified);
        }
        Some(checksum::adds_up_with_addresses(self.around, PROTOCOL, self.bytes, told))
    }

    /// Whether its place in the conversation can't be told: it is quoted by an ICMP error, a fragment, or its header
    /// claims to be longer than the segment.
    pub fn is_partial(self) -> bool {
        let Around { quoted, fragment, reported, .. } = self.around;
        quoted || fragment || self.header_len().is_some_and(|length| length > reported)
    }

    /// Whether its header claims to be shorter than any TCP header is.
    pub fn is_malformed(self) -> bool {
        self.header_len().is_some_and(|length| length < MIN_LEN_BYTES)
    }

    /// How many bytes followed the header on the wire, even by a header length that can't be.
    pub(crate) fn len_after_header(self) -> Option<usize> {
        self.around.reported.checked_sub(self.header_len()?)
    }

    /// Whether a snap length has cut its header, so that options may be missing.
    pub(crate) fn is_cut(self) -> bool {
        self.header_len().is_none_or(|length| length > self.bytes.len())
    }

    /// With a header length that can't be, nothing after it can be trusted.
    fn malformed_fields(self, emit: &mut Emit<'_, 'a>) {
        for field in [&SRC_PORT, &DST_PORT, &SEQ, &HDR_LEN, &BOGUS] {
            emit.field(field, self.bytes);
        }
        emit.put(&LEN, Value::Number(self.len_after_header().unwrap_or(0) as u64), 0..0);
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        if self.is_malformed() {
            return self.malformed_fields(emit);
        }
        for field in FIELDS {
            match field.name {
                "tcp.checksum.status" => {
                    if let Some(status) = self.checksum_status() {
                        emit.put(&STATUS, Value::Checksum(status), CHECKSUM.range());
                    }
                }
                "tcp.seq_raw" if self.around.quoted => {}
                _ => emit.field(field, self.bytes),
            }
        }
        if self.is_partial() {
            emit.table(UNCOUNTED, self.bytes);
        }
        let Some(header) = self.header_len() else { return };
        tcp_options::each_field(self.options(), MIN_LEN_BYTES, header.saturating_sub(MIN_LEN_BYTES), emit);
        if let Some(length) = self.payload_len().filter(|_| !self.is_partial()) {
            emit.put(&LEN, Value::Number(length as u64), 0..0);
        }
        let payload = self.payload();
        if !payload.is_empty() {
            emit.put(&PAYLOAD, Value::Bytes(payload), header..header + payload.len());
        }
    }
}
