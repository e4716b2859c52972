use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag::register_conditional_default;
use signal_hook::iterator::{Handle, Signals};

use crate::platform::ignored_signals;
use crate::{Cancel, CancelledBy, Signal};

/// The signals by which a person or a system asks a program to end.
const ENDING: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// Passes signals on to a [`Cancel`] for as long as it lives.
///
/// Afterwards the signals do again what they do by default: end this process.
#[must_use = "dropping it gives the signals back at once"]
pub struct SignalGuard {
    handle: Handle,
    caught: Caught,
}

impl Cancel {
    /// Makes SIGINT, SIGTERM and SIGHUP requests to this handle instead of the end of this process.
    ///
    /// A signal that this process was started to ignore stays ignored: `nohup` keeps its meaning.
    ///
    /// # Errors
    ///
    /// The kernel may have no room for a thread or a pipe.
    pub fn on_signals(&self) -> io::Result<SignalGuard> {
        let caught = Caught::begin()?;
        let mut signals = Signals::new(&caught.signals)?;
        let handle = signals.handle();
        let cancel = self.clone();
        thread::Builder::new().name("jci-signals".into()).spawn(move || {
            for signal in signals.forever() {
                cancel.request(CancelledBy::Signal(Signal::from_raw(signal)));
            }
        })?;
        Ok(SignalGuard { handle, caught })
    }
}

impl Drop for SignalGuard {
    fn drop(&mut self) {
        // The thread ends by itself, and nobody waits for it: it only passes requests on.
        self.handle.close();
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
