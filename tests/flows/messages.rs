//! WebSocket messages each way: `--messages`.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::made::Made;
use crate::util::netlab_with_input;

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLBMiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// A frame: its first byte, its payload, whether it is a client's.
fn frame(first: u8, payload: &[u8], masked: bool) -> Vec<u8> {
    let mask = if masked { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match payload.len() {
        len @ 0..126 => bytes.push(mask | len as u8),
        len => {
            bytes.push(mask | 126);
            bytes.extend((len as u16).to_be_bytes());
        }
    }
    let key = [7, 1, 200, 9];
    if masked {
        bytes.extend(key);
    }
    let key = if masked { key } else { [0; 4] };
    bytes.extend(payload.iter().zip(key.into_iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

/// Three messages, the second in three frames with a ping between them; and a close frame.
fn from_client() -> Vec<Vec<u8>> {
    let parts: [(u8, &[u8]); 7] = [
        (0x81, b"one"),
        (0x01, b"tw"),
        (0x89, b"there?"),
        (0x00, b""),
        (0x80, b"o"),
        (0x82, &[3; 300]),
        (0x88, &[3, 232]),
    ];
    parts.into_iter().map(|(first, payload)| frame(first, payload, true)).collect()
}

/// Two messages, a pong between them, and a close frame.
fn from_server() -> Vec<Vec<u8>> {
    let parts: [(u8, &[u8]); 4] = [(0x81, b"hello"), (0x8a, b"there?"), (0x81, b""), (0x88, &[3, 232])];
    parts.into_iter().map(|(first, payload)| frame(first, payload, false)).collect()
}

/// A conversation in the making, its sides' next numbers.
struct Talk {
    made: Made,
    next: (u32, u32),
}

impl Talk {
    fn new() -> Talk {
        let mut made = Made::new();
        made.tcp(1001, true, "S", (0, 0), b"").after(500).tcp(1001, false, "SA", (100, 1), b"");
        made.after(500).tcp(1001, true, "A", (1, 101), b"");
        Talk { made, next: (1, 101) }
    }

    /// A segment; what is not `captured` is confirmed all the same.
    fn says(&mut self, client: bool, data: &[u8], captured: bool) {
        let (own, other) = if client { self.next } else { (self.next.1, self.next.0) };
        if captured {
            self.made.after(700).tcp(1001, client, "A", (own, other), data);
        }
        let end = own + data.len() as u32;
        self.next = if client { (end, self.next.1) } else { (self.next.0, end) };
        self.made.after(90).tcp(1001, !client, "A", (other, end), b"");
    }

    /// All of a stream, in segments of these lengths again and again; some are sent twice.
    fn streams(&mut self, client: bool, data: &[u8], cuts: &[(usize, bool)]) {
        let (mut rest, mut cuts) = (data, cuts.iter().cycle());
        while !rest.is_empty() {
            let (len, twice) = cuts.next().unwrap();
            let (part, after) = rest.split_at((*len).min(rest.len()));
            let before = self.next;
            self.says(client, part, true);
            if *twice {
                self.next = before;
                self.says(client, part, true);
            }
            rest = after;
        }
    }

    fn told(&self, args: &[&str]) -> Value {
        let all = [&["flows", "-", "--format=json", "--messages"], args].concat();
        let run = netlab_with_input(&all, &self.made.bytes());
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        run.json().swap_remove(0)
    }
}

#[test]
fn messages_are_counted_once_and_control_frames_are_none() {
    let mut talk = Talk::new();
    talk.says(true, REQUEST, true);
    // The answer and the first message in one segment.
    let server = from_server();
    talk.says(false, &[ANSWER, &server[0]].concat(), true);
    server.iter().skip(1).for_each(|frame| talk.says(false, frame, true));
    from_client().iter().for_each(|frame| talk.says(true, frame, true));
    let told = talk.told(&[]);
    assert_eq!((&told["messages"], told.get("messages_unread")), (&json!({"client": 3, "server": 2}), None));
    assert_eq!(talk.told(&["--filter=websocket"])["messages"], told["messages"]);
    // In the table, and as CSV.
    for (width, below) in [(80, 2), (160, 1)] {
        let width = format!("--width={width}");
        let run = netlab_with_input(&["flows", "-", "--messages", &width], &talk.made.bytes());
        let lines: Vec<&str> = run.stdout.lines().collect();
        let at = lines.iter().position(|line| line.contains("messages → ←")).unwrap();
        let column = lines[at].split("messages →").next().unwrap().chars().count();
        let cells: String =
            lines[at + below].chars().skip(column).take("messages → ←".chars().count()).collect();
        assert_eq!(cells, "         3 2", "{}", run.stdout);
    }
    let csv = netlab_with_input(&["flows", "-", "--messages", "--format=csv"], &talk.made.bytes());
    assert!(
        csv.stdout.contains(",carries,messages_client,messages_server,messages_unread\r\n"),
        "{}",
        csv.stdout
    );
    assert!(csv.stdout.trim_end().ends_with(",WebSocket,3,2,"), "{}", csv.stdout);
}

#[test]
fn behind_a_hole_nothing_is_counted_and_that_is_said() {
    let mut talk = Talk::new();
    talk.says(true, REQUEST, true);
    talk.says(false, ANSWER, true);
    let client = from_client();
    talk.says(true, &client[0], true);
    // All of the next message is missing: where the one behind it begins can't be known.
    talk.says(true, &client[1..5].concat(), false);
    talk.says(true, &client[5], true);
    from_server().iter().for_each(|frame| talk.says(false, frame, true));
    let told = talk.told(&[]);
    let expected = (&json!({"client": 1, "server": 2}), &json!("client"));
    assert_eq!((&told["messages"], &told["messages_unread"]), expected);
    let run = netlab_with_input(&["flows", "-", "--messages", "--width=40"], &talk.made.bytes());
    assert!(run.stdout.contains("→ 1+ messages") && run.stdout.contains("← 2 messages"), "{}", run.stdout);
}

#[test]
fn where_no_websocket_was_seen_to_begin_there_are_no_messages() {
    let mut talk = Talk::new();
    from_client().iter().for_each(|frame| talk.says(true, frame, true));
    assert_eq!(talk.told(&[]).get("messages"), None);
    let mut refused = Talk::new();
    refused.says(true, REQUEST, true);
    refused.says(false, b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n", true);
    assert_eq!(refused.told(&[]).get("messages"), None);
    let mut silent = Talk::new();
    silent.says(true, REQUEST, true);
    silent.says(false, ANSWER, true);
    assert_eq!(silent.told(&[])["messages"], json!({"client": 0, "server": 0}));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn wherever_the_streams_are_cut_the_messages_are_the_same(
        cuts in prop::collection::vec((1_usize..40, prop::bool::weighted(0.2)), 1..12),
        more in prop::collection::vec((1_usize..500, prop::bool::weighted(0.2)), 1..6),
    ) {
        let mut talk = Talk::new();
        talk.streams(true, REQUEST, &cuts);
        talk.streams(false, &[ANSWER, &from_server().concat()].concat(), &more);
        talk.streams(true, &from_client().concat(), &cuts);
        let told = talk.told(&[]);
        prop_assert_eq!(&told["messages"], &json!({"client": 3, "server": 2}));
        prop_assert_eq!(told.get("messages_unread"), None);
    }
}
