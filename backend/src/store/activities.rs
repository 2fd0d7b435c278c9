use infra_sync::Activity;
use serde::Serialize;

use super::{Store, StoreError, engine::Engine, with_engine};

/// An activity and its place in the order of commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActivityRecord {
    /// Grows with each activity.
    pub seq: i64,
    /// What happened.
    #[serde(flatten)]
    pub activity: Activity,
}

impl Store {
    /// What happened after `seq`, oldest first, at most `limit` of it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn activities_after(&self, seq: i64, limit: u32) -> Result<Vec<ActivityRecord>, StoreError> {
        with_engine!(self, engine => engine.answered(engine.activities_after(seq, limit)).await)
    }

    /// The newest `limit` activities, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn latest_activities(&self, limit: u32) -> Result<Vec<ActivityRecord>, StoreError> {
        let mut newest = with_engine!(self, engine => engine.answered(engine.latest_activities(limit)).await)?;
        newest.reverse();
        Ok(newest)
    }

    /// The place of the newest activity, 0 before the first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn last_seq(&self) -> Result<i64, StoreError> {
        with_engine!(self, engine => engine.answered(engine.last_seq()).await)
    }
}
