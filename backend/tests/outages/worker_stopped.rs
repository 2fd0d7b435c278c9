use std::collections::BTreeMap;

use backend::store::{DatabaseUrl, Store};
use zooid_client::emulator::Emulator;

use crate::{
    cluster::Cluster,
    program::Program,
    proxy::{Proxy, Server},
    signal,
    writes::{all_is_well, relay, rename, until},
};

const RELAYS: u64 = 5;
const EXPIRE: &str = "UPDATE relay SET leased_until = statement_timestamp() - interval '1 second'
WHERE leased_until IS NOT NULL";

fn id(n: u64) -> String {
    format!("relay{n}")
}

async fn name_all(store: &Store, name: u64) -> BTreeMap<String, u64> {
    for n in 0..RELAYS {
        rename(store, &id(n), name).await.unwrap();
    }
    (0..RELAYS).map(|n| (id(n), name)).collect()
}

/// It has sent its requests, and is stopped (SIGSTOP) before it hears what came of them. Two minutes pass in no time: the
/// leases are expired for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_stopped_past_its_leases_reports_nothing_when_it_goes_on() {
    let cluster = Cluster::start().await;
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let store = Store::open(DatabaseUrl::postgres(&cluster.url()).unwrap())
        .await
        .unwrap();
    for n in 0..RELAYS {
        store.create_relay(relay(&id(n))).await.unwrap();
    }
    let server = zooid
        .url()
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let proxy = Proxy::to(Server::Address(server)).await;
    let program = Program::for_zooid(&zooid)
        .with("DATABASE_URL", &cluster.url())
        .with("ZOOID_API_URL", &format!("http://{}", proxy.address))
        .with("INFRA_CONCURRENCY", &RELAYS.to_string());
    let mut stopped = program.start();
    until("the first is at work", async || {
        matches!(store.has_work().await, Ok(false))
    })
    .await;

    proxy.let_answers_through(false);
    name_all(&store, 2).await;
    until("zooid has done what it was asked", async || {
        (0..RELAYS).all(|n| zooid.config(&id(n)).unwrap()["info"]["name"] == "2")
    })
    .await;
    signal::send("STOP", stopped.id());
    sqlx::query(EXPIRE).execute(&mut cluster.connect().await).await.unwrap();
    let other = Program::for_zooid(&zooid).with("DATABASE_URL", &cluster.url());
    let mut another = other.start();
    let third = name_all(&store, 3).await;
    all_is_well(&store, &zooid, &third).await;

    let requests = zooid.relay_requests().len();
    proxy.let_answers_through(true);
    signal::send("CONT", stopped.id());
    until("all it has to say is refused", async || {
        stopped.log().matches("result discarded").count() == RELAYS as usize
    })
    .await;
    all_is_well(&store, &zooid, &third).await;
    assert_eq!(
        zooid.relay_requests().len(),
        requests,
        "nothing is sent on an expired lease"
    );

    let fourth = name_all(&store, 4).await;
    all_is_well(&store, &zooid, &fourth).await;
    assert!(stopped.is_running() && another.is_running());
}
