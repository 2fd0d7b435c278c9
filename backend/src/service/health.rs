use axum::extract::State;

use super::{Shown, relays::Unavailable};
use crate::store::ZooidStatus;

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// The store answers too. A zooid that cannot be used is reported, but is no reason to restart this process.
pub(super) async fn ready(State(shown): State<Shown>) -> Result<String, Unavailable> {
    shown.store.last_seq().await?;
    Ok(match shown.store.zooid_status().await? {
        ZooidStatus::Up { .. } => "ready\n".to_owned(),
        ZooidStatus::Unknown { .. } => "ready, but zooid was not observed yet\n".to_owned(),
        ZooidStatus::Down { cause, .. } => {
            format!("ready, but zooid cannot be used, and all syncs wait: {cause}\n")
        }
    })
}
