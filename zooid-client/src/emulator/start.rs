use std::{fmt, sync::Arc};

use super::{faulty_server::FaultyServer, lock::lock};

/// A zooid that is starting, made by [`Emulator::restart`](super::Emulator::restart). Dropping it completes the start.
///
/// zooid first listens, then loads its files, then watches them. Until the files are loaded, no relay is served. A write
/// after that and before the watch is answered with success and stored on disk, but zooid serves the configuration
/// before it until the next write of that relay, or the next start.
///
/// ```
/// # use zooid_client::emulator::Emulator;
/// # async fn example() {
/// let zooid = Emulator::start().await;
/// zooid.restart(); // a whole start
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

    /// Loads the files, and does not watch them yet.
    pub fn load_files(&self) {
        lock(&self.0.zooid.process).load();
    }

    /// Makes a request for any document terminate the process, until the files are loaded.
    ///
    /// zooid fills the map of its relays without the lock that lookups take.
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
