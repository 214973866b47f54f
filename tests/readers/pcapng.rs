//! pcapng files, made by hand.

use netlab::source::Secrets;

/// Which way round the numbers of a pcapng file are written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Written {
    Little,
    Big,
}

impl Written {
    pub(crate) fn u16(self, number: u16) -> [u8; 2] {
        if matches!(self, Written::Little) { number.to_le_bytes() } else { number.to_be_bytes() }
    }

    pub(crate) fn u32(self, number: u32) -> [u8; 4] {
        if matches!(self, Written::Little) { number.to_le_bytes() } else { number.to_be_bytes() }
    }

    pub(crate) fn u64(self, number: u64) -> [u8; 8] {
        if matches!(self, Written::Little) { number.to_le_bytes() } else { number.to_be_bytes() }
    }

    pub(crate) fn words(self, words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| self.u32(*word)).collect()
    }

    pub(crate) fn options(self, options: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (kind, value) in options {
            bytes.extend(self.u16(*kind));
            bytes.extend(self.u16(value.len() as u16));
            bytes.extend(*value);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        bytes.extend([0; 4]);
        bytes
    }

    pub(crate) fn block(self, kind: u32, body: &[u8], options: &[(u16, &[u8])]) -> Vec<u8> {
        let mut rest = [body, &[0, 0, 0][..(4 - body.len() % 4) % 4]].concat();
        if !options.is_empty() {
            rest.extend(self.options(options));
        }
        let length = self.u32(rest.len() as u32 + 12);
        [&self.u32(kind)[..], &length, &rest, &length].concat()
    }

    pub(crate) fn section(self, options: &[(u16, &[u8])]) -> Vec<u8> {
        let body = [&self.u32(0x1a2b_3c4d)[..], &self.u16(1), &self.u16(0), &[0xff; 8]].concat();
        self.block(0x0a0d_0d0a, &body, options)
    }

    pub(crate) fn interface(self, link: u16, options: &[(u16, &[u8])]) -> Vec<u8> {
        self.block(1, &[&self.u16(link)[..], &[0, 0], &self.u32(262_144)].concat(), options)
    }

    pub(crate) fn packet(
        self,
        interface: u32,
        ticks: u64,
        bytes: &[u8],
        options: &[(u16, &[u8])],
    ) -> Vec<u8> {
        let length = bytes.len() as u32;
        let head = self.words(&[interface, (ticks >> 32) as u32, ticks as u32, length, length]);
        self.block(6, &[&head[..], bytes].concat(), options)
    }

    pub(crate) fn statistics(self, interface: u32, ticks: u64, options: &[(u16, &[u8])]) -> Vec<u8> {
        self.block(5, &self.words(&[interface, (ticks >> 32) as u32, ticks as u32]), options)
    }

    pub(crate) fn secrets(self, bytes: &[u8]) -> Vec<u8> {
        let head = self.words(&[Secrets::TLS_KEY_LOG, bytes.len() as u32]);
        self.block(10, &[&head[..], bytes].concat(), &[])
    }
}

/// Two sections: one with two interfaces, one whose numbers begin anew.
pub(crate) fn told(written: Written) -> Vec<u8> {
    let count = |number: u64| written.u64(number);
    let ticks = |number: u64| written.words(&[(number >> 32) as u32, number as u32]);
    [
        written.section(&[
            (2, b"a laptop"),
            (3, b"Linux 6.1"),
            (4, b"dumpcap\0"),
            (1, b"recorded in class"),
            (1, b"\x1b[2Jsecond"),
        ]),
        written.secrets(b"CLIENT_RANDOM 00 11\n"),
        written.interface(1, &[(2, b"eth0"), (3, b"the wired one"), (11, b"\0tcp port 80"), (9, &[6])]),
        written.interface(101, &[(2, b"tun0"), (9, &[9]), (14, &written.u64(1_700_000_000))]),
        written.packet(0, 1_700_000_000_000_001, &[1; 61], &[]),
        written.statistics(0, 5, &[(7, &count(1))]),
        written.packet(1, 2, &[2; 40], &[(1, b"held"), (2, &written.u32(1))]),
        written.packet(1, 3, &[3; 41], &[]),
        written.statistics(
            0,
            1_700_000_009_000_000,
            &[
                (2, &ticks(1_700_000_000_000_000)),
                (3, &ticks(1_700_000_008_000_000)),
                (4, &count(1000)),
                (5, &count(3)),
                (6, &count(900)),
                (7, &count(12)),
                (8, &count(885)),
            ],
        ),
        written.statistics(1, 4, &[(4, &count(7)), (7, &count(0))]),
        written.section(&[]),
        written.interface(1, &[]),
        written.packet(0, 5, &[4; 60], &[]),
        written.statistics(0, 6, &[(5, &count(1))]),
        written.secrets(b"second"),
    ]
    .concat()
}
