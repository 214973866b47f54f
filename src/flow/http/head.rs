//! A message's head: its start line and its field lines, each with its place in the stream.

use std::ops::Range;

use super::fields::{Fields, Part, Row, range_in};
use super::limits::Limits;
use super::places::{Block, Places};
use super::start::{version_at, without_end};
use crate::event::Host;

/// The first line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartLine<'a> {
    /// Of a request: `GET /chat HTTP/1.1` (RFC 9112, section 3).
    Request {
        /// `GET`.
        method: Part<'a>,
        /// `/chat`; any bytes.
        target: Part<'a>,
    },
    /// Of an answer: `HTTP/1.1 101 Switching Protocols` (RFC 9112, section 4).
    Status {
        /// `101`.
        code: u16,
        /// `Switching Protocols`; any bytes, or none.
        reason: Part<'a>,
    },
}

/// What is not as the RFC has it, and can be read all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// A line of the head ends with LF alone (RFC 9112, section 2.2); the first such line.
    BareLf(Range<u64>),
    /// A field line goes on in the next line (section 5.2).
    Folded(Range<u64>),
    /// It is not a field line, and is passed over: no colon, white space before the colon of a request's, or a control character
    /// (section 5.1).
    NotAField(Range<u64>),
    /// A CR or a NUL stands in a field line, where it counts as a space (RFC 9112, section 2.2; RFC 9110, section 5.5).
    Control(Range<u64>),
    /// The target of the request has a space in it, or another character that no target has (RFC 9112, section 3.2).
    Target(Range<u64>),
}

/// Why a head can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadFault {
    /// The start line is none after all.
    StartLine,
    /// There are more field lines than are read.
    TooManyFields {
        /// How many.
        count: usize,
    },
    /// The field lines are none.
    Fields,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Start {
    Request { method: Range<usize>, target: Range<usize> },
    Status { code: u16, reason: Range<usize> },
}

/// The head of a message. Everything in it is as it was said: any bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    start: Start,
    minor: u8,
    start_line: Range<usize>,
    fields: Fields,
    places: Places,
    oddities: Vec<Oddity>,
}

impl Head {
    /// What the first line says.
    pub fn start(&self) -> StartLine<'_> {
        match &self.start {
            Start::Request { method, target } => {
                StartLine::Request { method: self.fields.part(method), target: self.fields.part(target) }
            }
            Start::Status { code, reason } => {
                StartLine::Status { code: *code, reason: self.fields.part(reason) }
            }
        }
    }

    /// A request's method; upper and lower case differ (RFC 9110, section 9.1). `None` for an answer.
    pub fn method(&self) -> Option<&[u8]> {
        match &self.start {
            Start::Request { method, .. } => self.fields.bytes.get(method.clone()),
            Start::Status { .. } => None,
        }
    }

    /// A request's target. `None` for an answer.
    pub fn target(&self) -> Option<&[u8]> {
        match &self.start {
            Start::Request { target, .. } => self.fields.bytes.get(target.clone()),
            Start::Status { .. } => None,
        }
    }

    /// An answer's status code. `None` for a request.
    pub fn code(&self) -> Option<u16> {
        match self.start {
            Start::Request { .. } => None,
            Start::Status { code, .. } => Some(code),
        }
    }

    /// What an answer says beside its code; may be empty. `None` for a request.
    pub fn reason(&self) -> Option<&[u8]> {
        match &self.start {
            Start::Request { .. } => None,
            Start::Status { reason, .. } => self.fields.bytes.get(reason.clone()),
        }
    }

    /// The second number of the version: 1 of `HTTP/1.1`.
    pub fn minor_version(&self) -> u8 {
        self.minor
    }

    /// Where the start line stands in the stream, with its end.
    pub fn start_line(&self) -> Range<u64> {
        self.fields.place(&self.start_line)
    }

    /// The field lines, in their order.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Where the head stands in the stream, with the empty line at its end.
    pub fn range(&self) -> Range<u64> {
        self.fields.offset..self.fields.offset + self.fields.bytes.len() as u64
    }

    /// Which frames carried it, and where in them it stands.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// What is not as it should be.
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// What it takes, in bytes.
    pub(in crate::flow) fn cost(&self) -> usize {
        self.fields.bytes.len()
            + self.fields.rows.len() * size_of::<Row>()
            + self.places.cost()
            + size_of::<Head>()
    }

    /// Reads a head that ends with its empty line and begins with a start line.
    pub(super) fn read(block: Block, from: Host, limits: &Limits) -> Result<Head, HeadFault> {
        let Block { mut bytes, places, offset } = block;
        let first = memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |end| end + 1);
        let mut oddities = Oddities { offset, list: Vec::new() };
        let lines = tidy(&mut bytes, first, &mut oddities);
        if lines.len() > limits.fields {
            return Err(HeadFault::TooManyFields { count: lines.len() });
        }
        // What httparse would refuse in a start line is covered in a copy for it; the places stay the same.
        let mut copy = bytes.clone();
        let line = copy.get_mut(..first).ok_or(HeadFault::StartLine)?;
        let (covered, minor) = match from {
            Host::Client => cover_request(line).ok_or(HeadFault::StartLine)?,
            Host::Server => cover_status(line).ok_or(HeadFault::StartLine)?,
        };
        let mut headers = vec![httparse::EMPTY_HEADER; lines.len()];
        let start = match from {
            Host::Client => request(&copy, &mut headers)?,
            Host::Server => status(&copy, &mut headers)?,
        };
        if covered && let Start::Request { target, .. } = &start {
            oddities.list.insert(0, Oddity::Target(oddities.place(target)));
        }
        let rows = rows(&headers, &copy, &lines, &mut oddities);
        let fields = Fields { bytes, offset, rows };
        Ok(Head { start, minor, start_line: 0..first, fields, places, oddities: oddities.list })
    }
}

