use std::fmt;

/// Names a signal by the number this host gives it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Signal(i32);

impl Signal {
    /// Takes the number of a signal as the kernel reports it.
    pub const fn from_raw(number: i32) -> Self {
        Self(number)
    }

    /// Gives the number back.
    pub const fn as_raw(self) -> i32 {
        self.0
    }

    /// Gives the usual name, such as `SIGTERM`; real-time signals have none.
    pub fn name(self) -> Option<&'static str> {
        signal_hook::low_level::signal_name(self.0)
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "signal {}", self.0),
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
