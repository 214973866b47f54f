//! TCP options: RFC 9293 (end, no-operation, MSS), RFC 7323 (window scale, timestamps), RFC 2018 (SACK), RFC 7413 (Fast
//! Open), and what can be told of the others.

use super::field::{Emit, Field, Value};
use super::tcp_option_kinds::OptionKind;

const KIND: Field = Field::new("tcp.option_kind", "Option", 0..1);
const LEN: Field = Field::new("tcp.option_len", "Option's length", 1..2);
const MSS: Field = Field::new("tcp.options.mss_val", "Largest segment (MSS)", 2..4);
const SHIFT: Field = Field::new("tcp.options.wscale.shift", "Window scale: doublings", 2..3);
const SACK_PERM: Field = Field::new("tcp.options.sack_perm", "SACK allowed", 0..2).mark();
const TSVAL: Field = Field::new("tcp.options.timestamp.tsval", "Timestamp: sender's clock", 2..6);
const TSECR: Field = Field::new("tcp.options.timestamp.tsecr", "Timestamp: echo of the other's", 6..10);
const MULTIPLIER: Field = Field::new("tcp.options.wscale.multiplier", "Window scale: times", 0..0);
const ECHO: Field = Field::new("tcp.options.echo_value", "Echo", 2..6);
const CC: Field = Field::new("tcp.options.cc_value", "Connection count", 2..6);
const MD5: Field = Field::new("tcp.options.md5.digest", "Signature (MD5)", 2..18).raw();
const QS_RATE: Field = Field::bits("tcp.options.qs.rate", "Quick start: rate", 2..3, 0x0f);
const QS_TTL: Field = Field::new("tcp.options.qs.ttl_diff", "Quick start: TTL difference", 3..4);
const TIMEOUT_UNIT: Field =
    Field::flag("tcp.options.user_to_granularity", "Timeout is in minutes", 2..4, 0x8000);
const TIMEOUT: Field = Field::bits("tcp.options.user_to_val", "Gives up after", 2..4, 0x7fff);
const AO_KEY: Field = Field::new("tcp.options.ao.keyid", "TCP-AO: key of this segment", 2..3);
const AO_NEXT: Field = Field::new("tcp.options.ao.rnextkeyid", "TCP-AO: key for the answer", 3..4);
const AO_MAC: Field = Field::new("tcp.options.ao.mac", "TCP-AO: signature", 4..4).raw();
const MPTCP: Field = Field::bits("tcp.options.mptcp.subtype", "Multipath TCP: what it says", 2..3, 0xf0);
const TFO_REQUEST: Field = Field::new("tcp.options.tfo.request", "Fast Open: a cookie, please", 0..2).mark();
const TFO_COOKIE: Field = Field::new("tcp.options.tfo.cookie", "Fast Open: cookie", 2..2).raw();
const EE0B: Field = Field::new("tcp.options.acc_ecn.ee0b", "Bytes marked ECT(0)", 2..5);
const ECEB: Field = Field::new("tcp.options.acc_ecn.eceb", "Bytes marked CE", 5..8);
const EE1B: Field = Field::new("tcp.options.acc_ecn.ee1b", "Bytes marked ECT(1)", 8..11);
const EE1B_FIRST: Field = Field::new("tcp.options.acc_ecn.ee1b", "Bytes marked ECT(1)", 2..5);
const EE0B_LAST: Field = Field::new("tcp.options.acc_ecn.ee0b", "Bytes marked ECT(0)", 8..11);
const EXPERIMENT: Field = Field::new("tcp.options.experimental.exid", "Which experiment", 2..4).hex();
const EXPERIMENT_DATA: Field = Field::new("tcp.options.experimental.data", "Experiment's data", 4..4).raw();
const PAYLOAD: Field = Field::new("tcp.options.unknown.payload", "Option's data", 2..2).raw();
const INVALID: Field = Field::new("tcp.option.len.invalid", "Length that can't be", 0..0).mark();
/// What options are made of.
pub(super) const FIELDS: &[Field] = &[
    KIND,
    LEN,
    MSS,
    SHIFT,
    MULTIPLIER,
    SACK_PERM,
    TSVAL,
    TSECR,
    ECHO,
    CC,
    MD5,
    QS_RATE,
    QS_TTL,
    TIMEOUT_UNIT,
    TIMEOUT,
    AO_KEY,
    AO_NEXT,
    AO_MAC,
    MPTCP,
    TFO_REQUEST,
    TFO_COOKIE,
    EE0B,
    ECEB,
    EE1B,
    EXPERIMENT,
    EXPERIMENT_DATA,
    PAYLOAD,
    INVALID,
];

/// The number that marks Fast Open among experiments: how it was tried before kind 34 was assigned (RFC 7413, appendix A).
const FAST_OPEN_EXPERIMENT: [u8; 2] = [0xf9, 0x89];