impl Fields {
    /// Reads a trailer section that ends with its empty line; `None` where a line in it is no field line, or there are too
    /// many.
    pub(super) fn read(block: Block, limits: &Limits) -> Option<Fields> {
        let Block { mut bytes, offset, .. } = block;
        let mut oddities = Oddities { offset, list: Vec::new() };
        let lines = tidy(&mut bytes, 0, &mut oddities);
        if lines.len() > limits.fields {
            return None;
        }
        let mut headers = vec![httparse::EMPTY_HEADER; lines.len()];
        let rows = match httparse::parse_headers(&bytes, &mut headers) {
            Ok(httparse::Status::Complete((len, found))) if len == bytes.len() => {
                rows(found, &bytes, &lines, &mut oddities)
            }
            _ => return None,
        };
        Some(Fields { bytes, offset, rows })
    }
}

struct Oddities {
    offset: u64,
    list: Vec<Oddity>,
}

impl Oddities {
    fn place(&self, range: &Range<usize>) -> Range<u64> {
        self.offset + range.start as u64..self.offset + range.end as u64
    }
}

/// Finds the field lines behind `first`; unfolds them, and makes spaces of what counts as one. No byte changes its place.
fn tidy(bytes: &mut [u8], first: usize, oddities: &mut Oddities) -> Vec<Range<usize>> {
    let mut lines: Vec<Range<usize>> = Vec::new();
    let (mut at, mut bare) = (0, None);
    while let Some(len) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        let line = at..at + len + 1;
        at = line.end;
        let content = without_end(bytes.get(line.clone()).unwrap_or_default()).len();
        if content == len {
            bare.get_or_insert(line.clone());
        }
        if line.start < first || content == 0 {
            continue;
        }
        let begins = bytes.get(line.start).copied().unwrap_or_default();
        match lines.last_mut() {
            Some(before) if matches!(begins, b' ' | b'\t') => {
                // The end of the line before becomes white space of the value (RFC 9112, section 5.2).
                let end = before.end - 2..before.end;
                for byte in
                    bytes.get_mut(end).unwrap_or_default().iter_mut().filter(|byte| byte.is_ascii_control())
                {
                    *byte = b' ';
                }
                before.end = line.end;
                let folded = oddities.place(before);
                match oddities.list.last_mut() {
                    Some(Oddity::Folded(known)) if known.start == folded.start => *known = folded,
                    _ => oddities.list.push(Oddity::Folded(folded)),
                }
            }
            _ => lines.push(line.clone()),
        }
        let content = line.start..line.start + content;
        let mut odd = false;
        for byte in
            bytes.get_mut(content).unwrap_or_default().iter_mut().filter(|byte| matches!(byte, b'\r' | 0))
        {
            *byte = b' ';
            odd = true;
        }
        if odd {
            oddities.list.push(Oddity::Control(oddities.place(&line)));
        }
    }
    if let Some(line) = bare {
        oddities.list.push(Oddity::BareLf(oddities.place(&line)));
    }
    lines
}

