//! Segments in a few words, and the story that they make.

use netlab::event::TcpState;
use netlab::frame::{Frame, LinkType, Time};
use netlab::story::{Refuses, Seen, Step, Summary, Tell, Teller, Told};

pub(super) use crate::segment::{IP_SUM, TCP_SUM};

pub(super) const CLIENT: ([u8; 4], u16) = ([10, 0, 0, 1], 40000);
pub(super) const SERVER: ([u8; 4], u16) = ([10, 0, 0, 2], 80);
pub(super) const CLIENT_ISN: u32 = 1000;
pub(super) const SERVER_ISN: u32 = 5_000_000;

/// What one of both says, each byte of it known.
pub(super) type Segment = crate::segment::Segment<'static>;

pub(super) fn client(seq: u32) -> Segment {
    Segment::new(CLIENT, SERVER, seq)
}

pub(super) fn server(seq: u32) -> Segment {
    Segment::new(SERVER, CLIENT, seq)
}

/// Tells segments that are a second apart, as a file's.
pub(super) fn tell(segments: &[Segment]) -> (Vec<Step>, Summary) {
    tell_stream(segments, 0)
}

pub(super) fn tell_stream(segments: &[Segment], stream: u32) -> (Vec<Step>, Summary) {
    tell_knowing(stream, segments, Refuses::Longer(None))
}

/// The same, of a source that knows this of the server.
pub(super) fn tell_knowing(stream: u32, segments: &[Segment], refuses: Refuses) -> (Vec<Step>, Summary) {
    tell_apart(stream, segments, refuses, 1_000_000_000)
}

/// Tells segments that are so many nanoseconds apart.
pub(super) fn tell_apart(
    stream: u32,
    segments: &[Segment],
    refuses: Refuses,
    apart: i128,
) -> (Vec<Step>, Summary) {
    let times: Vec<i128> = (0..segments.len() as i128).map(|index| index * apart).collect();
    tell_at(stream, segments, refuses, &times)
}

/// Tells segments that are seen at these times, in nanoseconds.
pub(super) fn tell_at(
    stream: u32,
    segments: &[Segment],
    refuses: Refuses,
    times: &[i128],
) -> (Vec<Step>, Summary) {
    let mut teller = Teller::new(Tell { stream, refuses, ..Tell::default() });
    let mut told = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let bytes = segment.frame();
        let frame = Frame {
            number: index as u64 + 1,
            time: Some(Time(times[index])),
            link: LinkType::Ethernet,
            interface: None,
            bytes: &bytes,
            original_len: bytes.len() as u32,
        };
        let verdict = segment.verdict;
        told.extend(teller.frame(&frame, &Seen { verdict, ..Seen::default() }));
    }
    let (last, summary) = teller.finish(None, 0, None);
    told.extend(last);
    let steps: Vec<Step> = told
        .into_iter()
        .filter_map(|told| match told {
            Told::Step(step) => Some(*step),
            Told::Absorbed(_) => None,
        })
        .collect();
    let numbers: Vec<u32> = steps.iter().map(|step| step.number).collect();
    assert_eq!(numbers, (1..=steps.len() as u32).collect::<Vec<_>>(), "steps are numbered without gaps");
    (steps, summary)
}

pub(super) fn words(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.words.strip_prefix("step ").unwrap()).collect()
}

/// The client's and the server's state before and after a step.
pub(super) fn states(step: &Step) -> [Option<TcpState>; 4] {
    let states = step.states.unwrap();
    [states.client.before, states.client.after, states.server.before, states.server.after]
}

pub(super) fn handshake() -> [Segment; 3] {
    [
        client(CLIENT_ISN).syn(),
        server(SERVER_ISN).syn().ack(CLIENT_ISN + 1),
        client(CLIENT_ISN + 1).ack(SERVER_ISN + 1),
    ]
}
