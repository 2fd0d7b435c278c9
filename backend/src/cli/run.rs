use std::time::Duration;

use infra_sync::Infra;
use tokio::signal;

use crate::{failure::Failure, settings::Settings, store::Store};

/// For requests that are under way when the signal comes.
const GRACE: Duration = Duration::from_secs(20);

/// Keeps zooid equal to the store until a signal comes, and what is under way has ended. A sync that takes too long for
/// that is done again at the next start.
pub(super) async fn execute() -> Result<(), Failure> {
    let settings = Settings::from_env()?;
    let store = Store::open(&settings.database).await?;
    tracing::info!(store = %settings.database, "store opened");
    let infra = Infra::with_config(store.clone(), store.clone(), settings.zooid)?;
    let seq = store.last_seq().await?;
    let mut stopped = Ok(());
    let stop = async {
        stopped = stop_signal().await.map(|signal| tracing::info!(signal, "stopping"));
    };
    tokio::select! {
        () = infra.start_until(stop, GRACE) => {}
        () = store.tail(seq) => {}
    }
    store.close().await;
    stopped
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
