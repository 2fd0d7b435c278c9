use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use backend::store::{Store, StoreError};
use infra_sync::Relay;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};
use zooid_client::emulator::Emulator;

use crate::program::TENANT;

const RELAYS: u64 = 20;
const PATIENCE: Duration = Duration::from_secs(120);

/// A new name for one relay after the other, each a greater number, whatever becomes of those before.
pub struct Writes {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    refused: Arc<AtomicU64>,
    writing: JoinHandle<BTreeMap<String, u64>>,
}

impl Writes {
    pub async fn start(store: &Store) -> Self {
        for n in 0..RELAYS {
            store.create_relay(relay(&format!("relay{n}"))).await.unwrap();
        }
        let (stop, acknowledged, refused) = Default::default();
        let writing = tokio::spawn(write(
            store.clone(),
            Arc::clone(&stop),
            Arc::clone(&acknowledged),
            Arc::clone(&refused),
        ));
        Self {
            stop,
            acknowledged,
            refused,
            writing,
        }
    }

    /// Waits until so many more are acknowledged.
    pub async fn acknowledged(&self, more: u64) {
        passed(&self.acknowledged, more).await;
    }

    /// Waits until so many more have failed.
    pub async fn refused(&self, more: u64) {
        passed(&self.refused, more).await;
    }

    /// The last name of each relay that was acknowledged.
    pub async fn stop(self) -> BTreeMap<String, u64> {
        self.stop.store(true, Ordering::Relaxed);
        self.writing.await.unwrap()
    }
}

async fn passed(count: &AtomicU64, more: u64) {
    let enough = count.load(Ordering::Relaxed) + more;
    until("enough writes ended", async || count.load(Ordering::Relaxed) >= enough).await;
}

async fn write(
    store: Store,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    refused: Arc<AtomicU64>,
) -> BTreeMap<String, u64> {
    let mut kept: BTreeMap<_, _> = (0..RELAYS).map(|n| (format!("relay{n}"), 0)).collect();
    for n in 1.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("relay{}", n % RELAYS);
        match rename(&store, &id, n).await {
            Ok(()) => {
                kept.insert(id, n);
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => _ = refused.fetch_add(1, Ordering::Relaxed),
        }
        sleep(Duration::from_millis(2)).await;
    }
    kept
}

pub fn relay(id: &str) -> Relay {
    Relay {
        id: id.to_owned(),
        tenant_pubkey: TENANT.to_owned(),
        subdomain: id.to_owned(),
        zooid_domain: "relays.example".to_owned(),
        info_name: "0".to_owned(),
        ..Relay::default()
    }
}

pub async fn rename(store: &Store, id: &str, n: u64) -> Result<(), StoreError> {
    let rename = move |relay: &mut Relay| {
        relay.info_name = n.to_string();
        Ok::<(), StoreError>(())
    };
    store.update_relay(id, rename).await.map(drop)
}

/// Waits until zooid has every row as it is, and sees that the rows have what was acknowledged, or what was tried later.
pub async fn all_is_well(store: &Store, zooid: &Emulator, acknowledged: &BTreeMap<String, u64>) {
    until("everything is synced", async || {
        matches!(store.has_work().await, Ok(false))
    })
    .await;
    for (id, least) in acknowledged {
        let row = store.relay(id).await.unwrap();
        assert!(
            row.info_name.parse::<u64>().unwrap() >= *least,
            "{id}: {}",
            row.info_name
        );
        let served = zooid.config(id).expect("zooid has it");
        assert_eq!(served["info"]["name"], row.info_name, "{id}");
        assert_eq!(
            served["secret"],
            row.secret.unwrap().expose(),
            "{id} keeps its identity"
        );
    }
}

pub async fn until(what: &str, done: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done().await {
        assert!(Instant::now() < deadline, "still not: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}
