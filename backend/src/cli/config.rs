use std::time::SystemTime;

use clap::Subcommand;
use infra_sync::{
    Config,
    zooid_client::{CLOCK_TOLERANCE, Client, Keys, Profile, nip11::Nip11Client},
};
use serde::Serialize;

use super::{output, relay::Format};
use crate::{
    failure::{Failure, on_one_line},
    settings::{self, Settings},
};

#[derive(Debug, Subcommand)]
pub(super) enum Environment {
    /// Check the environment, and that zooid can be reached and accepts the key
    ///
    /// Changes nothing. Shows the public half of the key, which belongs on zooid's API_WHITELIST. The exit code is 0 when
    /// all is well, 3 when the environment is wrong, and 6 when zooid cannot be reached or does not accept the key.
    Check(Format),
}

/// What was looked at, and what was seen.
#[derive(Debug, Serialize)]
struct Check {
    check: &'static str,
    verdict: Verdict,
    says: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    Wrong,
    /// Could not be looked at, for something else that is wrong.
    Unknown,
}

#[derive(Debug)]
struct Report {
    json: bool,
    wrong: usize,
    environment: bool,
}

impl Environment {
    pub(super) async fn execute(self) -> Result<(), Failure> {
        let Environment::Check(Format { json }) = self;
        let mut report = Report {
            json,
            wrong: 0,
            environment: false,
        };
        variables(&mut report)?;
        let key = settings::key();
        if let Some(key) = &key {
            let public = key.public_key().to_hex();
            report.ok("key", format!("{public} belongs on zooid's API_WHITELIST"))?;
        } else {
            report.unknown("key", "no key to look at")?;
        }
        zooid(&mut report, key).await?;
        report.end()
    }
}

fn variables(report: &mut Report) -> Result<(), Failure> {
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => {
            report.environment = true;
            return error
                .problems()
                .iter()
                .try_for_each(|problem| report.wrong("environment", problem));
        }
    };
    report.ok("environment", "every variable can be used")?;
    report.ok("store", settings.database.to_string())?;
    let Config {
        blossom_s3, livekit, ..
    } = settings.zooid;
    let media = blossom_s3.map(|s3| format!("in the S3 bucket {}", s3.bucket));
    report.ok("media", media.unwrap_or_else(|| "on zooid's own disk".to_owned()))?;
    let calls = livekit.map_or_else(|| "off".to_owned(), |livekit| livekit.url);
    report.ok("livekit", calls)
}

async fn zooid(report: &mut Report, key: Option<Keys>) -> Result<(), Failure> {
    let Some(url) = settings::api_url() else {
        return report.unasked(&["zooid", "clock", "access"], "no url to ask");
    };
    let nip11 = match Nip11Client::new(&url) {
        Ok(nip11) => nip11,
        Err(error) => {
            report.environment = true;
            report.wrong("zooid", on_one_line(&error))?;
            return report.unasked(&["clock", "access"], "zooid cannot be asked");
        }
    };
    match nip11.server_time().await {
        Err(unseen) => {
            report.wrong("zooid", format!("{url}: {}", on_one_line(&unseen)))?;
            return report.unasked(&["clock", "access"], "zooid cannot be asked");
        }
        Ok(theirs) => {
            report.ok("zooid", format!("{url} answers"))?;
            clock(report, theirs)?;
        }
    }
    let Some(key) = key else {
        return report.unasked(&["access"], "no key to ask with");
    };
    let client = Client::builder(url.as_str(), key).build()?;
    access(report, &client).await
}

fn clock(report: &mut Report, theirs: Option<SystemTime>) -> Result<(), Failure> {
    let Some(theirs) = theirs else {
        return report.unknown("clock", "zooid's answer has no date");
    };
    let (off, way) = match SystemTime::now().duration_since(theirs) {
        Ok(ahead) => (ahead.as_secs(), "ahead of"),
        Err(behind) => (behind.duration().as_secs(), "behind"),
    };
    let limit = CLOCK_TOLERANCE.as_secs();
    if off > limit {
        let tolerated = format!("zooid takes no signature that is more than {limit} s off");
        return report.wrong("clock", format!("this machine's is {off} s {way} zooid's; {tolerated}"));
    }
    report.ok("clock", format!("this machine's is {off} s {way} zooid's"))
}

async fn access(report: &mut Report, client: &Client) -> Result<(), Failure> {
    match client.profile().await {
        Ok(Profile::Current) => report.ok("access", "zooid accepts the key"),
        Ok(Profile::Old) => report.ok("access", "zooid accepts the key; it is too old to list members"),
        Err(error) => {
            let causes = std::error::Error::source(&error).map(on_one_line);
            let causes = causes.map(|causes| format!(": {causes}")).unwrap_or_default();
            report.wrong("access", format!("{}{causes}", error.kind()))
        }
    }
}

impl Report {
    fn ok(&self, check: &'static str, says: impl Into<String>) -> Result<(), Failure> {
        self.show(check, Verdict::Ok, says.into())
    }

    fn wrong(&mut self, check: &'static str, says: impl Into<String>) -> Result<(), Failure> {
        self.wrong += 1;
        self.show(check, Verdict::Wrong, says.into())
    }

    fn unknown(&self, check: &'static str, says: &str) -> Result<(), Failure> {
        self.show(check, Verdict::Unknown, says.to_owned())
    }

    fn unasked(&self, checks: &[&'static str], says: &str) -> Result<(), Failure> {
        checks.iter().try_for_each(|check| self.unknown(check, says))
    }

    fn show(&self, check: &'static str, verdict: Verdict, says: String) -> Result<(), Failure> {
        if self.json {
            return output::json(&Check { check, verdict, says });
        }
        let mark = match verdict {
            Verdict::Ok => '✓',
            Verdict::Wrong => '✗',
            Verdict::Unknown => '?',
        };
        output::line(format_args!("{mark} {check:<12} {says}"))
    }

    fn end(self) -> Result<(), Failure> {
        match self.wrong {
            0 => Ok(()),
            wrong => Err(Failure::Checks {
                wrong,
                environment: self.environment,
            }),
        }
    }
}
