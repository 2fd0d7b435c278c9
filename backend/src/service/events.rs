use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, stream};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::sleep,
};

use super::Shown;

/// Pages look again no more often.
const PAUSE: Duration = Duration::from_secs(1);

/// Says when there is something new to look at, and nothing of what it is.
pub(super) async fn events(State(shown): State<Shown>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = stream::unfold(shown.store.subscribe(), |mut activities| async move {
        match activities.recv().await {
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
        sleep(PAUSE).await;
        skip(&mut activities);
        // Browsers drop an event without data.
        Some((Ok(Event::default().event("change").data("relays")), activities))
    });
    Sse::new(changes).keep_alive(KeepAlive::default())
}

/// What came meanwhile is seen by the same look.
fn skip<T: Clone>(activities: &mut Receiver<T>) {
    *activities = activities.resubscribe();
}
