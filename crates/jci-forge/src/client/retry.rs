//! Whether and when to try again.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// Whether an operation that failed is worth another try, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It would fail again: something must change first.
    Never,
    /// The forge says when it is ready.
    After(Duration),
    /// It may well succeed later; waits should grow.
    Backoff,
}

/// Whether sending a request twice does harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It only reads.
    Read,
    /// It writes what a second one writes again, so that nothing is lost if the first one came
    /// through; but an internal error of the forge is not worth hammering at.
    SameAgain,
    /// It makes something new, and a second one would make a second thing.
    Once,
}

/// How often and how long to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent at most; 1 means no second try.
    pub attempts: u32,
    /// How long the first wait is at most; each following one may be twice as long.
    pub first_wait: Duration,
    /// How long any wait is at most. A forge that asks for more gets no second try: its answer
    /// goes to the caller, with [`Retry::After`].
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// Returns how long to wait before the next attempt, or nothing if there is to be none.
    ///
    /// `made` counts the attempts so far, `random` lies in 0..1. Half of a growing wait is fixed
    /// and half is random, so that many clients do not come back in step.
    pub fn wait(&self, verdict: Retry, made: u32, random: f64) -> Option<Duration> {
        if made >= self.attempts {
            return None;
        }
        match verdict {
            Retry::Never => None,
            Retry::After(wait) => (wait <= self.longest_wait).then_some(wait),
            Retry::Backoff => {
                let doubled = 2_u32.saturating_pow(made.saturating_sub(1));
                let most = self.first_wait.saturating_mul(doubled).min(self.longest_wait);
                Some(most.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0))
            }
        }
    }
}

/// What the client needs of the world beside the network, so that tests can stand in for it.
pub trait Pace: fmt::Debug + Send + Sync {
    /// Returns the time.
    fn now(&self) -> Timestamp;
    /// Returns a random number of 0..1.
    fn random(&self) -> f64;
    /// Waits.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The clock, the randomness and the timer of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealPace;

impl Pace for RealPace {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Judges an answer that is no success.
pub(crate) fn of_status(status: StatusCode, after: Option<Duration>, repeat: Repeat) -> Retry {
    let unavailable = matches!(status.as_u16(), 408 | 429 | 502 | 503 | 504);
    // GitHub refuses with 403, and a time, whoever asks too often.
    let told = status == StatusCode::FORBIDDEN && after.is_some();
    // GitLab refuses a status with 409 while it works on another one of the same commit.
    let busy = status == StatusCode::CONFLICT && repeat == Repeat::SameAgain;
    let broken = status.is_server_error() && repeat == Repeat::Read;
    if !(unavailable || told || busy || broken) {
        return Retry::Never;
    }
    after.map_or(Retry::Backoff, Retry::After)
}

/// Reads `Retry-After`, in seconds or as a date, or GitHub's time at which its limit is reset.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let until =
        |time: Timestamp| Duration::try_from(time.duration_since(now)).unwrap_or(Duration::ZERO);
    if let Some(value) = text("retry-after") {
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        return rfc2822::DateTimeParser::new().parse_timestamp(value).ok().map(until);
    }
    if text("x-ratelimit-remaining") != Some("0") {
        return None;
    }
    let reset = text("x-ratelimit-reset")?.parse().ok()?;
    Timestamp::from_second(reset).ok().map(until)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn now() -> Timestamp {
        "1994-11-06T08:49:30Z".parse().unwrap()
    }

    fn after(pairs: &[(&'static str, &'static str)]) -> Option<Duration> {
        let pairs = pairs.iter().map(|(name, value)| {
            (http::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        retry_after(&pairs.collect(), now())
    }

    #[test]
    fn times_of_waiting_are_read_in_every_form() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(after(&[("retry-after", "120")]), seconds(120));
        assert_eq!(after(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]), seconds(7));
        assert_eq!(after(&[("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")]), seconds(0));
        assert_eq!(after(&[("retry-after", "-5")]), None);
        assert_eq!(after(&[("retry-after", "soon")]), None);
        let (left, reset) = ("x-ratelimit-remaining", "x-ratelimit-reset");
        assert_eq!(after(&[(left, "0"), (reset, "784111800")]), seconds(30));
        assert_eq!(after(&[(left, "1"), (reset, "784111800")]), None);
    }

    #[test]
    fn verdicts_follow_status_and_kind_of_request() {
        let judge =
            |status, after, repeat| of_status(StatusCode::from_u16(status).unwrap(), after, repeat);
        for status in [400, 401, 403, 404, 409, 413, 422] {
            assert_eq!(judge(status, None, Repeat::Read), Retry::Never, "{status}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            assert_eq!(judge(status, None, Repeat::Read), Retry::Backoff, "{status}");
        }
        assert_eq!(judge(500, None, Repeat::SameAgain), Retry::Never);
        assert_eq!(judge(503, None, Repeat::SameAgain), Retry::Backoff);
        assert_eq!(judge(409, None, Repeat::SameAgain), Retry::Backoff);
        let minute = Duration::from_secs(60);
        for status in [403, 429, 503] {
            let found = judge(status, Some(minute), Repeat::SameAgain);
            assert_eq!(found, Retry::After(minute), "{status}");
        }
    }

    #[test]
    fn waits_grow_to_a_cap_and_end() {
        let policy = RetryPolicy { attempts: 9, ..RetryPolicy::default() };
        let waits = |random| {
            let wait = |made| policy.wait(Retry::Backoff, made, random);
            (1..=9).map(|made| wait(made).map(|wait| wait.as_millis())).collect::<Vec<_>>()
        };
        let some = |list: [u128; 8]| list.into_iter().map(Some).chain([None]).collect::<Vec<_>>();
        assert_eq!(waits(0.0), some([250, 500, 1000, 2000, 4000, 8000, 15000, 15000]));
        assert_eq!(waits(1.0), some([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]));
    }

    #[test]
    fn a_forge_is_obeyed_or_left_alone() {
        let policy = RetryPolicy::default();
        let second = Duration::from_secs(1);
        assert_eq!(policy.wait(Retry::After(second), 1, 0.9), Some(second));
        assert_eq!(policy.wait(Retry::After(31 * second), 1, 0.0), None);
        assert_eq!(policy.wait(Retry::After(second), 4, 0.0), None);
        assert_eq!(policy.wait(Retry::Never, 1, 0.0), None);
        assert!(policy.wait(Retry::Backoff, u32::MAX - 1, 0.5).is_none());
    }
}
