use std::future::Future;

use zooid_client::{
    Client, RelayId,
    types::{RelayConfig, RelayPatch},
};

use crate::Classification;

/// The requests that [`Infra`](crate::Infra) sends to zooid. [`Client`] implements it over HTTP.
pub trait Zooid: Send + Sync + 'static {
    /// The error of a failed request.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Creates a relay: `POST /relay/{id}`.
    fn create_relay(&self, id: &RelayId, config: &RelayConfig) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Updates a relay: `PATCH /relay/{id}`.
    fn patch_relay(&self, id: &RelayId, patch: &RelayPatch) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Deletes a relay: `DELETE /relay/{id}`.
    fn delete_relay(&self, id: &RelayId) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Checks that zooid answers and accepts the key. Changes nothing and depends on no relay.
    fn heartbeat(&self) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Classifies an error, which decides the next step.
    fn classify(error: &Self::Error) -> Classification;
}

impl Zooid for Client {
    type Error = zooid_client::Error;

    async fn create_relay(&self, id: &RelayId, config: &RelayConfig) -> Result<(), Self::Error> {
        Client::create_relay(self, id, config).await.map(drop)
    }

    async fn patch_relay(&self, id: &RelayId, patch: &RelayPatch) -> Result<(), Self::Error> {
        Client::patch_relay(self, id, patch).await.map(drop)
    }

    async fn delete_relay(&self, id: &RelayId) -> Result<(), Self::Error> {
        Client::delete_relay(self, id).await.map(drop)
    }

    async fn heartbeat(&self) -> Result<(), Self::Error> {
        Client::heartbeat(self).await
    }

    fn classify(error: &Self::Error) -> Classification {
        Classification::from(error)
    }
}
