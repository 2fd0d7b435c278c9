use std::{convert::Infallible, time::Duration};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

const CHANNEL: &str = "infra_activity";
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A half-open connection is as silent as an idle one. After this time without a notification, the listener sends one to
/// itself; if that does not arrive either, it reconnects.
const SILENCE: Duration = Duration::from_secs(15);

/// Notifies `written` of each commit. Does not return. Activities missed during a reconnect are found by their `seq`.
pub(super) async fn listen(options: &PgConnectOptions, pool: &PgPool, written: &Notify) {
    let mut pause = FIRST_PAUSE;
    loop {
        let lost = match timeout(2 * SILENCE, connect(options)).await {
            Ok(Ok(listener)) => {
                pause = FIRST_PAUSE;
                hear(listener, pool, written).await
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(lost("the server is silent")),
        };
        let Err(error) = lost;
        tracing::warn!(%error, "cannot receive notifications; polling until reconnected");
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgListener, sqlx::Error> {
    let own = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(SILENCE)
        .connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&own).await?;
    // The loop in `listen` reconnects, with a backoff.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

async fn hear(mut listener: PgListener, pool: &PgPool, written: &Notify) -> Result<Infallible, sqlx::Error> {
    let mut asked = false;
    // For commits before LISTEN.
    written.notify_one();
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(heard) => {
                heard?.ok_or_else(|| lost("the connection was closed"))?;
                written.notify_one();
                asked = false;
            }
            Err(_) if asked => return Err(lost("no notification arrives, not even our own")),
            Err(_) => {
                let ping = sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(pool);
                // If this fails, no notification arrives, which the next timeout detects.
                let _ = timeout(SILENCE, ping).await;
                asked = true;
            }
        }
    }
}

fn lost(why: &str) -> sqlx::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionAborted, why).into()
}
