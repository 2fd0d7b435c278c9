//! The state of the zooid server as the workers last observed it.

use infra_sync::ZooidState;
use serde::Serialize;
use sqlx::{ColumnIndex, Decode, Row, Type};

/// Seconds after which a report is outdated. A worker reports at least once a minute, and a request may take 30 seconds.
const SILENT_AFTER: i64 = 150;

/// Upserts a worker's report. `since` changes only when the state changes between up and down.
macro_rules! keep {
    ($now:literal) => {
        concat!(
            "INSERT INTO zooid_contact (worker, cause, next_heartbeat_at) VALUES ($1, $2, ",
            $now,
            " + $3)
             ON CONFLICT (worker) DO UPDATE SET
                since = CASE WHEN (zooid_contact.cause = '') = (excluded.cause = '') THEN zooid_contact.since
                             ELSE excluded.since END,
                cause = excluded.cause, seen_at = excluded.seen_at, next_heartbeat_at = excluded.next_heartbeat_at"
        )
    };
}

macro_rules! contacts {
    ($now:literal) => {
        concat!(
            "SELECT cause, since, seen_at, next_heartbeat_at, ",
            $now,
            " AS now FROM zooid_contact ORDER BY seen_at DESC"
        )
    };
}
pub(super) use {contacts, keep};

/// Whether the zooid server can be used, as the workers last observed it. Times are unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ZooidStatus {
    /// No worker has reported in the last minutes.
    Unknown {
        /// Time of the last report.
        seen_at: Option<i64>,
    },
    /// The workers' last requests were accepted.
    Up {
        /// Start of this state.
        since: i64,
        /// Time of the last report.
        seen_at: i64,
    },
    /// The last heartbeat of a worker failed. That worker sends nothing else until a heartbeat succeeds.
    Down {
        /// Error of the heartbeat.
        cause: String,
        /// Start of this state.
        since: i64,
        /// Time of the last report.
        seen_at: i64,
        /// Time of the next heartbeat.
        next_heartbeat_at: i64,
    },
}

/// A worker's last report.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    cause: String,
    since: i64,
    seen_at: i64,
    next_heartbeat_at: Option<i64>,
    now: i64,
}

impl Contact {
    fn is_fresh(&self) -> bool {
        self.now <= self.seen_at.max(self.next_heartbeat_at.unwrap_or_default()) + SILENT_AFTER
    }
}

/// Returns the columns of a report: the cause, and the seconds until the next heartbeat.
pub(super) fn columns(state: &ZooidState) -> (&str, Option<i64>) {
    match state {
        ZooidState::Serving => ("", None),
        ZooidState::Unavailable {
            cause,
            next_heartbeat_in,
        } => (cause, Some(next_heartbeat_in.as_secs_f64().ceil() as i64)),
    }
}

/// Combines the reports of all workers, newest first. A recent `Down` takes precedence over `Up`.
pub(super) fn status(contacts: Vec<Contact>) -> ZooidStatus {
    let seen_at = contacts.first().map(|contact| contact.seen_at);
    let (up, down): (Vec<_>, Vec<_>) = contacts
        .into_iter()
        .filter(Contact::is_fresh)
        .partition(|contact| contact.cause.is_empty());
    if let Some(contact) = down.into_iter().next() {
        return ZooidStatus::Down {
            cause: contact.cause,
            since: contact.since,
            seen_at: contact.seen_at,
            next_heartbeat_at: contact.next_heartbeat_at.unwrap_or(contact.seen_at),
        };
    }
    match up.into_iter().next() {
        Some(contact) => ZooidStatus::Up {
            since: contact.since,
            seen_at: contact.seen_at,
        },
        None => ZooidStatus::Unknown { seen_at },
    }
}

pub(super) fn contact<R>(row: R) -> sqlx::Result<Contact>
where
    R: Row,
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
{
    Ok(Contact {
        cause: row.try_get("cause")?,
        since: row.try_get("since")?,
        seen_at: row.try_get("seen_at")?,
        next_heartbeat_at: row.try_get("next_heartbeat_at")?,
        now: row.try_get("now")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(cause: &str, seen_at: i64) -> Contact {
        Contact {
            cause: cause.to_owned(),
            since: seen_at - 500,
            seen_at,
            next_heartbeat_at: (!cause.is_empty()).then_some(seen_at + 30),
            now: 10_000,
        }
    }

    #[test]
    fn without_a_recent_report_the_state_is_unknown() {
        assert_eq!(status(Vec::new()), ZooidStatus::Unknown { seen_at: None });
        let old = contact("", 10_000 - SILENT_AFTER - 1);
        let seen_at = Some(old.seen_at);
        assert_eq!(status(vec![old]), ZooidStatus::Unknown { seen_at });
        assert!(matches!(
            status(vec![contact("", 10_000 - SILENT_AFTER)]),
            ZooidStatus::Up { .. }
        ));
    }

    #[test]
    fn a_recent_report_of_an_outage_takes_precedence() {
        let reports = |age: i64| vec![contact("", 9_999), contact("503", 10_000 - age)];
        assert!(matches!(status(reports(180)), ZooidStatus::Down { cause, .. } if cause == "503"));
        assert!(matches!(status(reports(181)), ZooidStatus::Up { .. }));
    }

    #[test]
    fn a_report_is_recent_until_the_next_heartbeat_is_due() {
        let mut waiting = contact("429", 9_700);
        waiting.next_heartbeat_at = Some(10_000);
        assert!(matches!(
            status(vec![waiting]),
            ZooidStatus::Down {
                next_heartbeat_at: 10_000,
                ..
            }
        ));
    }
}
