//! A clock that makes nobody wait.

use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use jci_forge::Pace;
use jiff::Timestamp;

/// Notes down the waits and lets none take place.
#[derive(Debug, Default)]
pub(crate) struct TestPace(pub(crate) Mutex<Vec<Duration>>);

impl TestPace {
    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

impl Pace for TestPace {
    fn now(&self) -> Timestamp {
        "1994-11-06T08:49:30Z".parse().unwrap()
    }

    fn random(&self) -> f64 {
        1.0
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0.lock().unwrap().push(duration);
        Box::pin(std::future::ready(()))
    }
}
