//! The address of a listener, as clients use it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The address under which clients on this machine reach a listener on all addresses.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let loopback: IpAddr = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(loopback, address.port())
}
