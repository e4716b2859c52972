//! A crontab that belongs to one test.

use std::path::PathBuf;

use crate::Environment;

/// Keeps its table in the test's world and takes no liberties: `-l` and `-` are all it knows, and
/// like Debian's it wants a newline at the end.
const PROGRAM: &str = r#"#!/bin/sh
world=${0%/bin/*}/crontab
echo "$*" >> "$world/calls"
case $#,$1 in
1,-l)
    if [ -e "$world/table" ]; then cat "$world/table"; else echo "no crontab for ada" >&2; fi
    listed=$?
    [ -e "$world/table" ] || listed=1
    if [ -e "$world/meanwhile" ]; then
        mv "$world/meanwhile" "$world/table"
    fi
    exit $listed ;;
1,-)
    cat > "$world/new.$$"
    if [ -e "$world/refusal" ]; then
        cat "$world/refusal" >&2
        exit 1
    fi
    if [ -n "$(tail -c 1 "$world/new.$$" | tr -d '\n')" ]; then
        echo "new crontab file is missing newline before EOF, can't install." >&2
        exit 1
    fi
    mv "$world/new.$$" "$world/table" ;;
*)
    echo "crontab: usage error: $*" >&2
    exit 2 ;;
esac
"#;

/// The program `crontab` of an [`Environment`], which keeps its table there.
#[derive(Debug)]
pub struct FakeCrontab {
    folder: PathBuf,
}

impl FakeCrontab {
    /// Puts the program on the `PATH`; the user has no table yet.
    #[must_use]
    pub fn install(environment: &Environment) -> Self {
        let folder = environment.path("crontab");
        std::fs::create_dir(&folder).expect("a folder can be made");
        environment.install("crontab", PROGRAM);
        Self { folder }
    }

    /// Returns the table, or `None` if the user has none.
    #[must_use]
    pub fn table(&self) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join("table")).ok()
    }

    /// Gives the user this table.
    pub fn set(&self, table: impl AsRef<[u8]>) {
        self.put("table", table.as_ref());
    }

    /// Changes the table to this right after it was listed next, as an editor in another window
    /// would.
    pub fn set_after_next_listing(&self, table: impl AsRef<[u8]>) {
        self.put("meanwhile", table.as_ref());
    }

    /// Refuses every table from here on, with these words.
    pub fn refuse(&self, words: &str) {
        self.put("refusal", words.as_bytes());
    }

    /// Returns the arguments of each call since the last time it was asked, one call a line.
    #[must_use]
    pub fn calls(&self) -> String {
        let path = self.folder.join("calls");
        let calls = std::fs::read_to_string(&path).unwrap_or_default();
        let _ = std::fs::remove_file(path);
        calls
    }

    fn put(&self, name: &str, content: &[u8]) {
        std::fs::write(self.folder.join(name), content).expect("a file can be written");
    }
}
