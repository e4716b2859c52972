//! What git asks the forge during a push, and what the forge learns from it.

use std::path::Path;

use crate::Environment;
use crate::environment::write_program;

/// Tells the hooks whether the account has the right to push.
pub(super) const MAY_WRITE: &str = "FAKE_FORGE_MAY_WRITE";
/// Tells the hooks where to note what was pushed.
pub(super) const PUSHED: &str = "FAKE_FORGE_PUSHED";

/// Says no where the real forge does; a push past HTTP has no account and is the test's own.
const PRE_RECEIVE: &str = "\
#!/bin/sh
if [ \"$FAKE_FORGE_MAY_WRITE\" = no ]; then
\techo 'Gitea: User permission denied for writing.' >&2
\texit 1
fi
";

/// Refuses the refs of pull requests, without a word.
const UPDATE: &str = "\
#!/bin/sh
case \"$1\" in refs/pull/*) exit 1 ;; esac
";

const POST_RECEIVE: &str = "\
#!/bin/sh
cat >\"${FAKE_FORGE_PUSHED:-/dev/null}\"
";

/// Writes the hooks that all repositories of the forge share.
pub(in super::super) fn install_hooks(environment: &Environment) {
    let folder = environment.path("hooks");
    std::fs::create_dir(&folder).expect("a folder can be made");
    std::fs::create_dir(environment.path("pushed")).expect("a folder can be made");
    for (name, script) in
        [("pre-receive", PRE_RECEIVE), ("update", UPDATE), ("post-receive", POST_RECEIVE)]
    {
        write_program(&folder.join(name), script);
    }
}

/// A ref that a push changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Its full name.
    pub name: String,
    /// Where it led; all zeros if it is new.
    pub before: String,
    /// Where it leads; all zeros if it is gone.
    pub after: String,
}

/// Reads what the hook noted; a push that changed nothing left no note.
pub(super) fn read_pushed(file: &Path) -> Vec<Changed> {
    let noted = std::fs::read_to_string(file).unwrap_or_default();
    let changed = noted.lines().filter_map(|line| {
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let (before, after, name) = (words.next()?, words.next()?, words.next()?);
        Some(Changed { name, before, after })
    });
    changed.collect()
}
