//! Arithmetic on sequence numbers, which start again at 0 after 2^32 - 1 (RFC 9293, section 3.4).

/// Whether `a` comes before `b`: less than half of all numbers lie between them.
pub(super) fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// Whether `a` comes after `b`.
pub(super) fn after(a: u32, b: u32) -> bool {
    before(b, a)
}

/// Whether `ack` confirms everything before `end`.
pub(super) fn covers(ack: u32, end: u32) -> bool {
    !before(ack, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_after_the_largest() {
        assert!(before(u32::MAX, 0) && after(1, u32::MAX - 5) && covers(3, u32::MAX) && covers(7, 7));
        assert!(!before(7, 7) && !after(7, 7) && !covers(6, 7));
    }
}
