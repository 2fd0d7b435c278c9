use std::{env, fmt, time::Duration};

use zooid_client::{BaseUrl, Keys, Secret};

use crate::{BlossomS3Sync, LivekitSync, RetryPolicy};

/// No delay is longer: thirty days.
const LONGEST_DELAY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// zooid's throughput hardly grows beyond this, while the wait of every tenant's visitors does (docs/performance.md).
const CONCURRENCY: usize = 4;
const MOST_CONCURRENT: usize = 1024;
const RESCAN: Duration = Duration::from_secs(5 * 60);

/// What [`Infra`](crate::Infra) needs to know besides the backend.
#[derive(Clone, Debug)]
pub struct Config {
    /// The zooid to be managed.
    pub api_url: BaseUrl,
    /// The key that signs requests; its public half is on zooid's whitelist.
    pub keys: Keys,
    /// Where relays with blossom keep media; zooid's own disk if absent.
    pub blossom_s3: Option<BlossomS3Sync>,
    /// The LiveKit server of relays with LiveKit.
    pub livekit: Option<LivekitSync>,
    /// When to try again.
    pub retry: RetryPolicy,
    /// How many relays are synced at the same time, each by one request: 1 or more.
    pub concurrency: usize,
    /// How often the rows are looked at without being told to, jittered; never if absent.
    pub rescan: Option<Duration>,
    /// Whether a request that equals the last one zooid accepted is left out.
    pub skip_unchanged: bool,
    /// What the jitter begins with, for tests that must go the same way twice; chance if absent.
    pub seed: Option<u64>,
}

/// Everything that is wrong with the environment. Values are never repeated, they may be secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<String>,
}

impl Config {
    /// A configuration without S3 and LiveKit, and with the default retries.
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

    /// Reads the environment: `ZOOID_API_URL` and `ZOOID_API_SECRET` (hex or nsec), which are required;
    /// `BLOSSOM_S3_REGION`, `BLOSSOM_S3_BUCKET`, `BLOSSOM_S3_ACCESS_KEY`, `BLOSSOM_S3_SECRET_KEY` and, optional among
    /// them, `BLOSSOM_S3_ENDPOINT`; `LIVEKIT_URL`, `LIVEKIT_API_KEY`, `LIVEKIT_API_SECRET`; `INFRA_RETRY_BASE`,
    /// `INFRA_RETRY_CAP` (`5s`, `15m`; a bare number is seconds) and `INFRA_RETRY_MAX`; `INFRA_CONCURRENCY`,
    /// `INFRA_RESCAN` (a duration or `never`) and `INFRA_SKIP_UNCHANGED` (`true` or `false`). All are trimmed, and an
    /// empty one is as good as none.
    ///
    /// # Errors
    ///
    /// Names every variable that is missing or malformed, all at once.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_vars(|name| env::var_os(name).map(|value| value.into_string().map_err(drop)))
    }

    /// Reads variables as [`Config::from_env`] does, from wherever they come; `Err` is one that is not Unicode.
    ///
    /// # Errors
    ///
    /// Names every variable that is missing or malformed, all at once.
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
            _ => Err("neither true nor false".to_owned()),
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
        return Err("must be more than nothing and at most 30 days".to_owned());
    }
    Ok(parsed)
}

/// The environment, and what was found wrong with it so far.
pub(crate) struct Vars<L> {
    lookup: L,
    problems: Vec<String>,
}

impl<L: Fn(&str) -> Option<Result<String, ()>>> Vars<L> {
    /// The trimmed value; `None` when unset, empty or unreadable, the last being a problem.
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
    /// One line per problem, each beginning with the variable's name.
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
