use std::{collections::BTreeMap, env, fs, path::Path, process::Command, time::Duration};

use backend::store::Store;
use tempfile::TempDir;
use zooid_client::emulator::{Emulator, Fault};

use crate::{
    program::Program,
    writes::{all_is_well, relay, rename, until},
};

/// Set where this test runs as the root of a namespace of its own.
const NAMESPACE: &str = "INFRA_TEST_NAMESPACE";

/// A file system of one megabyte.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// None if we may not mount one.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "none"])
            .arg(folder.path())
            .output()
            .unwrap();
        mounted.status.success().then(|| Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Until there is room for nothing more.
    fn fill(&self) {
        let much = vec![0; 2 * 1024 * 1024];
        fs::write(self.path().join("ballast"), much).unwrap_err();
    }

    fn empty(&self) {
        fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_of_and_costs_nothing_that_was_acknowledged() {
    let Some(disk) = SmallDisk::new() else {
        return again_as_root_of_a_namespace();
    };
    let file = disk.path().join("infra.db");
    let zooid = Emulator::start().await;
    let program = Program::for_zooid(&zooid).with("DATABASE_URL", file.to_str().unwrap());
    let mut service = program.start();
    let store = Store::open(file.as_path()).await.unwrap();
    store.create_relay(relay("alice")).await.unwrap();
    let mut acknowledged = BTreeMap::from([("alice".to_owned(), 0)]);
    all_is_well(&store, &zooid, &acknowledged).await;

    zooid.inject(Fault::delay(Duration::from_secs(1)));
    rename(&store, "alice", 1).await.unwrap();
    acknowledged.insert("alice".to_owned(), 1);
    disk.fill();
    let mut n = 1;
    let refused = loop {
        n += 1;
        match rename(&store, "alice", n).await {
            Ok(()) => acknowledged.insert("alice".to_owned(), n),
            Err(error) => break error,
        };
    };
    let cause = std::error::Error::source(&refused).unwrap().to_string();
    assert!(cause.contains("full"), "{refused}: {cause}");
    let command = program.infra(&["relay", "update", "alice", "--name", "1000"]);
    assert_eq!(command.code, 7, "{}", command.stderr);
    assert!(command.stderr.contains("full"), "{}", command.stderr);
    service.until_logged("cannot report a sync as complete");
    assert!(service.is_running());

    disk.empty();
    until("there is room again", async || {
        rename(&store, "alice", n + 1).await.is_ok()
    })
    .await;
    acknowledged.insert("alice".to_owned(), n + 1);
    all_is_well(&store, &zooid, &acknowledged).await;
    assert!(service.is_running());
    store.close().await;
}

fn again_as_root_of_a_namespace() {
    assert!(env::var_os(NAMESPACE).is_none(), "root of a namespace may mount");
    let test = "disk_full::a_full_disk_is_told_of_and_costs_nothing_that_was_acknowledged";
    let again = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(NAMESPACE, "1")
        .status();
    assert!(
        again.unwrap().success(),
        "run this test as root: it needs a file system of its own"
    );
}
