//! `Infra` as a process that lives, dies at any await point, is stopped, and lives again.

use std::time::Duration;

use infra_sync::{Config, Infra};
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, sleep_until},
};
use zooid_client::Keys;

use crate::{
    backend::Backend,
    world::{RETRY, World},
    zooid::FakeZooid,
};

pub struct Process {
    world: World,
    config: Config,
    running: Option<(JoinHandle<()>, oneshot::Sender<()>)>,
}

pub fn config(seed: u64, concurrency: usize) -> Config {
    let key = "0000000000000000000000000000000000000000000000000000000000000003";
    let mut config = Config::new("http://zooid.example".parse().unwrap(), Keys::parse(key).unwrap());
    config.retry = RETRY;
    config.concurrency = concurrency;
    config.rescan = Some(Duration::from_secs(60));
    config.seed = Some(seed);
    config
}

impl Process {
    /// Whether it has ended by itself, which it never should.
    pub fn has_ended(&self) -> bool {
        self.running.as_ref().is_none_or(|(task, _)| task.is_finished())
    }

    pub fn new(world: World, config: Config) -> Self {
        Self {
            world,
            config,
            running: None,
        }
    }

    pub fn start(&mut self) {
        {
            let mut state = self.world.state();
            state.life += 1;
            // A new life knows nothing of it.
            state.retry_after = None;
            state.causes += state.rows.len() as u64;
            state.tell(format_args!("start"));
        }
        let backend = Backend(self.world.clone());
        let zooid = FakeZooid(self.world.clone());
        let infra = Infra::with_zooid(backend.clone(), backend, self.config.clone(), zooid);
        let (stop, stopped) = oneshot::channel();
        let until = async move { drop(stopped.await) };
        self.running = Some((tokio::spawn(infra.start_until(until, Duration::from_secs(5))), stop));
    }

    /// Lets time pass. A process that dies meanwhile is started again.
    pub async fn pass(&mut self, time: Duration) {
        let until = Instant::now() + time;
        loop {
            tokio::select! {
                biased;
                () = self.world.crashed() => {
                    // It may have crashed while it was being killed, and is to be away for a while.
                    if self.running.is_some() {
                        self.kill().await;
                        self.start();
                    }
                }
                () = sleep_until(until) => return,
            }
        }
    }

    pub async fn kill(&mut self) {
        if let Some((task, _stop)) = self.running.take() {
            task.abort();
            let _ = task.await;
        }
    }

    /// Stops it as an operator does.
    pub async fn stop(&mut self) {
        if let Some((mut task, stop)) = self.running.take() {
            drop(stop);
            tokio::select! {
                biased;
                ended = &mut task => ended.unwrap(),
                () = self.world.crashed() => {
                    task.abort();
                    let _ = task.await;
                }
            }
        }
    }
}
