//! What is said of the frame as a whole: its number, time and lengths.

use super::field::{Emit, Field, Value};
use crate::frame::{Frame, LinkType};

const NUMBER: Field = Field::new("frame.number", "Frame number", 0..0);
const TIME: Field = Field::new("frame.time_epoch", "Time, seconds since 1970", 0..0).time();
const LEN: Field = Field::new("frame.len", "Bytes on the wire", 0..0);
const CAP_LEN: Field = Field::new("frame.cap_len", "Bytes that were kept", 0..0);
const ENCAP: Field = Field::new("frame.encap_type", "What its first bytes are", 0..0);
const INTERFACE: Field = Field::new("frame.interface_id", "Interface", 0..0);
/// The record of a capture.
pub(super) const FIELDS: &[Field] = &[NUMBER, TIME, LEN, CAP_LEN, ENCAP, INTERFACE];

/// The fields of the record.
pub(super) fn each_field<'a>(frame: &Frame<'a>, emit: &mut Emit<'_, 'a>) {
    emit.put(&NUMBER, Value::Number(frame.number), 0..0);
    if let Some(time) = frame.time {
        emit.put(&TIME, Value::Time(time), 0..0);
    }
    emit.put(&LEN, Value::Number(frame.original_len.into()), 0..0);
    emit.put(&CAP_LEN, Value::Number(frame.bytes.len() as u64), 0..0);
    if let Some(number) = wireshark_number(frame.link) {
        emit.put(&ENCAP, Value::Number(number), 0..0);
    }
    if let Some(interface) = frame.interface {
        emit.put(&INTERFACE, Value::Number(interface.into()), 0..0);
    }
}

/// Wireshark's own number for a link type (`frame.encap_type`), which is not the file's.
fn wireshark_number(link: LinkType) -> Option<u64> {
    Some(match link {
        LinkType::Ethernet => 1,
        LinkType::RawIp => 7,
        LinkType::Null => 15,
        LinkType::Sll => 25,
        LinkType::Ipv4 => 129,
        LinkType::Ipv6 => 130,
        LinkType::Loop => 174,
        LinkType::Sll2 => 210,
        LinkType::Other(_) => return None,
    })
}
