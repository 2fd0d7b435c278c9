use std::{fmt, sync::Arc};

use super::{faulty_server::FaultyServer, lock::lock};

/// A start of zooid in steps, made by [`Emulator::restart`](super::Emulator::restart). Dropping it completes the
/// start.
///
/// zooid first listens, then loads its files, then watches them. It serves no relay until the files are loaded. A
/// write between loading and watching succeeds and is stored on disk, but zooid keeps serving the previous
/// configuration until the next write of that relay or the next start.
///
/// ```
/// # use zooid_client::emulator::Emulator;
/// # async fn example() {
/// let zooid = Emulator::start().await;
/// zooid.restart(); // completes at once
///
/// let start = zooid.restart(); // listens, serves no relay
/// start.load_files(); // serves the files on disk, does not see a write
/// start.finish(); // sees writes
/// # }
/// ```
pub struct Start(Arc<FaultyServer>);

impl Start {
    pub(super) fn of(server: Arc<FaultyServer>) -> Self {
        lock(&server.zooid.process).restart();
        Self(server)
    }

    /// Loads the files, without watching them.
    pub fn load_files(&self) {
        lock(&self.0.zooid.process).load();
    }

    /// Makes the next request for a document terminate the process, until the files are loaded.
    ///
    /// zooid fills its map of relays without the lock that lookups take.
    pub fn crash_on_lookup(self) -> Start {
        lock(&self.0.zooid.process).crash_on_lookup();
        self
    }

    /// Completes the start.
    pub fn finish(self) {
        drop(self);
    }
}

impl Drop for Start {
    fn drop(&mut self) {
        lock(&self.0.zooid.process).watch();
    }
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start").finish_non_exhaustive()
    }
}
