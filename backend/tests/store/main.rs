//! What the store promises.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod copying;
mod database;
mod deletion;
mod file;
mod identity;
#[cfg(feature = "postgres")]
mod lasting;
#[cfg(feature = "postgres")]
mod leases;
#[cfg(feature = "postgres")]
mod listening;
mod migrations;
mod model;
mod old_stores;
mod opening;
mod overview;
mod ownership;
#[cfg(feature = "postgres")]
mod plan;
#[cfg(feature = "postgres")]
#[path = "../postgres/mod.rs"]
mod postgres;
mod random_operations;
mod reports;
mod told;
#[cfg(feature = "postgres")]
mod waiting;
#[cfg(feature = "postgres")]
mod workers;

use backend::store::{Change, Store, StoreError};
use infra_sync::{Command, Relay};

const TENANT: &str = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

fn relay(id: &str) -> Relay {
    Relay {
        id: id.to_owned(),
        tenant_pubkey: TENANT.to_owned(),
        subdomain: id.replace('_', "-"),
        zooid_domain: "relays.example".to_owned(),
        ..Relay::default()
    }
}

async fn activity_types(store: &Store) -> Vec<String> {
    let activities = store.activities_after(0, 1000).await.unwrap();
    activities
        .iter()
        .map(|record| record.activity.activity_type.as_str().to_owned())
        .collect()
}

/// Deletes a relay, and reports that zooid does not have it any longer.
async fn remove(store: &Store, id: &str) {
    store.delete_relay(id).await.unwrap();
    let row = store.relay(id).await.unwrap();
    store
        .complete_relay_sync(&row, &"ab".repeat(32).parse().unwrap())
        .await
        .unwrap();
}

async fn update(
    store: &Store,
    id: &str,
    change: impl FnOnce(&mut Relay) + Send + 'static,
) -> Result<Change, StoreError> {
    let change = |relay: &mut Relay| {
        change(relay);
        Ok(())
    };
    store.update_relay(id, change).await
}
