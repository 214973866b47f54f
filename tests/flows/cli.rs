//! What `netlab flows` promises on the command line.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;
use tempfile::tempdir;

use crate::made::{Made, outcomes, path};
use crate::util::{Run, command, netlab, netlab_with_input};

/// What `flows` says in JSON of the capture with every outcome.
pub(crate) fn told(args: &[&str]) -> Vec<Value> {
    let mut all = vec!["flows", "-", "--format=json"];
    all.extend(args);
    let run = netlab_with_input(&all, &outcomes().bytes());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    run.json()
}

/// Their clients' ports: each conversation's name in these tests.
fn ports(objects: &[Value]) -> Vec<u16> {
    let port =
        |object: &Value| object["client"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
    objects.iter().map(port).collect()
}

pub(crate) fn of_port(objects: &[Value], port: u16) -> &Value {
    let place = ports(objects).iter().position(|other| *other == port).unwrap();
    &objects[place]
}

#[test]
fn the_object_is_the_contract() {
    let objects = told(&[]);
    let expected = "{\"kind\":\"conversation\",\"protocol\":\"tcp\",\"stream\":0,\"client\":\"10.0.0.1:1001\",\
        \"server\":\"10.0.0.2:80\",\"start\":\"1700000000.000000000\",\"duration\":\"0.302200000\",\
        \"packets\":{\"client\":6,\"server\":4},\"bytes\":{\"client\":276,\"server\":179},\"frames\":10,\
        \"handshake_rtt\":\"0.001000000\",\"began\":\"SYN\",\"ended\":\"closed\",\"outcome\":\"textbook\",\
        \"reset_by\":null,\"retransmissions\":1,\"out_of_order\":0,\"lost_segments\":0,\
        \"roles_guessed\":false,\"carries\":\"HTTP\"}";
    assert_eq!(objects[0].to_string(), expected);
    let udp = of_port(&objects, 5000);
    let client = "[fdfd:fdfd:fdfd:fdfd:fdfd:fdfd:fdfd:fd01]:5000";
    assert_eq!((udp["protocol"].as_str(), udp["client"].as_str()), (Some("udp"), Some(client)));
    assert_eq!(udp.get("outcome"), None);
}

#[test]
fn conversations_come_in_the_order_that_was_asked_for() {
    let in_time = [1001, 1002, 1003, 1004, 1005, 1006, 5000, 5001];
    assert_eq!(ports(&told(&[])), in_time);
    assert_eq!(ports(&told(&["--sort", "start", "--reverse"]))[7], 1001);
    assert_eq!(ports(&told(&["--sort=packets"]))[..2], [1001, 1004]);
    assert_eq!(ports(&told(&["--sort=bytes"]))[..2], [1006, 1001]);
    assert_eq!(ports(&told(&["--sort=duration"]))[..2], [1003, 1001]);
    assert_eq!(ports(&told(&["--sort=retransmissions"]))[0], 1001);
    assert_eq!(ports(&told(&["--sort=server"]))[0], 1001);
    assert_eq!(ports(&told(&["--sort=client"]))[7], 5001);
    assert_eq!(ports(&told(&["--sort=outcome"]))[0], 1006);
    assert_eq!(ports(&told(&["--sort=stream", "--reverse"]))[..2], [5001, 5000]);
    assert_eq!(of_port(&told(&["--sort=carries"])[..1], 5000)["carries"], "DNS");
    // Whoever has no handshake comes last, either way.
    assert_eq!(ports(&told(&["--sort=rtt"]))[..3], [1001, 1004, 1005]);
    assert_eq!(ports(&told(&["--sort=rtt", "--reverse"]))[..3], [1005, 1004, 1001]);
}

#[test]
fn top_shows_the_first_of_them() {
    assert_eq!(ports(&told(&["--sort=bytes", "--top=1"])), [1006]);
    assert_eq!(told(&["--top=1000"]).len(), 8);
    let run = netlab_with_input(&["flows", "-", "--top=2", "--sort=bytes"], &outcomes().bytes());
    let words: Vec<&str> = run.stdout.split_whitespace().collect();
    assert!(words.join(" ").contains("Shown: the first 2 by bytes."), "{}", run.stdout);
    assert_eq!(netlab(&["flows", "handshake", "--top=0"]).code, Some(2));
}

#[test]
fn a_filter_shows_conversations_in_full_of_which_a_frame_matches() {
    let whole = told(&[]);
    let found = told(&["--filter", "tcp.flags.reset == 1"]);
    assert_eq!(ports(&found), [1002, 1004]);
    assert_eq!(of_port(&found, 1004), of_port(&whole, 1004));
    assert_eq!(ports(&told(&["--filter", "tcp.analysis.retransmission"])), [1001, 1003]);
    assert_eq!(ports(&told(&["-Y", "udp.dstport == 53"])), [5000]);
    assert_eq!(told(&["--filter", ""]), whole, "an empty filter asks for nothing");
    let run = netlab(&["flows", "handshake", "--filter", "tcp.prot == 9"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("tcp.port"), "{}", run.stderr);
}

#[test]
fn a_filter_that_matches_nothing_is_told_on_standard_error_in_every_format() {
    for (format, lines) in [("text", 0), ("json", 0), ("csv", 1)] {
        let args = ["flows", "-", "--filter=tcp.port == 9", "--format", format];
        let run = netlab_with_input(&args, &outcomes().bytes());
        let said =
            "netlab: standard input: not one of its 8 conversations has a frame that matches tcp.port == 9\n";
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), said), "{format}");
        assert_eq!(run.stdout.lines().count(), lines, "{format}: {}", run.stdout);
    }
    let run = netlab(&["flows", "handshake", "-Y", "udp"]);
    let said = "netlab: handshake: its one conversation has no frame that matches udp\n";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), "", said));
    let run = netlab(&["flows", "handshake", "-Y", "tcp"]);
    assert!(run.stdout.contains("Its one conversation has a frame that matches tcp."), "{}", run.stdout);
}

