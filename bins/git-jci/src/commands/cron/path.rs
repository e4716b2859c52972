//! Whether cron will find git-jci: it does not read the files that set a shell's `PATH`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::line::Owner;
use super::sync::lines;

/// Where cron looks if the crontab does not say.
const DEFAULT: &[u8] = b"/usr/bin:/bin";

/// Says what to do if the lines of `owner` in `table` would not find git-jci.
pub(super) fn warning(table: &[u8], owner: &Owner) -> Option<String> {
    lines(table).find(|line| owner.owns(line))?;
    let path = in_force(table, owner);
    let mut folders = path.split(|byte| *byte == b':');
    if folders.any(|folder| Path::new(OsStr::from_bytes(folder)).join("git-jci").is_file()) {
        return None;
    }
    let own = std::env::current_exe().ok()?;
    let folder = own.parent()?.display();
    let path = String::from_utf8_lossy(path);
    Some(format!(
        "cron looks for programs in {path}, and git-jci is not there: \
         type `crontab -e` and make `PATH={folder}:{path}` the first line"
    ))
}

/// Returns the `PATH` that holds where the first line of `owner` stands.
fn in_force<'a>(table: &'a [u8], owner: &Owner) -> &'a [u8] {
    let above = lines(table).take_while(|line| !owner.owns(line));
    above.filter_map(assigned_path).last().unwrap_or(DEFAULT)
}

/// Reads `PATH = value`, with or without spaces and quotes, as crontab(5) has it.
fn assigned_path(line: &[u8]) -> Option<&[u8]> {
    let value = line.trim_ascii().strip_prefix(b"PATH")?.trim_ascii_start();
    let value = value.strip_prefix(b"=")?.trim_ascii_start();
    let quoted = |quote: &[u8]| value.strip_prefix(quote)?.strip_suffix(quote);
    Some(quoted(b"\"").or_else(|| quoted(b"'")).unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_path_above_the_lines_is_in_force() {
        let owner = Owner::new(Path::new("/")).unwrap();
        let table = format!(
            "PATH=/a\n PATH = \"/b:/c\" \nXPATH=/d\n#PATH=/e\n* * * * * x # JCI:{}\nPATH=/f\n",
            owner.id
        );
        assert_eq!(in_force(table.as_bytes(), &owner), b"/b:/c");
        assert_eq!(in_force(b"MAILTO=me\nPATH='/q'\n", &owner), b"/q");
        assert_eq!(in_force(b"", &owner), DEFAULT);
    }
}
