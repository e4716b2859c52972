use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// The signals by which a person asks a program to end: Ctrl-C, and what a C program raises.
pub(crate) const ENDING: [i32; 2] = [SIGINT, SIGTERM];

/// How often the flags that they set are looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Passes signals on for as long as it lives.
pub(crate) struct SignalWatch {
    is_over: Arc<AtomicBool>,
    registered: Vec<signal_hook::SigId>,
}

impl SignalWatch {
    pub(crate) fn begin(
        signals: &[i32],
        pass_on: impl Fn(i32) + Send + 'static,
    ) -> io::Result<Self> {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut watch = Self { is_over: Arc::clone(&is_over), registered: Vec::new() };
        let mut flags = Vec::new();
        for signal in signals {
            let raised = Arc::new(AtomicBool::new(false));
            watch.registered.push(flag::register(*signal, Arc::clone(&raised))?);
            flags.push((*signal, raised));
        }
        thread::Builder::new().name("jci-signals".into()).spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                let raised =
                    flags.iter().filter(|(_, raised)| raised.swap(false, Ordering::SeqCst));
                raised.for_each(|(signal, _)| pass_on(*signal));
                thread::sleep(LOOK);
            }
        })?;
        Ok(watch)
    }
}

impl Drop for SignalWatch {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}

/// Knows of none: a program is not started to ignore signals here.
pub(crate) fn ignored_signals() -> Vec<i32> {
    Vec::new()
}
