//! What putting the streams together has shown, in sentences.

use crate::event::Host;
use crate::flow::stream::Kept;
use crate::flow::talk::{Conflict, Findings};

use super::values::{grouped, text_of};

/// So many bytes that are no text are shown of each version.
const SHOWN: usize = 8;

/// Remarks on a frame: two versions of the same bytes, and which one counts; bytes that had to be given up.
pub fn stream_notes(found: &Findings) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(conflict) = &found.conflict {
        notes.push(versions(conflict, found.conflicts));
        notes.push(verdict(conflict));
    }
    if found.given_up > 0 {
        let bytes = plural(found.given_up, "byte that waited was", "bytes that waited were");
        notes.push(format!("{bytes} given up here: more waits than is kept."));
    }
    notes
}

fn versions(conflict: &Conflict, stretches: u32) -> String {
    let Conflict { first, last, earlier, later, .. } = conflict;
    let (was, is) = (shown(&earlier.1, conflict.count()), shown(&later.1, conflict.count()));
    let (bytes, it) = if first == last {
        (format!("Byte {first} was"), "it is")
    } else {
        (format!("Bytes {first} to {last} were"), "they are")
    };
    let more = match stretches {
        0 | 1 => String::new(),
        2 => " One more stretch differs.".to_owned(),
        more => format!(" {} more stretches differ.", more - 1),
    };
    format!("{bytes} said before, in frame {}, as {was}; now {it} {is}.{more}", earlier.0)
}

/// Which version the receiver has, and how sure that is.
fn verdict(conflict: &Conflict) -> String {
    let receiver = conflict.from.other();
    match (conflict.settled, conflict.kept) {
        (true, _) => format!("The {receiver} keeps what came first: it had taken that already."),
        (false, kept) => {
            let which = match kept {
                Kept::Earlier => "came first",
                Kept::Later => "came now",
            };
            format!(
                "Both waited for something before them: a Linux {receiver} most likely keeps what {which}; others may not."
            )
        }
    }
}

/// Bytes as text where they are text, else in hex.
fn shown(bytes: &[u8], len: u32) -> String {
    let all = bytes.len() as u64 == u64::from(len);
    if let Some(text) = text_of(bytes).filter(|text| !text.ends_with('…') || all) {
        let more = if all || text.ends_with('…') { "" } else { "…" };
        return format!("“{text}{more}”");
    }
    let hex: Vec<String> = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    let more = if u64::from(len) > SHOWN as u64 { " …" } else { "" };
    format!("{}{more} (hex)", hex.join(" "))
}

/// `1 byte`, `2,000 bytes`.
pub(super) fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// What is not there of each side's bytes, and how often there were two versions; nothing where all is well.
pub fn stream_summary(summary: &super::Summary) -> Vec<String> {
    let mut lines = Vec::new();
    for host in [Host::Client, Host::Server] {
        let said = summary.stream(host);
        if said.holes() > 0 {
            let reasons: Vec<String> = [
                (said.missing, "in no frame of the capture"),
                (said.cut, "cut off when it was captured"),
                (said.given_up, "given up because too much waited"),
            ]
            .into_iter()
            .filter(|(bytes, _)| *bytes > 0)
            .map(|(bytes, why)| format!("{} {why}", grouped(bytes)))
            .collect();
            let all = plural(said.bytes + said.holes(), "byte", "bytes");
            lines.push(format!("The {host} said {all}; not here: {}.", reasons.join(", ")));
        }
        match said.conflicts {
            0 => {}
            1 => lines.push(format!("Once the {host} said the same bytes in two versions.")),
            times => lines.push(format!("{times} times the {host} said the same bytes in two versions.")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conflict(earlier: &[u8], later: &[u8], kept: Kept, settled: bool) -> Findings {
        let conflict = Conflict {
            from: Host::Client,
            first: 5,
            last: 4 + earlier.len() as u32,
            earlier: (2, earlier.to_vec()),
            later: (3, later.to_vec()),
            kept,
            settled,
        };
        Findings { overlap: true, conflict: Some(conflict), conflicts: 1, ..Findings::default() }
    }

    #[test]
    fn both_versions_are_shown_and_which_one_counts() {
        let notes = stream_notes(&conflict(b"yes", b"not", Kept::Earlier, true));
        assert_eq!(notes[0], "Bytes 5 to 7 were said before, in frame 2, as “yes”; now they are “not”.");
        assert_eq!(notes[1], "The server keeps what came first: it had taken that already.");
        let notes = stream_notes(&conflict(b"\x01", b"\xff", Kept::Later, false));
        assert_eq!(notes[0], "Byte 5 was said before, in frame 2, as 01 (hex); now it is ff (hex).");
        assert!(notes[1].contains("a Linux server most likely keeps what came now"), "{notes:?}");
    }

    #[test]
    fn nothing_is_said_where_all_is_well() {
        assert!(stream_notes(&Findings { overlap: true, missing: 7, ..Findings::default() }).is_empty());
    }
}
