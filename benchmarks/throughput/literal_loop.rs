//! Layer 4: the specification taken at its word. A loop that handles one activity at a time, by hand, on rows in memory.

use std::time::Duration;

use anyhow::Context;
use infra_sync::{Activity, ActivityType, Command, Digest, Query};
use tokio::sync::broadcast;

use crate::{
    activities::Activities, backend::Watched, hand_written::Api, memory::Memory, relays, stopwatch::Stopwatch,
    task::Load,
};

pub async fn measure(in_flight: usize, zooid: &str, checking: &str, measured: Duration) -> anyhow::Result<Load> {
    Api::new(checking)?
        .patch(&relays::id(0), &relays::body(&relays::relay(0)))
        .await?;

    let memory = Memory::pending(in_flight);
    let stopwatch = Stopwatch::start(measured);
    let activities = Activities::begin(in_flight, stopwatch.clone());
    let (answered, changed, changing) = (activities.clone(), activities, memory.clone());
    let watched = Watched::new(
        memory.clone(),
        move |relay| answered.answered(relay),
        move |relay| {
            changed.changed(relay);
            changing.tell(relay);
        },
    );
    let listening = memory.notify().subscribe();
    (0..in_flight).for_each(|relay| memory.tell(relay));
    let looping = run(listening, memory, watched, Api::new(zooid)?);
    tokio::select! {
        load = stopwatch.read() => Ok(load),
        ended = tokio::spawn(looping) => ended?.and(Err(anyhow::anyhow!("the loop ended"))),
    }
}

async fn run(
    mut activities: broadcast::Receiver<Activity>,
    query: Memory,
    command: Watched<Memory>,
    api: Api,
) -> anyhow::Result<()> {
    // A loop such as this knows of none, and these rows keep none.
    let accepted: Digest = "0".repeat(64).parse()?;
    loop {
        let activity = activities.recv().await?;
        if activity.activity_type != ActivityType::UpdateRelay {
            continue;
        }
        let relay = query.get_relay(&activity.resource_id).await?.context("no such relay")?;
        api.patch(&relay.id, &relays::body(&relay)).await?;
        command.complete_relay_sync(&relay, &accepted).await?;
    }
}
