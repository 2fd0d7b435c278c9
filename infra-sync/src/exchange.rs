use std::future::Future;

use zooid_client::{RelayId, types::RelayPatch};

use crate::{Command, ErrorClass, Infra, InvalidRelay, Query, Relay, SyncError, Zooid, zooid_config};

/// Why zooid did not accept anything.
#[derive(Debug)]
pub(crate) enum Unsent<E> {
    /// There was no leave to send.
    Barred,
    /// The sync failed.
    Failed(SyncError<E>),
}

impl<Q: Query, C: Command, Z: Zooid> Infra<Q, C, Z> {
    /// Creates or changes the relay, and the other of the two if zooid says so. Asks for leave before each request.
    pub(crate) async fn exchange(
        &self,
        relay: &Relay,
        patch: &RelayPatch,
        is_new: bool,
        mut may_send: impl FnMut() -> bool + Send,
    ) -> Result<(), Unsent<Z::Error>> {
        let id = zooid_config::checked_id(relay).map_err(|invalid| Unsent::Failed(invalid.into()))?;
        let first = self.send(&id, relay, patch, is_new, &mut may_send).await;
        let Err(Unsent::Failed(SyncError::Zooid(error))) = &first else {
            return first;
        };
        match Z::classify(error).class {
            ErrorClass::AlreadyExists if is_new => self.send(&id, relay, patch, false, &mut may_send).await,
            ErrorClass::NotFound if !is_new => self.send(&id, relay, patch, true, &mut may_send).await,
            _ => first,
        }
    }

    /// Deletes the relay. A relay that zooid does not have is deleted.
    pub(crate) async fn delete(
        &self,
        relay: &Relay,
        mut may_send: impl FnMut() -> bool + Send,
    ) -> Result<(), Unsent<Z::Error>> {
        let id =
            RelayId::try_from(relay.id.as_str()).map_err(|error| Unsent::Failed(InvalidRelay::from(error).into()))?;
        if !may_send() {
            return Err(Unsent::Barred);
        }
        match self.unless_abandoned(self.zooid.delete_relay(&id)).await {
            Err(Unsent::Failed(SyncError::Zooid(error))) if Z::classify(&error).class == ErrorClass::NotFound => Ok(()),
            done => done,
        }
    }

    async fn send(
        &self,
        id: &RelayId,
        relay: &Relay,
        patch: &RelayPatch,
        is_new: bool,
        may_send: &mut (impl FnMut() -> bool + Send),
    ) -> Result<(), Unsent<Z::Error>> {
        let config = match is_new {
            true => Some(zooid_config::config(relay, &self.shared).map_err(|invalid| Unsent::Failed(invalid.into()))?),
            false => None,
        };
        if !may_send() {
            return Err(Unsent::Barred);
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

    async fn unless_abandoned(
        &self,
        request: impl Future<Output = Result<(), Z::Error>>,
    ) -> Result<(), Unsent<Z::Error>> {
        tokio::select! {
            biased;
            answer = request => answer.map_err(|error| Unsent::Failed(SyncError::Zooid(error))),
            () = self.abandon.cancelled() => Err(Unsent::Barred),
        }
    }
}
