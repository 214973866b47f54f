//! Tests of the list of keys.

use super::*;

const RANDOM: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

fn random() -> [u8; 32] {
    std::array::from_fn(|index| index as u8)
}

fn line(label: &str, byte: &str, count: usize) -> String {
    format!("{label} {RANDOM} {}", byte.repeat(count))
}

#[test]
fn every_label_is_found_again_by_the_client_random() {
    for label in Label::ALL {
        let mut log = KeyLog::new();
        log.add(line(label.name(), "a5", 48).as_bytes()).unwrap();
        let session = log.session(&random()).unwrap();
        assert_eq!(session.secret(label).unwrap().bytes(), [0xa5; 48], "{label:?}");
        let others = Label::ALL.into_iter().filter(|other| *other != label);
        assert!(others.into_iter().all(|other| session.secret(other).is_none()));
    }
}

#[test]
fn remarks_empty_lines_and_either_end_of_line_are_passed() {
    let text = format!("# by a browser\r\n\r\n{}\r\n", line("CLIENT_TRAFFIC_SECRET_0", "0f", 32));
    let mut log = KeyLog::new();
    log.add(text.as_bytes()).unwrap();
    assert_eq!((log.len(), log.bad_count()), (1, 0));
    assert!(log.session(&random()).unwrap().is_tls13());
}

#[test]
fn bad_lines_are_told_by_their_number_and_passed_over() {
    let good = line("SERVER_TRAFFIC_SECRET_0", "0f", 32);
    let lines = [
        "only two".to_owned(),
        line("SERVER_TRAFFIC_SECRET_7", "0f", 32),
        good,
        format!("CLIENT_RANDOM {} 00", &RANDOM[2..]),
        line("CLIENT_RANDOM", "zz", 48),
        line("CLIENT_RANDOM", "00", 49),
        "x".repeat(2000),
    ];
    let mut log = KeyLog::new();
    log.add(lines.join("\n").as_bytes()).unwrap();
    let told: Vec<(u64, WhyBad)> = log.bad_lines().iter().map(|bad| (bad.line, bad.why)).collect();
    let (form, long) = (WhyBad::Form, WhyBad::TooLong);
    let secret = WhyBad::Secret;
    assert_eq!(
        told,
        [(1, form), (2, WhyBad::Label), (4, WhyBad::Random), (5, secret), (6, secret), (7, long)]
    );
    assert_eq!(log.len(), 1);
    assert_eq!(log.bad_lines()[0].to_string(), "line 1: it has not the form LABEL CLIENT-RANDOM SECRET");
}

#[test]
fn what_is_no_keylog_is_said_so() {
    let mut log = KeyLog::new();
    let error = log.add(b"\x7fELF\x02\x01\n\xff\xfe\n").unwrap_err();
    assert_eq!((error.lines, error.first.line), (2, 1));
    assert!(log.add(b"-----BEGIN CERTIFICATE-----\n").is_err());
    assert!(log.add(b"").is_ok() && log.add(b"# nothing yet\n").is_ok());
}

#[test]
fn there_are_never_more_sessions_than_the_limit() {
    let mut log = KeyLog::with_limits(KeyLogLimits { sessions: 2, bad_lines: 1 });
    for number in 0..5 {
        let text = format!("CLIENT_RANDOM {number:064x} {}", "00".repeat(48));
        log.add(text.as_bytes()).unwrap();
    }
    assert_eq!((log.len(), log.bad_count(), log.bad_lines().len()), (2, 3, 1));
    assert_eq!(log.bad_lines()[0].why, WhyBad::Full);
}

#[test]
fn a_secret_is_not_said_by_its_debug() {
    assert_eq!(format!("{:?}", Secret::new(&[1; 32]).unwrap()), "Secret of 32 bytes");
}
