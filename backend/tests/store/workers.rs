use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use backend::store::Store;
use infra_sync::{Claim, Classification, Config, Infra, Query, RetryPolicy, Zooid};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{Instant, sleep},
};
use zooid_client::{
    Client, RelayId,
    emulator::{Emulator, Fault},
    types::{RelayConfig, RelayPatch},
};

use crate::{database::Database, relay, update};

const PATIENCE: Duration = Duration::from_secs(60);

/// A zooid on which each relay's requests are counted as long as they are under way.
#[derive(Clone)]
struct Watched {
    zooid: Client,
    watch: Arc<Mutex<Watch>>,
    worker: usize,
}

#[derive(Default)]
struct Watch {
    under_way: HashMap<String, usize>,
    at_once: Vec<String>,
    requests: [usize; 2],
}

impl Watched {
    async fn watch<T>(&self, id: &RelayId, request: impl Future<Output = T>) -> T {
        {
            let mut watch = self.watch.lock().unwrap();
            watch.requests[self.worker] += 1;
            let under_way = watch.under_way.entry(id.to_string()).or_default();
            *under_way += 1;
            if *under_way > 1 {
                watch.at_once.push(id.to_string());
            }
        }
        let answer = request.await;
        sleep(Duration::from_millis(5)).await;
        *self.watch.lock().unwrap().under_way.get_mut(id.as_str()).unwrap() -= 1;
        answer
    }
}

impl Zooid for Watched {
    type Error = zooid_client::Error;

    async fn create_relay(&self, id: &RelayId, config: &RelayConfig) -> Result<(), Self::Error> {
        self.watch(id, Zooid::create_relay(&self.zooid, id, config)).await
    }

    async fn patch_relay(&self, id: &RelayId, patch: &RelayPatch) -> Result<(), Self::Error> {
        self.watch(id, Zooid::patch_relay(&self.zooid, id, patch)).await
    }

    async fn heartbeat(&self) -> Result<(), Self::Error> {
        Zooid::heartbeat(&self.zooid).await
    }

    async fn delete_relay(&self, id: &RelayId) -> Result<(), Self::Error> {
        self.watch(id, Zooid::delete_relay(&self.zooid, id)).await
    }

    fn classify(error: &Self::Error) -> Classification {
        <Client as Zooid>::classify(error)
    }
}

fn config(zooid: &Emulator) -> Config {
    Config::new(zooid.url().parse().unwrap(), zooid.keys().clone())
}

/// A worker that runs as `infra run` does.
fn start(store: &Store, zooid: Watched, config: Config) -> JoinHandle<()> {
    let store = store.clone();
    tokio::spawn(async move {
        let infra = Infra::with_zooid(store.clone(), store.clone(), config, zooid);
        tokio::select! {
            () = infra.start() => {}
            () = store.tail(0) => {}
        }
    })
}

