use axum::extract::State;

use super::{Shown, relays::Unavailable};

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// The store answers too. A zooid that does not is told, but is no reason to restart this process.
pub(super) async fn ready(State(shown): State<Shown>) -> Result<String, Unavailable> {
    shown.store.last_seq().await?;
    Ok(match shown.store.outage().await? {
        None => "ready\n".to_owned(),
        Some(outage) => format!("ready, but zooid does not serve us: {}\n", outage.cause),
    })
}
