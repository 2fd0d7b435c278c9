use std::collections::BTreeMap;

use backend::store::Store;
use zooid_client::emulator::Emulator;

use crate::{
    program::Program,
    writes::{all_is_well, relay, rename},
};

const WRITERS: u64 = 16;
const CHANGES: u64 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_writers_commands_and_the_service_share_a_file() {
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid);
    let file = program.folder.path().join("infra.db");
    let mut service = program.start();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let file = file.clone();
            tokio::spawn(async move {
                // As a process of its own would.
                let store = Store::open(file.as_path()).await.unwrap();
                let id = format!("relay{writer}");
                store.create_relay(relay(&id)).await.unwrap();
                for n in 1..=CHANGES {
                    rename(&store, &id, n).await.unwrap();
                }
                store.close().await;
                id
            })
        })
        .collect();
    let commands = tokio::task::spawn_blocking(move || {
        program.create("commanded");
        for n in 1..=CHANGES {
            program.done(&["relay", "update", "commanded", "--name", &n.to_string()]);
        }
        program
    });
    let mut acknowledged = BTreeMap::from([("commanded".to_owned(), CHANGES)]);
    for writer in writers {
        acknowledged.insert(writer.await.unwrap(), CHANGES);
    }
    let _folder = commands.await.unwrap();
    let store = Store::open(file.as_path()).await.unwrap();

    all_is_well(&store, &zooid, &acknowledged).await;
    assert!(service.is_running());
    assert!(!service.log().contains("locked"), "{}", service.log());
}
