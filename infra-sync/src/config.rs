use std::{env, fmt, time::Duration};

use zooid_client::{BaseUrl, Keys, Secret};

use crate::{BlossomS3Sync, LivekitSync, RetryPolicy};

/// The longest delay that the environment can set.
const LONGEST_DELAY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// More concurrent requests hardly raise zooid's throughput, but they raise the latency of all relays (docs/performance.md).
const CONCURRENCY: usize = 4;
const MOST_CONCURRENT: usize = 1024;
const RESCAN: Duration = Duration::from_secs(5 * 60);

/// The configuration of [`Infra`](crate::Infra).
#[derive(Clone, Debug)]
pub struct Config {
    /// The url of zooid's API.
    pub api_url: BaseUrl,
    /// The key that signs requests (NIP-98). zooid's whitelist must contain its public key.
    pub keys: Keys,
    /// The S3 bucket for the media of relays with blossom; zooid's own disk if absent.
    pub blossom_s3: Option<BlossomS3Sync>,
    /// The LiveKit server of relays with calls; calls are off on every relay if absent.
    pub livekit: Option<LivekitSync>,
    /// The backoff and the maximum number of attempts.
    pub retry: RetryPolicy,
    /// The maximum number of relays that are synced at the same time, with one request each. 0 is treated as 1.
    pub concurrency: usize,
    /// The interval between two scans of the rows, with jitter; no periodic scans if absent.
    pub rescan: Option<Duration>,
    /// Whether a request is skipped if it equals the last one that zooid accepted for this relay.
    pub skip_unchanged: bool,
    /// The seed of the jitter, for tests that must be repeatable; random if absent.
    pub seed: Option<u64>,
}

/// All problems of the environment. It never contains the values, because they may be secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<String>,
}

impl Config {
    /// Returns a configuration without S3 and LiveKit. Everything else has its default.
    pub fn new(api_url: BaseUrl, keys: Keys) -> Self {
        Self {
            api_url,
            keys,
            blossom_s3: None,
            livekit: None,
            retry: RetryPolicy::default(),
            concurrency: CONCURRENCY,
            rescan: Some(RESCAN),
            skip_unchanged: true,
            seed: None,
        }
    }

    /// Reads the environment: `ZOOID_API_URL` and `ZOOID_API_SECRET` (hex or nsec), both required;
    /// `BLOSSOM_S3_REGION`, `BLOSSOM_S3_BUCKET`, `BLOSSOM_S3_ACCESS_KEY`, `BLOSSOM_S3_SECRET_KEY` and, optional among
    /// them, `BLOSSOM_S3_ENDPOINT`; `LIVEKIT_URL`, `LIVEKIT_API_KEY`, `LIVEKIT_API_SECRET`; `INFRA_RETRY_BASE`,
    /// `INFRA_RETRY_CAP` (`5s`, `15m`; a bare number is seconds) and `INFRA_RETRY_MAX`; `INFRA_CONCURRENCY`,
    /// `INFRA_RESCAN` (a duration or `never`) and `INFRA_SKIP_UNCHANGED` (`true` or `false`). All values are trimmed, and an
    /// empty value means unset.
    ///
    /// # Errors
    ///
    /// Lists every variable that is missing or malformed.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_vars(|name| env::var_os(name).map(|value| value.into_string().map_err(drop)))
    }

    /// Reads the variables of [`Config::from_env`] with a function. `lookup` returns `None` for an unset variable, and `Err` for
    /// a value that is not Unicode.
    ///
    /// # Errors
    ///
    /// Lists every variable that is missing or malformed.
    pub fn from_vars(lookup: impl Fn(&str) -> Option<Result<String, ()>>) -> Result<Self, ConfigError> {
        let mut vars = Vars {
            lookup,
            problems: Vec::new(),
        };
        let api_url = vars.required("ZOOID_API_URL", "the url of zooid's API", |text| {
            text.parse::<BaseUrl>().map_err(|e| e.to_string())
        });
        let keys = vars.required("ZOOID_API_SECRET", "the whitelisted nostr key", |text| {
            Keys::parse(text)
                .map_err(|_| "not a nostr secret key: 64 hexadecimal digits or nsec1… are expected".to_owned())
        });
        let blossom_s3 = BlossomS3Sync::from_vars(&mut vars);
        let livekit = LivekitSync::from_vars(&mut vars);
        let retry = retry(&mut vars);
        let concurrency = vars.parsed("INFRA_CONCURRENCY", |text| {
            let concurrency = text.parse().ok().filter(|n| (1..=MOST_CONCURRENT).contains(n));
            concurrency.ok_or_else(|| format!("not a number of relays, 1 to {MOST_CONCURRENT}"))
        });
        let rescan = vars.parsed("INFRA_RESCAN", |text| match text {
            "never" => Ok(None),
            text => duration(text).map(Some),
        });
        let skip_unchanged = vars.parsed("INFRA_SKIP_UNCHANGED", |text| match text {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" => Ok(false),
            _ => Err("must be true or false".to_owned()),
        });
        match (api_url, keys) {
            (Some(api_url), Some(keys)) if vars.problems.is_empty() => Ok(Self {
                api_url,
                keys,
                blossom_s3,
                livekit,
                retry,
                concurrency: concurrency.unwrap_or(CONCURRENCY),
                rescan: rescan.unwrap_or(Some(RESCAN)),
                skip_unchanged: skip_unchanged.unwrap_or(true),
                seed: None,
            }),
            _ => Err(ConfigError {
                problems: vars.problems,
            }),
        }
    }
}

