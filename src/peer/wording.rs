//! The details of what a program says: texts, bytes, frames, what is asked and answered in the WebSocket handshake.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A text, or one that is said many times in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a text, or { text = \"...\", repeat = N }")]
pub enum Text {
    /// Once.
    Plain(String),
    /// So many times.
    #[serde(rename_all = "kebab-case")]
    Repeated {
        /// What.
        text: String,
        /// How often.
        repeat: u32,
    },
}

impl Default for Text {
    fn default() -> Text {
        Text::Plain(String::new())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::Plain(text.to_owned())
    }
}

impl Text {
    /// The text without its repetition, and how often it comes.
    pub(crate) fn parts(&self) -> (&str, usize) {
        match self {
            Text::Plain(text) => (text, 1),
            Text::Repeated { text, repeat } => (text, *repeat as usize),
        }
    }

    /// In bytes, its placeholders as they stand.
    pub(crate) fn len(&self) -> usize {
        let (text, times) = self.parts();
        text.len().saturating_mul(times)
    }
}

/// Bytes, written in hexadecimal: `81 05`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hex(Vec<u8>);

impl Hex {
    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<String> for Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Hex, String> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
        bytes.map(Hex).map_err(|_| format!("{text:?} is no hexadecimal, such as \"81 05\""))
    }
}

impl From<Hex> for String {
    fn from(hex: Hex) -> String {
        data_encoding::HEXLOWER.encode(&hex.0)
    }
}

/// How permessage-deflate is used (RFC 7692, section 7.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compress {
    /// Each message may point back into those before it.
    Context,
    /// Each message starts afresh.
    NoContext,
}

/// The name of the lab's server, which its certificate is for.
pub(crate) const LAB_NAME: &str = "chat.netlab.test";

/// How TLS is put around a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct StartTls {
    /// Client: whom it wants to speak with (SNI), and whose certificate it takes.
    pub server_name: String,
    /// Which protocols may follow (ALPN), the one it likes best first.
    pub alpn: Vec<String>,
    /// Whether the session's keys are told, so that the story shows what is inside.
    pub keys: bool,
    /// Client: it trusts whom this computer trusts, and not the lab's own server. No scenario has it.
    #[serde(skip)]
    pub system_trust: bool,
}

impl Default for StartTls {
    fn default() -> StartTls {
        StartTls {
            server_name: LAB_NAME.to_owned(),
            alpn: vec!["http/1.1".to_owned()],
            keys: true,
            system_trust: false,
        }
    }
}

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Upgrade {
    /// What is asked for: path and query.
    pub path: String,
    /// The Host header; the server's address if left out.
    pub host: Option<String>,
    /// Subprotocols that it speaks, the one it likes best first.
    pub protocol: Vec<String>,
    /// More headers, or other values for those that are there anyway.
    pub headers: BTreeMap<String, String>,
    /// Offers to compress.
    pub compress: Option<Compress>,
    /// A longer message is refused with 1009.
    pub limit: Option<usize>,
}

impl Default for Upgrade {
    fn default() -> Upgrade {
        Upgrade {
            path: "/".to_owned(),
            host: None,
            protocol: Vec::new(),
            headers: BTreeMap::new(),
            compress: None,
            limit: None,
        }
    }
}

/// What a server answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AcceptUpgrade {
    /// Which subprotocol is chosen; the first that the client names if left out, none if empty.
    pub protocol: Option<String>,
    /// More headers, or other values for those that are there anyway.
    pub headers: BTreeMap<String, String>,
    /// Agrees to compress, if the client offers it.
    pub compress: Option<Compress>,
    /// A longer message is refused with 1009.
    pub limit: Option<usize>,
    /// Another status than 101: the client is refused.
    pub status: Option<u16>,
    /// The text below the headers of a refusal.
    pub body: String,
    /// What a request that does not ask for WebSocket is given: HTML.
    pub page: Option<String>,
}

/// The goodbye.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HangUp {
    /// Why, as a number (RFC 6455, section 7.4); a goodbye without a reason if left out.
    pub code: Option<u16>,
    /// Why, in words.
    pub reason: String,
}

/// How a frame's header says the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum LengthForm {
    /// In 7 bits: up to 125.
    Bits7,
    /// In 16 more.
    Bits16,
    /// In 64 more.
    Bits64,
}

impl TryFrom<u8> for LengthForm {
    type Error = &'static str;

    fn try_from(bits: u8) -> Result<LengthForm, &'static str> {
        match bits {
            7 => Ok(LengthForm::Bits7),
            16 => Ok(LengthForm::Bits16),
            64 => Ok(LengthForm::Bits64),
            _ => Err("length-form is 7, 16 or 64"),
        }
    }
}

impl From<LengthForm> for u8 {
    fn from(form: LengthForm) -> u8 {
        match form {
            LengthForm::Bits7 => 7,
            LengthForm::Bits16 => 16,
            LengthForm::Bits64 => 64,
        }
    }
}

/// One frame (RFC 6455, section 5.2), as it is written: nothing in it is put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawFrame {
    /// The last of its message.
    pub fin: bool,
    /// The three reserved bits as a number: RSV1 is 4.
    pub rsv: u8,
    /// From 0 to 15.
    pub opcode: u8,
    /// Whether it is masked; as the rule says for this host if left out.
    pub mask: Option<bool>,
    /// The payload as a text.
    pub payload: Text,
    /// The payload as bytes, behind the text.
    pub payload_hex: Hex,
    /// How the length is written; the shortest form if left out.
    pub length_form: Option<LengthForm>,
    /// The length that is written, where it is not the payload's.
    pub length: Option<u64>,
}

impl Default for RawFrame {
    fn default() -> RawFrame {
        RawFrame {
            fin: true,
            rsv: 0,
            opcode: 1,
            mask: None,
            payload: Text::default(),
            payload_hex: Hex::default(),
            length_form: None,
            length: None,
        }
    }
}

impl RawFrame {
    /// How long the payload is, its placeholders as they stand.
    pub(crate) fn len(&self) -> usize {
        self.payload.len().saturating_add(self.payload_hex.bytes().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_may_have_spaces() {
        assert_eq!(Hex::try_from("81 05\n0aFF".to_owned()).unwrap().bytes(), [0x81, 5, 10, 255]);
        assert!(Hex::try_from("8".to_owned()).is_err());
    }
}