#[test]
fn pieces_of_ip_packets_are_counted_apart() {
    // Of three pieces of a datagram, two wait for the last one.
    let mut whole = Vec::new();
    let builder = etherparse::PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).udp(1000, 9);
    builder.write(&mut whole, &[0; 32]).unwrap();
    let (header, datagram) = whole.split_at(20);
    let mut made = Made::new();
    for (place, bytes) in [(0u16, &datagram[..16]), (2, &datagram[16..32]), (4, &datagram[32..])] {
        let mut header = etherparse::Ipv4Header::from_slice(header).unwrap().0;
        header.fragment_offset = place.try_into().unwrap();
        (header.dont_fragment, header.more_fragments) = (false, place < 4);
        header.set_payload_len(bytes.len()).unwrap();
        header.header_checksum = header.calc_header_checksum();
        let mut frame = header.to_bytes().to_vec();
        frame.extend(bytes);
        made.frame(&frame);
    }
    let run = netlab_with_input(&["flows", "-", "--width=200"], &made.bytes());
    let said = "1 conversation of UDP in 3 frames; 2 frames are pieces of IP packets: \
                a packet counts once, with the piece that completes it.";
    assert!(run.stdout.contains(said), "{}", run.stdout);
}

#[test]
fn a_files_name_does_not_reach_the_terminal_raw_in_json() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("a\u{9b}31mb\u{202e}.pcap");
    std::fs::write(&file, outcomes().bytes()).unwrap();
    let run = netlab(&["flows", file.to_str().unwrap(), "handshake", "--format=json"]);
    assert!(run.stdout.contains(r"a\u009b31mb\u202e.pcap"), "{}", run.stdout);
    assert!(!run.stdout.contains(['\u{9b}', '\u{202e}']));
    assert_eq!(run.json()[0]["file"], file.to_str().unwrap());
}

/// Lines of CSV as maps, read by the csv crate.
fn read_csv(text: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(|line| line.unwrap()).collect()
}

