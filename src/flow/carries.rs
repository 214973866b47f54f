//! What a conversation carries, judged by its first bytes and its ports: a guess for a table, not a dissection. What they say of who
//! the client is is no guess.

use crate::event::Host;

/// What a conversation seems to carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carries {
    /// No data at all.
    #[default]
    Nothing,
    /// Data that looks like nothing known here.
    Data,
    /// WebSocket, after an HTTP Upgrade.
    WebSocket,
    /// TLS.
    Tls,
    /// SSH, by its opening words.
    Ssh,
    /// DNS, by its port.
    Dns,
    /// Multicast DNS, by its port.
    Mdns,
    /// DHCP, by its ports.
    Dhcp,
    /// NTP, by its port.
    Ntp,
    /// QUIC, by its port and the form of its first packet.
    Quic,
    // From here on: what only one of the two sides says.
    /// HTTP/1: a request; of a conversation, also an answer.
    Http,
    /// A request to go on as WebSocket, not yet answered.
    UpgradeAsked,
    /// HTTP/2 without encryption, by its opening words, which are the client's.
    Http2,
    /// TLS, by its client's first words.
    ClientHello,
    /// The same of its server.
    ServerHello,
    /// An answer of HTTP/1.
    HttpAnswer,
    /// One with the status 101: what was asked for begins.
    Switched,
    /// One that says what begins: WebSocket.
    SwitchedToWebSocket,
}

impl Carries {
    /// The first kind that shows who the client is, and all behind it do.
    pub(super) const TELLS: Carries = Carries::Http;

    /// Who says such a thing: a status line is the server's, a request line the client's (RFC 9112, section 2.1); a ClientHello the
    /// client's (RFC 8446, section 4.1). `None` where either side may.
    pub(super) fn said_by(self) -> Option<Host> {
        match self {
            Carries::Http | Carries::UpgradeAsked | Carries::Http2 | Carries::ClientHello => {
                Some(Host::Client)
            }
            Carries::ServerHello | Carries::HttpAnswer | Carries::Switched | Carries::SwitchedToWebSocket => {
                Some(Host::Server)
            }
            _ => None,
        }
    }

    /// The word for it in tables and JSON; `None` where there is nothing to name.
    pub fn word(self) -> Option<&'static str> {
        Some(match self {
            Carries::Nothing | Carries::Data => return None,
            Carries::Http | Carries::UpgradeAsked | Carries::HttpAnswer | Carries::Switched => "HTTP",
            Carries::WebSocket | Carries::SwitchedToWebSocket => "WebSocket",
            Carries::Http2 => "HTTP/2",
            Carries::Tls | Carries::ClientHello | Carries::ServerHello => "TLS",
            Carries::Ssh => "SSH",
            Carries::Dns => "DNS",
            Carries::Mdns => "mDNS",
            Carries::Dhcp => "DHCP",
            Carries::Ntp => "NTP",
            Carries::Quic => "QUIC",
        })
    }

    /// What a TCP segment's data looks like.
    pub(super) fn of_segment(data: &[u8], ports: (u16, u16)) -> Carries {
        let Some(first) = data.first_chunk::<4>() else {
            return if data.is_empty() { Carries::Nothing } else { Carries::Data };
        };
        match first {
            b"GET " => request(data),
            b"POST" | b"PUT " | b"HEAD" | b"DELE" | b"OPTI" | b"PATC" | b"CONN" | b"TRAC" => {
                if is_request(first_line(data)) { Carries::Http } else { Carries::Data }
            }
            b"HTTP" => answer(data),
            b"PRI " if data.starts_with(b"PRI * HTTP/2.0") => Carries::Http2,
            b"SSH-" => Carries::Ssh,
            [22, 3, 0..=4, _] => hello(data),
            // A record's type, 20 to 23, and a version from SSL 3.0 to TLS 1.2, which later ones claim as well.
            [20..=23, 3, 0..=4, _] => Carries::Tls,
            _ if ports.0 == 53 || ports.1 == 53 => Carries::Dns,
            _ => Carries::Data,
        }
    }

    /// What a UDP datagram's data looks like.
    pub(super) fn of_datagram(data: &[u8], ports: (u16, u16)) -> Carries {
        let either = |port: u16| ports.0 == port || ports.1 == port;
        match data {
            [] => Carries::Nothing,
            _ if either(53) => Carries::Dns,
            _ if either(5353) => Carries::Mdns,
            _ if either(67) || either(68) => Carries::Dhcp,
            _ if either(123) => Carries::Ntp,
            // The long header's two highest bits are set, and a version follows (RFC 9000, section 17.2).
            [0xc0..=0xff, 0, 0, 0, 1, ..] if either(443) => Carries::Quic,
            _ => Carries::Data,
        }
    }

    /// What is known after one more segment: the first that says something counts; only HTTP may become more.
    #[must_use]
    pub(super) fn with(self, next: Carries) -> Carries {
        match (self, next) {
            (_, Carries::Nothing) => self,
            (Carries::Nothing | Carries::Data, _) => match next {
                Carries::HttpAnswer | Carries::Switched => Carries::Http,
                Carries::SwitchedToWebSocket => Carries::WebSocket,
                Carries::ClientHello | Carries::ServerHello => Carries::Tls,
                _ => next,
            },
            (Carries::UpgradeAsked, Carries::Switched | Carries::SwitchedToWebSocket) => Carries::WebSocket,
            (Carries::Http, Carries::SwitchedToWebSocket) => Carries::WebSocket,
            (Carries::Http, Carries::UpgradeAsked) => Carries::UpgradeAsked,
            _ => self,
        }
    }
}

