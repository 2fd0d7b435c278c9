use std::{
    collections::HashMap,
    env,
    ffi::OsString,
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

/// DevTools over a pipe: no port to find, and the browser ends with the pipe, however the tests ended.
const RUN: &str = r#"
chromium=$1 profile=$2
shift 2
"$chromium" --user-data-dir="$profile" --remote-debugging-pipe "$@" 3<&0 4>&1 </dev/null >/dev/null
rm -rf "$profile"
"#;

const OPTIONS: [&str; 8] = [
    "--headless",
    // Its sandbox refuses to be root, as which containers run, and nothing is loaded but the page.
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "about:blank",
];

/// One browser for all tests; each has windows of its own in it.
pub struct Chromium {
    commands: Mutex<ChildStdin>,
    last: AtomicU64,
    said: Mutex<Said>,
    more: Condvar,
}

#[derive(Default)]
struct Said {
    answers: HashMap<u64, Value>,
    /// By session.
    events: HashMap<String, Vec<Value>>,
    log: String,
    ended: bool,
}

impl Chromium {
    pub fn get() -> Arc<Self> {
        static BROWSER: OnceLock<Arc<Chromium>> = OnceLock::new();
        Arc::clone(BROWSER.get_or_init(start))
    }

    /// Has something done, and gives the answer. Without a session it is for the browser as a whole.
    pub fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let mut command = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        let mut command = command.to_string().into_bytes();
        command.push(0);
        let sent = self.commands.lock().unwrap().write_all(&command);
        let deadline = Instant::now() + PATIENCE;
        let mut said = self.said();
        loop {
            if let Some(mut answer) = said.answers.remove(&id) {
                assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
                return answer["result"].take();
            }
            assert!(!said.ended && sent.is_ok(), "Chromium has ended: {}", said.log);
            assert!(
                Instant::now() < deadline,
                "Chromium does not answer {method}: {}",
                said.log
            );
            said = self.more.wait_timeout(said, Duration::from_secs(1)).unwrap().0;
        }
    }

    /// What has been told of a session so far.
    pub fn events(&self, session: &str) -> Vec<Value> {
        self.said().events.get(session).cloned().unwrap_or_default()
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap()
    }

    fn listen(&self, pipe: ChildStdout) {
        for message in BufReader::new(pipe).split(0) {
            let Ok(message) = message else { break };
            let mut message: Value = serde_json::from_slice(&message).unwrap();
            let mut said = self.said();
            if let Some(id) = message["id"].as_u64() {
                said.answers.insert(id, message);
            } else if let Some(session) = message["sessionId"].as_str() {
                let session = session.to_owned();
                said.events.entry(session).or_default().push(message.take());
            }
            self.more.notify_all();
        }
        self.said().ended = true;
        self.more.notify_all();
    }

    fn keep_log(&self, pipe: impl Read) {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            self.said().log.extend([&line, "\n"]);
        }
    }
}

fn start() -> Arc<Chromium> {
    let program = program().unwrap_or_else(|| {
        panic!(
            "no Chromium is installed here, and the status page is tested in one: install it (apt-get install chromium), \
             or name it in CHROMIUM"
        )
    });
    // The shell removes it, because a test process may end without a last word.
    let profile = tempfile::Builder::new().prefix("infra-chromium-").tempdir();
    let mut shell = Command::new("sh")
        .args(["-c", RUN, "sh"])
        .args([program, profile.unwrap().keep().into_os_string()])
        .args(OPTIONS)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let browser = Arc::new(Chromium {
        commands: Mutex::new(shell.stdin.take().unwrap()),
        last: AtomicU64::new(0),
        said: Mutex::default(),
        more: Condvar::new(),
    });
    let (answers, log) = (shell.stdout.take().unwrap(), shell.stderr.take().unwrap());
    let [listening, logging] = [Arc::clone(&browser), Arc::clone(&browser)];
    thread::spawn(move || listening.listen(answers));
    thread::spawn(move || {
        logging.keep_log(log);
        shell.wait()
    });
    browser
}

fn program() -> Option<OsString> {
    if let Some(named) = env::var_os("CHROMIUM").filter(|named| !named.is_empty()) {
        return Some(named);
    }
    let path = env::var_os("PATH")?;
    let mut installed = env::split_paths(&path).map(|folder| folder.join("chromium"));
    installed.find(|file| file.is_file()).map(PathBuf::into_os_string)
}
