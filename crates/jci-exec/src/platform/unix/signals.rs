use std::io;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

/// The signals by which a person or a system asks a program to end.
pub(crate) const ENDING: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// Passes signals on for as long as it lives.
pub(crate) struct SignalWatch(Handle);

impl SignalWatch {
    pub(crate) fn begin(
        signals: &[i32],
        pass_on: impl Fn(i32) + Send + 'static,
    ) -> io::Result<Self> {
        let mut signals = Signals::new(signals)?;
        let handle = signals.handle();
        thread::Builder::new()
            .name("jci-signals".into())
            .spawn(move || signals.forever().for_each(pass_on))?;
        Ok(Self(handle))
    }
}

impl Drop for SignalWatch {
    fn drop(&mut self) {
        // The thread ends by itself, and nobody waits for it: it only passes requests on.
        self.0.close();
    }
}
