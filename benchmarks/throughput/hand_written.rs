//! Layer 2: the request as somebody writes it who has the specification, reqwest, serde_json and nostr at hand.

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use nostr::{
    event::FinalizeEvent,
    nips::nip98::{HttpData, HttpMethod, Sha256Hash},
};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zooid_client::Keys;

use crate::{emulator::keys, in_flight, relays, task::Load};

/// zooid's API, by hand.
pub struct Api {
    http: reqwest::Client,
    keys: Keys,
    url: String,
}

pub async fn measure(in_flight: usize, zooid: &str, checking: &str, measured: Duration) -> anyhow::Result<Load> {
    let bodies: Vec<_> = (0..in_flight)
        .map(|relay| relays::body(&relays::relay(relay)))
        .collect();
    Api::new(checking)?.patch(&relays::id(0), &bodies[0]).await?;
    let api = Arc::new((Api::new(zooid)?, bodies));
    in_flight::keep(in_flight, measured, move |relay| {
        let api = Arc::clone(&api);
        async move { api.0.patch(&relays::id(relay), &api.1[relay]).await }
    })
    .await
}

impl Api {
    pub fn new(url: &str) -> anyhow::Result<Self> {
        // Where there is no certificate store, this does not fail for want of one.
        let http = reqwest::Client::builder()
            .tls_certs_only([])
            .timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self {
            http,
            keys: keys()?,
            url: url.to_owned(),
        })
    }

    pub async fn patch(&self, id: &str, body: &Value) -> anyhow::Result<()> {
        let url = format!("{}/relay/{id}", self.url);
        let body = serde_json::to_vec(body)?;
        let answer = self
            .http
            .patch(&url)
            .header(AUTHORIZATION, authorization(&self.keys, &url, &body)?)
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .send()
            .await?
            .error_for_status()?;
        answer.json::<Value>().await?;
        Ok(())
    }
}

/// NIP-98 by the library's own means.
pub fn authorization(keys: &Keys, url: &str, body: &[u8]) -> anyhow::Result<String> {
    let data = HttpData::new(url.parse()?, HttpMethod::PATCH)
        .payload(Sha256Hash::from_byte_array(Sha256::digest(body).into()));
    let event = data.finalize(keys)?;
    Ok(format!("Nostr {}", BASE64_STANDARD.encode(event.as_json())))
}
