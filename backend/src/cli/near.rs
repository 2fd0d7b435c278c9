//! Ids that were perhaps meant.

use crate::{
    failure::Failure,
    store::{Store, StoreError},
};

/// Of 1; two ids made at random are about half as like as that.
const LIKE: f64 = 0.8;
const SUGGESTIONS: usize = 3;

/// Adds to the failure for want of a relay which ids are like the one that was given.
pub(super) async fn suggest<T>(store: &Store, done: Result<T, Failure>) -> Result<T, Failure> {
    match done {
        Err(Failure::Store(StoreError::NoSuchRelay(relay))) => {
            let near = near(&relay, store.relay_ids().await?);
            Err(Failure::NoSuchRelay { relay, near })
        }
        done => done,
    }
}

fn near(given: &str, ids: Vec<String>) -> Vec<String> {
    let given = given.to_lowercase();
    let mut like: Vec<_> = ids
        .into_iter()
        .map(|id| (strsim::jaro_winkler(&given, &id.to_lowercase()), id))
        .filter(|(likeness, _)| *likeness > LIKE)
        .collect();
    like.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    like.into_iter().take(SUGGESTIONS).map(|(_, id)| id).collect()
}
