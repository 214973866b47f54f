//! DNS in a few words: what is asked, what is answered, and names for its numbers.

use std::fmt::Write;

use crate::dissect::{DnsSlice, Record, Value};

use super::codes::pick;

/// What a message says, in one line; escaped by who prints it. `between` tells who sent it to whom.
pub(super) fn summary(dns: DnsSlice<'_>, between: &str) -> String {
    let title = dns.kind().title();
    let question = dns.question();
    match (dns.is_response(), question) {
        (None, _) => title.to_owned(),
        (Some(false), None) => format!("{title} {}  {between}", request(dns)),
        // Of a zone only the name counts (RFC 2136, section 2.3).
        (Some(false), Some((name, _))) if dns.opcode() == Some(UPDATE) => {
            format!("{title} {} of {name}  {between}", request(dns))
        }
        (Some(false), Some((name, kind))) => {
            format!("{title} {} {} {name}  {between}", request(dns), type_text(kind))
        }
        (Some(true), question) => {
            let asked = question.map(|(name, kind)| (name.to_string(), kind));
            match dns.opcode() {
                None | Some(0) => format!("{title} answer: {}", answer(dns, asked)),
                Some(_) => {
                    let name = asked.map_or_else(String::new, |(name, _)| format!("{name}: "));
                    let code = dns.response_code().map(u64::from).unwrap_or(0);
                    let code = code_name("dns.flags.rcode", code)
                        .map_or_else(|| format!("response code {code}"), str::to_owned);
                    format!("{title} answer to {}: {name}{code}", request(dns))
                }
            }
        }
    }
}

/// The opcode of an update.
const UPDATE: u8 = 5;

/// What kind of request it is, or answers.
fn request(dns: DnsSlice<'_>) -> String {
    match dns.opcode() {
        None | Some(0) => "query".to_owned(),
        Some(1) => "inverse query".to_owned(),
        Some(code) => code_name("dns.flags.opcode", code.into())
            .map_or_else(|| format!("request with opcode {code}"), str::to_owned),
    }
}

fn answer(dns: DnsSlice<'_>, asked: Option<(String, u16)>) -> String {
    let mut text = asked.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
    match dns.response_code() {
        None | Some(0) => {}
        Some(code) => {
            let code =
                response_code(code.into()).map_or_else(|| format!("response code {code}"), str::to_owned);
            return of_name(&text, &code);
        }
    }
    let wanted = asked.as_ref().map(|(_, kind)| *kind);
    let mut count = 0;
    let mut chosen: Option<Record<'_>> = None;
    for record in dns.answers() {
        count += 1;
        // What was asked for is of more interest than the second names that led there.
        let fits = |record: Record<'_>| record.kind() == wanted || wanted.is_none();
        if chosen.is_none_or(|chosen| !fits(chosen) && fits(record)) {
            chosen = Some(record);
        }
    }
    let Some(record) = chosen else {
        let kind = wanted.map(|kind| type_text(kind) + " ").unwrap_or_default();
        return of_name(&text, &format!("no {kind}record"));
    };
    if text.is_empty() {
        text = value_text(record.name());
    }
    let kind = record.kind().unwrap_or_default();
    let _ = match (record.answer(), kind) {
        (Some(address @ (Value::Ipv4(_) | Value::Ipv6(_))), _) => {
            write!(text, " is at {}", value_text(address))
        }
        (Some(name), 5) => write!(text, " is another name for {}", value_text(name)),
        (Some(name), _) => write!(text, " {} {}", type_text(kind), value_text(name)),
        (None, _) => write!(text, " {}", type_text(kind)),
    };
    if count > 1 {
        let _ = write!(text, " (1 of {count})");
    }
    text
}

/// What is said of a name, which nobody may have asked for.
fn of_name(name: &str, said: &str) -> String {
    if name.is_empty() { said.to_owned() } else { format!("{name}: {said}") }
}

fn value_text(value: Value<'_>) -> String {
    match value {
        Value::Ipv4(address) => address.to_string(),
        Value::Ipv6(address) => address.to_string(),
        Value::Name(name) => name.to_string(),
        Value::Text(text) => text.to_string(),
        _ => String::new(),
    }
}

fn type_text(kind: u16) -> String {
    record_type(kind.into()).map_or_else(|| format!("type {kind}"), str::to_owned)
}

