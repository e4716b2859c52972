//! `git jci run` is killed, or the system fails it, at one point after the other.
//!
//! After each the next command must find a repository that is whole, store or forget the run, and
//! clear what is left. `JCI_TEST_THOROUGH=1` tries thousands of points instead of hundreds; a
//! failure names its point, and a seed where chance chose it (`JCI_TEST_SEED` gives it back).

mod faults;
mod kills;
mod power;
mod trial;
