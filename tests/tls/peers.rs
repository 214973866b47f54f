//! Sessions of OpenSSL and of Python, recorded now: everything is opened, and what was said is what came out.

use std::fs;
use std::path::Path;
use std::process::Command;

use netlab::event::Host::{Client, Server};
use netlab::flow::http::{self, Http};
use netlab::flow::tls::{CipherSuite, Epoch, Group, Limits, Unread, Version};

use crate::openssl::{Program, folder, is_here, listening, run, run_with};
use crate::session::{Session, Told};

/// What holds of every session of TLS 1.3 with its keys.
fn told(session: &Session) -> Told {
    let told = session.told();
    assert_eq!((told.unread(Client), told.unread(Server)), (vec![], vec![]));
    assert_eq!((told.gaps.len(), told.missing.len(), told.not_tls.len()), (0, 0, 0));
    assert_eq!(told.agreed.len(), 1);
    assert_eq!(told.agreed[0].version, Version::TLS13);
    let places = |host| {
        let records = told.records.iter().filter(|(record, _)| record.side.from == host);
        records.fold(0, |next, (record, _)| {
            assert_eq!(record.offset, next, "records stand one behind the other");
            record.end()
        })
    };
    for host in [Client, Server] {
        assert_eq!(places(host), session.stream(host).len() as u64, "every byte is in a record");
        assert_eq!(told.ends.iter().filter(|end| end.side.from == host).count(), 1);
    }
    assert!(told.names(Client).contains(&"finished".to_owned()));
    assert!(told.names(Server).contains(&"finished".to_owned()));
    told
}

const HELLO: &[(&str, &str)] = &[("", "hello there\n"), ("ereht olleh", "and again\n"), ("niaga dna", "")];

#[test]
fn all_three_suites_are_opened() {
    if !is_here() {
        return;
    }
    let folder = folder();
    for suite in ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"] {
        let client =
            format!("-quiet -no_ign_eof -servername www.netlab.test -alpn http/1.1,h2 -ciphersuites {suite}");
        let session = run(folder.path(), "-rev -alpn h2", &client, HELLO);
        let told = told(&session);
        assert_eq!(told.agreed[0].cipher_suite.name(), Some(suite));
        assert_eq!(told.text(Client), "hello there\nand again\n", "{suite}");
        assert_eq!(told.text(Server), "ereht olleh\nniaga dna\n", "{suite}");
        let hello = &told.client_hellos[0];
        assert_eq!(hello.server_name.as_deref(), Some("www.netlab.test"));
        assert_eq!(hello.alpn, ["http/1.1", "h2"]);
        assert_eq!(told.encrypted_extensions[0].alpn.as_deref(), Some("h2"));
        assert_eq!(told.names(Client), ["-client_hello", "finished"]);
        let flight =
            ["-server_hello", "encrypted_extensions", "certificate", "certificate_verify", "finished"];
        assert_eq!(told.names(Server)[..5], flight);
        assert!(told.names(Server)[5..].iter().all(|name| name == "new_session_ticket"));
        let end = told.ends.iter().find(|end| end.side.from == Client).unwrap();
        assert_eq!((end.closed, end.offset), (Some(true), 22), "{suite}: close_notify was said");
    }
}

#[test]
fn a_client_with_a_key_for_another_group_says_its_hello_again() {
    if !is_here() {
        return;
    }
    let session =
        run(folder().path(), "-rev -groups P-384", "-quiet -no_ign_eof -groups X25519:P-384", HELLO);
    let told = told(&session);
    let retries: Vec<bool> = told.server_hellos.iter().map(|hello| hello.is_retry()).collect();
    assert_eq!(retries, [true, false]);
    assert_eq!(told.server_hellos[0].key_share, Some(Group(0x18)));
    let shares: Vec<_> = told.client_hellos.iter().map(|hello| hello.key_shares.clone()).collect();
    assert_eq!(shares, [vec![Group(0x1d)], vec![Group(0x18)]]);
    assert_eq!(told.text(Server), "ereht olleh\nniaga dna\n");
}

/// A server that goes on with earlier sessions.
fn remembering_server(folder: &Path, options: &str) -> (Program, u16) {
    let mut command = Command::new("openssl");
    let args = "s_server -accept 127.0.0.1:0 -cert cert.pem -key key.pem";
    command.args(args.split_whitespace()).args(options.split_whitespace()).current_dir(folder);
    listening(&mut command, "ACCEPT 127.0.0.1:")
}

