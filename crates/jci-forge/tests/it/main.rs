//! The client against a stand-in of a forge that keeps state and knows what it does not know.

mod faults;
mod gitea;
mod others;
mod stand_in;
