//! Runs a command in a container, shows what it writes, and ends with its exit code.
//!
//! ```text
//! cargo run -p jci-runtime --example run -- debian:12 sh -c 'echo hello from $(hostname)'
//! cargo run -p jci-runtime --example run -- --host sh -c 'echo hello from this machine'
//! ```

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use futures_util::TryStreamExt as _;
use jci_runtime::{ContainerSpec, HostProcesses, Runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (runtime, image, command): (Box<dyn Runtime>, &str, &[&str]) = match arguments.as_slice() {
        // This program, started once more to watch over the processes.
        ["--supervise", folder] => {
            jci_runtime::supervise(Path::new(folder))?;
            return Ok(ExitCode::SUCCESS);
        }
        ["--host", command @ ..] => {
            let state = std::env::temp_dir().join("jci-runtime-example");
            let this = std::env::current_exe()?;
            (Box::new(HostProcesses::new(&state, this, ["--supervise"])?), "", command)
        }
        #[cfg(unix)]
        [image, command @ ..] => {
            use jci_runtime::{DockerEngine, Endpoint};
            (Box::new(DockerEngine::connect(&Endpoint::default()).await?), image, command)
        }
        #[cfg(windows)]
        [_, ..] => return Err("there are no images here: say --host and a command".into()),
        [] => return Err("say an image and a command".into()),
    };
    let engine = runtime.engine().await?;
    eprintln!("{}", engine.name);
    for warning in engine.warnings {
        eprintln!("warning: {warning}");
    }
    if !runtime.has_image(image).await? {
        let mut show = |progress: jci_runtime::PullProgress| {
            eprint!("\rfetching {image}: {} of {} bytes", progress.received, progress.total);
        };
        runtime.pull_image(image, &mut show).await?;
        eprintln!();
    }

    let container = runtime
        .start(&ContainerSpec {
            image: image.to_owned(),
            command: command.iter().map(ToString::to_string).collect(),
            ..ContainerSpec::default()
        })
        .await?;
    let mut log = runtime.logs(&container, 0).await?;
    while let Some(bytes) = log.try_next().await? {
        std::io::stdout().write_all(&bytes)?;
    }
    let exit = runtime.wait(&container).await?;
    runtime.remove(&container).await?;
    eprintln!("{:?}, exit code {}", exit.reason, exit.code);
    Ok(ExitCode::from(u8::try_from(exit.code).unwrap_or(255)))
}