/// The name of a number in a field of DNS.
pub(super) fn code_name(field: &str, number: u64) -> Option<&'static str> {
    match field {
        "dns.qry.type" | "dns.resp.type" | "dns.rrsig.type_covered" => record_type(number),
        "dns.qry.class" | "dns.resp.class" => {
            pick(number, &[(1, "Internet"), (3, "Chaos"), (4, "Hesiod"), (254, "none"), (255, "any")])
        }
        "dns.flags.opcode" => pick(
            number,
            &[(0, "question"), (1, "inverse"), (2, "status"), (4, "notify"), (5, "update"), (6, "stateful")],
        ),
        "dns.flags.rcode" => response_code(number).or((number == 0).then_some("well")),
        "dns.opt.code" => pick(
            number,
            &[
                (3, "server's name"),
                (5, "signature algorithms"),
                (8, "client's network"),
                (9, "expiry"),
                (10, "cookie"),
                (11, "TCP keep-alive"),
                (12, "filler"),
                (13, "chain"),
                (14, "key tags"),
                (15, "error in detail"),
            ],
        ),
        "dns.opt.ext_error.info_code" => pick(
            number,
            &[
                (3, "stale answer"),
                (4, "forged answer"),
                (6, "bogus signature"),
                (7, "signature expired"),
                (9, "key missing"),
                (10, "signature missing"),
                (15, "blocked"),
                (16, "censored"),
                (17, "filtered"),
                (18, "prohibited"),
                (22, "no server reachable"),
                (23, "network error"),
            ],
        ),
        "dns.svcb.svcparam.key" | "dns.svcb.svcparam.mandatory.key" => pick(
            number,
            &[
                (0, "mandatory"),
                (1, "protocols"),
                (2, "no default"),
                (3, "port"),
                (4, "IPv4 hint"),
                (5, "hello's keys"),
                (6, "IPv6 hint"),
            ],
        ),
        "dns.rrsig.algorithm" | "dns.dnskey.algorithm" | "dns.ds.algorithm" => pick(
            number,
            &[
                (5, "RSA, SHA-1"),
                (7, "RSA, SHA-1"),
                (8, "RSA, SHA-256"),
                (10, "RSA, SHA-512"),
                (13, "ECDSA P-256"),
                (14, "ECDSA P-384"),
                (15, "Ed25519"),
                (16, "Ed448"),
            ],
        ),
        _ => None,
    }
}

/// What a record of this type is called (IANA Resource Record (RR) TYPEs).
fn record_type(number: u64) -> Option<&'static str> {
    let names = [
        (1, "A"),
        (2, "NS"),
        (3, "MD"),
        (4, "MF"),
        (5, "CNAME"),
        (6, "SOA"),
        (7, "MB"),
        (8, "MG"),
        (9, "MR"),
        (10, "NULL"),
        (11, "WKS"),
        (12, "PTR"),
        (13, "HINFO"),
        (14, "MINFO"),
        (15, "MX"),
        (16, "TXT"),
        (17, "RP"),
        (18, "AFSDB"),
        (24, "SIG"),
        (25, "KEY"),
        (28, "AAAA"),
        (29, "LOC"),
        (33, "SRV"),
        (35, "NAPTR"),
        (36, "KX"),
        (37, "CERT"),
        (39, "DNAME"),
        (41, "OPT"),
        (42, "APL"),
        (43, "DS"),
        (44, "SSHFP"),
        (45, "IPSECKEY"),
        (46, "RRSIG"),
        (47, "NSEC"),
        (48, "DNSKEY"),
        (49, "DHCID"),
        (50, "NSEC3"),
        (51, "NSEC3PARAM"),
        (52, "TLSA"),
        (53, "SMIMEA"),
        (55, "HIP"),
        (59, "CDS"),
        (60, "CDNSKEY"),
        (61, "OPENPGPKEY"),
        (62, "CSYNC"),
        (63, "ZONEMD"),
        (64, "SVCB"),
        (65, "HTTPS"),
        (99, "SPF"),
        (108, "EUI48"),
        (109, "EUI64"),
        (249, "TKEY"),
        (250, "TSIG"),
        (251, "IXFR"),
        (252, "AXFR"),
        (255, "ANY"),
        (256, "URI"),
        (257, "CAA"),
    ];
    pick(number, &names)
}

/// What went wrong (IANA DNS RCODEs).
fn response_code(number: u64) -> Option<&'static str> {
    let names = [
        (1, "question not understood"),
        (2, "server failed"),
        (3, "no such name"),
        (4, "not implemented"),
        (5, "refused"),
        (6, "name exists"),
        (7, "record exists"),
        (8, "record missing"),
        (9, "not authorized"),
        (10, "not in this zone"),
    ];
    pick(number, &names)
}
