//! What no protocol here reads: its bytes, as they stand, with their number and their place.

use super::field::{Emit, Field, Value};
use super::{Header, Packet};

const DATA: Field = Field::new("data.data", "Data that is not read", 0..0).raw();
const LEN: Field = Field::new("data.len", "Length of that data", 0..0);
/// What follows the last header that is known. TCP and UDP have a field of their own for it.
pub(super) const FIELDS: &[Field] = &[DATA, LEN];

/// Where the data of a ping begins. Wireshark takes its first eight bytes for the sender's clock where they look like one.
const ECHO_DATA: usize = 8;

impl<'a> Packet<'a> {
    /// What follows the last header, where that is one of the link or network layer: a packet of a protocol that is not
    /// read, a fragment that is not put together, the data of a ping. All of a frame whose link is not read.
    pub fn rest(&self) -> &'a [u8] {
        let (bytes, start) = split(self);
        bytes.get(start..).unwrap_or_default()
    }
}

/// The last layer, or the frame where there is none, and where in it begins what nobody reads.
fn split<'a>(packet: &Packet<'a>) -> (&'a [u8], usize) {
    let Some(layer) = packet.layers().last() else { return (packet.frame().bytes, 0) };
    let bytes = layer.bytes();
    let start = match layer.header {
        Header::Tcp(_) | Header::Udp(_) => bytes.len(),
        Header::Icmp(icmp) if icmp.is_echo() => ECHO_DATA,
        Header::Icmpv6(icmp) if icmp.is_echo() => ECHO_DATA,
        _ => layer.own_bytes().len(),
    };
    (bytes, start)
}

/// The fields of what is not read, if there is any. `emit` counts from the beginning of the last layer, or of the frame.
pub(super) fn each_field<'a>(packet: &Packet<'a>, emit: &mut Emit<'_, 'a>) {
    let (bytes, start) = split(packet);
    let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) else { return };
    emit.put(&DATA, Value::Bytes(rest), start..bytes.len());
    emit.put(&LEN, Value::Number(rest.len() as u64), start..bytes.len());
}
