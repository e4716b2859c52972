//! Jobs that wait, run and end.
