//! Keeps so many requests in flight.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use crate::{stopwatch::Stopwatch, task::Load};

/// Calls `send` with the number of a relay, each anew as soon as it has been answered.
pub async fn keep<F, S>(in_flight: usize, measured: Duration, send: F) -> anyhow::Result<Load>
where
    F: Fn(usize) -> S + Clone + Send + 'static,
    S: Future<Output = anyhow::Result<()>> + Send,
{
    let stopwatch = Stopwatch::start(measured);
    let mut senders = tokio::task::JoinSet::new();
    for relay in 0..in_flight {
        let (send, stopwatch) = (send.clone(), stopwatch.clone());
        senders.spawn(async move {
            loop {
                let began = Instant::now();
                if let Err(error) = send(relay).await {
                    return error;
                }
                stopwatch.answered(began);
            }
        });
    }
    tokio::select! {
        load = stopwatch.read() => Ok(load),
        Some(failed) = senders.join_next() => Err(failed?),
    }
}
