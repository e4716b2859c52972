//! The image of a job, which its repository may name.

use std::time::Duration;

use jci_coord::{Job, Outcome, Verdict};
use jci_forge::{FilePath, Forge, NameError, ObjectId, RepoName, RequestError};
use tokio::time::timeout;

use super::allowed_images::AllowedImages;
use super::reason::sentence;
use crate::config::Config;
use crate::http::chain;

/// The file that names it.
const FILE: &str = ".jci/image";
/// The forge may take so long to say what it holds: the lease of the job runs already.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many bytes a name has at most.
const LONGEST: usize = 255;

/// Fails because it is not known in which image a job is to run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImageError {
    /// The forge did not answer as it should.
    #[error("the forge does not say what {FILE} holds")]
    Forge(#[from] RequestError),
    /// It did not answer in time.
    #[error("the forge does not say what {FILE} holds: it did not answer in {PATIENCE:?}")]
    Slow,
    /// The job names what is on no forge.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The file holds something else.
    #[error("{FILE} does not hold one line with the name of an image")]
    NoImage,
    /// The settings say no.
    #[error("{FILE} names {image}, which this server does not allow; JCI_JOB_IMAGES is {allowed}")]
    NotAllowed {
        /// The image that it names.
        image: String,
        /// What the settings allow.
        allowed: String,
    },
}

impl ImageError {
    /// Says what comes of the attempt. What the repository holds is as wrong the next time; the
    /// forge may be back by then.
    pub(crate) fn outcome(&self) -> Outcome {
        let verdict = match self {
            Self::Forge(_) | Self::Slow => Verdict::InfraError,
            Self::Name(_) | Self::NoImage | Self::NotAllowed { .. } => Verdict::Err,
        };
        Outcome { reason: sentence(&chain(self)), ..Outcome::new(verdict) }
    }
}

/// Finds the image of a job: its own, that which its commit names if any may be named, or that of
/// the settings.
pub(crate) async fn image(
    config: &Config,
    forge: &Forge,
    name: &RepoName,
    job: &Job,
) -> Result<String, ImageError> {
    let usual = job.spec.image.as_ref().unwrap_or(&config.jobs.image);
    let allowed = &config.jobs.images;
    if job.spec.image.is_some() || allowed.is_none() {
        return Ok(usual.clone());
    }
    let (repository, path) = (forge.repository(name), FilePath::new(FILE)?);
    let commit = ObjectId::new(job.spec.commit.as_str())?;
    let file = timeout(PATIENCE, repository.file(&commit, &path).send()).await;
    match file.map_err(|_| ImageError::Slow)?? {
        None => Ok(usual.clone()),
        Some(content) => named(&content, allowed),
    }
}

/// Reads the name of an image, and judges it.
fn named(content: &[u8], allowed: &AllowedImages) -> Result<String, ImageError> {
    let text = std::str::from_utf8(content).map_err(|_| ImageError::NoImage)?;
    let image = text.trim();
    if !is_image(image) {
        return Err(ImageError::NoImage);
    }
    if !allowed.allow(image) {
        return Err(ImageError::NotAllowed {
            image: image.to_owned(),
            allowed: allowed.to_string(),
        });
    }
    Ok(image.to_owned())
}

/// Tells whether a text can be the name of an image, with a registry, a tag, a digest or without.
fn is_image(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._/:@-".contains(&byte);
    text.len() <= LONGEST
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_one_name() {
        let all = AllowedImages::parse("*").unwrap();
        let digest = format!("registry.example.org:5000/team/image:1@sha256:{}", "a".repeat(64));
        for image in ["python", "python:3.11", "ghcr.io/team/image_1.x", &digest] {
            assert_eq!(named(format!("{image}\r\n").as_bytes(), &all).unwrap(), image);
        }
        let long = "a".repeat(LONGEST + 1);
        for wrong in ["", "\n", "a b", "a\nb", "--privileged", "a;b", "a$(b)", "ä", &long] {
            assert!(matches!(named(wrong.as_bytes(), &all), Err(ImageError::NoImage)), "{wrong}");
        }
        assert!(matches!(named(b"\xff", &all), Err(ImageError::NoImage)));
    }

    #[test]
    fn one_that_is_not_allowed_is_named_with_those_that_are() {
        let allowed = AllowedImages::parse("python:*, alpine").unwrap();
        let refused = named(b"evil:1", &allowed).unwrap_err();
        assert_eq!(refused.outcome().verdict, Verdict::Err);
        let said = ".jci/image names evil:1, which this server does not allow; JCI_JOB_IMAGES is \
                    python:*,alpine";
        assert_eq!(refused.outcome().reason.as_deref(), Some(said));
        assert_eq!(ImageError::Slow.outcome().verdict, Verdict::InfraError);
    }
}
