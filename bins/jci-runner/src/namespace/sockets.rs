//! The sockets of a network namespace, of which those of a job's own programs must be gone before
//! another one gets it: a port that closes is taken for a minute.

use std::collections::BTreeSet;

/// The number of the state of one that listens, as the kernel writes it.
const LISTENS: &str = "0A";

/// Where the engine itself listens in a namespace: it tells names there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sockets(BTreeSet<String>);

impl Sockets {
    /// Reads out of the kernel's tables who listens.
    pub(super) fn listening(tables: &str) -> Self {
        let listening = lines(tables).filter(|line| line.state == LISTENS);
        Self(listening.map(|line| line.local.to_owned()).collect())
    }

    /// Tells whether there is nothing else in the kernel's tables but ends of connections to
    /// elsewhere: their ports are of those that nobody asks for.
    pub(super) fn are_all_of(&self, tables: &str) -> bool {
        lines(tables).all(|line| line.is_left_outside() || self.has(&line))
    }

    fn has(&self, line: &Line<'_>) -> bool {
        line.state == LISTENS && self.0.contains(line.local)
    }
}

/// A socket, as the kernel writes it: addresses in hex, with the port behind a colon.
#[derive(Debug)]
struct Line<'a> {
    local: &'a str,
    remote: &'a str,
    state: &'a str,
}

fn lines(table: &str) -> impl Iterator<Item = Line<'_>> {
    table.lines().filter_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        let number = fields.next()?.strip_suffix(':')?;
        number.parse::<u32>().ok()?;
        Some(Line { local: fields.next()?, remote: fields.next()?, state: fields.next()? })
    })
}

impl Line<'_> {
    /// Tells whether it is the end of a connection whose other end is not in this namespace.
    fn is_left_outside(&self) -> bool {
        let [local, remote] =
            [self.local, self.remote].map(|end| end.split(':').next().unwrap_or_default());
        remote != local && !is_own(remote)
    }
}

/// Tells whether an address is that of a namespace itself, or none.
fn is_own(address: &str) -> bool {
    // The kernel writes words of four bytes, each the wrong way round on most machines.
    let v4 = match address.strip_prefix("0000000000000000FFFF0000") {
        Some(mapped) => mapped,
        None => address,
    };
    let is_loopback = match v4.len() {
        8 if cfg!(target_endian = "little") => v4.ends_with("7F"),
        8 => v4.starts_with("7F"),
        _ => v4 == "00000000000000000000000001000000" || v4 == "00000000000000000000000000000001",
    };
    is_loopback || v4.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read as _;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    const HEAD: &str =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid";

    fn is_clean(lines: &[&str]) -> bool {
        let own = Sockets(BTreeSet::from(["0B00007F:A3C5".to_owned()]));
        own.are_all_of(&format!("{HEAD}\n{}\n", lines.join("\n")))
    }

    #[test]
    fn what_a_server_of_a_job_left_is_seen() {
        let clean = [
            // The engine's own.
            "   0: 0B00007F:A3C5 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0",
            // A connection to a server elsewhere that is about to be forgotten.
            "   1: 020011AC:8E3A 010011AC:0CEA 06 00000000:00000000 03:0000176F 00000000     0",
            "   2: 0000000000000000FFFF0000020011AC:8E3A 0000000000000000FFFF0000010011AC:0CEA 06",
        ];
        assert!(is_clean(&[]) && is_clean(&clean));
        for left in [
            // To itself, by the loopback interface and by its own address.
            "   3: 0100007F:1F90 0100007F:C001 06 00000000:00000000 03:0000176F 00000000     0",
            "   3: 020011AC:1F90 020011AC:C001 06 00000000:00000000 03:0000176F 00000000     0",
            "   3: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:C001 06",
            "   3: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C001 06",
            // Somebody listens.
            "   3: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0",
            "   3: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A",
        ] {
            assert!(!is_clean(&[clean[0], left]), "{left}");
        }
    }

    #[test]
    fn the_kernel_writes_what_is_read_here() {
        let table = || fs::read_to_string("/proc/net/tcp").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = format!("0100007F:{:04X}", listener.local_addr().unwrap().port());
        let own = Sockets::listening(&table());
        assert!(own.0.contains(&port), "{own:?}");

        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        // Who closes first keeps the port.
        drop(listener.accept().unwrap());
        assert_eq!((&client).read(&mut [0]).unwrap(), 0);
        let table = table();
        let mut left = lines(&table).filter(|line| line.local == port && line.state != LISTENS);
        assert!(!left.next().expect("the closed end is seen").is_left_outside());
        assert!(!own.are_all_of(&table));
    }
}
