//! A damaged compressed capture gives what came before the damage, and then one error that says what is wrong.

use super::*;

#[test]
fn wherever_a_packed_file_is_cut_the_frames_before_are_given_and_the_cut_is_told() {
    let plain = pcap(400);
    let whole = read(plain.clone()).0;
    for (packing, pack) in PACKINGS {
        let packed = pack(&plain);
        let mut most = 0;
        for length in (1..60).chain((60..packed.len()).step_by(137)).chain(packed.len() - 12..packed.len()) {
            let (frames, error) = read(packed[..length].to_vec());
            let error = error.unwrap_or_else(|| panic!("{packing:?} cut at {length} passes for whole"));
            assert!(whole.starts_with(&frames), "{packing:?} cut at {length}");
            if length >= 4 {
                let told = matches!(error.cause, Cause::Packed { damage: Damage::CutShort, .. });
                assert!(told, "{packing:?} cut at {length}: {}", error.cause);
                assert_eq!(error.packing, Some(packing));
                assert!(error.packet == frames.len() as u64 + 1 || error.packet == 0);
            }
            most = most.max(frames.len());
        }
        // What was packed before the cut is there, not only what some window lets go.
        assert!(most >= 380, "{packing:?}: {most} frames at most");
    }
}

#[test]
fn a_changed_byte_is_noticed_or_does_not_matter() {
    let plain = pcap(8);
    let whole = read(plain.clone()).0;
    for (packing, pack) in PACKINGS {
        let packed = pack(&plain);
        for at in 0..packed.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut changed = packed.clone();
                changed[at] ^= flip;
                let (frames, error) = read(changed);
                assert!(error.is_some() || frames == whole, "{packing:?}: byte {at} ^ {flip:#x} passes");
            }
        }
    }
}

/// Found by the fuzzer: what one call had unpacked was thrown away when the same call met the damage.
#[test]
fn what_gzip_gave_before_the_damage_is_kept() {
    let plain = pcap(40);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&plain).unwrap();
    encoder.flush().unwrap();
    let mut packed = encoder.get_ref().clone();
    // A block of a kind that is none, and bytes that would follow.
    packed.extend([0x07, 0, 0, 0, 0, 0, 0, 0, 0]);
    let (frames, error) = read(packed);
    assert_eq!(frames, read(plain).0);
    let cause = error.expect("the damage is told").cause;
    assert!(matches!(cause, Cause::Packed { damage: Damage::Data, .. }), "{cause:?}");
}

#[test]
fn a_wrong_checksum_is_told_with_both_numbers_after_all_frames() {
    let plain = pcap(60);
    for (packing, pack) in PACKINGS {
        let mut packed = pack(&plain);
        let at = packed.len() - if packing == Packing::Gzip { 5 } else { 1 };
        packed[at] ^= 0x10;
        let (frames, error) = read(packed);
        let error = error.unwrap();
        assert_eq!((frames.len(), error.packet, error.offset), (60, 61, plain.len() as u64));
        let Cause::Packed { by, damage: Damage::Checksum { told, found }, .. } = error.cause else {
            panic!("{packing:?}: {}", error.cause)
        };
        assert_eq!((by, told ^ found), (packing, 0x1000_0000));
    }
}

/// Deflated bytes that were changed come out as nonsense, which no capture format explains; the checksum does.
#[test]
fn nonsense_that_comes_of_damaged_packing_is_told_as_such() {
    let mut plain = pcap(60);
    plain[24 + 16 + 60 + 11] = 0x7f; // the second record claims 2 GB
    let mut packed = gzip(&plain);
    let sound = read(packed.clone()).1.unwrap();
    assert!(matches!(sound.cause, Cause::TooLong { .. }), "{}", sound.cause);
    let at = packed.len() - 5;
    packed[at] ^= 1;
    let (frames, error) = read(packed);
    let error = error.unwrap();
    assert_eq!((frames.len(), error.packet, error.offset), (1, 2, 24 + 16 + 60));
    assert!(matches!(error.cause, Cause::Packed { damage: Damage::Checksum { .. }, .. }), "{}", error.cause);
}

#[test]
fn the_message_says_that_the_place_is_in_the_unpacked_file() {
    let packed = gzip(&pcap(60));
    let error = read(packed[..packed.len() - 3].to_vec()).1.unwrap();
    let text = format!("{error}: {}", error.cause);
    let (end, at) = (pcap(60).len(), packed.len() - 4);
    let wanted = format!(
        "x (unpacked): frame 61, byte {end}: the gzip data are damaged at byte {at} of the packed file: they end too early"
    );
    assert_eq!(text, wanted);
}

proptest! {
    #[test]
    fn a_packed_file_with_changed_bytes(
        which in 0usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut packed = PACKINGS[which].1(&pcap(80));
        for (at, byte) in changes {
            let at = at.index(packed.len());
            packed[at] = byte;
        }
        read(packed);
    }
}
