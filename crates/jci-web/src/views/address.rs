//! Where files of runs are found on this server.

use std::fs::File;
use std::io::Read as _;

use jci_store::RunName;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use sha2::{Digest as _, Sha256};

/// All that is not safe in a path of a URL between two slashes.
const UNSAFE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The addresses of one file of a run.
pub(crate) struct FileAddress<'a> {
    pub(crate) run: &'a RunName,
    pub(crate) path: &'a [u8],
}

impl FileAddress<'_> {
    /// Where its bytes are.
    pub(crate) fn raw(&self) -> String {
        let RunName { commit, id } = self.run;
        format!("/jci/{commit}/{id}/{}/raw", encode(self.path))
    }

    /// Where it finds its neighbours by relative links.
    pub(crate) fn site(&self, keys: &SiteKeys) -> String {
        format!("{}{}", keys.folder(self.run), encode(self.path))
    }
}

/// Writes the bytes of a path as a part of a URL, `/` between names as they are.
pub(crate) fn encode(path: &[u8]) -> String {
    let names = path.split(|byte| *byte == b'/');
    let names: Vec<_> = names.map(|name| percent_encode(name, UNSAFE).to_string()).collect();
    names.join("/")
}

/// Makes the addresses of sites such that nobody can guess them.
///
/// A page of somebody else, or an artifact of another run, cannot read what a script or a picture
/// holds, but could run or show it, if it knew where that is.
pub(crate) struct SiteKeys {
    secret: [u8; 32],
}

impl SiteKeys {
    pub(crate) fn new() -> std::io::Result<Self> {
        let mut secret = [0; 32];
        File::open("/dev/urandom")?.read_exact(&mut secret)?;
        Ok(Self { secret })
    }

    /// Returns the key of a run: 128 bits in hex.
    pub(crate) fn key(&self, run: &RunName) -> String {
        let digest = Sha256::new().chain_update(self.secret).chain_update(run.ref_name());
        digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns the path below which the files of a run are each other's neighbours.
    pub(crate) fn folder(&self, run: &RunName) -> String {
        format!("/site/{}/{}/{}/", self.key(run), run.commit, run.id)
    }
}

impl std::fmt::Debug for SiteKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SiteKeys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded_byte_by_byte() {
        assert_eq!(encode(b"a b/\xff%2F/?#.txt"), "a%20b/%FF%252F/%3F%23.txt");
    }

    #[test]
    fn keys_differ_by_run_and_by_process() {
        let run =
            |id: &str| RunName { commit: "1".repeat(40).parse().unwrap(), id: id.parse().unwrap() };
        let (one, other) = (SiteKeys::new().unwrap(), SiteKeys::new().unwrap());
        let key = one.key(&run("1-0000"));
        assert_eq!(key.len(), 32);
        assert_eq!(key, one.key(&run("1-0000")));
        assert_ne!(key, one.key(&run("1-0001")));
        assert_ne!(key, other.key(&run("1-0000")));
    }
}
