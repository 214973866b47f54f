//! How long a message's body is (RFC 9112, section 6.3).

use super::fields::Fields;
use super::head::Head;

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    None,
    /// After so many bytes.
    Length(u64),
    /// With the last chunk and the trailer section behind it.
    Chunked,
    /// With the connection.
    UntilClose,
    /// Nobody can say: see the [`LengthFault`].
    Unknown,
}

/// What is wrong with what a head says of its body's length, and can be read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthOddity {
    /// Both Transfer-Encoding and Content-Length: the first counts, and somebody may be trying to smuggle a message past somebody
    /// who reads the other (RFC 9112, section 6.3, rule 3).
    LengthAndCoding,
    /// The same Content-Length more than once (rule 5).
    SameLengthTwice,
    /// Transfer-Encoding in a message of HTTP/1.0: its framing is faulty (section 6.1).
    CodingInHttp10,
    /// Chunked is applied twice (section 6.1).
    ChunkedTwice,
    /// An answer that has no body by its code, or to its request's method, says that it has a Transfer-Encoding, or a
    /// Content-Length with 1xx or 204 (RFC 9112, section 6.1; RFC 9110, section 8.6).
    LengthOfNothing,
}

/// Why nobody can say how long a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthFault {
    /// Content-Length is no number, or one beyond 2^64.
    NotANumber,
    /// There are two that differ.
    LengthsDiffer,
    /// A request's Transfer-Encoding does not end with chunked (RFC 9112, section 6.3, rule 4).
    NotChunkedLast,
}

/// What is said of a body's length, as it has to be understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) framing: Option<Result<Framing, LengthFault>>,
    pub(super) oddities: Vec<LengthOddity>,
}

impl Said {
    /// Of a message; `None` as framing where it says nothing.
    pub(super) fn of(head: &Head) -> Said {
        let fields = head.fields();
        let length = content_length(fields);
        let mut said = Said::default();
        if fields.value("transfer-encoding").is_none() {
            said.framing = length.map(|length| {
                length.map(|(length, repeated)| {
                    said.oddities.extend(repeated.then_some(LengthOddity::SameLengthTwice));
                    Framing::Length(length)
                })
            });
            return said;
        }
        if length.is_some() {
            said.oddities.push(LengthOddity::LengthAndCoding);
        }
        if head.minor_version() == 0 {
            said.oddities.push(LengthOddity::CodingInHttp10);
        }
        let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
        if fields.members("transfer-encoding").filter(|coding| is_chunked(coding)).count() > 1 {
            said.oddities.push(LengthOddity::ChunkedTwice);
        }
        said.framing = Some(match fields.members("transfer-encoding").last() {
            Some(last) if is_chunked(last) => Ok(Framing::Chunked),
            _ => Err(LengthFault::NotChunkedLast),
        });
        said
    }

    /// A request's (rules 4 to 7).
    pub(super) fn of_request(head: &Head) -> (Result<Framing, LengthFault>, Vec<LengthOddity>) {
        let Said { framing, oddities } = Said::of(head);
        let framing = match framing {
            None | Some(Ok(Framing::Length(0))) => Ok(Framing::None),
            Some(framing) => framing,
        };
        (framing, oddities)
    }

    /// An answer's; `bodiless`: its request's method was HEAD, or it opens a tunnel (rules 1 to 8).
    pub(super) fn of_answer(
        head: &Head,
        bodiless: bool,
    ) -> (Result<Framing, LengthFault>, Vec<LengthOddity>) {
        let Said { framing, mut oddities } = Said::of(head);
        let code = head.code().unwrap_or_default();
        let never = (100..200).contains(&code) || code == 204;
        if never || code == 304 || bodiless {
            let coding = head.fields().value("transfer-encoding").is_some();
            oddities.retain(|oddity| *oddity != LengthOddity::SameLengthTwice);
            // An answer to HEAD, and 304, may say what the body would have been like.
            oddities
                .extend((never && (coding || framing.is_some())).then_some(LengthOddity::LengthOfNothing));
            return (Ok(Framing::None), oddities);
        }
        let framing = match framing {
            None | Some(Err(LengthFault::NotChunkedLast)) => Ok(Framing::UntilClose),
            Some(Ok(Framing::Length(0))) => Ok(Framing::None),
            Some(framing) => framing,
        };
        (framing, oddities)
    }
}

