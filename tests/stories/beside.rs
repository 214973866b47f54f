//! What stands beside the stream, and what is new in a repeat.

use super::segments::*;

fn notes(last: Segment, before: &[Segment]) -> Vec<String> {
    let segments = [&handshake()[..], before, &[last]].concat();
    tell(&segments).0.last().unwrap().notes.clone()
}

#[test]
fn of_a_repeat_the_new_bytes_are_told() {
    let said = |seq, data| client(CLIENT_ISN + seq).ack(SERVER_ISN + 1).data(data);
    let before = [said(1, b"aaaa"), said(5, b"bbbb")];
    assert_eq!(notes(said(1, b"aaaabbbbcccc"), &before), ["Bytes 9 to 12 are new: “cccc”."]);
    assert_eq!(notes(said(5, b"bbbb\0"), &before), ["Byte 9 is new."]);
    assert!(notes(said(5, b"bbbb"), &before).is_empty());
    assert!(notes(said(9, b"cccc"), &before).is_empty());
}

#[test]
fn the_bytes_of_an_rst_are_a_remark() {
    let last = server(SERVER_ISN + 1).rst().ack(CLIENT_ISN + 1).data(b"go away");
    assert_eq!(
        notes(last, &[]),
        ["Its 7 bytes are no part of the stream, but a remark on why (RFC 9293, 3.5.3): “go away”."]
    );
    assert!(notes(server(SERVER_ISN + 1).rst(), &[]).is_empty());
}

#[test]
fn the_urgent_pointer_is_told() {
    let last = client(CLIENT_ISN + 1).ack(SERVER_ISN + 1).data(b"ab\xff\xf2").urgent(3);
    let told = notes(last, &[]);
    assert!(told[0].contains("up to byte 3, the last urgent one (pointer 3)"), "{told:?}");
}