async fn until(what: impl fmt::Display, done: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done().await {
        assert!(Instant::now() < deadline, "still not {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_workers_share_two_hundred_relays_and_never_send_two_requests_for_one_at_once() {
    let database = Database::postgres().await;
    let stores = [database.open().await, database.open().await];
    let zooid = Emulator::start().await;
    let watch = Arc::default();
    let workers = [0, 1].map(|worker| {
        let watched = Watched {
            zooid: zooid.client().unwrap(),
            watch: Arc::clone(&watch),
            worker,
        };
        start(&stores[worker], watched, config(&zooid))
    });

    let relays: Vec<_> = (0..200).map(|n| relay(&format!("relay{n}"))).collect();
    stores[0].import_relays(&relays).await.unwrap();
    for round in 1..=3 {
        for (n, relay) in relays.iter().enumerate() {
            let name = format!("{} in round {round}", relay.id);
            update(&stores[n % 2], &relay.id, |relay| relay.info_name = name)
                .await
                .unwrap();
        }
    }
    until("synced", async || !stores[0].has_work().await.unwrap()).await;

    {
        let watch = watch.lock().unwrap();
        assert_eq!(watch.at_once, [""; 0]);
        assert!(
            watch.requests.iter().all(|requests| *requests > 20),
            "{:?}",
            watch.requests
        );
    }
    for relay in &relays {
        let name = zooid.config(&relay.id).unwrap()["info"]["name"].clone();
        assert_eq!(name, format!("{} in round 3", relay.id));
    }
    for view in stores[0].relay_views("", 1000).await.unwrap() {
        assert!(view.up_to_date && view.sync_failures == 0, "{view:?}");
    }
    workers.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn workers_do_not_begin_with_the_same_relays() {
    let database = Database::postgres().await;
    let store = database.open().await;
    let relays: Vec<_> = (0..400).map(|n| relay(&format!("relay{n}"))).collect();
    store.import_relays(&relays).await.unwrap();
    let mut begun_with = BTreeSet::new();
    for _ in 0..4 {
        let page = database.open().await.list_relays_to_sync(None, 60).await.unwrap();
        begun_with.extend(page.into_iter().map(|relay| relay.id));
    }
    assert_eq!(begun_with.len(), 4 * 60);
}

#[tokio::test]
async fn a_worker_that_is_stopped_leaves_its_relays_to_the_other_within_a_second() {
    let database = Database::postgres().await;
    let (one, other) = (database.open().await, database.open().await);
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    one.create_relay(relay("alice")).await.unwrap();
    let sync = |store: &Store| Infra::with_config(store.clone(), store.clone(), config(&zooid)).unwrap();
    tokio::select! {
        () = sync(&one).start() => {}
        () = until("synced", async || !one.has_work().await.unwrap()) => {}
    }

    update(&one, "alice", |relay| relay.info_name.push('!')).await.unwrap();
    zooid.inject(Fault::hang().for_relay("alice"));
    let before = zooid.relay_requests().len();
    let stop = Notify::new();
    let stopping = async {
        until("asked", async || zooid.relay_requests().len() > before).await;
        stop.notify_one();
    };
    let abandoned = sync(&one).start_until(stop.notified(), Duration::ZERO);
    tokio::join!(abandoned, stopping);
    let left = other.relay("alice").await.unwrap();
    assert_eq!(
        (left.sync_error.as_str(), left.record.accepted),
        ("", None),
        "zooid may have done it"
    );

    let begun = Instant::now();
    tokio::select! {
        () = sync(&other).start() => {}
        () = until("synced", async || !other.has_work().await.unwrap()) => {}
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_relay_that_is_the_end_of_its_workers_is_left_alone_at_last() {
    let database = Database::postgres().await;
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    for _ in 0..3 {
        // A worker that is killed in the midst of an attempt.
        let claimed = database.open().await.claim_relay("alice").await.unwrap();
        assert!(matches!(claimed, Claim::Row(_)));
        database
            .execute("UPDATE relay SET leased_until = statement_timestamp() - interval '1 second'")
            .await;
    }
    let mut config = config(&zooid);
    config.retry = RetryPolicy {
        base: Duration::from_millis(1),
        cap: Duration::from_millis(1),
        max_attempts: 3,
    };
    let last = Infra::with_config(store.clone(), store.clone(), config).unwrap();
    tokio::select! {
        () = last.start() => {}
        () = sleep(Duration::from_secs(2)) => {}
    }
    assert_eq!(zooid.relay_requests().len(), 0);
    let record = store.relay("alice").await.unwrap().record;
    assert_eq!((record.failures, record.given_up), (3, true));

    update(&store, "alice", |relay| relay.info_name.push('!'))
        .await
        .unwrap();
    let again = Infra::with_config(store.clone(), store.clone(), self::config(&zooid)).unwrap();
    tokio::select! {
        () = again.start() => {}
        () = until("synced", async || !store.has_work().await.unwrap()) => {}
    }
}
