//! The wish that the program end, as everything that runs sees it.

use std::time::Duration;

use tokio::sync::watch;

/// Tells when it is time to stop. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// Makes it time to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Makes a wish that is not yet there.
pub fn channel() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Asks everything to stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Tells whether it is time to stop.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once it is time to stop.
    pub async fn requested(&self) {
        let mut receiver = self.0.clone();
        // Who could ask is gone: that is as good as being asked.
        let _ = receiver.wait_for(|requested| *requested).await;
    }

    /// Waits, unless it is time to stop; tells whether the wait is over.
    pub async fn pause(&self, wait: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            () = self.requested() => false,
        }
    }
}
