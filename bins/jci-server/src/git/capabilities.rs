//! What the two sides of a push can do, as far as jobs get to use it.

/// What is passed on, by name; the rest is cut from what the forge offers and what git asks for.
///
/// Left out on purpose: `push-options` and `push-cert`, which no job may use, and whatever git or a
/// forge will think of next.
const PASSED: [&[u8]; 7] = [
    b"report-status",
    b"report-status-v2",
    b"side-band-64k",
    b"quiet",
    b"atomic",
    b"ofs-delta",
    b"object-format",
];
/// What is offered beside, so that git asks for it and hears a sentence.
const OFFERED: &[u8] = b"delete-refs";

/// A list of capabilities, as it stands behind the first ref or command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Capabilities(Vec<Vec<u8>>);

impl Capabilities {
    /// Reads a list that is separated by spaces.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let words = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        Self(words.map(<[u8]>::to_owned).collect())
    }

    /// Tells whether a capability is in the list, with or without a value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|word| name_of(word) == name.as_bytes())
    }

    /// Tells whether git reads a report on each ref of its push.
    pub(crate) fn wants_report(&self) -> bool {
        self.has("report-status") || self.has("report-status-v2")
    }

    /// Tells whether the answer is sent in bands.
    pub(crate) fn in_bands(&self) -> bool {
        self.has("side-band-64k")
    }

    /// Leaves what jobs get to use.
    pub(crate) fn passed(&self) -> Self {
        let passed = |word: &&Vec<u8>| PASSED.contains(&name_of(word));
        Self(self.0.iter().filter(passed).cloned().collect())
    }

    /// Leaves what git is told that it can ask for.
    pub(crate) fn offered(&self) -> Self {
        let mut offered = self.passed();
        offered.0.extend(self.0.iter().filter(|word| *word == OFFERED).cloned());
        offered
    }

    /// Writes the list with spaces between.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.join(&b' ')
    }
}

fn name_of(word: &[u8]) -> &[u8] {
    word.split(|byte| *byte == b'=').next().unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_jobs_may_use_is_passed() {
        let offered = Capabilities::parse(
            b" report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta \
              push-options push-cert=17-abc object-format=sha256 agent=git/2.47 report-statusx\n",
        );
        assert!(offered.has("push-cert") && offered.wants_report() && offered.in_bands());
        let passed = String::from_utf8(offered.passed().to_bytes()).unwrap();
        assert_eq!(
            passed,
            "report-status report-status-v2 side-band-64k quiet atomic ofs-delta \
             object-format=sha256"
        );
        let told = String::from_utf8(offered.offered().to_bytes()).unwrap();
        assert_eq!(told, passed + " delete-refs");
    }

    #[test]
    fn an_empty_list_has_nothing() {
        let none = Capabilities::parse(b"\n");
        assert!(!none.wants_report() && !none.in_bands() && none.to_bytes().is_empty());
    }
}
