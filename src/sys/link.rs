//! Virtual cables: veth pairs, their addresses, and how a host keeps its neighbours.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use super::netlink::{Netlink, Request};

/// `VETH_INFO_PEER` of `linux/veth.h`.
const VETH_INFO_PEER: u16 = 1;
/// `IFLA_INET6_ADDR_GEN_MODE` of `linux/if_link.h`, and its value "make no address by yourself".
const IFLA_INET6_ADDR_GEN_MODE: u16 = 8;
const ADDR_GEN_MODE_NONE: u8 = 1;
/// `ETHTOOL_STXCSUM` of `linux/ethtool.h`.
const ETHTOOL_STXCSUM: u32 = 0x17;

/// Of `linux/neighbour.h`: a table's name and parameters, and those parameters.
const NDTA_NAME: u16 = 1;
const NDTA_PARMS: u16 = 6;
const NDTPA_IFINDEX: u16 = 1;
const NDTPA_BASE_REACHABLE_TIME: u16 = 4;
const NDTPA_RETRANS_TIME: u16 = 5;
const NDTPA_DELAY_PROBE_TIME: u16 = 7;
const NDTPA_QUEUE_LENBYTES: u16 = 16;

/// One end of a cable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End<'a> {
    /// Its number in its namespace; we choose it, so that nobody has to look it up.
    pub(crate) index: u32,
    /// Its name there.
    pub(crate) name: &'a str,
    /// Its MAC address.
    pub(crate) mac: [u8; 6],
}

/// Makes a cable: `here` in the namespace of `netlink`, already up; `there` in namespace `peer`, still down. (Made up, the
/// peer would answer ENOTCONN.)
pub(crate) fn make_cable(
    netlink: &Netlink,
    here: End<'_>,
    there: End<'_>,
    peer: BorrowedFd<'_>,
) -> io::Result<()> {
    let request = Request::new(libc::RTM_NEWLINK, libc::NLM_F_CREATE | libc::NLM_F_EXCL | libc::NLM_F_ACK)
        .fixed(&interface(here.index, true))
        .text(libc::IFLA_IFNAME, here.name)
        .attribute(libc::IFLA_ADDRESS, &here.mac)
        .nested(libc::IFLA_LINKINFO, |info| {
            info.text(libc::IFLA_INFO_KIND, "veth").nested(libc::IFLA_INFO_DATA, |data| {
                data.nested(VETH_INFO_PEER, |end| {
                    end.fixed(&interface(there.index, false))
                        .text(libc::IFLA_IFNAME, there.name)
                        .attribute(libc::IFLA_ADDRESS, &there.mac)
                        .attribute(libc::IFLA_NET_NS_FD, &peer.as_raw_fd().to_ne_bytes())
                })
            })
        });
    netlink.do_it(request)
}

/// Lets an interface make no IPv6 address by itself: no duplicate address detection, no router solicitations.
pub(crate) fn no_own_addresses(netlink: &Netlink, index: u32) -> io::Result<()> {
    let request = Request::new(libc::RTM_NEWLINK, libc::NLM_F_ACK).fixed(&interface(index, false)).nested(
        libc::IFLA_AF_SPEC,
        |families| {
            families.nested(libc::AF_INET6 as u16, |inet6| {
                inet6.attribute(IFLA_INET6_ADDR_GEN_MODE, &[ADDR_GEN_MODE_NONE])
            })
        },
    );
    netlink.do_it(request)
}

/// Brings an interface up.
pub(crate) fn up(netlink: &Netlink, index: u32) -> io::Result<()> {
    netlink.do_it(Request::new(libc::RTM_NEWLINK, libc::NLM_F_ACK).fixed(&interface(index, true)))
}

/// Gives an interface an address. An IPv6 address is usable at once: nobody else can have it (`IFA_F_NODAD`).
pub(crate) fn add_address(netlink: &Netlink, index: u32, address: IpAddr, prefix: u8) -> io::Result<()> {
    let (family, bytes) = family_and_bytes(address);
    let mut body = vec![family, prefix, libc::IFA_F_NODAD as u8, 0];
    body.extend_from_slice(&index.to_ne_bytes());
    let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL | libc::NLM_F_ACK;
    let request = Request::new(libc::RTM_NEWADDR, flags)
        .fixed(&body)
        .attribute(libc::IFA_LOCAL, &bytes)
        .attribute(libc::IFA_ADDRESS, &bytes);
    netlink.do_it(request)
}

