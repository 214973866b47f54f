//! However the bytes are cut into segments, the same is told.

use super::*;

/// Texts of which conversations are made; some are no HTTP at all.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let fixed: Vec<&[u8]> = vec![
        GET.as_bytes(),
        OK.as_bytes(),
        UPGRADE.as_bytes(),
        SWITCH.as_bytes(),
        b"HEAD / HTTP/1.0\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"3;x=y\r\nabc\r\n",
        b"0\r\nA: b\r\n\r\n",
        b"0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\n\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n c\r\nno\r\n\r\n",
        b"\r\n",
        b"\x16\x03\x01",
    ];
    prop_oneof![
        8 => proptest::sample::select(fixed.clone()).prop_map(<[u8]>::to_vec),
        1 => (proptest::sample::select(fixed), any::<prop::sample::Index>())
            .prop_map(|(text, at)| text[..at.index(text.len())].to_vec()),
        1 => vec(any::<u8>(), 0..40),
    ]
}

#[derive(Clone, Debug)]
enum Said {
    Bytes(bool, Vec<u8>),
    Hole(bool, u64),
    End(bool, bool),
}

fn conversations() -> impl Strategy<Value = Vec<Said>> {
    let said = prop_oneof![
        20 => (any::<bool>(), texts()).prop_map(|(client, text)| Said::Bytes(client, text)),
        1 => (any::<bool>(), 1..30u64).prop_map(|(client, len)| Said::Hole(client, len)),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(client, reset)| Said::End(client, reset)),
    ];
    // Mostly as it goes: a request, its answer.
    vec(said, 1..14)
}

fn runs(said: &[Said]) -> Vec<Run<'_>> {
    let side = |client: &bool| if *client { C } else { S };
    said.iter()
        .map(|said| match said {
            Said::Bytes(client, bytes) => Run::Bytes(side(client), bytes),
            Said::Hole(client, len) => Run::Hole(side(client), *len),
            Said::End(client, reset) => Run::End(side(client), *reset),
        })
        .collect()
}

fn outline(runs: &[Run<'_>], cut: Cut, frames: bool) -> Vec<String> {
    let (mut http, mut outline) = (Http::new(), Outline::new(frames));
    let mut sink = |event: Event<'_>| outline.take(&event);
    play(runs.iter().copied(), cut, &mut http, &mut sink, |_| {});
    http.finish(&mut sink);
    outline.lines().to_vec()
}

/// Neighbours of one side as one run.
fn joined(said: &[Said]) -> Vec<Said> {
    let mut all: Vec<Said> = Vec::new();
    for one in said {
        match (all.last_mut(), one) {
            (Some(Said::Bytes(before, bytes)), Said::Bytes(client, more)) if before == client => {
                bytes.extend(more)
            }
            _ => all.push(one.clone()),
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn how_the_bytes_are_cut_changes_nothing(said in conversations(), step in 1..9usize) {
        let runs_said = runs(&said);
        let whole = outline(&runs_said, Cut::Whole, true);
        prop_assert_eq!(&whole, &outline(&runs_said, Cut::Pieces(step), true));
        let joined = joined(&said);
        let brief = outline(&runs(&joined), Cut::Whole, false);
        prop_assert_eq!(&brief, &outline(&runs_said, Cut::Frames, false));
        prop_assert_eq!(brief, outline(&runs_said, Cut::Whole, false));
    }
}
