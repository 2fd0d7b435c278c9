//! What the workers last observed of zooid as a whole.

use infra_sync::ZooidState;
use serde::Serialize;
use sqlx::{ColumnIndex, Decode, Row, Type};

/// A worker reports at least once a minute, and a request may take half a minute. Seconds.
const SILENT_AFTER: i64 = 150;

/// A worker that goes on failing keeps the time of its first failure.
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

/// Whether zooid can be used, as the workers last observed. Times are unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ZooidStatus {
    /// No worker has reported in the last minutes.
    Unknown {
        /// When one last did.
        seen_at: Option<i64>,
    },
    /// The last request that shows it was accepted.
    Up {
        /// Since when.
        since: i64,
        /// When that was last observed.
        seen_at: i64,
    },
    /// The last heartbeat of a worker failed. All its syncs wait until one succeeds.
    Down {
        /// Why the heartbeat failed.
        cause: String,
        /// Since when.
        since: i64,
        /// When that was last observed.
        seen_at: i64,
        /// When the next heartbeat is sent.
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

/// What a report says in columns: the cause, and how many seconds from now the next heartbeat is sent.
pub(super) fn columns(state: &ZooidState) -> (&str, Option<i64>) {
    match state {
        ZooidState::Serving => ("", None),
        ZooidState::Unavailable {
            cause,
            next_heartbeat_in,
        } => (cause, Some(next_heartbeat_in.as_secs_f64().ceil() as i64)),
    }
}

/// The reports of all workers, the newest first. One that cannot use zooid outweighs those that can.
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
    fn without_a_recent_report_nothing_is_known() {
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
    fn a_worker_that_cannot_use_zooid_outweighs_those_that_can_while_its_report_is_recent() {
        let reports = |age: i64| vec![contact("", 9_999), contact("503", 10_000 - age)];
        assert!(matches!(status(reports(180)), ZooidStatus::Down { cause, .. } if cause == "503"));
        assert!(matches!(status(reports(181)), ZooidStatus::Up { .. }));
    }

    #[test]
    fn a_worker_that_waits_for_its_next_heartbeat_is_not_silent() {
        let mut held = contact("429", 9_700);
        held.next_heartbeat_at = Some(10_000);
        assert!(matches!(
            status(vec![held]),
            ZooidStatus::Down {
                next_heartbeat_at: 10_000,
                ..
            }
        ));
    }
}
