use std::{future::Future, panic::AssertUnwindSafe};

use futures::FutureExt;

/// Returns `None` if the work panics. That costs one relay one failure, and nothing else.
pub(crate) async fn catch_panic<T>(work: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}
