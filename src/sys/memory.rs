//! Memory in large pages: what is looked up all over it is found sooner, and it is asked for less often.

use std::ops::Range;

/// So much is a large page on most machines.
const LARGE: usize = 2 << 20;

/// Asks the kernel to give memory that will be used soon in large pages (`MADV_HUGEPAGE`), by its addresses. It may: nothing else
/// depends on that, and where it has none or was told not to, nothing happens.
pub fn in_large_pages(memory: Range<usize>) {
    let (start, end) = (memory.start.next_multiple_of(LARGE), memory.end / LARGE * LARGE);
    if start < end {
        // SAFETY: this advice changes neither what the memory holds nor whether it may be used; of memory that is not this
        // process's the kernel says so, and does nothing.
        let _answer = unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_HUGEPAGE) };
    }
}
