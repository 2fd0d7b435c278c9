use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use nostr::key::Keys;
use serde_json::Value;
use wiremock::MockServer;

use super::{
    api_server::ApiServer,
    clock::Clock,
    config,
    config_path::ConfigPath,
    faults::Fault,
    faulty_server::FaultyServer,
    lock::lock,
    mocks,
    process::{Process, Reload},
    recorded_request::RecordedRequest,
    start::Start,
};
use crate::{build_error::BuildError, client::Client, profile::Profile, relay_id::HEARTBEAT_ID};

/// A running emulator. Dropping it stops the server and frees the port.
pub struct Emulator {
    server: Arc<FaultyServer>,
    keys: Keys,
    address: SocketAddr,
    mock_server: Option<Arc<MockServer>>,
}

impl Emulator {
    /// Starts an emulator of current zooid with a random whitelisted key on a free port of the loopback interface.
    ///
    /// # Panics
    ///
    /// If no port is free.
    pub async fn start() -> Emulator {
        match Emulator::builder().start().await {
            Ok(emulator) => emulator,
            Err(error) => panic!("cannot start the emulator: {error}"),
        }
    }

    /// Returns a builder with the defaults of [`start`](Emulator::start).
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Returns the url of the API: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the whitelisted key.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Returns a client that signs with the whitelisted key.
    ///
    /// # Errors
    ///
    /// [`BuildError::NoCryptoProvider`].
    pub fn client(&self) -> Result<Client, BuildError> {
        Client::builder(&self.url(), self.keys.clone()).build()
    }

    /// Returns the stored configuration of a relay with all its fields. `None` if there is no valid file.
    pub fn config(&self, id: &str) -> Option<Value> {
        let path = ConfigPath::of(id);
        let process = lock(&self.server.zooid.process);
        process.disk.file(path.file().ok()?)?.read().ok().cloned()
    }

    /// Returns the content of a relay's configuration file.
    pub fn toml(&self, id: &str) -> Option<String> {
        let path = ConfigPath::of(id);
        lock(&self.server.zooid.process).disk.text(path.file().ok()?)
    }

    /// Returns the number of writes of a relay's file, by the API or by [`put_config`](Emulator::put_config).
    pub fn writes(&self, id: &str) -> usize {
        let path = ConfigPath::of(id);
        let process = lock(&self.server.zooid.process);
        let file = path.file().ok().and_then(|file| process.disk.file(file));
        file.map_or(0, |file| file.writes())
    }

    /// Returns the ids of all relays, sorted.
    pub fn relay_ids(&self) -> Vec<String> {
        let process = lock(&self.server.zooid.process);
        let ids = process.disk.names().filter_map(|file| file.strip_suffix(".toml"));
        let mut ids: Vec<_> = ids.map(str::to_owned).collect();
        ids.sort();
        ids
    }

    /// Deletes a relay's file, as if by hand.
    pub fn remove(&self, id: &str) {
        self.change(id, |process, file| {
            process.disk.remove(file);
        });
    }

    /// Writes a relay's file without validation, as if by hand.
    ///
    /// # Panics
    ///
    /// If a field has the wrong type.
    pub fn put_config(&self, id: &str, config: &Value) {
        let config = match config::decode(self.server.zooid.profile, config) {
            Ok(config) => config,
            Err(reason) => panic!("cannot write the configuration of {id}: {reason}"),
        };
        self.change(id, |process, file| process.disk.write(file, config));
    }

    /// Truncates a relay's file to its first bytes, as a kill during a write does.
    pub fn cut_file(&self, id: &str, bytes: usize) {
        self.change(id, |process, file| process.disk.cut(file, bytes));
    }

    /// Replaces the members of a relay. They belong to the relay's schema and stay when the relay is deleted. Loading
    /// the relay adds its owner and the holders of its roles.
    pub fn set_members(&self, id: &str, members: Vec<String>) {
        if let Ok(file) = ConfigPath::of(id).file() {
            lock(&self.server.zooid.process).set_members(file, members);
        }
    }

    /// Restarts zooid. The returned [`Start`] controls the steps of the start; dropping it completes the start.
    pub fn restart(&self) -> Start {
        Start::of(Arc::clone(&self.server))
    }

