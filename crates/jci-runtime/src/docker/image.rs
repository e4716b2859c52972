//! Images: whether they are there, and fetching them.

use std::collections::HashMap;
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptions;
use futures_util::StreamExt as _;

use super::{DockerEngine, failure};
use crate::{PullProgress, RuntimeError};

/// What a registry may take until the engine has its first word to say.
const FIRST_WORD: Duration = Duration::from_secs(600);

pub(super) async fn is_there(engine: &DockerEngine, image: &str) -> Result<bool, RuntimeError> {
    match engine.docker.inspect_image(image).await {
        Ok(_) => Ok(true),
        Err(error) if failure::status(&error) == Some(404) => Ok(false),
        Err(error) => Err(engine.failed("look for", format!("the image {image}"), error)),
    }
}

pub(super) async fn pull(
    engine: &DockerEngine,
    image: &str,
    progress: &mut (dyn FnMut(PullProgress) + Send),
) -> Result<(), RuntimeError> {
    let options =
        CreateImageOptions { from_image: Some(with_tag(image)), ..CreateImageOptions::default() };
    let patient = engine.docker.clone().with_timeout(FIRST_WORD);
    let credentials = engine.credentials.for_image(image);
    let mut words = patient.create_image(Some(options), None, credentials);
    let mut layers = Layers::default();
    while let Some(word) = words.next().await {
        match word {
            Ok(word) => progress(layers.after(word)),
            Err(error) if failure::refused(&error) => {
                return Err(engine.endpoint.unreachable(error));
            }
            Err(error) => return Err(refusal(image, &error)),
        }
    }
    // A stream that was cut between two words ends like one that is complete.
    if is_there(engine, image).await? {
        return Ok(());
    }
    Err(RuntimeError::Pull {
        image: image.to_owned(),
        message: "the engine stopped fetching it, and does not say why".to_owned(),
        transient: true,
        retry_after: None,
    })
}

/// The name of one image: without a tag, the engine would fetch all that the repository has.
fn with_tag(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    if last.contains([':', '@']) { image.to_owned() } else { format!("{image}:latest") }
}

/// The bytes of each layer.
#[derive(Default)]
struct Layers(HashMap<String, PullProgress>);

impl Layers {
    fn after(&mut self, word: CreateImageInfo) -> PullProgress {
        let status = word.status.unwrap_or_default();
        if let Some(id) = word.id {
            let detail = word.progress_detail.unwrap_or_default();
            let bytes = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
            match status.as_str() {
                "Downloading" => {
                    let received = bytes(detail.current).unwrap_or(0);
                    let total = bytes(detail.total).unwrap_or(received).max(received);
                    self.0.insert(id, PullProgress { received, total });
                }
                "Download complete" | "Extracting" | "Pull complete" => {
                    if let Some(layer) = self.0.get_mut(&id) {
                        layer.received = layer.total;
                    }
                }
                _ => {}
            }
        }
        self.0.values().fold(PullProgress { received: 0, total: 0 }, |sum, layer| PullProgress {
            received: sum.received + layer.received,
            total: sum.total + layer.total,
        })
    }
}

/// What the engine's words mean. It passes on what the registry said as text, whose status and
/// headers it keeps to itself.
fn refusal(image: &str, error: &Error) -> RuntimeError {
    let message = failure::words(error);
    let transient = match failure::status(error) {
        Some(status) if !failure::is_busy(status) => false,
        _ => !is_final(&message),
    };
    RuntimeError::Pull {
        image: image.to_owned(),
        retry_after: retry_after(&message),
        message,
        transient,
    }
}

/// Tells whether words say that an image is not there, or not for us: asking again changes nothing.
fn is_final(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    // A registry that wants to be asked less may say so with any of the words below.
    if words.contains("toomanyrequests") || words.contains("too many requests") {
        return false;
    }
    [
        "access denied",
        "authentication required",
        "denied:",
        "invalid reference format",
        "manifest unknown",
        "name unknown",
        "no basic auth credentials",
        "no matching manifest",
        "not found",
        "unauthorized",
        "unsupported media type",
        "x509:",
    ]
    .iter()
    .any(|sign| words.contains(sign))
}

