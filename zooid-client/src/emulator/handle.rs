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

/// A running zooid, emulated. Dropping it stops the server and frees its port.
pub struct Emulator {
    server: Arc<FaultyServer>,
    keys: Keys,
    address: SocketAddr,
    mock_server: Option<Arc<MockServer>>,
}

impl Emulator {
    /// Starts a current zooid on a free port of the loopback interface, with a fresh whitelisted key.
    ///
    /// # Panics
    ///
    /// When there is no free port.
    pub async fn start() -> Emulator {
        match Emulator::builder().start().await {
            Ok(emulator) => emulator,
            Err(error) => panic!("no port to emulate zooid on: {error}"),
        }
    }

    /// An emulator to be settled step by step.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The whitelisted key.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// A client that signs with the whitelisted key.
    ///
    /// # Errors
    ///
    /// [`BuildError::Http`] when this machine has no usable certificate store.
    pub fn client(&self) -> Result<Client, BuildError> {
        Client::builder(&self.url(), self.keys.clone()).build()
    }

    /// The configuration zooid holds for a relay, every field of it, as JSON. `None` also if the file is broken.
    pub fn config(&self, id: &str) -> Option<Value> {
        let path = ConfigPath::of(id);
        let process = lock(&self.server.zooid.process);
        process.disk.file(path.file().ok()?)?.read().ok().cloned()
    }

    /// The relay's configuration file as zooid writes it.
    pub fn toml(&self, id: &str) -> Option<String> {
        let path = ConfigPath::of(id);
        lock(&self.server.zooid.process).disk.text(path.file().ok()?)
    }

    /// Number of times the relay's file was written, by the API or by [`put_config`](Emulator::put_config).
    pub fn writes(&self, id: &str) -> usize {
        let path = ConfigPath::of(id);
        let process = lock(&self.server.zooid.process);
        let file = path.file().ok().and_then(|file| process.disk.file(file));
        file.map_or(0, |file| file.writes())
    }

    /// The ids of all relays, sorted.
    pub fn relay_ids(&self) -> Vec<String> {
        let process = lock(&self.server.zooid.process);
        let ids = process.disk.names().filter_map(|file| file.strip_suffix(".toml"));
        let mut ids: Vec<_> = ids.map(str::to_owned).collect();
        ids.sort();
        ids
    }

    /// Takes a relay away as if its file was deleted by hand or its disk lost.
    pub fn remove(&self, id: &str) {
        self.change(id, |process, file| {
            process.disk.remove(file);
        });
    }

    /// Writes a relay's file by hand. Nothing is checked, so the configuration can be one that zooid would refuse.
    ///
    /// # Panics
    ///
    /// When a field has the wrong type.
    pub fn put_config(&self, id: &str, config: &Value) {
        let config = match config::decode(self.server.zooid.profile, config) {
            Ok(config) => config,
            Err(reason) => panic!("not a configuration: {reason}"),
        };
        self.change(id, |process, file| process.disk.write(file, config));
    }

    /// Truncates a relay's file to its first bytes, as a kill in the middle of a write does.
    pub fn cut_file(&self, id: &str, bytes: usize) {
        self.change(id, |process, file| process.disk.cut(file, bytes));
    }

    /// Replaces the members in the tables of a relay's schema. The tables stay when the relay is removed. Loading the
    /// relay adds its owner and the holders of its roles.
    pub fn set_members(&self, id: &str, members: Vec<String>) {
        if let Ok(file) = ConfigPath::of(id).file() {
            lock(&self.server.zooid.process).set_members(file, members);
        }
    }

    /// Terminates zooid and starts it again. The returned [`Start`] runs the steps of the start one by one; dropping it
    /// completes the start.
    pub fn restart(&self) -> Start {
        Start::of(Arc::clone(&self.server))
    }

    /// Whether zooid runs.
    ///
    /// A configuration that it cannot load terminates the process, at once and at every start. Then every connection is
    /// closed without an answer, until the file is [removed](Emulator::remove) and zooid [restarted](Emulator::restart).
    pub fn is_running(&self) -> bool {
        lock(&self.server.zooid.process).is_running()
    }

    /// Applies the requests that [`Fault::late`] kept, in the order in which they were sent, and returns their statuses.
    ///
    /// `after` is how old their signatures then are: current refuses those older than 60 s, old accepts any.
    pub fn apply_late_requests(&self, after: Duration) -> Vec<u16> {
        self.server.apply_late(after)
    }

    /// The requests so far, when [recording](EmulatorBuilder::record_requests) is on; else none.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        let recording = self.server.recording.as_ref();
        recording.map_or_else(Vec::new, |requests| lock(requests).clone())
    }

    /// The same without [heartbeats](Client::heartbeat), which come when they like.
    pub fn relay_requests(&self) -> Vec<RecordedRequest> {
        let mut requests = self.requests();
        requests.retain(|request| !request.path.ends_with(HEARTBEAT_ID));
        requests
    }

    /// Makes a request to come go wrong. Faults are used up in the order given.
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

    /// How many requests are still to go wrong.
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
        // wiremock stops in a thread of its own; who starts another zooid on this port must find it free.
        drop(self.mock_server.take());
        let deadline = Instant::now() + Duration::from_secs(1);
        while TcpListener::bind(self.address).is_err() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Settles what an [`Emulator`] is like. Made by [`Emulator::builder`].
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
    /// Which zooid to emulate; the current one unless said otherwise.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The whitelisted key; a fresh one unless said otherwise.
    pub fn keys(mut self, keys: Keys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Leaves the whitelist empty. Current then answers 403 to every signed request; old has no API.
    pub fn empty_whitelist(mut self) -> Self {
        self.whitelist_is_empty = true;
        self
    }

    /// The port of the loopback interface to listen on; a free one unless said otherwise.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Keeps every request for [`Emulator::requests`]. What is kept grows without end.
    pub fn record_requests(mut self) -> Self {
        self.record_requests = true;
        self
    }

    /// Sets zooid's clock so many seconds ahead of this machine's or, negative, behind; right unless said otherwise. The
    /// `Date` of its answers says so too.
    pub fn clock_offset(mut self, seconds: i64) -> Self {
        self.clock = Clock { offset: seconds };
        self
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// When the port is taken.
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