/// The length, and whether it was said more than once; `None` where it was not.
fn content_length(fields: &Fields) -> Option<Result<(u64, bool), LengthFault>> {
    let mut found = None;
    for (_, line) in fields.named("content-length") {
        // Not `members`: an empty one is no number, and is not left out.
        for text in line.value.bytes.split(|byte| *byte == b',') {
            let Some(length) = decimal(text.trim_ascii()) else { return Some(Err(LengthFault::NotANumber)) };
            found = match found {
                None => Some((length, false)),
                Some((known, _)) if known == length => Some((length, true)),
                Some(_) => return Some(Err(LengthFault::LengthsDiffer)),
            };
        }
    }
    found.map(Ok)
}

/// Digits and nothing else (RFC 9110, section 8.6); `parse` would take a sign.
fn decimal(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::limits::Limits;
    use super::super::places::Block;
    use super::*;
    use crate::event::Host;

    fn head(text: &str) -> Head {
        let from = if text.starts_with("HTTP") { Host::Server } else { Host::Client };
        let bytes = format!("{}\r\n\r\n", text.replace('\n', "\r\n")).into_bytes();
        Head::read(Block { bytes, ..Block::default() }, from, &Limits::default()).unwrap()
    }

    fn of(text: &str) -> (Result<Framing, LengthFault>, Vec<LengthOddity>) {
        let head = head(text);
        if head.code().is_some() { Said::of_answer(&head, false) } else { Said::of_request(&head) }
    }

    #[test]
    fn a_request_without_a_length_has_no_body_and_an_answer_has_one_until_the_end() {
        assert_eq!(of("GET / HTTP/1.1"), (Ok(Framing::None), vec![]));
        assert_eq!(of("HTTP/1.1 200 OK"), (Ok(Framing::UntilClose), vec![]));
        assert_eq!(of("POST / HTTP/1.1\nContent-Length: 7"), (Ok(Framing::Length(7)), vec![]));
        assert_eq!(of("HTTP/1.1 200 OK\ncontent-LENGTH:\t0 "), (Ok(Framing::None), vec![]));
    }

    #[test]
    fn some_answers_never_have_a_body() {
        for code in [100, 103, 204, 304] {
            assert_eq!(of(&format!("HTTP/1.1 {code} x")).0, Ok(Framing::None));
        }
        let oddity = vec![LengthOddity::LengthOfNothing];
        assert_eq!(of("HTTP/1.1 204 x\nContent-Length: 5"), (Ok(Framing::None), oddity));
        assert_eq!(of("HTTP/1.1 304 x\nContent-Length: 5"), (Ok(Framing::None), vec![]));
        let answer = head("HTTP/1.1 200 OK\nContent-Length: 5");
        assert_eq!(Said::of_answer(&answer, true), (Ok(Framing::None), vec![]));
    }

    #[test]
    fn lengths_that_differ_or_are_none_are_told() {
        let of_length = |text: &str| of(&format!("POST / HTTP/1.1\nContent-Length: {text}"));
        for wrong in ["-1", "+1", "1 2", "0x10", "", "1,", "99999999999999999999", "\u{663}"] {
            assert_eq!(of_length(wrong).0, Err(LengthFault::NotANumber), "{wrong}");
        }
        assert_eq!(of_length("1, 2").0, Err(LengthFault::LengthsDiffer));
        assert_eq!(of_length("1\nContent-Length: 2").0, Err(LengthFault::LengthsDiffer));
        let twice = vec![LengthOddity::SameLengthTwice];
        assert_eq!(of_length("4, 4\nContent-Length: 4"), (Ok(Framing::Length(4)), twice));
    }

    #[test]
    fn transfer_encoding_counts_before_content_length_and_must_end_with_chunked() {
        let (framing, oddities) = of("POST / HTTP/1.1\nContent-Length: 5\nTransfer-Encoding: gzip, Chunked");
        assert_eq!((framing, oddities), (Ok(Framing::Chunked), vec![LengthOddity::LengthAndCoding]));
        let coding = "Transfer-Encoding: chunked, gzip";
        assert_eq!(of(&format!("POST / HTTP/1.1\n{coding}")).0, Err(LengthFault::NotChunkedLast));
        assert_eq!(of(&format!("HTTP/1.1 200 OK\n{coding}")).0, Ok(Framing::UntilClose));
        let (framing, oddities) =
            of("HTTP/1.0 200 OK\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked");
        assert_eq!(framing, Ok(Framing::Chunked));
        assert_eq!(oddities, [LengthOddity::CodingInHttp10, LengthOddity::ChunkedTwice]);
    }
}
