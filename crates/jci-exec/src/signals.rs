use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use signal_hook::flag::register_conditional_default;

use crate::platform::{ENDING, SignalWatch, ignored_signals};
use crate::{Cancel, CancelledBy, Signal};

/// Passes signals on to a [`Cancel`] for as long as it lives.
///
/// Afterwards the signals do again what they do by default: end this process.
#[must_use = "dropping it gives the signals back at once"]
pub struct SignalGuard {
    // Dropped first: what comes afterwards has its default again.
    _watch: SignalWatch,
    caught: Caught,
}

impl Cancel {
    /// Makes SIGINT, SIGTERM and SIGHUP requests to this handle instead of the end of this process;
    /// on Windows what a C program calls SIGINT (Ctrl-C) and SIGTERM.
    ///
    /// A signal that this process was started to ignore stays ignored: `nohup` keeps its meaning.
    ///
    /// # Errors
    ///
    /// The kernel may have no room for a thread or a pipe.
    pub fn on_signals(&self) -> io::Result<SignalGuard> {
        let caught = Caught::begin()?;
        let cancel = self.clone();
        let pass_on = move |signal| cancel.request(CancelledBy::Signal(Signal::from_raw(signal)));
        let watch = SignalWatch::begin(&caught.signals, pass_on)?;
        Ok(SignalGuard { _watch: watch, caught })
    }
}

impl fmt::Debug for SignalGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignalGuard").field("signals", &self.caught.signals).finish()
    }
}

/// Holds the signals away from their default action, together with all others of its kind.
struct Caught {
    signals: Vec<i32>,
}

/// What is done once for the whole process: a handler, once installed, is never taken out again, so
/// it must itself act as the default does while nobody catches signals.
struct Handlers {
    signals: Vec<i32>,
    nobody_catches: Arc<AtomicBool>,
    catching: usize,
}

static HANDLERS: Mutex<Option<Handlers>> = Mutex::new(None);

impl Caught {
    fn begin() -> io::Result<Self> {
        let mut handlers = handlers();
        let handlers = match &mut *handlers {
            Some(handlers) => handlers,
            none => none.insert(Handlers::install()?),
        };
        handlers.count(|catching| catching + 1);
        Ok(Self { signals: handlers.signals.clone() })
    }
}

impl Drop for Caught {
    fn drop(&mut self) {
        if let Some(handlers) = &mut *handlers() {
            handlers.count(|catching| catching - 1);
        }
    }
}

impl Handlers {
    fn install() -> io::Result<Self> {
        let ignored = ignored_signals();
        let signals: Vec<i32> = ENDING.into_iter().filter(|one| !ignored.contains(one)).collect();
        let nobody_catches = Arc::new(AtomicBool::new(false));
        for signal in &signals {
            register_conditional_default(*signal, Arc::clone(&nobody_catches))?;
        }
        Ok(Self { signals, nobody_catches, catching: 0 })
    }

    fn count(&mut self, change: impl FnOnce(usize) -> usize) {
        self.catching = change(self.catching);
        self.nobody_catches.store(self.catching == 0, Ordering::SeqCst);
    }
}

fn handlers() -> MutexGuard<'static, Option<Handlers>> {
    HANDLERS.lock().unwrap_or_else(PoisonError::into_inner)
}
