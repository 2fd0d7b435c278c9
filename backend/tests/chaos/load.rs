use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use backend::store::{Store, StoreError};
use infra_sync::{Relay, RelayStatus};
use tokio::{task::JoinHandle, time::sleep};

use crate::{chance::Chance, program::TENANT};

/// Many of them are deleted, and their ids are not used again.
const RELAYS: u64 = 100;

/// Changes of relays, one after the other, until it is stopped.
pub struct Load {
    stop: Arc<AtomicBool>,
    changes: JoinHandle<BTreeMap<String, Kept>>,
}

/// What was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub name: String,
    pub active: bool,
    pub schema: String,
    pub secret: String,
}

impl Kept {
    pub fn of(row: &Relay) -> Self {
        Self {
            name: row.info_name.clone(),
            active: row.status == RelayStatus::Active,
            schema: row.schema.clone(),
            secret: row.secret.as_ref().unwrap().expose().to_owned(),
        }
    }
}

impl Load {
    pub fn start(store: Store, chance: Chance) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let changes = tokio::spawn(change(store, chance, Arc::clone(&stop)));
        Self { stop, changes }
    }

    pub async fn stop(self) -> BTreeMap<String, Kept> {
        self.stop.store(true, Ordering::Relaxed);
        self.changes.await.unwrap()
    }
}

async fn change(store: Store, mut chance: Chance, stop: Arc<AtomicBool>) -> BTreeMap<String, Kept> {
    let mut kept: BTreeMap<String, Kept> = BTreeMap::new();
    let mut deleted = BTreeSet::new();
    for n in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let id = format!("relay{:02}", chance.below(RELAYS));
        match kept.get_mut(&id) {
            None if deleted.contains(&id) => {}
            None => {
                let relay = Relay {
                    id: id.clone(),
                    tenant_pubkey: TENANT.to_owned(),
                    subdomain: id.clone(),
                    zooid_domain: "relays.example".to_owned(),
                    ..Relay::default()
                };
                let made = store.create_relay(relay).await.unwrap();
                kept.insert(id, Kept::of(&made));
            }
            // One that zooid never confirmed would not be deleted there.
            Some(_) if chance.below(8) == 0 && store.relay(&id).await.unwrap().is_synced() => {
                store.delete_relay(&id).await.unwrap();
                kept.remove(&id);
                deleted.insert(id);
            }
            Some(kept) if chance.below(4) == 0 => {
                let active = !kept.active;
                set(&store, &id, move |relay| {
                    relay.status = if active {
                        RelayStatus::Active
                    } else {
                        RelayStatus::Inactive
                    };
                })
                .await;
                kept.active = active;
            }
            Some(kept) => {
                let name = format!("name {n}");
                kept.name.clone_from(&name);
                set(&store, &id, move |relay| relay.info_name = name).await;
            }
        }
        sleep(Duration::from_millis(chance.below(4))).await;
    }
    kept
}

async fn set(store: &Store, id: &str, change: impl FnOnce(&mut Relay) + Send + 'static) {
    let change = |relay: &mut Relay| {
        change(relay);
        Ok::<(), StoreError>(())
    };
    store.update_relay(id, change).await.unwrap();
}
