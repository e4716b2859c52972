//! How much time the tests may take.

/// Tells whether tests that can try more may take their time: `JCI_TEST_THOROUGH=1`, which
/// `cargo xtask test --thorough` sets.
#[must_use]
pub fn thorough() -> bool {
    std::env::var_os("JCI_TEST_THOROUGH").is_some_and(|value| value == "1")
}
