//! Which way the kernel would send a packet.

use std::io;
use std::net::IpAddr;

use super::link::family_and_bytes;
use super::netlink::{Netlink, Request, attribute, number};

/// Length of the fixed part of a message about a route (`struct rtmsg`).
const ROUTE_BYTES: usize = 12;
/// Where in it the kind of route stands (`rtm_type`).
const TYPE: usize = 7;

/// A route to one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The interface's number.
    pub(crate) interface: u32,
    /// Who is spoken to on the link; `None` where the address itself is there.
    pub(crate) gateway: Option<IpAddr>,
}

/// The route that the kernel takes to an address, from this thread's network.
pub(crate) fn to(address: IpAddr) -> io::Result<Route> {
    let mut buffer = [0; 4096];
    let answer = ask(address, &mut buffer)?;
    let interface = attribute(answer, ROUTE_BYTES, libc::RTA_OIF).and_then(|value| number(value, 0));
    let interface = interface.ok_or_else(|| io::Error::from_raw_os_error(libc::ENETUNREACH))?;
    let gateway = attribute(answer, ROUTE_BYTES, libc::RTA_GATEWAY).and_then(|value| match value.len() {
        4 => <[u8; 4]>::try_from(value).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(value).ok().map(IpAddr::from),
    });
    Ok(Route { interface, gateway })
}

/// Whether frames to this address are taken in by this thread's network: a new IPv6 address is so only a moment after it
/// was given, also without duplicate address detection.
pub(crate) fn is_ours(address: IpAddr) -> io::Result<bool> {
    let mut buffer = [0; 4096];
    Ok(ask(address, &mut buffer)?.get(TYPE) == Some(&libc::RTN_LOCAL))
}

/// Sends all that is for no neighbour to this one, over an interface of the namespace that `netlink` speaks to.
pub(crate) fn by_gateway(netlink: &Netlink, interface: u32, gateway: IpAddr) -> io::Result<()> {
    let (family, bytes) = family_and_bytes(gateway);
    let mut body = [0; ROUTE_BYTES];
    body[0] = family;
    body[4] = libc::RT_TABLE_MAIN;
    body[5] = libc::RTPROT_STATIC;
    body[6] = libc::RT_SCOPE_UNIVERSE;
    body[TYPE] = libc::RTN_UNICAST;
    let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL | libc::NLM_F_ACK;
    let request = Request::new(libc::RTM_NEWROUTE, flags)
        .fixed(&body)
        .attribute(libc::RTA_GATEWAY, &bytes)
        .attribute(libc::RTA_OIF, &interface.to_ne_bytes());
    netlink.do_it(request)
}

fn ask(address: IpAddr, buffer: &mut [u8; 4096]) -> io::Result<&[u8]> {
    let (family, bytes) = family_and_bytes(address);
    let mut body = [0; ROUTE_BYTES];
    body[0] = family;
    body[1] = bytes.len() as u8 * 8;
    let request = Request::new(libc::RTM_GETROUTE, 0).fixed(&body).attribute(libc::RTA_DST, &bytes);
    Netlink::open(libc::NETLINK_ROUTE)?.ask(request, buffer)
}
