//! The emulated zooid, in a process of its own.
//!
//! Under load it answers what zooid answers and looks at nothing, so that what is measured is the client. Beside it runs
//! the emulator of `zooid-client`, which checks a request of each layer before that is measured.

use std::{
    convert::Infallible,
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use benchmarks::relay::SECRET;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, Response, StatusCode, body::Incoming, header::CONTENT_TYPE, server::conn::http1};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime, task,
    time::sleep,
};
use zooid_client::{Keys, emulator::Emulator};

use crate::{process, relays};

/// What a zooid takes that has some relays to look through.
pub const TAKES: Duration = Duration::from_millis(20);

/// How many arrivals are noted before they are asked for.
const NOTED: usize = 1_000;

/// Where it listens: told in its first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Addresses {
    pub at_once: String,
    /// The one that [takes](TAKES) its time.
    pub slow: String,
    pub checking: String,
}

/// What came since it was last asked: told in a line for every line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seen {
    pub requests: usize,
    pub most_in_flight: usize,
    pub processor: Duration,
    /// When the first thousand came, in nanoseconds of unix time.
    pub arrivals: Vec<u64>,
}

/// The whitelisted key, which every layer signs with.
pub fn keys() -> anyhow::Result<Keys> {
    Ok(Keys::parse(SECRET)?)
}

/// Runs until its standard input is closed.
pub fn run() -> anyhow::Result<()> {
    // The client's threads have their share of the machine too.
    let cores = thread::available_parallelism()?.get();
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads((cores / 2).max(1))
        .enable_all()
        .build()?;
    runtime.block_on(serve())
}

async fn serve() -> anyhow::Result<()> {
    let checking = Emulator::builder().keys(keys()?).start().await?;
    let relay = relays::relay(0);
    let mut config = relays::body(&relay);
    config["secret"] = SECRET.into();
    let config = serde_json::from_value(config)?;
    checking.client()?.create_relay(&relay.id.parse()?, &config).await?;

    let counted = Arc::new(Counted::default());
    let addresses = Addresses {
        at_once: listen(Duration::ZERO, Arc::clone(&counted)).await?,
        slow: listen(TAKES, Arc::clone(&counted)).await?,
        checking: checking.url(),
    };
    println!("{}", serde_json::to_string(&addresses)?);
    task::spawn_blocking(move || tell(&counted)).await?
}

fn tell(counted: &Counted) -> anyhow::Result<()> {
    let mut used = process::processor_time();
    for line in io::stdin().lines() {
        line?;
        let now = process::processor_time();
        println!("{}", serde_json::to_string(&counted.take(now - used))?);
        used = now;
    }
    Ok(())
}

async fn listen(takes: Duration, counted: Arc<Counted>) -> anyhow::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, takes, Arc::clone(&counted)));
        }
    });
    Ok(url)
}

async fn converse(stream: TcpStream, takes: Duration, counted: Arc<Counted>) {
    let service = |request: Request<Incoming>| answer(request, takes, Arc::clone(&counted));
    // Neither a client's end nor its haste is of interest here; its own process tells of it.
    let _ = stream.set_nodelay(true);
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), hyper::service::service_fn(service))
        .await;
}

async fn answer(
    request: Request<Incoming>,
    takes: Duration,
    counted: Arc<Counted>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let _in_flight = counted.arrived();
    let (status, message) = match *request.method() {
        Method::POST => (StatusCode::CREATED, r#"{"message":"relay created successfully"}"#),
        _ => (StatusCode::OK, r#"{"message":"relay patched successfully"}"#),
    };
    let _ = request.into_body().collect().await;
    if !takes.is_zero() {
        sleep(takes).await;
    }
    let mut answer = Response::new(Full::from(message));
    *answer.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    Ok(answer)
}

#[derive(Debug, Default)]
struct Counted {
    requests: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    arrivals: Mutex<Vec<u64>>,
}

/// A request until it is answered.
struct InFlight<'c>(&'c Counted);

impl Counted {
    fn arrived(&self) -> InFlight<'_> {
        if self.requests.fetch_add(1, Ordering::Relaxed) < NOTED {
            self.arrivals().push(process::unix_nanos());
        }
        let in_flight = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_in_flight.fetch_max(in_flight, Ordering::Relaxed);
        InFlight(self)
    }

    fn take(&self, processor: Duration) -> Seen {
        Seen {
            requests: self.requests.swap(0, Ordering::Relaxed),
            most_in_flight: self.most_in_flight.swap(0, Ordering::Relaxed),
            processor,
            arrivals: std::mem::take(&mut self.arrivals()),
        }
    }

    fn arrivals(&self) -> MutexGuard<'_, Vec<u64>> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
