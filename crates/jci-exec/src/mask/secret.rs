use std::fmt;

/// Holds a value that must not be seen, with the name by which one may speak of it.
///
/// Nothing prints the value: `Debug` shows the name and `***`.
#[derive(Clone)]
pub struct Secret {
    name: String,
    value: Vec<u8>,
}

impl Secret {
    /// Takes a value, which may hold any bytes.
    pub fn new(name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    /// Gives the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives the value without the line ends around it: a file of one line ends in one, and what is
    /// printed of it often does not.
    pub(super) fn value(&self) -> &[u8] {
        let is_end = |byte: &u8| *byte == b'\n' || *byte == b'\r';
        let start = self.value.iter().position(|byte| !is_end(byte)).unwrap_or(self.value.len());
        let end = self.value.iter().rposition(|byte| !is_end(byte)).map_or(start, |last| last + 1);
        &self.value[start..end]
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("name", &self.name)
            .field("value", &format_args!("***"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_never_shown() {
        let secret = Secret::new("TOKEN", "hunter22");
        insta::assert_snapshot!(format!("{secret:?}"), @r#"Secret { name: "TOKEN", value: *** }"#);
    }

    #[test]
    fn line_ends_around_a_value_are_not_part_of_it() {
        assert_eq!(Secret::new("", "\r\n one\ntwo \r\n\n").value(), b" one\ntwo ");
        assert_eq!(Secret::new("", "\n\r\n").value(), b"");
        assert_eq!(Secret::new("", "").value(), b"");
    }
}
