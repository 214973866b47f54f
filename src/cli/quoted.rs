//! File names as they are typed: in commands that the screen proposes.

use std::path::Path;

use netlab::render::escape;

/// The word that names `path` in a POSIX shell. Plain names stay as they are, others stand in single quotes; where a terminal
/// would not show a byte as it is, `$'\033'` spells it (POSIX.1-2024, section 2.2.4). A name that begins like an option gets
/// `./` before it.
pub(crate) fn quoted(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let dash = if bytes.first() == Some(&b'-') && bytes.len() > 1 { "./" } else { "" };
    match path.to_str().filter(|text| escape(text) == *text) {
        Some(text) if !text.is_empty() && text.chars().all(is_plain) => format!("{dash}{text}"),
        Some(text) => format!("'{dash}{}'", text.replace('\'', r"'\''")),
        None => {
            let mut word = format!("$'{dash}");
            for byte in bytes {
                match byte {
                    b'\'' | b'\\' => word.extend(['\\', char::from(*byte)]),
                    b' '..=b'~' => word.push(char::from(*byte)),
                    // Three digits always: the next character may be one, too.
                    _ => word.push_str(&format!("\\{byte:03o}")),
                }
            }
            word.push('\'');
            word
        }
    }
}

/// Whether a shell leaves a character alone wherever it stands in a word.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ',' | ':' | '@' | '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_stay_as_they_are() {
        for name in ["trace.pcapng", "/tmp/a-b_c/1,2:3@x+y%.pcap.gz", "-", "überall.pcap"] {
            assert_eq!(quoted(Path::new(name)), name);
        }
    }

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        for (name, word) in [
            ("my file.pcap", "'my file.pcap'"),
            ("a;b&c|d.pcap", "'a;b&c|d.pcap'"),
            ("$HOME`x`.pcap", "'$HOME`x`.pcap'"),
            ("it's.pcap", r"'it'\''s.pcap'"),
            ("~x", "'~x'"),
            ("=cmd.pcap", "'=cmd.pcap'"),
            ("*?[a].pcap", "'*?[a].pcap'"),
            ("", "''"),
            ("-x.pcap", "./-x.pcap"),
            ("-x y.pcap", "'./-x y.pcap'"),
        ] {
            assert_eq!(quoted(Path::new(name)), word);
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_spelled() {
        assert_eq!(quoted(Path::new("a\x1b[31m'\\1.pcap")), r"$'a\033[31m\'\\1.pcap'");
        assert_eq!(quoted(Path::new("n\u{202e}1")), r"$'n\342\200\2561'");
    }
}
