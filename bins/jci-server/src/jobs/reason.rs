//! Reasons, as jobs and runners give them.

/// So much of a reason is kept: it is a sentence, and the rest is in the log.
const LONGEST: usize = 500;

/// Makes a reason from outside fit for one line of a log and of a forge; nothing if it says
/// nothing.
pub(crate) fn sentence(reason: &str) -> Option<String> {
    let shown = reason.chars().map(|char| if char.is_control() { ' ' } else { char });
    let sentence: String = shown.take(LONGEST).collect();
    let sentence = sentence.trim();
    (!sentence.is_empty()).then(|| sentence.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_some_length() {
        assert_eq!(sentence(" a\nb\u{1b}[31m "), Some("a b [31m".to_owned()));
        assert_eq!(sentence("\n \t"), None);
        assert_eq!(sentence(&"x".repeat(9999)).unwrap().len(), LONGEST);
    }
}
