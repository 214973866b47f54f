//! A router between the hosts: one more namespace, with a cable to each of two networks. Its kernel forwards; the wire carries
//! between each host and the router's end of that host's network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, OwnedFd};

use super::build::{INTERFACE, mac, prefix, wait_for};
use super::settings;
use crate::event::Host;
use crate::live::{Broken, Step};
use crate::sys::link::{self, End};
use crate::sys::namespace;
use crate::sys::netlink::Netlink;
use crate::sys::packet_socket::PacketSocket;

/// The third byte of its MAC addresses that is not 0: 0 is the hosts', 1 the wire's.
const MAC: u8 = 2;
/// The wire's ends of its cables have the numbers behind those of the hosts'.
const CABLES: u32 = 2;

/// The wire's ends of the router's cables.
pub(super) struct Router {
    client: PacketSocket,
    server: PacketSocket,
    /// No process is in it: without this the kernel would take it away.
    _namespace: OwnedFd,
}

impl Router {
    /// The cable to the network of this host.
    pub(super) fn towards(&self, host: Host) -> &PacketSocket {
        match host {
            Host::Client => &self.client,
            Host::Server => &self.server,
        }
    }
}

/// The router's address in the network of a host.
fn own_address(host: Host, ipv6: bool) -> IpAddr {
    let network = network(host);
    if ipv6 {
        Ipv6Addr::new(0xfd00, 7, 0, network.into(), 0, 0, 0, 0x254).into()
    } else {
        Ipv4Addr::new(10, 7, network, 254).into()
    }
}

/// By this address the router asks for its neighbours over IPv6: the kernel does so for packets of others by a link-local
/// address alone, and the lab's interfaces make none by themselves.
const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x254);

/// What a host has as its default gateway; over IPv6, as nearly everywhere, the router's link-local address.
pub(super) fn gateway(host: Host, ipv6: bool) -> IpAddr {
    if ipv6 { LINK_LOCAL.into() } else { own_address(host, ipv6) }
}

/// What tells the network of a host from the other, where a router is between the two: the third byte of its IPv4 addresses, the
/// fourth group of its IPv6 addresses.
pub(super) fn network(host: Host) -> u8 {
    if host == Host::Client { 0 } else { 1 }
}

/// The number of the router's interface in the network of a host, and its name.
fn interface(host: Host) -> (u32, &'static str) {
    if host == Host::Client { (INTERFACE, "eth0") } else { (INTERFACE + 1, "eth1") }
}

/// Makes its namespace; this thread is in it then.
pub(super) fn namespace(ipv6: bool) -> Result<OwnedFd, Broken> {
    let router = namespace::new_net_namespace().map_err(Broken::at(Step::NetNamespace))?;
    settings::quiet_ipv6(ipv6);
    // Without this it would be a host with two cards.
    let forward = if ipv6 { "net.ipv6.conf.all.forwarding" } else { "net.ipv4.ip_forward" };
    namespace::set(forward, "1").map_err(Broken::at(Step::Address))?;
    Ok(router)
}

/// Plugs it in. This thread is in the wire's namespace, to which `route` speaks, and in the router's afterwards.
pub(super) fn plug_in(route: &Netlink, router: OwnedFd, ipv6: bool) -> Result<Router, Broken> {
    let cable = |host: Host, name| {
        let (there, its_name) = interface(host);
        let here = End { index: there + CABLES, name, mac: mac(host, MAC + 1) };
        let there = End { index: there, name: its_name, mac: mac(host, MAC) };
        link::make_cable(route, here, there, router.as_fd()).map_err(Broken::at(Step::Cable))?;
        PacketSocket::on_cable(here.index).map_err(Broken::at(Step::PacketSocket))
    };
    let (client, server) = (cable(Host::Client, "left")?, cable(Host::Server, "right")?);
    namespace::enter_net_namespace(&router).map_err(Broken::at(Step::NetNamespace))?;
    let broken = || Broken::at(Step::Address);
    let own = Netlink::open(libc::NETLINK_ROUTE).map_err(broken())?;
    for host in [Host::Client, Host::Server] {
        let (index, name) = interface(host);
        link::finish_checksums(name).map_err(broken())?;
        if ipv6 {
            link::no_own_addresses(&own, index).map_err(broken())?;
        }
        link::up(&own, index).map_err(broken())?;
        if ipv6 {
            link::add_address(&own, index, LINK_LOCAL.into(), prefix(ipv6)).map_err(broken())?;
        }
        link::add_address(&own, index, own_address(host, ipv6), prefix(ipv6)).map_err(broken())?;
    }
    // The link-local ones came first, and the kernel takes them in turn.
    for host in [Host::Client, Host::Server] {
        wait_for(own_address(host, ipv6)).map_err(broken())?;
    }
    Ok(Router { client, server, _namespace: router })
}
