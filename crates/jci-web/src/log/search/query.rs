//! What is looked for in a log.

/// A text to look for, and from where on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The text, as it is shown; nothing else in it has a meaning.
    pub text: String,
    /// Whether upper and lower case are told apart.
    pub case_sensitive: bool,
    /// The line to begin at.
    pub from: u64,
    /// Where to go from there.
    pub direction: Direction,
    /// How many lines that match are listed at most.
    pub count: u32,
}

/// Which lines of those that match are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// Those from the line on.
    #[default]
    Forward,
    /// The last ones before the line, still in the order of the log.
    Back,
}
