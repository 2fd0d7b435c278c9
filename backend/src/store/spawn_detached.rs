use std::{future::Future, panic::resume_unwind};

use tracing::Instrument;

/// Runs a future to completion in its own task, even if the returned future is dropped.
///
/// If a pending `BEGIN` is dropped, the transaction stays open on its pooled connection, and later writes on that connection
/// are never committed.
///
/// The returned future is small, whatever the size of `work`.
pub(super) fn spawn_detached<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = T> + Send {
    let task = tokio::spawn(work.in_current_span());
    async {
        match task.await {
            Ok(output) => output,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime is shutting down and will drop this future.
                Err(_) => std::future::pending().await,
            },
        }
    }
}
