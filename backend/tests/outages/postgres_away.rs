use backend::store::{DatabaseUrl, Store};
use zooid_client::emulator::Emulator;

use crate::{
    cluster::Cluster,
    program::{Program, Service},
    proxy::{Proxy, Server},
    writes::{Writes, all_is_well},
};

const CUTS: usize = 10;

/// A service at work, whose way to its store leads through a proxy. The writes have one of their own.
struct Stage {
    cluster: Cluster,
    proxy: Proxy,
    zooid: Emulator,
    store: Store,
    _program: Program,
    service: Service,
    writes: Writes,
}

impl Stage {
    async fn new() -> Self {
        let cluster = Cluster::start().await;
        let proxy = Proxy::to(Server::Socket(cluster.socket())).await;
        let zooid = Emulator::start().await;
        let store = Store::open(DatabaseUrl::postgres(&cluster.url()).unwrap())
            .await
            .unwrap();
        let url = format!(
            "postgres://postgres@{}/postgres?sslmode=disable&application_name=service",
            proxy.address
        );
        let program = Program::for_zooid(&zooid).with("DATABASE_URL", &url);
        let service = program.start();
        let writes = Writes::start(&store).await;
        writes.acknowledged(50).await;
        Self {
            cluster,
            proxy,
            zooid,
            store,
            _program: program,
            service,
            writes,
        }
    }

    /// The service has recovered by itself.
    async fn all_is_well(mut self) {
        self.writes.acknowledged(50).await;
        all_is_well(&self.store, &self.zooid, &self.writes.stop().await).await;
        assert!(self.service.is_running());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_restarted_or_crashes_is_waited_for() {
    let mut stage = Stage::new().await;
    for how in ["INT", "QUIT"] {
        stage.writes.acknowledged(50).await;
        stage.cluster.stop(how);
        stage.writes.refused(3).await;
        stage.cluster.start_again().await;
    }
    stage.all_is_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_are_made_anew() {
    let stage = Stage::new().await;
    let mut admin = stage.cluster.connect().await;
    for _ in 0..CUTS {
        stage.writes.acknowledged(20).await;
        stage.proxy.cut();
        stage.writes.acknowledged(20).await;
        sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'service'")
            .execute(&mut admin)
            .await
            .unwrap();
    }
    stage.all_is_well().await;
}

/// As when the other machine has lost its power: nobody says that the connection is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_fall_silent_are_given_up() {
    let stage = Stage::new().await;
    stage.proxy.fall_silent();
    stage.all_is_well().await;
}
