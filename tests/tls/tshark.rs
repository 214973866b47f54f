//! tshark reads the recorded sessions with the same keys: the same records, the same messages, the same words.

use std::path::Path;
use std::process::Command;

use netlab::event::Host::{Client, Server};
use netlab::flow::tls::Epoch;

use crate::session::Session;

/// What tshark says of it.
struct Referee {
    /// Of each field that was asked for all values, in the order of the capture.
    fields: Vec<Vec<u64>>,
    /// What each side's program said.
    said: [String; 2],
}

fn ask(folder: &Path, fields: &[&str]) -> Referee {
    let mut command = Command::new("tshark");
    command.args("-r session.pcap -o tls.keylog_file:keys.log -T fields -z follow,tls,raw,0".split(' '));
    command.args(fields.iter().flat_map(|field| ["-e", field])).current_dir(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    let mut values = vec![Vec::new(); fields.len()];
    for line in lines.by_ref().take_while(|line| !line.starts_with('=')) {
        for (values, column) in values.iter_mut().zip(line.split('\t')) {
            let words = column.split(',').filter(|word| !word.is_empty());
            values.extend(words.map(|word| word.parse::<u64>().unwrap_or_else(|_| panic!("{line}"))));
        }
    }
    // The lines of the second side that it names begin with a tab.
    let second = lines.find(|line| line.starts_with("Node 1")).unwrap();
    let second = if second.ends_with(":443") { Server } else { Client };
    let mut said = [Vec::new(), Vec::new()];
    for line in lines.take_while(|line| !line.starts_with('=')) {
        let from = if line.starts_with('\t') { second } else { second.other() };
        let digits = line.trim();
        let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        said[from as usize].extend((0..digits.len()).step_by(2).map(byte));
    }
    Referee { fields: values, said: said.map(|said| String::from_utf8(said).unwrap()) }
}

#[test]
fn tshark_opens_the_same_records_and_reads_the_same_words() {
    if !crate::referee::tshark_is_here() {
        return;
    }
    for name in ["aes128", "aes256", "chacha20", "retry", "updates", "lines", "tls12"] {
        let session = Session::load(name);
        let folder = tempfile::tempdir().unwrap();
        // As the relay saw them; and in small pieces, so that records span segments.
        for size in [usize::MAX, 100] {
            let cut = if size == usize::MAX { session.clone() } else { session.cut(size) };
            std::fs::write(folder.path().join("session.pcap"), crate::capture::pcap(&cut)).unwrap();
            std::fs::write(folder.path().join("keys.log"), &session.keys).unwrap();
            let told = cut.told();
            let lengths: Vec<u64> = told.records.iter().map(|(record, _)| record.len as u64).collect();
            let kinds: Vec<u64> = told.kinds.iter().map(|kind| u64::from(*kind)).collect();
            let alerts: Vec<u64> = told.alerts.iter().map(|alert| u64::from(alert.description.0)).collect();
            let asked = ["tls.record.length", "tls.handshake.type", "tls.alert_message.desc"];
            let referee = ask(folder.path(), &asked);
            assert_eq!(referee.fields[0], lengths, "{name}");
            if name == "tls12" {
                continue; // tshark decrypts it, we do not
            }
            assert_eq!(referee.fields[1..], [kinds, alerts], "{name}");
            assert!(told.opened(Client).iter().any(|opened| opened.epoch == Epoch::Application(0)));
            assert_eq!(referee.said, [told.text(Client), told.text(Server)], "{name}");
        }
    }
}
