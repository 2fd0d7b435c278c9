use std::{future::Future, time::Instant};

use progenitor_client::{ClientInfo, ResponseValue};
use reqwest::{Method, header::HeaderValue};
use tracing::Instrument;
use url::Url;

use crate::{
    error::{Error, Operation},
    generated::{
        self,
        types::{self, RelayConfig, RelayPatch},
    },
    relay_id::RelayId,
};

/// A client of the management API of one zooid. Every request is signed with one key. Clones share the connection
/// pool.
#[derive(Clone, Debug)]
pub struct Client(pub(crate) generated::Client);

impl Client {
    /// Returns the public key of the signing key in hex. It must be on zooid's `API_WHITELIST`.
    pub fn public_key(&self) -> String {
        self.0.inner().signer.public_key().to_owned()
    }

    /// Returns the url of the management API, without a trailing slash.
    pub fn url(&self) -> &str {
        self.0.baseurl()
    }

    /// Creates a relay and returns zooid's message.
    ///
    /// # Errors
    ///
    /// [`Error::already_exists`], [`Error::in_use`], [`Error::invalid`], and the errors common to all operations.
    pub async fn create_relay(&self, id: &RelayId, config: &RelayConfig) -> Result<String, Error> {
        self.send(Operation::CreateRelay, id, || self.0.create_relay(id, config))
            .await
            .map(|response| response.message)
    }

    /// Replaces the whole configuration of a relay, including its secret, and returns zooid's message.
    ///
    /// # Errors
    ///
    /// [`Error::not_found`], [`Error::in_use`], [`Error::invalid`], and the errors common to all operations.
    pub async fn replace_relay(&self, id: &RelayId, config: &RelayConfig) -> Result<String, Error> {
        self.send(Operation::ReplaceRelay, id, || self.0.replace_relay(id, config))
            .await
            .map(|response| response.message)
    }

    /// Merges a patch into the configuration of a relay and returns zooid's message. Absent fields keep their value,
    /// including the secret.
    ///
    /// # Errors
    ///
    /// [`Error::not_found`], [`Error::in_use`], [`Error::invalid`], and the errors common to all operations.
    pub async fn patch_relay(&self, id: &RelayId, patch: &RelayPatch) -> Result<String, Error> {
        self.send(Operation::PatchRelay, id, || self.0.patch_relay(id, patch))
            .await
            .map(|response| response.message)
    }

    /// Deletes the configuration of a relay, which zooid then no longer serves, and returns zooid's message.
    ///
    /// # Errors
    ///
    /// [`Error::not_found`], and the errors common to all operations.
    pub async fn delete_relay(&self, id: &RelayId) -> Result<String, Error> {
        self.send(Operation::DeleteRelay, id, || self.0.delete_relay(id))
            .await
            .map(|response| response.message)
    }

    /// Returns the members of a relay: sorted public keys in hex. zooid of March 2026 does not support this and
    /// returns 405.
    ///
    /// # Errors
    ///
    /// [`Error::not_found`], and the errors common to all operations.
    pub async fn list_relay_members(&self, id: &RelayId) -> Result<Vec<String>, Error> {
        self.send(Operation::ListRelayMembers, id, || self.0.list_relay_members(id))
            .await
            .map(|response| response.members)
    }

    /// Checks that zooid responds and accepts the key. Sends a `PATCH` with an empty host for
    /// [`HEARTBEAT_ID`](crate::HEARTBEAT_ID), which zooid always rejects, so that nothing changes.
    ///
    /// # Errors
    ///
    /// Any response other than zooid's rejection, and the absence of a response.
    pub async fn heartbeat(&self) -> Result<(), Error> {
        let id = RelayId::heartbeat();
        let patch = RelayPatch {
            host: Some(String::new()),
            ..RelayPatch::default()
        };
        let rejection = self.send(Operation::Heartbeat, &id, || self.0.patch_relay(&id, &patch));
        match rejection.await {
            Err(error) if error.not_found() || error.is_host_required() => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(Error::accepted_heartbeat(&id)),
        }
    }

    /// Returns the header that signs a request. For benchmarks only, not part of the public API.
    #[doc(hidden)]
    pub fn authorization(&self, method: &Method, url: &Url, body: &[u8]) -> Option<HeaderValue> {
        self.0.inner().signer.authorization(method, url, body)
    }

    /// Sends the request that `request` makes. A closure instead of a future, because the futures are large and would
    /// be copied between the layers.
    async fn send<T, R>(&self, operation: Operation, id: &RelayId, request: impl FnOnce() -> R) -> Result<T, Error>
    where
        R: Future<Output = Result<ResponseValue<T>, generated::Error<types::Error>>>,
    {
        let span = tracing::debug_span!("zooid", %operation, relay = %id);
        let send = async {
            let started = Instant::now();
            let result = match request().await {
                Ok(response) => Ok((response.status(), response.into_inner())),
                Err(error) => Err(Error::new(operation, id, error).await),
            };
            let status = result.as_ref().map_or_else(Error::status, |(status, _)| Some(*status));
            tracing::debug!(status = status.map(|s| s.as_u16()), duration = ?started.elapsed(), "response received");
            result.map(|(_, value)| value)
        };
        send.instrument(span).await
    }
}
