//! A WebSocket frame as a scenario words it, right or wrong, in bytes.

use super::wording::{LengthForm, RawFrame};

impl RawFrame {
    /// The frame's bytes. `key`: the masking key, `None` for a frame without.
    pub(super) fn encode(&self, payload: &[u8], key: Option<[u8; 4]>) -> Vec<u8> {
        let length = self.length.unwrap_or(payload.len() as u64);
        let form = self.length_form.unwrap_or(match length {
            0..=125 => LengthForm::Bits7,
            126..=0xffff => LengthForm::Bits16,
            _ => LengthForm::Bits64,
        });
        let short = match form {
            LengthForm::Bits7 => (length & 0x7f) as u8,
            LengthForm::Bits16 => 126,
            LengthForm::Bits64 => 127,
        };
        let first = u8::from(self.fin) << 7 | (self.rsv & 7) << 4 | self.opcode & 15;
        let mut bytes = vec![first, u8::from(key.is_some()) << 7 | short];
        match form {
            LengthForm::Bits7 => {}
            LengthForm::Bits16 => bytes.extend((length as u16).to_be_bytes()),
            LengthForm::Bits64 => bytes.extend(length.to_be_bytes()),
        }
        bytes.extend(key.into_iter().flatten());
        let key = key.unwrap_or_default();
        bytes.extend(payload.iter().zip(key.into_iter().cycle()).map(|(byte, key)| byte ^ key));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_as_the_rfc_draws_it() {
        // RFC 6455, section 5.7.
        assert_eq!(RawFrame::default().encode(b"Hello", None), *b"\x81\x05Hello");
        let masked = RawFrame::default().encode(b"Hello", Some([0x37, 0xfa, 0x21, 0x3d]));
        assert_eq!(masked, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        let long = RawFrame { opcode: 2, ..RawFrame::default() };
        assert_eq!(long.encode(&[0; 256], None)[..4], [0x82, 0x7e, 1, 0]);
        assert_eq!(long.encode(&[0; 65536], None)[..10], [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_frame_that_breaks_the_rules_is_written_as_it_stands() {
        let frame = RawFrame {
            fin: false,
            rsv: 4,
            opcode: 11,
            length_form: Some(LengthForm::Bits64),
            length: Some(1 << 63),
            ..RawFrame::default()
        };
        assert_eq!(frame.encode(b"x", None), [0x4b, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0, b'x']);
    }
}