fn retry<L: Fn(&str) -> Option<Result<String, ()>>>(vars: &mut Vars<L>) -> RetryPolicy {
    let default = RetryPolicy::default();
    let policy = RetryPolicy {
        base: vars.parsed("INFRA_RETRY_BASE", duration).unwrap_or(default.base),
        cap: vars.parsed("INFRA_RETRY_CAP", duration).unwrap_or(default.cap),
        max_attempts: vars
            .parsed("INFRA_RETRY_MAX", |text| {
                let attempts = text.parse().ok().filter(|attempts| *attempts > 0);
                attempts.ok_or_else(|| "not a number of attempts, 1 or more".to_owned())
            })
            .unwrap_or(default.max_attempts),
    };
    if policy.cap < policy.base {
        vars.problems
            .push("INFRA_RETRY_CAP: shorter than INFRA_RETRY_BASE".to_owned());
    }
    policy
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => humantime::parse_duration(text).map_err(|_| "not a duration such as 5s or 15m".to_owned())?,
    };
    if parsed.is_zero() || parsed > LONGEST_DELAY {
        return Err("must be longer than 0 seconds and at most 30 days".to_owned());
    }
    Ok(parsed)
}

/// The environment, and the problems found so far.
pub(crate) struct Vars<L> {
    lookup: L,
    problems: Vec<String>,
}

impl<L: Fn(&str) -> Option<Result<String, ()>>> Vars<L> {
    /// Returns the trimmed value; `None` if unset or empty. A value that is not Unicode is `None` and a problem.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        match (self.lookup)(name)? {
            Ok(value) => Some(value.trim().to_owned()).filter(|value| !value.is_empty()),
            Err(()) => {
                self.problems.push(format!("{name}: not valid UTF-8"));
                None
            }
        }
    }

    pub(crate) fn secret(&mut self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::from)
    }

    fn parsed<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        match parse(&self.text(name)?) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.problems.push(format!("{name}: {reason}"));
                None
            }
        }
    }

    fn required<T>(&mut self, name: &str, meaning: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let known = self.problems.len();
        let value = self.parsed(name, parse);
        if value.is_none() && self.problems.len() == known {
            self.problems.push(format!("{name}: missing; set it to {meaning}"));
        }
        value
    }
}

impl ConfigError {
    /// Returns one line per problem, each starting with the name of the variable.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the environment is not usable:")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for ConfigError {}
