use std::{future::pending, pin::pin, time::Duration};

use clap::Args;
use infra_sync::Infra;
use tokio::{signal, time::sleep};

use super::listen::{self, Listen};
use crate::{
    failure::Failure,
    service::Service,
    service_lock::ServiceLock,
    settings::Settings,
    store::{DatabaseUrl, Store, Violation},
};

const LOCK_POLL: Duration = Duration::from_millis(250);

/// For requests that are under way when the signal comes.
const GRACE: Duration = Duration::from_secs(20);

/// How often old activity is looked for.
const PRUNE: Duration = Duration::from_secs(60 * 60);

/// How many rules that stored relays break are logged one by one.
const LOGGED_VIOLATIONS: usize = 20;

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    listen: Listen,
}

impl Run {
    /// Keeps zooid equal to the store until a signal comes, and what is under way has ended. A sync that takes too long
    /// for that is done again at the next start.
    pub(super) async fn execute(self) -> Result<(), Failure> {
        let settings = Settings::from_env()?;
        let store = Store::open(&settings.database).await?;
        tracing::info!(store = %settings.database, "store opened");
        let infra = Infra::with_config(store.clone(), store.clone(), settings.zooid)?;
        let mut stop = pin!(stop_signal());
        let _lock = tokio::select! {
            lock = alone(&settings.database) => lock?,
            signal = &mut stop => return stopping(&store, signal).await,
        };
        // Before anything is recorded, or it is lost.
        let service = self.bind(&store).await?;
        let seq = store.last_seq().await?;
        let mut signal = Ok("");
        tokio::select! {
            () = infra.start_until(async { signal = stop.await }, GRACE) => {}
            () = store.tail(seq) => {}
            () = prune(&store, settings.keep_activity) => {}
            () = report_violations(&store) => {}
            ended = listen::serve(service) => ended?,
        }
        stopping(&store, signal).await
    }

    /// Binds the address of the status page, unless it is "off".
    async fn bind(&self, store: &Store) -> Result<Option<Service>, Failure> {
        let Some(address) = self.listen.address() else {
            return Ok(None);
        };
        let service = listen::bind(address, store, &listen::record_metrics()?).await?;
        tracing::info!(
            "status page, /metrics, /healthz and /readyz at http://{}",
            service.address()
        );
        Ok(Some(service))
    }
}

/// Logs the rules for new relays that stored ones break, and does not end.
async fn report_violations(store: &Store) {
    match store.violations().await {
        Ok(violations) => {
            for Violation { relay, field, problem } in violations.iter().take(LOGGED_VIOLATIONS) {
                tracing::warn!(relay, field, problem, "a stored relay breaks a rule for new relays");
            }
            let more = violations.len().saturating_sub(LOGGED_VIOLATIONS);
            if more > 0 {
                tracing::warn!(more, "more stored relays break rules; `infra status` lists them");
            }
        }
        Err(error) => tracing::warn!(%error, "cannot look for stored relays that break rules for new relays"),
    }
    pending().await
}

async fn prune(store: &Store, keep: Duration) {
    loop {
        match store.prune_activity(keep.as_secs()).await {
            Ok(0) => {}
            Ok(pruned) => tracing::info!(pruned, "old activity removed"),
            Err(error) => tracing::warn!(%error, "old activity could not be removed"),
        }
        sleep(PRUNE).await;
    }
}

async fn stopping(store: &Store, signal: Result<&'static str, Failure>) -> Result<(), Failure> {
    store.close().await;
    tracing::info!(signal = signal?, "stopped");
    Ok(())
}

/// Waits until no other service works on the file, and nobody copies it. On a database that workers share
/// it is the leases that keep them apart.
async fn alone(database: &DatabaseUrl) -> Result<Option<ServiceLock>, Failure> {
    let Some(database) = database.file() else {
        return Ok(None);
    };
    let failed = || Failure::io(format!("cannot lock {}", ServiceLock::file(database).display()));
    if let Some(lock) = ServiceLock::of_service(database).map_err(failed())? {
        return Ok(Some(lock));
    }
    tracing::warn!("another `infra run` works on this store, or it is being copied; waiting for its end");
    loop {
        sleep(LOCK_POLL).await;
        if let Some(lock) = ServiceLock::of_service(database).map_err(failed())? {
            return Ok(Some(lock));
        }
    }
}

/// Waits for Ctrl-C or, where there is such a thing, SIGTERM.
pub(super) async fn stop_signal() -> Result<&'static str, Failure> {
    let failed = || Failure::io("cannot listen for signals");
    #[cfg(unix)]
    {
        let mut term = signal::unix::signal(signal::unix::SignalKind::terminate()).map_err(failed())?;
        tokio::select! {
            interrupted = signal::ctrl_c() => interrupted.map(|()| "interrupt").map_err(failed()),
            _ = term.recv() => Ok("terminate"),
        }
    }
    #[cfg(not(unix))]
    signal::ctrl_c().await.map(|()| "interrupt").map_err(failed())
}
