//! Display filters find the frames that tshark's find, and a filter that can't be is refused by both.
//!
//! `tests/filters/table.txt` holds the filters. tshark is asked all of them in one run a capture, by listeners in Lua, each with
//! its own filter; a sample goes through `-Y` itself. The captures lie outside the repository, as for `tests/truth.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that panics has failed: that is what is meant"
)]

#[path = "util/referee.rs"]
mod referee;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use netlab::dissect::{self, Packet};
use netlab::filter::Filter;
use netlab::flow::talk::Talks;
use netlab::flow::{self, Fragments, Tracker};
use netlab::source::{Bundled, Reader};
use referee::tshark_is_here;

const TABLE: &str = include_str!("filters/table.txt");

/// Captures of every link type, with tunnels, fragments, quoted packets, lost and repeated segments, comments and cut frames.
const CAPTURES: &[&str] = &[
    "made-edge-abort-b.pcap",
    "made-edge-afterclose-a.pcapng",
    "made-edge-rsv-b.pcapng",
    "made-node-ws-big-a.pcap",
    "made-node-ws-close-server-b.pcap",
    "made-node-ws-deflate-bits-b.pcap",
    "made-node-ws-chat-ipv6-b.pcapng",
    "made-node-ws-three-clients-b.pcapng",
    "made-socketio-upgrade-a.pcapng",
    "ndpi-4in4tunnel.pcap",
    "ndpi-signal.pcap",
    "ndpi-tor.pcap",
    "ndpi-ultrasurf.pcap",
    "pcapngtest-output_le-advanced-test101.pcapng",
    "pcapplusplus-VlanPackets.pcap",
    "pcapplusplus-ip4_fragments.pcap",
    "pcapplusplus-ip6_fragments.pcap",
    "pcapplusplus-one_tcp_stream.pcap",
    "suricata-decode-arp-2-arp.pcap",
    "suricata-dns-dns-tcp-www-google-com-dns.pcap",
    "suricata-tcp-rst-unacked-stream-10-TLPW1-tcp-174.56.47.59-10.3.11.101-tcp-80-49309.pcap",
    "suricata-tcp-split-handshake-02-5whs-split-handshake-5whs.pcap",
    "tcpdump-igmpv3-queries.pcap",
    "tcpdump-kday3.pcap",
    "zeek-http-websocket.pcap",
    "zeek-icmp-icmp-timeexceeded.pcap",
    "zeek-icmp-icmp6-destunreach-ip6ext-udp.pcap",
    "zeek-icmp-icmp6-mldv2.pcap",
    "zeek-tcp-timeout-with-pings.pcap",
    "zeek-trunc-ip6-ext-trunc.pcap",
];

/// Where the answers differ, and why: filter, capture, reason.
const KNOWN: &[(&str, &str, &str)] = &[(
    "len(udp.payload) + 8 == udp.length",
    "pcapplusplus-ip6_fragments.pcap",
    "tshark's udp.payload holds what comes after the datagram's end by its own length, too",
)];

const STRICT: [&str; 6] =
    ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"];

/// The filters of the table.
fn table() -> Vec<&'static str> {
    TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// Those that break one rule each show no field that the others have not, and of a length that cannot be tshark makes a frame. What
/// a proxy carries tshark 4.0 does not read as HTTP.
fn is_left_out(bundled: &str) -> bool {
    bundled.starts_with("websocket-rule-") || bundled == "websocket-through-proxy"
}

/// The captures, those that are bundled among them.
fn captures(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for bundled in Bundled::all().into_iter().filter(|bundled| !is_left_out(&bundled.name)) {
        let file = folder.join(bundled.file_name());
        std::fs::write(&file, bundled.bytes().unwrap()).unwrap();
        files.push(file);
    }
    let named = std::env::var_os("NETLAB_TRUTH").filter(|value| !value.is_empty()).map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/truth");
    let truth = named.unwrap_or(beside).join("captures");
    if truth.is_dir() {
        files.extend(CAPTURES.iter().map(|name| truth.join(name)));
    } else {
        eprintln!("NOT RUN OVER THE TRUTH: set NETLAB_TRUTH to its folder");
    }
    files
}

