use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use signal_hook::SigId;
use signal_hook::consts::SIGCHLD;

use super::pipes::wait_readable;

/// Lets one loop sleep until a child changes, somebody calls its [`Waker`], or time is up.
///
/// It is the one thing to wait for, the same on every Unix: SIGCHLD tells of the end of the script
/// and, where orphans come to us, of theirs.
#[derive(Debug)]
pub(crate) struct Wake {
    reader: PipeReader,
    waker: Arc<Waker>,
    child_signal: SigId,
}

/// Wakes a [`Wake`] from any thread.
#[derive(Debug)]
pub(crate) struct Waker(PipeWriter);

impl Wake {
    pub(crate) fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        // A full pipe wakes as well as one more byte would, and an empty one ends the reading.
        rustix::io::ioctl_fionbio(&writer, true)?;
        rustix::io::ioctl_fionbio(&reader, true)?;
        let child_signal = signal_hook::low_level::pipe::register(SIGCHLD, writer.try_clone()?)?;
        Ok(Self { reader, waker: Arc::new(Waker(writer)), child_signal })
    }

    /// Gives the handle that wakes it.
    pub(crate) fn waker(&self) -> &Arc<Waker> {
        &self.waker
    }

    /// Sleeps until something happens, at most for `timeout`.
    pub(crate) fn wait(&self, timeout: Duration) {
        if let [true] = wait_readable([self.reader.as_fd()], Some(timeout)) {
            let mut bytes = [0; 64];
            while (&self.reader).read(&mut bytes).is_ok_and(|read| read == bytes.len()) {}
        }
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        signal_hook::low_level::unregister(self.child_signal);
    }
}

impl Waker {
    pub(crate) fn wake(&self) {
        // The only failure is a full pipe, and then the sleeper is awake already.
        let _ = (&self.0).write(&[0]);
    }
}
