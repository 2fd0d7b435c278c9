use std::{collections::HashSet, thread, time::Duration};

use contract_tests::rows::{Call, Calls, Rows};
use infra_sync::{BlossomS3Sync, Config, Infra, LivekitSync, Relay, RetryPolicy};
use serde_json::Value;
use tokio::{sync::oneshot, task::JoinHandle, time::Instant};
use zooid_client::{Client, emulator::Emulator};

use crate::requests::bodies;

pub const RETRY: RetryPolicy = RetryPolicy {
    base: Duration::from_secs(5),
    cap: Duration::from_secs(30),
    max_attempts: 6,
};

/// A fixture with a backend, an emulated zooid and an `Infra` that was not started.
pub struct Setup {
    pub zooid: Emulator,
    pub rows: Rows,
    pub calls: Calls,
    pub infra: Infra<Rows, Rows>,
}

/// The fixture with a running `Infra`.
pub struct Running {
    pub zooid: Emulator,
    pub rows: Rows,
    pub calls: Calls,
    timeout: oneshot::Receiver<()>,
    task: JoinHandle<()>,
}

impl Setup {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        Self::with_capacity(64, configure).await
    }

    pub async fn with_capacity(capacity: usize, configure: impl FnOnce(&mut Config)) -> Self {
        let zooid = Emulator::builder().record_requests().start().await.unwrap();
        Self::for_zooid(zooid, capacity, configure)
    }

    pub fn for_zooid(zooid: Emulator, capacity: usize, configure: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(zooid.url().parse().unwrap(), zooid.keys().clone());
        config.retry = RETRY;
        config.rescan = None;
        configure(&mut config);
        // Paused time advances while all tasks wait for the socket, which would fire a timeout of the client.
        let http = zooid_client::emulator::http_client()
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        let client = Client::builder(&zooid.url(), config.keys.clone())
            .http(http)
            .timeout(Duration::MAX)
            .build()
            .unwrap();
        let (rows, calls) = Rows::with_capacity(capacity);
        let infra = Infra::with_client(rows.clone(), rows.clone(), config, client);
        Self {
            zooid,
            rows,
            calls,
            infra,
        }
    }

    pub fn start(self) -> Running {
        Running {
            zooid: self.zooid,
            rows: self.rows,
            calls: self.calls,
            timeout: timeout(),
            task: tokio::spawn(self.infra.start()),
        }
    }

    /// Returns the body of the `POST` of this relay. Asserts that the body of the `PATCH` is the same without the secret.
    pub async fn sent(&self, relay: &Relay) -> Value {
        self.infra.sync_relay(relay, true).await.unwrap();
        self.infra.sync_relay(relay, false).await.unwrap();
        let [post, patch] = bodies(&self.zooid).try_into().unwrap();
        let mut expected = post.clone();
        expected.as_object_mut().unwrap().remove("secret").unwrap();
        assert_eq!(patch, expected);
        post
    }
}

impl Running {
    /// Returns the next call to the backend and its time.
    pub async fn call(&mut self) -> (Instant, Call) {
        tokio::select! {
            call = self.calls.recv() => call.unwrap(),
            _ = &mut self.timeout => panic!("the expected call to the backend did not come within 30 seconds"),
        }
    }

    /// Waits until the sync of a relay was reported as complete.
    pub async fn completed(&mut self, id: &str) {
        while self.call().await.1 != Call::Completed(id.to_owned()) {}
    }

    /// Waits until the sync of each of these relays was reported as complete, in any order.
    pub async fn all_completed<const N: usize>(&mut self, ids: [&str; N]) {
        let mut awaited = HashSet::from(ids);
        while !awaited.is_empty() {
            if let Call::Completed(id) = self.call().await.1 {
                awaited.remove(&*id);
            }
        }
    }

    /// Waits until the sync of a relay was reported as failed. Returns the time and the error.
    pub async fn failed(&mut self, id: &str) -> (Instant, String) {
        loop {
            if let (at, Call::Failed(failed, error)) = self.call().await
                && failed == id
            {
                return (at, error);
            }
        }
    }

    /// Waits until the row of a relay is read. Returns the time.
    pub async fn read(&mut self, id: &str) -> Instant {
        loop {
            if let (at, Call::Read(read)) = self.call().await
                && read == id
            {
                return at;
            }
        }
    }

    /// Lets an hour of paused time pass and returns the calls to the backend during it.
    pub async fn quiet_hour(&mut self) -> Vec<Call> {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        std::iter::from_fn(|| self.calls.try_recv().ok())
            .map(|(_, call)| call)
            .collect()
    }
}

/// Returns a channel that closes after 30 seconds of real time. A tokio timer would fire at once in paused time.
fn timeout() -> oneshot::Receiver<()> {
    let (held, timeout) = oneshot::channel();
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(30));
        drop(held);
    });
    timeout
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Asserts that a delay is in the second half of `full`.
pub fn assert_jittered(delay: Duration, full: Duration) {
    // A tokio timer fires at the next full millisecond.
    assert!(
        delay >= full / 2 && delay <= full + Duration::from_millis(1),
        "{delay:?} is not in the second half of {full:?}"
    );
}

pub fn s3() -> BlossomS3Sync {
    BlossomS3Sync {
        endpoint: Some("https://s3.example".to_owned()),
        region: "eu".to_owned(),
        bucket: "media".to_owned(),
        access_key: "access".into(),
        secret_key: "hidden".into(),
    }
}

pub fn livekit() -> LivekitSync {
    LivekitSync {
        url: "wss://livekit.example".to_owned(),
        api_key: "key".into(),
        api_secret: "hidden".into(),
    }
}
