//! Sets a status of a commit on a Gitea:
//! `FORGE_TOKEN=… cargo run -p jci-forge --example post_status -- git.example.org team/site <commit>`

use std::error::Error;

use jci_forge::{BaseUrl, Forge, ForgeKind, ObjectId, RepoName, State, Token};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, name, commit] = arguments.as_slice() else {
        return Err("expected: <host> <owner>/<name> <commit>".into());
    };
    // The token comes by the environment: arguments are seen by every process of the machine.
    let token = Token::new(&std::env::var("FORGE_TOKEN")?)?;
    let forge = Forge::builder(ForgeKind::Gitea, BaseUrl::parse(host)?).token(token).build()?;
    let repository = forge.repository(&RepoName::parse(name)?);
    let commit = ObjectId::new(commit)?;
    let status = repository.create_status(&commit, State::Success, "example");
    status.description("set by an example").send().await?;
    println!("{commit} has passed");
    Ok(())
}
