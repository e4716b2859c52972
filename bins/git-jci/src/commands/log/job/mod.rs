//! The log of a job of a jci-server.

mod address;
mod api;
mod client;
mod events;
mod follow;
mod patience;
mod token;

use std::io;

use self::address::JobAddress;
use self::api::{Api, Failure};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};

/// Tells whether what was typed is an address rather than the name of a run.
pub(super) fn is_address(typed: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| typed.starts_with(scheme))
}

/// Prints what the server has of a job's log; with `follow`, goes on until the job has ended.
pub(super) fn print(
    typed: &str,
    follow: bool,
    context: &Context,
) -> Result<ExitCode, CommandError> {
    let address = JobAddress::parse(typed)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime
        .map_err(|error| CommandError::failed("failed to wait for the network").because(error))?;
    runtime.block_on(async {
        let mut api = Api::new(&address, context)?;
        let mut out = io::stdout().lock();
        if follow {
            return follow::follow(&mut api, &mut out).await;
        }
        print_so_far(&mut api, &mut out).await
    })
}

/// Prints what there is now, piece by piece.
async fn print_so_far(
    api: &mut Api<'_>,
    out: &mut impl io::Write,
) -> Result<ExitCode, CommandError> {
    let mut answer = match api.get("/log", &[], None).await {
        Ok(answer) => answer,
        Err(failure) => return Err(failure.into_error(api.address())),
    };
    loop {
        match answer.chunk().await {
            Ok(Some(piece)) => out.write_all(&piece)?,
            Ok(None) => break,
            Err(error) => return Err(Failure::Away(error).into_error(api.address())),
        }
    }
    out.flush()?;
    Ok(exit_code::OK)
}
