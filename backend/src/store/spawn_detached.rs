use std::{future::Future, panic::resume_unwind};

use tracing::Instrument;

/// Does work to its end even if nobody waits for it any longer.
///
/// A transaction whose beginning is dropped midway would stay open on its connection, and whatever is written there next
/// would be part of it and never be committed.
///
/// What waits for it is small, however large the work is.
pub(super) fn spawn_detached<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = T> + Send {
    let working = tokio::spawn(work.in_current_span());
    async {
        match working.await {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime ends, and this with it.
                Err(_) => std::future::pending().await,
            },
        }
    }
}
