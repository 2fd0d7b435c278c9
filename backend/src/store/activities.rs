use infra_sync::Activity;
use serde::Serialize;

use super::{Store, StoreError, engine::Engine, with_engine};

/// A stored activity and its sequence number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActivityRecord {
    /// The sequence number. It increases in the order of commits.
    pub seq: i64,
    /// The activity.
    #[serde(flatten)]
    pub activity: Activity,
}

impl Store {
    /// Returns at most `limit` activities after `seq`, oldest first.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn activities_after(&self, seq: i64, limit: u32) -> Result<Vec<ActivityRecord>, StoreError> {
        with_engine!(self, engine => engine.answered(engine.activities_after(seq, limit)).await)
    }

    /// Returns the newest `limit` activities, oldest first.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn latest_activities(&self, limit: u32) -> Result<Vec<ActivityRecord>, StoreError> {
        let mut newest = with_engine!(self, engine => engine.answered(engine.latest_activities(limit)).await)?;
        newest.reverse();
        Ok(newest)
    }

    /// Returns the sequence number of the newest activity, or 0 if there is none.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn last_seq(&self) -> Result<i64, StoreError> {
        with_engine!(self, engine => engine.answered(engine.last_seq()).await)
    }
}
