//! The lines by which git tells programs what became of each ref.

use jci_store::RunName;

/// What became of one ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is there now and was not before.
    New,
    /// It is gone now.
    Deleted,
    /// It is as it was before.
    Same,
    /// It is not as was asked for.
    Refused,
}

impl Verdict {
    fn parse(flag: u8) -> Option<Self> {
        match flag {
            b'*' => Some(Self::New),
            b'-' => Some(Self::Deleted),
            b'=' => Some(Self::Same),
            b'!' => Some(Self::Refused),
            _ => None,
        }
    }
}

/// A line of `git push --porcelain`: flag, source and destination, and a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PushLine {
    pub(crate) verdict: Verdict,
    pub(crate) run: RunName,
    /// git's own words, such as `[remote rejected] (pre-receive hook declined)`.
    pub(crate) words: String,
}

impl PushLine {
    /// Reads a line; `None` if it does not tell of a run.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let (flag, rest) = line.split_first()?;
        let mut fields = rest.strip_prefix(b"\t")?.splitn(2, |byte| *byte == b'\t');
        let destination = fields.next()?.rsplit(|byte| *byte == b':').next()?;
        Some(Self {
            verdict: Verdict::parse(*flag)?,
            run: RunName::from_ref_name(destination)?,
            words: String::from_utf8_lossy(fields.next()?).into_owned(),
        })
    }
}

/// Passes on what git's hooks print among the lines of `git push --porcelain`.
pub(crate) fn pass_on(line: &[u8]) {
    let is_gits = line.contains(&b'\t') || line.starts_with(b"To ") || line == b"Done";
    if !is_gits {
        eprintln!("{}", String::from_utf8_lossy(line));
    }
}

/// A line of `git fetch --porcelain`: flag, old and new object, and the ref here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FetchLine {
    pub(crate) verdict: Verdict,
    pub(crate) run: RunName,
}

impl FetchLine {
    /// Reads a line; `None` if it does not tell of a run.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let (flag, rest) = line.split_first()?;
        let name = rest.rsplit(|byte| *byte == b' ').next()?;
        Some(Self { verdict: Verdict::parse(*flag)?, run: RunName::from_ref_name(name)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "refs/jci-runs/0123456789012345678901234567890123456789/1700000000-00ab";

    #[test]
    fn lines_of_push_tell_what_became_of_runs() {
        let parse = |line: String| PushLine::parse(line.as_bytes());
        let run = RunName::from_ref_name(RUN.as_bytes()).unwrap();
        assert_eq!(
            parse(format!("*\t{RUN}:{RUN}\t[new reference]")),
            Some(PushLine { verdict: Verdict::New, run, words: "[new reference]".into() })
        );
        assert_eq!(
            parse(format!("!\t{RUN}:{RUN}\t[remote rejected] (a\tb)")),
            Some(PushLine {
                verdict: Verdict::Refused,
                run,
                words: "[remote rejected] (a\tb)".into()
            })
        );
        let deleted = parse(format!("-\t:{RUN}\t[deleted]")).unwrap();
        assert_eq!((deleted.verdict, deleted.run), (Verdict::Deleted, run));
        assert_eq!(parse("To /some/where".into()), None);
        assert_eq!(parse("Done".into()), None);
        assert_eq!(parse(String::new()), None);
        assert_eq!(parse("*\trefs/heads/a:refs/heads/a\t[new branch]".into()), None);
    }

    #[test]
    fn lines_of_fetch_tell_what_became_of_runs() {
        let zero = "0".repeat(40);
        let line = |flag: &str| format!("{flag} {zero} {zero} {RUN}");
        let verdict = |flag: &str| FetchLine::parse(line(flag).as_bytes()).map(|line| line.verdict);
        assert_eq!(verdict("*"), Some(Verdict::New));
        assert_eq!(verdict("!"), Some(Verdict::Refused));
        assert_eq!(verdict("?"), None);
        assert_eq!(FetchLine::parse(b"POST git-upload-pack (186 bytes)"), None);
    }
}
