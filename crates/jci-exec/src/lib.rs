//! Runs one job on this host.
