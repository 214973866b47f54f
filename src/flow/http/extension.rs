//! Sec-WebSocket-Extensions (RFC 6455, section 9.1) and the parameters of permessage-deflate (RFC 7692, section 7.1).

use super::fields::{Fields, is_token, split_list};

/// The only extension that is in use.
const PERMESSAGE_DEFLATE: &[u8] = b"permessage-deflate";

/// A parameter of an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: Vec<u8>,
    /// Its value, without quotes; `None` where it has none.
    pub value: Option<Vec<u8>>,
}

/// An extension, as it was offered or agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its name.
    pub name: Vec<u8>,
    /// Its parameters, in their order.
    pub parameters: Vec<Parameter>,
    /// It is written as RFC 6455, section 9.1, has it: all names and values are tokens.
    pub well_formed: bool,
}

impl Extension {
    /// All that a header lists, in the order of preference.
    pub fn list(fields: &Fields) -> Vec<Extension> {
        fields.members("sec-websocket-extensions").map(Extension::read).collect()
    }

    fn read(text: &[u8]) -> Extension {
        let mut parts = split_list(text, b';');
        let name = parts.next().unwrap_or_default().to_vec();
        let parameters: Vec<Parameter> = parts.map(Parameter::read).collect();
        let sound = |parameter: &Parameter| {
            is_token(&parameter.name) && parameter.value.as_deref().is_none_or(is_token)
        };
        let well_formed = is_token(&name) && parameters.iter().all(sound);
        Extension { name, parameters, well_formed }
    }

    /// Whether it is permessage-deflate.
    pub fn is_deflate(&self) -> bool {
        self.name.eq_ignore_ascii_case(PERMESSAGE_DEFLATE)
    }
}

impl Parameter {
    fn read(text: &[u8]) -> Parameter {
        let mut halves = text.splitn(2, |byte| *byte == b'=');
        let name = halves.next().unwrap_or_default().trim_ascii().to_vec();
        Parameter { name, value: halves.next().map(|value| unquote(value.trim_ascii())) }
    }
}

fn unquote(text: &[u8]) -> Vec<u8> {
    let inner = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\""));
    let Some(inner) = inner else { return text.to_vec() };
    let mut escaped = false;
    let mut plain = Vec::with_capacity(inner.len());
    for byte in inner {
        escaped = *byte == b'\\' && !escaped;
        if !escaped {
            plain.push(*byte);
        }
    }
    plain
}

/// A parameter of permessage-deflate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeflateParameter {
    /// `server_no_context_takeover` (RFC 7692, section 7.1.1.1).
    ServerNoContextTakeover,
    /// `client_no_context_takeover` (section 7.1.1.2).
    ClientNoContextTakeover,
    /// `server_max_window_bits` (section 7.1.2.1).
    ServerMaxWindowBits,
    /// `client_max_window_bits` (section 7.1.2.2).
    ClientMaxWindowBits,
}

impl DeflateParameter {
    fn of(name: &[u8]) -> Option<DeflateParameter> {
        Some(match name {
            b"server_no_context_takeover" => DeflateParameter::ServerNoContextTakeover,
            b"client_no_context_takeover" => DeflateParameter::ClientNoContextTakeover,
            b"server_max_window_bits" => DeflateParameter::ServerMaxWindowBits,
            b"client_max_window_bits" => DeflateParameter::ClientMaxWindowBits,
            _ => return None,
        })
    }
}

/// What is wrong with the parameters of permessage-deflate. A wrong offer is to be declined, a wrong answer fails the
/// connection (RFC 7692, section 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeflateFault {
    /// There is no such parameter.
    Unknown(Vec<u8>),
    /// It stands there twice.
    Repeated(DeflateParameter),
    /// It has a value that it may not have: no number of 8 to 15, one with a zero before it, or any where it has none.
    BadValue(DeflateParameter, Vec<u8>),
    /// It needs a value.
    NoValue(DeflateParameter),
    /// The answer has it, and the offer had not.
    NotOffered(DeflateParameter),
    /// The answer has more bits than the offer.
    TooManyBits {
        /// Which.
        parameter: DeflateParameter,
        /// At most so many were offered.
        offered: u8,
        /// So many are in the answer.
        answered: u8,
    },
    /// The offer asked for it, and the answer has it not.
    NotGranted(DeflateParameter),
}

