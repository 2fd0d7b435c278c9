use std::{
    future::{Future, pending},
    io,
    net::SocketAddr,
    pin::pin,
    str::FromStr,
    time::Duration,
};

use clap::Args;
use infra_sync::Infra;
use tokio::{signal, time::sleep};

use crate::{
    failure::Failure,
    service::{Exposition, Service},
    service_lock::ServiceLock,
    settings::Settings,
    store::{Location, Store, Violation},
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
    /// Where to serve health, metrics and the status page, or "off"; whoever reaches it may look
    #[arg(long, value_name = "ADDRESS", env = "INFRA_LISTEN", default_value = "127.0.0.1:9464")]
    listen: Listen,
}

#[derive(Clone, Copy, Debug)]
enum Listen {
    At(SocketAddr),
    Off,
}

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "off" => Ok(Self::Off),
            address => address
                .parse()
                .map(Self::At)
                .map_err(|_| "not an address such as 127.0.0.1:9464, nor off"),
        }
    }
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
        let shown = self.shown(&store).await?;
        let seq = store.last_seq().await?;
        let mut signal = Ok("");
        tokio::select! {
            () = infra.start_until(async { signal = stop.await }, GRACE) => {}
            () = store.tail(seq) => {}
            () = prune(&store, settings.keep_activity) => {}
            () = report_violations(&store) => {}
            ended = shown => ended?,
        }
        stopping(&store, signal).await
    }

    /// Listens, if it is to; the future answers for ever.
    async fn shown(&self, store: &Store) -> Result<impl Future<Output = Result<(), Failure>> + use<>, Failure> {
        let service = match self.listen {
            Listen::Off => None,
            Listen::At(address) => {
                let exposition = Exposition::install().map_err(|error| Failure::Io {
                    what: "cannot record metrics".to_owned(),
                    source: io::Error::other(error),
                })?;
                let failed = || Failure::io(format!("cannot listen on {address} (--listen says where)"));
                let service = Service::listen(address, store.clone(), exposition.clone())
                    .await
                    .map_err(failed())?;
                let address = service.address().map_err(failed())?;
                tracing::info!("status page, /metrics, /healthz and /readyz at http://{address}");
                Some((service, exposition))
            }
        };
        Ok(async move {
            let Some((service, exposition)) = service else {
                return pending().await;
            };
            tokio::select! {
                served = service.serve() => served.map_err(Failure::io("cannot listen any longer")),
                () = exposition.keep_up() => Ok(()),
            }
        })
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

/// Waits until no other service works on the file, and no relay of it is being deleted. On a database that workers share
/// it is the leases that keep them apart.
async fn alone(database: &Location) -> Result<Option<ServiceLock>, Failure> {
    let Some(database) = database.file() else {
        return Ok(None);
    };
    let failed = || Failure::io(format!("cannot lock {}", ServiceLock::file(database).display()));
    if let Some(lock) = ServiceLock::of_service(database).map_err(failed())? {
        return Ok(Some(lock));
    }
    tracing::warn!("another `infra run` works on this store, or a relay is being deleted; waiting for its end");
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