/// Which frames each filter finds, by its place in the list.
type FoundFrames = BTreeMap<usize, BTreeSet<u64>>;

fn ours(file: &Path, filters: &[&str]) -> FoundFrames {
    let parsed: Vec<Filter> = filters
        .iter()
        .map(|text| Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")))
        .collect();
    let mut found: FoundFrames = (0..filters.len()).map(|index| (index, BTreeSet::new())).collect();
    let mut reader = Reader::open(file).unwrap();
    let (mut fragments, mut tracker, mut talks) = (Fragments::new(), Tracker::new(), Talks::new());
    let mut taken = 0;
    while reader.next().unwrap().is_some() {
        // tshark uses the keys that a file brings along, too.
        for secrets in reader.secrets().iter().skip(taken) {
            talks.keys_mut().add(&secrets.bytes).unwrap();
        }
        taken = reader.secrets().len();
        let packet = fragments.complete(Packet::new(reader.current().unwrap()));
        let segment = tracker.push(&packet);
        let shown = talks.push(&packet, segment.as_ref());
        for (index, filter) in parsed.iter().enumerate() {
            if filter.matches(&packet, &tracker, segment.as_ref(), &shown, reader.comment()) {
                found.entry(index).or_default().insert(packet.frame().number);
            }
        }
    }
    found
}

/// The same of tshark, in one run.
fn theirs(file: &Path, filters: &[&str], folder: &Path) -> FoundFrames {
    let mut script = String::from("local filters = {\n");
    for filter in filters {
        writeln!(script, "[==[{filter}]==],").unwrap();
    }
    script.push_str(
        "}\nfor index, filter in ipairs(filters) do\n  local listener = Listener.new('frame', filter, true)\n  \
         function listener.packet(packet) print('found', index - 1, packet.number) end\nend\nprint('asked', #filters)\n",
    );
    let path = folder.join("ask.lua");
    std::fs::write(&path, script).unwrap();
    let lua = format!("lua_script:{}", path.display());
    let output =
        Command::new("tshark").args(["-q", "-n", "-X", &lua, "-r"]).arg(file).args(STRICT).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let asked = format!("asked\t{}", filters.len());
    assert!(text.contains(&asked), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    let mut found: FoundFrames = (0..filters.len()).map(|index| (index, BTreeSet::new())).collect();
    for line in text.lines().filter_map(|line| line.strip_prefix("found\t")) {
        let (index, number) = line.split_once('\t').unwrap();
        found.entry(index.parse().unwrap()).or_default().insert(number.parse().unwrap());
    }
    found
}

#[test]
fn the_table_finds_the_frames_that_tshark_finds() {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let filters = table();
    assert!(filters.len() >= 120, "{} filters", filters.len());
    let mut wrong = Vec::new();
    let (mut compared, mut matched) = (0, BTreeSet::new());
    for file in captures(folder.path()) {
        let (ours, theirs) = (ours(&file, &filters), theirs(&file, &filters, folder.path()));
        for (index, frames) in &theirs {
            compared += 1;
            if !frames.is_empty() {
                matched.insert(*index);
            }
            let name = file.file_name().unwrap().to_string_lossy();
            let known = KNOWN.iter().find(|(filter, file, _)| (*filter, *file) == (filters[*index], &name));
            if let Some((filter, file, _)) = known {
                assert_ne!(ours[index], *frames, "{filter} and {file} agree; KNOWN need not name them");
            } else if ours[index] != *frames {
                let only = |one: &BTreeSet<u64>, other: &BTreeSet<u64>| {
                    one.difference(other).take(5).map(u64::to_string).collect::<Vec<_>>().join(",")
                };
                wrong.push(format!(
                    "{}   {name}: ours alone {}; tshark's alone {}",
                    filters[*index],
                    only(&ours[index], frames),
                    only(frames, &ours[index])
                ));
            }
        }
    }
    wrong.sort();
    eprintln!("{compared} answers compared, {} differ; {} filters found a frame", wrong.len(), matched.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An Ethernet frame with a UDP datagram behind eight bytes of IPv4 options: no operation, a record of three routes, the end.
const WITH_OPTIONS: &[u8] = b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0\
    \x47\0\0\x24\0\x01\0\0\x40\x11\0\0\x0a\x07\0\x01\x0a\x07\0\x02\x01\x07\x06\x04\x0a\x07\0\0\
    \x13\x88\x13\x89\0\x08\0\0";

/// The same without options; a ping.
const UDP: &[u8] = b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0\
    \x45\0\0\x20\0\x01\0\0\x40\x11\0\0\x0a\x07\0\x01\x0a\x07\0\x02\
    \x13\x88\x13\x89\0\x0c\0\0abcd";
const PING: &[u8] = b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0\
    \x45\0\0\x20\0\x01\0\0\x40\x01\0\0\x0a\x07\0\x01\x0a\x07\0\x02\
    \x08\0\0\0\0\x01\0\x01abcd";

/// A pcap file of these frames and a bundled handshake, no frame longer than `snap` bytes.
fn cut_capture(snap: usize) -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let mut file = words(&[0xa1b2_c3d4, 0x0004_0002, 0, 0, snap as u32, 1]);
    let mut add = |number: u32, frame: &[u8]| {
        let kept = &frame[..frame.len().min(snap)];
        file.extend(words(&[1_700_000_000, number, kept.len() as u32, frame.len() as u32]));
        file.extend(kept);
    };
    for (number, frame) in (0..).zip([WITH_OPTIONS, UDP, PING]) {
        add(number, frame);
    }
    let bundled = Bundled::find("handshake-lost-synack").unwrap();
    let mut reader = Reader::from_bytes(&bundled.name, bundled.bytes().unwrap().to_vec()).unwrap();
    while reader.next().unwrap().is_some() {
        let frame = reader.current().unwrap();
        add(2 + frame.number as u32, frame.bytes);
    }
    file
}

/// Without a cut ICMP error: tshark tells its listeners nothing of those, though it finds them by `-Y`.
#[test]
fn what_a_snap_length_has_cut_is_found_as_tshark_finds_it() {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut filters: Vec<&str> = dissect::all_fields().into_iter().chain(flow::all_fields()).collect();
    filters
        .retain(|name| ["eth.", "ip.", "tcp.", "udp.", "icmp."].iter().any(|start| name.starts_with(start)));
    filters.retain(|name| !name.starts_with("tcp.segment.overlap"));
    filters.extend(["tcp", "not tcp", "udp", "icmp", "ip", "ip.addr", "tcp.analysis.flags", "tcp.port"]);
    filters.sort_unstable();
    filters.dedup();
    let mut wrong = Vec::new();
    for snap in (15..=58).chain([65, 66, 70, 73]) {
        let file = folder.path().join(format!("cut-{snap}.pcap"));
        std::fs::write(&file, cut_capture(snap)).unwrap();
        let (ours, theirs) = (ours(&file, &filters), theirs(&file, &filters, folder.path()));
        for (index, frames) in &theirs {
            if ours[index] != *frames {
                wrong
                    .push(format!("{snap} bytes: {}: {:?}, tshark {frames:?}", filters[*index], ours[index]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Listeners are one way to ask tshark, `-Y` is the one that people use: a sample shows that both say the same.
#[test]
fn a_sample_of_the_table_finds_the_same_by_tsharks_own_flag() {
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let files = captures(folder.path());
    let filters: Vec<&str> = table().into_iter().skip(3).step_by(7).collect();
    for (filter, file) in filters.iter().zip(files.iter().cycle().skip(2)) {
        let output = Command::new("tshark")
            .args(["-n", "-r"])
            .arg(file)
            .args(STRICT)
            .args(["-Y", filter, "-T", "fields", "-e", "frame.number"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{filter}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let theirs: BTreeSet<u64> = text.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(ours(file, &[filter])[&0], theirs, "{filter}: {}", file.display());
    }
}

/// What tshark refuses and netlab refuses, too.
const REFUSED: &[&str] = &[
    "TCP",
    "tcp AND ip",
    "tcp.port = 80",
    "tcp.port EQ 80",
    "80 == tcp.port",
    "tcp.port == 100000",
    "tcp.port == abc",
    "tcp.port == \"80\"",
    "tcp.port == 1.0",
    "tcp.port == 80 == 80",
    "tcp.port == 80 or 443",
    "tcp.port == (80)",
    "tcp.port contains 80",
    "tcp.port matches \"8\"",
    "tcp.port in {80 443}",
    "tcp.port in {80,}",
    "tcp.port in {}",
    "tcp.port in 80",
    "tcp.port in {80..}",
    "tcp.port-1 > 3",
    "tcp.seq[0:2] == 00:00",
    "tcp.flags.syn == yes",
    "tcp.flags.syn & 1",
    "tcp.analysis.retransmission == 1",
    "tcp.analysis.ack_rtt > 1e-4",
    "tcp.analysis.ack_rtt * 2 > 1",
    "tcp.payload matches \"[\"",
    "tcp.payload matches get",
    "tcp.payload matches \"\\d\"",
    "tcp.payload contains GET",
    "tcp.payload contains \"GET",
    "tcp.payload contains \"\\E\"",
    "tcp.payload[0:0]",
    "tcp.payload[2-1]",
    "tcp.payload[",
    "tcp.payload[0:2] & ff",
    "ip.addr == foo",
    "ip.addr == ::1",
    "ip.addr == 127.1",
    "ip.addr == 10.0.0.1/33",
    "ip.addr == \"10.0.0.1\"",
    "ip.addr contains 7f",
    "ip.src == eth.src",
    "ip.src + 1 == 10.0.0.1",
    "ip.proto == tcp",
    "ipv6.addr == 1.2.3.4",
    "eth.addr == ff:ff",
    "eth.addr == \"ff:ff:ff:ff:ff:ff\"",
    "len(tcp.payload)",
    "len() == 1",
    "count(80) == 1",
    "lenx(tcp.port) == 1",
    "lower(ip.src) == \"a\"",
    "string(tcp.payload) == \"a\"",
    "abs(-5) == 5",
    "any tcp.port",
    "any not tcp.port == 80",
    "(tcp",
    "tcp)",
    "()",
    "tcp and",
    "and tcp",
    "tcp udp",
    "tcp xor udp",
    "tcp ^^ udp",
    "== 80",
    "80",
    "\"tcp\"",
    "'ab' == tcp.port",
];

#[test]
fn what_tshark_refuses_is_refused() {
    for filter in REFUSED {
        assert!(Filter::parse(filter).is_err(), "{filter}");
    }
    if !tshark_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut script = String::from("local filters = {\n");
    for filter in REFUSED {
        writeln!(script, "[==[{filter}]==],").unwrap();
    }
    script.push_str(
        "}\nfor _, filter in ipairs(filters) do print(pcall(Listener.new, 'frame', filter), filter) end\n",
    );
    let path = folder.path().join("refuse.lua");
    std::fs::write(&path, script).unwrap();
    let file = &captures(folder.path())[0];
    let lua = format!("lua_script:{}", path.display());
    let output = Command::new("tshark").args(["-q", "-X", &lua, "-r"]).arg(file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let accepted: Vec<&str> = text.lines().filter(|line| line.starts_with("true")).collect();
    assert!(accepted.is_empty(), "tshark takes {accepted:#?}");
    let refused = text.lines().filter(|line| line.starts_with("false")).count();
    assert_eq!(refused, REFUSED.len(), "{text}{}", String::from_utf8_lossy(&output.stderr));
}