#[test]
fn a_resumed_session_shows_no_certificate_and_is_opened() {
    if !is_here() {
        return;
    }
    let folder = folder();
    let (_server, port) = remembering_server(folder.path(), "-rev");
    let first = run_with(folder.path(), port, "-sess_out session.pem", &[("---", "one\n"), ("eno", "Q\n")]);
    assert!(!told(&first).agreed[0].resumed);
    let again = run_with(folder.path(), port, "-quiet -no_ign_eof -sess_in session.pem", HELLO);
    let told = told(&again);
    assert!(told.agreed[0].resumed);
    assert_eq!(told.client_hellos[0].pre_shared_keys, 1);
    assert!(!told.names(Server).contains(&"certificate".to_owned()));
    assert_eq!(told.text(Server), "ereht olleh\nniaga dna\n");
}

#[test]
fn what_a_client_says_before_it_is_answered_is_told_unread_and_the_rest_is_opened() {
    if !is_here() {
        return;
    }
    let folder = folder();
    let (mut server, port) = remembering_server(folder.path(), "-max_early_data 16384 -early_data");
    server.say("first\n");
    run_with(folder.path(), port, "-sess_out session.pem", &[("first", "Q\n")]);
    fs::write(folder.path().join("early.txt"), "early bird\n").unwrap();
    let client = "-quiet -no_ign_eof -sess_in session.pem -early_data early.txt";
    let session = run_with(folder.path(), port, client, &[("", "hello there\n")]);
    let told = session.told();
    assert!(told.client_hellos[0].early_data && told.encrypted_extensions[0].early_data);
    // The data, and the EndOfEarlyData that is protected like it.
    assert_eq!(told.unread(Client), [Unread::EarlyData; 2]);
    assert_eq!(told.unread(Server), []);
    assert_eq!(told.text(Client), "hello there\n");
}

#[test]
fn a_client_certificate_is_told_by_name() {
    if !is_here() {
        return;
    }
    let session =
        run(folder().path(), "-rev -Verify 1", "-quiet -no_ign_eof -cert cert.pem -key key.pem", HELLO);
    let told = told(&session);
    assert!(told.names(Server).contains(&"certificate_request".to_owned()));
    assert_eq!(told.names(Client), ["-client_hello", "certificate", "certificate_verify", "finished"]);
    assert_eq!(told.text(Client), "hello there\nand again\n");
}

#[test]
fn both_sides_renew_their_keys_and_are_followed() {
    if !is_here() {
        return;
    }
    // `K` asks the server to renew its keys as well, `k` does not.
    let lines = [
        ("---", "one\n"),
        ("eno", "K\n"),
        ("KEYUPDATE", "two\n"),
        ("owt", "k\n"),
        ("KEYUPDATE", "three\n"),
        ("eerht", "Q\n"),
    ];
    let session = run(folder().path(), "-rev", "", &lines);
    let told = told(&session);
    assert_eq!(told.text(Client), "one\ntwo\nthree\n");
    assert_eq!(told.text(Server), "eno\nowt\neerht\n");
    let last = |host| told.opened(host).last().map(|opened| opened.epoch);
    assert_eq!(last(Client), Some(Epoch::Application(2)));
    assert_eq!(last(Server), Some(Epoch::Application(1)));
}

#[test]
fn padding_is_told_and_left_away() {
    if !is_here() {
        return;
    }
    let session =
        run(folder().path(), "-rev -record_padding 512", "-quiet -no_ign_eof -record_padding 256", HELLO);
    let told = told(&session);
    assert_eq!(told.text(Server), "ereht olleh\nniaga dna\n");
    for (host, block) in [(Client, 256), (Server, 512)] {
        let data: Vec<_> = told.opened(host).into_iter().filter(|opened| opened.content.0 == 23).collect();
        assert!(!data.is_empty());
        assert!(
            data.iter().all(|opened| opened.padding > 0 && (opened.len + opened.padding + 1) % block <= 1),
            "{data:?}"
        );
    }
}

#[test]
fn a_large_answer_comes_out_byte_by_byte() {
    if !is_here() {
        return;
    }
    let folder = folder();
    let content: Vec<u8> =
        (0..1_500_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    fs::write(folder.path().join("large.bin"), &content).unwrap();
    for suite in ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"] {
        let client = format!("-quiet -ciphersuites {suite}");
        let session = run(folder.path(), "-HTTP", &client, &[("", "GET /large.bin HTTP/1.0\r\n\r\n")]);
        let told = told(&session);
        assert!(told.of(Server) == content, "{suite}: {} bytes", told.of(Server).len());
        assert!(told.opened(Server).len() > 90);
    }
}