/// The parameters of permessage-deflate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deflate {
    /// The server compresses each message for itself.
    pub server_no_context_takeover: bool,
    /// The client compresses each message for itself.
    pub client_no_context_takeover: bool,
    /// The server looks back 2 to the power of so many bytes at most; `None`: 15.
    pub server_max_window_bits: Option<u8>,
    /// The same of the client; in an offer also without a number, where it only says that the server may give one: 15.
    pub client_max_window_bits: Option<u8>,
}

impl Deflate {
    /// Reads the parameters of an offer, or of an answer; with what is wrong with them.
    pub fn read(extension: &Extension, answer: bool) -> (Deflate, Vec<DeflateFault>) {
        let (mut deflate, mut faults, mut seen) = (Deflate::default(), Vec::new(), Vec::new());
        for Parameter { name, value } in &extension.parameters {
            let Some(parameter) = DeflateParameter::of(name) else {
                faults.push(DeflateFault::Unknown(name.clone()));
                continue;
            };
            if seen.contains(&parameter) {
                faults.push(DeflateFault::Repeated(parameter));
                continue;
            }
            seen.push(parameter);
            if let Err(fault) = deflate.set(parameter, value.as_deref(), answer) {
                faults.push(fault);
            }
        }
        (deflate, faults)
    }

    fn set(
        &mut self,
        parameter: DeflateParameter,
        value: Option<&[u8]>,
        answer: bool,
    ) -> Result<(), DeflateFault> {
        let bad = |value: &[u8]| DeflateFault::BadValue(parameter, value.to_vec());
        let without = || value.map_or(Ok(true), |value| Err(bad(value)));
        let bits = || match value {
            Some(value) => window_bits(value).map(Some).ok_or_else(|| bad(value)),
            None => Err(DeflateFault::NoValue(parameter)),
        };
        match parameter {
            DeflateParameter::ServerNoContextTakeover => self.server_no_context_takeover = without()?,
            DeflateParameter::ClientNoContextTakeover => self.client_no_context_takeover = without()?,
            DeflateParameter::ServerMaxWindowBits => self.server_max_window_bits = bits()?,
            // An offer without a number says that the server may give one.
            DeflateParameter::ClientMaxWindowBits if value.is_none() && !answer => {
                self.client_max_window_bits = Some(15);
            }
            DeflateParameter::ClientMaxWindowBits => self.client_max_window_bits = bits()?,
        }
        Ok(())
    }

    /// What is wrong with an answer to this offer.
    pub fn refuses(&self, answer: &Deflate) -> Vec<DeflateFault> {
        let mut faults = Vec::new();
        if self.server_no_context_takeover && !answer.server_no_context_takeover {
            faults.push(DeflateFault::NotGranted(DeflateParameter::ServerNoContextTakeover));
        }
        let parameter = DeflateParameter::ServerMaxWindowBits;
        match (self.server_max_window_bits, answer.server_max_window_bits) {
            (Some(_), None) => faults.push(DeflateFault::NotGranted(parameter)),
            (Some(offered), Some(answered)) if answered > offered => {
                faults.push(DeflateFault::TooManyBits { parameter, offered, answered });
            }
            _ => {}
        }
        let parameter = DeflateParameter::ClientMaxWindowBits;
        match (self.client_max_window_bits, answer.client_max_window_bits) {
            (None, Some(_)) => faults.push(DeflateFault::NotOffered(parameter)),
            (Some(offered), Some(answered)) if answered > offered => {
                faults.push(DeflateFault::TooManyBits { parameter, offered, answered });
            }
            _ => {}
        }
        faults
    }
}

