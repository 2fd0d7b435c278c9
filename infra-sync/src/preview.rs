use serde::Serialize;
use zooid_client::{
    Secret,
    types::{RelayConfig, RelayPatch},
};

use crate::{
    Infra, InvalidRelay, Relay,
    zooid_config::{self, Shared},
};

/// A request as it would be sent for a row, its secrets masked.
#[derive(Debug, Serialize)]
pub struct Preview {
    /// `POST` or `PATCH`.
    pub method: &'static str,
    /// Below zooid's url.
    pub path: String,
    /// The body.
    pub body: PreviewBody,
}

/// The body of a [`Preview`].
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum PreviewBody {
    /// What creates the relay.
    Config(Box<RelayConfig>),
    /// What changes the relay.
    Patch(Box<RelayPatch>),
}

impl<Q, C, Z> Infra<Q, C, Z> {
    /// What would be sent for this row, if anything had to be.
    ///
    /// # Errors
    ///
    /// When the row cannot be sent.
    pub fn preview(&self, relay: &Relay) -> Result<Preview, InvalidRelay> {
        let id = zooid_config::checked_id(relay)?;
        let shared = masked(&self.shared);
        let body = if relay.is_synced() {
            PreviewBody::Patch(Box::new(zooid_config::patch(relay, &shared)))
        } else {
            let secret = relay.secret.as_ref().map(mask);
            let relay = Relay {
                secret,
                ..relay.clone()
            };
            PreviewBody::Config(Box::new(zooid_config::config(&relay, &shared)?))
        };
        Ok(Preview {
            method: if relay.is_synced() { "PATCH" } else { "POST" },
            path: format!("/relay/{id}"),
            body,
        })
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
