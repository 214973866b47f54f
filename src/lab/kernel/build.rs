//! Builds the lab: a user namespace, three network namespaces, two cables. In the order that the kernel demands.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use super::router::{self, Router};
use super::settings;
use crate::event::Host;
use crate::lab::scenario::Scenario;
use crate::live::{Broken, Step};
use crate::sys::link::{self, End};
use crate::sys::namespace;
use crate::sys::netlink::Netlink;
use crate::sys::packet_socket::PacketSocket;
use crate::sys::route;
use crate::sys::sock_diag::SockDiag;

/// Where the server listens in a mere trial.
const PORT: u16 = 8080;
/// The number of each namespace's own loopback interface.
const LOOPBACK: u32 = 1;
/// The number of a host's interface in its namespace, and its name.
pub(super) const INTERFACE: u32 = 2;
const NAME: &str = "eth0";
/// In step mode a host waits so long for its neighbour.
const PATIENCE: Duration = Duration::from_secs(12 * 3600);

/// What kind of lab.
pub(super) struct Plan<'a> {
    pub(super) ipv6: bool,
    pub(super) step: bool,
    /// Each host is in a network of its own, and a router between them.
    pub(super) router: bool,
    /// Its kernel settings are applied; `None` for a mere trial.
    pub(super) scenario: Option<&'a Scenario>,
}

/// One host, as seen from outside.
pub(super) struct HostKernel {
    /// To move a thread there.
    pub(super) namespace: OwnedFd,
    /// The wire's end of its cable.
    pub(super) cable: PacketSocket,
    /// Its sockets.
    pub(super) sockets: SockDiag,
    /// Its address; a client's has port 0.
    pub(super) address: SocketAddr,
    route: Netlink,
}

impl HostKernel {
    /// Lets it look for its neighbour now.
    pub(super) fn look_up(&self, neighbour: IpAddr) -> io::Result<()> {
        link::look_up_neighbour(&self.route, INTERFACE, neighbour)
    }
}

/// Both hosts, and what was set.
pub(super) struct Hosts {
    pub(super) client: HostKernel,
    pub(super) server: HostKernel,
    pub(super) router: Option<Router>,
    pub(super) settings: Vec<String>,
}

impl Hosts {
    /// The one of this name.
    pub(super) fn of(&self, host: Host) -> &HostKernel {
        match host {
            Host::Client => &self.client,
            Host::Server => &self.server,
        }
    }
}

/// Builds both hosts and the wire. The process must have one thread.
pub(super) fn build(plan: &Plan<'_>) -> Result<Hosts, Broken> {
    let without = enter_user_namespace()?;
    let client = namespace::new_net_namespace();
    // Root that had to do without a user namespace, and lacks the right: the first refusal is the reason.
    let client = client.map_err(|error| without.unwrap_or(Broken::at(Step::NetNamespace)(error)))?;
    let mut said = settings::of_host(Host::Client, plan.ipv6, plan.step, plan.scenario);
    let server = namespace::new_net_namespace().map_err(Broken::at(Step::NetNamespace))?;
    said.extend(settings::of_host(Host::Server, plan.ipv6, plan.step, plan.scenario));
    let router = plan.router.then(|| router::namespace(plan.ipv6)).transpose()?;
    let wire = namespace::new_net_namespace().map_err(Broken::at(Step::NetNamespace))?;
    settings::quiet_ipv6(false);

    let route = Netlink::open(libc::NETLINK_ROUTE).map_err(Broken::at(Step::Cable))?;
    let client_cable = cable(&route, Host::Client, &client)?;
    let server_cable = cable(&route, Host::Server, &server)?;
    let router = router.map(|router| router::plug_in(&route, router, plan.ipv6)).transpose()?;
    let client = host(plan, Host::Client, client, client_cable)?;
    let server = host(plan, Host::Server, server, server_cable)?;
    namespace::enter_net_namespace(&wire).map_err(Broken::at(Step::NetNamespace))?;

    said.extend(settings::ALWAYS.iter().map(|sentence| (*sentence).to_owned()));
    if plan.ipv6 {
        said.push(settings::QUIET_IPV6.to_owned());
    }
    let mut settings: Vec<String> = Vec::new();
    for sentence in said {
        if !settings.contains(&sentence) {
            settings.push(sentence);
        }
    }
    Ok(Hosts { client, server, router, settings })
}

