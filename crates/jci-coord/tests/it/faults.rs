//! What goes wrong with databases and the disks they are on.

mod crash;
mod disk;
mod locks;
mod versions;
