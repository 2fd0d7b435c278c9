use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use infra_sync::Activity;
use serde::Serialize;

use super::Shown;
use crate::store::{Filter, Overview, RelayState, RelaySummary, StoreError};

/// What fits a screen, and a store's patience.
const PAGE: u32 = 200;

/// How much of a relay's history is shown.
const HISTORY: u32 = 50;

/// The store does not answer.
#[derive(Debug)]
pub(super) struct Unavailable(StoreError);

impl From<StoreError> for Unavailable {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Unavailable {
    fn into_response(self) -> Response {
        tracing::error!(error = %self.0, "a page could not be shown");
        (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
    }
}

#[derive(Serialize)]
pub(super) struct LabelledOverview {
    #[serde(flatten)]
    overview: Overview,
    /// All states, in the order in which the page shows them.
    states: [StateLabel; RelayState::ALL.len()],
}

#[derive(Serialize)]
struct StateLabel {
    state: RelayState,
    label: &'static str,
}

pub(super) async fn overview(State(shown): State<Shown>) -> Result<Json<LabelledOverview>, Unavailable> {
    Ok(Json(LabelledOverview {
        overview: shown.store.overview().await?,
        states: RelayState::ALL.map(|state| StateLabel {
            state,
            label: state.words(),
        }),
    }))
}

pub(super) async fn relays(
    State(shown): State<Shown>,
    Query(filter): Query<Filter>,
) -> Result<Json<Vec<RelaySummary>>, Unavailable> {
    Ok(Json(shown.store.relay_summaries(&filter, PAGE).await?))
}

pub(super) async fn activity(
    State(shown): State<Shown>,
    Path(id): Path<String>,
) -> Result<Json<Vec<Activity>>, Unavailable> {
    Ok(Json(shown.store.history(&id, HISTORY).await?))
}
