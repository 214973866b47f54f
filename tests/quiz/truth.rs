//! Questions about captures that nobody made for them: the truth captures, those of real peers and the damaged ones. Without
//! them a loud line says so.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use netlab::quiz::{Focus, Question, Quiz, Reply};
use netlab::source::Reader;
use netlab::story::{Seen, Tell, Teller, Told};

/// Of a conversation so many frames are asked about.
const FRAMES: usize = 400;

fn captures() -> Option<PathBuf> {
    let named = std::env::var_os("NETLAB_TRUTH").filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/truth"));
    let captures = folder.join("captures");
    captures.is_dir().then_some(captures)
}

/// Every question about one conversation of a file; what is damaged is read as far as it goes.
fn questions(file: &Path, stream: u32) -> (Vec<Question>, usize) {
    let Ok(mut reader) = Reader::open(file) else { return (Vec::new(), 0) };
    let mut teller = Teller::new(Tell { stream, ..Tell::default() });
    let (mut every, mut quiz, mut few) =
        (Vec::new(), Quiz::new(Focus::Both, true), Quiz::new(Focus::Tcp, true));
    let mut asked = 0;
    let mut ask = |told: Vec<Told>| {
        asked += few.ask(&told).len();
        every.extend(quiz.ask_all(&told).into_iter().map(|(_, question)| question));
    };
    let mut frames = 0;
    while frames < FRAMES
        && let Ok(Some(frame)) = reader.next()
    {
        let told = teller.frame(&frame, &Seen::default());
        frames += usize::from(!told.is_empty());
        ask(told);
    }
    ask(teller.finish(None, 0, None).0);
    assert!(asked <= 5, "{}: {asked} questions in a run", file.display());
    (every, teller.conversations())
}

#[test]
fn questions_about_any_capture_have_one_right_answer_and_no_two_alike() {
    let Some(folder) = captures() else {
        let told = "NOT TESTED: questions about the truth captures, which are not here\n";
        std::io::stderr().write_all(told.as_bytes()).unwrap();
        return;
    };
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let (mut all, conversations) = questions(&file, 0);
        for stream in 1..conversations.min(4) {
            all.extend(questions(&file, stream as u32).0);
        }
        for question in all {
            *kinds.entry(question.kind).or_default() += 1;
            let at = format!("{}: {question:#?}", file.display());
            assert!((2..=4).contains(&question.choices.len()), "{at}");
            let right: Vec<Reply> =
                question.choices.iter().map(|choice| question.judge(&choice.text)).collect();
            assert_eq!(right.iter().filter(|reply| **reply == Reply::Right).count(), 1, "{at}");
            for (index, (choice, reply)) in question.choices.iter().zip(&right).enumerate() {
                let expected = if choice.slip.is_none() { Reply::Right } else { Reply::Wrong(Some(index)) };
                assert_eq!(*reply, expected, "{at}");
                assert!(choice.text.len() < 60 && !choice.text.chars().any(char::is_control), "{at}");
            }
        }
    }
    // Real peers give occasion for nearly all of them.
    assert!(kinds.len() >= 20 && kinds.values().sum::<usize>() > 1000, "{kinds:#?}");
}