/// Enters a user namespace of our own. Root can do without: then gives why there is none.
fn enter_user_namespace() -> Result<Option<Broken>, Broken> {
    namespace::become_dumpable().map_err(Broken::at(Step::Dumpable))?;
    let (uid, gid) = namespace::who_am_i();
    if let Err(error) = namespace::unshare_user() {
        let broken = Broken::at(Step::UserNamespace)(error);
        return if uid == 0 { Ok(Some(broken)) } else { Err(broken) };
    }
    namespace::deny_setgroups().map_err(Broken::at(Step::Setgroups))?;
    namespace::map_user(uid).map_err(Broken::at(Step::UidMap))?;
    namespace::map_group(gid).map_err(Broken::at(Step::GidMap))?;
    Ok(None)
}

/// The MAC address of an end of a cable in the network of a host: of the host's own for 0, of the wire's for 1; a router's ends
/// have the numbers behind these.
pub(super) fn mac(host: Host, end: u8) -> [u8; 6] {
    let number = if host == Host::Client { 1 } else { 2 };
    [0x02, 0, 0, 0, end, number]
}

/// Makes a host's cable and takes the wire's end in hand. This thread is in the wire's namespace.
fn cable(route: &Netlink, host: Host, namespace: &OwnedFd) -> Result<PacketSocket, Broken> {
    let index = if host == Host::Client { INTERFACE } else { INTERFACE + 1 };
    let here = End { index, name: host.name(), mac: mac(host, 1) };
    let there = End { index: INTERFACE, name: NAME, mac: mac(host, 0) };
    link::make_cable(route, here, there, namespace.as_fd()).map_err(Broken::at(Step::Cable))?;
    PacketSocket::on_cable(index).map_err(Broken::at(Step::PacketSocket))
}

/// Brings a host up. Leaves this thread in its namespace.
fn host(plan: &Plan<'_>, host: Host, namespace: OwnedFd, cable: PacketSocket) -> Result<HostKernel, Broken> {
    let broken = || Broken::at(Step::Address);
    namespace::enter_net_namespace(&namespace).map_err(Broken::at(Step::NetNamespace))?;
    link::finish_checksums(NAME).map_err(broken())?;
    let route = Netlink::open(libc::NETLINK_ROUTE).map_err(broken())?;
    if plan.ipv6 {
        link::no_own_addresses(&route, INTERFACE).map_err(broken())?;
    }
    if plan.step {
        link::patient_with_neighbours(&route, INTERFACE, plan.ipv6, PATIENCE).map_err(broken())?;
    }
    link::up(&route, INTERFACE).map_err(broken())?;
    // Programs on one host speak to each other here: a proxy and the server behind it.
    link::up(&route, LOOPBACK).map_err(broken())?;
    let address = address(host, plan);
    link::add_address(&route, INTERFACE, address.ip(), prefix(plan.ipv6)).map_err(broken())?;
    wait_for(address.ip()).map_err(broken())?;
    if plan.router {
        let gateway = router::gateway(host, plan.ipv6);
        route::by_gateway(&route, INTERFACE, gateway).map_err(broken())?;
    }
    let sockets = SockDiag::open().map_err(Broken::at(Step::SockDiag))?;
    Ok(HostKernel { namespace, cable, sockets, address, route })
}

/// How many bits of an address name the network.
pub(super) fn prefix(ipv6: bool) -> u8 {
    if ipv6 { 64 } else { 24 }
}

/// Waits until the host takes in what is sent to its address. The kernel joins an IPv6 address's multicast group and makes
/// its route a moment later, on a thread of its own; a question that comes before is lost for a second.
pub(super) fn wait_for(address: IpAddr) -> io::Result<()> {
    let begun = Instant::now();
    while address.is_ipv6() && !route::is_ours(address)? && begun.elapsed() < Duration::from_secs(2) {
        std::thread::sleep(Duration::from_micros(50));
    }
    Ok(())
}

fn address(host: Host, plan: &Plan<'_>) -> SocketAddr {
    let port = plan.scenario.map_or(PORT, |scenario| scenario.port);
    let (number, port) = if host == Host::Client { (1, 0) } else { (2, port) };
    let network = if plan.router { router::network(host) } else { 0 };
    let ip: IpAddr = if plan.ipv6 {
        Ipv6Addr::new(0xfd00, 7, 0, network.into(), 0, 0, 0, number.into()).into()
    } else {
        Ipv4Addr::new(10, 7, network, number).into()
    };
    SocketAddr::new(ip, port)
}
