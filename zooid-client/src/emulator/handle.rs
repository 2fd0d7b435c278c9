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
    Fault, Profile, RecordedRequest, clock::Clock, config, lock::lock, mounting, server::Server, zooid::Zooid,
};
use crate::{BuildError, Client, HEARTBEAT_ID};

/// A running zooid, emulated. Dropping it stops the server and frees its port.
pub struct Emulator {
    server: Arc<Server>,
    keys: Keys,
    address: SocketAddr,
    listening: Option<Arc<MockServer>>,
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

    /// The configuration zooid holds for a relay, every field of it, as JSON.
    pub fn config(&self, id: &str) -> Option<Value> {
        lock(&self.server.zooid.disk).config(id).cloned()
    }

    /// The relay's configuration file as zooid writes it.
    pub fn toml(&self, id: &str) -> Option<String> {
        let config = self.config(id)?;
        Some(config::toml(self.server.zooid.profile, &config))
    }

    /// The ids of all relays, sorted.
    pub fn relay_ids(&self) -> Vec<String> {
        let mut ids: Vec<_> = lock(&self.server.zooid.disk).ids().map(str::to_owned).collect();
        ids.sort();
        ids
    }

    /// Takes a relay away as if its file was deleted by hand or its disk lost.
    pub fn remove(&self, id: &str) {
        lock(&self.server.zooid.disk).remove(id);
    }

    /// Gives a relay, if there is one, these members. They are gone with the relay.
    pub fn set_members(&self, id: &str, members: Vec<String>) {
        lock(&self.server.zooid.disk).set_members(id, members);
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
        drop(self.listening.take());
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
        let zooid = Zooid {
            profile: self.profile,
            whitelisted: keys.public_key(),
            clock: self.clock,
            disk: Mutex::default(),
        };
        let server = Arc::new(Server::new(zooid, self.record_requests.then(Mutex::default)));
        let listening = MockServer::builder()
            .listener(listener)
            .disable_request_recording()
            .start()
            .await;
        let listening = Arc::new(listening);
        mounting::mount(Arc::clone(&server), &listening).await;
        Ok(Emulator {
            server,
            keys,
            address,
            listening: Some(listening),
        })
    }
}
