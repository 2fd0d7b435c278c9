use backend::store::{Location, Store};
use zooid_client::emulator::Emulator;

use crate::{
    cluster::Cluster,
    program::Program,
    proxy::{Proxy, Server},
    writes::{Writes, all_is_well},
};

const CUTS: usize = 10;

async fn open(cluster: &Cluster) -> Store {
    Store::open(Location::postgres(&cluster.url()).unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_restarted_or_crashes_is_waited_for() {
    let mut cluster = Cluster::start().await;
    let zooid = Emulator::start().await;
    let store = open(&cluster).await;
    let program = Program::for_zooid(&zooid).with("DATABASE_URL", &cluster.url());
    let mut service = program.start();
    let writes = Writes::start(&store).await;
    for how in ["INT", "QUIT"] {
        writes.acknowledged(50).await;
        cluster.stop(how);
        writes.refused(3).await;
        cluster.start_again().await;
    }
    writes.acknowledged(50).await;
    all_is_well(&store, &zooid, &writes.stop().await).await;
    assert!(service.is_running());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_are_made_anew() {
    let cluster = Cluster::start().await;
    let zooid = Emulator::start().await;
    let store = open(&cluster).await;
    let proxy = Proxy::to(Server::Socket(cluster.socket())).await;
    let program = behind(&proxy, &zooid);
    let mut service = program.start();
    let writes = Writes::start(&store).await;
    let mut admin = cluster.connect().await;
    for _ in 0..CUTS {
        writes.acknowledged(20).await;
        proxy.cut();
        writes.acknowledged(20).await;
        sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'behind'")
            .execute(&mut admin)
            .await
            .unwrap();
    }
    all_is_well(&store, &zooid, &writes.stop().await).await;
    assert!(service.is_running());
}

/// As when the other machine has lost its power: nobody says that the connection is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_fall_silent_are_given_up() {
    let cluster = Cluster::start().await;
    let zooid = Emulator::start().await;
    let store = open(&cluster).await;
    let proxy = Proxy::to(Server::Socket(cluster.socket())).await;
    let program = behind(&proxy, &zooid);
    let mut service = program.start();
    let writes = Writes::start(&store).await;
    writes.acknowledged(50).await;
    proxy.fall_silent();
    writes.acknowledged(50).await;
    all_is_well(&store, &zooid, &writes.stop().await).await;
    assert!(service.is_running());
}

fn behind(proxy: &Proxy, zooid: &Emulator) -> Program {
    let url = format!(
        "postgres://postgres@{}/postgres?sslmode=disable&application_name=behind",
        proxy.address
    );
    Program::for_zooid(zooid).with("DATABASE_URL", &url)
}
