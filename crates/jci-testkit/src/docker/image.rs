//! The image of jobs: a root file system out of this machine's own files.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};
use tar::{Builder, EntryType, Header};

use super::{Docker, closure};
use crate::{Finished, require};

const NAME: &str = "jci-test-job";

/// To be raised when images are made in another way, so that none made before is taken for one.
const RECIPE: u32 = 3;

/// Who is who, and where names of hosts are looked up.
const FILES: [(&str, &str); 3] = [
    ("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
    ("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
    ("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
];

/// Returns the name of the image, which is there afterwards.
pub(super) fn ensure(docker: &Docker) -> String {
    let programs = closure::programs();
    let image = format!("{NAME}:{}", fingerprint(&programs));
    // Tests run side by side, and one of them makes it.
    let lock = File::create(std::env::temp_dir().join(format!("{NAME}.lock")));
    let lock = lock.expect("a file can be made in the temporary folder");
    lock.lock().expect("a file can be locked");
    if docker.run(&["image", "inspect", "--format=x", &image]).code() != Some(0) {
        let path = "PATH=/usr/local/bin:/usr/bin:/bin";
        let change = ["--change", &format!("ENV {path}"), "--change", "CMD [\"bash\"]"];
        let mut import = docker.command(&["import"]);
        import.args(change).args(["-", &image]);
        let _ = Finished::fed(&mut import, &root_file_system(&programs)).success();
    }
    image
}

/// Tells these programs from any others, without reading them.
fn fingerprint(programs: &[PathBuf]) -> String {
    let mut facts = format!("recipe {RECIPE}\n");
    for program in programs {
        let data = program.metadata().expect("it was found");
        let (size, time) = (data.size(), data.mtime());
        writeln!(facts, "{} {size} {time}", program.display()).expect("text takes text");
    }
    let hash = digest(&SHA256, facts.as_bytes());
    hash.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Packs programs, their libraries, and the few files that they expect.
fn root_file_system(programs: &[PathBuf]) -> Vec<u8> {
    let mut root = Root { archive: Builder::new(Vec::with_capacity(64 << 20)) };
    for folder in ["etc", "proc", "root", "sys", "dev", "run", "var", "var/tmp", "usr/local/bin"] {
        root.folder(folder, 0o755);
    }
    root.folder("tmp", 0o1777);
    for name in ["bin", "sbin", "lib", "lib64"] {
        // Where the two are one, as on most machines today.
        if let Ok(target) = fs::read_link(Path::new("/").join(name)) {
            root.link(name, &target);
        }
    }
    for alias in closure::GIT_ALIASES {
        root.link(&format!("usr/local/bin/{alias}"), &require("git", "git"));
    }
    root.folder(strip(&closure::git_templates()), 0o755);
    for (path, text) in FILES {
        root.file(path, 0o644, text.as_bytes());
    }
    let libraries = closure::libraries(programs);
    let certificates = PathBuf::from(closure::CERTIFICATES);
    for file in programs.iter().chain(&libraries).chain([&certificates]) {
        root.copy(file);
    }
    root.archive.into_inner().expect("memory takes it")
}

/// An archive that grows.
struct Root {
    archive: Builder<Vec<u8>>,
}

impl Root {
    fn folder(&mut self, path: impl AsRef<Path>, mode: u32) {
        self.add(path.as_ref(), EntryType::Directory, mode, &[]);
    }

    fn file(&mut self, path: impl AsRef<Path>, mode: u32, bytes: &[u8]) {
        self.add(path.as_ref(), EntryType::Regular, mode, bytes);
    }

    fn link(&mut self, path: &str, target: &Path) {
        let mut header = header(EntryType::Symlink, 0o777, 0);
        self.archive.append_link(&mut header, path, target).expect("memory takes it");
    }

    /// Takes a file of the machine, whatever links lead to it, to the folder that it is found in.
    fn copy(&mut self, file: &Path) {
        let folder = file.parent().expect("a file is in a folder");
        let folder = folder.canonicalize().expect("its folder is there");
        let name = file.file_name().expect("a file has a name");
        let mut bytes = Vec::new();
        let read = File::open(file).and_then(|mut file| file.read_to_end(&mut bytes));
        read.unwrap_or_else(|error| panic!("{} cannot be read: {error}", file.display()));
        let mode = file.metadata().expect("it was read").mode() & 0o777;
        self.file(strip(&folder.join(name)), mode, &bytes);
    }

    fn add(&mut self, path: &Path, kind: EntryType, mode: u32, bytes: &[u8]) {
        let mut header = header(kind, mode, bytes.len());
        self.archive.append_data(&mut header, path, bytes).expect("memory takes it");
    }
}

fn header(kind: EntryType, mode: u32, size: usize) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size.try_into().expect("a length is not too long"));
    header
}

fn strip(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}
