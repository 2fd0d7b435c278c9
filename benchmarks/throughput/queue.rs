//! What the queue costs, without any I/O: Infra's own, and kube-runtime's, which most controllers in Rust stand on.

use std::{
    hint::black_box,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use futures::{FutureExt, StreamExt, channel::mpsc};
use infra_sync::{Config, bench};
use kube_runtime::scheduler::{ScheduleRequest, Scheduler, scheduler};

use crate::{
    emulator,
    percentile::median,
    relays,
    task::{Cost, Queues},
};

/// How many turns are made between two looks at the clock.
const BLOCK: u32 = 200;

/// No retry comes due while this is measured.
const LATER: Duration = Duration::from_secs(3_600);

/// Where keys can be put and taken.
trait Queue: Sized {
    fn new() -> anyhow::Result<Self>;
    /// The key is to be looked at now.
    fn schedule(&mut self, key: &Arc<str>) -> anyhow::Result<()>;
    /// The key is to be looked at much later.
    fn hold(&mut self, key: &Arc<str>) -> anyhow::Result<()>;
    fn take(&mut self) -> anyhow::Result<Arc<str>>;
}

/// Draining takes the square of this, with a limit.
const MOST_DRAINED_WITH_LIMIT: usize = 100_000;

/// All queues in turn.
pub fn measure(keys: usize, measured: Duration) -> anyhow::Result<Queues> {
    let keys: Vec<Arc<str>> = (0..keys).map(|number| relays::id(number).into()).collect();
    let (infra, kube) = turns::<Infra, Kube>(&keys, measured)?;
    Ok(Queues {
        infra: Cost {
            turn: infra,
            drain: drain::<Infra>(&keys)?,
        },
        kube: Cost {
            turn: kube,
            drain: drain::<Kube>(&keys)?,
        },
        kube_with_limit: match keys.len() <= MOST_DRAINED_WITH_LIMIT {
            true => Some(drain::<KubeWithLimit>(&keys)?),
            false => None,
        },
    })
}

/// One key is scheduled and taken, again and again, while all others wait for a retry.
fn turns<A: Queue, B: Queue>(keys: &[Arc<str>], measured: Duration) -> anyhow::Result<(Duration, Duration)> {
    let (busy, waiting) = keys.split_first().context("no keys")?;
    let (mut a, mut b) = (A::new()?, B::new()?);
    for key in waiting {
        a.hold(key)?;
        b.hold(key)?;
    }
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    let until = Instant::now() + measured;
    while Instant::now() < until {
        of_a.push(block(&mut a, busy)?);
        of_b.push(block(&mut b, busy)?);
    }
    Ok((median(of_a), median(of_b)))
}

fn block(queue: &mut impl Queue, key: &Arc<str>) -> anyhow::Result<Duration> {
    let began = Instant::now();
    for _ in 0..BLOCK {
        queue.schedule(black_box(key))?;
        black_box(queue.take()?);
    }
    Ok(began.elapsed() / BLOCK)
}

/// All keys are scheduled and then all taken: what one costs.
fn drain<Q: Queue>(keys: &[Arc<str>]) -> anyhow::Result<Duration> {
    let mut queue = Q::new()?;
    let began = Instant::now();
    for key in keys {
        queue.schedule(key)?;
    }
    for _ in keys {
        black_box(queue.take()?);
    }
    Ok(began.elapsed() / u32::try_from(keys.len())?)
}

struct Infra(bench::Queue);

impl Queue for Infra {
    fn new() -> anyhow::Result<Self> {
        let config = Config::new("http://127.0.0.1:1".parse()?, emulator::keys()?);
        Ok(Self(bench::Queue::new(&config)))
    }

    fn schedule(&mut self, key: &Arc<str>) -> anyhow::Result<()> {
        self.0.schedule(key, "activity");
        Ok(())
    }

    fn hold(&mut self, key: &Arc<str>) -> anyhow::Result<()> {
        self.0.schedule(key, "activity");
        ensure!(self.0.fail(LATER).as_ref() == Some(key), "another relay was taken");
        Ok(())
    }

    fn take(&mut self) -> anyhow::Result<Arc<str>> {
        self.0.take().context("nothing is due")
    }
}

type Request = ScheduleRequest<Arc<str>>;

/// As its controller uses it by itself: whatever is due begins.
struct Kube {
    scheduler: Pin<Box<Scheduler<Arc<str>, mpsc::UnboundedReceiver<Request>>>>,
    requests: mpsc::UnboundedSender<Request>,
    /// Due at once: what is due only now would wait for the next millisecond.
    past: tokio::time::Instant,
}

impl Kube {
    fn request(&mut self, key: &Arc<str>, run_at: tokio::time::Instant) -> anyhow::Result<()> {
        let message = Arc::clone(key);
        Ok(self.requests.unbounded_send(ScheduleRequest { message, run_at })?)
    }

    fn next(&mut self) -> Option<Arc<str>> {
        self.scheduler.next().now_or_never().flatten()
    }
}

impl Queue for Kube {
    fn new() -> anyhow::Result<Self> {
        let (requests, requested) = mpsc::unbounded();
        Ok(Self {
            past: tokio::time::Instant::now(),
            scheduler: Box::pin(scheduler(requested)),
            requests,
        })
    }

    fn schedule(&mut self, key: &Arc<str>) -> anyhow::Result<()> {
        self.request(key, self.past)
    }

    fn hold(&mut self, key: &Arc<str>) -> anyhow::Result<()> {
        self.request(key, self.past + LATER)?;
        ensure!(self.next().is_none(), "a key was taken too early");
        Ok(())
    }

    fn take(&mut self) -> anyhow::Result<Arc<str>> {
        self.next().context("nothing is due")
    }
}

/// As its controller uses it whose concurrency is limited: what is due is held until there is room.
struct KubeWithLimit(Kube);

impl Queue for KubeWithLimit {
    fn new() -> anyhow::Result<Self> {
        Kube::new().map(Self)
    }

    fn schedule(&mut self, key: &Arc<str>) -> anyhow::Result<()> {
        self.0.schedule(key)?;
        _ = self.0.scheduler.as_mut().hold().next().now_or_never();
        Ok(())
    }

    fn hold(&mut self, key: &Arc<str>) -> anyhow::Result<()> {
        self.0.hold(key)
    }

    fn take(&mut self) -> anyhow::Result<Arc<str>> {
        self.0.take()
    }
}
