use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use serde::Serialize;

use super::{open_store, output};
use crate::{
    failure::Failure,
    store::{Filter, Overview, RelayState, RelaySummary, Store, Violation, ZooidStatus},
};

/// How many relays each list shows.
const SHOWN: u32 = 10;

#[derive(Debug, Args)]
pub(super) struct Status {
    /// Print one JSON object, for scripts
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Standing {
    #[serde(flatten)]
    overview: Overview,
    /// The first relays that wait for a change or for an operator.
    gave_up: Vec<RelaySummary>,
    next_attempts: Vec<RelaySummary>,
    /// The rules for new relays that stored ones break.
    violations: Vec<Violation>,
}

impl Status {
    pub(super) async fn execute(self) -> Result<(), Failure> {
        let store = open_store().await?;
        let standing = read(&store).await;
        store.close().await;
        let standing = standing?;
        if self.json {
            return output::json(&standing);
        }
        print(&standing)
    }
}

async fn read(store: &Store) -> Result<Standing, Failure> {
    let gave_up = Filter {
        state: Some(RelayState::GaveUp),
        ..Filter::default()
    };
    Ok(Standing {
        overview: store.overview().await?,
        gave_up: store.relay_summaries(&gave_up, SHOWN).await?,
        next_attempts: store.next_attempts(SHOWN).await?,
        violations: store.violations().await?,
    })
}

fn print(standing: &Standing) -> Result<(), Failure> {
    let Overview {
        relays,
        oldest_pending,
        zooid,
        workers,
    } = &standing.overview;
    output::line(format_args!("zooid: {}", zooid_words(zooid)))?;
    for state in RelayState::ALL {
        let count = relays.get(&state).copied().unwrap_or_default();
        output::line(format_args!("{:<12}{count:>8}", state.words()))?;
    }
    if let Some(since) = oldest_pending {
        output::line(format_args!(
            "the oldest change that zooid does not have: {}",
            distance(*since)
        ))?;
    }
    if !workers.is_empty() {
        output::blank()?;
        output::line("workers:")?;
        for worker in workers {
            output::line(format_args!(
                "  {:<24} {} leases, last seen {}",
                worker.id,
                worker.leases,
                distance(worker.seen_at)
            ))?;
        }
    }
    list(
        "gave up (change the relays, or run `infra resync --failed`)",
        &standing.gave_up,
        |relay| relay.error.clone(),
    )?;
    list("next attempts", &standing.next_attempts, |relay| {
        let at = relay.next_attempt_at.map(distance).unwrap_or_default();
        format!("{at}, after {} failures: {}", relay.failures, relay.error)
    })?;
    print_violations(&standing.violations)
}

fn print_violations(violations: &[Violation]) -> Result<(), Failure> {
    if violations.is_empty() {
        return Ok(());
    }
    output::blank()?;
    output::line("break rules for new relays:")?;
    for Violation { relay, problem, .. } in violations {
        output::line(format_args!("  {relay:<24} {problem}"))?;
    }
    Ok(())
}

fn zooid_words(zooid: &ZooidStatus) -> String {
    match zooid {
        ZooidStatus::Up { seen_at, .. } => format!("ok, last contact {}", distance(*seen_at)),
        ZooidStatus::Unknown { seen_at: None } => "unknown, no service has observed it yet".to_owned(),
        ZooidStatus::Unknown { seen_at: Some(seen_at) } => {
            format!("unknown, last observed {}", distance(*seen_at))
        }
        ZooidStatus::Down {
            cause,
            since,
            next_heartbeat_at,
            ..
        } => format!(
            "down for {}, all syncs wait; next check {}: {cause}",
            long(until_now(*since).unsigned_abs()),
            distance(*next_heartbeat_at)
        ),
    }
}

fn list(title: &str, relays: &[RelaySummary], says: impl Fn(&RelaySummary) -> String) -> Result<(), Failure> {
    if relays.is_empty() {
        return Ok(());
    }
    output::blank()?;
    output::line(format_args!("{title}:"))?;
    for relay in relays {
        output::line(format_args!("  {:<24} {}", relay.id, says(relay)))?;
    }
    Ok(())
}

/// A time in unix seconds, from now.
fn distance(seconds: i64) -> String {
    let past = until_now(seconds);
    let long = long(past.unsigned_abs());
    if past < 0 {
        format!("in {long}")
    } else {
        format!("{long} ago")
    }
}

fn until_now(seconds: i64) -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    i64::try_from(now).unwrap_or(i64::MAX) - seconds
}

fn long(seconds: u64) -> impl std::fmt::Display {
    humantime::format_duration(Duration::from_secs(seconds))
}
