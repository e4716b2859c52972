//! The wish that the server end, as everything that runs sees it.

use tokio::sync::watch;

/// Tells when it is time to stop. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

/// Makes it time to stop.
#[derive(Debug)]
pub(crate) struct Stopper(watch::Sender<bool>);

/// Makes a wish that is not yet there.
pub(crate) fn channel() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Asks everything to stop.
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Tells whether it is time to stop.
    pub(crate) fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once it is time to stop.
    pub(crate) async fn requested(&self) {
        let mut receiver = self.0.clone();
        // Who could ask is gone: that is as good as being asked.
        let _ = receiver.wait_for(|requested| *requested).await;
    }
}
