use std::future::Future;

use zooid_client::{
    Client, RelayId,
    types::{RelayConfig, RelayPatch},
};

use crate::Classification;

/// What [`Infra`](crate::Infra) asks of a zooid. [`Client`] is the one that sends it over the network.
pub trait Zooid: Send + Sync + 'static {
    /// Why a request failed.
    type Error: std::error::Error + Send + Sync + 'static;

    /// `POST /relay/{id}`
    fn create_relay(&self, id: &RelayId, config: &RelayConfig) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// `PATCH /relay/{id}`
    fn patch_relay(&self, id: &RelayId, patch: &RelayPatch) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// `DELETE /relay/{id}`
    fn delete_relay(&self, id: &RelayId) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Checks that zooid answers and accepts the key, without changing anything and without a relay of anybody.
    fn heartbeat(&self) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// What a failure means for what happens next.
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
