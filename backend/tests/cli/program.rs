use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use zooid_client::emulator::Emulator;

pub const TENANT: &str = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const PATIENCE: Duration = Duration::from_secs(60);

/// An active relay as a file has it.
pub fn relay(id: &str) -> Value {
    json!({
        "id": id, "tenant_pubkey": TENANT, "subdomain": id, "zooid_domain": "relays.example", "status": "active",
        "policy_public_read": 1, "policy_public_write": 0, "policy_public_join": 0, "policy_strip_signatures": 0,
        "groups_enabled": 0, "management_enabled": 0, "blossom_enabled": 0, "livekit_enabled": 0, "push_enabled": 0,
    })
}

/// `infra` in a folder of its own, with an environment of its own.
pub struct Program {
    pub folder: TempDir,
    env: Vec<(String, String)>,
}

pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A running service, its log (stdout and stderr) in a file; killed if a test forgets it.
pub struct Service {
    child: Child,
    log: PathBuf,
}

impl Program {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            env: Vec::new(),
        }
    }

    /// With the variables of an emulated zooid, and quick retries.
    pub fn for_zooid(zooid: &Emulator) -> Self {
        Self::new()
            .with("ZOOID_API_URL", &zooid.url())
            .with("ZOOID_API_SECRET", &zooid.keys().secret_key().to_secret_hex())
            .with("INFRA_RETRY_BASE", "20ms")
            .with("INFRA_LISTEN", "off")
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn file(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_infra"));
        command.args(args).current_dir(self.folder.path()).env_clear();
        command.envs(self.env.iter().cloned()).stdin(Stdio::null());
        command
    }

    pub fn infra(&self, args: &[&str]) -> Ended {
        self.infra_with(&[], args)
    }

    /// With other variables for this once.
    pub fn infra_with(&self, env: &[(&str, &str)], args: &[&str]) -> Ended {
        let output = self.command(args).envs(env.iter().copied()).output().unwrap();
        Ended {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What a command that must go well prints.
    pub fn done(&self, args: &[&str]) -> String {
        let ended = self.infra(args);
        assert_eq!(ended.code, 0, "{args:?}: {}", ended.stderr);
        ended.stdout
    }

    pub fn create(&self, id: &str) {
        self.done(&[
            "relay",
            "create",
            "--tenant",
            TENANT,
            "--subdomain",
            id,
            "--domain",
            "relays.example",
            "--id",
            id,
        ]);
    }

    pub fn start(&self) -> Service {
        self.start_with(&["run"], "run.log")
    }

    pub fn start_with(&self, args: &[&str], log: &str) -> Service {
        let log = self.folder.path().join(log);
        let file = fs::File::create(&log).unwrap();
        let child = self
            .command(args)
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Service { child, log }
    }

    pub fn show(&self, id: &str) -> Value {
        serde_json::from_str(&self.done(&["relay", "show", id, "--json"])).unwrap()
    }

    /// Looks at a relay until it is as expected.
    pub fn until(&self, id: &str, expected: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let relay = self.show(id);
            if expected(&relay) {
                return relay;
            }
            assert!(Instant::now() < deadline, "still {relay}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn status(&self) -> Value {
        serde_json::from_str(&self.done(&["status", "--json"])).unwrap()
    }

    /// Waits until zooid as a whole is seen to be in a state.
    pub fn until_zooid_is(&self, state: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut status = self.status();
            if status["zooid"]["state"] == state {
                return status["zooid"].take();
            }
            assert!(Instant::now() < deadline, "still {status}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until there is no such relay.
    pub fn until_gone(&self, id: &str, patience: Duration) {
        let deadline = Instant::now() + patience;
        while self.infra(&["relay", "show", id]).code != 5 {
            assert!(Instant::now() < deadline, "still {}", self.show(id));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn until_up_to_date(&self, id: &str) -> Value {
        self.until(id, |relay| relay["up_to_date"] == true)
    }
}

impl Service {
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub fn until_logged(&self, words: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.log().contains(words) {
            assert!(Instant::now() < deadline, "no {words} in {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Gives it no chance to end well; answers which process it was.
    pub fn kill(&mut self) -> u32 {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child.id()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Where the status page is; waits until it is there.
    pub fn url(&self) -> String {
        self.until_logged("/readyz at ");
        let log = self.log();
        let (_, url) = log.split_once("/readyz at ").unwrap();
        url.split_whitespace().next().unwrap().to_owned()
    }

    /// Waits until it ends by itself, and gives its exit code.
    pub fn wait(&mut self) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap();
            }
            assert!(Instant::now() < deadline, "still running: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks it to stop and gives its exit code.
    #[cfg(unix)]
    pub fn stop(mut self) -> i32 {
        let pid = self.child.id().to_string();
        // The shell has a `kill` of its own; not every machine has the program.
        let sent = Command::new("sh").args(["-c", r#"kill "$1""#, "sh", &pid]).status();
        assert!(sent.unwrap().success());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
