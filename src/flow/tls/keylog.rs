//! The secrets of sessions, as programs write them down: the format of `SSLKEYLOGFILE`.
//!
//! A line is a label, the client's random, and a secret, both in hexadecimal. Lines that begin with `#` and empty lines mean
//! nothing. What can't be read is told with the number of its line, and passed over: a browser may be in the middle of
//! writing one.

use std::collections::HashMap;
use std::fmt;

use arrayvec::ArrayVec;

/// The most of a keylog that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLogLimits {
    /// Sessions; about 400 bytes each.
    pub sessions: usize,
    /// Lines that could not be read: how many of them are kept; all are counted.
    pub bad_lines: usize,
}

impl Default for KeyLogLimits {
    /// 65,536 sessions, 100 bad lines.
    fn default() -> KeyLogLimits {
        KeyLogLimits { sessions: 1 << 16, bad_lines: 100 }
    }
}

/// A secret: as many bytes as the hash of its suite gives. Its `Debug` does not say it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(ArrayVec<u8, { Secret::MOST }>);

impl Secret {
    /// The longest: what SHA-384 gives.
    pub const MOST: usize = 48;

    /// `None` where it would be empty or longer than [`Secret::MOST`].
    pub fn new(bytes: &[u8]) -> Option<Secret> {
        ArrayVec::try_from(bytes).ok().filter(|bytes| !bytes.is_empty()).map(Secret)
    }

    /// The secret itself.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret of {} bytes", self.0.len())
    }
}

/// What a secret is for. The names in the file are those of NSS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Label {
    /// `CLIENT_RANDOM`: the master secret of TLS 1.2 and before.
    ClientRandom,
    /// `CLIENT_EARLY_TRAFFIC_SECRET`: what the client says before the server has answered (0-RTT).
    ClientEarly,
    /// `CLIENT_HANDSHAKE_TRAFFIC_SECRET`: the client's part of the handshake.
    ClientHandshake,
    /// `SERVER_HANDSHAKE_TRAFFIC_SECRET`: the server's part of the handshake.
    ServerHandshake,
    /// `CLIENT_TRAFFIC_SECRET_0`: what the client says after it.
    ClientTraffic,
    /// `SERVER_TRAFFIC_SECRET_0`: what the server says after it.
    ServerTraffic,
    /// `EXPORTER_SECRET`: opens no record.
    Exporter,
    /// `EARLY_EXPORTER_SECRET`: opens no record.
    EarlyExporter,
}

/// How many labels there are.
const LABELS: usize = 8;

impl Label {
    const ALL: [Label; LABELS] = [
        Label::ClientRandom,
        Label::ClientEarly,
        Label::ClientHandshake,
        Label::ServerHandshake,
        Label::ClientTraffic,
        Label::ServerTraffic,
        Label::Exporter,
        Label::EarlyExporter,
    ];

    /// As it stands in the file.
    pub fn name(self) -> &'static str {
        match self {
            Label::ClientRandom => "CLIENT_RANDOM",
            Label::ClientEarly => "CLIENT_EARLY_TRAFFIC_SECRET",
            Label::ClientHandshake => "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            Label::ServerHandshake => "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            Label::ClientTraffic => "CLIENT_TRAFFIC_SECRET_0",
            Label::ServerTraffic => "SERVER_TRAFFIC_SECRET_0",
            Label::Exporter => "EXPORTER_SECRET",
            Label::EarlyExporter => "EARLY_EXPORTER_SECRET",
        }
    }

    fn of(name: &[u8]) -> Option<Label> {
        Label::ALL.into_iter().find(|label| label.name().as_bytes() == name)
    }
}

/// Other labels that programs write: their lines are right, and not needed. (What OpenSSL writes with an `N` follows from the
/// secret with the `0`.)
const PASSED_OVER: &[&[u8]] = &[
    b"RSA",
    b"PMS_CLIENT_RANDOM",
    b"ECH_SECRET",
    b"ECH_CONFIG",
    b"CLIENT_TRAFFIC_SECRET_N",
    b"SERVER_TRAFFIC_SECRET_N",
];

/// Why a line can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyBad {
    /// It is longer than any line of the format.
    #[error("it is longer than {MOST_LINE} bytes")]
    TooLong,
    /// It has not three words.
    #[error("it has not the form LABEL CLIENT-RANDOM SECRET")]
    Form,
    /// The first word is none that is known.
    #[error("its label is not known")]
    Label,
    /// The second word is not 64 hexadecimal digits.
    #[error("its client random is not 64 hexadecimal digits")]
    Random,
    /// The third word is not 2 to 96 hexadecimal digits.
    #[error("its secret is not 32 or 48 bytes in hexadecimal digits")]
    Secret,
    /// There are as many sessions as are kept.
    #[error("there are more sessions than are kept")]
    Full,
}

/// A line that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct BadLine {
    /// From 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: WhyBad,
}

