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

#[cfg(test)]
mod tests {
    use super::super::commands::Command;
    use super::super::rules::Wrong;
    use super::*;

    fn list(capabilities: &str) -> CommandList {
        let command = |name: &[u8]| Command { old: None, new: None, name: name.to_owned() };
        CommandList {
            commands: vec![command(b"refs/heads/main"), command(b"refs/x\xff")],
            capabilities: Capabilities::parse(capabilities.as_bytes()),
        }
    }

    fn refusals() -> Refusals {
        let refs = vec![Wrong::NoRun, Wrong::InBadCompany];
        Refusals { refs, hint: "no".to_owned() }
    }

    #[test]
    fn each_ref_has_its_reason_under_the_very_name_that_git_sent() {
        let report = refused(&list("report-status"), &refusals());
        insta::assert_snapshot!(report.escape_ascii(), @r"
        000eunpack ok\n0037ng refs/heads/main a job may push nothing but runs\n0047ng refs/x\xff not stored, because another ref of this push is refused\n0000
        ");
        let report = in_doubt(&list("report-status"), "gone");
        insta::assert_snapshot!(report.escape_ascii(), @r"
        0045unpack nobody knows whether it is stored, push again to find out\n0021ng refs/heads/main see above\n0019ng refs/x\xff see above\n0000
        ");
    }

    #[test]
    fn where_there_are_bands_the_hint_has_its_own() {
        let report = refused(&list("report-status side-band-64k"), &refusals());
        insta::assert_snapshot!(report.escape_ascii(), @r"
        000d\x02jci: no\n0095\x01000eunpack ok\n0037ng refs/heads/main a job may push nothing but runs\n0047ng refs/x\xff not stored, because another ref of this push is refused\n00000000
        ");
    }

    #[test]
    fn without_refs_git_is_stopped() {
        let bands = Capabilities::parse(b"side-band-64k");
        assert_eq!(&stopped(&bands, "no")[..], b"000d\x03jci: no\n0000");
        assert_eq!(&stopped(&Capabilities::default(), "no")[..], b"0010ERR jci: no\n");
    }
}