/// Asks a host to find out its neighbour's MAC address, as if it had something to send.
pub(crate) fn look_up_neighbour(netlink: &Netlink, index: u32, address: IpAddr) -> io::Result<()> {
    let (family, bytes) = family_and_bytes(address);
    let mut body = vec![family, 0, 0, 0];
    body.extend_from_slice(&index.to_ne_bytes());
    body.extend_from_slice(&[0, 0, libc::NTF_USE, 0]);
    let flags = libc::NLM_F_CREATE | libc::NLM_F_ACK;
    netlink.do_it(Request::new(libc::RTM_NEWNEIGH, flags).fixed(&body).attribute(libc::NDA_DST, &bytes))
}

/// Lets a host wait for a neighbour's answer, and trust what it knows, for so long; and keep one packet while it waits,
/// not all its copies.
pub(crate) fn patient_with_neighbours(
    netlink: &Netlink,
    index: u32,
    ipv6: bool,
    wait: Duration,
) -> io::Result<()> {
    let millis = (wait.as_millis() as u64).to_ne_bytes();
    let table = if ipv6 { "ndisc_cache" } else { "arp_cache" };
    let request = Request::new(libc::RTM_SETNEIGHTBL, libc::NLM_F_ACK)
        .fixed(&[if ipv6 { libc::AF_INET6 } else { libc::AF_INET } as u8, 0, 0, 0])
        .text(NDTA_NAME, table)
        .nested(NDTA_PARMS, |parameters| {
            parameters
                .attribute(NDTPA_IFINDEX, &index.to_ne_bytes())
                .attribute(NDTPA_QUEUE_LENBYTES, &1u32.to_ne_bytes())
                .attribute(NDTPA_RETRANS_TIME, &millis)
                .attribute(NDTPA_BASE_REACHABLE_TIME, &millis)
                .attribute(NDTPA_DELAY_PROBE_TIME, &millis)
        });
    netlink.do_it(request)
}

/// Lets the kernel finish checksums before a frame leaves the interface, which also ends segmentation offload. Left on, a
/// veth pair carries unfinished checksums, and every SYN stays unanswered.
pub(crate) fn finish_checksums(name: &str) -> io::Result<()> {
    let socket =
        std::net::UdpSocket::bind(("0.0.0.0", 0)).or_else(|_| std::net::UdpSocket::bind(("::", 0)))?;
    let mut value = [ETHTOOL_STXCSUM, 0];
    // SAFETY: an all-zero ifreq is a valid one.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (place, byte) in request.ifr_name.iter_mut().zip(name.bytes().take(libc::IFNAMSIZ - 1)) {
        *place = byte as libc::c_char;
    }
    request.ifr_ifru.ifru_data = value.as_mut_ptr().cast();
    // SAFETY: SIOCETHTOOL takes an ifreq whose data points to a struct ethtool_value (two u32); both live here until the
    // call returns.
    if unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCETHTOOL as _, &mut request) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// The fixed part of a message about an interface (`struct ifinfomsg`).
fn interface(index: u32, up: bool) -> [u8; 16] {
    let mut body = [0; 16];
    let flags = if up { (libc::IFF_UP as u32).to_ne_bytes() } else { [0; 4] };
    let (first, rest) = body.split_at_mut(4);
    first.fill(0);
    for (place, byte) in rest.iter_mut().zip(index.to_ne_bytes().into_iter().chain(flags).chain(flags)) {
        *place = byte;
    }
    body
}

/// An address as netlink wants it.
pub(super) fn family_and_bytes(address: IpAddr) -> (u8, Vec<u8>) {
    match address {
        IpAddr::V4(address) => (libc::AF_INET as u8, address.octets().to_vec()),
        IpAddr::V6(address) => (libc::AF_INET6 as u8, address.octets().to_vec()),
    }
}
