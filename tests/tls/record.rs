//! Writes what tests/tls/recorded holds: sessions of OpenSSL and of Python, as they cross the wire now.
//!
//! `cargo run --example record-tls [NAME...]`: those, or all.

#![allow(clippy::unwrap_used, reason = "it stops where something is not as it must be")]
#![allow(dead_code, reason = "the tests use the rest")]

#[path = "../util/referee.rs"]
mod referee;

mod openssl;
mod session;
mod wss;

use openssl::{folder, run};
use session::{Piece, Session, recorded};

const HELLO: &[(&str, &str)] = &[("", "hello there\n"), ("ereht olleh", "and again\n"), ("niaga dna", "")];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn save(session: &Session, name: &str, remark: &str) {
    let mut text = format!("# {remark}\n{}", String::from_utf8_lossy(&session.keys));
    for piece in &session.pieces {
        match piece {
            Piece::Bytes(host, bytes) => text.push_str(&format!("{host} {}\n", hex(bytes))),
            Piece::End(host) => text.push_str(&format!("end-{host}\n")),
            Piece::Hole(..) => panic!("nothing is missing in a recording"),
        }
    }
    std::fs::create_dir_all(recorded(name).parent().unwrap()).unwrap();
    std::fs::write(recorded(name), text).unwrap();
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    let folder = folder();
    let session = |server: &str, client: &str| run(folder.path(), server, client, HELLO);
    let suite = |suite: &str| {
        format!("-quiet -no_ign_eof -servername www.netlab.test -alpn http/1.1,h2 -ciphersuites {suite}")
    };
    for (name, number) in [
        ("aes128", "TLS_AES_128_GCM_SHA256"),
        ("aes256", "TLS_AES_256_GCM_SHA384"),
        ("chacha20", "TLS_CHACHA20_POLY1305_SHA256"),
    ] {
        if is_wanted(name) {
            let remark = format!("openssl s_server -rev -alpn h2, s_client {}", suite(number));
            save(&session("-rev -alpn h2", &suite(number)), name, &remark);
        }
    }
    if is_wanted("retry") {
        let client = "-quiet -no_ign_eof -groups X25519:P-384";
        let remark = "openssl s_server -rev -groups P-384, s_client -groups X25519:P-384";
        save(&session("-rev -groups P-384", client), "retry", remark);
    }
    if is_wanted("updates") {
        let lines = [
            ("---", "one\n"),
            ("eno", "K\n"),
            ("KEYUPDATE", "two\n"),
            ("owt", "k\n"),
            ("KEYUPDATE", "three\n"),
            ("eerht", "Q\n"),
        ];
        let remark = "openssl s_server -rev, s_client with K and k: keys are renewed";
        save(&run(folder.path(), "-rev", "", &lines), "updates", remark);
    }
    if is_wanted("tls12") {
        let remark = "openssl s_server -rev, s_client -tls1_2";
        save(&session("-rev", "-quiet -no_ign_eof -tls1_2"), "tls12", remark);
    }
    if is_wanted("lines") {
        let mut lines = vec![("", "line 0\n".to_owned())];
        lines.extend((1..40).map(|number| ("enil", format!("line {number}\n"))));
        let lines: Vec<(&str, &str)> = lines.iter().map(|(await_, line)| (*await_, line.as_str())).collect();
        let remark = "openssl s_server -rev, s_client: forty lines, each answered";
        save(&run(folder.path(), "-rev", "-quiet -no_ign_eof", &lines), "lines", remark);
    }
    if is_wanted("wss") {
        save(
            &wss::session(folder.path(), wss::Breaks::Nothing),
            "wss",
            "Python's ssl on both sides: a chat by WebSocket",
        );
    }
    if is_wanted("unmasked") {
        let remark = "Python's ssl on both sides: a chat by WebSocket in which the client does not mask";
        save(&wss::session(folder.path(), wss::Breaks::Masking), "unmasked", remark);
    }
}
