//! A checksum that is wrong is told, and when it proves to be wrong in the capture alone.

use netlab::frame::{Frame, LinkType};
use netlab::story::{Seen, Step, Tell, Teller, Told};

use super::segments::*;

/// So many bytes from there on, by the client.
fn say(from: u32, data: &'static [u8]) -> Segment {
    client(CLIENT_ISN + from).ack(SERVER_ISN + 1).data(data)
}

fn confirm(ack: u32) -> Segment {
    server(SERVER_ISN + 1).ack(CLIENT_ISN + ack)
}

/// The remarks on each segment behind a sound handshake.
fn remarks(more: &[Segment]) -> Vec<Vec<&'static str>> {
    let all: Vec<Segment> = handshake().into_iter().chain(more.iter().cloned()).collect();
    remarked(&tell(&all).0).split_off(3)
}

fn remarked(steps: &[Step]) -> Vec<Vec<&'static str>> {
    let name = |key: &&'static str| key.strip_prefix("step story.").unwrap();
    steps.iter().map(|step| step.remarks.iter().map(name).collect()).collect()
}

#[test]
fn a_wrong_sum_is_told_in_full_once_and_shortly_after_that() {
    let segments = [say(1, b"one").spoilt(TCP_SUM), say(4, b"two"), say(4, b"two").spoilt(TCP_SUM)];
    assert_eq!(remarks(&segments), [vec!["bad_sum"], vec![], vec!["bad_again"]]);
    assert_eq!(remarks(&[say(1, b"one").spoilt(IP_SUM)]), [["bad_header"]]);
    // The other side's first one is told in full, too.
    let segments = [say(1, b"one").spoilt(TCP_SUM), confirm(1).spoilt(TCP_SUM)];
    assert_eq!(remarks(&segments), [["bad_sum"], ["bad_sum"]]);
}

#[test]
fn what_is_confirmed_was_wrong_in_the_capture_alone_and_so_is_all_that_side_says() {
    let wrong = |from| say(from, b"one").spoilt(TCP_SUM);
    let segments = [wrong(1), wrong(4), confirm(7), wrong(7), confirm(10)];
    assert_eq!(
        remarks(&segments),
        [vec!["bad_sum"], vec!["bad_again"], vec!["sum_came_later"], vec![], vec![]]
    );
    let all: Vec<Segment> = handshake().into_iter().chain(segments).collect();
    assert!(tell(&all).0[5].values.contains(&("unsound", "5".to_owned())));
}

#[test]
fn a_confirmation_of_a_sound_copy_proves_nothing() {
    let (sound, wrong) = (say(1, b"one"), say(1, b"one").spoilt(TCP_SUM));
    for copies in [[wrong, sound], [sound, wrong]] {
        let shown = remarks(&[&copies[..], &[confirm(4)]].concat());
        assert!(shown.concat() == ["bad_sum"], "{shown:?}");
    }
    // Nor does one of something else, nor one that came before.
    assert_eq!(remarks(&[wrong, confirm(3)]).concat(), ["bad_sum"]);
    assert_eq!(remarks(&[confirm(4), wrong, confirm(4)]).concat(), ["bad_sum"]);
    // The wire dropped it, so nobody had to judge its sum.
    assert_eq!(remarks(&[wrong.lost()]).concat(), [""; 0]);
}

#[test]
fn where_no_sum_fits_the_very_number_that_is_confirmed_shows_it() {
    let wrong: Vec<Segment> = handshake().into_iter().map(|segment| segment.spoilt(TCP_SUM)).collect();
    let shown = remarked(&tell(&wrong).0);
    assert_eq!(shown, [vec!["bad_sum"], vec!["sum_came_later", "bad_sum"], vec!["sum_came_later"]]);
    let other = confirm(5).spoilt(TCP_SUM);
    assert_eq!(remarks(&[say(1, b"one").spoilt(TCP_SUM), other]).concat(), ["bad_sum", "bad_sum"]);
}

#[test]
fn what_was_left_to_the_network_card_or_cut_off_is_no_wrong_sum() {
    let whole = say(1, b"one").frame();
    // The pseudo-header's sum, by hand: both addresses, the protocol, 23 bytes of TCP.
    let pseudo: u16 = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 6 + 23;
    let mut left = whole.clone();
    left[TCP_SUM..TCP_SUM + 2].copy_from_slice(&pseudo.to_be_bytes());
    let mut wrong = whole.clone();
    wrong[TCP_SUM] ^= 0x55;
    let cut = &wrong[..wrong.len() - 1];
    for (bytes, remarks) in [(&left[..], 0), (cut, 0), (&wrong, 1), (&whole, 0)] {
        let mut teller = Teller::new(Tell::default());
        let original_len = whole.len() as u32;
        let frame =
            Frame { number: 1, time: None, link: LinkType::Ethernet, interface: None, bytes, original_len };
        let told = teller.frame(&frame, &Seen::default());
        let Some(Told::Step(step)) = told.first() else { panic!("no step") };
        assert_eq!(step.remarks.len(), remarks, "{:?}", step.remarks);
    }
}

#[test]
fn a_damaged_copy_is_no_other_version_of_what_was_said() {
    let (sound, wrong) = (say(1, b"hello"), say(1, b"hexlo").spoilt(TCP_SUM));
    for copies in [[wrong, sound], [sound, wrong]] {
        let all: Vec<Segment> = handshake().into_iter().chain(copies).chain([confirm(6)]).collect();
        let (steps, summary) = tell(&all);
        assert_eq!(words(&steps)[3..], ["tcp.data", "tcp.retransmission", "tcp.ack"]);
        assert_eq!(steps[4].notes, [""; 0]);
        assert_eq!((summary.client_stream.bytes, summary.client_stream.conflicts), (5, 0));
    }
    // Where the sums of this side are wrong in the capture alone, what they stand on was said.
    let late = [say(1, b"hello").spoilt(TCP_SUM), confirm(6), wrong];
    let all: Vec<Segment> = handshake().into_iter().chain(late).collect();
    assert_eq!(tell(&all).1.client_stream.conflicts, 1);
}
