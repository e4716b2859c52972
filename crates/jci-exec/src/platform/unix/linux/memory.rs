//! What the kernel does when memory runs out where this program runs: in its control group.

use std::fs;
use std::path::{Path, PathBuf};

const MOUNT: &str = "/sys/fs/cgroup";
/// What version 1 shows as the limit of a group that has none: as many pages as can be counted.
const UNLIMITED: u64 = 1 << 62;

/// The control group of this program, as far as it counts memory.
#[derive(Debug)]
pub(crate) struct MemoryGroup {
    files: Files,
    /// How many processes had been killed when this was made.
    killed: u64,
}

/// Where a group says what.
#[derive(Debug)]
struct Files {
    events: PathBuf,
    limit: PathBuf,
}

impl MemoryGroup {
    /// Finds the group and notes how things stand; `None` where nobody counts.
    pub(crate) fn look() -> Option<Self> {
        Self::find(Path::new(MOUNT), &fs::read_to_string("/proc/self/cgroup").ok()?)
    }

    fn find(mount: &Path, groups: &str) -> Option<Self> {
        // In a container the path may be the one outside, and what is mounted the group itself.
        candidates(mount, groups).into_iter().find_map(|files| {
            let killed = killed(&fs::read_to_string(&files.events).ok()?)?;
            Some(Self { files, killed })
        })
    }

    /// Tells whether processes were killed since this was made, for the memory of the group had run
    /// out.
    pub(crate) fn has_run_out(&self) -> bool {
        let now = fs::read_to_string(&self.files.events).ok();
        now.and_then(|events| killed(&events)).is_some_and(|now| now > self.killed)
    }

    /// Returns how much memory the group may have, in bytes, if it has a limit of its own.
    pub(crate) fn limit(&self) -> Option<u64> {
        let limit: u64 = fs::read_to_string(&self.files.limit).ok()?.trim().parse().ok()?;
        (limit < UNLIMITED).then_some(limit)
    }
}

fn candidates(mount: &Path, groups: &str) -> Vec<Files> {
    let mut found = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let (base, events, limit) = match controllers {
            "" => (mount.to_owned(), "memory.events", "memory.max"),
            list if list.split(',').any(|controller| controller == "memory") => {
                (mount.join("memory"), "memory.oom_control", "memory.limit_in_bytes")
            }
            _ => continue,
        };
        for group in [base.join(path.trim_start_matches('/')), base] {
            found.push(Files { events: group.join(events), limit: group.join(limit) });
        }
    }
    found
}

fn killed(events: &str) -> Option<u64> {
    events.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn put(&self, file: &str, text: &str) -> &Self {
            let path = self.0.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            self
        }

        fn find(&self, groups: &str) -> Option<MemoryGroup> {
            MemoryGroup::find(self.0.path(), groups)
        }
    }

    #[test]
    fn the_first_version_has_a_tree_for_memory() {
        let place = Place::new();
        place.put("memory/docker/a/memory.oom_control", "under_oom 0\noom_kill 2\n");
        place.put("memory/docker/a/memory.limit_in_bytes", "100663296\n");
        let group = place.find("9:cpu,cpuacct:/x\n4:memory:/docker/a\n0::/x\n").unwrap();
        assert!(!group.has_run_out());
        assert_eq!(group.limit(), Some(96 << 20));
        place.put("memory/docker/a/memory.oom_control", "under_oom 0\noom_kill 3\n");
        assert!(group.has_run_out());
    }

    #[test]
    fn the_second_version_has_one_tree() {
        let place = Place::new();
        place.put("user/memory.events", "low 0\noom 5\noom_kill 0\noom_group_kill 0\n");
        place.put("user/memory.max", "max\n");
        let group = place.find("0::/user\n").unwrap();
        assert_eq!(group.limit(), None);
        assert!(!group.has_run_out(), "running out is not killing");
        place.put("user/memory.events", "oom_kill 1\n");
        assert!(group.has_run_out());
    }

    #[test]
    fn a_container_sees_its_group_as_the_only_one() {
        let place = Place::new();
        place.put("memory/memory.oom_control", "oom_kill 0\n");
        place.put("memory/memory.limit_in_bytes", "9223372036854771712\n");
        let group = place.find("4:memory:/docker/a\n").unwrap();
        assert_eq!(group.limit(), None);
    }

    #[test]
    fn where_nobody_counts_there_is_no_group() {
        let place = Place::new();
        assert!(place.find("4:cpu:/\nnonsense\n").is_none());
        assert!(place.find("0::/user\n").is_none());
        place.put("memory.events", "oom 1\n");
        assert!(place.find("0::/user\n").is_none(), "a kernel that does not say");
    }

    #[test]
    fn one_that_is_gone_has_not_run_out() {
        let place = Place::new();
        place.put("memory.events", "oom_kill 0\n");
        let group = place.find("0::/\n").unwrap();
        drop(place);
        assert!(!group.has_run_out());
        assert_eq!(group.limit(), None);
    }
}
