//! Server-sent events, out of bytes in any pieces.

/// No line of a server of ours is as long as this: a piece of a log has 32 KiB.
const LONGEST_LINE: usize = 1 << 20;

/// An event; what it does not name is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) data: String,
}

/// Fails because what comes is no stream of events.
#[derive(Debug, thiserror::Error)]
#[error("what it sends is no stream of events")]
pub(super) struct NotEvents;

/// Reads events.
#[derive(Debug, Default)]
pub(super) struct EventReader {
    line: Vec<u8>,
    event: Event,
}

impl EventReader {
    /// Takes the bytes that came; returns the events that are whole with them.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Vec<Event>, NotEvents> {
        let mut events = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if self.line.len() > LONGEST_LINE {
                return Err(NotEvents);
            }
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                let line = std::str::from_utf8(&line).map_err(|_| NotEvents)?;
                events.extend(self.take_line(line.trim_end_matches(['\n', '\r'])));
            }
        }
        Ok(events)
    }

    /// Takes a line; an empty one ends an event.
    fn take_line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return (!event.data.is_empty()).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "id" => value.clone_into(&mut self.event.id),
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            // A comment, which says that the server is there, or what we do not know.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &str = ": there\n\nevent: log\nid: 1:3\ndata: YWJj\n\nid: 1:4\r\ndata:x\r\n\
                          data: y\r\nretry: 5\r\n\r\nevent: end\ndata: {}\n\nevent: half";

    fn event(name: &str, id: &str, data: &str) -> Event {
        Event { name: name.to_owned(), id: id.to_owned(), data: data.to_owned() }
    }

    proptest! {
        #[test]
        fn events_are_the_same_however_they_are_cut(cuts in prop::collection::vec(0..STREAM.len(), 0..9)) {
            let mut cuts = cuts;
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let mut reader = EventReader::default();
            let mut events = Vec::new();
            for cut in cuts.windows(2) {
                events.extend(reader.take(&STREAM.as_bytes()[cut[0]..cut[1]]).unwrap());
            }
            let expected =
                [event("log", "1:3", "YWJj"), event("", "1:4", "x\ny"), event("end", "", "{}")];
            prop_assert_eq!(events, expected);
        }
    }

    #[test]
    fn what_is_no_stream_of_events_is_noticed() {
        assert!(EventReader::default().take(b"\xff\n").is_err());
        assert!(EventReader::default().take(&vec![b'x'; LONGEST_LINE + 1]).is_err());
    }
}
