//! UDP (RFC 768).

use super::checksum::{self, Around};
use super::field::{Checksum, Emit, Field, Value};

const SRC_PORT: Field = Field::new("udp.srcport", "Source port", 0..2);
const DST_PORT: Field = Field::new("udp.dstport", "Destination port", 2..4);
const LENGTH: Field = Field::new("udp.length", "Length of the datagram", 4..6);
const LENGTH_BAD: Field = Field::new("udp.length.bad", "That length can't be", 4..6).mark();
const LENGTH_ZERO: Field = Field::new("udp.length.bad_zero", "0, and it would fit", 4..6).mark();
const CHECKSUM: Field = Field::new("udp.checksum", "Checksum", 6..8).hex();
const STATUS: Field = Field::new("udp.checksum.status", "Checksum is", 0..0);
const PAYLOAD: Field = Field::new("udp.payload", "Data", 8..8).raw();
/// The header, in wire order, and what follows it.
pub(super) const FIELDS: &[Field] =
    &[SRC_PORT, DST_PORT, LENGTH, LENGTH_BAD, LENGTH_ZERO, CHECKSUM, STATUS, PAYLOAD];

/// The header's length.
pub(super) const LEN_BYTES: usize = 8;
const PROTOCOL: u8 = 17;

/// A datagram borrowed from its packet.
#[derive(Clone, Copy, Debug)]
pub struct UdpSlice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
    pub(super) around: Around<'a>,
}

impl<'a> UdpSlice<'a> {
    /// Source and destination address as they stand in the IP header, one after the other.
    pub(crate) fn addresses(self) -> &'a [u8] {
        self.around.addresses
    }

    /// The sender's port; `None` where the capture ends before it.
    pub fn source_port(self) -> Option<u16> {
        SRC_PORT.get(self.bytes).map(|port| port as u16)
    }

    /// The receiver's port; `None` where the capture ends before it.
    pub fn destination_port(self) -> Option<u16> {
        DST_PORT.get(self.bytes).map(|port| port as u16)
    }

    /// Header and data in bytes, by the header; `None` where the capture ends before it.
    pub fn length(self) -> Option<u16> {
        LENGTH.get(self.bytes).map(|length| length as u16)
    }

    /// Header and data in bytes, as a receiver counts them: the header's length. In IPv6 0 stands for all that the packet has, for a
    /// datagram that is too long for the field (RFC 2675, section 4). `None` where that is less than the header, so that nothing behind
    /// it is read, and where the capture ends before it.
    pub fn whole_len(self) -> Option<usize> {
        let whole = match self.length()? {
            0 if self.around.addresses.len() == 32 => self.around.reported,
            length => length.into(),
        };
        (whole >= LEN_BYTES).then_some(whole)
    }

    /// Whether its length can't be: less than the header's, or more than the IP packet has.
    pub fn is_malformed(self) -> bool {
        let Around { reported, fragment, quoted, .. } = self.around;
        let too_long = |whole: usize| whole > reported && !fragment && !quoted;
        self.length().is_some() && self.whole_len().is_none_or(too_long)
    }

    /// Whether its length is 0 though the field has room for it.
    fn is_zero_needlessly(self) -> bool {
        self.length() == Some(0) && self.whole_len().is_some_and(|whole| whole <= usize::from(u16::MAX))
    }

    /// What was kept of the data.
    pub fn payload(self) -> &'a [u8] {
        let end = self.whole_len().unwrap_or(0).min(self.bytes.len());
        self.bytes.get(LEN_BYTES..end).unwrap_or_default()
    }

    /// Whether the checksum is right; `None` where the capture ends before it.
    pub fn checksum_status(self) -> Option<Checksum> {
        let told = CHECKSUM.get(self.bytes)?;
        let length = self.whole_len().unwrap_or(0);
        if told == 0 {
            let required = self.around.addresses.len() == 32 && !self.around.quoted;
            return Some(if required { Checksum::Illegal } else { Checksum::NotPresent });
        }
        let whole =
            self.bytes.get(..length).filter(|_| length >= LEN_BYTES && length <= self.around.reported);
        Some(match whole {
            Some(datagram) if !self.around.fragment => {
                checksum::adds_up_with_addresses(self.around, PROTOCOL, datagram, told)
            }
            _ => Checksum::Unverified,
        })
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        emit.table(&[SRC_PORT, DST_PORT, LENGTH], self.bytes);
        if self.is_malformed() {
            emit.field(&LENGTH_BAD, self.bytes);
            if self.whole_len().is_none() {
                // Shorter than its own header: nothing after the length can be trusted.
                return;
            }
        }
        if self.is_zero_needlessly() {
            emit.field(&LENGTH_ZERO, self.bytes);
        }
        emit.field(&CHECKSUM, self.bytes);
        if let Some(status) = self.checksum_status() {
            emit.put(&STATUS, Value::Checksum(status), CHECKSUM.range());
        }
        let payload = self.payload();
        if !payload.is_empty() {
            emit.put(&PAYLOAD, Value::Bytes(payload), LEN_BYTES..LEN_BYTES + payload.len());
        }
    }
}
