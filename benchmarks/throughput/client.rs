//! Layer 3: `zooid-client`.

use std::{sync::Arc, time::Duration};

use zooid_client::{Client, RelayId, types::RelayPatch};

use crate::{emulator::keys, in_flight, relays, task::Load};

pub async fn measure(in_flight: usize, zooid: &str, checking: &str, measured: Duration) -> anyhow::Result<Load> {
    let patches: Vec<_> = (0..in_flight).map(patch).collect::<Result<_, _>>()?;
    let (id, patch) = &patches[0];
    Client::builder(checking, keys()?)
        .build()?
        .patch_relay(id, patch)
        .await?;
    let client = Arc::new((Client::builder(zooid, keys()?).build()?, patches));
    in_flight::keep(in_flight, measured, move |relay| {
        let client = Arc::clone(&client);
        async move {
            let (id, patch) = &client.1[relay];
            client.0.patch_relay(id, patch).await?;
            Ok(())
        }
    })
    .await
}

fn patch(relay: usize) -> anyhow::Result<(RelayId, RelayPatch)> {
    let body = relays::body(&relays::relay(relay));
    Ok((relays::id(relay).parse()?, serde_json::from_value(body)?))
}