fn first_line(data: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\r', data).unwrap_or(data.len());
    data.get(..end).unwrap_or_default()
}

fn is_request(line: &[u8]) -> bool {
    line.last_chunk::<9>().is_some_and(|end| end.starts_with(b" HTTP/1."))
}

/// The header that asks for another protocol.
const UPGRADE: &[u8] = b"upgrade:";

/// A GET: does it ask to go on as WebSocket?
fn request(data: &[u8]) -> Carries {
    let line = first_line(data);
    if line.len() < data.len() && !is_request(line) {
        return Carries::Data;
    }
    if names_websocket(data) { Carries::UpgradeAsked } else { Carries::Http }
}

/// Whether a head has a line that asks for WebSocket, or begins it.
fn names_websocket(head: &[u8]) -> bool {
    let lines = memchr::memchr_iter(b'\n', head).filter_map(|end| head.get(end + 1..));
    let mut fields = lines.take_while(|line| !matches!(line.first(), Some(b'\r' | b'\n')));
    fields.any(|line| {
        let Some((name, rest)) = line.split_at_checked(UPGRADE.len()) else { return false };
        let names = || rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        name.eq_ignore_ascii_case(UPGRADE)
            && names().windows(9).any(|part| part.eq_ignore_ascii_case(b"websocket"))
    })
}

/// What begins with `HTTP`: a status line?
fn answer(data: &[u8]) -> Carries {
    if data.starts_with(b"HTTP/1.1 101") {
        if names_websocket(data) { Carries::SwitchedToWebSocket } else { Carries::Switched }
    } else if data.starts_with(b"HTTP/1.") {
        Carries::HttpAnswer
    } else {
        Carries::Data
    }
}

/// A record of TLS's handshake: whose first message is in it?
fn hello(data: &[u8]) -> Carries {
    match data.get(5) {
        Some(1) => Carries::ClientHello,
        Some(2) => Carries::ServerHello,
        _ => Carries::Tls,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASK: &[u8] = b"GET /chat HTTP/1.1\r\nHost: x\r\nupgrade:  WebSocket\r\n\r\n";

    fn tcp(parts: &[&[u8]]) -> Carries {
        parts
            .iter()
            .fold(Carries::default(), |known, part| known.with(Carries::of_segment(part, (40000, 8080))))
    }

    #[test]
    fn an_upgrade_counts_once_it_is_granted() {
        assert_eq!(tcp(&[ASK]).word(), Some("HTTP"));
        assert_eq!(tcp(&[ASK, b"HTTP/1.1 101 Switching Protocols\r\n"]), Carries::WebSocket);
        assert_eq!(tcp(&[ASK, b"HTTP/1.1 426 Upgrade Required\r\n", b"\x81\x02hi"]).word(), Some("HTTP"));
        let later = tcp(&[b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n", ASK, b"HTTP/1.1 101 S\r\n"]);
        assert_eq!(later, Carries::WebSocket);
    }

    #[test]
    fn a_101_says_itself_what_begins() {
        let answer: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
        assert_eq!(tcp(&[answer, b"\x81\x02hi"]), Carries::WebSocket);
        // The line that asks for it came in a segment of its own.
        assert_eq!(tcp(&[b"GET / HTTP/1.1\r\n", answer]), Carries::WebSocket);
        let other = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\nUpgrade: websocket";
        assert_eq!(tcp(&[other]).word(), Some("HTTP"));
    }

    #[test]
    fn what_only_one_side_says_shows_who_it_is() {
        let by = |data: &[u8]| {
            let kind = Carries::of_segment(data, (40000, 8080));
            assert_eq!(kind >= Carries::TELLS, kind.said_by().is_some(), "{kind:?}");
            kind.said_by()
        };
        for data in [ASK, b"POST / HTTP/1.1\r\n", b"PRI * HTTP/2.0\r\n", b"\x16\x03\x01\0\x2f\x01"] {
            assert_eq!(by(data), Some(Host::Client), "{data:?}");
        }
        for data in [b"HTTP/1.1 101 S\r\n".as_slice(), b"HTTP/1.0 200 OK\r\n", b"\x16\x03\x03\0\x2f\x02"] {
            assert_eq!(by(data), Some(Host::Server), "{data:?}");
        }
        for data in [b"".as_slice(), b"SSH-2.0", b"\x17\x03\x03\0\x20\x01", b"HTTPS", b"\x81\x02hi"] {
            assert_eq!(by(data), None, "{data:?}");
        }
    }

    #[test]
    fn bytes_that_only_begin_alike_are_data() {
        assert_eq!(tcp(&[b"GET a life\r\nnow"]), Carries::Data);
        assert_eq!(tcp(&[b"POST office\r\n"]), Carries::Data);
        assert_eq!(tcp(&[b"\x16\x03\x01\x02\x00\x01"]), Carries::Tls);
        assert_eq!(tcp(&[b"HTTPS is safe"]), Carries::Data);
        assert_eq!((tcp(&[b""]), tcp(&[b"x"])), (Carries::Nothing, Carries::Data));
    }

    #[test]
    fn datagrams_are_told_by_their_ports() {
        let udp = |data: &[u8], port| Carries::of_datagram(data, (50000, port));
        assert_eq!(
            (udp(b"x", 53), udp(b"x", 5353), udp(b"", 53)),
            (Carries::Dns, Carries::Mdns, Carries::Nothing)
        );
        assert_eq!(udp(&[0xc3, 0, 0, 0, 1, 8], 443), Carries::Quic);
        assert_eq!(udp(&[0x43, 0, 0, 0, 1, 8], 443), Carries::Data);
    }
}
