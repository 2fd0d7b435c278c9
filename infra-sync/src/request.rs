//! The requests that make zooid match a row.

use std::future::Future;

use zooid_client::{RelayId, types::RelayPatch};

use crate::{Command, ErrorClass, Infra, InvalidRelay, Query, Relay, SyncError, Zooid, zooid_config};

/// The reason why zooid did not accept a request.
#[derive(Debug)]
pub(crate) enum NotSent<E> {
    /// The request must not be sent now, or it was abandoned.
    Cancelled,
    /// The request failed.
    Failed(SyncError<E>),
}

impl<E> From<InvalidRelay> for NotSent<E> {
    fn from(invalid: InvalidRelay) -> Self {
        NotSent::Failed(invalid.into())
    }
}

impl<Q: Query, C: Command, Z: Zooid> Infra<Q, C, Z> {
    /// Creates, updates or deletes the relay. If zooid disagrees on whether the relay exists, the other request follows. Calls
    /// `may_send` before each request.
    pub(crate) async fn send(
        &self,
        relay: &Relay,
        is_new: bool,
        mut may_send: impl FnMut() -> bool + Send,
    ) -> Result<(), NotSent<Z::Error>> {
        if relay.deleted {
            return self.delete(relay, may_send).await;
        }
        let id = zooid_config::checked_id(relay)?;
        let patch = zooid_config::patch(relay, &self.shared);
        let first = self.create_or_patch(&id, relay, &patch, is_new, &mut may_send).await;
        match class_of::<Z>(&first) {
            Some(ErrorClass::AlreadyExists) if is_new => {
                self.create_or_patch(&id, relay, &patch, false, &mut may_send).await
            }
            Some(ErrorClass::NotFound) if !is_new => {
                self.create_or_patch(&id, relay, &patch, true, &mut may_send).await
            }
            _ => first,
        }
    }

    async fn create_or_patch(
        &self,
        id: &RelayId,
        relay: &Relay,
        patch: &RelayPatch,
        is_new: bool,
        may_send: &mut (impl FnMut() -> bool + Send),
    ) -> Result<(), NotSent<Z::Error>> {
        let config = match is_new {
            true => Some(zooid_config::config(relay, &self.shared)?),
            false => None,
        };
        if !may_send() {
            return Err(NotSent::Cancelled);
        }
        match &config {
            Some(config) => self.unless_abandoned(self.zooid.create_relay(id, config)).await,
            None => {
                if patch.host.is_none() {
                    tracing::warn!(
                        host = relay.host(),
                        "the row's host cannot be used; zooid keeps the host it has"
                    );
                }
                self.unless_abandoned(self.zooid.patch_relay(id, patch)).await
            }
        }
    }

    /// Sets the relay's host and changes nothing else.
    pub(crate) async fn set_host(&self, relay: &Relay, host: &str) -> Result<(), NotSent<Z::Error>> {
        let id = zooid_config::checked_id(relay)?;
        let patch = RelayPatch {
            host: Some(host.to_owned()),
            ..RelayPatch::default()
        };
        self.unless_abandoned(self.zooid.patch_relay(&id, &patch)).await
    }

    /// Deletes the relay. Succeeds also if zooid does not have it.
    async fn delete(&self, relay: &Relay, mut may_send: impl FnMut() -> bool + Send) -> Result<(), NotSent<Z::Error>> {
        let id = RelayId::try_from(relay.id.as_str()).map_err(InvalidRelay::from)?;
        if !may_send() {
            return Err(NotSent::Cancelled);
        }
        let deleted = self.unless_abandoned(self.zooid.delete_relay(&id)).await;
        match class_of::<Z>(&deleted) {
            Some(ErrorClass::NotFound) => Ok(()),
            _ => deleted,
        }
    }

    async fn unless_abandoned(
        &self,
        request: impl Future<Output = Result<(), Z::Error>>,
    ) -> Result<(), NotSent<Z::Error>> {
        tokio::select! {
            biased;
            answer = request => answer.map_err(|error| NotSent::Failed(SyncError::Zooid(error))),
            () = self.abandon.cancelled() => Err(NotSent::Cancelled),
        }
    }
}

fn class_of<Z: Zooid>(sent: &Result<(), NotSent<Z::Error>>) -> Option<ErrorClass> {
    match sent {
        Err(NotSent::Failed(SyncError::Zooid(error))) => Some(Z::classify(error).class),
        _ => None,
    }
}
