//! A filter for the kernel (classic BPF): lets through what may belong to a TCP conversation at one port, so that a busy
//! interface does not drown us. What it lets through is looked at again.

/// Where the network header starts, whatever link header stands before it (`SKF_NET_OFF`).
const NET: u32 = 0xfff0_0000;
/// The frame's EtherType, whatever the link (`SKF_AD_OFF + SKF_AD_PROTOCOL`).
const PROTOCOL: u32 = 0xffff_f000;

const LOAD_BYTE: u32 = libc::BPF_LD | libc::BPF_B | libc::BPF_ABS;
const LOAD_TWO: u32 = libc::BPF_LD | libc::BPF_H | libc::BPF_ABS;
const LOAD_TWO_FROM_X: u32 = libc::BPF_LD | libc::BPF_H | libc::BPF_IND;
const IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
const IF_BITS: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
const AND: u32 = libc::BPF_ALU | libc::BPF_AND | libc::BPF_K;
const SHIFT_LEFT: u32 = libc::BPF_ALU | libc::BPF_LSH | libc::BPF_K;
const TO_X: u32 = libc::BPF_MISC | libc::BPF_TAX;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;

/// Accepts ARP, ICMP, ICMPv6, TCP from or to this port, and TCP's later IPv4 fragments.
pub(crate) fn tcp_port(port: u16) -> Vec<libc::sock_filter> {
    let port = u32::from(port);
    // The numbers at the left are the places that jumps are counted from; 24 rejects, 25 accepts.
    let program: [(u32, u32, u8, u8); 26] = [
        /*  0 */ (LOAD_TWO, PROTOCOL, 0, 0),
        /*  1 */ (IF_EQUAL, 0x0806, 23, 0), // ARP
        /*  2 */ (IF_EQUAL, 0x0800, 1, 0), // IPv4
        /*  3 */ (IF_EQUAL, 0x86dd, 13, 20), // IPv6
        /*  4 */ (LOAD_BYTE, NET + 9, 0, 0),
        /*  5 */ (IF_EQUAL, 1, 19, 0), // ICMP
        /*  6 */ (IF_EQUAL, 6, 0, 17), // TCP
        /*  7 */ (LOAD_TWO, NET + 6, 0, 0),
        /*  8 */ (IF_BITS, 0x1fff, 16, 0), // a later fragment has no ports
        /*  9 */ (LOAD_BYTE, NET, 0, 0),
        /* 10 */ (AND, 0x0f, 0, 0),
        /* 11 */ (SHIFT_LEFT, 2, 0, 0),
        /* 12 */ (TO_X, 0, 0, 0), // the IPv4 header's length
        /* 13 */ (LOAD_TWO_FROM_X, NET, 0, 0),
        /* 14 */ (IF_EQUAL, port, 10, 0),
        /* 15 */ (LOAD_TWO_FROM_X, NET + 2, 0, 0),
        /* 16 */ (IF_EQUAL, port, 8, 7),
        /* 17 */ (LOAD_BYTE, NET + 6, 0, 0),
        /* 18 */ (IF_EQUAL, 58, 6, 0), // ICMPv6
        /* 19 */ (IF_EQUAL, 6, 0, 4), // TCP
        /* 20 */ (LOAD_TWO, NET + 40, 0, 0),
        /* 21 */ (IF_EQUAL, port, 3, 0),
        /* 22 */ (LOAD_TWO, NET + 42, 0, 0),
        /* 23 */ (IF_EQUAL, port, 1, 0),
        /* 24 */ (RETURN, 0, 0, 0),
        /* 25 */ (RETURN, u32::MAX, 0, 0),
    ];
    let instruction =
        |(code, k, jt, jf): (u32, u32, u8, u8)| libc::sock_filter { code: code as u16, jt, jf, k };
    program.into_iter().map(instruction).collect()
}
