//! Serves the runs of a repository to this machine.

#![expect(clippy::print_stdout, reason = "an example that tells what it does")]

use std::path::Path;
use std::sync::Arc;

use jci_store::Store;
use jci_web::{Hosts, Server, Views, router};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let repository = std::env::args_os().nth(1).ok_or("give the path of a repository")?;
    let store = Store::discover_lasting(Path::new(&repository))?;
    let views = Arc::new(Views::new(store, "example")?);
    let server = Server::listen(([127, 0, 0, 1], 0).into())?;
    println!("http://{}/", server.address());
    let routes = router(views, Hosts::of(server.address()));
    match server.serve(&routes)? {}
}
