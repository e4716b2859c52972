//! Bringing the crontab to what the repository asks for, and nothing else in it out of place.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::crontab;
use super::line::Owner;
use crate::error::CommandError;

/// How often somebody else may change the crontab between our look and our write.
const ATTEMPTS: usize = 5;

/// What became of the crontab.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) added: usize,
    pub(super) removed: usize,
}

/// Makes `wanted` the lines of `owner`; writes only if that changes anything.
///
/// What was there before is kept in `backup`.
pub(super) fn sync(
    owner: &Owner,
    wanted: &[Vec<u8>],
    backup: &Path,
) -> Result<Change, CommandError> {
    let _lock = lock();
    let mut current = crontab::read()?;
    for _ in 0..ATTEMPTS {
        let new = merge(&current, owner, wanted);
        if new == current {
            return Ok(Change { added: 0, removed: 0 });
        }
        keep(&current, backup)?;
        let now = crontab::read()?;
        if now == current {
            crontab::write(&new)?;
            return Ok(change(&current, owner, wanted));
        }
        current = now;
    }
    Err(CommandError::failed("your crontab keeps changing while git jci wants to change it")
        .hint("see what else writes it, then type the command again"))
}

/// Lets one jci at a time change the crontab of a user, as `crontab` itself has no lock.
///
/// The home folder is locked, so that no file has to be made for it. Where that does not work,
/// looking again just before writing must do.
fn lock() -> Option<File> {
    let home = File::open(std::env::home_dir()?).ok()?;
    home.lock().ok()?;
    Some(home)
}

/// Replaces the lines of `owner` where the first of them stands, else adds them at the end.
fn merge(current: &[u8], owner: &Owner, wanted: &[Vec<u8>]) -> Vec<u8> {
    if own_lines(current, owner).eq(wanted.iter().map(Vec::as_slice)) {
        return current.to_owned();
    }
    let mut new = Vec::with_capacity(current.len());
    let mut added = false;
    for line in lines(current) {
        if !owner.owns(line) {
            new.extend(line);
        } else if !added {
            append(&mut new, wanted);
            added = true;
        }
    }
    if !added {
        append(&mut new, wanted);
    }
    new
}

fn append(table: &mut Vec<u8>, wanted: &[Vec<u8>]) {
    if !wanted.is_empty() && !table.is_empty() && !table.ends_with(b"\n") {
        table.push(b'\n');
    }
    for line in wanted {
        table.extend(line);
        table.push(b'\n');
    }
}

/// Returns the lines of a table that belong to `owner`, without their newlines.
pub(super) fn own_lines<'a>(table: &'a [u8], owner: &Owner) -> impl Iterator<Item = &'a [u8]> {
    lines(table)
        .filter(|line| owner.owns(line))
        .map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

/// Splits a table into lines that keep their newlines.
pub(super) fn lines(table: &[u8]) -> impl Iterator<Item = &[u8]> {
    table.split_inclusive(|byte| *byte == b'\n')
}

fn change(before: &[u8], owner: &Owner, wanted: &[Vec<u8>]) -> Change {
    let kept = own_lines(before, owner).filter(|line| wanted.iter().any(|it| it == line)).count();
    Change {
        added: wanted.len().saturating_sub(kept),
        removed: own_lines(before, owner).count() - kept,
    }
}

fn keep(table: &[u8], backup: &Path) -> Result<(), CommandError> {
    let write = || {
        let folder = backup.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(table)?;
        file.as_file().sync_all()?;
        file.persist(backup)?;
        Ok(())
    };
    write().map_err(|error: std::io::Error| {
        CommandError::failed(format!("failed to keep your crontab in {}", backup.display()))
            .because(error)
            .hint("nothing was changed; see that you may write there")
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owner() -> Owner {
        Owner::new(Path::new("/")).unwrap()
    }

    /// Lines of this repository, some of them as older versions or people may have left them.
    fn own() -> impl Strategy<Value = Vec<u8>> {
        "[a-z*# ]{0,8}".prop_map(|text| format!("{text} # JCI:{} [x]", owner().id).into_bytes())
    }

    fn foreign() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![Just(b'\r'), Just(b'%'), any::<u8>()];
        prop::collection::vec(byte.prop_filter("one line", |byte| *byte != b'\n'), 0..12)
    }

    fn foreign_lines(table: &[u8]) -> Vec<&[u8]> {
        lines(table)
            .filter(|line| !owner().owns(line))
            .map(|line| line.strip_suffix(b"\n").unwrap_or(line))
            .collect()
    }

    proptest! {
        #[test]
        fn merging_keeps_foreign_lines_and_done_ten_times_is_done_once(
            table in prop::collection::vec(prop_oneof![2 => foreign(), 1 => own()], 0..8),
            ended: bool,
            wanted in prop::collection::vec(own(), 0..4),
        ) {
            let mut table = table.join(&b'\n');
            if ended {
                table.push(b'\n');
            }
            let once = merge(&table, &owner(), &wanted);
            prop_assert_eq!(foreign_lines(&once), foreign_lines(&table));
            prop_assert!(own_lines(&once, &owner()).eq(wanted.iter().map(Vec::as_slice)));

            let ten = (0..9).fold(once.clone(), |table, _| merge(&table, &owner(), &wanted));
            prop_assert_eq!(&ten, &once);

            let none = merge(&once, &owner(), &[]);
            prop_assert_eq!(foreign_lines(&none), foreign_lines(&table));
            prop_assert_eq!(own_lines(&none, &owner()).count(), 0);
        }
    }
}
