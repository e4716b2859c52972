use std::io::{self, PipeReader, PipeWriter};

/// Makes the pipe that stdout and stderr of a job share.
pub(crate) fn shared_pipe() -> io::Result<(PipeReader, PipeWriter)> {
    io::pipe()
}

/// Says that there is output: to read waits for it.
///
/// No process escapes with the pipe in its hands, so it ends when the job is over.
pub(crate) fn wait_output(_output: &PipeReader, _over: &PipeReader) -> [bool; 2] {
    [true, false]
}

/// Counts nothing: what is in the pipe when the job is over is read to its end.
pub(crate) fn bytes_waiting(_pipe: &PipeReader) -> io::Result<u64> {
    Ok(0)
}
