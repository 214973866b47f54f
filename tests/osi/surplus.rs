//! What stands in a packet behind UDP's datagram.

use netlab::frame::LinkType;
use netlab::osi::Layer;
use netlab::words::Level;

use crate::packets::{ipv4, parts, raw, udp};
use crate::{adds_up, alone, said};

#[test]
fn what_stands_behind_a_datagram_belongs_to_nobody() {
    for (len, says, datagram) in [(8, "", 8), (10, "hi", 10)] {
        let walk = raw(&ipv4(17, 0, &udp(len, b"hi, and more")));
        let behind = 20 - u64::from(len);
        let mut expected = vec![('3', "IPv4", 20), ('4', "UDP", 8)];
        expected.extend((len > 8).then_some(('7', "data of the program", 2)));
        expected.push(('3', "behind UDP", behind));
        assert_eq!(parts(&walk), expected);
        assert_eq!(walk.unit_len(Layer::Transport), Some(datagram));
        assert_eq!(walk.unit_len(Layer::Network), Some(40));
        assert_eq!(walk.value("says").unwrap_or_default(), says);
        assert_eq!(walk.cost.this.message, datagram - 8);
        for level in Level::ALL {
            let text = said(&walk, level);
            assert!(!text.contains(", and more"), "{text}");
        }
        let text = said(&walk, Level::Student);
        let words = format!(
            "the packet goes on for {behind} bytes. UDP's header counts {len}, so they belong to no program."
        );
        assert!(text.contains(&words), "{text}");
    }
    // The same behind a question about a name, where Ethernet's padding comes last.
    let question = b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01";
    let mut datagram = udp(8 + question.len() as u16, &[&question[..], b"xyz"].concat());
    datagram[2..4].copy_from_slice(&[0, 53]);
    let packet = ipv4(17, 0, &datagram);
    let frame = [&[2; 12][..], &[8, 0], &packet, &[0, 0]].concat();
    let walk = alone(LinkType::Ethernet, &frame, frame.len() as u32);
    adds_up(&walk);
    let last: Vec<_> = parts(&walk).split_off(3);
    assert_eq!(last, [('7', "DNS", 19), ('3', "behind UDP", 3), ('2', "trailer", 2)]);
}
