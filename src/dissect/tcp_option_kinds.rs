//! What the kinds of TCP options are called (IANA TCP Option Kind Numbers), and how long each must be.

/// A kind of option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionKind {
    /// What it is called on the screen.
    pub name: &'static str,
    /// Where it is written down.
    pub reference: &'static str,
    length: Length,
}

/// How long an option is, its kind and length included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    /// One of these.
    Of(&'static [usize]),
    AtLeast(usize),
    Any,
}

impl OptionKind {
    /// The kind of this number; `None` where the registry has none.
    pub fn find(number: u8) -> Option<OptionKind> {
        KINDS.iter().find(|(known, _)| *known == number).map(|(_, kind)| *kind)
    }

    /// Whether an option of this kind may have so many bytes, kind and length included.
    pub fn allows(self, length: usize) -> bool {
        match self.length {
            Length::Of(lengths) => lengths.contains(&length),
            Length::AtLeast(least) => length >= least,
            Length::Any => true,
        }
    }
}

const fn kind(name: &'static str, reference: &'static str, length: Length) -> OptionKind {
    OptionKind { name, reference, length }
}

const BY_ACCIDENT: &str = "IANA: in use without having been assigned";

/// Every number of the registry that has a name.
pub const KINDS: &[(u8, OptionKind)] = &[
    (0, kind("end", "RFC 9293", Length::Any)),
    (1, kind("filler", "RFC 9293", Length::Any)),
    (2, kind("MSS", "RFC 9293", Length::Of(&[4]))),
    (3, kind("window scale", "RFC 7323", Length::Of(&[3]))),
    (4, kind("SACK allowed", "RFC 2018", Length::Of(&[2]))),
    (5, kind("SACK", "RFC 2018", Length::Any)),
    (6, kind("echo", "RFC 1072, obsolete by RFC 6247", Length::Of(&[6]))),
    (7, kind("echo reply", "RFC 1072, obsolete by RFC 6247", Length::Of(&[6]))),
    (8, kind("timestamps", "RFC 7323", Length::Of(&[10]))),
    (9, kind("partial order", "RFC 1693, obsolete by RFC 6247", Length::Any)),
    (10, kind("partial order: profile", "RFC 1693, obsolete by RFC 6247", Length::Any)),
    (11, kind("CC", "RFC 1644, obsolete by RFC 6247", Length::Of(&[6]))),
    (12, kind("CC.NEW", "RFC 1644, obsolete by RFC 6247", Length::Of(&[6]))),
    (13, kind("CC.ECHO", "RFC 1644, obsolete by RFC 6247", Length::Of(&[6]))),
    (14, kind("other checksum", "RFC 1146, obsolete by RFC 6247", Length::Any)),
    (15, kind("other checksum's data", "RFC 1146, obsolete by RFC 6247", Length::Any)),
    (16, kind("Skeeter", "IANA; not documented", Length::Any)),
    (17, kind("Bubba", "IANA; not documented", Length::Any)),
    (18, kind("trailer checksum", "IANA; not documented", Length::Any)),
    (19, kind("MD5 signature", "RFC 2385, obsolete by RFC 5925", Length::Of(&[18]))),
    (20, kind("SCPS capabilities", "IANA; CCSDS 714.0", Length::Any)),
    (21, kind("SCPS: what is missing", "IANA; CCSDS 714.0", Length::Of(&[6]))),
    (22, kind("SCPS: record ends", "IANA; CCSDS 714.0", Length::Of(&[2]))),
    (23, kind("SCPS: corruption", "IANA; CCSDS 714.0", Length::Of(&[2]))),
    (24, kind("SNAP", "IANA; not documented", Length::Any)),
    (25, kind("not assigned", "IANA: given back in 2000", Length::Any)),
    (26, kind("compression filter", "IANA; not documented", Length::Any)),
    (27, kind("quick start", "RFC 4782", Length::Of(&[8]))),
    (28, kind("user timeout", "RFC 5482", Length::Of(&[4]))),
    (29, kind("TCP-AO", "RFC 5925", Length::AtLeast(4))),
    (30, kind("Multipath TCP", "RFC 8684", Length::Any)),
    (31, kind("reserved", BY_ACCIDENT, Length::Any)),
    (32, kind("reserved", BY_ACCIDENT, Length::Any)),
    (33, kind("reserved", BY_ACCIDENT, Length::Any)),
    (34, kind("Fast Open", "RFC 7413", Length::Any)),
    (69, kind("encryption: TCP-ENO", "RFC 8547", Length::Any)),
    (70, kind("reserved", BY_ACCIDENT, Length::Any)),
    (76, kind("reserved", BY_ACCIDENT, Length::AtLeast(3))),
    (77, kind("reserved", BY_ACCIDENT, Length::Any)),
    (78, kind("reserved", BY_ACCIDENT, Length::Of(&[16]))),
    (172, kind("AccECN, order 0", "RFC 9768", Length::Of(&[2, 5, 8, 11]))),
    (173, kind("reserved", "IANA", Length::Any)),
    (174, kind("AccECN, order 1", "RFC 9768", Length::Of(&[2, 5, 8, 11]))),
    (253, kind("experiment 1", "RFC 4727; RFC 6994", Length::AtLeast(4))),
    (254, kind("experiment 2", "RFC 4727; RFC 6994", Length::AtLeast(4))),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_stands_once_and_in_order() {
        assert!(KINDS.is_sorted_by(|(one, _), (other, _)| one < other));
        assert!((0..=34).all(|number| OptionKind::find(number).is_some()));
    }
}
