//! How the hosts' kernels are set, and what is said about it.

use crate::event::Host;
use crate::lab::scenario::Scenario;
use crate::sys::{namespace, text_of};

/// Settings of a host that make its picture that of the textbook, the same on every computer.
const TEXTBOOK: &[(&str, &str, &str)] = &[
    (
        "net.ipv4.tcp_syn_linear_timeouts",
        "0",
        "An unanswered SYN is sent again after 1, 3, 7, 15 s, as in textbooks; newer Linux first tries every second.",
    ),
    (
        "net.ipv4.tcp_early_retrans",
        "0",
        "Nothing is sent again before its clock has ended; else Linux probes a little earlier whether the end of a message got lost.",
    ),
    (
        "net.ipv4.tcp_rmem",
        "4096 131072 6291456",
        "Receive buffers have Linux's usual sizes, so the windows are the same on every computer.",
    ),
    ("net.ipv4.tcp_wmem", "4096 16384 4194304", "Send buffers have Linux's usual sizes."),
];

/// Settings for step mode: a held frame must not end the story, however long it is held.
const PATIENT: &[(&str, &str, &str)] = &[
    (
        "net.ipv4.tcp_syn_retries",
        "100",
        "The client repeats a SYN up to 100 times, not 6: you may take your time.",
    ),
    ("net.ipv4.tcp_synack_retries", "100", "The server repeats a SYN-ACK up to 100 times, not 5."),
    ("net.ipv4.tcp_retries2", "100", "Both repeat data up to 100 times, not 15."),
    ("net.ipv4.tcp_orphan_retries", "100", "Both repeat a FIN up to 100 times, not 8."),
];

/// What every run of the lab has, said after the kernel's settings.
pub(super) const ALWAYS: &[&str] = &[
    "Both programs ask for the congestion control cubic, so it is the same on every computer.",
    "Checksums are finished by the kernel, not left to a network card (ethtool tx-checksumming off).",
];

/// For IPv6.
pub(super) const QUIET_IPV6: &str = "The hosts make no IPv6 addresses by themselves, look for no router, and their \
                                     multicast reports to switches are kept off the wire.";

/// Sets this thread's network namespace for a host. Gives a sentence for each; a setting that cannot be written (a
/// read-only /proc/sys, an older kernel) is told too, and the lab goes on.
pub(super) fn of_host(host: Host, ipv6: bool, step: bool, scenario: Option<&Scenario>) -> Vec<String> {
    quiet_ipv6(ipv6);
    let mut said = Vec::new();
    let patient = if step { PATIENT } else { &[] };
    for (name, value, sentence) in TEXTBOOK.iter().chain(patient) {
        said.extend(apply(name, value, sentence));
    }
    let own = scenario.map(|scenario| scenario.kernel.as_slice()).unwrap_or_default();
    for setting in own.iter().filter(|setting| setting.host.is_none_or(|whose| whose == host)) {
        said.extend(apply(&setting.set, &setting.to, &setting.says));
    }
    said
}

/// No IPv6 noise: none at all for IPv4. Where it cannot be set, the wire keeps the noise off.
pub(super) fn quiet_ipv6(ipv6: bool) {
    let off = if ipv6 { "0" } else { "1" };
    for name in ["net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.default.disable_ipv6"] {
        namespace::set(name, off).ok();
    }
}

fn apply(name: &str, value: &str, sentence: &str) -> Option<String> {
    match namespace::set(name, value) {
        Ok(()) => Some(sentence.to_owned()),
        // This kernel does not have it: then there is nothing to switch off.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => Some(format!("{name} could not be set to {value}: {}.", text_of(&error))),
    }
}
