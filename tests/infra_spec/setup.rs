use std::time::Duration;

use contract_tests::{
    openapi,
    rows::{Call, Calls, Rows},
};
use infra_sync::{BlossomS3Sync, Config, Infra, LivekitSync, RetryPolicy};
use serde_json::Value;
use tokio::{task::JoinHandle, time::Instant};
use zooid_client::{
    Client,
    emulator::{Emulator, RecordedRequest},
};

pub const RETRY: RetryPolicy = RetryPolicy {
    base: Duration::from_secs(5),
    cap: Duration::from_secs(30),
    max_attempts: 6,
};

/// A backend, a zooid, and Infra between them.
pub struct Setup {
    pub zooid: Emulator,
    pub rows: Rows,
    pub calls: Calls,
    pub infra: Infra<Rows, Rows>,
}

/// The same once Infra runs.
pub struct Running {
    pub zooid: Emulator,
    pub rows: Rows,
    pub calls: Calls,
    task: JoinHandle<()>,
}

impl Setup {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(settle: impl FnOnce(&mut Config)) -> Self {
        Self::with_capacity(64, settle).await
    }

    pub async fn with_capacity(capacity: usize, settle: impl FnOnce(&mut Config)) -> Self {
        let zooid = Emulator::builder().record_requests().start().await.unwrap();
        let mut config = Config::new(zooid.url().parse().unwrap(), zooid.keys().clone());
        config.retry = RETRY;
        settle(&mut config);
        // Paused time runs ahead whenever all wait for the socket; with no timer of the client's there is none to fire.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        let client = Client::builder(&zooid.url(), config.keys.clone())
            .http(http)
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
            task: tokio::spawn(self.infra.start()),
        }
    }

    /// The only request so far, its body checked against the description.
    pub fn request(&self) -> RecordedRequest {
        let [request] = requests(&self.zooid).try_into().unwrap();
        request
    }
}

impl Running {
    /// What is asked of the backend next, and when.
    pub async fn call(&mut self) -> (Instant, Call) {
        self.calls.recv().await.unwrap()
    }

    /// Waits until a relay's sync was reported as done.
    pub async fn completed(&mut self, id: &str) {
        while self.call().await.1 != Call::Completed(id.to_owned()) {}
    }

    /// Waits until a relay's sync was reported as failed; when, and why.
    pub async fn failed(&mut self, id: &str) -> (Instant, String) {
        loop {
            if let (at, Call::Failed(failed, error)) = self.call().await
                && failed == id
            {
                return (at, error);
            }
        }
    }

    /// Waits until a relay's row is read; when.
    pub async fn read(&mut self, id: &str) -> Instant {
        loop {
            if let (at, Call::Read(read)) = self.call().await
                && read == id
            {
                return at;
            }
        }
    }

    /// Lets a virtual hour pass and gives what was asked meanwhile.
    pub async fn quiet_hour(&mut self) -> Vec<Call> {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        std::iter::from_fn(|| self.calls.try_recv().ok())
            .map(|(_, call)| call)
            .collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// All requests so far, their bodies checked against the description.
pub fn requests(zooid: &Emulator) -> Vec<RecordedRequest> {
    let requests = zooid.requests();
    for request in &requests {
        openapi::assert_request_body(&request.method, &request.path, request.body.as_ref().unwrap());
    }
    requests
}

/// Methods and paths of all requests so far.
pub fn methods(zooid: &Emulator) -> Vec<String> {
    let line = |request: RecordedRequest| format!("{} {}", request.method, request.path);
    requests(zooid).into_iter().map(line).collect()
}

pub fn section(request: &RecordedRequest, name: &str) -> Value {
    request.body.as_ref().unwrap()[name].clone()
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