/// Reads when to ask again: `retry-after: 44.6ms, allowed: 44000/minute`, `Retry-After: 30`.
fn retry_after(words: &str) -> Option<Duration> {
    let words = words.to_ascii_lowercase();
    let sign = "retry-after";
    let at = words.find(sign).or_else(|| words.find("retry after"))?;
    let rest = words[at + sign.len()..].trim_start_matches([':', '=', ' ', '"']);
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
    let (number, unit) = rest.split_at(end);
    let number: f64 = number.parse().ok()?;
    let unit: String = unit.trim_start().chars().take_while(|c| c.is_alphabetic()).collect();
    let seconds = match unit.as_str() {
        "" | "s" | "sec" | "second" | "seconds" => number,
        "ms" => number / 1e3,
        "us" | "µs" | "μs" => number / 1e6,
        "ns" => number / 1e9,
        "m" | "min" | "minute" | "minutes" => number * 60.0,
        "h" | "hour" | "hours" => number * 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_without_a_tag_is_its_latest() {
        for (image, full) in [
            ("busybox", "busybox:latest"),
            ("localhost:5000/busybox", "localhost:5000/busybox:latest"),
            ("busybox:1.35", "busybox:1.35"),
            ("ghcr.io/a/b@sha256:0123", "ghcr.io/a/b@sha256:0123"),
        ] {
            assert_eq!(with_tag(image), full);
        }
    }

    #[test]
    fn the_words_of_registries() {
        let asked = |status_code, message: &str| {
            let message = message.to_owned();
            let error = Error::DockerResponseServerError { status_code, message };
            let refusal = refusal("a", &error);
            (refusal.is_transient(), refusal.retry_after())
        };
        let seconds = |seconds| Some(Duration::from_secs_f64(seconds));

        for (status, message, expected) in [
            (500, "toomanyrequests: You have reached your pull rate limit.", (true, None)),
            (
                500,
                "toomanyrequests: retry-after: 44.5ms, allowed: 44000/minute",
                (true, seconds(0.0445)),
            ),
            (429, "too many requests, Retry-After: 30", (true, seconds(30.0))),
            (500, "received unexpected HTTP status: 503 Service Unavailable", (true, None)),
            (500, "Get \"https://r/v2/\": net/http: TLS handshake timeout", (true, None)),
            (500, "Get \"https://r/v2/\": dial tcp: lookup r: no such host", (true, None)),
            (500, "manifest for r/a:9 not found: manifest unknown: …", (false, None)),
            (500, "unauthorized: authentication required", (false, None)),
            (404, "pull access denied for a, repository does not exist", (false, None)),
            (400, "invalid reference format", (false, None)),
        ] {
            assert_eq!(asked(status, message), expected, "{message}");
        }
    }

    #[test]
    fn progress_is_that_of_all_layers() {
        let mut layers = Layers::default();
        let mut said = |id: &str, status: &str, bytes: Option<(i64, i64)>| {
            let progress_detail = bytes.map(|(current, total)| bollard::models::ProgressDetail {
                current: Some(current),
                total: Some(total),
            });
            let progress = layers.after(CreateImageInfo {
                id: Some(id.to_owned()),
                status: Some(status.to_owned()),
                progress_detail,
                ..CreateImageInfo::default()
            });
            (progress.received, progress.total)
        };
        assert_eq!(said("a", "Pulling fs layer", None), (0, 0));
        assert_eq!(said("a", "Downloading", Some((10, 100))), (10, 100));
        assert_eq!(said("b", "Downloading", Some((5, 50))), (15, 150));
        assert_eq!(said("a", "Download complete", None), (105, 150));
        // Extracting counts other bytes, those of the layer as it is on the disk.
        assert_eq!(said("a", "Extracting", Some((7, 1000))), (105, 150));
    }
}
