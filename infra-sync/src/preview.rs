use serde::Serialize;
use zooid_client::{
    RelayId, Secret,
    types::{RelayConfig, RelayPatch},
};

use crate::{
    Infra, InvalidRelay, Relay,
    zooid_config::{self, Shared},
};

/// The request that would be sent for a row, with masked secrets.
#[derive(Debug, Serialize)]
pub struct Preview {
    /// `POST`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The path, relative to zooid's url.
    pub path: String,
    /// The body; `None` for a `DELETE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<PreviewBody>,
}

/// The body of a [`Preview`].
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum PreviewBody {
    /// The body of a `POST`.
    Config(Box<RelayConfig>),
    /// The body of a `PATCH`.
    Patch(Box<RelayPatch>),
}

impl<Q, C, Z> Infra<Q, C, Z> {
    /// Returns the request that a sync of this row would send. Returns `None` for a deleted row that was never synced, because
    /// zooid never confirmed that it has the relay.
    ///
    /// # Errors
    ///
    /// [`InvalidRelay`] if the row breaks a rule.
    pub fn preview(&self, relay: &Relay) -> Result<Option<Preview>, InvalidRelay> {
        let (method, id, body) = match (relay.deleted, relay.is_synced()) {
            (true, false) => return Ok(None),
            (true, true) => ("DELETE", RelayId::try_from(relay.id.as_str())?, None),
            (false, true) => {
                let id = zooid_config::checked_id(relay)?;
                let patch = zooid_config::patch(relay, &masked(&self.shared));
                ("PATCH", id, Some(PreviewBody::Patch(Box::new(patch))))
            }
            (false, false) => {
                let id = zooid_config::checked_id(relay)?;
                let mut config = zooid_config::config(relay, &masked(&self.shared))?;
                config.secret = mask(&config.secret);
                ("POST", id, Some(PreviewBody::Config(Box::new(config))))
            }
        };
        Ok(Some(Preview {
            method,
            path: format!("/relay/{id}"),
            body,
        }))
    }
}

fn masked(shared: &Shared) -> Shared {
    let mut shared = shared.clone();
    if let Some(s3) = &mut shared.blossom_s3 {
        s3.access_key = mask(&s3.access_key);
        s3.secret_key = mask(&s3.secret_key);
    }
    if let Some(livekit) = &mut shared.livekit {
        livekit.api_key = mask(&livekit.api_key);
        livekit.api_secret = mask(&livekit.api_secret);
    }
    shared
}

fn mask(secret: &Secret) -> Secret {
    if secret.is_empty() {
        secret.clone()
    } else {
        "[masked]".into()
    }
}
