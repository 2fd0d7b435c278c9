use std::{fmt::Write, time::Duration};

use axum::{extract::State, http::header::CONTENT_TYPE, response::IntoResponse};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::sleep;

use super::{Shown, relays::Unavailable};
use crate::store::RelayState;

const UPKEEP: Duration = Duration::from_secs(5);

/// From a millisecond to a quarter of an hour.
const BUCKETS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0,
];

/// The metrics of this process in Prometheus' text format.
#[derive(Clone)]
pub struct Exposition(PrometheusHandle);

impl Exposition {
    /// Makes this process record its metrics.
    ///
    /// # Errors
    ///
    /// When it does so already.
    pub fn install() -> Result<Self, BuildError> {
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?;
        Ok(Self(builder.install_recorder()?))
    }

    /// Keeps what is recorded from growing, for ever.
    pub(super) async fn keep_up(&self) {
        loop {
            sleep(UPKEEP).await;
            self.0.run_upkeep();
        }
    }
}

impl std::fmt::Debug for Exposition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exposition")
    }
}

pub(super) async fn metrics(State(shown): State<Shown>) -> Result<impl IntoResponse, Unavailable> {
    let overview = shown.store.overview().await?;
    let mut text = shown.exposition.0.render();
    text.push_str("# HELP infra_relays Relays by state of their sync.\n# TYPE infra_relays gauge\n");
    for state in RelayState::ALL {
        let relays = overview.relays.get(&state).copied().unwrap_or_default();
        // Writing to a text cannot fail.
        let _ = writeln!(text, "infra_relays{{state=\"{}\"}} {relays}", state.as_str());
    }
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], text))
}