/// One option, borrowed from its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpOption<'a> {
    /// The list ends here (0).
    End,
    /// Fills a byte so that the next option stands even (1).
    Nop,
    /// The largest segment that the sender of the SYN takes (2).
    Mss(u16),
    /// How often later windows are to be doubled, as it stands there; more than 14 counts as 14 (3, RFC 7323 2.3).
    WindowScale(u8),
    /// The sender understands SACK (4).
    SackPermitted,
    /// What has arrived beyond a gap (5).
    Sack(SackBlocks<'a>),
    /// Two clock readings (8).
    Timestamps {
        /// The sender's clock.
        value: u32,
        /// The value last received from the other side.
        echo: u32,
    },
    /// A cookie of Fast Open, or, without bytes, the wish for one (34, or 253 and 254 with a number of its own).
    FastOpen(&'a [u8]),
    /// One that netlab does not read, or one whose length is not what its kind demands.
    Unknown {
        /// Its number.
        kind: u8,
        /// What it holds after kind and length.
        data: &'a [u8],
    },
}

/// The blocks of a SACK option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SackBlocks<'a>(&'a [u8]);

impl SackBlocks<'_> {
    /// Each block: the first byte that arrived and the first that did not, as sequence numbers on the wire.
    pub fn iter(self) -> impl Iterator<Item = (u32, u32)> {
        let (blocks, _) = self.0.as_chunks::<8>();
        blocks.iter().map(|[a, b, c, d, e, f, g, h]| {
            (u32::from_be_bytes([*a, *b, *c, *d]), u32::from_be_bytes([*e, *f, *g, *h]))
        })
    }
}

/// The options of a header, one by one, up to the end or to the first that can't be.
#[derive(Clone, Copy, Debug)]
pub struct TcpOptions<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> TcpOptions<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> TcpOptions<'a> {
        TcpOptions { bytes, at: 0 }
    }

    /// The options as they stand.
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Each option with its place, counted from the first option's beginning.
    pub fn with_places(mut self) -> impl Iterator<Item = (usize, TcpOption<'a>)> {
        std::iter::from_fn(move || self.step())
    }

    /// How often later windows are to be doubled, as the last option that says so has it, without a look at what the others say.
    pub(crate) fn window_scale(self) -> Option<u8> {
        let (mut rest, mut found) = (self.bytes.get(self.at..).unwrap_or_default(), None);
        loop {
            rest = match rest {
                [1, after @ ..] => after,
                [] | [0, ..] | [_] => return found,
                [kind, length, ..] => {
                    let (Some(data), Some(after)) =
                        (rest.get(2..usize::from(*length)), rest.get(usize::from(*length)..))
                    else {
                        return found;
                    };
                    if let (3, [shift]) = (*kind, data) {
                        found = Some(*shift);
                    }
                    after
                }
            };
        }
    }

    /// The next option with its place.
    fn step(&mut self) -> Option<(usize, TcpOption<'a>)> {
        let at = self.at;
        let rest = self.bytes.get(at..)?;
        let kind = *rest.first()?;
        if kind <= 1 {
            self.at = if kind == 0 { usize::MAX } else { at + 1 };
            return Some((at, if kind == 0 { TcpOption::End } else { TcpOption::Nop }));
        }
        let length = usize::from(*rest.get(1)?);
        let data = rest.get(2..length)?;
        self.at = at + length;
        let word = |from: usize| data.get(from..)?.first_chunk().copied().map(u32::from_be_bytes);
        let option = match (kind, data) {
            (2, [high, low]) => TcpOption::Mss(u16::from_be_bytes([*high, *low])),
            (3, [shift]) => TcpOption::WindowScale(*shift),
            (4, []) => TcpOption::SackPermitted,
            (5, blocks) if !blocks.is_empty() && blocks.len().is_multiple_of(8) => {
                TcpOption::Sack(SackBlocks(blocks))
            }
            (8, [_, _, _, _, _, _, _, _]) => {
                TcpOption::Timestamps { value: word(0).unwrap_or(0), echo: word(4).unwrap_or(0) }
            }
            (34, cookie) => TcpOption::FastOpen(cookie),
            (253 | 254, [high, low, cookie @ ..]) if [*high, *low] == FAST_OPEN_EXPERIMENT => {
                TcpOption::FastOpen(cookie)
            }
            _ => TcpOption::Unknown { kind, data },
        };
        Some((at, option))
    }
}

impl<'a> Iterator for TcpOptions<'a> {
    type Item = TcpOption<'a>;

    fn next(&mut self) -> Option<TcpOption<'a>> {
        self.step().map(|(_, option)| option)
    }
}

/// The fields at fixed places that an option of this kind and of a right length has.
fn rows(kind: u8) -> &'static [Field] {
    match kind {
        2 => &[MSS],
        3 => &[SHIFT],
        4 => &[SACK_PERM],
        6 | 7 => &[ECHO],
        8 => &[TSVAL, TSECR],
        11..=13 => &[CC],
        19 => &[MD5],
        27 => &[QS_RATE, QS_TTL],
        28 => &[TIMEOUT_UNIT, TIMEOUT],
        29 => &[AO_KEY, AO_NEXT],
        30 => &[MPTCP],
        172 => &[EE0B, ECEB, EE1B],
        174 => &[EE1B_FIRST, ECEB, EE0B_LAST],
        253 | 254 => &[EXPERIMENT],
        // The edges of SACK blocks (5) are shown from the start of the numbering, which only flow knows.
        _ => &[],
    }
}

