//! What the demo explains, for a reader who knows neither zooid nor nostr.

use std::time::Duration;

use infra_sync::{Activity, Relay, SyncFailure};

use super::{RETRY, page::Page};
use crate::{cli::output, failure::Failure};

/// Explains the parts of the demo, and the activities that follow.
pub(super) fn start(
    zooid_url: &str,
    page: Option<&Page>,
    relays: &[Relay],
    fails_once: Option<&Relay>,
) -> Result<(), Failure> {
    output::line("infra makes a zooid server match the rows of a store. Here all of it runs on this machine:")?;
    output::line(format_args!(
        "  zooid        hosts nostr relays (message servers); emulated at {zooid_url}"
    ))?;
    output::line("  store        has one row per relay; a temporary file, deleted at the end")?;
    if let Some(page) = page {
        output::line(format_args!("  status page  {page}"))?;
    }
    let on_purpose = match fails_once {
        Some(Relay { id, .. }) => format!("; the first request for {id} fails on purpose"),
        None => String::new(),
    };
    output::blank()?;
    output::line(format_args!(
        "The demo adds {}{on_purpose}. What each line means:",
        count(relays.len())
    ))?;
    output::line("  create_relay         a row was added: the relay is new")?;
    output::line("  complete_relay_sync  zooid accepted the row: the relay is synced")?;
    output::line(format_args!(
        "  fail_relay_sync      zooid did not: infra retries, and gives up after {} attempts",
        RETRY.max_attempts
    ))?;
    output::blank()
}

fn count(relays: usize) -> String {
    match relays {
        1 => "1 relay".to_owned(),
        relays => format!("{relays} relays"),
    }
}

/// Prints an activity, and for a failed sync its error and what follows.
pub(super) fn activity(activity: &Activity, failure: Option<&SyncFailure>) -> Result<(), Failure> {
    let what = format!("{:<20} {}", activity.activity_type.as_str(), activity.resource_id);
    match failure {
        Some(failure) => output::line(format_args!("{what}: {}; {}", failure.message, next(failure))),
        None => output::line(what),
    }
}

fn next(failure: &SyncFailure) -> String {
    match failure.retry_in {
        _ if failure.kind.is_last() => "gave up".to_owned(),
        Some(delay) => {
            let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            format!("retry in {:?}", Duration::from_millis(millis))
        }
        None => "retry when zooid is available again".to_owned(),
    }
}

/// Explains the table of relays.
pub(super) fn columns() -> Result<(), Failure> {
    output::blank()?;
    output::line("  STATUS    from the row: zooid must serve active relays and no others (delinquent: not paid)")?;
    output::line("  SYNC      new, pending, retrying, gave up, synced or deleting: whether zooid has the current row")?;
    output::line("  FAILURES  failed attempts since the last success; LAST ERROR says why")
}

/// Says where to look next.
pub(super) fn end(has_page: bool) -> Result<(), Failure> {
    let page = if has_page { "open the status page, " } else { "" };
    output::blank()?;
    output::line(format_args!(
        "Next: {page}run `cargo run -- --help` (installed: `infra --help`), or read README.md."
    ))
}

#[cfg(test)]
mod tests {
    use infra_sync::FailureKind;

    use super::*;

    #[test]
    fn a_failure_says_what_follows() {
        let follows = |kind, retry_in| {
            next(&SyncFailure {
                message: String::new(),
                kind,
                failures: 1,
                retry_in,
                unsettled_for: None,
            })
        };
        let delay = Some(Duration::from_micros(1_500_499));
        assert_eq!(follows(FailureKind::Retried, delay), "retry in 1.5s");
        assert_eq!(
            follows(FailureKind::Uncounted, None),
            "retry when zooid is available again"
        );
        assert_eq!(follows(FailureKind::GivenUp, None), "gave up");
        assert_eq!(follows(FailureKind::Permanent, None), "gave up");
    }
}
