//! Who is at the other end of a loopback connection.

use std::net::SocketAddr;

/// Whether the other end of a connection belongs to this user, or to root, by the kernel's own tables. Root can read all
/// that is served anyway, and the relay that brings connections from Windows into WSL is root's.
#[cfg(target_os = "linux")]
pub fn is_same_user_or_root(peer: SocketAddr, own: SocketAddr) -> bool {
    // The second one has the sockets of programs that speak IPv4 through IPv6, as Java's do.
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .find_map(|table| owner(&table, peer, own))
        .is_some_and(|owner| [0, rustix::process::getuid().as_raw()].contains(&owner))
}

/// Whether the other end of a connection belongs to this user: whether every process that holds that socket does, as far
/// as the system says.
#[cfg(not(target_os = "linux"))]
pub fn is_same_user_or_root(peer: SocketAddr, _: SocketAddr) -> bool {
    use listeners::{Protocol, SocketState};
    use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

    let Ok(sockets) = listeners::get_all() else {
        return false;
    };
    let holders: Vec<Pid> = sockets
        .iter()
        .filter(|socket| {
            let address = SocketAddr::new(socket.socket.ip().to_canonical(), socket.socket.port());
            socket.protocol == Protocol::TCP
                && socket.state != SocketState::Listen
                && address == peer
        })
        .map(|socket| Pid::from_u32(socket.process.pid))
        .collect();
    let own = Pid::from_u32(std::process::id());
    let asked: Vec<Pid> = holders.iter().copied().chain([own]).collect();
    let Ok(mut system) = System::new() else {
        return false;
    };
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&asked),
        false,
        ProcessRefreshKind::nothing().with_user(UpdateKind::Always),
    );
    let user = |process: Pid| {
        system
            .process(process)
            .and_then(|process| process.user_id())
    };
    let same = |process: &Pid| user(*process).is_some() && user(*process) == user(own);
    if holders.is_empty() {
        UNTOLD
    } else {
        holders.iter().all(same)
    }
}

/// Whether a connection without a known holder is let in. Windows lists every user's connections with their processes,
/// so there none is hidden; macOS shows nobody another user's.
#[cfg(not(target_os = "linux"))]
const UNTOLD: bool = cfg!(windows);

/// The user of the socket at `peer` that is connected to `own` (proc_net_tcp(5): the addresses are the second and third
/// column, the user is the eighth; an IPv6 address is four words).
#[cfg(target_os = "linux")]
pub(crate) fn owner(table: &str, peer: SocketAddr, own: SocketAddr) -> Option<u32> {
    let written = |address: SocketAddr| match address {
        SocketAddr::V4(address) => {
            let ip = u32::from_ne_bytes(address.ip().octets());
            let mapped = u32::from_ne_bytes([0, 0, 0xff, 0xff]);
            let port = address.port();
            Some([
                format!("{ip:08X}:{port:04X}"),
                format!("{:016X}{mapped:08X}{ip:08X}:{port:04X}", 0),
            ])
        }
        SocketAddr::V6(_) => None,
    };
    let (peer, own) = (written(peer)?, written(own)?);
    let is = |column: Option<&&str>, written: &[String]| {
        column.is_some_and(|column| written.iter().any(|written| written == column))
    };
    table.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        (is(columns.get(1), &peer) && is(columns.get(2), &own))
            .then(|| columns.get(7)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_connection_of_this_process_is_this_user_s_through_ipv4_and_through_mapped_ipv6() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap();
        for host in ["127.0.0.1", "[::ffff:127.0.0.1]"] {
            let Ok(client) = TcpStream::connect(format!("{host}:{}", own.port())) else {
                assert_ne!(
                    host, "127.0.0.1",
                    "a machine may be without IPv6, but not without IPv4"
                );
                continue;
            };
            let (served, peer) = listener.accept().unwrap();
            assert!(is_same_user_or_root(peer, own), "{host}");
            drop((client, served));
        }
    }

    #[cfg(not(windows))]
    #[test]
    fn nobody_is_at_an_address_that_holds_no_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap();
        assert!(!is_same_user_or_root(own, own));
    }

    #[cfg(all(target_os = "linux", target_endian = "little"))]
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
        let mapped = "  sl  local_address remote_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode
   0: 0000000000000000FFFF00000100007F:D431 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1002        0 4 1 0
";
        assert_eq!(owner(mapped, peer, own), Some(1002));
    }
}