/// The field that takes what such an option holds up to its end.
fn rest(kind: u8, option: &[u8]) -> Option<&'static Field> {
    let experiment = option.get(EXPERIMENT.range());
    match kind {
        2..=8 | 11..=13 | 19 | 27 | 28 | 172 | 174 => None,
        29 => Some(&AO_MAC),
        34 => Some(&TFO_COOKIE),
        253 | 254 if experiment == Some(&FAST_OPEN_EXPERIMENT) => Some(&EXPERIMENT_COOKIE),
        253 | 254 => Some(&EXPERIMENT_DATA),
        _ => Some(&PAYLOAD),
    }
}

/// The cookie of Fast Open while it was an experiment.
const EXPERIMENT_COOKIE: Field = Field::new(TFO_COOKIE.name, TFO_COOKIE.label, 4..4).raw();

/// The fields of all options, also those of one that the capture has cut. `start` is the place of the first after the
/// header's beginning, `length` that of the whole list by the header.
///
/// As in Wireshark, an option of a wrong length is told and passed over; after one that can't have an end nothing is read.
/// Zeros after the end of the list are ends, too.
pub(super) fn each_field<'a>(options: TcpOptions<'a>, start: usize, length: usize, emit: &mut Emit<'_, 'a>) {
    let mut at = 0;
    while let Some(option) = options.bytes.get(at..).filter(|option| !option.is_empty()) {
        let place = start + at;
        put(&KIND, option, place, emit);
        at += match (option.first(), option.get(1)) {
            (Some(0), None | Some(0)) | (Some(1), _) => 1,
            (Some(kind), Some(size)) if *kind > 1 => {
                put(&LEN, option, place, emit);
                let size = usize::from(*size);
                if size < 2 || at + size > length {
                    return emit.put(&INVALID, Value::Present, place + 1..place + 2);
                }
                option_fields(*kind, option, size, place, emit);
                size
            }
            _ => return,
        };
    }
}

/// The fields of one option after its kind and length.
fn option_fields<'a>(kind: u8, option: &'a [u8], size: usize, place: usize, emit: &mut Emit<'_, 'a>) {
    let kept = option.get(..size).unwrap_or(option);
    if OptionKind::find(kind).is_some_and(|kind| !kind.allows(size)) {
        if kind == 4 {
            // Wireshark's name for it is that of the option as a whole.
            put(&SACK_PERM, kept, place, emit);
        }
        return emit.put(&INVALID, Value::Present, place + 1..place + 2);
    }
    for field in rows(kind) {
        put(field, kept, place, emit);
    }
    match kind {
        3 => {
            let shift = SHIFT.get(kept).unwrap_or(0).min(MAX_SHIFT);
            if kept.len() == size {
                emit.put(&MULTIPLIER, Value::Number(1 << shift), place + 2..place + 3);
            }
        }
        34 if size == 2 => emit.put(&TFO_REQUEST, Value::Present, place..place + 2),
        253 | 254 if size == 4 && kept.ends_with(&FAST_OPEN_EXPERIMENT) => {
            emit.put(&TFO_REQUEST, Value::Present, place..place + 4);
        }
        _ => {}
    }
    let Some(field) = rest(kind, kept) else { return };
    let from = field.range().start;
    if let Some(bytes) = kept.get(from..).filter(|bytes| !bytes.is_empty()) {
        emit.put(field, Value::Bytes(bytes), place + from..place + from + bytes.len());
    }
}

/// A larger one counts as this (RFC 7323, section 2.3).
const MAX_SHIFT: u64 = 14;

fn put<'a>(field: &'static Field, option: &'a [u8], place: usize, emit: &mut Emit<'_, 'a>) {
    if let Some(value) = field.value(option) {
        emit.put(field, value, place + field.range().start..place + field.range().end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All rows of up to seven bytes that mean something as a kind or as a length.
    #[test]
    fn window_scale_is_what_the_options_say() {
        const BYTES: [u8; 6] = [0, 1, 2, 3, 4, 7];
        for length in 0..=7 {
            for mut choice in 0..BYTES.len().pow(length) {
                let row: Vec<u8> = (0..length)
                    .map(|_| {
                        let byte = BYTES[choice % BYTES.len()];
                        choice /= BYTES.len();
                        byte
                    })
                    .collect();
                let options = TcpOptions::new(&row);
                let shift = |option| match option {
                    TcpOption::WindowScale(shift) => Some(shift),
                    _ => None,
                };
                assert_eq!(options.window_scale(), options.filter_map(shift).last(), "{row:?}");
            }
        }
    }
}
