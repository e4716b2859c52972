//! `git jci web`.

use std::io::{self, ErrorKind, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use jci_web::{Hosts, Server, ServerError, Views};

use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::stderr::tell;

/// Look at the runs of this repository in a browser
///
/// Serves pages to this machine only, unless told otherwise, until Ctrl-C. Nothing can be changed
/// through them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git jci web                       at http://127.0.0.1:8000/
  git jci web 0                     at any port that is free; the address is printed
  ssh -L 8000:localhost:8000 HOST git -C REPO jci web
                                    the runs of another machine, at http://localhost:8000/")]
pub(crate) struct Args {
    /// The port to listen on; 0 takes any that is free
    #[arg(default_value_t = 8000)]
    port: u16,

    /// Listen on this address of the machine; whoever reaches it sees everything
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,

    /// Answer browsers that come by this name, too, such as `ci.example.org` or `localhost:9000`
    #[arg(long, value_name = "NAME[:PORT]")]
    allow_host: Vec<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let store = context.lasting_store()?;
    let views = Views::new(store, env!("CARGO_PKG_VERSION"))
        .map_err(|error| CommandError::failed("failed to get random numbers").because(error))?;
    let server = Server::listen(SocketAddr::new(args.host, args.port)).map_err(not_listening)?;
    let mut hosts = Hosts::of(server.address());
    for host in &args.allow_host {
        hosts.allow(host);
    }
    if !args.host.is_loopback() {
        tell!("jci: whoever can reach {} sees all runs and logs; there is no password", args.host);
    }
    if args.host.is_unspecified() && args.allow_host.is_empty() {
        tell!(
            "jci: only browsers on this machine are answered; `--allow-host NAME:PORT` adds a name"
        );
    }
    tell!("jci: serving until Ctrl-C at");
    writeln!(io::stdout(), "http://{}/", reached_at(server.address()))?;
    io::stdout().flush()?;
    let router = jci_web::router(Arc::new(views), hosts);
    match server.serve(&router) {
        Err(error) => Err(CommandError::failed("failed to serve").because(error)),
    }
}

/// Returns the address by which this machine reaches what listens on another.
fn reached_at(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let is_ipv4 = address.is_ipv4();
        address.set_ip(if is_ipv4 {
            Ipv4Addr::LOCALHOST.into()
        } else {
            Ipv6Addr::LOCALHOST.into()
        });
    }
    address
}

/// Says what to type where the port cannot be had.
fn not_listening(error: ServerError) -> CommandError {
    let (address, kind) = match &error {
        ServerError::Listen { address, source } => (*address, source.kind()),
        _ => return CommandError::failed("failed to serve").because(error),
    };
    let wrong = CommandError::not_possible(format!("cannot listen on {address}"));
    let other_port = if address.port() < u16::MAX { address.port() + 1 } else { 8000 };
    match kind {
        ErrorKind::AddrInUse => wrong.because("another program does").hint(format!(
            "type `git jci web {other_port}`, or `git jci web 0` to take any port that is free"
        )),
        ErrorKind::PermissionDenied => wrong
            .because("ports below 1024 are for the administrator")
            .hint("type `git jci web` to listen on port 8000"),
        ErrorKind::AddrNotAvailable => wrong
            .because("this machine has no such address")
            .hint("leave --host away to serve this machine only"),
        _ => wrong.because(error),
    }
}
