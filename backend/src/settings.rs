//! The backend's own environment, read here and nowhere else. zooid's is [`Config`]'s affair.

use std::{env, fmt, path::Path, time::Duration};

use infra_sync::{
    Config, ConfigError,
    zooid_client::{BaseUrl, Host, Keys},
};

use crate::store::DatabaseUrl;

const DEFAULT_FILE: &str = "infra.db";
const KEEP_ACTIVITY: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// What `infra run` needs.
#[derive(Debug)]
pub struct Settings {
    /// Where the relays are kept.
    pub database: DatabaseUrl,
    /// zooid and what the relays share.
    pub zooid: Config,
    /// How long activity is kept.
    pub keep_activity: Duration,
}

/// Everything that is wrong with the environment.
#[derive(Debug)]
pub struct SettingsError(Vec<String>);

impl Settings {
    /// Reads the environment, all problems at once.
    pub fn from_env() -> Result<Self, SettingsError> {
        match (database(), Config::from_env(), keep_activity()) {
            (Ok(database), Ok(zooid), Ok(keep_activity)) => Ok(Self {
                database,
                zooid,
                keep_activity,
            }),
            (database, zooid, keep_activity) => {
                let zooids = zooid.err().map(|error| error.problems().to_vec()).unwrap_or_default();
                let own = [database.err(), keep_activity.err()].into_iter().flatten();
                Err(SettingsError(
                    [zooids, own.flat_map(|error| error.0).collect()].concat(),
                ))
            }
        }
    }
}

fn keep_activity() -> Result<Duration, SettingsError> {
    let wrong = || SettingsError(vec!["INFRA_ACTIVITY_KEEP: not a time such as 90d".to_owned()]);
    match env::var("INFRA_ACTIVITY_KEEP") {
        Err(env::VarError::NotPresent) => Ok(KEEP_ACTIVITY),
        Err(env::VarError::NotUnicode(_)) => Err(wrong()),
        Ok(text) if text.trim().is_empty() => Ok(KEEP_ACTIVITY),
        Ok(text) => humantime::parse_duration(text.trim()).map_err(|_| wrong()),
    }
}

/// Where zooid is, for a check that goes on whatever else is wrong.
pub fn api_url() -> Option<BaseUrl> {
    env::var("ZOOID_API_URL").ok()?.parse().ok()
}

/// The host of zooid's API, where it is known and a domain name: no relay may have it.
pub fn api_host() -> Option<Host> {
    api_url()?.host()
}

/// The key that signs, for a check that goes on whatever else is wrong.
pub fn key() -> Option<Keys> {
    Keys::parse(env::var("ZOOID_API_SECRET").ok()?.trim()).ok()
}

/// What `DATABASE_URL` names: `postgres://…`, or a file as `sqlite:path`, `sqlite://path` or a plain path.
pub fn database() -> Result<DatabaseUrl, SettingsError> {
    let wrong = |problem: &str| Err(SettingsError(vec![format!("DATABASE_URL: {problem}")]));
    let Some(value) = env::var_os("DATABASE_URL") else {
        return Ok(Path::new(DEFAULT_FILE).into());
    };
    let Ok(value) = value.into_string() else {
        return wrong("not valid UTF-8");
    };
    match value.trim() {
        "" => Ok(Path::new(DEFAULT_FILE).into()),
        value => location(value).or_else(|problem| wrong(&problem)),
    }
}

/// The store that a text names, as `DATABASE_URL` does, or what is wrong with it.
pub fn location(value: &str) -> Result<DatabaseUrl, String> {
    let path = match value.split_once(':') {
        Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
        Some(("postgres" | "postgresql", _)) => {
            return DatabaseUrl::postgres(value).map_err(|error| error.to_string());
        }
        Some((scheme, _)) if value[scheme.len()..].starts_with("://") => {
            return Err("neither SQLite (sqlite:path, or a path) nor PostgreSQL (postgres://…)".to_owned());
        }
        _ => value,
    };
    match path.split('?').next() {
        Some("" | ":memory:") | None => Err("names no file; a store in memory would be lost".to_owned()),
        Some(path) => Ok(Path::new(path).into()),
    }
}

impl SettingsError {
    pub(crate) const HEADLINE: &str = "the environment is not usable:";

    /// One line per problem, each beginning with the variable's name.
    pub fn problems(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::HEADLINE)?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for SettingsError {}

impl From<ConfigError> for SettingsError {
    fn from(error: ConfigError) -> Self {
        Self(error.problems().to_vec())
    }
}
