//! `infra run` is killed (SIGKILL) again and again under load; then zooid must equal the rows.
//!
//! Each service reaches zooid over a [`Wire`] of its own, which sees every request begin and end. The load goes on
//! meanwhile, and what it was told is stored must be there at the end.
//!
//! `INFRA_CHAOS_ROUNDS` is how often a service is killed (10), `INFRA_CHAOS_SEED` the seed of a run to have again; the
//! moments at which processes are scheduled are not in it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod chance;
mod load;
#[cfg(feature = "postgres")]
#[path = "../postgres/mod.rs"]
mod postgres;
#[path = "../cli/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;
mod services;
mod wire;

use std::{sync::Arc, time::Duration};

use backend::store::{DatabaseUrl, Store};
use tokio::time::{Instant, sleep};
use zooid_client::emulator::Emulator;

use chance::Chance;
use load::Load;
use services::Services;
use wire::InFlight;

/// The row of a deleted relay stays for 75 seconds after the last start.
const PATIENCE: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_on_sqlite_may_be_killed_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("infra.db");
    survive(DatabaseUrl::from(&file), file.to_str().unwrap(), 1).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_three_workers_on_postgres_may_be_killed_at_any_moment() {
    let schema = postgres::Schema::new().await;
    survive(DatabaseUrl::postgres(&schema.url).unwrap(), &schema.url, 3).await;
}

async fn survive(location: DatabaseUrl, url: &str, services: usize) {
    let (rounds, mut chance) = (rounds(), Chance::from_env());
    let zooid = Emulator::start().await;
    let in_flight = Arc::new(InFlight::default());
    let store = Store::open(&location).await.unwrap();
    let mut services = Services::start(services, &zooid, url, &in_flight, &mut chance).await;
    let load = Load::start(store.clone(), chance.fork());
    let began = Instant::now();
    for _ in 0..rounds {
        sleep(Duration::from_millis(chance.below(600))).await;
        services.kill_one(&mut chance).await;
    }
    let kept = load.stop().await;
    let killed = began.elapsed();

    let deadline = Instant::now() + PATIENCE;
    while store.has_work().await.unwrap() {
        assert!(Instant::now() < deadline, "not all is synced: {}", services.logs());
        sleep(Duration::from_millis(50)).await;
    }
    for (id, expected) in &kept {
        let row = store.relay(id).await.unwrap();
        assert_eq!(load::Kept::of(&row), *expected, "{id}: what was acknowledged is stored");
        let served = zooid.config(id).expect("zooid has it");
        assert_eq!(served["info"]["name"], expected.name.as_str(), "{id}");
        assert_eq!(served["inactive"], !expected.active, "{id}");
        assert_eq!(served["schema"], expected.schema.as_str(), "{id} keeps its identity");
        assert_eq!(served["secret"], expected.secret.as_str(), "{id} keeps its identity");
    }
    let ids: Vec<_> = kept.keys().cloned().collect();
    assert_eq!(zooid.relay_ids(), ids, "nothing else is there");
    assert_eq!(store.relay_ids().await.unwrap(), ids, "nothing else is stored");
    let (requests, overlaps) = in_flight.seen();
    assert!(overlaps.is_empty(), "two requests at once for {overlaps:?}");
    println!(
        "{rounds} kills in {killed:.1?}: {} relays, {requests} requests, all as in the rows {:.1?} later",
        kept.len(),
        began.elapsed() - killed
    );
}

fn rounds() -> usize {
    std::env::var("INFRA_CHAOS_ROUNDS").map_or(10, |rounds| rounds.parse().unwrap())
}