#[test]
fn csv_has_the_values_of_json() {
    let run = netlab_with_input(&["flows", "-", "--format=csv"], &outcomes().bytes());
    let lines = read_csv(&run.stdout);
    let objects = told(&[]);
    assert_eq!(lines.len(), objects.len());
    assert!(run.stdout.split_inclusive('\n').all(|line| line.ends_with("\r\n")));
    let text =
        |value: &Value| value.as_str().map_or_else(|| value.to_string().replace("null", ""), str::to_owned);
    for (line, object) in lines.iter().zip(&objects) {
        for (name, cell) in line {
            let value = match name.split_once('_') {
                Some((what @ ("packets" | "bytes"), side)) => &object[what][side],
                _ => &object[name.as_str()],
            };
            assert_eq!(*cell, text(value), "{name}");
        }
        // Every key of the object has its column, but for the kind.
        let keys = object.as_object().unwrap().keys().filter(|key| *key != "kind");
        for key in keys {
            assert!(line.keys().any(|name| name.starts_with(key.as_str())), "{key}");
        }
    }
}

#[test]
fn csv_belongs_to_flows_alone() {
    let run = netlab(&["dissect", "handshake", "--format=csv"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("netlab flows"), "{}", run.stderr);
}

#[test]
fn several_files_are_told_apart() {
    let files = ["flows", "handshake", "handshake-refused"];
    let with = |format| netlab(&[&files[..], &[format]].concat());
    let names: Vec<_> =
        with("--format=json").json().iter().map(|object| object["file"].to_string()).collect();
    assert_eq!(names, ["\"handshake\"", "\"handshake-refused\""]);
    let lines = read_csv(&with("--format=csv").stdout);
    assert_eq!(
        lines.iter().map(|line| line["file"].as_str()).collect::<Vec<_>>(),
        ["handshake", "handshake-refused"]
    );
    let text = with("--format=text").stdout;
    assert!(text.contains("conversations of handshake\n"), "{text}");
    assert!(text.contains("conversations of handshake-refused\n"), "{text}");
    // The words stand below all of them, once.
    assert_eq!(text.matches("Next:").count(), 1, "{text}");
    // One file alone has no such key.
    assert_eq!(netlab(&["flows", "handshake", "--format=json"]).json()[0].get("file"), None);
}

#[test]
fn a_files_name_is_no_formula_in_csv() {
    let folder = tempdir().unwrap();
    outcomes().save(&folder, "=1+1.pcap");
    let args = ["flows", "=1+1.pcap", "handshake", "--format=csv"];
    let run: Run = command(&args).current_dir(folder.path()).output().unwrap().into();
    assert_eq!(read_csv(&run.stdout)[0]["file"], "./=1+1.pcap");
}

#[test]
fn a_damaged_file_is_told_as_far_as_it_goes_and_the_others_too() {
    let folder = tempdir().unwrap();
    let bytes = outcomes().bytes();
    let damaged = folder.path().join("damaged.pcap");
    std::fs::write(&damaged, &bytes[..bytes.len() - 5]).unwrap();
    let run = netlab(&["flows", path(&damaged), "/no/such.pcap", "handshake", "--format=json"]);
    assert_eq!(run.code, Some(1));
    let objects = run.json();
    assert_eq!(objects.iter().filter(|object| object["file"] == path(&damaged)).count(), 8);
    assert_eq!(objects.iter().filter(|object| object["file"] == "handshake").count(), 1);
    let errors: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(errors.len(), 2, "{}", run.stderr);
    assert!(errors[0].contains("damaged.pcap: frame ") && errors[0].contains(", byte "), "{}", errors[0]);
    assert!(errors[1].contains("/no/such.pcap"), "{}", errors[1]);
    let run = netlab(&["flows", path(&damaged)]);
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("8 conversations (6 TCP, 2 UDP)"), "{}", run.stdout);
}

#[test]
fn a_capture_without_conversations_is_told_in_a_sentence() {
    let mut pings = Made::new();
    let mut ping = Vec::new();
    let builder = etherparse::PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).icmpv4_echo_request(1, 1);
    builder.write(&mut ping, b"").unwrap();
    pings.frame(&ping);
    let run = netlab_with_input(&["flows", "-", "--width=160"], &pings.bytes());
    assert!(
        run.stdout
            .contains("No conversation: its one frame is neither TCP nor UDP, or holds too little of it."),
        "{}",
        run.stdout
    );
    pings.frame(&ping);
    let run = netlab_with_input(&["flows", "-", "--width=160"], &pings.bytes());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(
        run.stdout.contains("its 2 frames are neither TCP nor UDP, or hold too little of it"),
        "{}",
        run.stdout
    );
    let run = netlab_with_input(&["flows", "-", "--width=160"], &Made::new().bytes());
    assert!(run.stdout.contains("There is not one frame in it."), "{}", run.stdout);
    for (format, lines) in [("json", 0), ("csv", 1)] {
        let run = netlab_with_input(&["flows", "-", "--format", format], &pings.bytes());
        assert_eq!((run.code, run.stdout.lines().count()), (Some(0), lines), "{format}");
    }
}

