use std::{future::Future, panic::AssertUnwindSafe};

use futures::FutureExt;

/// Runs a future and returns `None` if it panics, so that a panic fails one sync and not the whole process.
pub(crate) async fn catch_panic<T>(work: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}
