//! The logical link control header (IEEE 802.2), which says what follows where Ethernet's own field is a length, and
//! SNAP (IEEE 802, clause 10), which brings the EtherType back.

use super::field::{Emit, Field, Value};

const DSAP: Field = Field::new("llc.dsap", "For which service", 0..1).hex();
const DSAP_IG: Field = Field::flag("llc.dsap.ig", "For a group of services", 0..1, 0x01);
const SSAP: Field = Field::new("llc.ssap", "From which service", 1..2).hex();
const SSAP_CR: Field = Field::flag("llc.ssap.cr", "An answer, not a command", 1..2, 0x01);
const CONTROL: Field = Field::new("llc.control", "Control", 2..3).hex();
/// The form of two bytes, the lower one first.
const CONTROL_LONG: Field = Field::new("llc.control", "Control", 2..4).hex();
const FORMAT: Field = Field::new("llc.control.ftype", "Kind of frame", 2..3);
const OUI: Field = Field::new("llc.oui", "Who numbers what follows", 3..6).hex();
const TYPE: Field = Field::new("llc.type", "EtherType: what comes next", 6..8).hex();
const CISCO_PID: Field = Field::new("llc.cisco_pid", "What comes next, by Cisco", 6..8).hex();
const PID: Field = Field::new("llc.pid", "What comes next, by the above", 6..8).hex();
/// The header, and SNAP where it follows (one byte later than here when the control field has two).
pub(super) const FIELDS: &[Field] =
    &[DSAP, DSAP_IG, SSAP, SSAP_CR, CONTROL_LONG, CONTROL, FORMAT, OUI, TYPE, CISCO_PID, PID];

/// The service that stands for SNAP, in both addresses.
const SNAP: u8 = 0xaa;
/// The service that stands for IP.
const IP: u8 = 0x06;
/// SNAP's own length in bytes.
const SNAP_LEN_BYTES: usize = 5;
/// Organisations that Wireshark keeps a field of its own for; what they number is not among ours.
const OWN_FIELD: [u32; 6] = [0x08_0007, 0x00_e02b, 0x00_0081, 0x00_4096, 0x00_005e, 0x00_805f];

/// What an LLC header says comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    EtherType(u16),
    Ip,
}

/// An LLC header borrowed from a capture, with SNAP where it follows.
#[derive(Clone, Copy, Debug)]
pub struct LlcSlice<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: usize,
}

impl<'a> LlcSlice<'a> {
    /// Which service it is for; `None` where the capture ends before it.
    pub fn destination(self) -> Option<u8> {
        self.bytes.first().copied()
    }

    /// Which service sent it, with the bit that marks an answer; `None` where the capture ends before it.
    pub fn source(self) -> Option<u8> {
        self.bytes.get(1).copied()
    }

    /// The control field: one byte where its lowest two bits are set, else two, of which the first is the lower one.
    /// `None` where the capture ends before it.
    pub fn control(self) -> Option<u16> {
        let low = u16::from(*self.bytes.get(2)?);
        if self.is_long() { Some(u16::from(*self.bytes.get(3)?) << 8 | low) } else { Some(low) }
    }

    /// Who numbers what follows; `None` where there is no SNAP.
    pub fn organisation(self) -> Option<u32> {
        OUI.get(self.snap()?).map(|value| value as u32)
    }

    /// Where it is a frame with a control field of two bytes.
    fn is_long(self) -> bool {
        self.bytes.get(2).is_some_and(|low| low & 3 != 3)
    }

    /// Carries data for what follows (I, or UI without the poll bit), not word on the link itself.
    fn carries_data(self) -> bool {
        self.bytes.get(2).is_some_and(|low| low & 1 == 0 || *low == 3)
    }

    /// The bytes that SNAP's rows count in: they stand as if the control field had one byte.
    fn snap(self) -> Option<&'a [u8]> {
        let snap = self.destination() == Some(SNAP) && self.source() == Some(SNAP);
        if snap { self.bytes.get(usize::from(self.is_long())..) } else { None }
    }

    /// The row for SNAP's number.
    fn number(self) -> Option<&'static Field> {
        match self.organisation()? {
            0 | 0x00_00f8 => self.carries_data().then_some(&TYPE),
            0x00_000c => Some(&CISCO_PID),
            other => (!OWN_FIELD.contains(&other)).then_some(&PID),
        }
    }

    /// Its length in bytes, SNAP included; `None` where the capture ends before its control field.
    pub(super) fn header_len(self) -> Option<usize> {
        self.control()?;
        let snap = if self.snap().is_some() { SNAP_LEN_BYTES } else { 0 };
        Some(3 + usize::from(self.is_long()) + snap)
    }

    /// What comes next; `None` for what is not walked.
    pub(super) fn follows(self) -> Option<Follows> {
        if let Some(snap) = self.snap() {
            let row = self.number().filter(|row| row.name == TYPE.name)?;
            return row.get(snap).map(|number| Follows::EtherType(number as u16));
        }
        (self.destination() == Some(IP) && self.carries_data()).then_some(Follows::Ip)
    }

    pub(super) fn each_field(self, emit: &mut Emit<'_, 'a>) {
        for field in [&DSAP, &DSAP_IG, &SSAP, &SSAP_CR] {
            emit.field(field, self.bytes);
        }
        if let (Some(control), Some(low)) = (self.control(), self.bytes.get(2)) {
            let (row, digits) = if self.is_long() { (&CONTROL_LONG, 4) } else { (&CONTROL, 2) };
            emit.put(row, Value::Hex(control.into(), digits), row.range());
            // An information frame has only its lowest bit for it, which is 0.
            let format = if low & 1 == 0 { 0 } else { low & 3 };
            emit.put(&FORMAT, Value::Number(format.into()), FORMAT.range());
        }
        let at = usize::from(self.is_long());
        if self.snap().is_some() {
            emit.field_at(&OUI, self.bytes, at);
        }
        if let Some(row) = self.number() {
            emit.field_at(row, self.bytes, at);
        }
    }
}