#[test]
fn the_handshake_of_tls_1_2_is_told_and_the_rest_is_not_decrypted() {
    if !is_here() {
        return;
    }
    let client =
        "-quiet -no_ign_eof -tls1_2 -servername www.netlab.test -cipher ECDHE-ECDSA-AES128-GCM-SHA256";
    let session = run(folder().path(), "-rev", client, HELLO);
    let told = session.told();
    assert_eq!(told.agreed[0].version, Version::TLS12);
    assert_eq!(told.agreed[0].cipher_suite, CipherSuite(0xc02b));
    assert_eq!(told.client_hellos[0].server_name.as_deref(), Some("www.netlab.test"));
    assert_eq!(told.names(Client), ["-client_hello", "-client_key_exchange"]);
    let flight = [
        "-server_hello",
        "-certificate",
        "-server_key_exchange",
        "-server_hello_done",
        "-new_session_ticket",
    ];
    assert_eq!(told.names(Server), flight);
    // Finished, two lines, the alert at the end.
    let why = Unread::Version(Version::TLS12);
    assert_eq!(told.unread(Client), [why; 4]);
    assert!(told.unread(Server).len() >= 3 && told.unread(Server).iter().all(|one| *one == why));
    assert_eq!((told.text(Client), told.text(Server)), (String::new(), String::new()));
    assert!(
        told.ends.iter().all(|end| end.closed.is_none()),
        "whether they said close_notify can't be known"
    );
}

#[test]
fn a_session_of_python_is_opened() {
    if !is_here() || !crate::referee::tool_is_here("python3", "--version", "python3") {
        return;
    }
    let folder = folder();
    let server = r#"
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
context.keylog_filename = "keys.log"
listener = socket.create_server(("127.0.0.1", 0))
print("LISTENING", listener.getsockname()[1], flush=True)
with context.wrap_socket(listener.accept()[0], server_side=True) as peer:
    data = peer.recv(100)
    for number in range(300):
        peer.sendall(b"%d %s;" % (number, data))
    try:
        peer.unwrap()
    except OSError:
        pass  # the client has gone
"#;
    let client = r#"
import socket, ssl, sys
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))), server_hostname="python.test") as peer:
    peer.sendall(b"snake")
    while peer.recv(1000):
        pass
"#;
    let mut command = Command::new("python3");
    let (_server, port) = listening(command.args(["-c", server]).current_dir(&folder), "LISTENING");
    let (port, thread) = crate::openssl::relay(port);
    let run = Command::new("python3").args(["-c", client, &port.to_string()]).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let pieces = thread.join().unwrap();
    let keys = fs::read(folder.path().join("keys.log")).unwrap();
    let told = told(&Session { pieces, keys });
    assert_eq!(told.client_hellos[0].server_name.as_deref(), Some("python.test"));
    assert_eq!(told.text(Client), "snake");
    assert_eq!(told.text(Server), (0..300).map(|number| format!("{number} snake;")).collect::<String>());
    let closed = told.alerts.iter().filter(|alert| alert.description.0 == 0).count();
    assert!(closed >= 1, "the server says close_notify");
}

#[test]
fn http_reads_what_was_said_as_if_it_had_never_been_protected() {
    if !is_here() {
        return;
    }
    let folder = folder();
    let page: String = (0..5000).map(|number| format!("line {number}\n")).collect();
    fs::write(folder.path().join("page.txt"), &page).unwrap();
    let session = run(folder.path(), "-WWW", "-quiet", &[("", "GET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n")]);
    let (mut http, mut request, mut answer, mut body) = (Http::new(), None, None, Vec::<u8>::new());
    session.each(&session.keylog(), Limits::default(), &mut |event| {
        let Some(given) = event.given() else { return };
        http.push(&given, &mut |event| match event {
            http::Event::Request(read) => request = Some(read),
            http::Event::Answer(read) => answer = Some(read),
            http::Event::Content(content) => body.extend(content.chunk.bytes),
            _ => {}
        });
    });
    assert!(request.is_some() && answer.is_some());
    assert!(body == page.as_bytes(), "{} bytes", body.len());
}