/// None of the lines is one of a keylog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no keylog: {}", none_of(*.lines))]
pub struct NotAKeyLog {
    /// How many lines there are, but for empty ones and remarks.
    pub lines: u64,
    /// The first of them.
    #[source]
    pub first: BadLine,
}

fn none_of(lines: u64) -> String {
    match lines {
        1 => "its only line can't be read".to_owned(),
        more => format!("none of its {more} lines can be read"),
    }
}

/// The secrets of one session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    secrets: [Option<Secret>; LABELS],
}

impl Session {
    /// The secret for this; of several lines the last one's.
    pub fn secret(&self, label: Label) -> Option<&Secret> {
        self.secrets.get(label as usize)?.as_ref()
    }

    /// Whether a secret of TLS 1.3 is among them that opens records.
    pub fn is_tls13(&self) -> bool {
        let records =
            [Label::ClientHandshake, Label::ServerHandshake, Label::ClientTraffic, Label::ServerTraffic];
        records.into_iter().any(|label| self.secret(label).is_some())
    }
}

/// The longest line that is read. The longest of the format has 192 bytes.
const MOST_LINE: usize = 1024;

/// Secrets by the client's random.
#[derive(Clone, Debug, Default)]
pub struct KeyLog {
    limits: KeyLogLimits,
    sessions: HashMap<[u8; 32], Session>,
    lines: u64,
    bad: Vec<BadLine>,
    bad_count: u64,
}

impl KeyLog {
    /// One that knows no session.
    pub fn new() -> KeyLog {
        KeyLog::default()
    }

    /// With other limits.
    pub fn with_limits(limits: KeyLogLimits) -> KeyLog {
        KeyLog { limits, ..KeyLog::default() }
    }

    /// Reads more lines: of a file, of a pcapng's decryption secrets block
    /// ([`Secrets::TLS_KEY_LOG`](crate::source::Secrets::TLS_KEY_LOG)), or as a running program writes them. Lines count on
    /// from one call to the next. What could not be read is in [`KeyLog::bad_lines`].
    ///
    /// # Errors
    /// When there are lines, and not one of them is a line of a keylog. (A file that is empty may be one: its program has
    /// not spoken yet.)
    pub fn add(&mut self, text: &[u8]) -> Result<(), NotAKeyLog> {
        let (mut spoken, mut read, mut first) = (0, 0, None);
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        for line in text.split(|byte| *byte == b'\n') {
            self.lines += 1;
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            spoken += 1;
            match self.line(line) {
                Ok(()) => read += 1,
                Err(why) => {
                    let bad = BadLine { line: self.lines, why };
                    // A line for which there is no room is one of a keylog.
                    read += u64::from(why == WhyBad::Full);
                    first = first.or(Some(bad));
                    self.bad_count += 1;
                    if self.bad.len() < self.limits.bad_lines {
                        self.bad.push(bad);
                    }
                }
            }
        }
        match first {
            Some(first) if read == 0 => Err(NotAKeyLog { lines: spoken, first }),
            _ => Ok(()),
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), WhyBad> {
        if line.len() > MOST_LINE {
            return Err(WhyBad::TooLong);
        }
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let (Some(label), Some(random), Some(secret)) = (words.next(), words.next(), words.next()) else {
            return Err(WhyBad::Form);
        };
        if PASSED_OVER.contains(&label) {
            return Ok(());
        }
        let label = Label::of(label).ok_or(WhyBad::Label)?;
        if words.next().is_some() {
            return Err(WhyBad::Form);
        }
        let random = hex::<32>(random).and_then(|random| random.into_inner().ok()).ok_or(WhyBad::Random)?;
        let secret = hex::<{ Secret::MOST }>(secret).filter(|secret| matches!(secret.len(), 32 | 48));
        let secret = secret.map(Secret).ok_or(WhyBad::Secret)?;
        if self.sessions.len() >= self.limits.sessions && !self.sessions.contains_key(&random) {
            return Err(WhyBad::Full);
        }
        let session = self.sessions.entry(random).or_default();
        if let Some(place) = session.secrets.get_mut(label as usize) {
            *place = Some(secret);
        }
        Ok(())
    }

    /// The secrets of the session whose client said this random; `None` where the file does not know it.
    pub fn session(&self, client_random: &[u8; 32]) -> Option<&Session> {
        self.sessions.get(client_random)
    }

    /// How many sessions are known.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether no session is known.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// Lines that could not be read, in their order, as many as are kept.
    pub fn bad_lines(&self) -> &[BadLine] {
        &self.bad
    }

    /// How many lines could not be read.
    pub fn bad_count(&self) -> u64 {
        self.bad_count
    }
}

/// Bytes written in hexadecimal digits, at most `N`; `None` where there are others, too many or an odd number.
fn hex<const N: usize>(digits: &[u8]) -> Option<ArrayVec<u8, N>> {
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let mut bytes = ArrayVec::new();
    for [high, low] in pairs {
        let (high, low) = ((*high as char).to_digit(16)?, (*low as char).to_digit(16)?);
        bytes.try_push((high << 4 | low) as u8).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