    /// Returns whether zooid runs.
    ///
    /// A configuration that zooid cannot load terminates the process, at every start again. Every connection is then
    /// closed without a response, until the file is [removed](Emulator::remove) and zooid is
    /// [restarted](Emulator::restart).
    pub fn is_running(&self) -> bool {
        lock(&self.server.zooid.process).is_running()
    }

    /// Handles the requests that [`Fault::late`] kept, in the order in which they were received, and returns their
    /// statuses.
    ///
    /// `after` is the age of their signatures. Current zooid rejects signatures older than
    /// [`CLOCK_TOLERANCE`](crate::CLOCK_TOLERANCE), old zooid accepts any.
    pub fn apply_late_requests(&self, after: Duration) -> Vec<u16> {
        self.server.apply_late(after)
    }

    /// Returns all requests if [recording](EmulatorBuilder::record_requests) is on, otherwise none.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        let recording = self.server.recording.as_ref();
        recording.map_or_else(Vec::new, |requests| lock(requests).clone())
    }

    /// Returns all recorded requests except [heartbeats](Client::heartbeat), whose timing is not deterministic.
    pub fn relay_requests(&self) -> Vec<RecordedRequest> {
        let mut requests = self.requests();
        requests.retain(|request| !request.path.ends_with(HEARTBEAT_ID));
        requests
    }

    /// Injects a fault. Faults apply in the order in which they were injected.
    pub fn inject(&self, fault: Fault) {
        lock(&self.server.faults).add(fault);
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Process, &str)) {
        if let Ok(file) = ConfigPath::of(id).file() {
            let mut process = lock(&self.server.zooid.process);
            change(&mut process, file);
            process.changed(file, Reload::AtOnce);
        }
    }

    /// Returns the number of requests that injected faults will still affect.
    pub fn pending_faults(&self) -> usize {
        lock(&self.server.faults).pending()
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("url", &self.url())
            .field("profile", &self.server.zooid.profile)
            .field("relays", &self.relay_ids())
            .finish_non_exhaustive()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // wiremock stops in another thread. Wait, so that the caller can reuse the port.
        drop(self.mock_server.take());
        let deadline = Instant::now() + Duration::from_secs(1);
        while TcpListener::bind(self.address).is_err() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Configures an [`Emulator`]. Made by [`Emulator::builder`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct EmulatorBuilder {
    profile: Profile,
    keys: Option<Keys>,
    port: u16,
    record_requests: bool,
    clock: Clock,
    whitelist_is_empty: bool,
}

impl EmulatorBuilder {
    /// Sets the version of zooid. Default: current.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets the whitelisted key. Default: a random key.
    pub fn keys(mut self, keys: Keys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Makes the whitelist empty. Current zooid then responds 403 to every signed request; old zooid has no API.
    pub fn empty_whitelist(mut self) -> Self {
        self.whitelist_is_empty = true;
        self
    }

    /// Sets the port on the loopback interface. Default: a free port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Records all requests for [`Emulator::requests`]. Memory use has no limit.
    pub fn record_requests(mut self) -> Self {
        self.record_requests = true;
        self
    }

    /// Sets the seconds that zooid's clock, and the `Date` of its responses, is ahead of the local clock. Negative if
    /// behind. Default: 0.
    pub fn clock_offset(mut self, seconds: i64) -> Self {
        self.clock = Clock { offset: seconds };
        self
    }

    /// Starts the emulator.
    ///
    /// # Errors
    ///
    /// If the port is in use.
    pub async fn start(self) -> Result<Emulator, io::Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))?;
        let address = listener.local_addr()?;
        let keys = self.keys.unwrap_or_else(Keys::generate);
        let zooid = ApiServer {
            profile: self.profile,
            whitelisted: (!self.whitelist_is_empty).then(|| keys.public_key()),
            clock: self.clock,
            process: Mutex::new(Process::new(self.profile)),
        };
        let server = Arc::new(FaultyServer::new(zooid, self.record_requests.then(Mutex::default)));
        let mock_server = MockServer::builder()
            .listener(listener)
            .disable_request_recording()
            .start()
            .await;
        let mock_server = Arc::new(mock_server);
        mocks::mount(Arc::clone(&server), &mock_server).await;
        Ok(Emulator {
            server,
            keys,
            address,
            mock_server: Some(mock_server),
        })
    }
}
