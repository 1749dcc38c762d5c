//! Who is at the other end of a loopback connection.

use std::net::SocketAddr;

/// Whether the other end of a connection belongs to this user, or to root, by the kernel's own table. Root can read all
/// that is served anyway, and the relay that brings connections from Windows into WSL is root's.
#[cfg(target_os = "linux")]
pub fn is_same_user_or_root(peer: SocketAddr, own: SocketAddr) -> bool {
    std::fs::read_to_string("/proc/net/tcp")
        .ok()
        .and_then(|table| owner(&table, peer, own))
        .is_some_and(|owner| [0, rustix::process::getuid().as_raw()].contains(&owner))
}

/// Other systems tell a connection's owner through interfaces that are not used here; the token decides alone.
#[cfg(not(target_os = "linux"))]
pub fn is_same_user_or_root(_: SocketAddr, _: SocketAddr) -> bool {
    true
}

/// The user of the socket at `peer` that is connected to `own` (proc_net_tcp(5): the addresses are the second and third
/// column, the user is the eighth).
#[cfg(target_os = "linux")]
pub(crate) fn owner(table: &str, peer: SocketAddr, own: SocketAddr) -> Option<u32> {
    let written = |address: SocketAddr| match address {
        SocketAddr::V4(address) => Some(format!(
            "{:08X}:{:04X}",
            u32::from_ne_bytes(address.ip().octets()),
            address.port()
        )),
        SocketAddr::V6(_) => None,
    };
    let (peer, own) = (written(peer)?, written(own)?);
    table.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        (columns.get(1) == Some(&peer.as_str()) && columns.get(2) == Some(&own.as_str()))
            .then(|| columns.get(7)?.parse().ok())?
    })
}

#[cfg(all(test, target_os = "linux", target_endian = "little"))]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_kernel_says_whose_a_connection_is() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0
   1: 0100007F:D431 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 2 1 0
   2: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 3 1 0
";
        let own: SocketAddr = "127.0.0.1:8080".parse().unwrap();
        let peer: SocketAddr = "127.0.0.1:54321".parse().unwrap();
        assert_eq!(owner(table, peer, own), Some(1001));
        assert_eq!(owner(table, own, peer), Some(1000));
        assert_eq!(owner(table, "127.0.0.1:1".parse().unwrap(), own), None);
    }
}
