//! What became of each ref of a push, in the words of receive-pack.

use bytes::{Bytes, BytesMut};

use super::capabilities::Capabilities;
use super::commands::CommandList;
use super::packet::{Band, FLUSH, error_line, write_band, write_line};
use super::rules::Refusals;

/// Writes the report of a push of which the rules refuse something.
pub(crate) fn refused(list: &CommandList, refusals: &Refusals) -> Bytes {
    let reasons = refusals.refs.iter().map(ToString::to_string);
    answer(list, "ok", reasons, &refusals.hint)
}

/// Writes the report of a push that failed as a whole, for one reason.
pub(crate) fn failed(list: &CommandList, sentence: &str) -> Bytes {
    let reasons = list.commands.iter().map(|_| "see above".to_owned());
    answer(list, "not stored, see above", reasons, sentence)
}

/// Writes the report of a push of which the forge has not said what became of it.
pub(crate) fn in_doubt(list: &CommandList, sentence: &str) -> Bytes {
    let reasons = list.commands.iter().map(|_| "see above".to_owned());
    answer(list, "nobody knows whether it is stored, push again to find out", reasons, sentence)
}

/// Makes git stop with a sentence, where there are no refs to report on.
pub(crate) fn stopped(capabilities: &Capabilities, sentence: &str) -> Bytes {
    if !capabilities.in_bands() {
        return error_line(sentence);
    }
    let mut out = BytesMut::new();
    write_band(&mut out, Band::Error, format!("jci: {sentence}\n").as_bytes());
    out.extend_from_slice(FLUSH);
    out.freeze()
}

fn answer(
    list: &CommandList,
    unpack: &str,
    reasons: impl Iterator<Item = String>,
    sentence: &str,
) -> Bytes {
    if !list.capabilities.wants_report() {
        return stopped(&list.capabilities, sentence);
    }
    let mut report = BytesMut::new();
    write_line(&mut report, format!("unpack {unpack}\n").as_bytes());
    for (command, reason) in list.commands.iter().zip(reasons) {
        let mut line = b"ng ".to_vec();
        line.extend_from_slice(&command.name);
        line.extend_from_slice(format!(" {reason}\n").as_bytes());
        write_line(&mut report, &line);
    }
    report.extend_from_slice(FLUSH);
    if !list.capabilities.in_bands() {
        return report.freeze();
    }
    let mut out = BytesMut::new();
    write_band(&mut out, Band::Progress, format!("jci: {sentence}\n").as_bytes());
    write_band(&mut out, Band::Data, &report);
    out.extend_from_slice(FLUSH);
    out.freeze()
}
