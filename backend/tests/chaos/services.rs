use std::sync::Arc;

#[cfg(feature = "postgres")]
use sqlx::{Connection, PgConnection};
use zooid_client::emulator::Emulator;

use crate::{
    chance::Chance,
    program::{Program, Service},
    wire::{InFlight, Wire},
};

/// The services that share a store.
pub struct Services {
    all: Vec<Slot>,
    #[cfg(feature = "postgres")]
    database: Option<String>,
}

/// A service, and the one that follows when it is killed.
struct Slot {
    program: Program,
    wire: Wire,
    service: Service,
}

impl Services {
    pub async fn start(
        count: usize,
        zooid: &Emulator,
        database: &str,
        in_flight: &Arc<InFlight>,
        chance: &mut Chance,
    ) -> Self {
        let mut all = Vec::new();
        for _ in 0..count {
            let wire = Wire::to(zooid, Arc::clone(in_flight), chance.fork()).await;
            let program = Program::for_zooid(zooid)
                .with("ZOOID_API_URL", &wire.url)
                .with("DATABASE_URL", database)
                // A worker that is killed counts as a failure of what it was at.
                .with("INFRA_RETRY_MAX", "1000000");
            let service = program.start();
            all.push(Slot { program, wire, service });
        }
        Self {
            all,
            #[cfg(feature = "postgres")]
            database: database.starts_with("postgres").then(|| database.to_owned()),
        }
    }

    /// Kills one, and starts the next in its place.
    pub async fn kill_one(&mut self, chance: &mut Chance) {
        let at = usize::try_from(chance.below(self.all.len() as u64)).unwrap();
        let slot = &mut self.all[at];
        let pid = slot.service.kill();
        // A request that zooid is still at when its sender is gone can be fenced by nobody.
        slot.wire.until_idle().await;
        #[cfg(feature = "postgres")]
        if let Some(database) = &self.database {
            expire_leases(database, pid).await;
        }
        #[cfg(not(feature = "postgres"))]
        let _ = pid;
        slot.service = slot.program.start();
    }

    pub fn logs(&self) -> String {
        self.all.iter().map(|slot| slot.service.log()).collect()
    }
}

/// As if two minutes had passed: whose worker is dead needs no more.
#[cfg(feature = "postgres")]
async fn expire_leases(database: &str, pid: u32) {
    let mut connection = PgConnection::connect(database).await.unwrap();
    sqlx::query(
        "UPDATE relay SET leased_until = statement_timestamp() - interval '1 second' WHERE lease_owner LIKE $1",
    )
    .bind(format!("%/{pid}/%"))
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
}
