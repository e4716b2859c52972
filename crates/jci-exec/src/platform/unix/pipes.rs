use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The room for output in the kernel, where it lets us choose.
///
/// A job that writes much then changes places with the reader less often; any user may ask for
/// this.
#[cfg(target_os = "linux")]
const PIPE_SIZE: usize = 128 * 1024;

/// How long to leave a kernel in peace that could not wait for us.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(10);

/// Makes the pipe that stdout and stderr of a job share.
pub(crate) fn shared_pipe() -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = io::pipe()?;
    #[cfg(target_os = "linux")]
    {
        // A user with many large pipes is refused: the usual size does as well.
        let _ = rustix::pipe::fcntl_setpipe_size(&writer, PIPE_SIZE);
    }
    Ok((reader, writer))
}

/// Counts the bytes that can be read from `pipe` without waiting.
pub(crate) fn bytes_waiting(pipe: &PipeReader) -> io::Result<u64> {
    Ok(rustix::io::ioctl_fionread(pipe)?)
}

/// Waits until there is output, or no process of the job any more (`over` has lost its writer), and
/// tells which.
pub(crate) fn wait_output(output: &PipeReader, over: &PipeReader) -> [bool; 2] {
    wait_readable([output.as_fd(), over.as_fd()], None)
}

/// Waits until one of `files` has something to read or has lost its last writer, and says which.
///
/// None of them after the timeout, and also when a signal came: callers look again in any case.
pub(super) fn wait_readable<const N: usize>(
    files: [BorrowedFd<'_>; N],
    timeout: Option<Duration>,
) -> [bool; N] {
    let longest = Timespec { tv_sec: i32::MAX.into(), tv_nsec: 0 };
    let timeout = timeout.map(|time| Timespec::try_from(time).unwrap_or(longest));
    let mut polled = files.map(|file| PollFd::from_borrowed_fd(file, PollFlags::IN));
    match poll(&mut polled, timeout.as_ref()) {
        Ok(_) => polled.map(|file| !file.revents().is_empty()),
        Err(rustix::io::Errno::INTR) => [false; N],
        Err(_) => {
            // A kernel short of memory refuses even this: look again later, but do not spin.
            thread::sleep(PAUSE_AFTER_REFUSAL);
            [false; N]
        }
    }
}
