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

/// A connection pool to one zooid, and the key that signs each request. Cloning it is cheap and shares both.
#[derive(Clone, Debug)]
pub struct Client(pub(crate) generated::Client);

impl Client {
    /// The public half of the signing key in hex: what belongs on zooid's `API_WHITELIST`.
    pub fn public_key(&self) -> String {
        self.0.inner().signer.public_key().to_owned()
    }

    /// The url requests go to, without a trailing slash.
    pub fn url(&self) -> &str {
        self.0.baseurl()
    }

    /// Creates a relay from a whole configuration; answers zooid's words.
    ///
    /// # Errors
    ///
    /// [`Error::already_exists`], [`Error::in_use`], [`Error::invalid`], and what any operation can meet.
    pub async fn create_relay(&self, id: &RelayId, config: &RelayConfig) -> Result<String, Error> {
        self.send(Operation::CreateRelay, id, || self.0.create_relay(id, config))
            .await
            .map(|answer| answer.message)
    }

    /// Replaces a relay's whole configuration, its secret included; answers zooid's words.
    ///
    /// # Errors
    ///
    /// [`Error::not_found`], [`Error::in_use`], [`Error::invalid`], and what any operation can meet.
    pub async fn replace_relay(&self, id: &RelayId, config: &RelayConfig) -> Result<String, Error> {
        self.send(Operation::ReplaceRelay, id, || self.0.replace_relay(id, config))
            .await
            .map(|answer| answer.message)
    }

    /// Merges a patch into a relay's configuration; what the patch leaves out stays, the secret too.
    ///
    /// # Errors
    ///
    /// [`Error::not_found`], [`Error::in_use`], [`Error::invalid`], and what any operation can meet.
    pub async fn patch_relay(&self, id: &RelayId, patch: &RelayPatch) -> Result<String, Error> {
        self.send(Operation::PatchRelay, id, || self.0.patch_relay(id, patch))
            .await
            .map(|answer| answer.message)
    }

    /// Removes a relay's configuration; zooid no longer serves it.
    ///
    /// # Errors
    ///
    /// [`Error::not_found`], and what any operation can meet.
    pub async fn delete_relay(&self, id: &RelayId) -> Result<String, Error> {
        self.send(Operation::DeleteRelay, id, || self.0.delete_relay(id))
            .await
            .map(|answer| answer.message)
    }

    /// The relay's members: hexadecimal public keys, sorted. An old zooid has no such operation and answers 405.
    ///
    /// # Errors
    ///
    /// [`Error::not_found`], and what any operation can meet.
    pub async fn list_relay_members(&self, id: &RelayId) -> Result<Vec<String>, Error> {
        self.send(Operation::ListRelayMembers, id, || self.0.list_relay_members(id))
            .await
            .map(|answer| answer.members)
    }

    /// Checks that zooid answers and accepts the key, by a `PATCH` that it refuses: of a relay that nobody has, with an
    /// empty host. It changes nothing.
    ///
    /// # Errors
    ///
    /// Any answer but zooid's own refusal, and no answer.
    pub async fn heartbeat(&self) -> Result<(), Error> {
        let id = RelayId::heartbeat();
        let patch = RelayPatch {
            host: Some(String::new()),
            ..RelayPatch::default()
        };
        let refused = self.send(Operation::Heartbeat, &id, || self.0.patch_relay(&id, &patch));
        match refused.await {
            Err(error) if error.not_found() || error.is_host_required() => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(Error::accepted_heartbeat(&id)),
        }
    }

    /// The header that signs a request, for the benchmark to measure. Not part of the API.
    #[doc(hidden)]
    pub fn authorization(&self, method: &Method, url: &Url, body: &[u8]) -> Option<HeaderValue> {
        self.0.inner().signer.authorization(method, url, body)
    }

    /// Takes what makes the request and not the request, which is large and would be moved from layer to layer.
    async fn send<T, R>(&self, operation: Operation, id: &RelayId, request: impl FnOnce() -> R) -> Result<T, Error>
    where
        R: Future<Output = Result<ResponseValue<T>, generated::Error<types::Error>>>,
    {
        let span = tracing::debug_span!("zooid", %operation, relay = %id);
        let exchange = async {
            let started = Instant::now();
            let result = match request().await {
                Ok(answer) => Ok((answer.status(), answer.into_inner())),
                Err(error) => Err(Error::new(operation, id, error).await),
            };
            let status = result.as_ref().map_or_else(Error::status, |(status, _)| Some(*status));
            tracing::debug!(status = status.map(|s| s.as_u16()), duration = ?started.elapsed(), "answered");
            result.map(|(_, value)| value)
        };
        exchange.instrument(span).await
    }
}