/// Covers what no target has, and a minor version that is too high; whether there was such a target, and the version.
fn cover_request(line: &mut [u8]) -> Option<(bool, u8)> {
    let version = version_at(line)?;
    let minor = cover_minor(line.get_mut(version + 7)?);
    let method = line.iter().position(|byte| *byte == b' ')?;
    let target = line.get_mut(method..version)?;
    let start = target.iter().position(|byte| *byte != b' ')?;
    let end = target.iter().rposition(|byte| *byte != b' ')? + 1;
    let mut covered = false;
    for byte in target.get_mut(start..end)?.iter_mut().filter(|byte| !byte.is_ascii_graphic()) {
        *byte = b'x';
        covered = true;
    }
    Some((covered, minor))
}

fn cover_status(line: &mut [u8]) -> Option<(bool, u8)> {
    let minor = cover_minor(line.get_mut(7)?);
    let len = without_end(line).len();
    let reason = line.get_mut(9..len)?.iter_mut();
    for byte in reason.filter(|byte| !byte.is_ascii_graphic() && **byte != b' ') {
        *byte = b'x';
    }
    Some((false, minor))
}

/// HTTP/1.2 would be read as HTTP/1.1 is (RFC 9110, section 2.5).
fn cover_minor(digit: &mut u8) -> u8 {
    let minor = digit.wrapping_sub(b'0');
    *digit = (*digit).min(b'1');
    minor
}

fn request<'b>(bytes: &'b [u8], headers: &mut Vec<httparse::Header<'b>>) -> Result<Start, HeadFault> {
    let mut config = httparse::ParserConfig::default();
    config.allow_multiple_spaces_in_request_line_delimiters(true).ignore_invalid_headers_in_requests(true);
    let mut request = httparse::Request::new(headers);
    let len = whole(config.parse_request(&mut request, bytes), bytes)?;
    let method = request.method.and_then(|method| range_in(method.as_bytes(), bytes));
    let target = request.path.and_then(|target| range_in(target.as_bytes(), bytes));
    let count = request.headers.len();
    headers.truncate(count);
    match (method, target) {
        (Some(method), Some(target)) if len == bytes.len() => Ok(Start::Request { method, target }),
        _ => Err(HeadFault::StartLine),
    }
}

fn status<'b>(bytes: &'b [u8], headers: &mut Vec<httparse::Header<'b>>) -> Result<Start, HeadFault> {
    let mut config = httparse::ParserConfig::default();
    config
        .allow_multiple_spaces_in_response_status_delimiters(true)
        .allow_spaces_after_header_name_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    let mut response = httparse::Response::new(headers);
    whole(config.parse_response(&mut response, bytes), bytes)?;
    let reason = response.reason.unwrap_or_default();
    let reason = if reason.is_empty() { None } else { range_in(reason.as_bytes(), bytes) };
    let code = response.code.ok_or(HeadFault::StartLine)?;
    let count = response.headers.len();
    headers.truncate(count);
    let line = bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let end = without_end(line).len();
    Ok(Start::Status { code, reason: reason.unwrap_or(end..end) })
}

/// That the head was read up to its end, and no further.
fn whole(result: httparse::Result<usize>, bytes: &[u8]) -> Result<usize, HeadFault> {
    use httparse::Error;
    match result {
        Ok(httparse::Status::Complete(len)) if len == bytes.len() => Ok(len),
        Err(Error::Token | Error::Version | Error::Status) => Err(HeadFault::StartLine),
        _ => Err(HeadFault::Fields),
    }
}

/// The lines that are fields, by what httparse found in them; of the others it is noted.
fn rows(
    headers: &[httparse::Header<'_>],
    bytes: &[u8],
    lines: &[Range<usize>],
    oddities: &mut Oddities,
) -> Vec<Row> {
    let mut found = headers.iter().filter_map(|header| {
        let name = range_in(header.name.as_bytes(), bytes)?;
        Some((name, range_in(header.value, bytes)))
    });
    let mut next = found.next();
    let mut rows = Vec::new();
    for line in lines {
        match next.take_if(|(name, _)| line.contains(&name.start)) {
            Some((name, value)) => {
                let end = line.start + without_end(bytes.get(line.clone()).unwrap_or_default()).len();
                let value = value.filter(|value| !value.is_empty()).unwrap_or(end..end);
                rows.push(Row { name, value, line: line.clone() });
                next = found.next();
            }
            None => oddities.list.push(Oddity::NotAField(oddities.place(line))),
        }
    }
    rows
}
