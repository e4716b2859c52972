//! What a push wants to do to which refs: the list in front of the pack.
//!
//! The list is read into values and written anew for the forge, so that the forge cannot read
//! it in another way than it was checked.

use bytes::{Bytes, BytesMut};
use jci_forge::ObjectId;

use super::capabilities::Capabilities;
use super::packet::{FLUSH, NotAPacket, PacketBuffer, write_line};

/// So many bytes a list may have.
const MAX_BYTES: usize = 256 * 1024;
/// So many refs a push may name.
const MAX_COMMANDS: usize = 1000;

/// What is to become of one ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// What the ref is expected to point to; nothing if it is expected not to exist.
    pub(crate) old: Option<ObjectId>,
    /// What it shall point to; nothing if it shall go away.
    pub(crate) new: Option<ObjectId>,
    /// The full name, in whatever bytes git sent.
    pub(crate) name: Vec<u8>,
}

/// A whole list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CommandList {
    /// The commands in the order of git.
    pub(crate) commands: Vec<Command>,
    /// What git asks for.
    pub(crate) capabilities: Capabilities,
}

impl CommandError {
    /// Tells whether a real git may run into it, and so should read why.
    pub(crate) fn is_of_git(&self) -> bool {
        match self {
            Self::NotAPacket(_) | Self::NotACommand { .. } | Self::BrokeOff => false,
            Self::Signed | Self::Options | Self::NoReport | Self::TooLong { .. } => true,
        }
    }
}

impl CommandList {
    /// Writes the list for the forge, with the capabilities that are passed on.
    ///
    /// What a shallow clone says about its limits is not repeated: a run has no parents, so that
    /// none of it can lie beyond them.
    pub(crate) fn to_bytes(&self) -> Bytes {
        let mut out = BytesMut::new();
        for (index, command) in self.commands.iter().enumerate() {
            let zeros = |other: &Option<ObjectId>| {
                "0".repeat(other.as_ref().map_or(40, |id| id.as_str().len()))
            };
            let text = |id: &Option<ObjectId>, other| {
                id.as_ref().map_or_else(|| zeros(other), ToString::to_string)
            };
            let (old, new) = (text(&command.old, &command.new), text(&command.new, &command.old));
            let mut line = format!("{old} {new} ").into_bytes();
            line.extend_from_slice(&command.name);
            if index == 0 {
                line.push(0);
                line.extend_from_slice(&self.capabilities.passed().to_bytes());
            }
            write_line(&mut out, &line);
        }
        out.extend_from_slice(FLUSH);
        out.freeze()
    }
}

