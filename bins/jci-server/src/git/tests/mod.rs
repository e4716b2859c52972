//! The proxy between real git and a forge of real repositories.

mod fetch;
mod hostile;
mod place;
mod push;
mod refused;
mod trouble;
