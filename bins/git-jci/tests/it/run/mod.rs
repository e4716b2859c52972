//! `git jci run`: what the script sees, what its caller sees, and what git sees afterwards.

mod concurrent;
mod place;
mod script;
mod settings;
mod stop;
mod stored;
mod unless_passed;
