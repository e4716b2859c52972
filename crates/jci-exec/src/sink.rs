use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

/// Takes the output of a job piece by piece, as it comes.
pub trait OutputSink {
    /// Takes the next piece, read `at` this time after the start of the job.
    ///
    /// The piece ends where the pipe was empty for a moment, not at the end of a line. After an
    /// error the sink is given nothing more; the job goes on.
    fn output(&mut self, at: Duration, bytes: &[u8]) -> io::Result<()>;

    /// Learns that no more output comes, to write what it still holds back.
    fn finish(&mut self, at: Duration) -> io::Result<()> {
        let _ = at;
        Ok(())
    }
}

impl<S: OutputSink + ?Sized> OutputSink for &mut S {
    fn output(&mut self, at: Duration, bytes: &[u8]) -> io::Result<()> {
        (**self).output(at, bytes)
    }

    fn finish(&mut self, at: Duration) -> io::Result<()> {
        (**self).finish(at)
    }
}

impl<S: OutputSink + ?Sized> OutputSink for Box<S> {
    fn output(&mut self, at: Duration, bytes: &[u8]) -> io::Result<()> {
        (**self).output(at, bytes)
    }

    fn finish(&mut self, at: Duration) -> io::Result<()> {
        (**self).finish(at)
    }
}

/// Writes the output to a file, a terminal or anything else that is [`Write`], each piece at once.
#[derive(Debug)]
pub struct WriteSink<W>(W);

impl<W: Write> WriteSink<W> {
    /// Writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self(writer)
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.0
    }
}

impl<W: Write> OutputSink for WriteSink<W> {
    fn output(&mut self, _at: Duration, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)?;
        // Whoever watches the job sees a prompt without its newline too.
        self.0.flush()
    }
}

/// Says where in the output a sink failed, and of what.
#[derive(Debug, thiserror::Error)]
#[error("the output could not be written from byte {at_byte} on")]
pub struct SinkError {
    /// The number of bytes of the output that the sink had taken without an error.
    pub at_byte: u64,
    /// What went wrong.
    #[source]
    pub error: io::Error,
}

/// Feeds one sink and stops feeding it when it fails.
#[derive(Debug)]
pub(crate) struct Guarded<S> {
    sink: S,
    taken: u64,
    failure: Option<SinkError>,
}

impl<S: OutputSink> Guarded<S> {
    pub(crate) fn new(sink: S) -> Self {
        Self { sink, taken: 0, failure: None }
    }

    pub(crate) fn output(&mut self, at: Duration, bytes: &[u8]) {
        self.attempt(|sink| sink.output(at, bytes));
        if self.failure.is_none() {
            self.taken += bytes.len() as u64;
        }
    }

    pub(crate) fn finish(&mut self, at: Duration) {
        self.attempt(|sink| sink.finish(at));
    }

    pub(crate) fn into_failure(self) -> Option<SinkError> {
        self.failure
    }

    fn attempt(&mut self, act: impl FnOnce(&mut S) -> io::Result<()>) {
        if self.failure.is_none()
            && let Err(error) = act(&mut self.sink)
        {
            self.failure = Some(SinkError { at_byte: self.taken, error });
        }
    }
}

/// Hands the same output to several sinks, each of which may fail without harm to the others.
///
/// It never fails itself: [`Tee::failures`] tells afterwards which of them did.
#[derive(Default)]
pub struct Tee<'a> {
    sinks: Vec<(String, Guarded<Box<dyn OutputSink + 'a>>)>,
}

impl<'a> Tee<'a> {
    /// Makes a tee that feeds nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Feeds `sink` too; `name` is what [`Tee::failures`] calls it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, sink: impl OutputSink + 'a) -> Self {
        self.sinks.push((name.into(), Guarded::new(Box::new(sink))));
        self
    }

    /// Lists the sinks that failed, by name.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &SinkError)> {
        self.sinks.iter().filter_map(|(name, sink)| Some((name.as_str(), sink.failure.as_ref()?)))
    }
}

impl OutputSink for Tee<'_> {
    fn output(&mut self, at: Duration, bytes: &[u8]) -> io::Result<()> {
        for (_, sink) in &mut self.sinks {
            sink.output(at, bytes);
        }
        Ok(())
    }

    fn finish(&mut self, at: Duration) -> io::Result<()> {
        for (_, sink) in &mut self.sinks {
            sink.finish(at);
        }
        Ok(())
    }
}

impl fmt::Debug for Tee<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.sinks.iter().map(|(name, sink)| (name, &sink.failure))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes `room` pieces and then says that it is full.
    struct Small {
        room: usize,
        calls: usize,
    }

    impl OutputSink for Small {
        fn output(&mut self, _at: Duration, _bytes: &[u8]) -> io::Result<()> {
            self.calls += 1;
            if self.calls > self.room { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }
    }

    #[test]
    fn a_failing_sink_is_left_alone_and_the_others_go_on() {
        let mut small = Small { room: 1, calls: 0 };
        let mut whole = WriteSink::new(Vec::new());
        let mut tee = Tee::new().with("small", &mut small).with("whole", &mut whole);
        for piece in [&b"one"[..], b"two", b"three"] {
            tee.output(Duration::ZERO, piece).unwrap();
        }
        tee.finish(Duration::ZERO).unwrap();
        let failures: Vec<_> =
            tee.failures().map(|(name, e)| (name, e.at_byte, e.error.kind())).collect();
        assert_eq!(failures, [("small", 3, io::ErrorKind::StorageFull)]);
        drop(tee);
        assert_eq!(small.calls, 2);
        assert_eq!(whole.into_inner(), b"onetwothree");
    }
}