#[test]
fn frames_in_no_conversation_are_told_for_what_they_can_be() {
    let mut syn = Vec::new();
    let builder =
        etherparse::PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).tcp(1001, 80, 0, 64_000).syn();
    builder.write(&mut syn, b"").unwrap();
    let mut made = Made::new();
    made.frame(&syn).frame(&syn[..30]).frame(&syn[..30]);
    let told = |bytes: &[u8]| netlab_with_input(&["flows", "-", "--width=160"], bytes).stdout;
    let shown = told(&made.bytes());
    let cut =
        "1 conversation of TCP in 3 frames; 2 frames are neither TCP nor UDP, or hold too little of it.";
    assert!(shown.contains(cut), "{shown}");
    // Of a link that nobody reads.
    let mut bytes = made.bytes();
    bytes[20] = 147;
    let shown = told(&bytes);
    let left_alone = "No conversation: its 3 frames are neither TCP nor UDP, hold too little of it, or are of a link that netlab does not read.";
    assert!(shown.contains(left_alone), "{shown}");
}

#[test]
fn without_times_there_is_no_start() {
    // A pcapng file of one Simple Packet Block with a SYN.
    let mut syn = Vec::new();
    let builder =
        etherparse::PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).tcp(1001, 80, 0, 64_000).syn();
    builder.write(&mut syn, b"").unwrap();
    let mut bytes = Vec::new();
    let mut words = |words: &[u32]| bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    words(&[0x0a0d_0d0a, 28, 0x1a2b_3c4d, 1, u32::MAX, u32::MAX, 28, 1, 20, 101, 0, 20]);
    let whole = 16 + syn.len() as u32;
    words(&[3, whole, syn.len() as u32]);
    bytes.extend(&syn);
    bytes.extend(whole.to_le_bytes());
    let run = netlab_with_input(&["flows", "-", "--format=json"], &bytes);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let object = &run.json()[0];
    assert!(object["start"].is_null() && object["duration"].is_null(), "{object}");
    assert!(netlab_with_input(&["flows", "-"], &bytes).stdout.contains("unanswered"));
}

#[test]
fn a_pipe_can_be_read_only_once() {
    let run = netlab(&["flows", "-", "-"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
}

#[test]
fn a_reader_that_goes_away_ends_the_run_quietly() {
    let folder = tempdir().unwrap();
    let mut many = Made::new();
    for port in 1..30_000 {
        many.tcp(port, true, "S", (0, 0), b"");
    }
    let file = many.save(&folder, "many.pcap");
    for format in ["text", "json", "csv"] {
        let mut command = command(&["flows", path(&file), "--format", format]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut reader = BufReader::with_capacity(64, child.stdout.take().unwrap());
        reader.read_line(&mut String::new()).unwrap();
        drop(reader);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
    }
}

#[test]
fn replay_lists_conversations_in_the_same_form() {
    let folder = tempdir().unwrap();
    let file = outcomes().save(&folder, "class.pcap");
    let listed = netlab(&["replay", path(&file), "--format=json"]).json();
    let told = netlab(&["flows", path(&file), "--format=json", "--filter=tcp"]).json();
    assert_eq!(listed, told);
}

#[test]
fn a_pipe_is_not_proposed_for_a_second_reading_whatever_it_is_called() {
    let bytes = outcomes().bytes();
    let [dash, named] =
        ["-", "/dev/stdin"].map(|name| netlab_with_input(&["flows", name, "--width=160"], &bytes));
    assert_eq!((dash.code, &dash.stdout), (Some(0), &named.stdout));
    assert!(named.stdout.contains("conversations of standard input"), "{}", named.stdout);
    assert!(!named.stdout.contains("netlab replay"), "{}", named.stdout);
}