/// Fails because a list of commands cannot be read or is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CommandError {
    /// There is something else than a pkt-line.
    #[error("the push is not what git sends: {0}")]
    NotAPacket(#[from] NotAPacket),
    /// A line is no command.
    #[error("the push is not what git sends: {found:?} is no command")]
    NotACommand {
        /// How the line begins.
        found: String,
    },
    /// The list ends before its end.
    #[error("the push broke off in its list of refs")]
    BrokeOff,
    /// The push is signed.
    #[error("signed pushes are not taken from jobs; push without --signed")]
    Signed,
    /// The push comes with options, whose list would stand in front of the pack.
    #[error("push options are not taken from jobs; push without --push-option")]
    Options,
    /// git would not read what becomes of its refs.
    #[error("this git asks for no report on its push, so that it could not be told of a refusal")]
    NoReport,
    /// The list is too long.
    #[error("the push has too many refs at once: {limit} {unit} is the limit")]
    TooLong {
        /// The limit.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
}

/// Reads a list as it comes.
#[derive(Debug, Default)]
pub(crate) struct CommandReader {
    packets: PacketBuffer,
    taken: usize,
    list: CommandList,
    ended: bool,
}

impl CommandReader {
    /// Takes the next bytes and tells whether the list is whole; what follows it is kept.
    ///
    /// # Errors
    ///
    /// Fails at the first line that is no command, and if the list grows too long.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<bool, CommandError> {
        self.packets.push(bytes);
        while !self.ended {
            let Some(packet) = self.packets.next()? else { break };
            self.taken += packet.as_bytes().len();
            if self.taken > MAX_BYTES {
                return Err(CommandError::TooLong { limit: MAX_BYTES, unit: "bytes" });
            }
            match packet.payload() {
                Some(line) => self.line(line)?,
                None if packet.is_flush() => self.end()?,
                None => return Err(not_a_command(packet.as_bytes())),
            }
        }
        Ok(self.ended)
    }

    /// Returns what git asks for, as far as it was read.
    pub(crate) fn capabilities(&self) -> &Capabilities {
        &self.list.capabilities
    }

    /// Returns the list and the first bytes of the pack.
    ///
    /// # Errors
    ///
    /// Fails if the list is not whole.
    pub(crate) fn finish(mut self) -> Result<(CommandList, Bytes), CommandError> {
        if !self.ended {
            return Err(CommandError::BrokeOff);
        }
        Ok((self.list, self.packets.take_rest()))
    }

    fn end(&mut self) -> Result<(), CommandError> {
        let CommandList { commands, capabilities } = &self.list;
        if capabilities.has("push-options") {
            return Err(CommandError::Options);
        }
        if !commands.is_empty() && !capabilities.wants_report() {
            return Err(CommandError::NoReport);
        }
        self.ended = true;
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> Result<(), CommandError> {
        let (line, capabilities) = match line.iter().position(|byte| *byte == 0) {
            Some(nul) if self.list.commands.is_empty() => (&line[..nul], Some(&line[nul + 1..])),
            Some(_) => return Err(not_a_command(line)),
            None => (line, None),
        };
        if let Some(capabilities) = capabilities {
            self.list.capabilities = Capabilities::parse(capabilities);
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if line == b"push-cert" {
            return Err(CommandError::Signed);
        }
        if is_shallow(line) {
            return Ok(());
        }
        if self.list.commands.len() == MAX_COMMANDS {
            return Err(CommandError::TooLong { limit: MAX_COMMANDS, unit: "refs" });
        }
        let command = command(line).ok_or_else(|| not_a_command(line))?;
        self.list.commands.push(command);
        Ok(())
    }
}

fn not_a_command(line: &[u8]) -> CommandError {
    let begin = &line[..line.len().min(60)];
    CommandError::NotACommand { found: begin.escape_ascii().to_string() }
}

fn is_shallow(line: &[u8]) -> bool {
    line.strip_prefix(b"shallow ").is_some_and(|id| matches!(id_or_zeros(id), Some(Some(_))))
}

fn command(line: &[u8]) -> Option<Command> {
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let (old, new, name) = (words.next()?, words.next()?, words.next()?);
    if old.len() != new.len() || name.is_empty() {
        return None;
    }
    Some(Command { old: id_or_zeros(old)?, new: id_or_zeros(new)?, name: name.to_owned() })
}

/// Reads an id; zeros say that there is no object.
fn id_or_zeros(text: &[u8]) -> Option<Option<ObjectId>> {
    if matches!(text.len(), 40 | 64) && text.iter().all(|byte| *byte == b'0') {
        return Some(None);
    }
    ObjectId::new(std::str::from_utf8(text).ok()?).ok().map(Some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    fn lines(lines: &[&[u8]]) -> BytesMut {
        let mut out = BytesMut::new();
        lines.iter().for_each(|line| write_line(&mut out, line));
        out
    }

    fn list(text: &[&str]) -> BytesMut {
        let text: Vec<_> = text.iter().map(|line| line.as_bytes()).collect();
        let mut out = lines(&text);
        out.extend_from_slice(FLUSH);
        out
    }

    fn read(bytes: &[u8], size: usize) -> Result<(CommandList, Bytes), CommandError> {
        let mut reader = CommandReader::default();
        for piece in bytes.chunks(size) {
            reader.push(piece)?;
        }
        reader.finish()
    }

    #[test]
    fn a_list_is_read_up_to_the_pack() {
        let mut bytes = list(&[
            &format!("shallow {A}"),
            &format!("{ZERO} {A} refs/heads/a b\0 report-status side-band-64k agent=git/2\n"),
            &format!("{A} {ZERO} refs/tags/v1"),
        ]);
        bytes.extend_from_slice(b"PACK and so on");
        let (list, pack) = read(&bytes, 3).unwrap();
        assert_eq!(&pack[..], b"PACK and so on");
        let id = Some(ObjectId::new(A).unwrap());
        let create = Command { old: None, new: id.clone(), name: b"refs/heads/a b".to_vec() };
        let delete = Command { old: id, new: None, name: b"refs/tags/v1".to_vec() };
        assert_eq!(list.commands, [create, delete]);
        assert!(list.capabilities.in_bands() && list.capabilities.has("agent"));
    }

    #[test]
    fn the_forge_gets_a_list_of_the_same_meaning() {
        let first = format!("{ZERO} {A} refs/x\0report-status agent=git/2 delete-refs");
        let bytes = list(&[&format!("shallow {A}"), &first, &format!("{A} {ZERO} refs/y")]);
        let written = read(&bytes, 100).unwrap().0.to_bytes();
        let first = format!("{ZERO} {A} refs/x\0report-status");
        assert_eq!(written, list(&[&first, &format!("{A} {ZERO} refs/y")]));
    }

    #[test]
    fn a_probe_is_an_empty_list() {
        let (list, pack) = read(FLUSH, 4).unwrap();
        assert!(list.commands.is_empty() && pack.is_empty());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let not = |bytes: &[u8]| read(bytes, 7).unwrap_err();
        assert!(matches!(not(b"PACK"), CommandError::NotAPacket(_)));
        assert_eq!(not(b""), CommandError::BrokeOff);
        assert_eq!(not(&lines(&[format!("{ZERO} {A} refs/x").as_bytes()])), CommandError::BrokeOff);
        assert_eq!(not(&list(&["push-cert\0report-status"])), CommandError::Signed);
        for wrong in [
            "hello".to_owned(),
            format!("{A} refs/x"),
            format!("{A}  refs/x"),
            format!("{ZERO} {A} "),
            format!("{ZERO} {A}{A} refs/x"),
            format!("{ZERO} {} refs/x", "g".repeat(40)),
            "shallow ".to_owned(),
            format!("shallow {ZERO}"),
        ] {
            assert!(matches!(not(&list(&[&wrong])), CommandError::NotACommand { .. }), "{wrong}");
        }
        let first = format!("{ZERO} {A} refs/x\0report-status");
        assert_eq!(not(&list(&[&format!("{first} push-options")])), CommandError::Options);
        assert_eq!(not(&list(&[&format!("{ZERO} {A} refs/x")])), CommandError::NoReport);
        let late = [&first[..], &format!("{ZERO} {A} refs/y\0atomic")];
        assert!(matches!(not(&list(&late)), CommandError::NotACommand { .. }));
        assert!(matches!(not(b"0001"), CommandError::NotACommand { .. }));
    }

    #[test]
    fn long_lists_are_refused_before_they_are_held() {
        let short: Vec<_> = (0..=MAX_COMMANDS).map(|n| format!("{ZERO} {A} refs/{n}")).collect();
        let short: Vec<_> = short.iter().map(String::as_str).collect();
        let error = read(&list(&short), 9999).unwrap_err();
        assert_eq!(error, CommandError::TooLong { limit: MAX_COMMANDS, unit: "refs" });
        let long = format!("{ZERO} {A} refs/{}", "x".repeat(60_000));
        let error = read(&list(&[long.as_str(); 6]), 9999).unwrap_err();
        assert_eq!(error, CommandError::TooLong { limit: MAX_BYTES, unit: "bytes" });
    }

    proptest! {
        #[test]
        fn any_lines_in_any_pieces_give_the_same_list(
            lines in proptest::collection::vec(
                prop_oneof![
                    "[0a]{40} [0a]{40} [ -~]{0,9}(\0(report-status )?[a-z =-]{0,20})?",
                    "shallow [0a]{40}",
                    ".{1,60}",
                ],
                0..6,
            ),
            tail in proptest::collection::vec(any::<u8>(), 0..40),
            size in 1_usize..50,
        ) {
            let texts: Vec<_> = lines.iter().map(String::as_str).collect();
            let mut bytes = list(&texts);
            bytes.extend_from_slice(&tail);
            let (whole, split) = (read(&bytes, bytes.len()), read(&bytes, size));
            prop_assert_eq!(&whole, &split);
            if let Ok((list, rest)) = whole {
                prop_assert_eq!(&rest[..], &tail[..]);
                let again = read(&list.to_bytes(), size).map(|(list, _)| list.commands);
                prop_assert_eq!(again, Ok(list.commands));
            }
        }

        #[test]
        fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(read(&bytes, 300), read(&bytes, 1));
        }
    }
}
