//! placeholder
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}
pub(crate) fn run(
    _: &str,
    _: &Args,
) -> Result<crate::exit_code::ExitCode, crate::error::CommandError> {
    Ok(crate::exit_code::OK)
}
