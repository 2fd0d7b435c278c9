use std::{path::Path, pin::pin, time::Duration};

use infra_sync::Infra;
use tokio::{signal, time::sleep};

use crate::{failure::Failure, service_lock::ServiceLock, settings::Settings, store::Store};

const LOCK_POLL: Duration = Duration::from_millis(250);

/// For requests that are under way when the signal comes.
const GRACE: Duration = Duration::from_secs(20);

/// Keeps zooid equal to the store until a signal comes, and what is under way has ended. A sync that takes too long for
/// that is done again at the next start.
pub(super) async fn execute() -> Result<(), Failure> {
    let settings = Settings::from_env()?;
    let store = Store::open(&settings.database).await?;
    tracing::info!(file = %settings.database.display(), "store opened");
    let infra = Infra::with_config(store.clone(), store.clone(), settings.zooid)?;
    let mut stop = pin!(stop_signal());
    let _lock = tokio::select! {
        lock = alone(&settings.database) => lock?,
        signal = &mut stop => return stopping(&store, signal).await,
    };
    let seq = store.last_seq().await?;
    let mut signal = Ok("");
    tokio::select! {
        () = infra.start_until(async { signal = stop.await }, GRACE) => {}
        () = store.tail(seq) => {}
    }
    stopping(&store, signal).await
}

async fn stopping(store: &Store, signal: Result<&'static str, Failure>) -> Result<(), Failure> {
    store.close().await;
    tracing::info!(signal = signal?, "stopped");
    Ok(())
}

/// Waits until no other service works on the store, and no relay of it is being deleted.
async fn alone(database: &Path) -> Result<ServiceLock, Failure> {
    let failed = || Failure::io(format!("cannot lock {}", ServiceLock::file(database).display()));
    if let Some(lock) = ServiceLock::of_service(database).map_err(failed())? {
        return Ok(lock);
    }
    tracing::warn!("another `infra run` works on this store, or a relay is being deleted; waiting for its end");
    loop {
        sleep(LOCK_POLL).await;
        if let Some(lock) = ServiceLock::of_service(database).map_err(failed())? {
            return Ok(lock);
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