/// A number of 8 to 15, without a zero before it (RFC 7692, section 7.1.2).
fn window_bits(text: &[u8]) -> Option<u8> {
    match text {
        [digit @ b'8'..=b'9'] => Some(digit - b'0'),
        [b'1', digit @ b'0'..=b'5'] => Some(10 + digit - b'0'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deflate(text: &str, answer: bool) -> (Deflate, Vec<DeflateFault>) {
        Deflate::read(&Extension::read(format!("permessage-deflate{text}").as_bytes()), answer)
    }

    #[test]
    fn an_extension_has_parameters_with_and_without_values() {
        let extension = Extension::read(b"x-a; b ;c = 1; d=\"2\\3\"");
        assert!(extension.well_formed);
        let parameters: Vec<_> =
            extension.parameters.iter().map(|found| (&found.name[..], found.value.as_deref())).collect();
        assert_eq!(parameters, [(&b"b"[..], None), (b"c", Some(&b"1"[..])), (b"d", Some(b"23"))]);
        for wrong in [&b"a b"[..], b"a; b=", b"a; =1", b"a;b=\"c d\"", b"\xff"] {
            assert!(!Extension::read(wrong).well_formed, "{wrong:?}");
        }
    }

    #[test]
    fn the_parameters_of_an_offer_are_read() {
        assert_eq!(deflate("", false), (Deflate::default(), vec![]));
        let (found, faults) = deflate("; client_max_window_bits; server_max_window_bits=10", false);
        assert_eq!((found.client_max_window_bits, found.server_max_window_bits), (Some(15), Some(10)));
        assert!(faults.is_empty());
    }

    #[test]
    fn wrong_and_repeated_parameters_are_told() {
        use DeflateFault::*;
        use DeflateParameter::*;
        let cases = [
            ("; window=3", Unknown(b"window".to_vec())),
            ("; server_no_context_takeover; server_no_context_takeover", Repeated(ServerNoContextTakeover)),
            ("; client_no_context_takeover=1", BadValue(ClientNoContextTakeover, b"1".to_vec())),
            ("; server_max_window_bits", NoValue(ServerMaxWindowBits)),
            ("; server_max_window_bits=7", BadValue(ServerMaxWindowBits, b"7".to_vec())),
            ("; server_max_window_bits=16", BadValue(ServerMaxWindowBits, b"16".to_vec())),
            ("; client_max_window_bits=010", BadValue(ClientMaxWindowBits, b"010".to_vec())),
        ];
        for (text, fault) in cases {
            assert_eq!(deflate(text, false).1, [fault], "{text}");
        }
        assert_eq!(deflate("; client_max_window_bits", true).1, [NoValue(ClientMaxWindowBits)]);
    }

    #[test]
    fn an_answer_fits_its_offer_or_not() {
        use DeflateFault::*;
        use DeflateParameter::*;
        let refuses = |offer: &str, answer: &str| deflate(offer, false).0.refuses(&deflate(answer, true).0);
        assert_eq!(refuses("", "; client_no_context_takeover; server_max_window_bits=9"), []);
        assert_eq!(refuses("; client_max_window_bits", "; client_max_window_bits=15"), []);
        assert_eq!(refuses("", "; client_max_window_bits=9"), [NotOffered(ClientMaxWindowBits)]);
        assert_eq!(refuses("; server_no_context_takeover", ""), [NotGranted(ServerNoContextTakeover)]);
        assert_eq!(refuses("; server_max_window_bits=9", ""), [NotGranted(ServerMaxWindowBits)]);
        let many = TooManyBits { parameter: ServerMaxWindowBits, offered: 9, answered: 10 };
        assert_eq!(refuses("; server_max_window_bits=9", "; server_max_window_bits=10"), [many]);
    }
}
